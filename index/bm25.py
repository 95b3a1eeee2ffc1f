"""BM25 of many chunks at once, and the best of them without weighing all: "why is a long query still quick?"

What a question's rare words bring settles most of it: common words are then looked up only in chunks that
could still come among the best (MaxScore, Turtle and Flood 1995). Nothing is lost by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.weights import K1, SYNONYM_WEIGHT, B

# A part that adds to more than one chunk of so many is worth a look at which of them can matter.
_FEW = 128
# Looking a chunk up among a term's costs so many times what weighing one of them costs.
_DEARER = 8
# Scores of a group whose highest is looked at.
_STRIDE = 256

Places = NDArray[np.int64]
Scores = NDArray[np.float32]


class Norms:
    """What the length of each chunk makes of a term that it holds."""

    def __init__(self, lengths: NDArray[np.uint16], average: float) -> None:
        relative = lengths.astype(np.float32) / np.float32(average)
        self._norms = (np.float32(K1) * (1 - B + B * relative)).astype(np.float32)
        self._once: Scores = np.reciprocal(1 + self._norms)  # most terms stand in a chunk once

    def __len__(self) -> int:
        return len(self._norms)

    def saturated(self, places: Places, counts: NDArray[np.uint8]) -> Scores:
        """Of 0 to 1, for chunks that hold a term so many times."""
        found: Scores = self._once.take(places)
        often = np.flatnonzero(counts > 1)
        if len(often):
            held = counts[often].astype(np.float32)
            found[often] = held / (held + self._norms.take(places[often]))
        return found


class Part(Protocol):
    """Something of a question that adds to the scores of chunks, never less than nothing."""

    @property
    def most(self) -> float:
        """No chunk gets more from it."""
        ...

    @property
    def size(self) -> int:
        """How many chunks it adds to, about."""
        ...

    def add(self, totals: Scores, zeros: Scores) -> None:
        """Add to the scores of all chunks; `zeros` are as many to work with, and zeros again afterwards."""
        ...

    def at(self, places: Places) -> Scores:
        """What it adds to some chunks."""
        ...


@dataclass(frozen=True)
class Term:
    """A term in the chunks that hold it.

    :param places: which they are, ascending; `counts` says how often each holds it
    :param most: its IDF times k1 + 1
    """

    places: Places
    counts: NDArray[np.uint8]
    most: float
    norms: Norms

    @property
    def size(self) -> int:
        return len(self.places)

    @cached_property
    def scores(self) -> Scores:
        """What it adds to its own chunks."""
        found = self.norms.saturated(self.places, self.counts)
        found *= np.float32(self.most)
        return found

    def add(self, totals: Scores, zeros: Scores) -> None:
        totals[self.places] += self.scores

    def at(self, places: Places) -> Scores:
        scores = np.zeros(len(places), dtype=np.float32)
        if self.size:
            found = np.searchsorted(self.places, places).clip(max=self.size - 1)
            held = np.flatnonzero(self.places[found] == places)
            counts = self.counts[found[held]]
            scores[held] = np.float32(self.most) * self.norms.saturated(places[held], counts)
        return scores


@dataclass(frozen=True, slots=True)
class Concept:
    """Synonyms of some words of the question: they count for what the words themselves do not bring."""

    synonyms: tuple[Term, ...]
    words: tuple[Term, ...]

    @property
    def most(self) -> float:
        return SYNONYM_WEIGHT * max(term.most for term in self.synonyms)

    @property
    def size(self) -> int:
        return sum(term.size for term in self.synonyms)

    def add(self, totals: Scores, zeros: Scores) -> None:
        gained = zeros
        for term in self.synonyms:
            worth = term.scores * np.float32(SYNONYM_WEIGHT)
            if term is not self.synonyms[0]:
                np.maximum(worth, gained.take(term.places), out=worth)
            gained[term.places] = worth
        for term in self.words:
            gained[term.places] -= term.scores
        for term in self.synonyms:
            totals[term.places] += gained.take(term.places).clip(0)
            gained[term.places] = 0  # once, though another synonym stands there too
        for term in self.words:
            gained[term.places] = 0

    def at(self, places: Places) -> Scores:
        best = np.zeros(len(places), dtype=np.float32)
        for term in self.synonyms:
            np.maximum(best, SYNONYM_WEIGHT * term.at(places), out=best)
        for term in self.words:
            best -= term.at(places)
        return best.clip(0)


def best(parts: Sequence[Part], size: int, k: int) -> tuple[Places, Scores]:
    """The places of the `k` highest sums over 0, best first, and the sums; of equal ones the earlier.

    :param size: how many chunks there are
    """
    totals, zeros = np.zeros((2, size), dtype=np.float32)
    ordered = sorted(parts, key=lambda part: -part.most)
    left = sum(part.most for part in ordered)
    brought = 0.0  # no chunk has more so far
    for part in ordered:
        if part.size * _FEW > size and left < brought:
            least = _least(totals, k)
            if left < least:
                places = np.flatnonzero(totals >= np.float32(least - left))
                if len(places) * _DEARER < part.size:
                    totals[places] += part.at(places)
                    left -= part.most
                    continue
        part.add(totals, zeros)
        left, brought = left - part.most, brought + part.most
    least = _least(totals, k)
    found = np.flatnonzero(totals >= least) if least else np.flatnonzero(totals)
    order = found[np.lexsort((found, -totals[found]))[:k]]
    return order, totals[order]


def _least(totals: Scores, k: int) -> float:
    """A score that at least `k` places have; 0 if none is known.

    The highest of k groups of places are k scores.
    """
    whole = len(totals) // _STRIDE * _STRIDE
    highest = totals[:whole].reshape(_STRIDE, -1).max(axis=0) if whole else totals[:0]
    return float(np.partition(highest, -k)[-k]) if len(highest) >= k else 0.0
