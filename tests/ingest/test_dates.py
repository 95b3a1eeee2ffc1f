"""Dates as a reader writes them, in either calendar."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.dates import dates, otherwise, years


def _found(text: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(mention.span.of(text), mention.terms) for mention in dates(text)]


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("令和3年9月1日", ("2021年", "2021年9月", "2021年9月1日")),
        ("令和３年９月１日", ("2021年", "2021年9月", "2021年9月1日")),
        ("R3.9.1", ("2021年", "2021年9月", "2021年9月1日")),
        ("Ｈ２５．９", ("2013年", "2013年9月")),
        ("平成元年", ("1989年",)),
        ("㍻２５年", ("2013年",)),
        ("平成 24 年度", ("2012年度", "2012年")),
        ("令和2（2020）年度", ("2020年度", "2020年")),
        ("昭和六十四年一月七日", ("1989年", "1989年1月", "1989年1月7日")),
        ("明治四十五年", ("1912年",)),
        ("T15.12.25", ("1926年", "1926年12月", "1926年12月25日")),
        ("2021年9月1日", ("2021年", "2021年9月", "2021年9月1日")),
        ("２０２０年", ("2020年",)),
        ("二〇二〇年五月", ("2020年", "2020年5月")),
        ("2019（令和元）年度", ("2019年度", "2019年")),
        ("2020/5", ("2020年", "2020年5月")),
        ("2020-05-29", ("2020年", "2020年5月", "2020年5月29日")),
        ("2021.1.25", ("2021年", "2021年1月", "2021年1月25日")),
        ("FY2020", ("2020年度", "2020年")),
    ],
)
def test_both_calendars_give_the_same_terms(text: str, terms: tuple[str, ...]) -> None:
    assert _found(f"（{text}）に") == [(text, terms)]


def test_every_date_of_a_sentence_is_found_in_order() -> None:
    text = "ミャンマー（H25.5）、ボツワナ（H25.7）は、平成\n24年度の事業で2012 年 2 月以降に始めた。"
    assert [quote for quote, _ in _found(text)] == ["H25.5", "H25.7", "平成\n24年度", "2012 年 2 月"]


def test_a_second_year_belongs_to_the_era_before_it() -> None:
    assert _found("平成28年度から30年度まで") == [
        ("平成28年度", ("2016年度", "2016年")),
        ("30年度", ("2018年度", "2018年")),
    ]
    assert [terms[0] for _, terms in _found("平成24・25年度、2018～2020年")] == [
        "2012年",
        "2013年度",
        "2018年",
        "2020年",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "R2-D2",
        "S3にS3.5を保存",
        "Society 5.0",
        "全体の1/3、5.0倍",
        "9月1日",
        "平成99年",
        "昭和65年",
        "令和0年",
        "2030年代",
        "2000年前",
        "2000年間",
        "12020年",
        "1,2020年",
        "2021.1",
        "2017-2022",
        "03-2020-1816",
        "https://example.jp/2020/5/1",
        "第2020号",
        "Win10.1.2",
    ],
)
def test_what_only_looks_like_a_date_is_none(text: str) -> None:
    assert _found(text) == []


def test_an_impossible_day_or_month_is_left_out() -> None:
    assert _found("2021年2月30日") == [("2021年2月", ("2021年", "2021年2月"))]
    assert _found("2020年13月") == [("2020年", ("2020年",))]
    assert _found("H25.13.1") == []


def test_the_years_of_terms_are_numbers_each_once() -> None:
    assert years(("2021年", "2021年9月", "2020年度")) == (2021, 2020)


@given(st.text(alphabet="令和平成昭RHS元年度月日0123456789０１二十〇./-（）() \n①㍻～、あ", max_size=60))
def test_any_text_gives_spans_in_order_whose_terms_name_a_year(text: str) -> None:
    mentions = dates(text)
    for mention in mentions:
        assert 0 <= mention.span.start < mention.span.end <= len(text)
        assert mention.terms
        assert all(year >= 1000 for year in years(mention.terms))
    assert [mention.span for mention in mentions] == sorted(mention.span for mention in mentions)


@pytest.mark.parametrize(
    ("written", "year", "other"),
    [
        ("2021年9月", 2021, "令和3年9月"),
        ("令和元年度", 2019, "2019年度"),
        ("2019年", 2019, "令和元年"),
        ("平成29年", 2017, "2017年"),
        ("1850年", 1850, "1850年"),
    ],
)
def test_a_year_is_said_in_the_other_calendar(written: str, year: int, other: str) -> None:
    assert otherwise(written, year) == other
