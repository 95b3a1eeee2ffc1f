"""Follow-up questions are made whole from the turns before."""

from __future__ import annotations

import pytest

from qa.followup import resolve
from qa.question import understand


@pytest.mark.parametrize(
    ("first", "second", "whole"),
    [
        ("デジタル庁とは何ですか", "それはいつ発足しますか", "デジタル庁はいつ発足しますか"),
        ("デジタル庁とは何ですか", "いつからですか？", "デジタル庁はいつからですか?"),
        ("令和2年度の予算額はいくらですか", "では令和元年度は？", "令和元年度の予算額はいくらですか"),
        ("情報銀行とは何ですか", "その課題は何ですか", "情報銀行の課題は何ですか"),
        ("製造業のテレワーク実施率は何％ですか", "小売業は？", "小売業のテレワーク実施率は何%ですか"),
        ("西地区の燃やすごみの収集日は", "東地区は？", "東地区の燃やすごみの収集日は"),
        ("西地区の燃やすごみの収集日は", "資源ごみは？", "西地区の資源ごみの収集日は"),
    ],
)
def test_what_is_left_out_is_filled_in(first: str, second: str, whole: str) -> None:
    assert resolve(second, [understand(first)]) == whole


@pytest.mark.parametrize("question", ["未踏事業の目的は何ですか？", "情報銀行とは？", "DXの定義"])
def test_a_question_that_stands_alone_is_left_as_it_is(question: str) -> None:
    assert resolve(question, [understand("デジタル庁とは何ですか")]) == question


def test_the_first_question_is_left_as_it_is() -> None:
    assert resolve("それはいつですか", []) == "それはいつですか"
