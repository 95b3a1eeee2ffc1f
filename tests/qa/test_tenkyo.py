"""From documents to answers: what a user of the Python API relies on, on the five documents and on others."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.errors import UnusableIndex
from qa import Answer, Tenkyo

CORPUS = Path(__file__).parents[2] / "corpus"


@pytest.fixture(scope="module")
def tenkyo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenkyo]:
    tenkyo = Tenkyo.open(tmp_path_factory.mktemp("index") / "ix")
    tenkyo.add(CORPUS)
    yield tenkyo
    tenkyo.close()


def _verbatim(tenkyo: Tenkyo, answer: Answer) -> None:
    for citation in (*answer.citations, *answer.nearest):
        text = tenkyo.document(citation.document_id).text
        assert citation.quote == text[citation.start : citation.end]
        assert 0 < len(citation.quote) <= 500


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("デジタル庁はいつ発足しますか", "令和3年9月1日"),
        ("デジタル庁が発足するのは２０２１年の何月何日ですか", "9月1日"),
        ("ITパスポート試験の合格率はいくらですか", "51.7"),
    ],
)
def test_a_fact_or_a_cell_is_answered_shortly_with_its_source(
    tenkyo: Tenkyo, question: str, expected: str
) -> None:
    answer = tenkyo.ask(question)
    assert not answer.abstained
    assert expected in unicodedata.normalize("NFKC", answer.text)
    assert len(answer.text) <= 200
    assert expected in unicodedata.normalize("NFKC", answer.citations[0].quote)
    assert [citation.n for citation in answer.citations] == list(range(1, len(answer.citations) + 1))
    assert len(answer.citations) <= 3
    _verbatim(tenkyo, answer)


def test_a_list_question_gets_all_its_items(tenkyo: Tenkyo) -> None:
    answer = tenkyo.ask("6つの戦略を挙げてください")
    items = ("SDGs達成", "データ・ガバナンス", "AI/IoT", "サイバーセキュリティ", "海外展開", "イノベーション")
    for item in items:
        assert item in answer.text
    _verbatim(tenkyo, answer)


def test_every_statement_names_a_citation_and_bold_words_stand_in_the_text(tenkyo: Tenkyo) -> None:
    answer = tenkyo.ask("デジタル庁はいつ発足しますか")
    numbers = {citation.n for citation in answer.citations}
    assert answer.statements
    assert {statement.citation for statement in answer.statements} <= numbers
    assert "\n".join(statement.span.of(answer.text) for statement in answer.statements) == answer.text
    for span in answer.highlights:
        assert span.of(answer.text).strip()


@pytest.mark.parametrize("question", ["", "　 ", "カレーのおいしい作り方は？", "ペンギンの体重は何kgですか"])
def test_what_the_documents_do_not_hold_is_refused_with_no_claim(tenkyo: Tenkyo, question: str) -> None:
    answer = tenkyo.ask(question)
    assert answer.abstained
    assert answer.citations == ()
    assert "nearest" in answer.to_dict()
    _verbatim(tenkyo, answer)


def test_a_search_stays_within_the_documents_asked_for(tenkyo: Tenkyo) -> None:
    first = tenkyo.documents()[0]
    answer = tenkyo.ask("デジタル化の取組は何ですか", documents=[first.id])
    assert {c.document_id for c in (*answer.citations, *answer.nearest)} == {first.id}


def test_a_follow_up_knows_the_turn_before(tenkyo: Tenkyo) -> None:
    chat = tenkyo.conversation()
    chat.ask("デジタル庁とは何ですか")
    answer = chat.ask("それはいつ発足しますか")
    assert "デジタル庁" in answer.question
    assert "9月1日" in answer.text


_words = st.sampled_from(
    [
        *("デジタル庁", "予算", "令和元年", "2019年", "とは", "何", "いつ", "合格率", "ＩＣＴ", "５Ｇ"),
        *("※", "\n", "\t", "（", "」", "%", "🗾", "ｶﾞ", "<b>", "**"),
    ]
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.lists(_words, max_size=8).map("".join), st.text(max_size=40)))
def test_whatever_is_asked_every_quote_is_the_original(tenkyo: Tenkyo, question: str) -> None:
    _verbatim(tenkyo, tenkyo.ask(question))


def test_one_bad_file_costs_only_itself(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "良い.txt").write_text("第1章 概要\n\n事業の予算は12億円である。\n", encoding="cp932")
    (folder / "空.txt").write_bytes(b"")
    (folder / "画像.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4)
    tenkyo = Tenkyo.open(tmp_path / "ix")
    reports = tenkyo.add(folder, tmp_path / "ない")
    assert sorted(report.status for report in reports) == ["added", "failed", "failed", "failed"]
    for report in reports:
        assert "\n" not in report.message
        assert (report.status == "failed") == bool(report.message)
    answer = tenkyo.ask("事業の予算はいくらですか")
    assert "12億円" in answer.text
    assert answer.citations[0].document == "良い.txt"
    tenkyo.close()


def test_an_unchanged_file_is_left_a_changed_one_replaced_a_removed_one_gone(tmp_path: Path) -> None:
    file = tmp_path / "計画.txt"
    file.write_text("施設の開館時間は午前9時である。", encoding="utf-8")
    tenkyo = Tenkyo.open(tmp_path / "ix")
    assert [report.status for report in tenkyo.add(file)] == ["added"]
    assert [report.status for report in tenkyo.add(file)] == ["unchanged"]
    file.write_text("施設の開館時間は午前10時である。", encoding="utf-8")
    assert [report.status for report in tenkyo.add(file)] == ["updated"]
    assert len(tenkyo.documents()) == 1
    assert "10時" in tenkyo.ask("施設の開館時間はいつですか").text
    assert [document.name for document in tenkyo.remove("計画.txt")] == ["計画.txt"]
    assert tenkyo.ask("施設の開館時間はいつですか").abstained
    tenkyo.close()


def test_a_folder_that_is_not_an_index_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "メモ").write_text("索引ではない", encoding="utf-8")
    with pytest.raises(UnusableIndex):
        Tenkyo.open(tmp_path / "メモ")


def test_the_row_named_as_it_stands_is_read_and_not_its_opposite(tmp_path: Path) -> None:
    (tmp_path / "ごみ.txt").write_text(
        "ごみの収集\n\n種類\t収集日\n燃やすごみ\t月曜日と木曜日\n燃やさないごみ\t第2水曜日\n",
        encoding="utf-8",
    )
    tenkyo = Tenkyo.open(tmp_path / "index")
    tenkyo.add(tmp_path / "ごみ.txt")
    assert "第2水曜日" in tenkyo.ask("燃やさないごみの収集日は何曜日ですか").text.split("\n")[0]
    assert "月曜日" in tenkyo.ask("燃やすごみの収集日は何曜日ですか").text.split("\n")[0]


def test_a_question_that_is_no_text_is_a_programmers_mistake(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        Tenkyo.open(tmp_path / "index").ask(None)  # type: ignore[arg-type]
