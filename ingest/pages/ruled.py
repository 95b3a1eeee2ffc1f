"""Ruled tables: "why are these words one cell?" Cells lie between crossing lines."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.document import Box
from ingest.pages.glyphs import Glyph, Rule

_NEAR = 2.5  # points: lines that end so near to each other meet
_MOST = 4000  # rules of a page; a drawing has more, and is no table
_SIDES = 60  # rows or columns of one table


@dataclass(frozen=True, slots=True)
class Ruled:
    """A ruled table: its box, and for every place of its grid the number of the cell that covers it."""

    box: Box
    cells: tuple[tuple[int, ...], ...]  # rows of cell numbers
    boxes: tuple[Box, ...]  # by cell number

    def cell_at(self, x: float, y: float) -> int | None:
        """The number of the cell around a point."""
        for number, (left, top, right, bottom) in enumerate(self.boxes):
            if left <= x <= right and top <= y <= bottom:
                return number
        return None


def ruled(rules: Sequence[Rule], glyphs: Sequence[Glyph]) -> list[Ruled]:
    """The tables that the rules of a page draw around its glyphs."""
    if not 4 <= len(rules) <= _MOST:
        return []
    flat = _joined([r for r in rules if r.is_flat and r.right - r.left > 4], flat=True)
    steep = _joined([r for r in rules if not r.is_flat and r.bottom - r.top > 4], flat=False)
    found = []
    for group in _touching(flat, steep):
        table = _table(*group)
        if table is not None and _filled(table, glyphs) >= 3:
            found.append(table)
    return [table for table in found if not any(_holds(other, table) for other in found)]


def _joined(rules: Iterable[Rule], flat: bool) -> list[Rule]:
    """Pieces of one line as one: table borders are drawn cell by cell, and twice where cells meet."""

    def across(rule: Rule) -> float:
        return (rule.top + rule.bottom) / 2 if flat else (rule.left + rule.right) / 2

    def ends(rule: Rule) -> tuple[float, float]:
        return (rule.left, rule.right) if flat else (rule.top, rule.bottom)

    lines: list[tuple[float, list[tuple[float, float]]]] = []
    for rule in sorted(rules, key=across):
        if lines and across(rule) - lines[-1][0] <= _NEAR:
            lines[-1][1].append(ends(rule))
        else:
            lines.append((across(rule), [ends(rule)]))
    joined = []
    for at, pieces in lines:
        pieces.sort()
        low, high = pieces[0]
        for start, end in [*pieces[1:], (float("inf"), float("inf"))]:
            if start <= high + _NEAR:
                high = max(high, end)
                continue
            joined.append(Rule(low, at, high, at) if flat else Rule(at, low, at, high))
            low, high = start, end
    return joined


def _touching(flat: list[Rule], steep: list[Rule]) -> list[tuple[list[Rule], list[Rule]]]:
    """Rules in groups that cross or meet."""
    parent = list(range(len(flat) + len(steep)))

    def root(n: int) -> int:
        while parent[n] != n:
            parent[n] = parent[parent[n]]
            n = parent[n]
        return n

    for i, h in enumerate(flat):
        for j, v in enumerate(steep):
            if h.left - _NEAR <= v.left <= h.right + _NEAR and v.top - _NEAR <= h.top <= v.bottom + _NEAR:
                parent[root(i)] = root(len(flat) + j)
    groups: dict[int, tuple[list[Rule], list[Rule]]] = {}
    for i, h in enumerate(flat):
        groups.setdefault(root(i), ([], []))[0].append(h)
    for j, v in enumerate(steep):
        groups.setdefault(root(len(flat) + j), ([], []))[1].append(v)
    return [group for group in groups.values() if len(group[0]) >= 2 and len(group[1]) >= 2]


def _table(flat: list[Rule], steep: list[Rule]) -> Ruled | None:
    xs, ys = _distinct(rule.left for rule in steep), _distinct(rule.top for rule in flat)
    wide, high = len(xs) - 1, len(ys) - 1
    if wide < 1 or high < 1 or wide * high < 2 or wide > _SIDES or high > 10 * _SIDES:
        return None
    parent = list(range(wide * high))

    def root(n: int) -> int:
        while parent[n] != n:
            n = parent[n]
        return n

    for y in range(high):
        middle = (ys[y] + ys[y + 1]) / 2
        for x in range(wide):
            centre = (xs[x] + xs[x + 1]) / 2
            if x + 1 < wide and not any(
                abs(v.left - xs[x + 1]) <= _NEAR and v.top - _NEAR <= middle <= v.bottom + _NEAR
                for v in steep
            ):
                parent[root(y * wide + x + 1)] = root(y * wide + x)
            if y + 1 < high and not any(
                abs(h.top - ys[y + 1]) <= _NEAR and h.left - _NEAR <= centre <= h.right + _NEAR for h in flat
            ):
                parent[root((y + 1) * wide + x)] = root(y * wide + x)
    numbers: dict[int, int] = {}
    boxes: list[Box] = []
    cells = []
    for y in range(high):
        row = []
        for x in range(wide):
            number = numbers.setdefault(root(y * wide + x), len(boxes))
            own = (xs[x], ys[y], xs[x + 1], ys[y + 1])
            if number == len(boxes):
                boxes.append(own)
            else:
                a, b = boxes[number], own
                boxes[number] = (min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3]))
            row.append(number)
        cells.append(tuple(row))
    if len(boxes) < 2:
        return None
    return Ruled((xs[0], ys[0], xs[-1], ys[-1]), tuple(cells), tuple(boxes))


def _distinct(values: Iterable[float]) -> list[float]:
    found: list[float] = []
    for value in sorted(values):
        if not found or value - found[-1] > _NEAR:
            found.append(value)
    return found


def _filled(table: Ruled, glyphs: Sequence[Glyph]) -> int:
    """How many cells hold text."""
    left, top, right, bottom = table.box
    inside = sorted((g for g in glyphs if left < g.left < right), key=lambda g: g.middle)
    heights = [g.middle for g in inside]
    return len(
        {
            table.cell_at((g.left + g.right) / 2, g.middle)
            for g in inside[bisect_right(heights, top) : bisect_right(heights, bottom)]
        }
        - {None}
    )


def _holds(outer: Ruled, inner: Ruled) -> bool:
    a, b = outer.box, inner.box
    return a != b and a[0] <= b[0] and a[1] <= b[1] and a[2] >= b[2] and a[3] >= b[3]


def is_layout(table: Ruled) -> bool:
    """Whether the grid frames boxes of a page and not rows and columns: one row or one column of cells."""
    rows = len({tuple(sorted(set(row))) for row in table.cells})
    columns = max(len({number for number, _ in pairwise((*row, -1))}) for row in table.cells)
    return rows < 2 or columns < 2
