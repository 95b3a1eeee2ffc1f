"""A data set is asked, question by question; the answers are judged and written beside the report."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from eval.cases import Case, Given, given
from eval.report import Verdict, judge, report

if TYPE_CHECKING:
    # Only named here: importing qa loads torch, and scoring a file needs none of it.
    from qa.answer import Answer


class Asks(Protocol):
    """What answers: a `qa.Tenkyo` or one of its conversations."""

    def ask(self, question: str) -> Answer:
        """The answer to `question`."""
        ...


class Answers(Asks, Protocol):
    """What answers and starts conversations: a `qa.Tenkyo`."""

    def conversation(self) -> Asks:
        """A thread whose questions know those before."""
        ...


def ask_all(tenkyo: Answers, cases: Iterable[Case]) -> Iterator[dict[str, Any]]:
    """The answer to each case, in order, as the batch interface writes it."""
    threads: dict[str, Asks] = {}
    for case in cases:
        asker: Asks = tenkyo
        if case.conversation is not None:
            asker = threads.setdefault(case.conversation, tenkyo.conversation())
        yield {"id": case.id, **asker.ask(case.question).to_dict(), "question": case.question}


def score(
    cases: Sequence[Case],
    answers: Iterable[Given],
    about: Mapping[str, Any],
    texts: Mapping[str, str] | None = None,
) -> tuple[dict[str, Any], list[str]]:
    """The report on the cases that have an answer, and the ids of those that have none.

    :param texts: original texts by file name, to check that quotes are verbatim
    """
    by_id = {answer.id: answer for answer in answers}
    verdicts: list[Verdict] = [judge(case, by_id[case.id], texts) for case in cases if case.id in by_id]
    return report(verdicts, about), [case.id for case in cases if case.id not in by_id]


def run(
    tenkyo: Answers, cases: Sequence[Case], about: Mapping[str, Any], texts: Mapping[str, str] | None = None
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Ask every case: the report and the answers as batch lines."""
    lines = list(ask_all(tenkyo, cases))
    return score(cases, map(given, lines), about, texts)[0], lines


def write(folder: Path, found: Mapping[str, Any], lines: Iterable[Mapping[str, Any]] = ()) -> list[Path]:
    """Write `report.json` and, when there are answers, `answers.jsonl`; returns what was written.

    :raises OSError: the folder cannot be made or written
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = [folder / "report.json"]
    written[0].write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    texts = [json.dumps(line, ensure_ascii=False) + "\n" for line in lines]
    if texts:
        written.append(folder / "answers.jsonl")
        written[1].write_text("".join(texts), encoding="utf-8")
    return written
