"""Postings as sorted blocks of arrays: "which chunks hold this term, and how often?"

A segment is what was added at one time. Its chunks have ordinals from 0 in order of their numbers; its
terms are known by their hashes (`index.lemmas.term_hash`) and stand in ascending order, cut into blocks of
some kilobytes, so that a query reads little and a merge streams.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_MOST = np.iinfo(np.uint8).max
MOST_TERMS = np.iinfo(np.uint16).max
# About 40 KB: a rare term costs one read of this, a common one has a block of its own.
_BLOCK = 8192
# Postings that are merged at a time: bounds the memory, some 100 MB.
_ROUND = 1 << 21


@dataclass(frozen=True, slots=True)
class Postings:
    """Which terms some chunks hold; sorted by hash, then by chunk.

    :param hashes: one of a term for each chunk that holds it, shape (postings,), int64
    :param ordinals: the chunk, uint32
    :param counts: how often, uint8
    :param lengths: terms of each chunk, shape (chunks,), uint16
    """

    hashes: NDArray[np.int64]
    ordinals: NDArray[np.uint32]
    counts: NDArray[np.uint8]
    lengths: NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of a segment's terms as it is stored; `last` is its highest hash."""

    last: int
    postings: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Matches:
    """The chunks that hold one term: ordinals ascending, and how often each holds it."""

    ordinals: NDArray[np.uint32]
    counts: NDArray[np.uint8]


def count(hashes: NDArray[np.int64], chunks: NDArray[np.int64], size: int) -> Postings:
    """Postings of the terms of `size` chunks, one hash an occurrence in any order, `chunks` saying whose."""
    order = np.lexsort((chunks, hashes))
    hashes, owners = hashes[order], chunks[order]
    firsts = np.flatnonzero(_changes(hashes) | _changes(owners))
    counts = np.diff(np.append(firsts, len(hashes))).clip(max=_MOST)
    lengths = np.bincount(chunks, minlength=size).clip(max=MOST_TERMS)
    return Postings(
        hashes[firsts],
        owners[firsts].astype(np.uint32),
        counts.astype(np.uint8),
        lengths.astype(np.uint16),
    )


def joined(parts: Sequence[Postings]) -> Postings:
    """Postings of several documents as one segment, their chunks one after the other."""
    sizes = [len(part.lengths) for part in parts]
    offsets = np.cumsum([0, *sizes[:-1]]).astype(np.uint32)
    hashes = np.concatenate([part.hashes for part in parts])
    ordinals = np.concatenate([part.ordinals + offset for part, offset in zip(parts, offsets, strict=True)])
    counts = np.concatenate([part.counts for part in parts])
    order = np.argsort(hashes, kind="stable")  # runs that are sorted already: this merges them
    lengths = np.concatenate([part.lengths for part in parts])
    return Postings(hashes[order], ordinals[order], counts[order], lengths)


def blocks(found: Postings) -> Iterator[Block]:
    """Postings cut into blocks; those of one term are never parted."""
    firsts = np.flatnonzero(_changes(found.hashes))
    ends = np.append(firsts[1:], len(found.hashes))
    start = 0
    while start < len(firsts):
        stop = max(int(np.searchsorted(ends, firsts[start] + _BLOCK, side="right")), start + 1)
        here = slice(int(firsts[start]), int(ends[stop - 1]))
        yield _packed(
            found.hashes[firsts[start:stop]],
            np.append(firsts[start:stop] - here.start, here.stop - here.start),
            found.ordinals[here],
            found.counts[here],
        )
        start = stop


def matches(data: bytes, term: int) -> Matches | None:
    """A term's postings in the block where it would be; None if it is not there."""
    hashes, offsets, ordinals, counts = _unpacked(data)
    at = int(np.searchsorted(hashes, term))
    if at == len(hashes) or hashes[at] != term:
        return None
    here = slice(int(offsets[at]), int(offsets[at + 1]))
    return Matches(ordinals[here], counts[here])


def extent(data: bytes) -> tuple[int, int]:
    """How many postings a block has, and the highest ordinal in it.

    :raises ValueError: if it is no block
    """
    _, offsets, ordinals, _ = _unpacked(data)
    if np.any(np.diff(offsets.astype(np.int64)) <= 0):
        raise ValueError("a term without chunks")
    return len(ordinals), int(ordinals.max())


def merged(segments: Sequence[tuple[Iterator[bytes], NDArray[np.int64]]]) -> Iterator[Block]:
    """The blocks of several segments as those of one.

    :param segments: each one's blocks in order, and the new ordinal of each of its chunks, or -1 for
        a chunk that is gone; new ordinals ascend through all of them
    """
    streams = [_Stream(data, ordinals) for data, ordinals in segments]
    while streams := [stream for stream in streams if stream.fill(_ROUND // len(streams))]:
        # Up to here all of them have been read.
        limit = min(stream.limit for stream in streams)
        yield from blocks(joined([stream.take(limit) for stream in streams]))


class _Stream:
    """A segment read block by block, its chunks under their new ordinals."""

    def __init__(self, data: Iterator[bytes], ordinals: NDArray[np.int64]) -> None:
        self._data = data
        self._new = ordinals
        self._held = _NOTHING
        self.limit = np.iinfo(np.int64).min

    def fill(self, size: int) -> bool:
        """Hold so many postings, if there are as many; whether there are any."""
        parts = [self._held]
        held = len(self._held.hashes)
        while held < size and self.limit < np.iinfo(np.int64).max:
            data = next(self._data, None)
            if data is None:
                self.limit = np.iinfo(np.int64).max
                break
            hashes, offsets, ordinals, counts = _unpacked(data)
            self.limit = int(hashes[-1])
            new = self._new[ordinals]
            there = new >= 0
            spread = np.repeat(hashes, np.diff(offsets))[there]
            parts.append(Postings(spread, new[there].astype(np.uint32), counts[there], _NOTHING.lengths))
            held += len(spread)
        if len(parts) > 1:
            self._held = joined(parts)
        return bool(len(self._held.hashes)) or self.limit < np.iinfo(np.int64).max

    def take(self, limit: int) -> Postings:
        """All that is held up to this hash; the rest stays."""
        cut = int(np.searchsorted(self._held.hashes, limit, side="right"))
        taken, self._held = _part(self._held, slice(cut)), _part(self._held, slice(cut, None))
        return taken


def _part(found: Postings, here: slice) -> Postings:
    return Postings(found.hashes[here], found.ordinals[here], found.counts[here], found.lengths)


_NOTHING = Postings(
    np.empty(0, dtype=np.int64),
    np.empty(0, dtype=np.uint32),
    np.empty(0, dtype=np.uint8),
    np.empty(0, dtype=np.uint16),
)


def _changes(values: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Where a value differs from the one before; the first does."""
    found = np.ones(len(values), dtype=np.bool_)
    found[1:] = values[1:] != values[:-1]
    return found


def _packed(
    hashes: NDArray[np.int64],
    offsets: NDArray[np.int64],
    ordinals: NDArray[np.uint32],
    counts: NDArray[np.uint8],
) -> Block:
    head = np.array([len(hashes)], dtype="<i8")
    arrays = (head, hashes.astype("<i8"), offsets.astype("<u4"), ordinals.astype("<u4"), counts)
    return Block(int(hashes[-1]), len(ordinals), b"".join(array.tobytes() for array in arrays))


def _unpacked(data: bytes) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Hashes, offsets (one more than hashes), ordinals, counts: views of `data`."""
    size = int.from_bytes(data[:8], "little")
    hashes = np.frombuffer(data, dtype="<i8", count=size, offset=8)
    offsets = np.frombuffer(data, dtype="<u4", count=size + 1, offset=8 + 8 * size)
    begin, held = 8 + 8 * size + 4 * (size + 1), int(offsets[-1])
    ordinals = np.frombuffer(data, dtype="<u4", count=held, offset=begin)
    return hashes, offsets, ordinals, np.frombuffer(data, dtype="u1", count=held, offset=begin + 4 * held)
