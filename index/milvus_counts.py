"""How many chunks on the server hold a term: "how rare is this word?" """

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import monotonic

from index import weights
from index.milvus_client import Server, holds
from index.milvus_rows import dimension_of

# Counts are asked for again when the collection has another size by more than this share, or after so many
# seconds: the logarithm of a rarity hardly notices either.
_GROWN = 0.01
_SECONDS = 60.0
# Of so few chunks all terms are fetched at once: Milvus Lite takes 40 ms for that, and 12 ms for each count.
_FEW = 4_096
_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class _Counted:
    """What is known since a moment, of so many chunks: how many hold a dimension; whether that is all."""

    chunks: int
    since: float
    known: dict[int, int]
    all: bool


class Counts:
    """Document frequencies, counted by the server among the chunks it has.

    Nothing keeps them: each chunk brings its terms as an array, so workers need not tell each other
    anything, and no count can go astray when one of them dies.
    """

    def __init__(self, server: Server, collection: str) -> None:
        self._server = server
        self._collection = collection
        self._counted = _Counted(0, -_SECONDS, {}, False)

    def rarity(self, words: Collection[str]) -> dict[str, float]:
        """The weight that BM25 gives each term here; a term that no chunk holds weighs most."""
        counted = self._now()
        places = {word: dimension_of(word) for word in words}
        fresh = sorted(set(places.values()) - counted.known.keys())
        if fresh and not counted.all:
            with ThreadPoolExecutor(_AT_ONCE) as asking:
                counted.known.update(zip(fresh, asking.map(self._count, fresh), strict=True))
        return {
            word: weights.rarity(word, min(counted.known.get(place, 0), counted.chunks), counted.chunks)
            for word, place in places.items()
        }

    def _now(self) -> _Counted:
        """What was counted before, while it holds."""
        chunks, moment, before = self._server.count(self._collection), monotonic(), self._counted
        if moment - before.since > _SECONDS or abs(chunks - before.chunks) > _GROWN * before.chunks:
            rows = self._server.all(self._collection, ("terms",)) if chunks <= _FEW else []
            known = Counter(term for row in rows for term in row["terms"])
            self._counted = _Counted(chunks, moment, dict(known), chunks <= _FEW)
        return self._counted

    def _count(self, place: int) -> int:
        return self._server.count(self._collection, holds("terms", place))
