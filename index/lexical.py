"""BM25 over the terms of `index.lemmas`: "why did this chunk rank first by its words?" """

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from index import segments
from index.bm25 import Concept, Norms, Part, Term, best
from index.lemmas import term_hash, terms
from index.segments import Segment
from index.store import Generation, generation
from index.synonyms import synonyms
from index.weights import K1, rarity


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
        # Of each document's chunks the first one's place and number.
        offsets = [base + segment.offsets for base, segment in zip(self.bases.tolist(), found, strict=False)]
        self._first_places = np.concatenate([_NO_PLACES, *offsets])
        self._first_numbers = np.concatenate([_NO_PLACES, *(segment.ranges[:, 0] for segment in found)])
        lengths = np.concatenate([_NONE, *(segment.lengths for segment in found)])
        self.norms = Norms(lengths, max(total, 1) / max(chunks, 1))

    def search(
        self, db: sqlite3.Connection, query: str, k: int, within: NDArray[np.int64] | None
    ) -> list[tuple[int, float]]:
        words = set(terms(query))
        instead = synonyms(words)
        chosen = None if within is None else self._chosen(within)
        found: dict[str, Term] = {}
        for term in sorted(words | instead.keys()):
            held = self._held(db, term)
            if not held.size:
                continue
            if chosen is not None:
                inside = chosen[held.places]
                held = replace(held, places=held.places[inside], counts=held.counts[inside])
            found[term] = held
        concepts: defaultdict[frozenset[str], list[Term]] = defaultdict(list)
        for term in instead.keys() & found.keys():
            concepts[instead[term]].append(found[term])
        parts: list[Part] = [found[term] for term in sorted(found.keys() - instead.keys())]
        for expression, others in concepts.items():
            own = tuple(found[word] for word in sorted(expression & found.keys()))
            parts.append(Concept(tuple(others), own))
        places, scores = best(parts, len(self.norms), k)
        return list(zip(self._numbers(places).tolist(), scores.tolist(), strict=True))

    def weight(self, term: str, held: int) -> float:
        """A term's IDF where so many chunks hold it."""
        return rarity(term, held, self.chunks)

    def frequency(self, db: sqlite3.Connection, term: str) -> int:
        """How many chunks hold a term."""
        return self._held(db, term).size

    def _held(self, db: sqlite3.Connection, term: str) -> Term:
        parts = []
        for segment, base in zip(self.segments, self.bases.tolist(), strict=False):
            found = segments.look_up(db, segment, term_hash(term))
            if found is None:
                continue
            ordinals, counts = found.ordinals, found.counts
            if segment.alive is not None:
                there = segment.alive[ordinals]
                ordinals, counts = ordinals[there], counts[there]
            parts.append((ordinals + np.int64(base), counts))
        if len(parts) == 1:
            ((places, counts),) = parts
        else:
            places = np.concatenate([_NO_PLACES, *(places for places, _ in parts)])
            counts = np.concatenate([np.empty(0, dtype=np.uint8), *(counts for _, counts in parts)])
        return Term(places, counts, self.weight(term, len(places)) * (K1 + 1), self.norms)

    def _chosen(self, within: NDArray[np.int64]) -> NDArray[np.bool_]:
        parts = [segment.within(within) for segment in self.segments]
        return np.concatenate([np.empty(0, dtype=np.bool_), *parts])

    def _numbers(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        at = np.searchsorted(self._first_places, places, side="right") - 1
        numbers: NDArray[np.int64] = self._first_numbers[at] + places - self._first_places[at]
        return numbers


_NONE = np.empty(0, dtype=np.uint16)
_NO_PLACES = np.empty(0, dtype=np.int64)
