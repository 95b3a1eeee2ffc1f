"""The words of a ruled table: "why is this cell one word, and where did the next page's rows go?" """

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.content import Draft, Merged
from ingest.document import Box
from ingest.pages.glyphs import Glyph, Sheet
from ingest.pages.lines import segments
from ingest.pages.ruled import Ruled

LATIN_END, LATIN_START = re.compile(r"[A-Za-z0-9,.;]$"), re.compile(r"[A-Za-z0-9(]")
_SAME = 3.0  # points: columns that differ by less stand under one another


@dataclass(frozen=True, slots=True)
class Grid:
    """A table as it is written, with the left ends of its columns and the page it ends on."""

    columns: tuple[float, ...]
    rows: tuple[tuple[Merged | None, ...], ...]
    page: int

    def joined(self, later: Grid) -> Grid | None:
        """The table with the one that follows it, if that is its part on the next page."""
        alike = len(self.columns) == len(later.columns) and all(
            abs(a - b) < _SAME for a, b in zip(self.columns, later.columns, strict=True)
        )
        if not alike or later.page <= self.page:
            return None
        again = _said(later.rows[0]) == _said(self.rows[0])  # headers are printed on each page
        return Grid(self.columns, self.rows + later.rows[again:], later.page)

    def write(self, draft: Draft) -> None:
        """Write it down without the columns that only a merged cell's borders made."""
        width = max(map(len, self.rows), default=0)
        kept = [x for x in range(width) if any(row[x] is not None for row in self.rows if x < len(row))]
        draft.table([[row[x] if x < len(row) else None for x in kept] for row in self.rows])


def inside(glyph: Glyph, table: Ruled) -> bool:
    """Whether a glyph stands in a table."""
    left, top, right, bottom = table.box
    return left <= (glyph.left + glyph.right) / 2 <= right and top <= glyph.middle <= bottom


def grid(table: Ruled, sheet: Sheet, apart: bool) -> Grid:
    """A ruled table with the glyphs of its sheet that stand in it.

    :param apart: see `lines.sets_apart`
    """
    held: list[list[Glyph]] = [[] for _ in table.boxes]
    for glyph in sheet.glyphs:
        if inside(glyph, table):
            number = table.cell_at((glyph.left + glyph.right) / 2, glyph.middle)
            if number is not None:
                held[number].append(glyph)
    made = [_cell(g, sheet, box[2], apart) for g, box in zip(held, table.boxes, strict=True)]
    rows = []
    for numbers in table.cells:
        # What is merged across is written once; its name spreads over the empty cells beside it.
        beside = [x > 0 and numbers[x - 1] == number for x, number in enumerate(numbers)]
        rows.append(tuple(None if again else made[n] for n, again in zip(numbers, beside, strict=True)))
    return Grid(tuple(sorted({left for left, _, _, _ in table.boxes})), tuple(rows), sheet.number)


def _cell(glyphs: Sequence[Glyph], sheet: Sheet, border: float, apart: bool) -> Merged | None:
    """A cell with its place.

    :param border: where the cell ends on the right; a line that comes near it goes on in the next
    """
    found = segments(glyphs, whole=True, apart=apart)
    if not found:
        return None
    box = (
        min(s.left for s in found), min(s.top for s in found),
        max(s.right for s in found), max(s.bottom for s in found),
    )  # fmt: skip
    text = found[0].text
    for before, segment in pairwise(found):
        latin = LATIN_END.search(before.text) and LATIN_START.match(segment.text)
        full = before.right > border - 1.8 * before.size
        text += ("" if full and not latin else "\n") + segment.text
    return Merged(text, box=rounded(sheet.unturned(box)), page=sheet.number)


def rounded(box: Box) -> Box:
    """A tenth of a point is less than anybody sees."""
    return (round(box[0], 1), round(box[1], 1), round(box[2], 1), round(box[3], 1))


def _said(row: Sequence[Merged | None]) -> list[str]:
    return [cell.text if cell else "" for cell in row]
