"""What a reader gives: a file's text, and what its format itself says of headings, tables and places."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.document import Box, Place, Span

_BREAKS = re.compile(r"\s*[\n\r\v\f\t\u2028\u2029]\s*")
# After a heading's number stands a wide space in print and a tab in a word processor; other tabs part cells.
_NUMBER_TAB = re.compile(
    r"^(\s*(?:[(（]?[0-9０-９a-zA-Zア-ン一-十]{1,4}(?:[-.．][0-9０-９]+)*[)）.．、]?|第\S{1,6}[章節条款項]|[①-⑳Ⅰ-Ⅻ・●○■□◆◇※◎▲△]))"
    r"[ ]*\t[\t ]*(?=[^\t\d]+$)"
)
_KANJI = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uff00-\uff60]")


@dataclass(frozen=True, slots=True)
class Title:
    """A heading by the format's own word: a Word style, an HTML tag, a slide's title.

    :param level: 1 to 6; 0 is what by the format's own word is none, an item of a list
    """

    span: Span
    level: int


@dataclass(frozen=True, slots=True)
class Grid:
    """A table by the format's own word.

    :param rows: the spans of each row's cells; a merged cell stands in every row and column it covers, an
        empty one has an empty span
    :param header: how many rows are headers, None where the format does not say
    :param caption: what names the table, None where the lines above have to be asked
    """

    span: Span
    rows: tuple[tuple[Span, ...], ...]
    header: int | None = None
    caption: Span | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """A file as read: everything else is found in `text`.

    :param pages: pages or slides, None where the format has none; `blank` lists those without text
    :param notes: what was passed over or repaired, one clause each
    """

    text: str
    titles: tuple[Title, ...] = ()
    grids: tuple[Grid, ...] = ()
    places: tuple[Place, ...] = ()
    title: str = ""
    issued: str = ""
    pages: int | None = None
    blank: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Merged:
    """A cell of a table while it is written: the same object in every place that a merged cell covers."""

    text: str
    name: str = ""  # the place in a reader's words
    box: Box | None = None  # the place on its page
    page: int | None = None  # where a table runs over several


class Draft:
    """Text as a reader writes it down, line by line, with the spans of what it knows."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._length = 0
        self._joined: str | None = None
        self.titles: list[Title] = []
        self.grids: list[Grid] = []
        self.places: list[Place] = []
        self.notes: list[str] = []

    @property
    def length(self) -> int:
        """Characters so far."""
        return self._length

    def _write(self, text: str) -> Span:
        start = self._length
        self._pieces.append(text)
        self._length += len(text)
        return Span(start, self._length)

    def blank(self) -> None:
        """Set off what follows by a blank line."""
        tail = "".join(self._pieces[-2:])
        if self._length and not tail.endswith("\n\n"):
            self._write("\n" if tail.endswith("\n") else "\n\n")

    def paragraph(self, text: str, page: int | None = None, name: str = "") -> Span:
        """A paragraph on a line of its own; the tab after a number becomes a wide space."""
        text = _NUMBER_TAB.sub("\\1\u3000", text).strip(" \u3000\n\r")
        if "\t" not in text.strip("\t"):  # only an indent
            text = text.strip(" \u3000\n\r\t")
        if not text:
            return Span(self._length, self._length)
        span = self.verbatim(text)
        if page is not None or name:
            self.places.append(Place(span, page, name))
        return span

    def verbatim(self, text: str) -> Span:
        """A line exactly as given, for who keeps the places of its characters."""
        span = self._write(text)
        self._write("\n")
        return span

    def text(self, span: Span) -> str:
        """What has been written at a span."""
        if self._joined is None or len(self._joined) < span.end:
            self._joined = "".join(self._pieces)
        return span.of(self._joined)

    def item(self, text: str, page: int | None = None, name: str = "") -> None:
        """An item of a list with its mark: whatever it looks like, it is no heading."""
        span = self.paragraph(text, page, name)
        if span.start < span.end:
            self.titles.append(Title(span, 0))

    def heading(self, text: str, level: int, page: int | None = None, name: str = "") -> None:
        """A heading set off by blank lines, its line breaks joined."""
        self.blank()
        span = self.paragraph(one_line(text), page, name)
        if span.start < span.end:
            self.titles.append(Title(span, max(1, min(level, 6))))
        self.blank()

    def table(
        self,
        rows: Sequence[Sequence[Merged | None]],
        header: int | None = None,
        page: int | None = None,
        caption: str = "",
    ) -> None:
        """A table, a row a line and its cells held apart by tabs; a merged cell is written once."""
        self.blank()
        said = self.paragraph(one_line(caption), page) if caption else None
        written: dict[int, Span] = {}
        start, done = self._length, []
        for row in rows:
            if not any(cell is not None and cell.text.strip() for cell in row):
                continue
            spans = []
            for n, cell in enumerate(row):
                if n:
                    self._write("\t")
                spans.append(self._cell(cell, written, page))
            self._write("\n")
            done.append(tuple(spans))
        if done:
            self.grids.append(Grid(Span(start, self._length - 1), tuple(done), header, said))
            self.blank()

    def _cell(self, cell: Merged | None, written: dict[int, Span], page: int | None) -> Span:
        if cell is None:
            return Span(self._length, self._length)
        if id(cell) in written:
            return written[id(cell)]
        span = self._write(one_line(cell.text))
        written[id(cell)] = span
        page = cell.page if cell.page is not None else page
        if (page is not None or cell.name) and span.start < span.end:
            self.places.append(Place(span, page, cell.name, cell.box))
        return span

    def done(
        self, title: str = "", issued: str = "", pages: int | None = None, blank: tuple[int, ...] = ()
    ) -> Content:
        """The content; the parameters are fields of it."""
        return Content(
            "".join(self._pieces),
            tuple(self.titles),
            tuple(self.grids),
            tuple(self.places),
            title,
            issued,
            pages,
            blank,
            tuple(dict.fromkeys(self.notes)),
        )


def one_line(text: str) -> str:
    """The text without line breaks: joined between Japanese letters, a space elsewhere."""

    def join(found: re.Match[str]) -> str:
        before, after = text[found.start() - 1 : found.start()], text[found.end() : found.end() + 1]
        return "" if _KANJI.match(before) and _KANJI.match(after) else " "

    return _BREAKS.sub(join, text.strip())
