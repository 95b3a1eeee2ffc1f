"""Tables whose columns only spaces hold apart: "why were these lines read as rows?" """

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.document import Span

# Two spaces, or one as wide as a kanji, hold columns apart; a single half-width space stands between words.
GAP = re.compile(r"[ 　]{2,}|　")
_VALUE = re.compile(r"(?:約|計|▲|△|[-－−+＋])?\s?[0-9０-９][0-9０-９,，.．]*\S{0,12}|[-－‐―─–—…○×◎△※]")
_LONGEST = 30  # characters of a cell


def cells(text: str, start: int, end: int) -> list[Span]:
    """The spans between the gaps of a line."""
    borders = [start]
    for gap in GAP.finditer(text, start, end):
        borders += gap.span()
    borders.append(end)
    return [Span(a, b) for a, b in zip(borders[::2], borders[1::2], strict=True)]


def is_spread(line: str) -> bool:
    """Whether a line alone looks like a row: three short pieces or more, held apart."""
    pieces = _pieces(line)
    return len(pieces) >= 3


def rows(lines: Sequence[str], gaps: Sequence[int]) -> set[int]:
    """Which of the lines are rows: neighbours of as many cells, with numbers or marks under one another.

    :param gaps: the number of blank lines before each
    """
    found: set[int] = set()
    start = 0
    pieces = [_pieces(line) for line in lines]
    for end in range(1, len(lines) + 1):
        if end < len(lines) and gaps[end] == 0 and len(pieces[end]) == len(pieces[start]):
            continue
        if _is_table(pieces[start:end]):
            found.update(range(start, end))
        start = end
    return found


def _pieces(line: str) -> list[str]:
    if "。" in line or ("　" not in line and "  " not in line):
        return []
    pieces = [piece for piece in GAP.split(line) if piece]
    return pieces if all(len(piece) <= _LONGEST for piece in pieces) else []


def _is_table(block: Sequence[Sequence[str]]) -> bool:
    width = len(block[0])
    if width < 2 or len(block) < (2 if width > 2 else 3):
        return False
    body = block[1:]
    columns = [sum(bool(_VALUE.fullmatch(row[column])) for row in body) for column in range(1, width)]
    return max(columns) == len(body) if width == 2 else max(columns) * 4 >= len(body) * 3
