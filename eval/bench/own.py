"""Tenkyo's own BM25 without the rest of it: segments of postings in a ledger, made from terms it is given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import islice
from typing import Any

import numpy as np

from eval.bench.parts import Given
from eval.bench.questions import Place
from eval.bench.subjects import K
from index import segments
from index.lemmas import term_hash
from index.lexical import Lexical
from index.postings import count
from index.store import Ledger

_TOGETHER = 4000  # chunks written as one segment, as a bulk run does


class OwnLexical(Given):
    """BM25 with synonyms. Its search takes the question as text: MeCab's part of it is counted here too."""

    def build(self) -> int:
        ledger = Ledger.open(self.job.folder)
        first = 1
        for batch in _batches(self.prepared.passages()):
            self._insert(ledger, batch, first)
            first += len(batch)
        while True:
            with ledger.writing() as db:
                if not segments.is_due(db):
                    break
                segments.settle(db)
        ledger.close()
        return first - 1

    def open(self) -> None:
        self._ledger = Ledger.open(self.job.folder)
        self._lexical = Lexical()

    def search(self, question: str) -> Any:
        with self._ledger.reading() as db:
            self._lexical.refresh(db)
            return self._lexical.search(db, question, K)

    def places(self, found: Any) -> list[Place]:
        return [self.place(number - 1) for number, _ in found]

    def add(self, file: Any) -> None:
        self._insert(self._ledger, self.prepared.later.terms, len(self.prepared) + 1)

    @staticmethod
    def _insert(ledger: Ledger, passages: Sequence[Sequence[str]], first: int) -> None:
        hashes = np.array([_hash(term) for terms in passages for term in terms], dtype=np.int64)
        owners = np.repeat(np.arange(len(passages), dtype=np.int64), [len(terms) for terms in passages])
        with ledger.writing() as db:
            segments.insert(db, [(first, len(passages))], [count(hashes, owners, len(passages))])
            db.execute(
                "UPDATE totals SET chunks = chunks + ?, terms = terms + ?", (len(passages), len(hashes))
            )


@cache
def _hash(term: str) -> int:
    return term_hash(term)


def _batches(passages: Iterable[list[str]]) -> Iterator[list[list[str]]]:
    rest = iter(passages)
    while batch := list(islice(rest, _TOGETHER)):
        yield batch
