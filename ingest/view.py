"""A rewritten text that remembers where in the original each of its characters came from."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter

from ingest.document import Span


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the non-empty original range `[start, end)` by `text`."""

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
    parts: list[str] = []
    starts, ends = array("I"), array("I")
    position = span.start

    def keep(end: int) -> None:
        parts.append(text[position:end])
        starts.extend(range(position, end))
        ends.extend(range(position + 1, end + 1))

    for edit in sorted(edits, key=attrgetter("start")):
        start, end = max(edit.start, span.start), min(edit.end, span.end)
        if start < position or end <= start:
            continue
        keep(start)
        if edit.text and edit.start == start:  # what began before the span is not shown by its rest
            parts.append(edit.text)
            starts.extend([start] * len(edit.text))
            ends.extend([end] * len(edit.text))
        position = end
    if not parts:
        return plain(text, span)
    keep(span.end)
    return View("".join(parts), starts, ends)


def rewrite_view(view: View, edits: Iterable[Edit]) -> View:
    """A view of a view: `edits` are in places of `view.text`, the result's places are the original's."""
    over = rewrite(view.text, Span(0, len(view.text)), edits)
    if isinstance(over.starts, range):
        return view
    starts, ends = view.starts, view.ends
    return View(
        over.text,
        array("I", [starts[place] for place in over.starts]),
        array("I", [ends[place - 1] for place in over.ends]),
    )
