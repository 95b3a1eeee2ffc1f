"""Running heads: "where did the page's header go?" What stands at the edge of page after page is no text."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from statistics import median

from ingest.pages.lines import Segment

_NUMBER = re.compile(r"[0-9０-９]+|[ivxlIVXL]{1,5}(?![a-zA-Z])")
_PAGE = re.compile(r"[-‐－–—―\s・pPページ頁#/／()（）]*")
_EDGE = 0.12  # of the page's height, above and below
_APART = 9.0  # points by which a running head may move


def running(
    pages: Sequence[Sequence[Segment]], heights: Sequence[float], numbers: Sequence[int]
) -> list[set[int]]:
    """For each page the places in its list of segments that are headers, footers and page numbers.

    :param numbers: of the pages, from 1
    """
    sizes = [segment.size for found in pages for segment in found for _ in segment.text]
    body = median(sizes) if sizes else 0.0
    seen: dict[tuple[str, bool], list[tuple[int, int, float]]] = defaultdict(list)
    dropped: list[set[int]] = [set() for _ in pages]
    for page, (found, height, number) in enumerate(zip(pages, heights, numbers, strict=True)):
        for place in _at_edges(found, height):
            segment = found[place]
            upper = segment.middle < height / 2
            at = segment.middle if upper else height - segment.middle
            seen[_NUMBER.sub("#", segment.text.strip()), upper].append((page, place, at))
            if _says(segment.text, number):
                dropped[page].add(place)
    for (words, _), places in seen.items():
        numbers_only = "#" in words and _PAGE.fullmatch(words) is not None
        heights_seen = sorted(at for _, _, at in places)
        for page, place, at in places:
            # A slide's title may stand on three slides in a row; a head in small type is none.
            share = 0.08 if pages[page][place].size <= 1.02 * body else 0.3
            least = 2 if numbers_only else max(3, share * len(pages))
            alike = bisect_right(heights_seen, at + _APART) - bisect_left(heights_seen, at - _APART)
            if alike >= least:
                dropped[page].add(place)
    return dropped


def _at_edges(found: Sequence[Segment], height: float) -> set[int]:
    return {n for n, s in enumerate(found) if not _EDGE * height <= s.middle <= (1 - _EDGE) * height}


def _says(text: str, number: int) -> bool:
    """Whether a line is nothing but this page number."""
    return _PAGE.fullmatch(_NUMBER.sub("#", text.strip())) is not None and bool(
        re.search(rf"(?<!\d){number}(?!\d)", unicodedata.normalize("NFKC", text))
    )
