"""A data set is asked, question by question; the answers are judged and written beside the report."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from eval.cases import Case, Given
from eval.page import html, write_csv
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


def ask_all(
    tenkyo: Answers, cases: Iterable[Case], done: Mapping[str, dict[str, Any]] | None = None
) -> Iterator[dict[str, Any]]:
    """The answer to each case, in order, as the batch interface writes it.

    :param done: answers of an earlier, broken run by id; a conversation is asked again from its beginning
    """
    threads: dict[str, Asks] = {}
    for case in cases:
        if done and case.id in done and case.conversation is None:
            yield done[case.id]
            continue
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


def write(folder: Path, found: Mapping[str, Any]) -> list[Path]:
    """Write `report.json`, `report.html` and `questions.csv`; returns what was written.

    :raises OSError: the folder cannot be made or written
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = [folder / name for name in ("report.json", "report.html", "questions.csv")]
    written[0].write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    written[1].write_text(html(found), encoding="utf-8")
    write_csv(found, written[2])
    return written


def program() -> str:
    """Names the code and the weights that answer: answers of another program are not mixed with its own."""
    root = Path(__file__).parents[1]
    files = sorted(path for room in ("ingest", "index", "qa") for path in (root / room).rglob("*.*"))
    facts = [
        (path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in files if path.suffix != ".pyc"
    ]
    return blake2b(repr(facts).encode(), digest_size=8).hexdigest()


class Journal:
    """The answers of a run, on disk as they come: a run that was stopped goes on where it was."""

    def __init__(self, folder: Path, about: Mapping[str, Any]) -> None:
        """:param about: what the answers depend on; answers to anything else are not taken up"""
        folder.mkdir(parents=True, exist_ok=True)
        self._whole, self._part = folder / "answers.jsonl", folder / "answers.part.jsonl"
        self._head = json.dumps({"run": about}, ensure_ascii=False, sort_keys=True)

    def taken_up(self) -> dict[str, dict[str, Any]]:
        """The answers that a stopped run of the same kind left behind, by id."""
        if not self._part.exists():
            return {}
        head, *lines = self._part.read_text(encoding="utf-8").split("\n")
        # The last line is whole only when a newline stands behind it.
        found = [json.loads(line) for line in lines[:-1]] if head == self._head else []
        return {line["id"]: line for line in found}

    def kept(self, lines: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """All lines, each written down before the next is asked for; in the end they are `answers.jsonl`."""
        done = []
        before = self.taken_up()
        with self._part.open("w", encoding="utf-8") as file:
            print(self._head, file=file, flush=True)
            for line in before.values():
                print(json.dumps(line, ensure_ascii=False), file=file)
            for line in lines:
                done.append(line)
                if line["id"] not in before:
                    print(json.dumps(line, ensure_ascii=False), file=file, flush=True)
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in done)
        self._whole.write_text(text, encoding="utf-8")
        self._part.unlink()
        return done
