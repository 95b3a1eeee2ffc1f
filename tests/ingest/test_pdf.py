"""PDF pages as people print them: columns, vertical writing, furigana, running heads, tables, scans."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from ingest.document import Document, Span
from ingest.errors import UnreadableFile
from ingest.pages.repair import broken, repaired
from ingest.places import boxes, place_at
from ingest.read import read
from ingest.readers import ocr
from tests.ingest import formats, hostile

Print = Callable[..., Document]
LEFT = "左の段の文章は、上から下まで読み終えてから右の段に移るのが正しい順序である。"
RIGHT = "右の段の文章は、左の段をすべて読み終えたあとに読まれなければならない。"


@pytest.fixture
def printed(browser: Browser, tmp_path: Path) -> Print:
    def make(body: str, header: str = "", footer: str = "") -> Document:
        file = tmp_path / "文書.pdf"
        file.write_bytes(formats.printed(browser, formats.PRINTED + body, header, footer))
        return read(file)

    return make


def test_columns_are_read_one_after_the_other(printed: Print) -> None:
    columns = "column-count:2;column-gap:2em;height:200px;column-fill:auto"
    text = printed(f"<h2>段組み</h2><div style='{columns}'>{LEFT * 6}<br>{RIGHT * 4}</div>").text
    assert LEFT * 6 in text
    assert RIGHT * 4 in text


def test_vertical_writing_is_read_from_the_right(printed: Print) -> None:
    page = "<style>body{writing-mode:vertical-rl;font-family:'Noto Serif CJK JP'}</style>"
    upright = "<span style='text-combine-upright:all'>12</span>"
    first = "この条例は、令和12年四月一日から施行する。「かぎ」と（かっこ）を含む。"
    second = "ただし、第三条の規定は、公布の日から起算して六月を経過した日から施行する。"
    document = printed(f"{page}<p>{first.replace('12', upright)}</p><p>{second * 3}</p>")
    assert first in document.text
    assert second * 3 in document.text
    assert document.text.index(first) < document.text.index(second)
    page_number, (left, top, right, bottom) = boxes(document.places, Span(0, 5))[0]
    assert page_number == 1
    assert right - left < bottom - top  # five characters under one another


def test_furigana_stays_out_of_the_words(printed: Print) -> None:
    text = printed(
        "<p>国民の<ruby>権<rt>けん</rt>利<rt>り</rt></ruby>と<ruby>義務<rt>ぎむ</rt></ruby>を定める。</p>"
    ).text
    assert "国民の権利と義務を定める。" in text
    assert "けん" not in text


@pytest.mark.parametrize("writing", ["horizontal-tb", "vertical-rl"])
def test_kanji_that_give_way_to_long_readings_stay_one_word(printed: Print, writing: str) -> None:
    style = f"<style>body{{writing-mode:{writing};font-family:'Noto Serif CJK JP'}}</style>"
    long = "市の<ruby>条例<rt>じょうれい</rt></ruby>と<ruby>承諾書<rt>しょうだくしょ</rt></ruby>を添える。"
    text = printed(f"{style}<p>{long * 6}</p>").text
    assert "市の条例と承諾書を添える。" in text


def test_running_heads_and_page_numbers_are_dropped(printed: Print) -> None:
    pages = "".join(
        f"<p style='break-after:page'>第{n}の事項について定める文章である。</p>" for n in "一二三四"
    )
    number = "<span class=pageNumber></span> / <span class=totalPages></span>"
    document = printed(pages, header="市政の手引き（案）", footer=number)
    assert "市政の手引き" not in document.text
    assert "/" not in document.text
    assert document.health.pages == 4
    found = document.text.index("第三の事項")
    place = place_at(document.places, found)
    assert place is not None and place.page == 3


def test_a_quote_has_the_boxes_of_its_lines_on_the_page(printed: Print) -> None:
    document = printed(f"<p>{LEFT}{RIGHT}</p>")
    start = document.text.index(RIGHT)
    found = boxes(document.places, Span(start, start + len(RIGHT)))
    assert len(found) == 2
    assert all(page == 1 and 0 <= box[0] < box[2] <= 595.5 and box[1] < box[3] <= 842 for page, box in found)
    assert found[0][1][0] > found[1][1][0]  # begins in the middle of a line


def test_merged_cells_and_wrapped_ones_keep_their_words_whole(printed: Print) -> None:
    cells = (
        "<tr><td>地区</td><td>燃えるごみ</td><td style='width:4em'>資源ごみの収集日</td></tr>"
        "<tr><td rowspan=2>東部</td><td>月曜日</td><td style='width:4em'>第二金曜日の朝八時</td></tr>"
        "<tr><td>木曜日</td><td>火曜日</td></tr><tr><td style='width:8em;text-align-last:justify'>西部</td>"
        "<td>水曜日</td><td>土曜日</td></tr>"
    )
    document = printed(f"<table>{cells}</table>")
    found = [(c.row, c.column, c.span.of(document.text)) for t in document.tables for c in t.cells]
    assert ("東部", "資源ごみの収集日", "第二金曜日の朝八時") in found
    assert ("東部", "燃えるごみ", "木曜日") in found
    assert ("西部", "資源ごみの収集日", "土曜日") in found


def test_a_table_without_rules_is_told_by_its_columns(printed: Print) -> None:
    rows = [("年度", "件数", "金額"), ("2019年度", "120件", "350万円"), ("2020年度", "98件", "310万円")]
    cells = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    style = "<style>td{border:none!important;padding:2px 40px!important}</style>"
    document = printed(f"{style}<p>実績は次のとおりである。</p><table>{cells}</table>")
    found = [(c.row, c.column, c.span.of(document.text)) for t in document.tables for c in t.cells]
    assert ("2020年度", "金額", "310万円") in found


def test_rows_of_numbers_are_no_columns_of_text(printed: Print) -> None:
    rows = [("試験区分", "応募者数", "受験者数", "合格者数", "合格率")]
    rows += [(f"第{n}種技術者試験", f"{n}7,172", f"{n}5,187", f"{n},221", f"{n}1.7") for n in range(1, 9)]
    lines = "".join(
        f"<pre style='margin:0;tab-size:14;font-family:inherit'>{'&#9;'.join(row)}</pre>" for row in rows
    )
    document = printed(f"<p>実施状況は次のとおりである。</p>{lines}")
    found = {(c.row, c.column): c.span.of(document.text) for t in document.tables for c in t.cells}
    assert found["第3種技術者試験", "合格率"] == "31.7"
    assert found["第8種技術者試験", "応募者数"] == "87,172"


def test_a_table_runs_on_over_the_page(printed: Print) -> None:
    rows = "".join(f"<tr><td>第{n}地区</td><td>{n * 3}世帯</td><td>{n * 7}人</td></tr>" for n in range(1, 70))
    head = "<thead><tr><td>地区</td><td>世帯数</td><td>人口</td></tr></thead>"
    for table in (f"<table>{head}{rows}</table>", f"<table>{head.replace('thead', 'tbody')}{rows}</table>"):
        document = printed(f"<p>地区ごとの人口は次のとおり。</p>{table}")
        assert document.health.pages and document.health.pages > 1
        (found,) = document.tables
        cells = {(cell.row, cell.column): cell for cell in found.cells}
        last = cells["第69地区", "人口"]
        assert last.span.of(document.text) == "483人"
        place = place_at(document.places, last.span.start)
        assert place is not None and place.page == document.health.pages


def test_the_outline_of_a_file_names_its_headings(tmp_path: Path, browser: Browser) -> None:
    said = "本文がここに書かれている。" * 6
    page = browser.new_page()
    page.set_content(
        formats.as_html(
            [("h1", "全体の題"), ("h2", "はじめの節"), ("p", said), ("h3", "細目の話"), ("p", said)],
            formats.PRINTED,
        )
    )
    (tmp_path / "目次.pdf").write_bytes(page.pdf(format="A4", outline=True, tagged=True))
    page.close()
    assert [section.path for section in read(tmp_path / "目次.pdf").sections] == [
        ("全体の題",),
        ("全体の題", "はじめの節"),
        ("全体の題", "はじめの節", "細目の話"),
    ]


def test_what_broken_fonts_say_is_put_right() -> None:
    said = "䛣䛾䝯䝰䛿䚸䝕䝆䝍䝹䛻䛴䛔䛶䛾䜒䛾䛷䛩䚹"
    assert broken(said)
    assert "".join(map(repaired, said)) == "このメモは、デジタルについてのものです。"
    assert not broken("㐂久屋の㑨という字は、めったに使われない漢字です。")


def test_what_cannot_be_opened_says_why(tmp_path: Path, browser: Browser) -> None:
    whole = formats.printed(browser, "<p>本文</p>")
    for name, data, reason in (
        ("切れた.pdf", whole[:400], "壊れています"),
        ("違う.pdf", b"hello", "PDF ではありません"),
        ("白紙.pdf", hostile.pages(2), "文字のあるページがありません"),
    ):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(UnreadableFile, match=reason):
            read(tmp_path / name)


def scanned(browser: Browser) -> bytes:
    """A PDF of one page that is only a picture."""
    page = browser.new_page(viewport={"width": 800, "height": 500}, device_scale_factor=3)
    page.set_content(f"{formats.PRINTED}<p style='font-size:24px'>図書館は月曜日に休館します。</p>")
    picture = page.screenshot()
    page.close()
    from PIL import Image

    stream = io.BytesIO()
    Image.open(io.BytesIO(picture)).convert("L").save(stream, "PDF", resolution=216)
    return stream.getvalue()


def test_a_scan_is_recognised_or_says_which_package_is_missing(tmp_path: Path, browser: Browser) -> None:
    file = tmp_path / "スキャン.pdf"
    file.write_bytes(scanned(browser))
    if "jpn" in ocr.languages():
        document = read(file)
        assert "休館" in document.text.replace(" ", "")
        assert any("文字認識" in note for note in document.health.notes)
    else:
        with pytest.raises(UnreadableFile, match="apt install tesseract-ocr"):
            read(file)
