"""Structure beats format: the same document says the same whatever it is saved as."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from ingest.document import Document
from ingest.read import read
from tests.ingest import formats

FORMATS = ("txt", "md", "html", "docx", "pdf")
each_format = pytest.mark.parametrize("suffix", FORMATS)


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> dict[str, Document]:
    files = formats.write_all(tmp_path_factory.mktemp("formats"), formats.RULES, browser)
    return {suffix: read(file) for suffix, file in files.items()}


@each_format
def test_the_heading_paths_are_the_same(documents: dict[str, Document], suffix: str) -> None:
    chapters = [
        section.path[-1] for section in documents[suffix].sections if "章" in (section.path or ("",))[-1]
    ]
    assert chapters == ["第1章 総則", "第2章 旅費の種類", "第3章 支給額"]


@each_format
def test_what_has_levels_puts_the_chapters_under_the_title(
    documents: dict[str, Document], suffix: str
) -> None:
    if suffix in ("md", "html", "docx"):
        paths = [section.path for section in documents[suffix].sections]
        assert ("出張旅費規程", "第3章 支給額") in paths
    assert documents[suffix].title == "出張旅費規程"


@each_format
def test_each_cell_of_the_table_has_its_row_and_column(documents: dict[str, Document], suffix: str) -> None:
    document = documents[suffix]
    cells = [(c.row, c.column, c.span.of(document.text)) for table in document.tables for c in table.cells]
    assert cells == [
        ("日当", "課長", "2,600円"),
        ("日当", "係員", "2,200円"),
        ("宿泊料", "課長", "13,100円"),
        ("宿泊料", "係員", "10,900円"),
    ]


@each_format
def test_the_list_has_its_items(documents: dict[str, Document], suffix: str) -> None:
    document = documents[suffix]
    lists = [[item.of(document.text).strip() for item in found.items] for found in document.enumerations]
    assert ["鉄道賃", "日当", "宿泊料"] in lists


@each_format
def test_a_paragraph_is_one_piece_without_breaks(documents: dict[str, Document], suffix: str) -> None:
    assert formats.RULES[2][1] in documents[suffix].text


@each_format
def test_the_places_are_in_order_and_on_their_text(documents: dict[str, Document], suffix: str) -> None:
    document = documents[suffix]
    places = [place.span for place in document.places]
    assert places == sorted(places)
    assert all(span.of(document.text).strip() for span in places)
    assert bool(places) == (suffix == "pdf")


def test_the_other_formats_hold_the_table_too(tmp_path: Path) -> None:
    made = {"旅費.pptx": formats.as_pptx(formats.RULES), "旅費.xlsx": formats.as_xlsx(formats.RULES)}
    for name, data in made.items():
        (tmp_path / name).write_bytes(data)
        document = read(tmp_path / name)
        cells = [cell for table in document.tables for cell in table.cells]
        found = {(cell.row, cell.column): cell.span.of(document.text) for cell in cells}
        assert found["宿泊料", "係員"] == "10,900円"
