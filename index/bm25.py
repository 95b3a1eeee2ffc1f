"""BM25 of many chunks at once, and the best of them without weighing all: "why is a long query still quick?"

What a question's rare words bring settles most of it: common words are then looked up only in chunks that
could still come among the best (MaxScore, Turtle and Flood 1995). Nothing is lost by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.weights import SYNONYM_WEIGHT

# A term in more than one chunk of so many is worth a look at which of them can matter.
_FEW = 128
# Looking a chunk up among a term's costs so many times what weighing one of them costs.
_DEARER = 8
# Scores looked through at a time for the best.
_STRIDE = 256

Places = NDArray[np.uint32]
Scores = NDArray[np.float32]


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

    def add(self, totals: Scores, norms: Scores) -> None:
        """Add to the scores of all chunks."""
        ...

    def at(self, places: Places, norms: Scores) -> Scores:
        """What it adds to some chunks, ascending."""
        ...


@dataclass(frozen=True, slots=True)
class Term:
    """A term in the chunks that hold it.

    :param places: which they are, ascending; `counts` says how often each holds it
    :param most: its IDF times k1 + 1
    """

    places: Places
    counts: NDArray[np.uint8]
    most: float

    @property
    def size(self) -> int:
        return len(self.places)

    def add(self, totals: Scores, norms: Scores) -> None:
        totals[self.places] += self.scores(norms)

    def scores(self, norms: Scores) -> Scores:
        """What it adds to its own chunks.

        :param norms: of every chunk k1 · (1 − b + b · length / average length)
        """
        return _saturated(self.counts, norms[self.places], self.most)

    def at(self, places: Places, norms: Scores) -> Scores:
        found = np.searchsorted(self.places, places).clip(max=max(len(self.places) - 1, 0))
        scores = np.zeros(len(places), dtype=np.float32)
        if len(self.places):
            held = np.flatnonzero(self.places[found] == places)
            scores[held] = _saturated(self.counts[found[held]], norms[places[held]], self.most)
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

    def add(self, totals: Scores, norms: Scores) -> None:
        gained = np.zeros(len(totals), dtype=np.float32)
        for term in self.synonyms:
            gained[term.places] = np.maximum(gained[term.places], SYNONYM_WEIGHT * term.scores(norms))
        for term in self.words:
            gained[term.places] -= term.scores(norms)
        for term in self.synonyms:
            totals[term.places] += gained[term.places].clip(0)
            gained[term.places] = 0  # once, though another synonym stands there too

    def at(self, places: Places, norms: Scores) -> Scores:
        best = np.zeros(len(places), dtype=np.float32)
        for term in self.synonyms:
            np.maximum(best, SYNONYM_WEIGHT * term.at(places, norms), out=best)
        for term in self.words:
            best -= term.at(places, norms)
        return best.clip(0)


def best(parts: Sequence[Part], norms: Scores, k: int) -> tuple[Places, Scores]:
    """The places of the `k` highest sums over 0, best first, and the sums; of equal ones the earlier."""
    totals = np.zeros(len(norms), dtype=np.float32)
    ordered = sorted(parts, key=lambda part: -part.most)
    # What all parts from each on can still bring.
    rest = np.cumsum([part.most for part in reversed(ordered)])[::-1]
    for part, left in zip(ordered, rest.tolist(), strict=True):
        if part.size * _FEW > len(totals):
            least = _least(totals, k)
            if left < least:
                places = np.flatnonzero(totals >= np.float32(least - left)).astype(np.uint32)
                if len(places) * _DEARER < part.size:
                    totals[places] += part.at(places, norms)
                    continue
        part.add(totals, norms)
    least = _least(totals, k)
    found = np.flatnonzero((totals >= least) & (totals > 0))
    order = found[np.lexsort((found, -totals[found]))[:k]]
    return order.astype(np.uint32), totals[order]


def _least(totals: Scores, k: int) -> float:
    """A score that at least `k` places have; 0 if none is known.

    The best of k strides are k scores.
    """
    whole = len(totals) // _STRIDE * _STRIDE
    highest = totals[:whole].reshape(-1, _STRIDE).max(axis=1) if whole else totals[:0]
    return float(np.partition(highest, -k)[-k]) if len(highest) >= k else 0.0


def _saturated(counts: NDArray[np.uint8], norms: Scores, weight: float) -> Scores:
    held = counts.astype(np.float32)
    found: Scores = np.float32(weight) * (held / (held + norms))
    return found
