"""A cell knows its row and its column as a reader would say them."""

from __future__ import annotations

from hypothesis import given

from ingest.document import Table
from ingest.tables import tables
from tests.ingest.documents import MARKDOWN, TEXTS, TOWN


def values(text: str, table: Table) -> dict[tuple[str, str], str]:
    return {(cell.row, cell.column): cell.span.of(text) for cell in table.cells}


def test_tab_separated_rows_have_row_and_column() -> None:
    (table,) = tables(TOWN)
    assert values(TOWN, table)["ふとん", "手数料（円）"] == "300"
    assert table.caption == "手数料"


def test_markdown_rows_have_row_and_column() -> None:
    (table,) = tables(MARKDOWN)
    assert values(MARKDOWN, table)["メモリ", "値"] == "8 GB"


def test_two_header_rows_are_read_together_and_spans_filled_from_the_left() -> None:
    text = "結果\n\n業種\t実施率\t\t件数\n\t前回\t今回\t\n製造業\t70%\t56.1%\t12\n建設業\t61%\t41%\t7\n"
    (table,) = tables(text)
    found = values(text, table)
    assert found["建設業", "実施率 今回"] == "41%"
    assert found["製造業", "件数"] == "12"


def test_parts_of_a_total_that_slipped_left_find_their_column() -> None:
    text = (
        "(億円)\t一般会計\t\t\t合計\n\tうち、A\tうち、B\t\t\n"
        "令和2年度\t30\t10\t20\t99\n令和元年度\t27\t9\t18\t88\n"
    )
    (table,) = tables(text)
    found = values(text, table)
    assert found["令和2年度", "一般会計"] == "30"
    assert found["令和2年度", "一般会計 うち、A"] == "10"
    assert found["令和元年度", "一般会計 うち、B"] == "18"
    assert "億円" in table.caption


def test_a_blank_label_is_that_of_the_row_above() -> None:
    text = "設備\t償却\t控除\n機械\t30%\t3%\n\t\t5%\n器具\t30%\t3%\n"
    (table,) = tables(text)
    assert [cell.span.of(text) for cell in table.cells if cell.row == "機械"] == ["30%", "3%", "5%"]


def test_years_may_head_columns() -> None:
    text = "区分\t2019年度\t2020年度\n収入\t100\t110\n支出\t90\t95\n"
    (table,) = tables(text)
    assert values(text, table)["支出", "2020年度"] == "95"


def test_ragged_rows_survive() -> None:
    text = "区分\t件数\t率\n東京\t10\n大阪\t20\t5%\t余り\n"
    (table,) = tables(text)
    assert values(text, table)["東京", "件数"] == "10"


def test_a_unit_line_is_part_of_the_caption() -> None:
    text = "歳出の内訳\n（単位：百万円）\n区分\t予算\n人件費\t100\n物件費\t200\n"
    (table,) = tables(text)
    assert table.caption == "歳出の内訳 （単位：百万円）"


def test_names_and_what_belongs_to_them_need_no_header() -> None:
    text = "村井 純\t慶應義塾大学 教授\n松尾 豊\t東京大学 教授\n"
    (table,) = tables(text)
    assert values(text, table)["松尾 豊", ""] == "東京大学 教授"


def test_lines_with_wide_blanks_are_no_table() -> None:
    assert tables("左の欄　　　右の欄\n名前　　　住所\n") == ()


@given(TEXTS)
def test_cells_of_any_text_stand_in_their_table_without_outer_blanks(text: str) -> None:
    for table in tables(text):
        for cell in table.cells:
            assert cell.span in table.span
            assert cell.span.of(text) == cell.span.of(text).strip() != ""
