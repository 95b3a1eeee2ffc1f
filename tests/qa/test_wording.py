"""A question is read in the calendar of the passage."""

from __future__ import annotations

import pytest

from qa.wording import as_said


@pytest.mark.parametrize(
    ("question", "passage", "said"),
    [
        ("2021年の何月ですか", "令和3年9月1日に発足した。", "令和3年の何月ですか"),
        ("令和元年度の予算は", "2019年度の予算は1億円である。", "2019年度の予算は"),
        ("2021年の何月ですか", "2021年(令和3年)に発足した。", "2021年の何月ですか"),
        ("2021年の何月ですか", "平成30年に発足した。", "2021年の何月ですか"),
        ("いつですか", "令和3年", "いつですか"),
    ],
)
def test_a_year_is_put_as_the_passage_has_it(question: str, passage: str, said: str) -> None:
    assert as_said(question, passage) == said
