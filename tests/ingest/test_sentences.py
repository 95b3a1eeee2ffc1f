"""Sentences end where a reader ends them, whatever the wrapping."""

from __future__ import annotations

import itertools
import re

from hypothesis import given
from hypothesis import strategies as st

from ingest.document import Span
from ingest.sentences import sentences
from tests.ingest.documents import LAW, TEXTS, TOWN, WRAPPED


def words(text: str) -> list[str]:
    return [re.sub(r"\s", "", span.of(text)) for span in sentences(text, Span(0, len(text)))]


def test_a_hard_wrapped_sentence_is_one() -> None:
    assert (
        "ＩＣＴは、すべての社会・経済活動の基盤であり、経済成長のみならず、社会的課題や地球的課題の解決に貢献する"
        "ツールとして、その果たすべき役割は大きい。"
    ) in words(WRAPPED)


def test_a_full_stop_inside_brackets_ends_nothing() -> None:
    assert words("彼は「行く。必ず。」と言った。次である。") == [
        "彼は「行く。必ず。」と言った。",
        "次である。",
    ]


def test_a_bracket_that_never_closes_does_not_swallow_the_text() -> None:
    assert words("これは（未完。次の文。最後。") == ["これは（未完。", "次の文。", "最後。"]


def test_list_items_headings_and_rows_are_one_each_without_their_bullet() -> None:
    found = words(TOWN)
    assert "家電リサイクル法の対象品目は収集できません。" in found
    assert "マンションは指定場所" in found
    assert "注意事項" in found
    assert "自転車50016インチ以上" in found


def test_numbers_stay_in_the_sentence() -> None:
    assert "第二条の二（見出し）前条の規定は、準用する。" in words(LAW)


def test_only_the_asked_span_is_cut() -> None:
    text = "最初の文。二番目の文。三番目の文。"
    found = sentences(text, Span(3, 8))
    assert [span.of(text) for span in found] == ["文。", "二番目"]


@given(TEXTS)
def test_sentences_hold_every_word_once(text: str) -> None:
    found = sentences(text, Span(0, len(text)))
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))
    assert all(span.of(text) == span.of(text).strip() != "" for span in found)
    covered = {place for span in found for place in range(span.start, span.end)}
    left = "".join(character for place, character in enumerate(text) if place not in covered)
    assert not re.search(r"[ぁ-んァ-ンヴー一-鿿]", left.replace("〇", ""))


@given(TEXTS, st.integers(0, 300), st.integers(0, 300))
def test_sentences_of_a_span_stay_inside_it(text: str, start: int, length: int) -> None:
    span = Span(min(start, len(text)), min(start + length, len(text)))
    assert all(sentence in span for sentence in sentences(text, span))
