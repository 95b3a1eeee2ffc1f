"""Sections: the headings of a Japanese document as a tree, and the text cut at them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from ingest.document import Section, Span
from ingest.headings import PART_LIKE, Context, caption_before, has_body, heading_text, is_heading
from ingest.lines import Block, blocks
from ingest.marks import LAW_RANK, NUMBER_RANK, follows, unmarked

_DEEPEST = 7
# Titles that stand for a whole chapter: numbered chapters do not go under them.
_CHAPTER_LIKE = re.compile(
    r"(?:はじめに|おわりに|終わりに|まえがき|あとがき|序[章文論]?|結[論び語]|まとめ|概要|要旨|参考文献|謝辞|目的)$"
)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading in its tree.

    :param span: where its section begins (with an article's caption) to the end of the heading's block
    :param words: the heading's words without the mark, as they stand in the text
    :param style: the kind of mark; title, part or front where there is none
    """

    span: Span
    words: Span
    style: str
    number: int | None
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Level:
    style: str
    number: int | None
    name: str


def sections(text: str) -> tuple[Section, ...]:
    """Sections in text order; together they cover the whole text."""
    found = headings(text)
    if not found:
        return (Section((), Span(0, len(text))),)
    borders = [heading.span.start for heading in found]
    parts = [Section((), Span(0, borders[0]))] if text[: borders[0]].strip() else []
    if not parts:
        borders[0] = 0
    ends = [*borders[1:], len(text)]
    for heading, start, end in zip(found, borders, ends, strict=True):
        parts.append(Section(heading.path, Span(start, end)))
    return tuple(parts)


def section_at(found: Sequence[Section], position: int) -> Section:
    """The section that holds a position of the text. `found` must not be empty."""
    place = bisect_right([section.span.start for section in found], position) - 1
    return found[max(place, 0)]


def title(text: str) -> str:
    """What a document without a catalogue entry is called: its first heading or line, "" if it has none."""
    for block in blocks(text)[:5]:
        written = unmarked(text[block.span.start : min(block.span.end, block.span.start + 200)])
        if block.kind == "text" and 2 <= len(written) <= 60 and "。" not in written:
            return written
    if headings(text):
        return headings(text)[0].path[-1][:60].strip()
    return unmarked(text[:2000].strip()[:60])


@lru_cache(maxsize=4)
def headings(text: str) -> tuple[Heading, ...]:
    """The headings of a text in order, each with its path from the outermost heading to itself."""
    context = Context(text)
    chosen = [index for index in range(len(context.blocks)) if is_heading(context, index)]
    chosen = _without_lists(context, chosen)
    found: list[Heading] = []
    stack: list[_Level] = []
    contents_open = False
    parts_are_titles = _parts_are_titles(context, chosen)
    for index in _with_contents(context, chosen):
        block = context.blocks[index]
        if context.in_contents(index):
            if not contents_open:
                contents_open = True
                name = re.sub(r"\s", "", heading_text(text, block))[:20]
                found.append(Heading(block.span, block.span, "contents", None, (name,)))
            continue
        level, start = _level(context, index, first=not any(h.style != "contents" for h in found))
        if level.style == "part" and parts_are_titles:
            level = _Level("title", None, level.name)
        if level.style in NUMBER_RANK and stack and stack[-1].style in ("条", "appendix"):
            continue  # 項 and 号 are the article's text
        stack = _place(stack, level, context.listed(index))
        words = block.body(text)
        found.append(
            Heading(
                Span(start, block.span.end),
                words if words.start < words.end else block.span,
                level.style,
                level.number,
                tuple(entry.name for entry in stack),
            )
        )
    return tuple(found)


def _parts_are_titles(context: Context, chosen: list[int]) -> bool:
    """Whether 概要, 対象, 申込方法 are a page's own headings: no other title stands above the first."""
    plain = [index for index in chosen if context.blocks[index].mark is None and index >= 3]
    return bool(plain) and bool(PART_LIKE.match(context.written(plain[0])))


def _with_contents(context: Context, chosen: list[int]) -> list[int]:
    if context.contents is None:
        return chosen
    first = next(index for index in range(len(context.blocks)) if context.in_contents(index))
    return sorted({*chosen, first})


def _level(context: Context, index: int, first: bool) -> tuple[_Level, int]:
    block = context.blocks[index]
    name = heading_text(context.text, block)
    start = block.span.start
    if start in context.underlined:
        return _Level(context.underlined[start], None, name), start
    if block.mark is None:
        if first and index < 3 and not context.listed(index):
            return _Level("front", None, name), start
        style = "part" if PART_LIKE.match(name) else "title"
        return _Level(style, None, name), start
    caption = caption_before(context, index)
    if caption:
        start = context.blocks[index - 1].span.start
        head = re.match(r"第[^条]{1,8}条(?:の[^\s　（(]{1,3})*", name)
        name = f"{head[0] if head else name}{caption}"
    return _Level(block.mark.kind, block.mark.number, name), start


def _place(stack: list[_Level], level: _Level, listed: bool) -> list[_Level]:
    """The path after `level` has taken its place in it."""
    keep = _depth(stack, level, listed)
    return [*stack[: min(keep, _DEEPEST - 1)], level]


def _depth(stack: list[_Level], level: _Level, listed: bool) -> int:
    """How many entries of the path stay above a new heading."""
    style = level.style
    if stack and stack[0].style == "front":
        stack = []
    elif (
        stack and stack[-1].style == "title" and _CHAPTER_LIKE.match(stack[-1].name) and style in NUMBER_RANK
    ):
        stack = stack[:-1]
    styles = [entry.style for entry in stack]
    if style.startswith("md"):
        return 1 + max((i for i, s in enumerate(styles) if s.startswith("md") and s < style), default=-1)
    if style in LAW_RANK:
        higher = [
            i for i, s in enumerate(styles) if s.startswith("md") or LAW_RANK.get(s, 99) < LAW_RANK[style]
        ]
        if "appendix" in styles and style == "条":
            higher.append(styles.index("appendix"))
        return 1 + max(higher, default=-1)
    floor = 1 + max((i for i, s in enumerate(styles) if s.startswith("md")), default=-1)
    if style == "appendix":
        return floor
    if style == "reference":
        return _reference_depth(styles, floor)
    if listed and style in styles:
        return styles.index(style)
    if style in ("title", "part"):
        return _title_depth(styles, style, floor)
    if style in NUMBER_RANK:
        return _number_depth(stack, level, floor)
    return styles.index(style) if style in styles else len(stack)


def _reference_depth(styles: list[str], floor: int) -> int:
    """（参考）: beside the chapters of a report, beside the slides of a deck."""
    if any(style in LAW_RANK for style in styles):
        return floor
    return _title_depth(styles, "title", floor)


def _title_depth(styles: list[str], style: str, floor: int) -> int:
    """A slide title replaces the one before; the first goes under the chapter, not what is numbered in it."""
    if style in styles:
        return styles.index(style)
    if style == "part":
        if "title" in styles or "reference" in styles:
            return 1 + max(i for i, s in enumerate(styles) if s in ("title", "reference"))
        return _chapter_end(styles, floor)
    for peer in ("reference", "part"):
        if peer in styles:
            return styles.index(peer)
    return _chapter_end(styles, floor)


def _chapter_end(styles: list[str], floor: int) -> int:
    depth = floor
    while depth < len(styles) and styles[depth] in LAW_RANK:
        depth += 1
    if depth == floor and depth < len(styles) and styles[depth] in NUMBER_RANK:
        depth += 1
    return depth


def _number_depth(stack: list[_Level], level: _Level, floor: int) -> int:
    """A number goes on with the counting it continues; a first one opens a level; ranks settle the rest."""
    same = [i for i in range(floor, len(stack)) if stack[i].style == level.style]
    for i in reversed(same):
        if follows(stack[i].number, level.number, level.style):
            return i
    if same:
        deepest = same[-1]
        if level.number == 1 and deepest < len(stack) - 1:
            return len(stack)
        return deepest
    depth = len(stack)
    rank = NUMBER_RANK[level.style]
    while depth > floor and NUMBER_RANK.get(stack[depth - 1].style, 0) > rank:
        depth -= 1
    return depth


def _without_lists(context: Context, chosen: list[int]) -> list[int]:
    """Drop marked lines that are the items of a list: most of their run have nothing under them."""
    dropped: set[int] = set()
    runs: dict[str, list[int]] = {}
    candidates = [i for i in range(len(context.blocks)) if _may_be_item(context.blocks[i])]
    heading = set(chosen)
    for index in candidates:
        mark = context.blocks[index].mark
        assert mark is not None
        run = runs.get(mark.kind, [])
        if run and _same_run(context, run[-1], index, heading):
            run.append(index)
        else:
            _settle(context, run, heading, dropped)
            runs[mark.kind] = [index]
    for run in runs.values():
        _settle(context, run, heading, dropped)
    return [index for index in chosen if index not in dropped]


def _may_be_item(block: Block) -> bool:
    mark = block.mark
    return mark is not None and (mark.kind in NUMBER_RANK or mark.kind.startswith("symbol"))


def _same_run(context: Context, before: int, index: int, heading: set[int]) -> bool:
    if index - before > 40:
        return False
    mine, last = context.blocks[index].mark, context.blocks[before].mark
    assert mine is not None and last is not None
    if (
        mine.number is not None
        and not follows(last.number, mine.number, mine.kind)
        and last.number != mine.number + 1
    ):
        return False
    for between in range(before + 1, index):
        mark = context.blocks[between].mark
        if between in heading and (
            mark is None or mark.kind in LAW_RANK or mark.kind.startswith(("md", "reference"))
        ):
            return False
    return True


def _settle(context: Context, run: list[int], heading: set[int], dropped: set[int]) -> None:
    if len(run) < 2:
        return
    with_body = sum(index in heading and has_body(context, index) for index in run)
    if with_body * 2 < len(run):
        dropped.update(index for index in run if not context.listed(index))
