"""Sets of chunk numbers as ranges: a document owns a row of them without gaps."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Ranges:
    """Numbers in ascending order; a number's position is how many are before it.

    :param spans: shape (n, 2): first number and count, ascending, not touching each other's numbers
    """

    spans: Numbers
    _before: Numbers = field(init=False, repr=False)

    def __post_init__(self) -> None:
        spans = np.asarray(self.spans, dtype=np.int64).reshape(-1, 2)
        object.__setattr__(self, "spans", spans)
        object.__setattr__(self, "_before", np.concatenate([[0], np.cumsum(spans[:, 1])]).astype(np.int64))

    @classmethod
    def of(cls, numbers: Numbers) -> Ranges:
        """:param numbers: ascending, each once"""
        if not len(numbers):
            return cls(np.zeros((0, 2), dtype=np.int64))
        starts = np.concatenate([[0], np.flatnonzero(np.diff(numbers) != 1) + 1])
        return cls(np.stack([numbers[starts], np.diff([*starts, len(numbers)])], axis=1))

    def __len__(self) -> int:
        return int(self._before[-1])

    def numbers(self) -> Numbers:
        return self.at(np.arange(len(self), dtype=np.int64))

    def at(self, positions: Numbers) -> Numbers:
        """The numbers at these positions."""
        row = np.searchsorted(self._before, positions, side="right") - 1
        return np.asarray(self.spans[row, 0] + positions - self._before[row], dtype=np.int64)

    def before(self, numbers: Numbers) -> Numbers:
        """How many of this set are smaller than each of `numbers`; for a member, its position."""
        if not len(self.spans):
            return np.zeros(len(numbers), dtype=np.int64)
        row = np.searchsorted(self.spans[:, 0], numbers, side="right") - 1
        into = np.clip(numbers - self.spans[row, 0], 0, self.spans[row, 1])
        return np.where(row < 0, 0, self._before[row] + into).astype(np.int64)

    def positions(self, other: Ranges) -> Ranges:
        """Where in this set the members are that `other` has too, as ranges of positions."""
        start = self.before(other.spans[:, 0])
        count = self.before(other.spans.sum(axis=1)) - start
        return Ranges(np.stack([start, count], axis=1)[count > 0])

    def without(self, other: Ranges) -> Ranges:
        """The members `other` lacks. Only spans of which something is missing are looked into."""
        start = other.before(self.spans[:, 0])
        lacking = self.spans[other.before(self.spans.sum(axis=1)) - start < self.spans[:, 1]]
        numbers = Ranges(lacking).numbers()
        return Ranges.of(numbers[other.before(numbers + 1) == other.before(numbers)])

    def mask(self, size: int) -> NDArray[np.bool_]:
        """Shape (size,), true at the members, all of which are below `size`."""
        edges = np.zeros(size + 1, dtype=np.int8)
        np.add.at(edges, self.spans[:, 0], 1)
        np.subtract.at(edges, self.spans.sum(axis=1), 1)
        return np.cumsum(edges[:-1], dtype=np.int8).view(np.bool_)
