"""However documents came and went, a search finds what an index made at once would find."""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from index import Index
from index.postings import Block, Postings, blocks, count, matches, merged
from ingest.document import Document
from tests.index.seeded import SeededEncoder, document

_WORDS = ["予算", "計画", "施策", "庁", "支援", "調査", "研究", "産業", "教育", "地域", "防災", "医療"]
_QUESTIONS = ["予算の計画", "地域の医療と交通", "防災に関する調査研究", "デジタル人材の教育"]


def _document(name: int, seed: int) -> Document:
    draw = random.Random(seed)
    text = "".join("の".join(draw.choices(_WORDS, k=5)) + "を行う。" for _ in range(draw.randrange(1, 30)))
    return document(f"/docs/{name}.txt", (f"第{name}", text))


def _found(index: Index) -> list[list[tuple[str, int, float]]]:
    names = {found.id: found.name for found in index.documents()}
    return [
        [(names[h.chunk.document_id], h.chunk.span.start, round(h.score, 3)) for h in index.search(question)]
        for question in _QUESTIONS
    ]


@pytest.mark.parametrize("seed", range(4))
def test_a_search_does_not_tell_how_the_index_came_about(tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    with (
        closing(Index.open(tmp_path / "grown", encoder=SeededEncoder())) as grown,
        closing(Index.open(tmp_path / "fresh", encoder=SeededEncoder())) as fresh,
    ):
        held: dict[int, Document] = {}
        for step in range(24):
            for name in draw.sample(range(30), draw.randrange(1, 5)):
                held.pop(name, None)
                held[name] = _document(name, draw.randrange(10**6))
                grown.add([held[name]])
            if step % 3 == 0:
                gone = draw.choice(list(held))
                grown.remove([held.pop(gone).id])
            if step % 5 == 0:
                grown.settle()
        fresh.add(held.values())
        # Of equal scores the earlier chunk comes first, and here the order of writing is the same.
        assert _found(grown) == _found(fresh)
        grown.settle()
        assert _found(grown) == _found(fresh)


def test_many_small_additions_end_in_few_segments_without_what_was_removed(tmp_path: Path) -> None:
    with closing(Index.open(tmp_path / "i", encoder=SeededEncoder())) as index:
        added = [_document(name, name) for name in range(40)]
        for one in added:
            index.add([one])
        index.remove([one.id for one in added[:30]])
        index.settle()
        assert len(index.documents()) == 10
    with closing(sqlite3.connect(tmp_path / "i" / "tenkyo.sqlite3")) as db:
        assert db.execute("SELECT count(*) FROM segments").fetchone()[0] < 10
        assert db.execute("SELECT count(*) FROM gone").fetchone() == (0,)


# A chunk's terms, as hashes; few different ones, so that they meet.
_CHUNKS = st.lists(st.lists(st.integers(-20, 20), max_size=30), min_size=1, max_size=12)


def _postings(chunks: list[list[int]]) -> Postings:
    flat = [(term, ordinal) for ordinal, terms in enumerate(chunks) for term in terms]
    pairs = np.array(flat, dtype=np.int64).reshape(-1, 2)
    return count(pairs[:, 0], pairs[:, 1], len(chunks))


def _read(found: list[Block], size: int) -> list[Counter[int]]:
    """The terms of each chunk, from blocks looked up term by term."""
    chunks: list[Counter[int]] = [Counter() for _ in range(size)]
    for term in range(-20, 21):
        block = next((block for block in found if block.last >= term), None)
        held = matches(block.data, term) if block else None
        if held is not None:
            assert np.all(np.diff(held.ordinals.astype(np.int64)) > 0)
            for ordinal, times in zip(held.ordinals.tolist(), held.counts.tolist(), strict=True):
                chunks[ordinal][term] = times
    return chunks


@settings(deadline=None)
@given(_CHUNKS)
def test_blocks_give_back_what_was_counted(chunks: list[list[int]]) -> None:
    postings = _postings(chunks)
    assert _read(list(blocks(postings)), len(chunks)) == [Counter(terms) for terms in chunks]
    assert postings.lengths.tolist() == list(map(len, chunks))


@settings(deadline=None)
@given(st.lists(_CHUNKS, min_size=1, max_size=5), st.data())
def test_merged_segments_hold_the_chunks_that_are_left(
    parts: list[list[list[int]]], data: st.DataObject
) -> None:
    left: list[list[int]] = []
    segments: list[tuple[Iterator[bytes], NDArray[np.int64]]] = []
    for chunks in parts:
        alive = data.draw(st.lists(st.booleans(), min_size=len(chunks), max_size=len(chunks)))
        ordinals = np.where(alive, len(left) + np.cumsum(alive) - 1, -1)
        left += [terms for terms, there in zip(chunks, alive, strict=True) if there]
        segments.append((iter([block.data for block in blocks(_postings(chunks))]), ordinals))
    assert _read(list(merged(segments)), len(left)) == [Counter(terms) for terms in left]


def test_a_term_of_very_many_chunks_stays_in_one_block() -> None:
    size = 30_000
    everywhere = np.full(size, 7, dtype=np.int64)
    rare = np.arange(size, dtype=np.int64) + 100
    chunks = np.arange(size, dtype=np.int64)
    found = list(blocks(count(np.concatenate([everywhere, rare]), np.tile(chunks, 2), size)))
    assert len(found) > 2
    held = matches(next(block.data for block in found if block.last >= 7), 7)
    assert held is not None and len(held.ordinals) == size
