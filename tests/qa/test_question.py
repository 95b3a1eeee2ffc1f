"""A question's kind, its count, and the other names of what it mentions."""

from __future__ import annotations

import pytest

from qa.evidence import defines, footnotes
from qa.question import Kind, aliases, expansions, fits, understand
from qa.terms import asked_about, numbered, words


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("デジタル庁はいつ発足しますか", Kind.WHEN),
        ("会議は何年何月に開かれましたか？", Kind.WHEN),
        ("開催場所はどこですか", Kind.WHERE),
        ("座長は誰ですか", Kind.WHO),
        ("予算額はいくらですか", Kind.AMOUNT),
        ("被害額は何億ドルですか", Kind.AMOUNT),
        ("応募者は何人いましたか", Kind.COUNT),
        ("合格率は何％ですか", Kind.RATE),
        ("回答率はどのくらいですか", Kind.RATE),
        ("なぜ見直しが必要なのですか", Kind.WHY),
        ("情報銀行とは何ですか", Kind.DEFINITION),
        ("RPAって何？", Kind.DEFINITION),
        ("６つの戦略を挙げてください", Kind.LIST),
        ("三つの原則は何ですか", Kind.LIST),
        ("どのような課題がありますか", Kind.LIST),
        ("補助の対象となる経費はどんなものですか", Kind.LIST),
        ("中心として挙げられた場所はどこですか", Kind.WHERE),
        ("CAGRは何を意味しますか", Kind.DEFINITION),
        ("担当する局の名前を教えて", Kind.OTHER),
    ],
)
def test_the_kind_follows_from_the_words_of_asking(text: str, kind: Kind) -> None:
    assert understand(text).kind is kind


@pytest.mark.parametrize(
    ("text", "count"),
    [("６つの戦略は", 6), ("三つの原則とは", 3), ("十二の施策は", None), ("課題は何ですか", None)],
)
def test_a_list_question_says_how_many_items_it_wants(text: str, count: int | None) -> None:
    assert understand(text).count == count


def test_names_declared_by_the_document_are_found() -> None:
    text = "情報処理推進機構(以下「IPA」という。)は、デジタル・トランスフォーメーション(DX)を進める。"
    assert ("情報処理推進機構", "IPA") in aliases(text)
    assert ("デジタル・トランスフォーメーション", "DX") in aliases(text)


def test_a_remark_in_brackets_is_not_a_name() -> None:
    assert aliases("世耕大臣(当時)と産業界の代表(五名)が会った。") == []


def test_a_short_name_in_the_question_brings_the_long_one() -> None:
    passage = "独立行政法人情報処理推進機構(以下「IPA」という。)が実施する。"
    assert expansions("IPAは何をしますか", [passage]) == ("独立行政法人情報処理推進機構",)
    assert expansions("ITUは何をしますか", ["情報技術(IT)の利用"]) == ()


@pytest.mark.parametrize(
    ("asked", "text", "how"),
    [
        ("デジタル庁はいつ発足しますか", "令和3年9月1日に発足", 1),
        ("デジタル庁はいつ発足しますか", "デジタル庁を発足", -1),
        ("予算額はいくらですか", "予算は30.4億円", 1),
        ("地デジ日本方式は何カ国で採用されていますか", "既に16カ国の市場を獲得", 1),
        ("地デジ日本方式は何カ国で採用されていますか", "既に6億人の市場を獲得", -1),
        ("担当する局の名前を教えて", "なんでも", 0),
    ],
)
def test_an_answer_has_the_shape_its_question_asks_for(asked: str, text: str, how: int) -> None:
    assert fits(understand(asked), text) == how


@pytest.mark.parametrize(
    ("question", "text", "fit"),
    [
        ("収集は何曜日ですか", "毎週月・木曜日", 1.0),
        ("収集は何曜日ですか", "令和3年4月1日から", -1.0),
        ("受付は何時までですか", "8:30~17:15", 1.0),
        ("受付は何時までですか", "令和3年4月1日から", -1.0),
        ("開始は何年ですか", "午前9時から", -1.0),
    ],
)
def test_a_question_of_time_wants_the_unit_it_names(question: str, text: str, fit: float) -> None:
    assert fits(understand(question), text) == fit


@pytest.mark.parametrize(
    "question", ["？", "。。。", "それは？", "何ですか", "いつですか", "111つは何ですか", "教えて"]
)
def test_a_question_about_nothing_is_known_as_such(question: str) -> None:
    assert not asked_about(understand(question))


@pytest.mark.parametrize("question", ["市長は誰", "ハンコは要る？", "DXとは", "何が書かれていますか"])
def test_a_short_question_is_about_something(question: str) -> None:
    assert asked_about(understand(question))


def test_an_article_or_a_meeting_is_known_by_its_number_in_any_digits() -> None:
    assert numbered(understand("第３条は何を定めていますか")) <= words("第三条（目的）")
    assert not numbered(understand("第6弾の選定地域は")) <= words("第1弾、第2弾")


def test_an_abbreviation_is_defined_by_the_words_whose_initials_it_is() -> None:
    assert defines(understand("CAGRとは"), "* Compound Average Growth Rate: 年平均成長率")
    assert not defines(understand("CAGRとは"), "CAGR* 26%")


def test_a_note_is_found_by_the_mark_behind_the_name() -> None:
    assert footnotes(understand("INCOSEとは"), "関連団体(INCOSE※1、SIC※2等)") == ("※1",)
    assert footnotes(understand("INCOSEとは"), "INCOSEと連携する※1") == ()
