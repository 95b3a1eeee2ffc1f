"""A query's candidates on the server: the vectors to ask for, and the exact scores of what was found."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index import weights
from index.fuse import COSINE_WEIGHT, Fused, fuse
from index.lemmas import terms
from index.milvus_client import Row, Server, Side, within
from index.milvus_counts import Counts
from index.milvus_rows import CHUNKS, dimension_of
from index.synonyms import synonyms

_MOST = 16_384  # rows that Milvus returns for one search
_FIELDS = ("edition", "ordinal", "sparse")


@dataclass(frozen=True, slots=True)
class Asked:
    """A query as terms and as a vector.

    :param rarity: the weight of each term of the query and of each synonym, before the passage's part
    :param instead: synonym → the words of the query that it stands for
    :param vector: unit length; None in an index without a model
    """

    rarity: Mapping[str, float]
    instead: Mapping[str, frozenset[str]]
    vector: NDArray[np.float32] | None


@dataclass(frozen=True, slots=True, order=True)
class Candidate:
    """A chunk the server found: the writing it is of, its place there, and its exact scores.

    :param cosine: None in an index without a model
    """

    edition: int
    ordinal: int
    bm25: float
    cosine: float | None


def ask(counts: Counts, query: str, vector: NDArray[np.float32] | None) -> Asked:
    """What to ask the server for."""
    words = set(terms(query))
    instead = synonyms(words)
    return Asked(counts.rarity(words | instead.keys()), instead, vector)


def candidates(
    server: Server, asked: Asked, depth: int, editions: Collection[int] | None, hidden: Collection[int]
) -> list[Candidate]:
    """The best chunks of either side, fused on the server.

    A weighted sum of inner products cannot say that a synonym counts only for what its word does not bring,
    nor what one side thinks of a chunk it did not list. So the server chooses, and the chunks it chose are
    scored again by the vectors they came with.

    :param depth: how many of either side
    :param editions: stay within these; None is all
    :param hidden: pass over these
    """
    depth = min(depth, _MOST // 2)
    which = [within("edition", editions)] if editions is not None else []
    which += [f"not ({within('edition', hidden)})"] if hidden else []
    sides = []
    if asked.rarity:
        sides.append(Side("sparse", _sparse(asked), 1.0))
    if asked.vector is not None:
        sides.append(Side("dense", asked.vector.tolist(), COSINE_WEIGHT))
    if not sides:
        return []
    fields = _FIELDS if asked.vector is None else (*_FIELDS, "dense")
    found = server.search(CHUNKS, sides, " and ".join(which), depth, fields)
    return [_scored(row, asked) for row in found]


def ranked(found: Sequence[Candidate]) -> list[tuple[Candidate, Fused]]:
    """Candidates with their standing on either side, best first, by the rule of every store."""
    numbered = dict(enumerate(sorted(found)))
    by_words = [(number, one.bm25) for number, one in numbered.items() if one.bm25 > 0]
    by_vector = [(number, one.cosine) for number, one in numbered.items() if one.cosine is not None]
    best = fuse(_sorted(by_words), _sorted(by_vector))
    return [(numbered[fused.number], fused) for fused in best]


def _sorted(scores: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    return sorted(scores, key=lambda found: (-found[1], found[0]))


def _sparse(asked: Asked) -> dict[int, float]:
    """The query's side of BM25; a synonym's full worth, which scoring may take back."""
    found: dict[int, float] = {}
    for term, rarity in asked.rarity.items():
        worth = rarity * (weights.SYNONYM_WEIGHT if term in asked.instead else 1.0)
        found[dimension_of(term)] = found.get(dimension_of(term), 0.0) + worth
    return found


def _scored(row: Row, asked: Asked) -> Candidate:
    held = row["sparse"]
    brought = {term: rarity * held.get(dimension_of(term), 0.0) for term, rarity in asked.rarity.items()}
    cosine = (
        None if asked.vector is None else float(np.dot(asked.vector, np.asarray(row["dense"], np.float32)))
    )
    return Candidate(int(row["edition"]), int(row["ordinal"]), weights.score(brought, asked.instead), cosine)
