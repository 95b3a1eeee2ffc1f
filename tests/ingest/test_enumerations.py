"""A list is one thing: all its items, and the line that announces it."""

from __future__ import annotations

from hypothesis import given

from ingest.document import Enumeration
from ingest.enumerations import enumerations
from ingest.sections import sections
from tests.ingest.documents import LAW, MANUAL, MARKDOWN, TEXTS, TOWN


def lists(text: str) -> list[Enumeration]:
    return list(enumerations(text, sections(text)))


def words(text: str) -> list[list[str]]:
    return [[item.of(text) for item in listed.items] for listed in lists(text)]


def test_numbered_steps_are_a_list_led_by_the_sentence_before() -> None:
    listed = next(listed for listed in lists(MANUAL) if listed.items[0].of(MANUAL) == "ブラウザを開く")
    assert len(listed.items) == 3
    assert listed.lead is not None and listed.lead.of(MANUAL) == "以下の手順でログインする。"


def test_nested_items_stay_inside_the_item_above() -> None:
    listed = next(
        listed for listed in lists(TOWN) if len(listed.items) == 2 and "家電" in listed.items[0].of(TOWN)
    )
    assert "玄関先" in listed.items[1].of(TOWN)
    assert ["マンションは指定場所", "戸建ては玄関先"] in words(TOWN)
    steps = next(items for items in words(MARKDOWN) if items[0] == "ダウンロードする")
    assert len(steps) == 3 and "Mac" in steps[1]


def test_the_items_of_a_law_are_a_list() -> None:
    assert ["氏名により特定の個人を識別することができるもの", "個人識別符号が含まれるもの"] in words(LAW)


def test_sibling_headings_are_a_list_led_by_the_heading_above() -> None:
    text = "3つの戦略\n\n1. 人材戦略\n\n育てる。\n\n2. 基盤戦略\n\n作る。\n\n3. 国際戦略\n\n世界に出る。\n"
    listed = next(listed for listed in lists(text) if listed.items[0].of(text) == "人材戦略")
    assert [item.of(text) for item in listed.items] == ["人材戦略", "基盤戦略", "国際戦略"]
    assert listed.lead is not None and listed.lead.of(text) == "3つの戦略"


def test_counting_down_is_a_list_too() -> None:
    text = "原則は次のとおり。\n3. 浸透\n2. 柔軟\n1. 安全\n"
    assert ["浸透", "柔軟", "安全"] in words(text)


def test_items_inside_a_sentence_are_a_list() -> None:
    text = "課題として、①戦略が欠如していること、②市場が偏っていること及び③決定が遅いこと等が挙げられる。"
    assert ["戦略が欠如していること", "市場が偏っていること", "決定が遅いこと"] in words(text)


def test_an_item_keeps_its_wrapped_line() -> None:
    text = "対象：\n・国内に住所を有し、申請の日において満十八歳以上で\n  収入が一定以下のもの\n・学生\n"
    assert words(text)[0][0].endswith("収入が一定以下のもの")


def test_one_item_is_no_list() -> None:
    assert lists("・これだけ\n\n本文である。\n") == []


@given(TEXTS)
def test_items_of_any_text_are_in_order_and_inside_their_list(text: str) -> None:
    for listed in lists(text):
        assert len(listed.items) >= 2
        assert all(item in listed.span for item in listed.items)
        assert all(a.start < b.start for a, b in zip(listed.items, listed.items[1:], strict=False))
        assert 0 <= listed.span.start <= listed.span.end <= len(text)
        if listed.lead is not None:
            assert 0 <= listed.lead.start <= listed.lead.end <= len(text)
