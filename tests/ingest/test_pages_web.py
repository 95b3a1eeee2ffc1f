"""Web pages, separated values and e-mails."""

from __future__ import annotations

from pathlib import Path

from ingest.document import Document
from ingest.read import read


def opened(tmp_path: Path, name: str, data: bytes) -> Document:
    (tmp_path / name).write_bytes(data)
    return read(tmp_path / name)


PAGE = """<!DOCTYPE html><html><head><meta charset="{charset}"><title>ごみの出し方｜市</title>
<script>var x = "秘密";</script></head><body>
<header><a href="/">市のホーム</a></header><nav><ul><li><a href="/a">くらし</a></li></ul></nav>
<div id="main"><h1>ごみの出し方</h1>
<p>燃える<ruby>塵<rp>(</rp><rt>ごみ</rt><rp>)</rp></ruby>は、<b>月曜日</b>と
木曜日に出します。<br>袋は指定のものです。</p>
<div style="display: none">隠れた文</div>
<h2>手数料</h2><ol start="3"><li>申し込む</li><li>シールを貼る</li></ol>
<table><caption>料金</caption><thead><tr><th>種類</th><th>大</th><th>小</th></tr></thead>
<tr><th>机</th><td>800円</td><td>400円</td></tr></table></div>
<footer>著作権</footer></body></html>"""


def test_a_page_is_its_main_content(tmp_path: Path) -> None:
    for charset in ("utf-8", "shift_jis", "euc-jp"):
        document = opened(tmp_path, f"{charset}.html", PAGE.format(charset=charset).encode(charset))
        assert document.title == "ごみの出し方"
        assert "燃える塵は、月曜日と木曜日に出します。\n袋は指定のものです。" in document.text
        assert "3. 申し込む\n4. シールを貼る" in document.text
        assert not [
            word for word in ("ホーム", "くらし", "秘密", "隠れた", "著作権") if word in document.text
        ]
        assert [section.path for section in document.sections] == [
            ("ごみの出し方",),
            ("ごみの出し方", "手数料"),
        ]
        cells = [(c.row, c.column, c.span.of(document.text)) for c in document.tables[0].cells]
        assert cells == [("机", "大", "800円"), ("机", "小", "400円")]
        assert document.tables[0].caption == "料金"


def test_separated_values_are_a_table_whatever_separates_them(tmp_path: Path) -> None:
    for name, data in (
        ("表.csv", '区分,課長,係員\n日当,"2,600円","2,200円"\n'.encode("cp932")),
        ("表.tsv", "区分\t課長\t係員\n日当\t2,600円\t2,200円\n".encode("utf-8-sig")),
        ("セミ.csv", "区分;課長;係員\n日当;2,600円;2,200円\n".encode()),
    ):
        document = opened(tmp_path, name, data)
        found = {(c.row, c.column): c.span.of(document.text) for c in document.tables[0].cells}
        assert found == {("日当", "課長"): "2,600円", ("日当", "係員"): "2,200円"}
        assert document.title == name.partition(".")[0]
        assert [place.name for place in document.places][-1] == "2行3列"


def test_an_email_is_its_headers_and_its_text(tmp_path: Path) -> None:
    mail = (
        b"From: =?ISO-2022-JP?B?GyRCOzNFRBsoQg==?= <a@example.jp>\nTo: x@example.jp\n"
        b"Subject: =?UTF-8?B?5Lya6K2w44Gu5pel56iL?=\nDate: Mon, 1 Jun 2020 10:00:00 +0900\n"
        b"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n"
        b"Content-Type: text/plain; charset=iso-2022-jp\n\n"
    ) + "会議は六月三日に開きます。\n".encode("iso2022_jp")
    mail += (
        b'--b\nContent-Type: application/pdf\nContent-Disposition: attachment; filename="a.pdf"\n\nx\n--b--\n'
    )
    document = opened(tmp_path, "会議.eml", mail)
    assert (document.title, document.issued) == ("会議の日程", "2020年6月1日")
    assert "差出人：山田" in document.text
    assert "会議は六月三日に開きます。" in document.text
    assert document.health.notes == ("添付ファイルは読んでいません（a.pdf）",)
