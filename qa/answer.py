"""What an answer is made of: the text, where each part of it stands, and how sure we are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ingest.document import Span


@dataclass(frozen=True, slots=True)
class Citation:
    """A place in a document that the answer rests on.

    `quote == document.text[start:end]` always; `start` and `end` are Unicode code points.

    :param n: number shown beside the answer, from 1, best first
    :param document: the file's name
    :param section: headings from outermost to innermost
    :param page: page or slide number, None where the format has none
    :param place: the place in a reader's words where that is no page: "スライド 3", "予算!B4"; "" if none
    :param boxes: for a PDF each line of the quote: page, left, top, right, bottom in points from the top left
    :param score: 0–1, how likely the place answers the question
    """

    n: int
    document: str
    title: str
    section: tuple[str, ...]
    page: int | None
    start: int
    end: int
    quote: str
    score: float
    document_id: str
    place: str = ""
    boxes: tuple[tuple[int, float, float, float, float], ...] = ()

    @property
    def where(self) -> str:
        """Page, slide, sheet or cell as a reader calls it; "" where the format has none."""
        return self.place or (f"{self.page}ページ" if self.page is not None else "")

    def to_dict(self) -> dict[str, Any]:
        """The citation as the batch interface writes it."""
        line: dict[str, Any] = {
            "n": self.n,
            "document": self.document,
            "title": self.title,
            "section": list(self.section),
            "page": self.page,
            "start": self.start,
            "end": self.end,
            "quote": self.quote,
            "score": round(self.score, 4),
        }
        if self.place:
            line["place"] = self.place
        if self.boxes:
            line["boxes"] = [list(box) for box in self.boxes]
        return line


@dataclass(frozen=True, slots=True)
class Statement:
    """A part of an answer's text and the number of the citation it rests on."""

    span: Span
    citation: int


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with its sources, or a refusal (`abstained`) with the nearest passages.

    :param question: the question as understood, what a follow-up left out filled in
    :param statements: the parts of `text` in order, each with its citation's number; a refusal has none
    :param highlights: spans of `text` that hold the answering words, to show in bold
    :param confidence: 0–1, how likely the documents answer the question and this is the answer
    :param nearest: for a refusal, the closest passages; they claim nothing
    :param timings_ms: milliseconds by stage
    :param written_by: the name of the model that wrote the text; "" when it is the original's own words
    :param dropped: sentences of the model that are not shown, as the sources do not support them
    :param note: what the user should know about how the answer was made, one line; "" if nothing
    """

    question: str
    text: str
    abstained: bool
    confidence: float
    citations: tuple[Citation, ...] = ()
    nearest: tuple[Citation, ...] = ()
    statements: tuple[Statement, ...] = ()
    highlights: tuple[Span, ...] = ()
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    written_by: str = ""
    dropped: int = 0
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The answer as the batch interface writes it, without `id`."""
        line: dict[str, Any] = {
            "question": self.question,
            "answer": self.text,
            "abstained": self.abstained,
            "confidence": round(self.confidence, 4),
            "citations": [citation.to_dict() for citation in self.citations],
            "timings_ms": {stage: round(ms, 1) for stage, ms in self.timings_ms.items()},
        }
        if self.abstained:
            line["nearest"] = [citation.to_dict() for citation in self.nearest]
        if self.written_by:
            line["written_by"], line["dropped"] = self.written_by, self.dropped
        if self.note:
            line["note"] = self.note
        return line
