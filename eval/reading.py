"""Reading alone on public data: the reader network marks the answer in the context it is given."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any, Protocol

from tqdm import tqdm

from eval.metrics import character_f1, exact_match
from eval.public import read_public
from ingest.document import Span
from ingest.errors import TenkyoError
from ingest.normalize import fold, searchable


class Marked(Protocol):
    """What a reading says of one passage: spans of its characters that may answer, each with a score."""

    @property
    def candidates(self) -> Sequence[tuple[int, int, float]]:
        """(start, end, score) of the passage."""
        ...


class Reads(Protocol):
    """What reads passages for a question: a `qa.network.ReaderNetwork`."""

    def read(self, question: str, passages: Sequence[str], /) -> Sequence[Marked]:
        """One reading for each passage."""
        ...


def measure(
    path: Path, limit: int | None = None, network: Reads | None = None, form: str = "squad"
) -> dict[str, Any]:
    """Exact match and character F1 (0–1) of the best marked span, and passages read a second.

    :param limit: the first questions of the file; those without an answer are left out
    :param network: None is the one shipped
    :param form: "squad" or "jsonl"
    :raises UnreadableFile: the file is not of that form
    :raises TenkyoError: no network is shipped
    """
    data = read_public(path, form, limit)
    reader = network or _shipped()
    exact, f1, seconds = 0.0, 0.0, 0.0
    answerable = [asked for asked in data.asked if asked.answers]
    for asked in tqdm(answerable, desc="読解", unit="問", file=sys.stderr):
        context = data.contexts[asked.contexts[0]]
        # The network sees what it sees in use: the question and the passage folded.
        question, passage = fold(asked.question), searchable(context, Span(0, len(context))).text
        begun = perf_counter()
        reading = reader.read(question, [passage])[0]
        seconds += perf_counter() - begun
        answer = _best(reading, passage)
        exact += exact_match(answer, asked.answers)
        f1 += character_f1(answer, asked.answers)
    n = len(answerable)
    return {
        "file": path.name,
        "n": n,
        "exact": round(exact / n, 4) if n else None,
        "f1": round(f1 / n, 4) if n else None,
        "passages_per_second": round(n / seconds, 1) if seconds else None,
    }


def _best(reading: Marked, passage: str) -> str:
    if not reading.candidates:
        return ""
    start, end, _ = max(reading.candidates, key=lambda candidate: candidate[2])
    return passage[start:end]


def _shipped() -> Reads:
    try:
        module = importlib.import_module("qa.network")
    except ModuleNotFoundError as error:
        raise TenkyoError("qa.network", "読解器が同梱されていません") from error
    network: Reads = module.ReaderNetwork.load()
    return network
