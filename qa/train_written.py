"""Documents and questions written for training: asked in everyday words, and often about what is not there.

One file a document: its text, a line `=====`, then a question a line as type, question, answer, evidence,
held apart by tabs. Several answers (the items of a list) are joined by " ／ ", several places by "｜｜".
The types `none` and `off` have neither. Of each author's documents one in five is held out.
"""

from __future__ import annotations

import json
import lzma
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from ingest.document import Span
from qa.passage import Passage, passage
from qa.tenkyo import Tenkyo
from qa.train_data import CLEAN, MADE_NOT, MINED, SOMEWHERE, Builder
from qa.train_passages import Question

_RULE = "\n=====\n"
_UNANSWERABLE = frozenset({"none", "off"})
_HELD_OUT = 5  # of this many documents of an author, one is held out
_DEEP = 12  # passages that a question is shown, as the reader will be
_AGAIN = 2  # how often each is met where a question of an encyclopedia is met once
_NEGATIVES = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a written document; `answers` and `evidence` are pieces of its text."""

    type: str
    question: str
    answers: tuple[str, ...]
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """A written document; `name` is unique."""

    name: str
    text: str
    asked: tuple[Asked, ...]
    held_out: bool


def gather(folder: Path) -> Iterator[Written]:
    """The documents of a folder of authors' folders, without the lines that do not agree with the text."""
    for author in sorted(path for path in folder.iterdir() if path.is_dir()):
        for number, file in enumerate(sorted(author.glob("*.txt"))):
            text, _, lines = file.read_text(encoding="utf-8").partition(_RULE)
            asked = tuple(found for line in lines.split("\n") if (found := _asked(line, text)))
            if asked:
                yield Written(
                    f"{author.name}{file.stem}.txt", text, asked, number % _HELD_OUT == _HELD_OUT - 1
                )


def _asked(line: str, text: str) -> Asked | None:
    fields = [field.strip() for field in line.split("\t")]
    if len(fields) < 2 or not fields[1]:
        return None
    kind, question, answer, evidence = (*fields, "", "")[:4]
    if kind in _UNANSWERABLE:
        return Asked(kind, question, (), ())
    answers = tuple(filter(None, (piece.strip() for piece in answer.split("／"))))
    if answer in text:
        answers = (answer,)
    places = tuple(filter(None, (piece.strip() for piece in evidence.split("｜｜"))))
    whole = answers and places and all(piece in text for piece in (*answers, *places))
    return Asked(kind, question, answers, places) if whole else None


def save(written: Sequence[Written], path: Path) -> None:
    """One document a line, packed."""
    with lzma.open(path, "wt", encoding="utf-8", preset=9) as file:
        for document in written:
            print(json.dumps(asdict(document), ensure_ascii=False), file=file)


def load(path: Path) -> list[Written]:
    """What `save` wrote."""
    with lzma.open(path, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    return [
        Written(
            row["name"],
            row["text"],
            tuple(
                Asked(a["type"], a["question"], tuple(a["answers"]), tuple(a["evidence"]))
                for a in row["asked"]
            ),
            row["held_out"],
        )
        for row in rows
    ]


def add_written(builder: Builder, written: Sequence[Written]) -> None:
    """Every question with its passage, and with others that the search finds for it."""
    with tempfile.TemporaryDirectory() as folder:
        tenkyo = _indexed(written, Path(folder))
        ids = {document.name: document.id for document in tenkyo.documents()}
        for document in written:
            whole = tenkyo.document(ids[document.name])
            own = [passage(chunk, whole) for chunk in tenkyo.chunks(whole.id)]
            for asked in document.asked:
                hits = tenkyo.search(asked.question, _DEEP)
                shown = [passage(hit.chunk, tenkyo.document(hit.chunk.document_id)) for hit in hits]
                for _ in range(_AGAIN):
                    _add(builder, asked, own, shown)
        tenkyo.close()


def _add(builder: Builder, asked: Asked, own: Sequence[Passage], shown: Sequence[Passage]) -> None:
    group = builder.group()
    if not asked.evidence:
        for other in shown[:_NEGATIVES]:
            builder.add(Question(asked.question, other.view.text, -1, -1), group, MADE_NOT)
        return
    for held in own:
        if (span := _answer(held, asked)) is not None:
            kind = CLEAN if span[0] >= 0 else SOMEWHERE
            builder.add(Question(asked.question, held.view.text, *span), group, kind)
    others = [
        other
        for other in shown
        if not any(piece in other.span.of(other.document.text) for piece in (*asked.answers, *asked.evidence))
    ]
    for other in others[:_NEGATIVES]:
        builder.add(Question(asked.question, other.view.text, -1, -1), group, MINED)


def _answer(held: Passage, asked: Asked) -> tuple[int, int] | None:
    """Where the answer stands in the passage's view: (−2, −2) when only its evidence does, None without."""
    text = held.document.text
    places = [text.find(piece, held.span.start, held.span.end) for piece in asked.evidence]
    if min(places) < 0:
        return None
    spans = []
    for answer in asked.answers:
        for place, piece in zip(places, asked.evidence, strict=True):
            at = text.find(answer, place, place + len(piece))
            if at >= 0:
                spans.append(Span(at, at + len(answer)))
                break
        else:
            at = text.find(answer, held.span.start, held.span.end)
            if at >= 0:
                spans.append(Span(at, at + len(answer)))
    if len(spans) < len(asked.answers):
        return -2, -2
    start, end = held.view.within(Span(min(s.start for s in spans), max(s.end for s in spans)))
    return (start, end) if start < end else (-2, -2)


def _indexed(written: Sequence[Written], folder: Path) -> Tenkyo:
    texts = folder / "texts"
    texts.mkdir()
    for document in written:
        (texts / document.name).write_text(document.text, encoding="utf-8")
    tenkyo = Tenkyo.open(folder / "index")
    tenkyo.add(texts)
    return tenkyo
