"""recall@1 of lexical engines on public data: how good they rank, whatever they cost."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from tqdm import tqdm

from eval.bench.engines import ENGINES
from eval.public import read_public
from eval.retrieval import measure
from index.lemmas import terms


def recalls(file: Path, form: str = "squad", limit: int | None = None) -> Mapping[str, float]:
    """Engine → share of the questions whose context comes first, 0–1; "Tenkyo" is its BM25 with synonyms.

    :raises UnreadableFile: the file is not of that form
    """
    data = read_public(file, form, limit)
    passages = [terms(context) for context in tqdm(data.contexts, desc="語", unit="件")]
    asked = [sorted(set(terms(question.question))) for question in data.asked]
    found = {}
    for name, engine_type in ENGINES.items():
        try:
            with tempfile.TemporaryDirectory() as folder:
                engine = engine_type(Path(folder))
                engine.build(passages)
                engine.open()
                first = [engine.search(words, 1) if words else [] for words in asked]
        except ModuleNotFoundError:
            continue
        right = [set(hits) & set(q.contexts) for hits, q in zip(first, data.asked, strict=True)]
        found[name] = sum(map(bool, right)) / len(right)
    return found | {"Tenkyo": float(measure(file, limit, form=form)["bm25"]["recall@1"])}
