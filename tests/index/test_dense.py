"""The FAISS file only saves time: whatever happens to it, answers stay the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from index import Index
from tests.index.seeded import AGENCY, GARDEN, SeededEncoder


def _open(folder: Path) -> Index:
    return Index.open(folder, encoder=SeededEncoder())


def _files(folder: Path) -> list[str]:
    return [file.name for file in folder.glob("*dense-*")]


def _missing(file: Path) -> None:
    file.unlink()


def _torn(file: Path) -> None:
    data = file.read_bytes()
    file.write_bytes(data[: len(data) // 2])


def _zeroed(file: Path) -> None:
    data = file.read_bytes()
    file.write_bytes(data[:40] + bytes(len(data) - 40))


def _flipped(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 0xFF
    file.write_bytes(bytes(data))


def _empty(file: Path) -> None:
    file.write_bytes(b"")


@pytest.mark.parametrize("harm", [_missing, _torn, _zeroed, _flipped, _empty])
def test_a_harmed_file_is_made_again_from_the_ledger(harm: Callable[[Path], None], tmp_path: Path) -> None:
    index = _open(tmp_path / "x")
    index.add([AGENCY, GARDEN])
    before = index.search("朝顔の種")
    index.close()
    (file,) = (tmp_path / "x").glob("dense-*.faiss")
    good = file.read_bytes()
    harm(file)
    index = _open(tmp_path / "x")
    assert index.search("朝顔の種") == before
    assert file.read_bytes() == good
    index.close()


def test_a_file_of_another_history_is_not_trusted(tmp_path: Path) -> None:
    for name, document in (("x", AGENCY), ("y", GARDEN)):
        index = _open(tmp_path / name)
        index.add([document])
        index.search("発足")
        index.close()
    (foreign,) = (tmp_path / "y").glob("dense-*.faiss")
    (tmp_path / "x" / foreign.name).write_bytes(foreign.read_bytes())
    index = _open(tmp_path / "x")
    assert index.search("デジタル庁の発足")[0].dense_rank == 1
    index.close()


def test_only_the_present_generation_keeps_a_file(tmp_path: Path) -> None:
    index = _open(tmp_path / "x")
    (tmp_path / "x" / ".dense-left-by-a-killed-writer").write_bytes(b"half")
    for document in (AGENCY, GARDEN):
        index.add([document])
        index.search("発足")
    assert _files(tmp_path / "x") == ["dense-2.faiss"]
    index.remove([GARDEN.id])
    assert _files(tmp_path / "x") == []
    index.search("発足")
    assert _files(tmp_path / "x") == ["dense-3.faiss"]
    index.close()


def test_following_an_update_equals_starting_afresh(tmp_path: Path) -> None:
    following = _open(tmp_path / "x")
    following.add([AGENCY])
    following.search("発足")
    writer = _open(tmp_path / "x")
    writer.add([GARDEN])
    writer.remove([AGENCY.id])
    writer.add([AGENCY])
    fresh = _open(tmp_path / "x")
    for query in ("朝顔の種", "デジタル庁の発足", "三年に一度"):
        assert following.search(query) == fresh.search(query)
    for index in (following, writer, fresh):
        index.close()
