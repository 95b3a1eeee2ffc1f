"""Sheets become text: running heads dropped, tables as tables, wrapped lines joined to paragraphs."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from ingest.content import Draft, Title
from ingest.document import Place, Span
from ingest.marks import mark_of
from ingest.pages.columns import Row, in_order
from ingest.pages.glyphs import Sheet, turned
from ingest.pages.grids import LATIN_END, LATIN_START, Grid, grid, inside, rounded
from ingest.pages.lines import Segment, segments, sets_apart
from ingest.pages.ruled import Ruled, is_layout, ruled
from ingest.pages.running import running

_ENDED = re.compile(r"[。．！？!?：:][」』）)】”\"]*$")
_OPEN_END = re.compile(r"[、，（(「『【・＋+]$|[のをにがはとでやへも]$")
_WORD = re.compile(r"[!-~]+")
_MARKS = "・○●◯◎■□◆◇※▲△▼①②③④⑤⑥⑦⑧⑨⑩-•"
# Characters that a full line may fall short: what may not stand at a line's head goes down with another.
_SLACK = 1.6
_WIDE = "　　"  # between columns that are no table


@dataclass(frozen=True, slots=True)
class _Page:
    sheet: Sheet
    tables: list[Ruled]
    found: list[Segment]  # outside the tables
    apart: bool  # see `sets_apart`


@dataclass(slots=True)
class _Open:
    """The line written last, to which the next may belong."""

    row: Row
    text: str
    sheet: Sheet


def write(
    draft: Draft, sheets: Sequence[Sheet], outline: Sequence[tuple[int, str, int]] = ()
) -> tuple[int, ...]:
    """Write pages down in reading order; returns the numbers of those without text.

    :param outline: the file's own table of contents: page, heading, level
    """
    pages = [_laid_out(part) for sheet in sheets for part in turned(sheet)]
    dropped = running(
        [page.found for page in pages],
        [page.sheet.height for page in pages],
        [page.sheet.number for page in pages],
    )
    writer = _Writer(draft, pages)
    for page, heads in zip(pages, dropped, strict=True):
        writer.page(page, [segment for n, segment in enumerate(page.found) if n not in heads])
    writer.finish()
    draft.titles.extend(_titles(draft, writer.lines, outline))
    return tuple(sheet.number for sheet in sheets if not sheet.glyphs)


def _laid_out(sheet: Sheet) -> _Page:
    tables = [table for table in ruled(sheet.rules, sheet.glyphs) if not is_layout(table)]
    outside = [g for g in sheet.glyphs if not any(inside(g, table) for table in tables)]
    apart = sets_apart(sheet.glyphs)
    return _Page(sheet, tables, segments(outside, apart=apart), apart)


class _Writer:
    """Writes rows as paragraphs: a full line goes on in the next one."""

    def __init__(self, draft: Draft, pages: Sequence[_Page]) -> None:
        self._draft = draft
        self._open: _Open | None = None
        self._grid: Grid | None = None
        self._end = 0  # of the open paragraph, in the draft
        self._pieces: list[str] = []
        self._places: list[Place] = []
        self.lines: list[tuple[int, Span]] = []  # page and span of each paragraph
        ends = [segment.right for page in pages for segment in page.found if len(segment.text) > 15]
        # Where the text of this file ends on the right: lines that come so far are full.
        self._margin = sorted(ends)[int(len(ends) * 0.9)] if ends else 0.0
        # Text may have been wrapped before it was set, short of that.
        self._margins = _usual([s for page in pages for s in page.found if len(s.text) > 15])
        pitches = [p for page in pages for p in _pitches(page.found)]
        self._pitch = median(pitches) if pitches else 1.7

    def page(self, page: _Page, found: Sequence[Segment]) -> None:
        """Everything on a page, tables where they stand."""
        waiting = sorted(page.tables, key=lambda table: table.box[1])
        above = 0.0
        for table in [*waiting, None]:
            limit = table.box[1] if table else float("inf")
            for row in in_order([s for s in found if above <= s.middle < limit]):
                self._row(row, page.sheet)
            if table is not None:
                self.close()
                self._table(grid(table, page.sheet, page.apart))
                above = limit  # what stands beside the table comes after it

    def _row(self, row: Row, sheet: Sheet) -> None:
        self._write_table()
        opened = self._open
        text = _WIDE.join(segment.text for segment in row.segments)
        if opened is not None and not self._goes_on(opened, row, sheet):
            apart = self._apart(opened, row, sheet)
            self.close()
            if apart:
                self._draft.blank()
        if not self._pieces:
            self._end = self._draft.length
        elif LATIN_END.search(self._pieces[-1]) and LATIN_START.match(text):
            self._add(" ")
        for n, segment in enumerate(row.segments):
            if n:
                self._add(_WIDE)
            self._places.append(
                Place(
                    self._add(segment.text),
                    sheet.number,
                    box=rounded(sheet.unturned(segment.box)),
                    edges=segment.edges,
                    vertical=sheet.vertical,
                )
            )
        self._open = _Open(row, text, sheet)

    def _add(self, text: str) -> Span:
        """Put text at the end of the open paragraph; returns where it will stand."""
        span = Span(self._end, self._end + len(text))
        self._pieces.append(text)
        self._end = span.end
        return span

    def finish(self) -> None:
        """End whatever is open."""
        self.close()
        self._write_table()

    def close(self) -> None:
        """End the paragraph that is open."""
        if self._pieces:
            span = self._draft.verbatim("".join(self._pieces))
            self._draft.places.extend(self._places)
            self.lines.append((self._places[0].page or 0, span))
        self._pieces, self._places, self._open = [], [], None

    def _goes_on(self, opened: _Open, row: Row, sheet: Sheet) -> bool:
        """Whether a row is the next line of the open paragraph."""
        if len(row.segments) > 1 or len(opened.row.segments) > 1 or _ENDED.search(opened.text):
            return False
        last, first = opened.row.segments[0], row.segments[0]
        if abs(last.size - first.size) > 0.12 * last.size:
            return False
        if len(last.text) < 8 or not self._is_full(opened.row, last, _unbroken(first)):
            return False
        # A mark opens a paragraph of its own, unless the line above breaks off in the middle.
        if not _OPEN_END.search(last.text) and (first.text[0] in _MARKS or _numbered(first.text)):
            return False
        if opened.sheet is sheet and row.top >= opened.row.top and self._far(opened.row, row) > 1.25:
            return False
        indent = first.left - row.left
        # A paragraph's first line is indented, unless the line above is too: a hanging block.
        return indent < 0.6 * first.size or abs(first.left - last.left) < 0.6 * first.size

    def _is_full(self, row: Row, last: Segment, need: float) -> bool:
        """Whether a line comes as far as lines of its column, or of this file, come before they break.

        :param need: the room that the first word of the next line would have taken
        """
        slack = _SLACK * last.size
        if any(-slack < margin - last.right < slack + need for margin in self._margins):
            return True
        return last.right > row.right - slack - need and row.right > self._margin - 2 * last.size

    def _apart(self, opened: _Open, row: Row, sheet: Sheet) -> bool:
        """Whether a blank line belongs between the open line and the next."""
        if opened.sheet is not sheet or row.top < opened.row.top:
            return True
        size = max(row.size, opened.row.size)
        if abs(row.size - opened.row.size) > 0.15 * size:
            return True
        return self._far(opened.row, row) > 1.35

    def _far(self, upper: Row, lower: Row) -> float:
        """Their distance in usual distances of lines."""
        size = max(upper.size, lower.size)
        return (lower.top + lower.bottom - upper.top - upper.bottom) / 2 / (self._pitch * size)

    def _table(self, found: Grid) -> None:
        joined = self._grid.joined(found) if self._grid is not None else None
        if joined is None:
            self._write_table()
        self._grid = joined or found

    def _write_table(self) -> None:
        """End the table that is open: the next page may have gone on with it."""
        if self._grid is not None:
            self._grid.write(self._draft)
            self._grid = None


def _unbroken(segment: Segment) -> float:
    """Width of the Latin word that a line begins with, which cannot be broken."""
    found = _WORD.match(segment.text)
    return segment.edges[found.end()] - segment.edges[0] if found else 0.0


def _numbered(text: str) -> bool:
    mark = mark_of(text[:40])
    return mark is not None and mark.number is not None and not text[:1].isdigit()


def _usual(found: Sequence[Segment]) -> list[float]:
    """Right ends at which many unfinished lines break off."""
    ends = sorted(s.right for s in found if not _ENDED.search(s.text))
    size = median(s.size for s in found) if found else 1.0
    usual: list[float] = []
    for n, end in enumerate(ends):
        near = bisect_right(ends, end + _SLACK * size / 2) - n
        if near > max(4, 0.25 * len(ends)) and not any(abs(end - m) < _SLACK * size for m in usual):
            usual.append(end + _SLACK * size / 4)
    return usual


def _pitches(found: Sequence[Segment]) -> list[float]:
    """Distances of lines over one another, in sizes of their type."""
    pitches = []
    for upper, lower in pairwise(found):
        far = lower.middle - upper.middle
        if upper.size and abs(upper.size - lower.size) < 0.1 * upper.size and 0.9 < far / upper.size < 4:
            pitches.append(far / upper.size)
    return pitches


def _titles(
    draft: Draft, lines: Sequence[tuple[int, Span]], outline: Sequence[tuple[int, str, int]]
) -> list[Title]:
    """Headings of the file's own outline at the lines that say the same on the page it names."""
    found: list[Title] = []
    by_page: dict[int, list[Span]] = {}
    for page, span in lines:
        by_page.setdefault(page, []).append(span)
    taken: set[Span] = set()
    for page, words, level in outline:
        wanted = "".join(words.split())
        for span in by_page.get(page, []):
            if wanted and span not in taken and "".join(draft.text(span).split()) == wanted:
                found.append(Title(span, max(1, min(level, 6))))
                taken.add(span)
                break
    return sorted(found, key=lambda title: title.span.start)
