"""Word, Excel and PowerPoint files as offices keep them: numbers nobody typed, merged cells, notes."""

from __future__ import annotations

import datetime
import io
import zipfile
from pathlib import Path

import docx
import pytest
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from openpyxl import Workbook
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Emu

from ingest.document import Document
from ingest.read import read
from ingest.readers.xlsx import written
from tests.ingest import hostile
from tests.ingest.formats import saved


def opened(tmp_path: Path, name: str, data: bytes) -> Document:
    (tmp_path / name).write_bytes(data)
    return read(tmp_path / name)


def cells(document: Document) -> list[tuple[str, str, str]]:
    return [(c.row, c.column, c.span.of(document.text)) for table in document.tables for c in table.cells]


def test_word_shows_the_numbers_nobody_typed(tmp_path: Path) -> None:
    document = docx.Document()
    levels = "".join(
        f'<w:lvl w:ilvl="{n}"><w:numFmt w:val="{form}"/><w:lvlText w:val="{text}"/></w:lvl>'
        for n, (form, text) in enumerate([("japaneseCounting", "第%1条"), ("decimalEnclosedCircle", "%2")])
    )
    numbering = document.part.numbering_part.element
    numbering.insert(
        0, parse_xml(f'<w:abstractNum {nsdecls("w")} w:abstractNumId="90">{levels}</w:abstractNum>')
    )
    numbering.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="91"><w:abstractNumId w:val="90"/></w:num>'))
    for depth, text in (
        (0, "目的を定める。"),
        (0, "定義を定める。"),
        (1, "職員とは、"),
        (1, "旅費とは、"),
        (0, "附則"),
    ):
        paragraph = document.add_paragraph(text)
        properties = paragraph._p.get_or_add_pPr()
        place = OxmlElement("w:numPr")
        for tag, value in (("w:ilvl", depth), ("w:numId", 91)):
            node = OxmlElement(tag)
            node.set(qn("w:val"), str(value))
            place.append(node)
        properties.append(place)
    text = opened(tmp_path, "条.docx", saved(document)).text
    assert text.splitlines() == [
        "第一条 目的を定める。",
        "第二条 定義を定める。",
        "① 職員とは、",
        "② 旅費とは、",
        "第三条 附則",
    ]


def test_word_leaves_out_what_was_deleted_and_read_aloud(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("期限は")._p.append(
        parse_xml(
            f"<w:r {nsdecls('w')}><w:ruby><w:rt><w:r><w:t>げつまつ</w:t></w:r></w:rt>"
            "<w:rubyBase><w:r><w:t>月末</w:t></w:r></w:rubyBase></w:ruby></w:r>"
        )
    )
    paragraph = document.paragraphs[0]._p
    paragraph.append(parse_xml(f"<w:del {nsdecls('w')}><w:r><w:delText>十日</w:delText></w:r></w:del>"))
    paragraph.append(parse_xml(f"<w:ins {nsdecls('w')}><w:r><w:t>とする。</w:t></w:r></w:ins>"))
    hidden = document.add_paragraph("内緒").runs[0]
    hidden.font.hidden = True
    assert opened(tmp_path, "履歴.docx", saved(document)).text.strip() == "期限は月末とする。"


def test_cells_merged_downwards_name_every_row_they_cover(tmp_path: Path) -> None:
    document = docx.Document()
    table = document.add_table(4, 3)
    for y, row in enumerate(
        [
            ["款", "項", "予算額"],
            ["市税", "市民税", "100"],
            ["", "固定資産税", "80"],
            ["諸収入", "手数料", "5"],
        ]
    ):
        for x, text in enumerate(row):
            table.cell(y, x).text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    found = cells(opened(tmp_path, "予算.docx", saved(document)))
    assert ("市税 固定資産税", "予算額", "80") in found
    assert ("諸収入 手数料", "予算額", "5") in found


def test_a_sheet_shows_numbers_and_dates_as_excel_does(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "歳入"
    sheet.append(["（単位：千円）"])
    sheet.append(["科目", "金額", "割合", "期日"])
    sheet.append(["市税", 1234567, 0.517, datetime.date(2023, 6, 1)])
    sheet["B3"].number_format, sheet["C3"].number_format = "#,##0", "0.0%"
    sheet["D3"].number_format = 'ggge"年"m"月"d"日"'
    document = opened(tmp_path, "歳入.xlsx", saved(book))
    assert cells(document) == [
        ("市税", "金額", "1,234,567"), ("市税", "割合", "51.7%"), ("市税", "期日", "令和5年6月1日"),
    ]  # fmt: skip
    assert "単位" in document.tables[0].caption
    names = {place.span.of(document.text): place.name for place in document.places}
    assert names["1,234,567"] == "歳入!B3"


@pytest.mark.parametrize(
    ("value", "form", "shown"),
    [
        (0.5, "0%", "50%"), (-1234.5, "#,##0.0", "-1,234.5"), (-3, "#,##0;▲#,##0", "▲3"), (3, "General", "3"),
        (1.25, "General", "1.25"), (5000, '#,##0"円"', "5,000円"), (5000, "¥#,##0", "¥5,000"),
        (True, "General", "TRUE"), (datetime.date(2020, 1, 2), "yyyy年m月", "2020年1月"),
        (datetime.date(2019, 4, 30), "ggge年m月d日", "平成31年4月30日"),
        (datetime.date(2019, 5, 1), "ggge年", "令和元年5月1日"),
        (datetime.datetime(2020, 1, 2, 9, 30), "yyyy/m/d h:mm", "2020/1/2 09:30"),
    ],
)  # fmt: skip
def test_values_are_written_in_their_number_format(value: object, form: str, shown: str) -> None:
    assert written(value, form) == shown


def test_a_slide_has_its_number_notes_and_chart(tmp_path: Path) -> None:
    deck = Presentation()
    first = deck.slides.add_slide(deck.slide_layouts[1])
    first.shapes.title.text = "背景"
    first.placeholders[1].text = "人口の減少\n施設の老朽化"
    first.notes_slide.notes_text_frame.text = "ここで現状を説明する。"
    second = deck.slides.add_slide(deck.slide_layouts[5])
    second.shapes.title.text = "推移"
    data = CategoryChartData()  # type: ignore[no-untyped-call]
    data.categories = ["2019年", "2020年"]
    data.add_series("利用者数", (120, 95))  # type: ignore[no-untyped-call]
    second.shapes.add_chart(
        XL_CHART_TYPE.COLUMN_CLUSTERED, Emu(0), Emu(0), Emu(3_000_000), Emu(3_000_000), data
    )
    document = opened(tmp_path, "説明.pptx", saved(deck))
    assert ("2020年", "利用者数", "95") in cells(document)
    places = {place.span.of(document.text): (place.page, place.name) for place in document.places}
    assert places["・人口の減少"] == (1, "スライド 1")
    assert places["ここで現状を説明する。"] == (1, "スライド 1 ノート")
    assert places["95"] == (2, "スライド 2") or places["95"][0] == 2
    assert [section.path for section in document.sections] == [("背景",), ("推移",)]


def test_formulas_show_what_was_last_computed_and_macros_are_nothing(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet["A1"], sheet["B1"], sheet["A2"], sheet["B2"] = "項目", "値", "合計", "=SUM(1,2)"
    stream = io.BytesIO()
    book.save(stream)
    text = opened(tmp_path, "式.xlsm", stream.getvalue()).text
    assert "SUM" not in text
    assert "合計" in text


def test_a_word_file_with_macros_is_read_without_them(tmp_path: Path) -> None:
    made = docx.Document()
    made.add_paragraph("届出は三日前までに行う。")
    plain, types = saved(made), "[Content_Types].xml"
    with zipfile.ZipFile(io.BytesIO(plain)) as package:
        said = package.read(types).replace(
            b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
            b"application/vnd.ms-word.document.macroEnabled.main+xml",
        )
    data = hostile.repacked(plain, **{"[Content_Types]_dot_xml": said})
    assert opened(tmp_path, "届出.docm", data).text.strip() == "届出は三日前までに行う。"
