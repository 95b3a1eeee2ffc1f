"""Reading alone on public data: the reader network marks the answer in the context it is given."""

from __future__ import annotations

import sys
from pathlib import Path
from time import perf_counter
from typing import Any, Protocol

from tqdm import tqdm

from eval.metrics import character_f1, exact_match
from eval.squad import read_squad
from qa.network import ReaderNetwork, Reading


class Reads(Protocol):
    """What reads passages for a question: a `qa.network.ReaderNetwork`."""

    def read(self, question: str, passages: list[str]) -> list[Reading]:
        """One reading for each passage."""
        ...


def measure(path: Path, limit: int | None = None, network: Reads | None = None) -> dict[str, Any]:
    """Exact match and character F1 (0–1) of the best marked span, and passages read a second.

    :param network: None is the one shipped
    :raises UnreadableFile: the file is not of SQuAD's shape
    """
    squad = read_squad(path, limit)
    reader = network or ReaderNetwork.load()
    exact, f1, seconds = 0.0, 0.0, 0.0
    answerable = [asked for asked in squad.asked if asked.answers]
    for asked in tqdm(answerable, desc="読解", unit="問", file=sys.stderr):
        context = squad.contexts[asked.context]
        begun = perf_counter()
        reading = reader.read(asked.question, [context])[0]
        seconds += perf_counter() - begun
        answer = _best(reading, context)
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


def _best(reading: Reading, context: str) -> str:
    if not reading.candidates:
        return ""
    start, end, _ = max(reading.candidates, key=lambda candidate: candidate[2])
    return context[start:end]
