"""The metrics against examples worked out by hand."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.cases import Evidence, Quote
from eval.metrics import (
    LONGEST_QUOTE,
    answer_contains,
    character_f1,
    citation_precision,
    estimate,
    evidence_at,
    exact_match,
    expected_calibration_error,
    items_found,
    refusal_precision,
    refusal_recall,
    reliability,
    risk_coverage,
    risk_coverage_area,
)

PLACE = Evidence("規程.md", "申請は14日以内に行う")


def quote(text: str, document: str = "規程.md") -> Quote:
    return Quote(document, text)


def test_a_quote_holds_the_evidence_despite_wraps_marks_and_width() -> None:
    assert evidence_at([quote("…申請は**１４日\n\n 以内**に行う。")], [PLACE], 1)


def test_a_quote_of_part_of_the_evidence_does_not_hold_it() -> None:
    assert not evidence_at([quote("申請は14日以内")], [PLACE], 1)


def test_the_same_words_in_another_document_are_not_the_evidence() -> None:
    assert not evidence_at([quote(PLACE.text, "旧規程.md")], [PLACE], 1)


def test_a_quote_longer_than_500_characters_does_not_count() -> None:
    padded = PLACE.text + "あ" * (LONGEST_QUOTE - len(PLACE.text))
    assert evidence_at([quote(padded)], [PLACE], 1)
    assert not evidence_at([quote(padded + "あ")], [PLACE], 1)


def test_only_the_first_k_citations_are_looked_at() -> None:
    citations = [quote("別の話"), quote(PLACE.text)]
    assert not evidence_at(citations, [PLACE], 1)
    assert evidence_at(citations, [PLACE], 2)


def test_any_of_several_places_is_evidence_enough() -> None:
    other = Evidence("手引.md", "二週間のうちに申請")
    assert evidence_at([quote(PLACE.text)], [other, PLACE], 1)


def test_a_citation_that_covers_the_span_of_the_evidence_holds_it() -> None:
    place = Evidence("規程.md", "１４日", 10, 13)
    assert evidence_at([Quote("規程.md", "十四日", 8, 15)], [place], 1)
    assert not evidence_at([Quote("規程.md", "十四日", 11, 15)], [place], 1)


def test_citation_precision_is_the_share_of_citations_that_hold_evidence() -> None:
    citations = [quote("別の話"), quote(PLACE.text), quote("別の話"), quote(PLACE.text)]
    assert citation_precision(citations, [PLACE]) == 0.5
    assert citation_precision([], [PLACE]) == 0.0


@pytest.mark.parametrize(
    ("answer", "accepted", "contains"),
    [
        ("参加者は１，７００人です。", "1700人", True),
        ("投資額は約 800 億円", "800億円", True),
        ("合格率は23.1%", "23.1", True),
        ("合格率は123.1%", "23.1", False),
        ("1441講座", "44", False),
        ("44.5%", "44", False),
        ("ＩＣＴ政策", "ict", True),
        ("**44講座**", "44講座", True),
        ("", "44", False),
    ],
)
def test_an_answer_contains_an_accepted_one_but_never_half_a_number(
    answer: str, accepted: str, contains: bool
) -> None:
    assert answer_contains(answer, ["まったく別", accepted]) is contains


def test_the_items_of_a_list_are_counted() -> None:
    assert items_found("東京、大阪。", ["東京", "大阪", "福岡", "札幌"]) == 0.5


def test_character_f1_by_hand() -> None:
    # 東京都 and 東京駅 share 東 and 京: precision 2/3, recall 2/3.
    assert character_f1("東京都", ["東京駅"]) == pytest.approx(2 / 3)
    # Precision 2/7, recall 2/2.
    assert character_f1("東京にあります", ["東京。"]) == pytest.approx(2 * (2 / 7) / (2 / 7 + 1))
    assert character_f1("大阪", ["東京", "大阪府"]) == pytest.approx(2 * 1 * (2 / 3) / (1 + 2 / 3))
    assert character_f1("大阪", ["東京"]) == 0.0


def test_an_exact_match_forgives_width_space_and_punctuation_only() -> None:
    assert exact_match("「２０２１年」", ["2021年"]) == 1.0
    assert exact_match("2021年です", ["2021年"]) == 0.0


def test_refusals_by_hand() -> None:
    refused = [True, True, False, False, True]
    answerable = [False, True, False, True, False]
    assert refusal_recall(refused, answerable) == pytest.approx(2 / 3)
    assert refusal_precision(refused, answerable) == pytest.approx(2 / 3)
    assert math.isnan(refusal_precision([False], [True]))
    assert math.isnan(refusal_recall([False], [True]))


def test_risk_coverage_by_hand() -> None:
    coverage, risk = risk_coverage([0.9, 0.5, 0.7, 0.1], [True, True, False, False])
    assert coverage == [0.25, 0.5, 0.75, 1.0]
    assert risk == pytest.approx([0, 1 / 2, 1 / 3, 2 / 4])
    area = risk_coverage_area([0.9, 0.5, 0.7, 0.1], [True, True, False, False])
    assert area == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)


def test_answers_of_equal_confidence_count_the_same_in_any_order() -> None:
    assert risk_coverage_area([0.5, 0.5], [True, False]) == pytest.approx(0.5)
    assert risk_coverage_area([0.5, 0.5], [False, True]) == pytest.approx(0.5)


@given(st.lists(st.tuples(st.sampled_from([0.1, 0.4, 0.9]), st.booleans()), min_size=1), st.randoms())
def test_the_order_of_the_answers_does_not_change_the_area(
    answers: list[tuple[float, bool]], rng: random.Random
) -> None:
    shuffled = answers[:]
    rng.shuffle(shuffled)
    assert risk_coverage_area(*map(list, zip(*answers, strict=True))) == pytest.approx(
        risk_coverage_area(*map(list, zip(*shuffled, strict=True)))
    )


def test_calibration_error_by_hand() -> None:
    # Two answers at 0.95 with one right: gap 0.45; two at 0.25, one right: gap 0.25; half of each.
    error = expected_calibration_error([0.95, 0.95, 0.25, 0.25], [True, False, True, False])
    assert error == pytest.approx(0.5 * 0.45 + 0.5 * 0.25)
    assert expected_calibration_error([1.0, 0.0], [True, False]) == 0.0


def test_an_estimate_has_an_interval_around_its_mean_and_repeats() -> None:
    values = [0.0] * 30 + [1.0] * 70
    found = estimate(values)
    assert found.value == pytest.approx(0.7)
    assert 0.55 < found.low < 0.65 < 0.75 < found.high < 0.85
    assert estimate(values) == found
    assert estimate([1.0, 1.0]).low == 1.0
    assert estimate([]).n == 0


@given(st.text(), st.text(min_size=1))
def test_scores_of_any_text_stay_between_0_and_1(answer: str, wanted: str) -> None:
    assert 0.0 <= character_f1(answer, [wanted]) <= 1.0
    assert exact_match(answer, [answer]) == 1.0


def test_reliability_gives_each_bin_its_confidence_and_its_share_right() -> None:
    bins = reliability([0.95, 0.91, 0.15], [True, False, False])
    assert [(each["n"], each["right"]) for each in bins] == [(1, 0.0), (2, 0.5)]
    assert bins[1]["confidence"] == pytest.approx(0.93)
