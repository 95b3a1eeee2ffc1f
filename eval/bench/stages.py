"""Answering, stage by stage: what search, reading and composing cost on real documents."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from eval.metrics import percentiles
from ingest.errors import TenkyoError
from ingest.read import SUFFIXES
from qa import Tenkyo

_WARM_UP = 3  # the first questions load the models


def measure(corpus: Path, questions: Sequence[str]) -> dict[str, Any]:
    """Milliseconds of each stage of an answer (p50, p95, p99), and of the whole under "total".

    :param corpus: a folder of documents, indexed anew in a temporary folder
    :raises TenkyoError: the folder holds nothing that can be read
    """
    if not any(path.suffix.lower() in SUFFIXES for path in corpus.rglob("*")):
        raise TenkyoError(corpus, "読める文書がありません", "--corpus に文書のフォルダを指定してください")
    with tempfile.TemporaryDirectory() as folder:
        tenkyo = Tenkyo.open(Path(folder) / "index")
        tenkyo.add(corpus)
        stages = _ask(tenkyo, questions)
        tenkyo.close()
    return {
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
