"""Why it refused: how likely the best finding answers, and what to say when that is too little."""

from __future__ import annotations

import math
from dataclasses import dataclass

from qa.question import Question
from qa.reader import Finding, Findings, weights

# Refuses about half of the unanswerable and under a tenth of the answerable development questions.
THRESHOLD = 0.35


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether to refuse, why in plain words, and the probability that the best finding answers."""

    refused: bool
    reason: str
    confidence: float


def judge(question: Question, found: Findings) -> Verdict:
    """The verdict on the best finding."""
    if not question.folded:
        return Verdict(True, "質問が空です。知りたいことを文で入力してください。", 0.0)
    if not found.best:
        return Verdict(True, "文書の中に、この質問に関わる記述が見つかりませんでした。", 0.0)
    confidence = probability(found.best[0])
    if confidence >= THRESHOLD:
        return Verdict(False, "", confidence)
    return Verdict(True, _reason(found.missing), confidence)


def probability(finding: Finding) -> float:
    """How likely the finding answers the question: 0–1."""
    *linear, bias = weights("confidence")
    logit = bias + math.fsum(w * f for w, f in zip(linear, finding.features, strict=True))
    return 1 / (1 + math.exp(-logit))


def _reason(missing: tuple[str, ...]) -> str:
    if missing:
        words = "".join(f"「{word}」" for word in missing[:3])
        return f"文書の中に答えが見つかりませんでした。{words}にあたる記述がありません。"
    return "文書の中に、この質問に答える記述が見つかりませんでした。"
