"""Nearest vectors of a generation: "why is this chunk (not) among them, and from which file?"

Up to some tens of thousands of chunks all vectors stand in one exact index, saved in a file per
generation. Above, a *base* made once in a while holds most of them, quantised and mapped from its file, and
an exact *tail* in memory the chunks that came later. All of it is derived from the ledger: what is missing,
torn, or of another history is made again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index import nearest, sealed
from index.nearest import FLAT, Part, Rows
from index.ranges import Numbers, Ranges
from index.sealed import Sealed
from index.store import Generation

# A tail of 20,000 costs a query 1 ms, one of 50,000 (a share of 0.05 at 10⁶) 5 ms.
# A base is made anew when more chunks than this, and than this share of it, came after it or were removed.
_TAIL = 20_000
_SHARE = 0.05
# One that holds removed vectors at all is made anew by the first bulk run after so many seconds.
_FORGET = 7 * 24 * 3600.0
_BATCH = 10_000
_WITNESSES = 128


class Vectors(Protocol):
    """What the ledger holds of vectors, all as of one generation."""

    @property
    def generation(self) -> Generation: ...

    def alive(self) -> Numbers:
        """Shape (n, 2): first number and count of every document's embedded chunks, ascending."""
        ...

    def of(self, ranges: Numbers) -> NDArray[np.float16]:
        """The unit rows of ranges (first number, count) of living chunks, ascending, in order.

        A range may be a part of a document's or run over several; there may be thousands of them.
        """
        ...


@dataclass(frozen=True, slots=True)
class Nearest:
    """All living vectors of one generation; never changes, so that any thread may search it."""

    generation: Generation
    parts: tuple[Part, ...]

    @property
    def size(self) -> int:
        """How many vectors there are."""
        return sum(len(part.members) for part in self.parts)

    def search(self, vector: Rows, k: int, within: Numbers | None = None) -> list[tuple[int, float]]:
        """The nearest `k` chunks as (chunk number, inner product), nearest first.

        :param vector: shape (dimension,), unit length
        :param within: ranges (first number, count) to stay within, shape (n, 2), in any order
        """
        chosen = None if within is None else Ranges(within[np.argsort(within[:, 0])])
        vector = np.ascontiguousarray(vector, dtype=np.float32)
        found = [pair for part in self.parts for pair in part.search(vector, k, chosen)]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:k]


class Dense:
    """The vectors of the present generation, brought up to date chunk by chunk."""

    def __init__(self, folder: Path, dimension: int) -> None:
        self._folder = folder
        self._dimension = dimension
        self._following = threading.Lock()
        self._base: tuple[Path, Part] | None = None
        self._nearest: Nearest | None = None

    def refresh(self, vectors: Vectors) -> Nearest:
        """The vectors of the ledger's state as `vectors` sees it; a search under way keeps its own."""
        now = vectors.generation
        if held := self._current(now):
            return held
        with self._following:
            if held := self._current(now):
                return held
            held = self._nearest
            if held and held.generation.lineage != now.lineage:
                held = self._base = None
            alive = Ranges(vectors.alive())
            parts = self._small if len(alive) <= FLAT else self._large
            self._nearest = Nearest(now, parts(vectors, alive, held.parts[-1] if held else None))
            return self._nearest

    def search(self, vector: Rows, k: int, within: Numbers | None = None) -> list[tuple[int, float]]:
        """`Nearest.search` in the state of the last `refresh`; where threads differ in it, use its result."""
        return self._nearest.search(vector, k, within) if self._nearest else []

    def _current(self, now: Generation) -> Nearest | None:
        """The present state if it is of this generation and as quick as it can be."""
        held = self._nearest
        # A tail this long waits for a base that another process may have finished meanwhile.
        return held if held and held.generation == now and len(held.parts[-1].members) <= FLAT else None

    def _small(self, vectors: Vectors, alive: Ranges, held: Part | None) -> tuple[Part, ...]:
        """One exact index of everything, left in a file for the next start."""
        now = vectors.generation
        file = sealed.exact(self._folder, now.number)
        part = _exact(file, vectors, self._dimension) if held is None else None
        if part is None:
            part = _flat(vectors, alive, self._dimension, held)
            # An index that cannot be written is still searched; the file only saves time.
            with suppress(OSError):
                facts = _facts(vectors, alive, self._dimension)
                sealed.write(file, nearest.writer(part.index), facts)
                sealed.clean(self._folder, now.number)
        return (part,)

    def _large(self, vectors: Vectors, alive: Ranges, held: Part | None) -> tuple[Part, ...]:
        """The newest base without its dead, and the rest; without a base the rest is everything."""
        file = next(iter(sealed.bases(self._folder)), None)
        if file is not None and (self._base is None or self._base[0] != file):
            part = _base(file, vectors, self._dimension)
            self._base = (file, part) if part else self._base
        if self._base is None:
            return (_flat(vectors, alive, self._dimension, held),)
        part = self._base[1]
        mask = part.members.positions(alive).mask(len(part.members))
        rest = _flat(vectors, alive.without(part.members), self._dimension, held)
        return replace(part, living=None if mask.all() else mask), rest


def build(
    folder: Path, vectors: Vectors, dimension: int, progress: Callable[[int, int], None] | None = None
) -> bool:
    """Make or renew the base if that is worth it; returns whether it was. For the end of a bulk run.

    A million chunks of 512 dimensions take two to three minutes on two cores and 1 GB of memory.

    :param progress: called with how many chunks are done and how many there are
    :raises OSError: if it cannot be written; the present base stays
    """
    alive = Ranges(vectors.alive())
    if len(alive) <= FLAT:
        sealed.clean_bases(folder, None)
        return False
    file = next(iter(sealed.bases(folder)), None)
    old = _base(file, vectors, dimension) if file else None
    if file and old and not _is_due(file, old.members, alive):
        return False
    index = nearest.coarse(_rows(vectors, nearest.sampled(alive)), len(alive))
    for numbers in _batches(alive):
        index.add(_rows(vectors, numbers))
        if progress:
            progress(index.ntotal, len(alive))
    made = sealed.base(folder, vectors.generation.number)
    sealed.write(made, nearest.writer(index), _facts(vectors, alive, dimension))
    sealed.clean_bases(folder, made)
    return True


def broken(folder: Path, vectors: Vectors, dimension: int) -> list[Path]:
    """The files that searches would use but that are torn, altered or foreign; reads all of them."""
    exact = sealed.exact(folder, vectors.generation.number)
    used = [(file, _base(file, vectors, dimension)) for file in sealed.bases(folder)]
    if exact.exists():
        used.append((exact, _exact(exact, vectors, dimension)))
    return [file for file, part in used if part is None or not sealed.digest_holds(file)]


def _is_due(file: Path, members: Ranges, alive: Ranges) -> bool:
    after, dead = len(alive.without(members)), len(members) - len(members.positions(alive))
    if dead and time.time() - file.stat().st_mtime > _FORGET:
        return True
    return max(after, dead) > max(_TAIL, _SHARE * len(members))


def _flat(vectors: Vectors, wanted: Ranges, dimension: int, old: Part | None) -> Part:
    """An exact index; rows that `old`, another one, has are not read from the ledger again."""
    held = old.members if old else Ranges(wanted.spans[:0])
    if old and len(held) == len(wanted) == len(held.positions(wanted)):
        return old

    def rows() -> Iterator[NDArray[np.float16]]:
        for numbers in _batches(wanted):
            found = np.empty((len(numbers), dimension), dtype=np.float16)
            known = held.before(numbers + 1) > held.before(numbers)
            if old and known.any():
                found[known] = nearest.codes(old.index)[held.before(numbers[known])]
            if not known.all():
                found[~known] = vectors.of(Ranges.of(numbers[~known]).spans)
            yield found

    return Part(nearest.flat(dimension, rows()), wanted)


def _batches(wanted: Ranges) -> Iterator[Numbers]:
    for first in range(0, len(wanted), _BATCH):
        yield wanted.at(np.arange(first, min(first + _BATCH, len(wanted)), dtype=np.int64))


def _rows(vectors: Vectors, numbers: Numbers) -> Rows:
    return vectors.of(Ranges.of(numbers).spans).astype(np.float32)


def _facts(vectors: Vectors, members: Ranges, dimension: int) -> dict[str, Any]:
    """Of which state an index is, what is in it, and some rows by which a ledger knows its own."""
    now, numbers = vectors.generation, members.numbers()
    chosen = numbers[np.linspace(0, len(numbers) - 1, min(len(numbers), _WITNESSES)).astype(np.int64)]
    return {
        "number": now.number,
        "token": now.token,
        "lineage": now.lineage,
        "dimension": dimension,
        "members": Ranges.of(numbers).spans.tolist(),
        "witnesses": dict(zip(chosen.tolist(), _marks(vectors, chosen), strict=True)),
    }


def _marks(vectors: Vectors, numbers: Numbers) -> list[str]:
    rows = vectors.of(Ranges.of(numbers).spans)
    return [blake2b(row.tobytes(), digest_size=8).hexdigest() for row in rows]


def _exact(file: Path, vectors: Vectors, dimension: int) -> Part | None:
    """The saved index, or None if it is missing, torn, or of another ledger state."""
    found, now = sealed.read(file), vectors.generation
    if not found or (found.facts["number"], found.facts["token"]) != (now.number, now.token):
        return None
    return _part(found, dimension)


def _base(file: Path, vectors: Vectors, dimension: int) -> Part | None:
    """The saved base, or None if it is torn or was made from another history.

    It is older than the ledger's state, so that its token says nothing: its rows must be the ledger's.
    """
    found = sealed.read(file)
    if not found or found.facts["lineage"] != vectors.generation.lineage:
        return None
    marks = {int(number): mark for number, mark in found.facts["witnesses"].items()}
    witnesses = Ranges.of(np.fromiter(marks, dtype=np.int64))
    living = witnesses.at(witnesses.positions(Ranges(vectors.alive())).numbers())
    if not len(living) or _marks(vectors, living) != [marks[number] for number in living.tolist()]:
        return None
    return _part(found, dimension)


def _part(found: Sealed, dimension: int) -> Part | None:
    """The index of a whole file, if it is what its facts say."""
    index = nearest.mapped(found.file)
    members = Ranges(np.array(found.facts["members"], dtype=np.int64))
    if index is None or (index.d, index.ntotal) != (dimension, len(members)):
        return None
    return Part(index, members)
