"""Speed: what each stage of a question costs, and indexing against tokenising alone."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

from tqdm import tqdm

from eval.metrics import percentiles
from ingest.errors import TenkyoError
from ingest.mecab import tokenize
from ingest.read import SUFFIXES, read
from qa import Tenkyo

_WARM_UP = 3  # the first questions load the models


def measure(corpus: Path, questions: Sequence[str]) -> dict[str, Any]:
    """Milliseconds by stage (p50, p95, p99), and characters a second of indexing and of MeCab alone.

    :param corpus: a folder of documents, indexed anew in a temporary folder
    :raises TenkyoError: the folder holds nothing that can be read
    """
    files = sorted(path for path in corpus.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not files:
        raise TenkyoError(corpus, "読める文書がありません", "--corpus に文書のフォルダを指定してください")
    texts = [read(path).text for path in files]
    characters = sum(map(len, texts))
    tokenize(texts[0][:1000])
    begun = perf_counter()
    for text in texts:
        tokenize(text)
    tokenised = perf_counter() - begun
    with tempfile.TemporaryDirectory() as folder:
        tenkyo = Tenkyo.open(Path(folder) / "index")
        begun = perf_counter()
        tenkyo.add(*files)
        indexed = perf_counter() - begun
        stages = _ask(tenkyo, questions)
        tenkyo.close()
    return {
        "documents": len(files),
        "characters": characters,
        "characters_per_second": {
            "tokenise": round(characters / tokenised),
            "index": round(characters / indexed),
        },
        "questions": len(questions),
        "latency_ms": {stage: percentiles(values) for stage, values in stages.items()},
    }


def _ask(tenkyo: Tenkyo, questions: Sequence[str]) -> dict[str, list[float]]:
    for question in questions[:_WARM_UP]:
        tenkyo.ask(question)
    stages: dict[str, list[float]] = {}
    for question in tqdm(questions, desc="質問", unit="問", file=sys.stderr):
        for stage, milliseconds in tenkyo.ask(question).timings_ms.items():
            stages.setdefault(stage, []).append(milliseconds)
    return stages
