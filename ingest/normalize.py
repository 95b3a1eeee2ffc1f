"""Views of a document's text for searching and for showing, each with a map back to the original."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from ingest.document import Span
from ingest.markup import markup
from ingest.view import Edit, View, rewrite, rewrite_view
from ingest.wraps import wraps

__all__ = ["View", "fold", "folded", "readable", "searchable"]

# Characters that folding can change, with their combining marks: NFKC is only sound on both together.
_COMBINING = "\u0300-\u036f\u3099\u309a\uff9e\uff9f\u1160-\u11ff\u20d0-\u20ff\ufe20-\ufe2f"
_CHANGING = re.compile(
    rf".[{_COMBINING}]+|[^\x00-\x7d\u3001-\u3096\u30a0-\u30fe\u4e00-\u9fff][{_COMBINING}]*|[\u3004\u3036\u3038-\u303a]"
    r"|[〜〰]",
    re.S,
)
# One form for what keyboards and converters mix; the long-vowel mark is a letter and stays.
_ONE_FORM = str.maketrans(
    {
        **dict.fromkeys("〜～∼˜", "~"),
        **dict.fromkeys("−‐‑‒–—―﹣", "-"),
        **dict.fromkeys("‘’′", "'"),
        **dict.fromkeys("“”″", '"'),
        "⁄": "/",
        **dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff", ""),
    }
)


def readable(text: str, span: Span) -> View:
    """What a reader is shown: wraps joined, glyphs repaired, markup removed; letters as they are written."""
    return rewrite(text, span, [*wraps(text, span), *markup(text, span)])


def searchable(text: str, span: Span) -> View:
    """What is searched: `readable` in NFKC, with dashes and wave dashes of one form; case is kept."""
    view = readable(text, span)
    return view if view.text.isascii() else rewrite_view(view, _folds(view.text))


def folded(text: str) -> View:
    """`fold` with the place of each character in `text`."""
    return rewrite(text, Span(0, len(text)), _folds(text))


def fold(text: str) -> str:
    """A question in the form of `searchable` (NFKC, one form of dashes); case and line breaks are kept."""
    return folded(text).text


def _folds(text: str) -> Iterator[Edit]:
    for found in _CHANGING.finditer(text):
        form = _one_form(found[0])
        if form != found[0]:
            yield Edit(found.start(), found.end(), form)


@lru_cache(maxsize=1 << 14)
def _one_form(segment: str) -> str:
    """A character and its combining marks in the one form.

    A circled number becomes "(1)": as a bare digit it would run into the digits beside it, and
    parenthesised marks fold to the same form.
    """
    head, marks = segment[0], unicodedata.normalize("NFKC", segment[1:])
    if "①" <= head <= "⑳" or "㉑" <= head <= "㉟" or "㊱" <= head <= "㊿":
        return f"({unicodedata.normalize('NFKC', head)}){marks}"
    if head in "゛゜":  # NFKC would leave a blank and a loose mark
        return head + marks
    return unicodedata.normalize("NFKC", segment.translate(_ONE_FORM)).translate(_ONE_FORM)
