"""Where a span stands in the file as readers know it: page, slide, cell, and the boxes around it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from ingest.document import Box, Place, Span


def place_at(places: Sequence[Place], position: int) -> Place | None:
    """The place that holds a position, else the last before it; None where the format has no places."""
    n = bisect_right(places, position, key=lambda place: place.span.start) - 1
    return places[n] if n >= 0 else (places[0] if places else None)


def boxes(places: Sequence[Place], span: Span) -> list[tuple[int, Box]]:
    """Page and box of each line of a span, in text order; none where the format has no boxes."""
    found = []
    for place in _within(places, span):
        if place.box is not None and place.page is not None:
            found.append((place.page, _part(place, span)))
    return found


def _within(places: Sequence[Place], span: Span) -> Sequence[Place]:
    first = bisect_right(places, span.start, key=lambda place: place.span.start) - 1
    last = bisect_right(places, span.end - 1, key=lambda place: place.span.start)
    return [place for place in places[max(first, 0) : last] if place.span.overlaps(span)]


def _part(place: Place, span: Span) -> Box:
    """The box of the characters of a line that lie in the span."""
    assert place.box is not None
    if len(place.edges) != len(place.span) + 1:
        return place.box
    start = max(span.start - place.span.start, 0)
    end = min(span.end, place.span.end) - place.span.start
    left, top, right, bottom = place.box
    if place.vertical:
        return (left, place.edges[start], right, place.edges[end])
    return (place.edges[start], top, place.edges[end], bottom)
