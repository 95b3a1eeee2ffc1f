"""A rewritten text that remembers where in the original each of its characters came from."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import NamedTuple

from ingest.document import Span


class Edit(NamedTuple):
    """Replace the non-empty original range `[start, end)` by `text`. A tuple: every line may need one."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class View:
    """What a span of the original reads as; character i came from original `[starts[i], ends[i])`.

    Both sequences are monotone. Characters that were made from one piece together share its range;
    original characters that were dropped belong to no range.
    """

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def span(self, start: int, end: int) -> Span:
        """The original span of `text[start:end]`, from its first character's start to its last's end.

        :raises ValueError: unless 0 <= start < end <= len(text)
        """
        if not 0 <= start < end <= len(self.text):
            raise ValueError(f"no range of this view: {start}:{end} of {len(self.text)}")
        return Span(self.starts[start], self.ends[end - 1])

    def within(self, span: Span) -> tuple[int, int]:
        """The view range of all characters that came, at least in part, from an original span.

        Empty (start == end) when everything in the span was dropped or lies outside the view.
        """
        start = bisect_right(self.ends, span.start)
        return start, max(start, bisect_left(self.starts, span.end))


def plain(text: str, span: Span) -> View:
    """The view that changes nothing."""
    return View(span.of(text), range(span.start, span.end), range(span.start + 1, span.end + 1))


def rewrite(text: str, span: Span, edits: Iterable[Edit]) -> View:
    """The view of `text` at `span` after `edits`; each is clipped to the span, and of two that
    overlap the earlier one counts."""
    return _edited(plain(text, span), edits, span.start)


def rewrite_view(view: View, edits: Iterable[Edit]) -> View:
    """A view of a view: `edits` are in places of `view.text`, the result's places are the original's."""
    return _edited(view, edits, 0)


def _arrays(view: View) -> tuple[array[int], array[int]]:
    if isinstance(view.starts, range):
        borders = array("I", range(view.starts.start, view.starts.stop + 1))
        return borders[:-1], borders[1:]
    return array("I", view.starts), array("I", view.ends)


def _edited(view: View, edits: Iterable[Edit], origin: int) -> View:
    """A view after edits whose places count from `origin`; what stays between two edits is copied whole."""
    ordered = sorted(edits, key=attrgetter("start"))
    if not ordered:
        return view
    first, last = _arrays(view)
    parts: list[str] = []
    starts, ends = array("I"), array("I")
    position = 0

    def keep(end: int) -> None:
        parts.append(view.text[position:end])
        starts.extend(first[position:end])
        ends.extend(last[position:end])

    for edit in ordered:
        start, end = max(edit.start - origin, 0), min(edit.end - origin, len(view.text))
        if start < position or end <= start:
            continue
        keep(start)
        if edit.text and edit.start - origin == start:  # what began before is not shown by its rest
            parts.append(edit.text)
            starts.extend(first[start : start + 1] * len(edit.text))
            ends.extend(last[end - 1 : end] * len(edit.text))
        position = end
    if not parts:
        return view
    keep(len(view.text))
    return View("".join(parts), starts, ends)
