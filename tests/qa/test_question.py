"""A question's kind, its count, and the other names of what it mentions."""

from __future__ import annotations

import pytest

from qa.question import Kind, aliases, expansions, fits, understand


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
