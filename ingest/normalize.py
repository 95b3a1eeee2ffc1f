"""Views of a document's text for searching and for showing, each with a map back to the original."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from ingest.document import Span
from ingest.markup import markup
from ingest.view import Edit, View, plain, rewrite, rewrite_view
from ingest.wraps import wraps

__all__ = ["View", "fold", "folded", "readable", "searchable"]

# Characters that folding can change, with their combining marks: NFKC is only sound on both together.
_COMBINING = "\u0300-\u036f\u3099\u309a\uff9e\uff9f\u1160-\u11ff\u20d0-\u20ff\ufe20-\ufe2f"
_PLAIN = (
    "\x00-\x7d\u3001-\u3003\u3005-\u301b\u301d-\u302f\u3031-\u3035\u3037\u303b-\u3096"
    "\u30a0-\u30fe\u4e00-\u9fff"
)
_CHANGING = re.compile(rf"[^{_PLAIN}][{_COMBINING}]*")
_LONE = re.compile(rf"[^{_PLAIN}{_COMBINING}](?![{_COMBINING}])")
_MARK = re.compile(f"[{_COMBINING}]")
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
    return _folded(readable(text, span))


def folded(text: str) -> View:
    """`fold` with the place of each character in `text`."""
    return _folded(plain(text, Span(0, len(text))))


def fold(text: str) -> str:
    """A question in the form of `searchable` (NFKC, one form of dashes); case and line breaks are kept."""
    return folded(text).text


def _folded(view: View) -> View:
    """A view in the one form. Most characters that change become one other: their places stay as they are."""
    if view.text.isascii():
        return view
    alike = View(_LONE.sub(_alike, view.text), view.starts, view.ends)
    return rewrite_view(alike, _folds(alike.text))


def _alike(found: re.Match[str]) -> str:
    form = _one_form(found[0])
    return form if len(form) == 1 and not _MARK.match(form) else found[0]


def _folds(text: str) -> Iterator[Edit]:
    for found in _CHANGING.finditer(text):
        start, end = found.span()
        if start and _MARK.match(text, start):  # it changes the letter that it stands on
            start -= 1
        form = _one_form(text[start:end])
        if form != text[start:end]:
            yield Edit(start, end, form)


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
