"""Watches questions on their way: each is counted, timed and written down once, whatever becomes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import perf_counter

from index.contract import State
from ingest.errors import TenkyoError
from qa.answer import Answer
from qa.chat import journal
from qa.chat.asker import Asker
from qa.chat.measures import Measures


class Watch:
    """What happens to the questions of one server."""

    def __init__(self, measures: Measures | None = None, state: Callable[[], State] | None = None) -> None:
        """:param state: looks at the index; raises TenkyoError when it cannot be read"""
        self._measures = measures or Measures()
        self._state = state

    def asked(self, asker: Asker, question: str, ask: Callable[[], Answer]) -> Answer:
        """What `ask` returns; what it raises goes on its way."""
        begun = perf_counter()
        facts = {"request": asker.request, "by": asker.by, "question": question}
        try:
            with self._measures.in_flight():
                answer = ask()
        except Exception as error:
            spent = {"total": (perf_counter() - begun) * 1000}
            self._measures.asked("failed", asker.by, spent)
            journal.trouble("question", error, **facts, outcome="failed", ms=_rounded(spent))
            raise
        outcome = "refused" if answer.abstained else "answered"
        self._measures.asked(outcome, asker.by, answer.timings_ms)
        journal.event(
            "question",
            **facts,
            outcome=outcome,
            confidence=round(answer.confidence, 4),
            citations=len(answer.citations),
            generation=self._generation(),
            ms=_rounded(answer.timings_ms),
        )
        return answer

    def _generation(self) -> int | None:
        try:
            return self._state().generation if self._state else None
        except TenkyoError:
            return None


def _rounded(milliseconds: Mapping[str, float]) -> dict[str, float]:
    return {stage: round(spent, 1) for stage, spent in milliseconds.items()}
