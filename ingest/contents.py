"""The table of contents: "why is this line no heading?" Its lines repeat headings that come later."""

from __future__ import annotations

import re
from functools import lru_cache

from ingest.document import Span
from ingest.lines import Block, blocks
from ingest.marks import unmarked

_CONTENTS = re.compile(
    r"[【＜<「\[]?(?:目\s{0,3}次|もくじ|ＣＯＮＴＥＮＴＳ|CONTENTS|Contents|Table of Contents)[】＞>」\]]?$"
)
_LEADER = re.compile(
    r"(?:[.．・…‥･·]{3,}|[ 　\t]{2,}|[-－]{3,})[\s.．…‥・･]*[（(]?[PpＰ]?[.．]?\s*[0-9０-９]{1,4}[）)]?$"
)
_LAST_LETTER = re.compile("[次じＳSs]")  # of those titles
_LAST_OF_ENTRY = tuple("0123456789０１２３４５６７８９）)")
_ARTICLES = re.compile(
    r"[（(]第[^（）()]{1,30}条[^（）()]{0,30}[）)]$"
)  # （第一条―第三条） in a law's contents


@lru_cache(maxsize=4)
def contents(text: str) -> tuple[Span, tuple[str, ...]] | None:
    """The table of contents: its span and its entries folded by `key`; None when there is none."""
    found = blocks(text)
    for index, block in enumerate(found[:4000]):
        if len(block.span) > 24 or not _LAST_LETTER.search(text, block.span.start, block.span.end):
            continue
        if _CONTENTS.match(unmarked(block.span.of(text))):
            return _contents_from(text, found, index)
    run = 0
    for index, block in enumerate(found[:4000]):
        written = block.span.of(text) if len(block.span) < 90 else ""
        run = run + 1 if written.endswith(_LAST_OF_ENTRY) and _LEADER.search(written) else 0
        if run == 3:
            return _contents_from(text, found, index - 3)
    return None


def _contents_from(text: str, found: tuple[Block, ...], index: int) -> tuple[Span, tuple[str, ...]] | None:
    entries: list[str] = []
    end = max(index, 0)
    for place in range(index + 1, min(index + 400, len(found))):
        block = found[place]
        if len(block.span) > 120:
            break
        written = unmarked(block.span.of(text))
        entry = key(written)
        if len(written) > 90 or "。" in written or (entry and entry in entries[: max(len(entries) // 2, 1)]):
            break
        entries.append(entry)
        end = place
    if len(entries) < 2:
        return None
    start = found[max(index, 0)] if index >= 0 else found[0]
    return Span(start.span.start, found[end].span.end), tuple(entries)


def key(written: str) -> str:
    """A heading or contents entry in the form in which the two are compared."""
    written = _ARTICLES.sub("", _LEADER.sub("", written))
    return re.sub(r"[\s　.．・…‥･,、（）()]", "", written).rstrip("0123456789０１２３４５６７８９")
