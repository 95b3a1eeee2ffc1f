"""Retrieval inside a run: where the chunks that hold the evidence stand among those the index finds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import ir_measures
from ir_measures import RR, R, Success, nDCG

from eval.cases import Case, Evidence
from eval.metrics import bare
from index import Hit
from ingest.document import Chunk, Document

DEPTH = 30
_MEASURES = {
    "recall@1": R @ 1,
    "recall@3": R @ 3,
    "recall@10": R @ 10,
    "success@1": Success @ 1,
    "success@10": Success @ 10,
    "mrr@10": RR @ 10,
    "ndcg@10": nDCG @ 10,
}


class Searches(Protocol):
    """What finds: a `qa.Tenkyo`."""

    def documents(self) -> list[Document]: ...
    def document(self, document_id: str) -> Document: ...
    def chunks(self, document_id: str) -> list[Chunk]: ...
    def search(self, question: str, k: int) -> list[Hit]: ...


def retrieval(tenkyo: Searches, cases: Sequence[Case]) -> tuple[dict[str, float], dict[str, int | None]]:
    """Mean measures, 0–1, over the questions with evidence in the index, and each one's first rank from 1.

    A chunk is relevant that holds any evidence; of evidence cut in two, the chunk with its beginning.
    """
    by_name: dict[str, list[Document]] = {}
    for listed in tenkyo.documents():
        by_name.setdefault(listed.name, []).append(tenkyo.document(listed.id))
    wanted: dict[str, dict[str, int]] = {}
    found: dict[str, dict[str, float]] = {}
    first: dict[str, int | None] = {}
    for case in cases:
        relevant = {
            name: 1
            for evidence in case.evidence
            for document in by_name.get(evidence.document, [])
            for name in _holding(document, tenkyo.chunks(document.id), evidence)
        }
        if not relevant or case.conversation is not None:
            continue
        names = [_name(hit.chunk) for hit in tenkyo.search(case.question, DEPTH)]
        wanted[case.id] = relevant
        found[case.id] = {name: float(DEPTH - rank) for rank, name in enumerate(names)}
        first[case.id] = next((rank for rank, name in enumerate(names, 1) if name in relevant), None)
    if not wanted:
        return {}, {}
    means = ir_measures.calc_aggregate(list(_MEASURES.values()), wanted, found)
    return {name: round(float(means[measure]), 4) for name, measure in _MEASURES.items()}, first


def _holding(document: Document, chunks: Sequence[Chunk], evidence: Evidence) -> list[str]:
    start, end = evidence.start, evidence.end
    if start is None or end is None:
        start = document.text.find(evidence.text)
        end = start + len(evidence.text)
    if start >= 0:
        whole = [chunk for chunk in chunks if chunk.span.start <= start and end <= chunk.span.end]
        return [_name(c) for c in whole or [c for c in chunks if c.span.start <= start < c.span.end]]
    words = bare(evidence.text)
    return [_name(chunk) for chunk in chunks if words in bare(chunk.span.of(document.text))]


def _name(chunk: Chunk) -> str:
    return f"{chunk.document_id}/{chunk.id}"
