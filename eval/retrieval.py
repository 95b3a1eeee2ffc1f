"""Retrieval alone on public data: every context a document, BM25, vectors and both side by side."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import ir_measures
from ir_measures import RR, R, nDCG
from tqdm import tqdm

from eval.public import Public, read_public
from index import Hit, Index
from ingest.read import read

_MEASURES = {"recall@1": R @ 1, "recall@10": R @ 10, "mrr@10": RR @ 10, "ndcg@10": nDCG @ 10}
# Deep enough for ten different documents in either ranking, whatever the other side puts before them.
_DEPTH = 400
_KEPT = 10
Ranking = dict[str, float]


def measure(
    path: Path, limit: int | None = None, model: str | None = None, form: str = "squad"
) -> dict[str, Any]:
    """recall@1, recall@10, MRR@10 and nDCG@10 of each ranking, 0–1.

    :param limit: the first questions; every context stays in the index
    :param model: the embedding model; None is the one shipped
    :param form: one of `eval.public.FORMATS`
    :raises UnreadableFile: the file is not of that form
    """
    data = read_public(path, form, limit)
    with tempfile.TemporaryDirectory() as folder:
        index = _index(data, Path(folder), model)
        names = {document.id: document.name for document in index.documents()}
        runs: dict[str, dict[str, Ranking]] = {}
        for asked in tqdm(data.asked, desc="検索", unit="問", file=sys.stderr):
            hits = index.search(asked.question, _DEPTH)
            for name, ranked in rankings(hits).items():
                runs.setdefault(name, {})[asked.id] = _scores(names[hit.chunk.document_id] for hit in ranked)
        index.close()
    wanted = {asked.id: {_name(context): 1 for context in asked.contexts} for asked in data.asked}
    return {
        "file": path.name,
        "n": len(data.asked),
        "documents": len(data.contexts),
        **{name: _aggregate(wanted, run) for name, run in runs.items() if any(run.values())},
    }


def rankings(hits: list[Hit]) -> dict[str, list[Hit]]:
    """The fused ranking, and those of either side that the ranks of its hits remember."""
    words = [(hit.lexical_rank, hit) for hit in hits if hit.lexical_rank is not None]
    vectors = [(hit.dense_rank, hit) for hit in hits if hit.dense_rank is not None]
    return {
        "bm25": [hit for _, hit in sorted(words, key=lambda ranked: ranked[0])],
        "dense": [hit for _, hit in sorted(vectors, key=lambda ranked: ranked[0])],
        "hybrid": hits,
    }


def _index(data: Public, folder: Path, model: str | None) -> Index:
    texts = folder / "contexts"
    texts.mkdir()
    index = Index.open(folder / "index", model)
    documents = []
    for number, context in enumerate(data.contexts):
        file = texts / _name(number)
        file.write_text(context, encoding="utf-8")
        documents.append(read(file))
    index.add(tqdm(documents, desc="登録", unit="件", file=sys.stderr))
    return index


def _name(number: int) -> str:
    return f"{number:06d}.txt"


def _scores(names: Iterable[str]) -> Ranking:
    """The first ten different documents; scores fall so that no two are equal."""
    return {name: float(-rank) for rank, name in enumerate(list(dict.fromkeys(names))[:_KEPT])}


def _aggregate(wanted: dict[str, dict[str, int]], run: dict[str, Ranking]) -> dict[str, float]:
    found = ir_measures.calc_aggregate(_MEASURES.values(), wanted, run)
    return {name: round(float(found[measure]), 4) for name, measure in _MEASURES.items()}
