"""Items inside one sentence: ①…、②…及び③…, (1)…(2)…, 第一に…。第二に…。, 「…」「…」及び「…」."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from ingest.document import Span
from ingest.lines import Block, blocks
from ingest.marks import number

_SIGN = re.compile(
    r"(?P<circled>[①-⑳])|[(（](?P<paren>[0-9０-９]{1,2})[)）]|第(?P<order>[一二三四五六七八九十1-9１-９])(?=に|段階)"
)
_JOINT = re.compile(
    r"(?:[\s、，,；;・／/]|及\s*び|並\s*び\s*に|ま\s*た\s*は|又\s*は|お\s*よ\s*び|な\s*ら\s*び\s*に|そして|(?<!こ)と|や|また)+$"
)
_QUOTED = re.compile(r"[「『]([^「」『』\n]{1,60})[」』]")
_BETWEEN = re.compile(r"\s*(?:[、，,・/／]|及\s*び|並\s*び\s*に|又\s*は|または|および|ならびに|と|や)?\s*")
_FARTHEST = 400  # characters of a last item that no full stop ends
_STOP = re.compile(r"[。、，；\n]")


def inline_items(text: str) -> Iterator[tuple[Block, tuple[Span, ...]]]:
    """The items of every list that runs inside a block, two or more each, without their signs."""
    found = blocks(text)
    signs, quotes = _in_blocks(text, found, _SIGN), _in_blocks(text, found, _QUOTED)
    for place in sorted(signs.keys() | quotes.keys()):
        block = found[place]
        for items in (*_signed(text, block, signs.get(place, [])), *_quoted(text, quotes.get(place, []))):
            yield block, items


def _in_blocks(text: str, found: Sequence[Block], pattern: re.Pattern[str]) -> dict[int, list[re.Match[str]]]:
    """What a pattern finds inside each block of text, by the block's place, where it finds two or more."""
    starts = [block.span.start for block in found]
    matches: dict[int, list[re.Match[str]]] = {}
    for match in pattern.finditer(text):
        place = bisect_right(starts, match.start()) - 1
        if place >= 0 and found[place].kind == "text" and match.end() <= found[place].span.end:
            matches.setdefault(place, []).append(match)
    return {place: inside for place, inside in matches.items() if len(inside) > 1}


def _signed(text: str, block: Block, signs: Sequence[re.Match[str]]) -> Iterator[tuple[Span, ...]]:
    run: list[tuple[int, int, int]] = []  # sign start, words start, number
    kind = ""
    for sign in signs:
        name = sign.lastgroup or ""
        value = number(sign[name]) or 0
        if run and (name != kind or value != run[-1][2] + 1):
            if name != kind and value != 1:
                continue  # a reference to ① inside a list of (1), (2)
            yield from _items(text, block, run, kind)
            run = []
        if run or value == 1:
            kind = name
            end = sign.end()
            if kind == "order":
                while end < block.span.end and text[end] in "に段階として、\n 　":
                    end += 1
            run.append((sign.start(), end, value))
    yield from _items(text, block, run, kind)


def _quoted(text: str, quotes: Sequence[re.Match[str]]) -> Iterator[tuple[Span, ...]]:
    """Names in quotation marks, one right after another."""
    run: list[Span] = []
    for found in quotes:
        if run and not _BETWEEN.fullmatch(text, run[-1].end + 1, found.start()):
            if len(run) > 1:
                yield tuple(run)
            run = []
        run.append(Span(found.start(1), found.end(1)))
    if len(run) > 1:
        yield tuple(run)


def _items(text: str, block: Block, run: list[tuple[int, int, int]], kind: str) -> Iterator[tuple[Span, ...]]:
    if len(run) < 2:
        return
    spans: list[Span] = []
    for place, (_, start, _) in enumerate(run):
        last = place == len(run) - 1
        border = _last_end(text, block, start, spans) if last else run[place + 1][0]
        span = _tidy(text, start, border, last)
        if len(span) == 0:
            return
        spans.append(span)
    yield tuple(spans)


def _tidy(text: str, start: int, end: int, last: bool) -> Span:
    words = text[start:end]
    start += len(words) - len(words.lstrip())
    words = words.strip()
    if not last:
        words = words[:-40] + _JOINT.sub("", words[-40:])
    return Span(start, start + len(words))


def _last_end(text: str, block: Block, start: int, before: list[Span]) -> int:
    """Where the last item ends: with the words the others end with, else at the clause's border."""
    far = min(start + _FARTHEST, block.span.end)
    stop = text.find("。", start, far)
    stop = stop if stop >= 0 else far
    tails = {_tail(text, span) for span in before}
    if len(tails) == 1:
        tail = tails.pop()
        place = text.find(tail, start, stop)
        if place >= 0:
            return place + len(tail)
    comma = _STOP.search(text, start, stop)
    return comma.start() if comma and comma[0] != "\n" and comma.start() - start >= 4 else stop


def _tail(text: str, span: Span) -> str:
    return (
        text[span.end - 1]
        if text[span.end - 1] in "」）)"
        else text[max(span.end - 2, span.start) : span.end]
    )
