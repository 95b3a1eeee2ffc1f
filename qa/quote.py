"""Which characters of the original a citation quotes: enough to stand behind, never more than a screenful."""

from __future__ import annotations

from itertools import pairwise

from ingest import section_at
from ingest.document import Document, Span
from ingest.places import place_at
from qa.evidence import Place

LIMIT = 500
# A sentence is quoted with the lines of its block up to this many characters,
_PARAGRAPH = 450
# and beyond a blank line only up to this many: a bare line cannot be judged without what stands around it.
_CONTEXT = 300


def quotes(place: Place) -> list[Span]:
    """The spans to cite for a place, the most telling first; a long list needs more than one."""
    document = place.passage.document
    if place.form == "cell":
        return [_table(document, place.span)]
    if place.form == "list" and place.enumeration is not None:
        lead = place.enumeration.lead
        if any(place.span in sentence for sentence in place.passage.sentences):
            return [_paragraph(place)]  # 「甲」「乙」「丙」 in a sentence: the sentence is what is quoted
        return _pieces(document, place.span, [item.start for item in place.enumeration.items], lead)
    return [_paragraph(place)]


def trimmed(text: str, span: Span) -> Span:
    """The span without white space at its ends, cut to `LIMIT`."""
    start, end = span.start, min(span.end, span.start + LIMIT)
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end)


def _paragraph(place: Place) -> Span:
    """The sentence with its block; what stands beyond a blank line only when that is too little."""
    document = place.passage.document
    section = section_at(document.sections, place.span.start)
    inside = [s for s in place.passage.sentences if s in section.span]
    held = [
        number for number, sentence in enumerate(inside) if sentence in place.span or place.span in sentence
    ]
    if not held:
        return trimmed(document.text, place.span)
    first, last = held[0], held[-1]
    for limit, beyond in ((_PARAGRAPH, False), (_CONTEXT, True)):
        grown = True
        while grown:
            grown = False
            if last + 1 < len(inside) and inside[last + 1].end - inside[first].start <= limit:
                grown = _beside(document, inside[last], inside[last + 1], beyond)
                last += grown
            if first > 0 and inside[last].end - inside[first - 1].start <= limit:
                before = _beside(document, inside[first - 1], inside[first], beyond)
                first -= before
                grown = grown or before
    return trimmed(document.text, Span(inside[first].start, inside[last].end))


def _beside(document: Document, upper: Span, lower: Span, beyond: bool) -> bool:
    """Whether two sentences stand on one page and, unless we look `beyond` it, with no blank line between."""
    if not beyond and document.text.count("\n", upper.end, lower.start) > 1:
        return False
    pages = [place_at(document.places, at) for at in (upper.end - 1, lower.start)]
    return pages[0] is None or pages[1] is None or pages[0].page == pages[1].page


def _table(document: Document, cell: Span) -> Span:
    """The whole table when it fits, so that the headers show; else the cell's row."""
    for table in document.tables:
        if cell in table.span and len(table.span) <= LIMIT:
            return trimmed(document.text, table.span)
    start = document.text.rfind("\n", 0, cell.start) + 1
    end = document.text.find("\n", cell.end)
    row = Span(start, len(document.text) if end < 0 else end)
    return trimmed(document.text, row if len(row) <= LIMIT else cell)


def _pieces(document: Document, span: Span, borders: list[int], lead: Span | None) -> list[Span]:
    """The list cut before items into quotes within `LIMIT`; the lead goes with the first when it fits."""
    start = span.start
    if lead is not None and lead.end <= span.start and span.start - lead.end <= 60:
        start = lead.start
    pieces = []
    for border, following in pairwise([*(b for b in borders if b > start), span.end]):
        if following - start > LIMIT:
            pieces.append(trimmed(document.text, Span(start, border)))
            start = border
    pieces.append(trimmed(document.text, Span(start, span.end)))
    return [piece for piece in pieces if len(piece)]
