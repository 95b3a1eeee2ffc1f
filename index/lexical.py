"""BM25 over the terms of `index.lemmas`, from postings that stand in the ledger."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from index.lemmas import DERIVED, terms
from index.synonyms import synonyms

# One term in one chunk: which chunk of its document, how often, and how many terms the chunk has.
ENTRY = np.dtype([("ordinal", "<u4"), ("count", "<u2"), ("length", "<u2")])
# recall@1 of the right paragraph, JaQuAD dev / JSQuAD valid: 85.5 / 91.1 % with these,
# 83.9 / 90.0 % with the customary k1 = 1.2, b = 0.75 and compounds weighed as words.
_K1, _B = 0.7, 0.5
_DERIVED_WEIGHT = 0.5
# What a match of a synonym is worth beside one of the word itself: BM25 recall@1 on the first 1,200 questions
# of jaquad_dev is 85.2 % without synonyms, 85.8 with 0.5, 85.9 with 0.7.
_SYNONYM_WEIGHT = 0.6
_MOST = np.iinfo(np.uint16).max

Scores = tuple[NDArray[np.int64], NDArray[np.float64]]

_MATCHES = """
SELECT p.term, d.first_chunk, p.entries FROM postings p JOIN documents d ON d.number = p.document
WHERE p.term IN (SELECT value FROM json_each(?))"""
_WITHIN = " AND d.id IN (SELECT value FROM json_each(?))"
_FREQUENCIES = """
SELECT term, sum(length(entries)) FROM postings
WHERE term IN (SELECT value FROM json_each(?)) GROUP BY term"""


def postings(passages: Sequence[Sequence[str]]) -> dict[str, bytes]:
    """Term → packed `ENTRY` records, for the terms of one document's chunks in order."""
    entries: defaultdict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for ordinal, passage in enumerate(passages):
        length = min(len(passage), _MOST)
        for term, count in Counter(passage).items():
            entries[term].append((ordinal, min(count, _MOST), length))
    return {term: np.array(found, dtype=ENTRY).tobytes() for term, found in entries.items()}


def search(
    db: sqlite3.Connection, query: str, k: int, documents: Collection[str] | None = None
) -> list[tuple[int, float]]:
    """The best `k` chunks as (chunk number, BM25 score), best first.

    :param documents: ids of the documents to stay within; a score means the same with and without
    """
    words = set(terms(query))
    instead = synonyms(words)
    asked = sorted(words | instead.keys())
    chunk_count, term_count = db.execute("SELECT sum(chunk_count), sum(term_count) FROM documents").fetchone()
    if not asked or not term_count:
        return []
    weights = _weights(db, asked, chunk_count)
    average = term_count / chunk_count
    found: dict[str, Scores] = {}
    for term, (chunks, entries) in _matches(db, asked, documents).items():
        count = entries["count"].astype(np.float64)
        saturation = count + _K1 * (1 - _B + _B * entries["length"] / average)
        found[term] = chunks, weights[term] * count * (_K1 + 1) / saturation
    return _best(*_totals(found, instead), k) if found else []


def _totals(
    found: Mapping[str, Scores], instead: Mapping[str, frozenset[str]]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Chunk numbers and their scores. A synonym counts for what the words it stands for do not bring."""
    chunks = np.unique(np.concatenate([numbers for numbers, _ in found.values()]))
    totals = np.zeros(len(chunks))
    concepts: dict[frozenset[str], NDArray[np.float64]] = {}
    for term, (numbers, scores) in found.items():
        at = np.searchsorted(chunks, numbers)
        if term not in instead:
            totals[at] += scores
            continue
        best = concepts.setdefault(instead[term], np.zeros(len(chunks)))
        best[at] = np.maximum(best[at], _SYNONYM_WEIGHT * scores)
    for words, best in concepts.items():
        for word in sorted(words & found.keys()):
            best[np.searchsorted(chunks, found[word][0])] -= found[word][1]
        totals += best.clip(0)
    return chunks, totals


def _matches(
    db: sqlite3.Connection, asked: list[str], documents: Collection[str] | None
) -> dict[str, tuple[NDArray[np.int64], NDArray[np.void]]]:
    """Term → the numbers of the chunks that hold it and their entries, over all documents at once."""
    found: defaultdict[str, tuple[list[int], list[bytes]]] = defaultdict(lambda: ([], []))
    parameters = [json.dumps(asked)] + ([] if documents is None else [json.dumps(list(documents))])
    for term, first, packed in db.execute(_MATCHES + ("" if documents is None else _WITHIN), parameters):
        found[term][0].append(first)
        found[term][1].append(packed)
    matches = {}
    for term, (firsts, blobs) in found.items():
        entries = np.frombuffer(b"".join(blobs), dtype=ENTRY)
        sizes = [len(blob) // ENTRY.itemsize for blob in blobs]
        matches[term] = np.repeat(np.array(firsts, dtype=np.int64), sizes) + entries["ordinal"], entries
    return matches


def rarity(db: sqlite3.Connection, words: Collection[str]) -> dict[str, float]:
    """The weight that BM25 gives each term here; a term that no chunk holds weighs most."""
    (chunk_count,) = db.execute("SELECT coalesce(sum(chunk_count), 0) FROM documents").fetchone()
    unseen = float(np.log1p((chunk_count + 0.5) / 0.5))
    found = _weights(db, sorted(words), chunk_count)
    return {word: found.get(word, unseen * (_DERIVED_WEIGHT if DERIVED in word else 1.0)) for word in words}


def _weights(db: sqlite3.Connection, asked: list[str], chunk_count: int) -> dict[str, float]:
    """IDF (never negative), less for derived terms because their parts count already."""
    found = db.execute(_FREQUENCIES, (json.dumps(asked),)).fetchall()
    held = np.array([size // ENTRY.itemsize for _, size in found], dtype=np.float64)
    rarity = np.log1p((chunk_count - held + 0.5) / (held + 0.5))
    return {
        term: float(idf) * (_DERIVED_WEIGHT if DERIVED in term else 1.0)
        for (term, _), idf in zip(found, rarity, strict=True)
    }


def _best(chunks: NDArray[np.int64], totals: NDArray[np.float64], k: int) -> list[tuple[int, float]]:
    # Ties go to the earlier chunk, so that the same question always gets the same order.
    order = np.lexsort((chunks, -totals))[:k]
    return [(int(chunks[at]), float(totals[at])) for at in order if totals[at] > 0]
