"""Segments of postings in the ledger: "what is merged when, and what becomes of removed chunks?"

Adding writes one segment; when several of about the same size stand together they become one, so that a
posting is copied a few times in its life and a query looks into few of them (a log-structured merge, O'Neil
et al. 1996).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from index.postings import Block, Matches, Postings, blocks, extent, joined, matches, merged

# So many neighbours of one size are merged.
_FAN = 8
# The smallest size told apart: what is added by hand.
_SMALLEST = 50_000
# A segment is written anew at once, without its removed chunks, if it has at most so many postings (a tenth
# of a second) or if this share of its chunks is gone.
_SMALL, _DEAD = 1_000_000, 0.2


_NO_RANGES = np.empty((0, 2), dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment as a reader sees it.

    :param ranges: first number and count of each document's chunks, shape (documents, 2)
    :param offsets: the ordinal of each document's first chunk
    :param lengths: terms of each chunk, shape (chunks,)
    :param alive: which chunks are still there; None if all are
    """

    number: int
    ranges: NDArray[np.int64]
    offsets: NDArray[np.int64]
    lengths: NDArray[np.uint16]
    postings: int
    alive: NDArray[np.bool_] | None = None

    def within(self, ranges: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which chunks have numbers in `ranges`, whole documents each."""
        chosen = np.isin(self.ranges[:, 0], ranges[:, 0])
        return np.repeat(chosen, self.ranges[:, 1])


def insert(db: sqlite3.Connection, ranges: Sequence[tuple[int, int]], parts: Sequence[Postings]) -> None:
    """Write the postings of documents whose chunks have these numbers, ascending."""
    held = [(one, part) for one, part in zip(ranges, parts, strict=True) if one[1]]
    if not held:
        return
    found = joined([part for _, part in held])
    _write(db, np.array([one for one, _ in held], dtype=np.int64), found.lengths, blocks(found))
    settle_gone(db)


def load(db: sqlite3.Connection, known: Sequence[Segment] = ()) -> list[Segment]:
    """All segments in the order of their chunks; of those in `known` only what may have changed is read."""
    before = {segment.number: segment for segment in known}
    gone = np.array(db.execute("SELECT * FROM gone ORDER BY 1").fetchall(), dtype=np.int64).reshape(-1, 2)
    found = []
    for (number,) in db.execute("SELECT number FROM segments ORDER BY first_chunk").fetchall():
        segment = before.get(number) or _read(db, number)
        there = ~np.isin(segment.ranges[:, 0], gone[:, 0])
        alive = None if there.all() else np.repeat(there, segment.ranges[:, 1])
        found.append(replace(segment, alive=alive))
    return found


def look_up(db: sqlite3.Connection, segment: Segment, term: int) -> Matches | None:
    """The chunks of a segment that hold a term, removed ones too; None if there are none."""
    row = db.execute(
        "SELECT data FROM blocks WHERE segment = ? AND last >= ? ORDER BY last LIMIT 1",
        (segment.number, term),
    ).fetchone()
    return matches(row[0], term) if row else None


def settle_gone(db: sqlite3.Connection) -> None:
    """Write segments anew in which so much is gone that it is worth it."""
    if not db.execute("SELECT 1 FROM gone LIMIT 1").fetchone():
        return
    for segment in load(db):
        if segment.alive is None:
            continue
        dead = 1 - segment.alive.mean()
        if segment.postings <= _SMALL or dead >= _DEAD:
            _merge(db, [segment])
    held = np.concatenate([_NO_RANGES, *(segment.ranges for segment in load(db))])[:, 0]
    marked = [first for (first,) in db.execute("SELECT first_chunk FROM gone").fetchall()]
    nowhere = [(first,) for first in marked if first not in set(held.tolist())]
    db.executemany("DELETE FROM gone WHERE first_chunk = ?", nowhere)


@dataclass(frozen=True, slots=True)
class Torn:
    """Segments that cannot be trusted, and the first chunks of documents that are in no other one."""

    segments: list[int]
    chunks: frozenset[int]


def broken(db: sqlite3.Connection) -> Torn:
    """What of the postings is not as it was written, by the marks that reading all of them gives."""
    wrong, held = [], set()
    there = dict(
        db.execute("SELECT first_chunk, chunk_count FROM documents WHERE chunk_count > 0").fetchall()
    )
    known = there | dict(db.execute("SELECT first_chunk, chunk_count FROM gone").fetchall())
    for (number,) in db.execute("SELECT number FROM segments").fetchall():
        try:
            segment = _read(db, number)
            sizes = [extent(data) for data in _blocks(db, number)]
            foreign = [first for first, count in segment.ranges.tolist() if known.get(first) != count]
        except (ValueError, IndexError):
            wrong.append(number)
            continue
        sound = not foreign and len(segment.offsets) > 0
        sound = sound and segment.offsets[-1] + segment.ranges[-1, 1] == len(segment.lengths)
        sound = sound and sum(size for size, _ in sizes) == segment.postings
        if sound and all(highest < len(segment.lengths) for _, highest in sizes):
            held |= set(segment.ranges[:, 0].tolist())
        else:
            wrong.append(number)
    return Torn(wrong, frozenset(there.keys() - held))


def drop(db: sqlite3.Connection, numbers: Sequence[int]) -> None:
    """Remove segments; their documents have to be written anew."""
    for number in numbers:
        db.execute("DELETE FROM blocks WHERE segment = ?", (number,))
        db.execute("DELETE FROM segments WHERE number = ?", (number,))


def is_due(db: sqlite3.Connection) -> bool:
    """Whether there is anything to merge."""
    return bool(_due(db))


def settle(db: sqlite3.Connection) -> None:
    """Merge neighbours of about one size, if there are enough of them."""
    numbers = set(_due(db))
    found = [segment for segment in load(db) if segment.number in numbers]
    if found:
        _merge(db, found)


def _due(db: sqlite3.Connection) -> list[int]:
    """The numbers of segments to be merged: the newest ones, of the lowest tier that has enough of them."""
    rows = db.execute("SELECT number, postings FROM segments ORDER BY first_chunk").fetchall()
    tiers = [_tier(postings) for _, postings in rows]
    for tier in sorted(set(tiers)):
        at = len(rows)
        while at and tiers[at - 1] <= tier:
            at -= 1
        if len(rows) - at >= _FAN:
            return [number for number, _ in rows[at:]]
    return []


def _tier(postings: int) -> int:
    size, tier = _SMALLEST, 0
    while postings > size:
        size, tier = size * _FAN, tier + 1
    return tier


def _merge(db: sqlite3.Connection, found: Sequence[Segment]) -> None:
    """Write segments that stand side by side as one, without what is gone."""
    streams, ranges, lengths, offset = [], [], [], 0
    for segment in found:
        alive = segment.alive if segment.alive is not None else np.ones(len(segment.lengths), dtype=np.bool_)
        ordinals = np.where(alive, offset + np.cumsum(alive) - 1, -1)
        streams.append((_blocks(db, segment.number), ordinals))
        ranges.append(segment.ranges[alive[segment.offsets]])
        lengths.append(segment.lengths[alive])
        offset += int(alive.sum())
    everything = np.concatenate(ranges)
    if len(everything):
        _write(db, everything, np.concatenate(lengths), merged(streams))
    drop(db, [segment.number for segment in found])
    removed = np.setdiff1d(np.concatenate([segment.ranges for segment in found])[:, 0], everything[:, 0])
    db.executemany("DELETE FROM gone WHERE first_chunk = ?", [(int(first),) for first in removed])


def _blocks(db: sqlite3.Connection, number: int) -> Iterator[bytes]:
    for (data,) in db.execute("SELECT data FROM blocks WHERE segment = ? ORDER BY last", (number,)):
        yield data


def _write(
    db: sqlite3.Connection, ranges: NDArray[np.int64], lengths: NDArray[np.uint16], found: Iterator[Block]
) -> None:
    number = db.execute(
        "INSERT INTO segments (first_chunk, ranges, lengths, postings) VALUES (?, ?, ?, 0)",
        (int(ranges[0, 0]), ranges.astype("<i8").tobytes(), lengths.astype("<u2").tobytes()),
    ).lastrowid
    for block in found:
        db.execute(
            "INSERT INTO blocks (segment, last, data) VALUES (?, ?, ?)", (number, block.last, block.data)
        )
        db.execute("UPDATE segments SET postings = postings + ? WHERE number = ?", (block.postings, number))


def _read(db: sqlite3.Connection, number: int) -> Segment:
    query = "SELECT ranges, lengths, postings FROM segments WHERE number = ?"
    ranges, lengths, postings = db.execute(query, (number,)).fetchone()
    of_documents = np.frombuffer(ranges, dtype="<i8").reshape(-1, 2)
    offsets = np.cumsum(of_documents[:, 1]) - of_documents[:, 1]
    return Segment(number, of_documents, offsets, np.frombuffer(lengths, dtype="<u2"), postings)
