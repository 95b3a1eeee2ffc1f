"""What a citation quotes: whole lines of the original, within one section, never more than a screenful."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.read import read
from qa import Tenkyo

TEXT = """第1章 総則

この要綱は、地域の図書館の運営について定める。

開館時間は午前9時から午後7時までとする。
休館日は毎週月曜日とする。
館長は、必要があると認めるときは、開館時間を変更することができる。

第2章 貸出し

次の各号に掲げる者は、図書を借りることができる。
(1) 市内に住所を有する者
(2) 市内に通勤する者
(3) 市内に通学する者

貸出しの期間は2週間とする。
"""


@pytest.fixture(scope="module")
def tenkyo(tmp_path_factory: pytest.TempPathFactory) -> Tenkyo:
    folder = tmp_path_factory.mktemp("quote")
    (folder / "要綱.txt").write_text(TEXT, encoding="utf-8")
    tenkyo = Tenkyo.open(folder / "ix")
    tenkyo.add(folder / "要綱.txt")
    return tenkyo


def test_a_quote_shows_the_block_its_sentence_stands_in(tenkyo: Tenkyo) -> None:
    citation = tenkyo.ask("休館日はいつですか").citations[0]
    assert "休館日は毎週月曜日とする。" in citation.quote
    assert "開館時間は午前9時" in citation.quote
    assert "第2章" not in citation.quote
    assert citation.section == ("第1章 総則",)


def test_a_list_is_quoted_with_the_line_that_announces_it(tenkyo: Tenkyo) -> None:
    answer = tenkyo.ask("図書を借りることができる者を挙げてください")
    for item in ("住所を有する者", "通勤する者", "通学する者"):
        assert item in answer.text
        assert item in answer.citations[0].quote
    assert answer.citations[0].section == ("第2章 貸出し",)


def test_a_long_line_is_quoted_within_the_limit_and_answered_within_two_hundred(tmp_path: Path) -> None:
    clause = "本計画の推進に当たっては、関係機関が相互に連携し、"
    (tmp_path / "長文.txt").write_text(
        clause * 20 + "計画の総額は78億円とし、" + clause * 20 + "着実に実施する。", encoding="utf-8"
    )
    tenkyo = Tenkyo.open(tmp_path / "ix")
    tenkyo.add(tmp_path / "長文.txt")
    answer = tenkyo.ask("計画の総額はいくらですか")
    text = read(tmp_path / "長文.txt").text
    assert len(answer.text) <= 200
    for citation in (*answer.citations, *answer.nearest):
        assert len(citation.quote) <= 500
        assert citation.quote == text[citation.start : citation.end]
    tenkyo.close()
