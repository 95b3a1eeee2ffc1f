"""Reading order: "why does this line come after that one?" Column after column, row after row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from ingest.pages.lines import BARE_GAP, Segment

_LEAST = 3  # lines on either side of a gutter
_PROSE = 9  # characters: columns of text have lines of that length, tables have shorter cells


@dataclass(frozen=True, slots=True)
class Row:
    """Segments that stand beside each other, and the left and right margin of the column they stand in."""

    segments: tuple[Segment, ...]
    left: float
    right: float

    @property
    def top(self) -> float:
        """Height of its upper edge."""
        return min(segment.top for segment in self.segments)

    @property
    def bottom(self) -> float:
        """Height of its lower edge."""
        return max(segment.bottom for segment in self.segments)

    @property
    def size(self) -> float:
        """Size of its type."""
        return max(segment.size for segment in self.segments)


def in_order(found: Sequence[Segment]) -> list[Row]:
    """The rows of some segments in reading order (recursive cuts; Nagy and Seth 1984)."""
    rows = _rows(found)
    if not rows:
        return []
    ordered: list[Row] = []
    single: list[list[Segment]] = []

    def close() -> None:
        if single:
            left = min(segment.left for row in single for segment in row)
            right = max(segment.right for row in single for segment in row)
            ordered.extend(Row(tuple(row), left, right) for row in single)
            single.clear()

    start = 0
    while start < len(rows):
        end, gutter = _columns(rows, start)
        if gutter is None:
            single.append(rows[start])
            start += 1
            continue
        close()
        inside = [segment for row in rows[start:end] for segment in row]
        ordered += in_order([segment for segment in inside if segment.right <= gutter])
        ordered += in_order([segment for segment in inside if segment.right > gutter])
        start = end
    close()
    return ordered


def _rows(found: Sequence[Segment]) -> list[list[Segment]]:
    """Segments whose middles lie on one height, from top to bottom."""
    rows: list[list[Segment]] = []
    for segment in sorted(found, key=lambda s: s.middle):
        if rows and abs(rows[-1][0].middle - segment.middle) < 0.4 * max(segment.size, rows[-1][0].size):
            rows[-1].append(segment)
        else:
            rows.append([segment])
    return [sorted(row, key=lambda s: s.left) for row in rows]


def _columns(rows: list[list[Segment]], start: int) -> tuple[int, float | None]:
    """How far a gutter beginning at this row goes, and where it is; None if there is no second column."""
    free: list[tuple[float, float]] | None = None
    best: tuple[int, float | None] = (start, None)
    left = min(segment.left for row in rows for segment in row)
    right = max(segment.right for row in rows for segment in row)
    for end in range(start, len(rows)):
        size = median(segment.size for segment in rows[end])
        gaps = _gaps(rows[end], left, right)
        free = gaps if free is None else _common(free, gaps, BARE_GAP * size)
        if not free:
            break
        for low, high in free:
            if _parts(rows[start : end + 1], (low + high) / 2):
                best = (end + 1, (low + high) / 2)
                break
    return best


def _gaps(row: list[Segment], left: float, right: float) -> list[tuple[float, float]]:
    """What a row leaves free between the margins."""
    gaps, at = [], left
    for segment in row:
        if segment.left > at:
            gaps.append((at, segment.left))
        at = max(at, segment.right)
    if at < right:
        gaps.append((at, right))
    return gaps


def _common(
    one: list[tuple[float, float]], other: list[tuple[float, float]], least: float
) -> list[tuple[float, float]]:
    shared = [(max(a, c), min(b, d)) for a, b in one for c, d in other]
    return [(low, high) for low, high in shared if high - low >= least]


def _parts(rows: list[list[Segment]], gutter: float) -> bool:
    """Whether a gutter holds two columns of text apart, not two columns of a table."""
    left = [segment for row in rows for segment in row if segment.right <= gutter]
    right = [segment for row in rows for segment in row if segment.left >= gutter]
    if len(left) < _LEAST or len(right) < _LEAST:
        return False
    if min(median(len(s.text) for s in left), median(len(s.text) for s in right)) >= _PROSE:
        return True
    # Boxes set beside each other do not share their lines' heights; the cells of a row do.
    sides = [(any(s.right <= gutter for s in row), any(s.left >= gutter for s in row)) for row in rows]
    fewer = min(sum(on_left for on_left, _ in sides), sum(on_right for _, on_right in sides))
    return sum(map(all, sides)) * 2 < fewer
