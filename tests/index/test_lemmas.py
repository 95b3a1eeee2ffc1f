"""Text becomes the same terms however it is written."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.lemmas import terms


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        ("取り組み", "取組"),
        ("コンピュータ", "コンピューター"),
        ("ICT", "ＩＣＴ"),
        ("iot", "ＩｏＴ"),
        ("6080億円", "６，０８０億円"),
        ("20.6%", "２０．６％"),
        ("20.6パーセント", "20.6%"),
        ("3つの戦略", "三つの戦略"),
        ("第4次産業革命", "第四次産業革命"),
        ("百二十社", "120社"),
        ("ﾃﾞｼﾞﾀﾙ庁", "デジタル庁"),
        ("発足しました", "発足する"),
        ("引き合わせ", "引合せ"),
    ],
)
def test_two_ways_of_writing_give_the_same_terms(asked: str, written: str) -> None:
    assert terms(asked) == terms(written) != []


def test_a_compound_is_found_by_itself_and_by_its_parts() -> None:
    assert {"デジタル", "庁", "デジタル|庁"} <= set(terms("デジタル庁が発足した"))


def test_part_of_a_long_compound_matches_inside_it() -> None:
    assert set(terms("情報処理推進機構")) <= set(terms("独立行政法人情報処理推進機構"))


def test_a_decimal_and_a_grouped_number_are_one_term_each() -> None:
    found = terms("売上は1,234,567円で伸びは20.6%だった")
    assert {"1234567", "20.6%"} <= set(found)
    assert not {"1", "234", "567", "20", "6"} & set(found)


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        ("2021年の予算", "令和3年予算"),
        ("2020年度", "令和２年度"),
        ("令和3年9月", "R3.9.1"),
        ("平成元年", "1989年"),
    ],
)
def test_a_year_is_found_in_either_calendar(asked: str, written: str) -> None:
    assert {term for term in terms(asked) if term.startswith("西暦")} & set(terms(written))


def test_a_list_of_numbers_is_not_one_number() -> None:
    assert {"3", "9", "1"} <= set(terms("3.9.1"))


@pytest.mark.parametrize("empty", ["", "  ", "それはですか？", "…！？", "ある事をする", "は", "ヶ"])
def test_words_of_any_text_are_not_terms(empty: str) -> None:
    assert terms(empty) == []


@pytest.mark.parametrize("character", ["二", "〇", "千", "9", "9,", "漢", "ア", "A", "年", "令和"])
def test_a_word_of_any_length_is_only_a_word(character: str) -> None:
    assert len(terms(character * 6000)) <= 12_000


@settings(max_examples=150, deadline=None)
@given(st.text())
def test_any_text_has_terms_without_white_space_or_capitals(text: str) -> None:
    for term in terms(text):
        assert term and term == term.casefold() and not any(character.isspace() for character in term)
