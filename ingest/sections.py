"""Sections: the headings of a Japanese document as a tree, and the text cut at them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from ingest.content import Title
from ingest.depth import Level, place
from ingest.document import Section, Span
from ingest.headings import PART_LIKE, Context, caption_before, has_body, heading_text, is_heading
from ingest.lines import Block, blocks
from ingest.marks import LAW_RANK, NUMBER_RANK, follows, unmarked


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


def sections(text: str, titles: tuple[Title, ...] = ()) -> tuple[Section, ...]:
    """Sections in text order; together they cover the whole text.

    :param titles: headings that the format itself names, as Word's styles and HTML's tags do
    """
    found = headings(text, titles)
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
    place = bisect_right(found, position, key=lambda section: section.span.start) - 1
    return found[max(place, 0)]


def title(text: str, titles: tuple[Title, ...] = ()) -> str:
    """What a document without a catalogue entry is called: its first heading or line, "" if it has none."""
    for named in titles:
        if named.level and (written := unmarked(named.span.of(text))[:60].strip()):
            return written
    for block in blocks(text)[:5]:
        written = unmarked(text[block.span.start : min(block.span.end, block.span.start + 200)])
        if block.kind == "text" and 2 <= len(written) <= 60 and "。" not in written:
            return written
    if found := headings(text, titles):
        return found[0].path[-1][:60].strip()
    rows = all(block.kind == "row" for block in blocks(text)[:5])
    return "" if rows else unmarked(text[:2000].strip()[:60])


@lru_cache(maxsize=4)
def headings(text: str, titles: tuple[Title, ...] = ()) -> tuple[Heading, ...]:
    """The headings of a text in order, each with its path from the outermost heading to itself."""
    context = Context(text, {title.span.start: f"md{title.level}" for title in titles})
    chosen = [index for index in range(len(context.blocks)) if is_heading(context, index)]
    chosen = _without_lists(context, chosen)
    found: list[Heading] = []
    stack: list[Level] = []
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
            level = Level("title", None, level.name)
        if level.style in NUMBER_RANK and stack and stack[-1].style in ("条", "appendix"):
            continue  # 項 and 号 are the article's text
        stack = place(stack, level, context.listed(index))
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


def _level(context: Context, index: int, first: bool) -> tuple[Level, int]:
    block = context.blocks[index]
    name = heading_text(context.text, block)
    start = block.span.start
    if start in context.named:
        return Level(context.named[start], None, name), start
    if block.mark is None:
        if first and index < 3 and not context.listed(index):
            return Level("front", None, name), start
        style = "part" if PART_LIKE.match(name) else "title"
        return Level(style, None, name), start
    caption = caption_before(context, index)
    if caption:
        start = context.blocks[index - 1].span.start
        head = re.match(r"第[^条]{1,8}条(?:の[^\s　（(]{1,3})*", name)
        name = f"{head[0] if head else name}{caption}"
    return Level(block.mark.kind, block.mark.number, name), start


def _without_lists(context: Context, chosen: list[int]) -> list[int]:
    """Drop marked lines that are the items of a list: most of their run have nothing under them."""
    dropped: set[int] = set()
    runs: dict[str, list[int]] = {}
    candidates = [
        i
        for i, block in enumerate(context.blocks)
        if _may_be_item(block) and block.span.start not in context.named
    ]
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
