"""The shipped questions are what they claim to be."""

from __future__ import annotations

from collections import Counter

import pytest

from eval.arguments import CORPUS, SHIPPED
from eval.cases import Case, read_cases
from eval.metrics import LONGEST_QUOTE, answer_contains, bare

CASES, BROKEN = read_cases(SHIPPED)
TALKS, BROKEN_TALKS = read_cases(SHIPPED.with_name("followup_ja.jsonl"))
OTHERS, BROKEN_OTHERS = read_cases(SHIPPED.with_name("others_ja.jsonl"))
TUNED, BROKEN_TUNED = read_cases(SHIPPED.with_name("calibration_ja.jsonl"))
FOLDERS = ("others", "calibration")
FILES = [*CORPUS.glob("*.txt"), *(file for name in FOLDERS for file in SHIPPED.with_name(name).iterdir())]
TEXTS = {path.name: path.read_text(encoding="utf-8") for path in FILES}


def test_every_line_can_be_used() -> None:
    assert BROKEN == BROKEN_TALKS == BROKEN_OTHERS == BROKEN_TUNED == []
    assert len(CASES) == len(SHIPPED.read_text(encoding="utf-8").splitlines()) >= 220


def test_ids_and_questions_are_unique() -> None:
    every = [*CASES, *TALKS, *OTHERS, *TUNED]
    assert len({case.id for case in every}) == len(every)
    assert len({bare(case.question) for case in CASES}) == len(CASES)


ANSWERABLE = [case for case in [*CASES, *TALKS, *OTHERS, *TUNED] if case.answerable]


@pytest.mark.parametrize("case", ANSWERABLE, ids=lambda case: case.id)
def test_all_evidence_stands_in_its_document_character_for_character(case: Case) -> None:
    assert case.evidence and (case.answers or case.all_of)
    for place in case.evidence:
        assert place.text in TEXTS[place.document]
        assert len(place.text) <= LONGEST_QUOTE


def test_every_item_of_a_list_stands_in_its_evidence() -> None:
    for case in CASES:
        evidence = "\n".join(place.text for place in case.evidence)
        missing = [item for item in case.all_of if not answer_contains(evidence, [item])]
        assert not missing, (case.id, missing)


def test_unanswerable_questions_have_neither_answers_nor_evidence() -> None:
    without = [case for case in CASES if not case.answerable]
    assert len(without) >= 50
    assert not any(case.answers or case.all_of or case.evidence for case in without)
    assert {case.type for case in without} == {"unanswerable"}


def test_the_halves_hold_as_many_questions_of_every_type() -> None:
    halves = Counter((case.type, case.split) for case in CASES)
    assert {split for _, split in halves} == {"dev", "test"}
    for kind in {case.type for case in CASES}:
        assert abs(halves[kind, "dev"] - halves[kind, "test"]) <= 1
    assert abs(sum(n if split == "dev" else -n for (_, split), n in halves.items())) <= 1


def test_a_conversation_lies_in_one_half_and_begins_with_a_whole_question() -> None:
    halves = {(case.conversation, case.split) for case in TALKS}
    assert len({conversation for conversation, _ in halves}) == len(halves) >= 10
    begun: set[str | None] = set()
    for case in TALKS:
        assert case.type == ("followup" if case.conversation in begun else "first")
        begun.add(case.conversation)


def test_no_question_is_a_line_copied_from_the_documents() -> None:
    everything = bare("".join(TEXTS.values()))
    assert not [case.id for case in CASES if bare(case.question) in everything]
