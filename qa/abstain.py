"""Why it refused: how likely the best finding answers, and what to say when that is too little."""

from __future__ import annotations

import math
from dataclasses import dataclass

from qa.question import Question
from qa.reader import FEATURES, Finding, Findings, weights
from qa.terms import asked_about

# What tells a question that the documents answer from one they do not, beside the network's own word for it.
SIGNS = ("answerable", "whole", "absent", "fits", "list", "defines", "missing")
_AT = tuple(FEATURES.index(name) for name in SIGNS[:-1])
# How much the network's "no" can count, in log-odds. On prose it is right far below this; on laws and
# yes-or-no questions, which it was not trained on, it is as sure and wrong. The dev half tells no difference.
FLOOR = -3.0
# On the development half this refuses 60 % of the unanswerable and 2 % of the answerable (eval calibrate).
THRESHOLD = 0.36


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether to refuse, why in plain words, and the probability that the documents answer."""

    refused: bool
    reason: str
    confidence: float


def judge(question: Question, found: Findings) -> Verdict:
    """The verdict on the best finding."""
    if not question.folded:
        return Verdict(True, "質問が空です。知りたいことを文で入力してください。", 0.0)
    if not asked_about(question):
        return Verdict(True, "何についての質問かが分かりません。知りたいことを文で入力してください。", 0.0)
    if not found.best:
        return Verdict(True, "文書の中に、この質問に関わる記述が見つかりませんでした。", 0.0)
    confidence = probability(found.best[0], found)
    if confidence >= THRESHOLD and found.footing:
        return Verdict(False, "", confidence)
    return Verdict(True, _reason(found.missing), confidence)


def probability(finding: Finding, among: Findings | None = None) -> float:
    """How likely the finding's passage answers the question, or any passage of those it is `among`: 0–1."""
    *linear, bias = weights("confidence", (*SIGNS, "bias"))
    logit = bias + math.fsum(w * sign for w, sign in zip(linear, signs(finding, among), strict=True))
    return 1 / (1 + math.exp(-logit))


def signs(finding: Finding, among: Findings | None = None) -> tuple[float, ...]:
    """A finding's features in the order of `SIGNS`.

    `answerable` is the highest of those it is `among`; `missing` is 1 when a noun asked for stands nowhere.
    """
    answerable, *others = (finding.features[at] for at in _AT)
    if among is None:
        return (max(answerable, FLOOR), *others, 0.0)
    return (max(among.answerable, FLOOR), *others, float(bool(among.missing)))


def _reason(missing: tuple[str, ...]) -> str:
    if missing:
        words = "".join(f"「{word}」" for word in missing[:3])
        return f"文書の中に答えが見つかりませんでした。{words}にあたる記述がありません。"
    return "文書の中に、この質問に答える記述が見つかりませんでした。"
