"""Columns that only spaces hold apart are tables, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.read import read


def cells(folder: Path, text: str) -> list[tuple[str, str, str]]:
    file = folder / "表.txt"
    file.write_text(text, encoding="utf-8")
    document = read(file)
    return [
        (cell.row, cell.column, cell.span.of(document.text))
        for table in document.tables
        for cell in table.cells
    ]


def test_a_table_spaced_out_has_its_headers(tmp_path: Path) -> None:
    rows = (
        "役職　　　日当（国内）　　宿泊料",
        "部長　　　3,000円　　　　12,000円",
        "課長　　　2,500円　　10,000円",
    )
    text = "\n".join(rows)
    assert ("課長", "宿泊料", "10,000円") in cells(tmp_path, text)


def test_two_columns_are_names_and_their_values(tmp_path: Path) -> None:
    text = "本庁      8:30～17:15\n北支所    9:00～16:00\n南支所    10:00～15:00\n"
    assert ("北支所", "", "9:00～16:00") in cells(tmp_path, text)


@pytest.mark.parametrize(
    "text",
    [
        "第１章　総則\n第２章　旅費\n第３章　雑則\n",
        "山田　太郎　様\n平素は格別の　ご高配を　賜り\n厚く御礼　申し　上げます\n",
        "本文の一行です。　次の文です。\nさらに続く。　　まだ続く。\n",
    ],
)
def test_headings_names_and_prose_are_no_tables(tmp_path: Path, text: str) -> None:
    assert cells(tmp_path, text) == []
