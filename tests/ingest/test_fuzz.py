"""Any text at all comes out of every format as it was put in, and whatever is found in it lies inside it."""

from __future__ import annotations

import csv
import html
import io
import tempfile
from pathlib import Path

import docx
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from pptx import Presentation
from pptx.util import Emu

from ingest.content import Content, Draft, Merged
from ingest.document import Document, Span
from ingest.errors import UnreadableFile
from ingest.parts import pack, unpack
from ingest.places import boxes, place_at
from ingest.read import document, read
from tests.ingest.formats import saved

# What a word processor can hold: no control characters; lines of their own come from several paragraphs.
said = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Cn", "Co", "Zl", "Zp"))
    | st.sampled_from("日本語の文章。、（）「」第条1①・■#|*_-〜"),
    min_size=1,
    max_size=60,
)
several = st.lists(said, min_size=1, max_size=8)
grids = st.integers(2, 4).flatmap(
    lambda n: st.lists(st.lists(said, min_size=n, max_size=n), min_size=2, max_size=5)
)


def opened(suffix: str, data: bytes) -> Document | None:
    """The document, or None where the reader says in one line why there is none."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, f"文書.{suffix}")
        file.write_bytes(data)
        try:
            found = read(file)
        except UnreadableFile as error:
            assert "\n" not in str(error)
            return None
    inside(found)
    return found


def inside(found: Document) -> None:
    """Every span lies in the text, and the document survives being sent and stored."""
    whole = Span(0, len(found.text))
    spans = [section.span for section in found.sections]
    spans += [table.span for table in found.tables] + [c.span for t in found.tables for c in t.cells]
    spans += [item for listed in found.enumerations for item in listed.items]
    spans += [place.span for place in found.places]
    assert all(span in whole and span.start <= span.end for span in spans)
    assert unpack(pack(found)) == found
    for place in found.places:
        assert place_at(found.places, place.span.start) == place or place.span.start == place.span.end
        boxes(found.places, place.span)


def solid(text: str) -> str:
    return "".join(text.split())


@given(several)
def test_paragraphs_of_word(paragraphs: list[str]) -> None:
    made = docx.Document()
    for text in paragraphs:
        made.add_paragraph(text)
    found = opened("docx", saved(made))
    assert solid(found.text if found else "") == solid("".join(paragraphs))


@given(grids)
def test_cells_of_word(rows: list[list[str]]) -> None:
    made = docx.Document()
    table = made.add_table(len(rows), len(rows[0]))
    for y, row in enumerate(rows):
        for x, text in enumerate(row):
            table.cell(y, x).text = text
    found = opened("docx", saved(made))
    assert solid(found.text if found else "") == solid("".join(map("".join, rows)))


@given(several)
@settings(max_examples=40)
def test_boxes_of_a_slide(paragraphs: list[str]) -> None:
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    for n, text in enumerate(paragraphs):
        slide.shapes.add_textbox(Emu(0), Emu(900_000 * n), Emu(900_000), Emu(100_000)).text_frame.text = text
    found = opened("pptx", saved(deck))
    assert solid(found.text if found else "") == solid("".join(paragraphs))


@given(grids)
def test_cells_of_a_sheet(rows: list[list[str]]) -> None:
    book = Workbook()
    for row in rows:
        book.worksheets[0].append([f"'{text}" for text in row])  # no formulas
    found = opened("xlsx", saved(book))
    assert sorted(solid(found.text if found else "")) == sorted(
        solid("".join(f"'{c}" for r in rows for c in r))
    )


@given(several)
def test_paragraphs_of_a_page(paragraphs: list[str]) -> None:
    page = "".join(f"<p>{html.escape(text)}</p>" for text in paragraphs)
    found = opened("html", f"<meta charset=utf-8><body>{page}</body>".encode())
    assert solid(found.text if found else "") == solid("".join(paragraphs))


@given(grids)
def test_separated_values(rows: list[list[str]]) -> None:
    stream = io.StringIO()
    csv.writer(stream, delimiter="\t").writerows(rows)
    opened("tsv", stream.getvalue().encode())


@given(st.binary(max_size=400))
def test_bytes_of_any_kind(data: bytes) -> None:
    for suffix in ("html", "csv", "eml", "docx", "xlsx", "pptx", "pdf"):
        opened(suffix, data)


@given(st.lists(st.one_of(said, grids), min_size=1, max_size=6), st.integers(0, 3))
def test_a_draft_of_headings_paragraphs_and_tables(parts: list[str | list[list[str]]], level: int) -> None:
    draft = Draft()
    for n, part in enumerate(parts):
        if isinstance(part, list):
            draft.table([[Merged(text) for text in row] for row in part], page=n + 1)
        elif n % 3 == 0 and level:
            draft.heading(part, level, n + 1)
        else:
            draft.paragraph(part, n + 1)
    content: Content = draft.done()
    if content.text.strip():
        inside(document(Path("/文書.docx"), "0", content))
        assert all(title.span.of(content.text).strip() for title in content.titles)
