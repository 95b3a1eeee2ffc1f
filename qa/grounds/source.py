"""A passage as sources of statements: its sentences, lists with their lead, and cells with their headers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from ingest.document import Span
from ingest.normalize import fold
from qa.grounds.addressed import addressed
from qa.passage import Passage
from qa.quote import LIMIT


@dataclass(frozen=True, slots=True)
class Unit:
    """The smallest part of a passage that can support a statement.

    :param span: what is quoted for it, in the original
    :param text: as it is read, folded; a cell's row and column before its value
    :param row: the row's header of a cell, `column` the column's; "" where there is none
    :param rows: the headers of all rows of its table, `columns` those of all columns
    """

    span: Span
    text: str
    row: str = ""
    column: str = ""
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()

    @property
    def in_table(self) -> bool:
        """Whether it is a cell."""
        return bool(self.row or self.column)


@dataclass(frozen=True, slots=True)
class Source:
    """A passage's units, the tightest first, and the words above it: title and headings."""

    passage: Passage
    units: tuple[Unit, ...]
    context: str


def source(passage: Passage) -> Source:
    """The units of a passage; what speaks to a language model supports nothing."""
    document = passage.document
    units = [*_sentences(passage), *_cells(passage), *_lists(passage)]
    above = [fold(line) for line in (document.title, *passage.section) if not addressed(line)]
    return Source(passage, tuple(unit for unit in units if not addressed(unit.text)), "\n".join(above))


def _sentences(passage: Passage) -> Iterator[Unit]:
    tables = passage.tables()
    single = [
        Unit(span, text)
        for span in passage.sentences
        if (text := passage.seen(span).replace("\n", " ").strip())
        # A row by itself has lost its column's header: its cells are sources, the row is none.
        and not any(span.overlaps(table.span) and table.cells for table in tables)
    ]
    yield from single
    for one, other in pairwise(single):
        if other.span.end - one.span.start <= LIMIT and not (addressed(one.text) or addressed(other.text)):
            yield Unit(Span(one.span.start, other.span.end), f"{one.text} {other.text}")


def _cells(passage: Passage) -> Iterator[Unit]:
    text = passage.document.text
    for table in passage.tables():
        rows = tuple(dict.fromkeys(fold(cell.row) for cell in table.cells))
        columns = tuple(dict.fromkeys(fold(cell.column) for cell in table.cells))
        for cell in table.cells:
            if not cell.span.overlaps(passage.span):
                continue
            value = passage.seen(cell.span).replace("\n", " ").strip()
            if not value:
                continue
            row, column = fold(cell.row), fold(cell.column)
            span = table.span if len(table.span) <= LIMIT else _line(text, cell.span)
            said = " ".join(filter(None, (fold(table.caption), row, column, value)))
            yield Unit(span, said, row, column, rows, columns)


def _line(text: str, cell: Span) -> Span:
    start = text.rfind("\n", 0, cell.start) + 1
    end = text.find("\n", cell.end)
    row = Span(start, len(text) if end < 0 else end)
    return row if len(row) <= LIMIT else cell


def _lists(passage: Passage) -> Iterator[Unit]:
    for enumeration in passage.enumerations():
        start = enumeration.lead.start if enumeration.lead else enumeration.span.start
        whole = Span(start, enumeration.span.end)
        lead = passage.seen(enumeration.lead).strip() if enumeration.lead else ""
        if enumeration.lead is None or not lead:
            continue
        for item in enumeration.items:
            said = passage.seen(item).replace("\n", " ").strip()
            if said and item.end - start <= LIMIT and not addressed(said):
                yield Unit(Span(start, item.end), f"{lead} {said}")
        text = passage.seen(whole).replace("\n", " ").strip()
        if text and len(whole) <= LIMIT:
            yield Unit(whole, text)
