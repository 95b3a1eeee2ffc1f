"""Answers are judged and become a report: overall, by type, latency, every question with its verdict."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from eval.cases import Case, Given, Quote
from eval.metrics import (
    answer_contains,
    character_f1,
    citation_precision,
    estimate,
    evidence_at,
    exact_match,
    expected_calibration_error,
    holds,
    items_found,
    percentiles,
    reliability,
    risk_coverage,
    risk_coverage_area,
)

# Figures of the report in reading order, with what they mean.
FIGURES: Mapping[str, str] = {
    "evidence@1": "根拠が最初の引用",
    "evidence@3": "根拠が引用3件以内",
    "found@3": "同、拒否時の近傍を含む",
    "citation_precision": "引用のうち根拠の割合",
    "contains": "回答が正解を含む",
    "items": "列挙の再現率",
    "right": "正解かつ根拠3件以内",
    "f1": "文字F1",
    "exact": "完全一致",
    "length": "回答の長さ(字)",
    "false_refusal": "答えられる問いの拒否",
    "refused": "答えのない問いの拒否",
    "refusal_precision": "拒否の適合率",
    "verbatim": "引用が原文と一致",
}


# Not measured: what a language model thought of the answers, when one was asked.
JUDGED: Mapping[str, str] = {
    "judged_faithful": "引用に忠実（LLM判定）",
    "judged_complete": "正解を尽くす（LLM判定）",
}
# What a change must not make worse than its interval allows (tests/eval/test_tracked.py).
TRACKED = ("evidence@1", "evidence@3", "contains", "refused", "verbatim")
# What can become of a question, worst first.
OUTCOMES = ("誤答", "答えるべきでない", "誤って拒否", "一部正解", "正しく拒否", "正解")


@dataclass(frozen=True, slots=True)
class Verdict:
    """A case, what was answered, and its figures: one number for each measure that applies."""

    case: Case
    given: Given
    figures: Mapping[str, float]

    @property
    def right(self) -> bool:
        """Whether it was answered, could be, and the answer holds what was wanted."""
        return bool(self.figures.get("contains", 0.0))


def judge(case: Case, given: Given, texts: Mapping[str, str] | None = None) -> Verdict:
    """The verdict on one answer; `texts`, by file name, lets it check quotes against the originals."""
    figures: dict[str, float] = {}
    if given.abstained:
        figures["refusal_precision"] = float(not case.answerable)
    else:
        figures["length"] = len(given.text)
    checked = [quote for quote in given.citations + given.nearest if texts and quote.document in texts]
    if texts and checked:
        figures["verbatim"] = sum(_verbatim(quote, texts[quote.document]) for quote in checked) / len(checked)
    if case.answerable:
        figures |= _answerable(case, given)
    else:
        figures["refused"] = float(given.abstained)
    return Verdict(case, given, figures)


def _verbatim(quote: Quote, text: str) -> bool:
    return quote.start is not None and quote.end is not None and text[quote.start : quote.end] == quote.text


def _answerable(case: Case, given: Given) -> dict[str, float]:
    answer = "" if given.abstained else given.text
    citations = () if given.abstained else given.citations
    figures = {"false_refusal": float(given.abstained)}
    if case.evidence:
        figures["evidence@1"] = float(evidence_at(citations, case.evidence, 1))
        figures["evidence@3"] = float(evidence_at(citations, case.evidence, 3))
        figures["found@3"] = float(evidence_at(citations or given.nearest, case.evidence, 3))
        if citations:
            figures["citation_precision"] = citation_precision(citations, case.evidence)
    if case.all_of:
        figures["items"] = items_found(answer, case.all_of)
        figures["contains"] = float(figures["items"] == 1.0)
    elif case.answers:
        figures["contains"] = float(answer_contains(answer, case.answers))
    if case.answers:
        figures["f1"] = character_f1(answer, case.answers) if answer else 0.0
        figures["exact"] = exact_match(answer, case.answers) if answer else 0.0
    if "contains" in figures and "evidence@3" in figures:
        figures["right"] = figures["contains"] * figures["evidence@3"]
    return figures


def report(verdicts: Sequence[Verdict], about: Mapping[str, Any]) -> dict[str, Any]:
    """Everything measured, ready for JSON; `about` names the data set, split and what else was set."""
    kinds = sorted({verdict.case.type for verdict in verdicts})
    answered = [verdict for verdict in verdicts if not verdict.given.abstained]
    return {
        **about,
        "n": len(verdicts),
        "overall": _figures(verdicts)
        | {
            "risk_coverage_area": _number(risk_coverage_area(*_sure_and_right(verdicts))),
            "calibration_error": _number(expected_calibration_error(*_sure_and_right(answered))),
        },
        "by_type": {kind: _figures([v for v in verdicts if v.case.type == kind]) for kind in kinds},
        "latency_ms": _latency(verdicts),
        "curves": _curves(verdicts),
        "questions": [_question(verdict) for verdict in verdicts],
    }


def _curves(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """What the plots show: risk by coverage over all questions, reliability over those answered.

    An answer to a question that has none in the documents is wrong; a refusal is the last to be counted on.
    """
    coverage, risk = risk_coverage(*_sure_and_right(verdicts)) if verdicts else ([], [])
    answered = [verdict for verdict in verdicts if not verdict.given.abstained]
    return {
        "coverage": [round(value, 4) for value in coverage],
        "risk": [round(value, 4) for value in risk],
        "reliability": reliability(*_sure_and_right(answered)),
    }


def _sure_and_right(verdicts: Sequence[Verdict]) -> tuple[list[float], list[bool]]:
    return [verdict.given.confidence for verdict in verdicts], [verdict.right for verdict in verdicts]


def _figures(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    found: dict[str, Any] = {"n": len(verdicts)}
    for name in FIGURES:
        values = [verdict.figures[name] for verdict in verdicts if name in verdict.figures]
        if values:
            found[name] = {key: round(number, 4) for key, number in asdict(estimate(values)).items()}
    return found


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 4)


def _latency(verdicts: Sequence[Verdict]) -> dict[str, dict[str, float]]:
    stages: dict[str, list[float]] = {}
    for verdict in verdicts:
        for stage, milliseconds in verdict.given.timings_ms.items():
            stages.setdefault(stage, []).append(milliseconds)
    return {stage: percentiles(values) for stage, values in stages.items()}


def _question(verdict: Verdict) -> dict[str, Any]:
    case, given = verdict.case, verdict.given
    return {
        "id": case.id,
        "type": case.type,
        "question": case.question,
        "answerable": case.answerable,
        "wanted": list(case.all_of or case.answers),
        "answer": given.text,
        "abstained": given.abstained,
        "confidence": given.confidence,
        "figures": dict(verdict.figures),
        "evidence": [place.text for place in case.evidence],
        "quotes": [
            {
                "document": quote.document,
                "text": quote.text,
                "holds": any(holds(quote, place) for place in case.evidence),
            }
            for quote in given.citations
        ],
        "ms": given.timings_ms.get("total"),
    }


def outcome(question: Mapping[str, Any]) -> str:
    """What became of one question of a report, in a word of `OUTCOMES`."""
    figures = question["figures"]
    if not question["answerable"]:
        return "正しく拒否" if question["abstained"] else "答えるべきでない"
    if question["abstained"]:
        return "誤って拒否"
    if figures.get("contains", figures.get("evidence@3", 0.0)):
        return "正解"
    return "一部正解" if figures.get("evidence@3") or figures.get("items") else "誤答"
