"""Enumerations: lists as wholes, whether their items are lines, headings or parts of one sentence."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from ingest.content import Title
from ingest.document import Enumeration, Section, Span
from ingest.headings import is_lead
from ingest.inline import inline_items
from ingest.lines import Block, blocks
from ingest.marks import NUMBER_RANK, Mark, follows, mark_of
from ingest.sections import Heading, headings

_REACH = 900  # characters of body that may stand between two items of one list
_BODIES = 3  # blocks


@dataclass(slots=True)
class _Run:
    """A list that is still open: the mark's kind and indent, item starts, and where each item ends so far."""

    kind: str
    indent: int
    lead: Span | None
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    numbers: list[int | None] = field(default_factory=list)
    pending: int = 0  # body blocks seen since the last item, not yet known to be its
    bodied: int = 0  # items that turned out to have a body
    tail: int = 0  # end of the first body block after the last item

    def takes(self, mark: Mark, block: Block) -> bool:
        """Whether a line with this mark is the next item."""
        if mark.kind != self.kind or block.span.start - self.ends[-1] > _REACH or self.pending > _BODIES:
            return False
        if mark.number is None:
            return abs(block.indent - self.indent) <= 1
        last = self.numbers[-1]
        falling = last is not None and mark.number == last - 1
        return follows(last, mark.number, mark.kind) or falling


def enumerations(
    text: str, sections: tuple[Section, ...], titles: tuple[Title, ...] = ()
) -> tuple[Enumeration, ...]:
    """Lists of `text` in the order in which they begin: list lines, sibling headings, ①…②… in a sentence."""
    found = [*_of_lines(text, titles), *_of_headings(text, sections, titles), *_of_sentences(text)]
    return tuple(sorted(found, key=lambda listed: (listed.span.start, -listed.span.end)))


def _list_mark(text: str, block: Block) -> tuple[Mark, int] | None:
    """The mark that makes a block an item, and where the item's words begin. "- ①…" counts by its ①."""
    mark = block.mark
    if block.kind != "text" or mark is None or not mark.is_item:
        return None
    start = block.body(text).start
    if mark.is_bullet:
        inner = mark_of(text[start : min(block.span.end, start + 12)])
        if inner is not None and inner.kind in NUMBER_RANK and inner.kind != "kanji":
            return inner, start + inner.end
    return (mark, start) if start < block.span.end else None


def _of_lines(text: str, named: tuple[Title, ...]) -> Iterator[Enumeration]:
    """Runs of list lines; deeper runs stay inside the item above them."""
    titles = {heading.span.end for heading in headings(text, named)}
    runs: list[_Run] = []
    before: list[Block] = []
    for block in blocks(text):
        marked = _list_mark(text, block)
        if block.span.end in titles or block.kind == "row":
            yield from _close(text, runs)
            runs = []
        elif marked is not None:
            yield from _take(text, runs, block, marked, before)
        elif block.kind == "text" and runs:
            for run in runs:
                run.pending += 1
                run.tail = block.span.end if run.pending == 1 else run.tail
            if block.gap == 0 and block.mark is None and runs[-1].pending == 1 and block.lines < 3:
                runs[-1].pending = 0  # a line hanging under its item
                for run in runs:
                    run.ends[-1] = block.span.end
        before = [*before[-1:], block]
    yield from _close(text, runs)


def _take(
    text: str, runs: list[_Run], block: Block, marked: tuple[Mark, int], before: list[Block]
) -> Iterator[Enumeration]:
    mark, start = marked
    place = next((i for i in range(len(runs) - 1, -1, -1) if runs[i].takes(mark, block)), None)
    if place is None:
        # Neither deeper than what is open nor close to it: what is open is over.
        while runs and not _nests(runs[-1], mark, block):
            yield from _close(text, [runs.pop()])
        lead = before[-1].span if before and not runs and is_lead(text, before[-1], block) else None
        runs.append(_Run(mark.kind, block.indent, lead))
    else:
        while len(runs) > place + 1:
            yield from _close(text, [runs.pop()])
        if runs[-1].pending:  # the body between belonged to the item before
            runs[-1].ends[-1] = _end_before(text, block.span.start)
            runs[-1].bodied += 1
    run = runs[-1]
    run.starts.append(start)
    run.ends.append(block.span.end)
    run.numbers.append(mark.number)
    for outer in runs[:-1]:
        outer.ends[-1] = block.span.end
    for opened in runs:
        opened.pending = 0


def _nests(run: _Run, mark: Mark, block: Block) -> bool:
    """Whether a new kind of mark opens a list inside the last item of `run`."""
    if run.pending > 1 or block.gap > 2:
        return False
    if mark.kind == run.kind:
        return mark.number is None and block.indent > run.indent + 1
    if block.indent != run.indent:
        return block.indent > run.indent
    inner, outer = _rank(mark.kind), _rank(run.kind)
    return inner > outer


def _rank(kind: str) -> int:
    if kind.startswith("symbol"):
        return 10
    return NUMBER_RANK.get(kind, 85 if kind == "bullet-" else 90)


def _end_before(text: str, position: int) -> int:
    """Where the words before `position` end."""
    near = text[max(position - 200, 0) : position]
    return position - len(near) + len(near.rstrip())


def _close(text: str, runs: list[_Run]) -> Iterator[Enumeration]:
    for run in runs:
        if len(run.starts) < 2:
            continue
        if run.pending and run.bodied * 2 >= len(run.starts):
            run.ends[-1] = max(run.ends[-1], run.tail)
        items = tuple(Span(start, end) for start, end in zip(run.starts, run.ends, strict=True))
        line = max(text.rfind("\n", 0, run.starts[0]) + 1, run.lead.end if run.lead else 0)
        first = line + len(text[line : run.starts[0]]) - len(text[line : run.starts[0]].lstrip())
        yield Enumeration(Span(min(first, run.starts[0]), run.ends[-1]), run.lead, items)


def _of_headings(text: str, sections: tuple[Section, ...], named: tuple[Title, ...]) -> Iterator[Enumeration]:
    """Sibling headings with the same mark, announced by the heading above them."""
    starts = [section.span.start for section in sections]
    groups: dict[tuple[tuple[str, ...], str, int], list[Heading]] = {}
    by_path: dict[tuple[str, ...], Heading] = {}
    rounds: dict[tuple[tuple[str, ...], str], int] = {}
    for heading in headings(text, named):
        by_path[heading.path] = heading
        if heading.style == "front":
            by_path[()] = heading
        parent = heading.path[:-1]
        if heading.style in ("title", "part", "front", "contents", "reference", "appendix", "question"):
            continue
        turn = rounds.setdefault((parent, heading.style), 0)
        group = groups.get((parent, heading.style, turn))
        if group and heading.number is not None and group[-1].number is not None:
            step = heading.number - group[-1].number
            # 1 after 6 begins the second half of a list that was read in columns, or a new list.
            if step not in (1, -1) and heading.number in {member.number for member in group}:
                rounds[(parent, heading.style)] = turn = turn + 1
        groups.setdefault((parent, heading.style, turn), []).append(heading)
    for (parent, _, _), members in groups.items():
        if len(members) < 2:
            continue
        last = members[-1]
        place = bisect_right(starts, last.span.start) - 1
        while place + 1 < len(sections) and sections[place + 1].path[: len(last.path)] == last.path:
            place += 1
        end = sections[place].span.end if sections else last.span.end
        lead = by_path[parent].span if parent in by_path else None
        yield Enumeration(Span(members[0].span.start, end), lead, tuple(member.words for member in members))


def _of_sentences(text: str) -> Iterator[Enumeration]:
    for block, items in inline_items(text):
        begin = max(block.span.start, items[0].start - 200)
        begin = max(begin, text.rfind("。", begin, items[0].start) + 1)
        lead = Span(begin, _end_before(text, items[0].start - 1))
        words = text[begin : items[0].start].strip("①(（1）) \n　")
        yield Enumeration(Span(items[0].start, items[-1].end), lead if len(words) > 3 else None, items)
