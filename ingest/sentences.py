"""Sentences: a document's text cut at 。！？, at list items, headings and table rows, over hard wraps."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from functools import lru_cache

from ingest.document import Span
from ingest.lines import Block, blocks

_STOP_OR_BRACKET = re.compile(r"[。！？!?]+|[「『（(\[［【〔]|[」』）)\]］】〕]")
_STOP = re.compile("[。！？!?]")
_WORD = re.compile(r"\w")
_CLOSERS = "」』）)]］】〕"
_ASCII_STOP = re.compile(r"[!?]+(?=[\s　\"”」）)]|$)")


def sentences(text: str, span: Span) -> list[Span]:
    """Sentences, list items (without bullet) and table rows that overlap `span`, in order, cut to it."""
    found, starts, ends = _all(text)
    first = bisect_right(ends, span.start)
    last = bisect_left(starts, span.end)
    cuts = (
        _trim(text, max(sentence.start, span.start), min(sentence.end, span.end))
        if not span.start <= sentence.start <= sentence.end <= span.end
        else sentence
        for sentence in found[first:last]
    )
    return [cut for cut in cuts if cut is not None]


@lru_cache(maxsize=4)
def _all(text: str) -> tuple[list[Span], list[int], list[int]]:
    found: list[Span] = []
    for block in blocks(text):
        if block.kind == "rule" or (
            block.kind == "row" and not _WORD.search(text, block.span.start, block.span.end)
        ):
            continue
        if block.kind == "text":
            found.extend(_cut(text, _without_bullet(text, block)))
        elif whole := _trim(text, block.span.start, block.span.end):
            found.append(whole)
    return found, [span.start for span in found], [span.end for span in found]


def _without_bullet(text: str, block: Block) -> Span:
    """The block without a mark that only decorates: ・ - ○ ■ #; numbers and brackets are words and stay."""
    mark = block.mark
    if mark is None or not (mark.is_bullet or mark.kind.startswith(("symbol", "md"))):
        return block.span
    body = block.body(text)
    return body if body.start < body.end else block.span


def _cut(text: str, span: Span) -> list[Span]:
    if not _STOP.search(text, span.start, span.end):
        whole = _trim(text, span.start, span.end)
        return [whole] if whole else []
    borders, depth = _borders(text, span, heed_brackets=True)
    if depth:  # a bracket never closes: what follows it would be one endless sentence
        borders, _ = _borders(text, span, heed_brackets=False)
    pieces, start = [], span.start
    for border in [*borders, span.end]:
        piece = _trim(text, start, border)
        if piece is not None:
            pieces.append(piece)
            start = border
    return pieces


def _borders(text: str, span: Span, heed_brackets: bool) -> tuple[list[int], int]:
    borders, depth = [], 0
    for found in _STOP_OR_BRACKET.finditer(text, span.start, span.end):
        sign = found[0]
        if sign[0] in "。！？!?":
            if sign.isascii() and not _ASCII_STOP.match(text, found.start(), span.end):
                continue
            if depth == 0 or not heed_brackets:
                borders.append(
                    _past_closers(text, found.end(), span.end) if not heed_brackets else found.end()
                )
        elif sign in _CLOSERS:
            depth = max(depth - 1, 0)
        else:
            depth += 1
    return borders, depth


def _past_closers(text: str, position: int, end: int) -> int:
    while position < end and text[position] in _CLOSERS:
        position += 1
    return position


def _trim(text: str, start: int, end: int) -> Span | None:
    """[start, end) without outer white space; None when nothing else is there."""
    while start < end and (text[start].isspace() or text[start] in "\u200b\ufeff"):
        start += 1
    while start < end and (text[end - 1].isspace() or text[end - 1] in "\u200b\ufeff"):
        end -= 1
    return Span(start, end) if start < end else None
