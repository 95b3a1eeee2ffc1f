"""Files spread over workers: each is somebody's, none is two people's."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.shard import Shard, shard

names = st.binary(min_size=1, max_size=40).filter(lambda name: b"\0" not in name and b"/" not in name)


@given(st.sets(names, max_size=40), st.integers(1, 9))
def test_every_file_is_in_exactly_one_part(found: set[bytes], count: int) -> None:
    files = [Path("/docs") / os.fsdecode(name) for name in sorted(found)]
    parts = [shard(files, Shard(number, count)) for number in range(1, count + 1)]
    assert sorted(file for part in parts for file in part) == sorted(files)


def test_the_parts_are_about_as_large_and_the_same_on_every_machine() -> None:
    files = [Path(f"/文書/{n}.txt") for n in range(4_000)]
    sizes = [len(shard(files, Shard(number, 8))) for number in range(1, 9)]
    assert min(sizes) > 400 and max(sizes) < 600
    assert shard(files[:8], Shard(1, 2)) == [files[n] for n in (0, 1, 2, 5, 6)]


def test_a_part_is_written_as_number_and_count() -> None:
    assert Shard.parse("2/8") == Shard(2, 8)


@pytest.mark.parametrize("written", ["", "2", "0/8", "9/8", "1/0", "-1/8", "1/8/2", "a/b", "２/８ ", "²/8"])
def test_anything_else_is_told_how_it_is_written(written: str) -> None:
    with pytest.raises(ValueError, match="2/8"):
        Shard.parse(written)
