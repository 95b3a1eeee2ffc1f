"""Two rankings as one: "why did this chunk come before that one?" """

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# What a cosine of 1 is worth in BM25 points, chosen on jaquad_dev (figures in the model card). Ranks alone
# throw away how much better the first is: reciprocal rank fusion is worse than BM25 by itself there.
COSINE_WEIGHT = 15.0
# How deep either side is read before fusing: a passage one side finds late may be first in the other.
DEPTH = 100


@dataclass(frozen=True, slots=True)
class Fused:
    """A chunk number with its standing in both rankings."""

    number: int
    score: float
    lexical_rank: int | None
    dense_rank: int | None


def fuse(lexical: Sequence[tuple[int, float]], dense: Sequence[tuple[int, float]]) -> list[Fused]:
    """Both rankings as one, best first; a side that found nothing leaves the other's order as it is.

    :param lexical: (chunk number, BM25 score), best first
    :param dense: (chunk number, cosine), best first
    """
    by_words = {number: (rank, score) for rank, (number, score) in enumerate(lexical, 1)}
    by_vector = {number: (rank, score) for rank, (number, score) in enumerate(dense, 1)}
    # A chunk beyond the depth read has at most the last score there; one that shares no term scores 0.
    unseen = min((score for _, score in dense), default=0.0)
    fused = []
    for number in by_words.keys() | by_vector.keys():
        word, bm25 = by_words.get(number, (None, 0.0))
        vector, cosine = by_vector.get(number, (None, unseen))
        fused.append(Fused(number, bm25 + COSINE_WEIGHT * cosine, word, vector))
    return sorted(fused, key=lambda found: (-found.score, found.number))
