"""Tables: rows held apart by tabs, bars or wide spaces as cells with the headers a reader sees."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from ingest import aligned
from ingest.content import Grid
from ingest.document import Cell, Span, Table
from ingest.lines import Block, blocks
from ingest.marks import unmarked

_DASHES = re.compile(r":?[-=]+:?|")
_VALUE = re.compile(r"[^\w]{0,6}(?:約|計|▲|△)?\s?[0-9０-９]")
_PERIOD = re.compile(
    r"(?:(?:令和|平成|昭和|[RHS])\s?[0-9０-９元]{1,2}|(?:19|20)\d\d|[0-9０-９]{1,2})(?:年度?|月|日|期|/\d+)*(?:[（(].*)?"
)
_UNIT = re.compile(
    r"[（(【\[]?\s*(?:単位\s*[：:・]?)?[^（(]{0,8}(?:円|人|件|％|%|社|千|万|トン|ha|km|年度?|単位.{1,8})\s*[)）】\]]"
)
_OPENING = re.compile(r"\s*(?:<[a-zA-Z][^<>]{0,100}>\s*)+")
_CLOSING = re.compile(r"(?:</[a-zA-Z]{1,10}>\s*)+$")
_NOTE = re.compile(r"[（(※＊*]|括弧内|単位|出[典所]|資料|注")
_LONG_LABEL = 40  # characters; a first column of longer texts is no column of labels
_LONG_HEADER = 24


@dataclass(frozen=True, slots=True)
class _Row:
    cells: tuple[Span, ...]
    words: tuple[str, ...]
    separator: bool

    def word(self, column: int) -> str:
        return self.words[column] if column < len(self.words) else ""


def tables(text: str, grids: tuple[Grid, ...] = ()) -> tuple[Table, ...]:
    """The tables of `text` in order. Rows that show no table (a list of links, a layout) are left out.

    :param grids: tables that the format itself names; their rows are not looked for again
    """
    found: list[Table] = []
    all_blocks = blocks(text)
    named = {grid.span.start: grid for grid in grids}
    start = 0
    while start < len(all_blocks):
        grid = named.pop(all_blocks[start].span.start, None)
        if grid is None and all_blocks[start].kind != "row":
            start += 1
            continue
        end = start + 1
        if grid is not None:
            while end < len(all_blocks) and all_blocks[end].span.start < grid.span.end:
                end += 1
        else:
            while end < len(all_blocks) and all_blocks[end].kind == "row" and all_blocks[end].gap == 0:
                end += 1
        table = _of_grid(text, all_blocks, start, grid) if grid else _of_rows(text, all_blocks, start, end)
        if table is not None:
            found.append(table)
        start = end
    return tuple(found)


def row_runs(text: str) -> int:
    """How many runs of lines look like tables, whether or not they could be read as one."""
    all_blocks = blocks(text)
    pairs = pairwise((None, *all_blocks))
    return sum(
        now is not None and now.kind == "row" and (before is None or before.kind != "row" or now.gap > 0)
        for before, now in pairs
    )


def _of_rows(text: str, all_blocks: tuple[Block, ...], start: int, end: int) -> Table | None:
    rows = [_row(text, block.span) for block in all_blocks[start:end]]
    ruled = next((place for place, row in enumerate(rows) if row.separator), None)
    grid = [row for row in rows if not row.separator]
    before_rule = sum(not row.separator for row in rows[:ruled]) if ruled is not None else None
    if before_rule and not any(any(row.words) for row in grid[:before_rule]):
        grid, before_rule = grid[before_rule:], None  # an empty Markdown header: the next row may be one
        if len(grid) > 1 and _shorter(grid[0], grid[1:]):
            before_rule = 1
    goes_on = start > 0 and all_blocks[start - 1].kind == "row"
    span = Span(all_blocks[start].span.start, all_blocks[end - 1].span.end)
    return _table(grid, before_rule, goes_on, span, _caption(text, all_blocks, start))


def _of_grid(text: str, all_blocks: tuple[Block, ...], start: int, grid: Grid) -> Table | None:
    rows = [_Row(row, tuple(unmarked(cell.of(text)) for cell in row), False) for row in grid.rows]
    caption = unmarked(grid.caption.of(text)) if grid.caption else _caption(text, all_blocks, start)
    return _table(rows, grid.header, False, grid.span, caption, sure=True)


def _table(
    grid: list[_Row], before_rule: int | None, goes_on: bool, span: Span, caption: str, sure: bool = False
) -> Table | None:
    """The cells of rows under their headers, if the rows show a table.

    :param before_rule: how many of the rows are headers, None if that must be told from their look
    :param sure: whether it is a table whatever it looks like
    """
    grid = [row for row in grid if any(row.words)]
    width = max((len(row.cells) for row in grid), default=0)
    if len(grid) < 2 or width < 2:
        return None
    height = min(before_rule, 2) if before_rule else _header_height(grid, width, goes_on)
    if height == 0 and sure and width > 2:
        # Short words without a number over the rest are its headers; it may have none.
        named = [word for word in grid[0].words if word]
        height = int(all(len(word) <= _LONG_HEADER and not _VALUE.match(word) for word in named))
    elif height == 0 and (width > 2 or not _is_regular(grid)):
        return None
    if height >= len(grid):
        return None
    names = _column_names(grid[:height], width)
    labelled = _has_labels(grid[height:])
    cells = _cells(grid[height:], names, labelled)
    if not cells:
        return None
    corner = grid[0].word(0) if height else ""
    if _UNIT.fullmatch(corner) and corner not in caption:
        caption = f"{caption}{corner}"
    return Table(span, tuple(sorted(cells, key=lambda cell: cell.span.start)), caption)


def _row(text: str, span: Span) -> _Row:
    written = span.of(text)
    tabbed = "\t" in written
    start, end = span.start, span.end
    if not tabbed and not written.startswith("|") and written.count("|") <= 2:
        held_apart = aligned.cells(text, start, end)
        return _Row(tuple(held_apart), tuple(unmarked(cell.of(text)) for cell in held_apart), False)
    if not tabbed:
        first = text.find("|", start, end)
        if not text[start:first].strip(" -*・"):
            start = first + 1
        if text[end - 1] == "|" and end - 1 > start:
            end -= 1
    borders = [start - 1]
    position = start
    while (position := text.find("\t" if tabbed else "|", position, end)) >= 0:
        if tabbed or text[position - 1] != "\\":
            borders.append(position)
        position += 1
    borders.append(end)
    cells = tuple(_strip(text, left + 1, right) for left, right in pairwise(borders))
    words = tuple(unmarked(cell.of(text)) for cell in cells)
    separator = all(_DASHES.fullmatch(cell.of(text)) for cell in cells) and any(len(cell) for cell in cells)
    return _Row(cells, words, separator)


def _strip(text: str, start: int, end: int) -> Span:
    opening = _OPENING.match(text, start, end)
    closing = _CLOSING.search(text, max(end - 40, start), end)
    if opening and closing and opening.end() <= closing.start():
        start, end = opening.end(), closing.start()
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return Span(start, end)


def _header_height(grid: list[_Row], width: int, goes_on: bool) -> int:
    """How many rows are headers: none, one, or two where the first spans columns.

    Without numbers below, only short words on top of longer ones are headers, and not where rows go on
    after a blank line (`goes_on`).
    """
    first, body = grid[0], grid[1:]
    named = [word for word in first.words[1:] if word]
    periods = len(named) >= 2 and all(_PERIOD.fullmatch(word) for word in named)
    if not named or (any(_VALUE.match(word) for word in named) and not periods):
        return 0
    values = (sum(bool(_VALUE.match(row.word(column))) for row in body) for column in range(1, width))
    numeric = any(count * 2 > len(body) for count in values)
    if width == 2 and not (numeric and not _VALUE.match(first.word(0))):
        return 0
    short = all(len(word) <= _LONG_HEADER for word in first.words) and width <= 8
    if not numeric and not (short and not goes_on and len(named) * 2 >= width - 1 and _shorter(first, body)):
        return 0
    return 2 if _is_second_header(grid, width) else 1


def _shorter(first: _Row, body: list[_Row]) -> bool:
    """Whether the first row looks like names for what stands below: no longer than it, no sentence."""
    if any("。" in word for word in first.words):
        return False
    below = [len(word) for row in body for word in row.words if word]
    above = [len(word) for word in first.words if word]
    return not below or sum(above) / len(above) <= 1.2 * sum(below) / len(below)


def _is_second_header(grid: list[_Row], width: int) -> bool:
    if len(grid) < 3:
        return False
    first, second, third = grid[0], grid[1], grid[2]
    spans = any(not first.word(column) for column in range(1, width)) or not first.word(0)
    plain = not any(_VALUE.match(word) and not _PERIOD.fullmatch(word) for word in second.words)
    return spans and not second.word(0) and any(second.words) and plain and bool(third.word(0))


def _column_names(headers: list[_Row], width: int) -> list[str]:
    if not headers:
        return [""] * width
    upper: list[str] = []
    for column in range(width):
        word = headers[0].word(column)
        if not word and column > 0 and not _UNIT.fullmatch(upper[-1]):
            word = upper[-1]
        upper.append(word)
    if len(headers) == 1:
        return upper
    lower = _lower_names(headers, width)
    return [
        above if not below or below == above else f"{above} {below}".strip()
        for above, below in zip(upper, lower, strict=True)
    ]


def _lower_names(headers: list[_Row], width: int) -> list[str]:
    """The second header level. うち… names parts of a total, and the total has the first column of its group.

    Recovered tables often lose that blank first cell, so that the parts stand one column too far left.
    """
    lower = [headers[1].word(column) for column in range(width)]
    starts = [column for column in range(1, width) if headers[0].word(column)]
    for start, end in zip(starts, [*starts[1:], width], strict=True):
        group = lower[start:end]
        parts = [name for name in group if name]
        if len(parts) == end - start - 1 and not group[-1] and all(name.startswith("うち") for name in parts):
            lower[start:end] = ["", *parts]
    return lower


def _has_labels(body: list[_Row]) -> bool:
    lengths = [len(row.word(0)) for row in body if row.word(0)]
    return bool(lengths) and sum(lengths) / len(lengths) <= _LONG_LABEL


def _is_regular(grid: list[_Row]) -> bool:
    """Whether two columns without a header are names and what belongs to them."""
    return all(row.word(0) or row.word(1) for row in grid) and _has_labels(grid)


def _cells(body: list[_Row], names: list[str], labelled: bool) -> list[Cell]:
    cells: list[Cell] = []
    label = ""
    depth = (2 if _has_groups(body) else 1) if labelled else 0
    for row in body:
        label = (row.word(0) or label) if labelled else ""
        words = (label, row.word(1)) if depth == 2 else (label,)
        for column, span in enumerate(row.cells):
            if len(span) and column >= depth:
                cells.append(Cell(span, " ".join(filter(None, words)), names[column]))
    return cells


def _has_groups(body: list[_Row]) -> bool:
    """Whether the first column names groups of rows, and the second the rows in them."""
    if max(len(row.cells) for row in body) < 3:
        return False
    goes_on = any(
        not row.word(0) or (len(row.cells[0]) and row.cells[0] == above.cells[0])
        for above, row in pairwise(body)
    )
    named = [row.word(1) for row in body]
    counted = any(
        sum(bool(_VALUE.match(row.word(column))) for row in body) * 2 > len(body)
        for column in range(2, max(len(row.cells) for row in body))
    )
    return (
        goes_on
        and counted
        and all(named)
        and not any(_VALUE.match(word) or len(word) > _LONG_LABEL for word in named)
    )


def _caption(text: str, all_blocks: tuple[Block, ...], start: int) -> str:
    """The nearest line above that names the table, with a line of units between the two."""
    unit = ""
    for block in reversed(all_blocks[max(start - 4, 0) : start]):
        written = unmarked(text[block.span.start : min(block.span.end, block.span.start + 200)])
        if block.kind == "row":
            break
        if "。" in written or len(written) > 60 or block.kind != "text":
            continue
        if _UNIT.fullmatch(written) or "単位" in written:
            unit = written
        elif not _NOTE.match(written) and (block.mark is None or not block.mark.is_bullet):
            return f"{written} {unit}".strip()
    return unit
