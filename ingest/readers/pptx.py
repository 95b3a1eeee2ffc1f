"""PowerPoint files: slide by slide, its title, what stands on it from top to bottom, its notes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree
from pptx import Presentation
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.exc import PythonPptxError
from pptx.oxml.ns import qn

from ingest.content import Content, Draft, Merged
from ingest.readers.package import GIVEN_UP, damaged, opened

_BAND = 180_000  # EMU, half a centimetre: shapes that begin within it stand beside each other
_FURNITURE = (PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.SLIDE_NUMBER)
_LISTS = (PP_PLACEHOLDER.BODY, PP_PLACEHOLDER.OBJECT)
_DEEPEST = 20  # groups within groups


def content(path: Path, data: bytes) -> Content:
    """A presentation's text, its places the slides.

    :raises UnreadableFile: encrypted, damaged, or no PowerPoint file
    """
    stream = opened(path, data, "PowerPoint ", "ppt/")
    try:
        return _content(Presentation(stream))
    except (PythonPptxError, *GIVEN_UP) as error:
        raise damaged(path, "PowerPoint ", error) from error


def _content(deck: Any) -> Content:
    draft, blank = Draft(), []
    slides = list(deck.slides)
    for number, slide in enumerate(slides, 1):
        before = draft.length
        _slide(draft, slide, number)
        if draft.length == before:
            blank.append(number)
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            notes = slide.notes_slide.notes_text_frame.text.strip()
            if notes:
                draft.blank()
                for line in notes.splitlines():
                    draft.paragraph(line, number, f"スライド {number} ノート")
                draft.blank()
    return draft.done(pages=len(slides), blank=tuple(blank))


def _slide(draft: Draft, slide: Any, number: int) -> None:
    title = slide.shapes.title
    name = f"スライド {number}"
    if title is not None and title.has_text_frame and title.text_frame.text.strip():
        draft.heading(title.text_frame.text, 1, number, name)
    for shape in _in_order(_flat(slide.shapes, 0)):
        if title is not None and shape.shape_id == title.shape_id:
            continue
        if shape.is_placeholder and shape.placeholder_format.type in _FURNITURE:
            continue
        _shape(draft, shape, number, name)


def _flat(shapes: Any, depth: int) -> Iterator[Any]:
    for shape in shapes:
        if hasattr(shape, "shapes") and depth < _DEEPEST:
            yield from _in_order(_flat(shape.shapes, depth + 1))
        else:
            yield shape


def _in_order(shapes: Iterator[Any]) -> list[Any]:
    """As they are read: from top to bottom, and from left to right where they stand beside each other."""
    return sorted(shapes, key=lambda shape: ((shape.top or 0) // _BAND, shape.left or 0))


def _shape(draft: Draft, shape: Any, number: int, name: str) -> None:
    if getattr(shape, "has_table", False) and shape.has_table:
        draft.table(_table(shape.table, name), 1 if shape.table.first_row else None, number)
    elif getattr(shape, "has_chart", False) and shape.has_chart:
        _chart(draft, shape.chart, number, name)
    elif shape.has_text_frame and shape.text_frame.text.strip():
        draft.blank()
        listed = shape.is_placeholder and shape.placeholder_format.type in _LISTS
        several = sum(bool(p.text.strip()) for p in shape.text_frame.paragraphs) > 1
        for paragraph in shape.text_frame.paragraphs:
            text = paragraph.text.replace("\v", "\n")
            mark = _mark(paragraph, listed and several) if text.strip() else ""
            draft.item(mark + text, number, name) if mark else draft.paragraph(text, number, name)
        draft.blank()
    elif shape._element.tag == qn("p:graphicFrame"):
        _diagram(draft, shape, number, name)


def _mark(paragraph: Any, listed: bool) -> str:
    """The bullet a reader sees; placeholders for lists have theirs from the layout."""
    properties = paragraph._p.find(qn("a:pPr"))
    if properties is not None:
        if properties.find(qn("a:buNone")) is not None:
            return ""
        if properties.find(qn("a:buChar")) is not None or properties.find(qn("a:buAutoNum")) is not None:
            return "・"
    return "・" if listed else ""


def _table(table: Any, name: str) -> list[list[Merged | None]]:
    rows: list[list[Merged | None]] = []
    for y, row in enumerate(table.rows):
        cells: list[Merged | None] = []
        for x, cell in enumerate(row.cells):
            if cell.is_spanned:
                # Under a merged cell its value goes on; beside one its header's name spreads over the gap.
                goes_on = y > 0 and not row.cells[x]._tc.hMerge
                cells.append(rows[y - 1][x] if goes_on else None)
            else:
                cells.append(Merged(cell.text_frame.text.replace("\v", "\n"), name))
        rows.append(cells)
    return rows


def _chart(draft: Draft, chart: Any, number: int, name: str) -> None:
    """A chart's numbers as the table they were drawn from."""
    title = chart.chart_title.text_frame.text if chart.has_title and chart.chart_title.has_text_frame else ""
    for plot in chart.plots:
        series = list(plot.series)
        rows: list[list[Merged | None]] = [[None, *(Merged(str(one.name or ""), name) for one in series)]]
        for n, category in enumerate(plot.categories):
            values = [one.values[n] if n < len(one.values) else None for one in series]
            rows.append(
                [
                    Merged(str(category), name),
                    *(None if v is None else Merged(f"{v:g}", name) for v in values),
                ]
            )
        draft.table(rows, 1, number, title)


def _diagram(draft: Draft, shape: Any, number: int, name: str) -> None:
    """The words of a SmartArt diagram, which stand in a part of their own."""
    ids = shape._element.find(f".//{{{_DIAGRAM}}}relIds")
    relation = ids.get(qn("r:dm")) if ids is not None else None
    if relation is None or relation not in shape.part.rels:
        return
    root = etree.fromstring(shape.part.related_part(relation).blob, etree.XMLParser(resolve_entities=False))
    draft.blank()
    for point in root.iter(f"{{{_DIAGRAM}}}pt"):
        text = "".join(node.text or "" for node in point.iter(qn("a:t")))
        draft.paragraph(text, number, name)
    draft.blank()


_DIAGRAM = "http://schemas.openxmlformats.org/drawingml/2006/diagram"
