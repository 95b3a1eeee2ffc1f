"""Lines become blocks: hard-wrapped lines joined into the paragraph, item, heading or table row they were."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from ingest.aligned import rows
from ingest.document import Span
from ingest.marks import Mark, mark_of

_LINE = re.compile(r"[^\n\r\f\v]+")
_BLANK = " \t　\u200b\ufeff\xa0"
_STOPS, _CLOSERS = tuple("。！？!?：:"), '」』）)】”"*'
# A line that ends like this is not over; one that starts like that is not a beginning.
_OPEN_END = (*"、，（(「『をにがのはへやと", "及び", "又は", "並びに", "するため", "による", "により")
_OPEN_START = re.compile(
    r"[、。，．）)」』】〕］ぁぃぅぇぉっゃゅょァィゥェォッャュョーをにがのはへや](?!\S{0,2}[：:])"
)
_NOUN_END = re.compile(r"[一-龥々ァ-ヶー）)」』]$")
_FENCE = re.compile(r"(?:```|~~~)[\w-]*$")
# Lines that stand alone: a page's number, a rule, the rule under a table's header.
_PAGE_OR_RULE = re.compile(
    r"""(?P<page>(?:(?:[-－–—]\s*)?[0-9０-９]{1,4}(?:\s*[-－–—])?|[PpＰ][.．]?\s*[0-9]{1,4}|[0-9]{1,4}\s*/\s*[0-9]{1,4})\Z)
    | (?P<rule>[\s\-*_=─━・…‥~～＿]{3,}$|(?:```|~~~)[\w-]*$)""",
    re.X,
)
_SEPARATOR = re.compile(r"[-\s|:＋+=]*-{2,}[-\s|:＋+=]*$")
_EMPHASIS = re.compile(r"(?:\*\*|__|</?(?:u|b|p|strong|em)>)+")
_WIDE = re.compile("[\u1100-\uff60\uffe0-\uffe6\U0001f000-\U0003ffff]+")
_MEASURED = 400  # columns beyond which a line is certainly no hard-wrapped one


class Line(NamedTuple):
    """One physical line: its span without outer white space, its indent and the blank lines before it.

    A tuple, as `Block` is: a book has tens of thousands, and a frozen dataclass takes five times as long.

    :param alone: page (a page number), rule or separator for a line that is nothing else, "" for others
    :param is_row: whether it is a row of a table, its cells held apart by tabs, bars or wide spaces
    """

    span: Span
    text: str
    indent: int
    gap: int
    columns: int
    mark: Mark | None
    alone: str
    is_row: bool


class Block(NamedTuple):
    """A logical line. `kind` is text, row, rule (a separator) or page (a page number alone)."""

    span: Span
    mark: Mark | None
    kind: str
    indent: int
    gap: int
    lines: int

    def body(self, text: str) -> Span:
        """The block without its mark."""
        start = self.span.start + (self.mark.end if self.mark else 0)
        return Span(
            min(_skip_emphasis(text, self.span) + start - self.span.start, self.span.end), self.span.end
        )


def _skip_emphasis(text: str, span: Span) -> int:
    found = _EMPHASIS.match(text, span.start, span.end)
    return found.end() if found else span.start


def columns(line: str) -> int:
    """Width in half-width columns, cut at `_MEASURED`."""
    return min(len(line), _MEASURED) + sum(map(len, _WIDE.findall(line, 0, _MEASURED)))


def lines(text: str) -> list[Line]:
    """The lines of `text` that are not blank."""
    found: list[Line] = []
    position = breaks = 0
    fenced = False
    for match in _LINE.finditer(text):
        begin = match.start()
        breaks += text.count("\n", position, begin)
        position, whole = match.end(), match[0]
        left = whole.lstrip(_BLANK)
        indent = len(whole) - len(left)
        # A row's leading tab is an empty first cell, part of the row.
        if indent and left and "\t" in whole[:indent]:
            indent = whole.index("\t")
        stripped = whole[indent:].rstrip()
        if not stripped:
            continue
        start = begin + indent
        fenced ^= _FENCE.match(stripped) is not None
        gap = max(breaks - 1, 0) if found else breaks
        row = "\t" in stripped or stripped.startswith("|") or stripped.count("|") > 2
        found.append(Line(Span(start, start + len(stripped)), stripped, indent, gap, columns(stripped),
                          None if fenced else _mark(stripped), _alone(stripped), row))  # fmt: skip
        breaks = 0
    aligned = rows([line.text for line in found], [line.gap for line in found])
    for place in aligned:
        found[place] = found[place]._replace(is_row=True)
    return found


def _mark(line: str) -> Mark | None:
    emphasis = _EMPHASIS.match(line)
    start = emphasis.end() if emphasis else 0
    return mark_of(line[start : start + 200])


def _alone(line: str) -> str:
    found = _PAGE_OR_RULE.match(line)
    if found:
        return found.lastgroup or ""
    return "separator" if len(line) <= _MEASURED and _SEPARATOR.match(line) else ""


@dataclass(frozen=True, slots=True)
class Wrap:
    """How a text was wrapped: `width` columns (0: not at all), with blank lines between when `spaced`."""

    width: int
    spaced: bool


def wrap_of(found: list[Line]) -> Wrap:
    """Guess the wrap from lines that stop in mid-sentence."""
    prose = [line for line in found if not line.is_row and line.columns >= 40 and "。" not in line.text[-2:]]
    if len(prose) < 5:
        return Wrap(0, False)
    widths = sorted(line.columns for line in prose)
    width = widths[int(len(widths) * 0.9)]
    near = sum(width - 8 <= line <= width + 2 for line in widths)
    if width >= _MEASURED or width > 160 or near < 0.5 * len(widths):
        return Wrap(0, False)
    gaps = sum(line.gap > 0 for line in found)
    return Wrap(width, gaps > 0.6 * len(found))


def wrap(text: str) -> Wrap:
    """How `text` was wrapped."""
    return _layout(text)[0]


def blocks(text: str) -> tuple[Block, ...]:
    """The blocks of `text` in order; together they hold every character that is not white space."""
    return _layout(text)[1]


@lru_cache(maxsize=4)
def _layout(text: str) -> tuple[Wrap, tuple[Block, ...]]:
    found = lines(text)
    how = wrap_of(found)
    done: list[Block] = []
    open_lines: list[Line] = []
    reach = _reach(found)
    for index, line in enumerate(found):
        if open_lines and not _continues(open_lines, line, how, reach[index]):
            done.append(_close(open_lines))
            open_lines = []
        open_lines.append(line)
    if open_lines:
        done.append(_close(open_lines))
    return how, tuple(done)


def _reach(found: list[Line]) -> list[tuple[int, bool]]:
    """For each line the widest line of its unbroken run, and whether a sentence ends in the run later on."""
    reach: list[tuple[int, bool]] = [(0, False)] * len(found)
    start = 0
    for end in range(1, len(found) + 1):
        if end < len(found) and found[end].gap == 0:
            continue
        widest = max(line.columns for line in found[start:end])
        ends_later = False
        for index in range(end - 1, start - 1, -1):
            line = found[index]
            ends_later = (line.text.endswith("。") or ends_later) and line.mark is None
            reach[index] = (widest, ends_later)
        start = end
    return reach


def _continues(open_lines: list[Line], line: Line, wrap: Wrap, reach: tuple[int, bool]) -> bool:
    last, first = open_lines[-1], open_lines[0]
    if first.is_row and first.text.startswith("|") and not last.text.endswith("|") and line.gap == 0:
        return len(open_lines) < 20  # a cell of a Markdown row that holds a line break
    if (
        line.is_row
        or last.is_row
        or _is_single(line)
        or _is_single(last)
        or last.text[-20:].rstrip(_CLOSERS).endswith(_STOPS)
    ):
        return False
    if first.mark is not None and first.mark.kind.startswith(("md", "bracket")):
        return False
    near_full = _near_full(open_lines, line, wrap)
    if line.mark is not None and not (near_full and _counts_on(last, line, open_lines)):
        return False
    if line.text.startswith(("http://", "https://")):
        return False
    if line.gap:
        return wrap.spaced and line.gap <= 2 and near_full
    if near_full:
        return True
    if _is_open(last.text) or (_OPEN_START.match(line.text) and last.columns >= 12):
        return True
    widest, ends_later = reach
    if first.mark is not None and (first.mark.is_bullet or first.mark.kind == "alpha"):
        return last.columns >= 0.6 * max(piece.columns for piece in open_lines[-8:])
    full = last.columns >= 0.8 * widest
    return full and (widest >= 50 or (ends_later and first.mark is None))


def _near_full(open_lines: list[Line], line: Line, wrap: Wrap) -> bool:
    """Whether the last line reached the wrap, so that `line` goes on with it."""
    last, first = open_lines[-1], open_lines[0]
    if not wrap.width or last.columns > wrap.width + 4 or last.columns < wrap.width - 8:
        return False
    goes_on = line.columns >= wrap.width - 8 or line.text.endswith("。")
    if first.mark is not None and not first.mark.is_bullet and last is first:
        # A numbered heading may fill its line by chance: a noun at its end, and a whole paragraph after it.
        if goes_on and _NOUN_END.search(last.text[-2:]) and not _OPEN_START.match(line.text):
            return False
        return last.columns >= wrap.width - 6
    return last.columns >= wrap.width - 6 or goes_on


def _is_single(line: Line) -> bool:
    return line.alone != "" and len(line.text) <= _MEASURED


def _is_open(line: str) -> bool:
    return line.endswith(_OPEN_END) and not line.endswith("こと")


def _counts_on(last: Line, line: Line, open_lines: list[Line]) -> bool:
    """Whether ② opens this line only because the wrap fell there: its ① stands inside the open sentence."""
    mark = line.mark
    if mark is None or mark.kind not in ("circled", "paren") or mark.number in (None, 1):
        return False
    if line.text[mark.end - 1 : mark.end].isspace() or not line.text:
        return False
    before = line.text[:1]
    inside = "".join(piece.text[-200:] for piece in open_lines[-3:])
    return mark.kind == "circled" and chr(ord(before) - 1) in inside[1:]


def _close(open_lines: list[Line]) -> Block:
    first, last = open_lines[0], open_lines[-1]
    kind = "text"
    if first.is_row:
        kind = "row"
    elif len(open_lines) == 1 and first.alone in ("page", "rule"):
        kind = first.alone
    mark = None if kind != "text" else first.mark
    return Block(Span(first.span.start, last.span.end), mark, kind, first.indent, first.gap, len(open_lines))
