"""A found chunk made ready to read: its view, its sentences, and where each stands in the original."""

from __future__ import annotations

from dataclasses import dataclass

from ingest import section_at
from ingest.document import Chunk, Document, Enumeration, Span, Table
from ingest.normalize import View, readable, searchable
from ingest.sentences import sentences


@dataclass(frozen=True, slots=True)
class Passage:
    """A searched chunk with its document.

    :param span: the chunk's place in the original, with the line below when the chunk ends in a label
    :param view: the span as it is read: normalised, wraps joined, markup removed, offsets kept
    :param sentences: spans of the original, in order
    :param titles: those of them that are the heading line of their section
    """

    chunk: Chunk
    document: Document
    span: Span
    view: View
    sentences: tuple[Span, ...]
    titles: frozenset[Span]

    @property
    def section(self) -> tuple[str, ...]:
        """Headings from outermost to innermost."""
        return self.chunk.section_path

    def seen(self, span: Span) -> str:
        """The normalised text of a span of the original that lies in this passage."""
        start, end = self.view.within(span)
        return self.view.text[start:end]

    def tables(self) -> list[Table]:
        """The tables this passage shares characters with."""
        return [table for table in self.document.tables if table.span.overlaps(self.span)]

    def enumerations(self) -> list[Enumeration]:
        """The enumerations whose items or lead lie in this passage."""
        return [
            enumeration
            for enumeration in self.document.enumerations
            if enumeration.span.overlaps(self.span)
            or (enumeration.lead is not None and enumeration.lead.overlaps(self.span))
        ]


def passage(chunk: Chunk, document: Document) -> Passage:
    """A chunk of `document` made ready to read."""
    text, span = document.text, chunk.span
    found = sentences(text, span)
    if found and is_label(text[found[-1].start : found[-1].end]):
        below = sentences(text, Span(span.end, min(len(text), span.end + _BELOW)))[:1]
        span = Span(span.start, below[0].end) if below else span
        found += below
    titles = frozenset(sentence for sentence in found if _is_title(document, sentence))
    return Passage(chunk, document, span, searchable(text, span), tuple(found), titles)


# Characters that the value under a label may take.
_BELOW = 100


def is_label(text: str) -> bool:
    """Whether a line is a few words without a full stop: on a slide its value stands on the line below."""
    return len(text) <= 25 and not text.endswith("。")


def _is_title(document: Document, span: Span) -> bool:
    """Whether a sentence is the heading line of its section."""
    section = section_at(document.sections, span.start)
    if not section.path or span.start - section.span.start > len(section.path[-1]) + 12:
        return False
    return "".join(readable(document.text, span).text.split()) in "".join(section.path[-1].split())


def shown(document: Document, span: Span) -> str:
    """A span as an answer shows it: the original's characters, wraps joined and markup removed."""
    return " ".join(readable(document.text, span).text.split())
