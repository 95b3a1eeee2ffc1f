"""BM25 over the terms of `index.lemmas`: "why did this chunk rank first by its words?" """

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import NDArray

from index import segments
from index.lemmas import DERIVED, term_hash, terms
from index.segments import Segment
from index.store import Generation, generation
from index.synonyms import synonyms

# recall@1 of the right paragraph, JaQuAD dev / JSQuAD valid: 85.5 / 91.1 % with these,
# 83.9 / 90.0 % with the customary k1 = 1.2, b = 0.75 and compounds weighed as words.
_K1, _B = 0.7, 0.5
_DERIVED_WEIGHT = 0.5
# What a match of a synonym is worth beside one of the word itself: BM25 recall@1 on the first 1,200 questions
# of jaquad_dev is 85.2 % without synonyms, 85.8 with 0.5, 85.9 with 0.7.
_SYNONYM_WEIGHT = 0.6
# Scores looked through at a time for the best.
_STRIDE = 256

Scores = tuple[NDArray[np.int64], NDArray[np.float32]]


class Lexical:
    """The postings of one generation, ready to be searched; safe to share between threads."""

    def __init__(self) -> None:
        self._view = _View(None, [], 0, 0)

    def refresh(self, db: sqlite3.Connection) -> None:
        """Follow the ledger as `db` sees it."""
        now = generation(db)
        before = self._view
        if before.generation == now:
            return
        same = before.generation is not None and before.generation.lineage == now.lineage
        chunks, total = db.execute("SELECT chunks, terms FROM totals").fetchone()
        self._view = _View(now, segments.load(db, before.segments if same else ()), chunks, total)

    def search(
        self, db: sqlite3.Connection, query: str, k: int, within: NDArray[np.int64] | None = None
    ) -> list[tuple[int, float]]:
        """The best `k` chunks as (chunk number, BM25 score), best first.

        :param within: chunks of the documents to stay within, first number and count of each; a score means
            the same with and without
        """
        return self._view.search(db, query, k, within)

    def rarity(self, db: sqlite3.Connection, words: Collection[str]) -> dict[str, float]:
        """The weight that BM25 gives each term here; a term that no chunk holds weighs most."""
        return {word: self._view.weight(word, self._view.frequency(db, word)) for word in words}


class _View:
    """One generation: its segments one after the other, so that each chunk has one place among all."""

    def __init__(self, made: Generation | None, found: list[Segment], chunks: int, total: int) -> None:
        """:param chunks: how many there are, `total` how many terms they have together"""
        self.generation = made
        self.segments = found
        self.chunks = chunks
        sizes = [len(segment.lengths) for segment in found]
        self.bases = np.cumsum([0, *sizes])
        lengths = np.concatenate([_NONE, *(segment.lengths for segment in found)]).astype(np.float32)
        self.norms: NDArray[np.float32] = _K1 * (1 - _B + _B * lengths / np.float32(max(total, 1) / max(chunks, 1)))

    def search(
        self, db: sqlite3.Connection, query: str, k: int, within: NDArray[np.int64] | None
    ) -> list[tuple[int, float]]:
        words = set(terms(query))
        instead = synonyms(words)
        chosen = None if within is None else self._chosen(within)
        found: dict[str, Scores] = {}
        for term in sorted(words | instead.keys()):
            places, counts = self._matches(db, term)
            if not len(places):
                continue
            weight = self.weight(term, len(places)) * (_K1 + 1)
            if chosen is not None:
                inside = chosen[places]
                places, counts = places[inside], counts[inside]
            scores = np.divide(counts, counts + self.norms[places], dtype=np.float32)
            found[term] = places, scores * np.float32(weight)
        if not found:
            return []
        totals = _totals(found, instead, len(self.norms))
        return [(self._number(place), float(totals[place])) for place in _best(totals, k)]

    def weight(self, term: str, held: int) -> float:
        """IDF (never negative), less for derived terms because their parts count already."""
        rarity = float(np.log1p((self.chunks - held + 0.5) / (held + 0.5)))
        return rarity * (_DERIVED_WEIGHT if DERIVED in term else 1.0)

    def frequency(self, db: sqlite3.Connection, term: str) -> int:
        """How many chunks hold a term."""
        return len(self._matches(db, term)[0])

    def _matches(self, db: sqlite3.Connection, term: str) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The places of the chunks that hold a term, ascending, and how often each does."""
        parts = []
        for segment, base in zip(self.segments, self.bases.tolist(), strict=False):
            found = segments.look_up(db, segment, term_hash(term))
            if found is None:
                continue
            ordinals, counts = found.ordinals, found.counts
            if segment.alive is not None:
                there = segment.alive[ordinals]
                ordinals, counts = ordinals[there], counts[there]
            parts.append((ordinals.astype(np.int64) + base, counts.astype(np.float32)))
        if len(parts) == 1:
            return parts[0]
        return (
            np.concatenate([_NO_PLACES, *(places for places, _ in parts)]),
            np.concatenate([_NO_COUNTS, *(counts for _, counts in parts)]),
        )

    def _chosen(self, within: NDArray[np.int64]) -> NDArray[np.bool_]:
        parts = [segment.within(within) for segment in self.segments]
        return np.concatenate([np.empty(0, dtype=np.bool_), *parts])

    def _number(self, place: int) -> int:
        at = int(np.searchsorted(self.bases, place, side="right")) - 1
        return self.segments[at].number_of(place - int(self.bases[at]))


def _totals(
    found: Mapping[str, Scores], instead: Mapping[str, frozenset[str]], size: int
) -> NDArray[np.float32]:
    """The score of each place. A synonym counts for what the words it stands for do not bring."""
    totals = np.zeros(size, dtype=np.float32)
    concepts: defaultdict[frozenset[str], list[Scores]] = defaultdict(list)
    for term, (places, scores) in found.items():
        if term in instead:
            concepts[instead[term]].append((places, scores))
        else:
            totals[places] += scores
    best = np.zeros(size if concepts else 0, dtype=np.float32)
    for words, others in concepts.items():
        for places, scores in others:
            best[places] = np.maximum(best[places], _SYNONYM_WEIGHT * scores)
        own = [found[word] for word in sorted(words & found.keys())]
        for places, scores in own:
            best[places] -= scores
        for places, _ in others:
            totals[places] += best[places].clip(0)
            best[places] = 0  # once, though another synonym stands there too
        for places, _ in own:
            best[places] = 0
    return totals


def _best(totals: NDArray[np.float32], k: int) -> list[int]:
    """The places of the `k` highest scores over 0, best first; of equal ones the earlier."""
    padded = np.zeros(-(-len(totals) // _STRIDE) * _STRIDE, dtype=np.float32)
    padded[: len(totals)] = totals
    highest = padded.reshape(-1, _STRIDE).max(axis=1)
    # The best of k strides are k scores: nothing below the least of them is among the best k.
    least = np.partition(highest, -k)[-k] if len(highest) > k else 0
    candidates = np.flatnonzero((totals >= least) & (totals > 0))
    order = np.lexsort((candidates, -totals[candidates]))[:k]
    best: list[int] = candidates[order].tolist()
    return best


_NONE = np.empty(0, dtype=np.uint16)
_NO_PLACES = np.empty(0, dtype=np.int64)
_NO_COUNTS = np.empty(0, dtype=np.float32)
