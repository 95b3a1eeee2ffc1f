"""Pure metrics: numbers from answers and what should have been answered. Nothing is read or asked here."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from eval.cases import Evidence, Quote

LONGEST_QUOTE = 500  # characters: a longer quote leaves the searching to the reader, so it does not count
_MARKS = re.compile(r"</?(?:u|b|i|sup|sub|br)\s*/?>|[*`|#$\u200b\ufeff]|[\ue000-\uf8ff]", re.IGNORECASE)
_SPACE = re.compile(r"\s+")
_COMMA = re.compile(r"(?<=\d),(?=\d)")


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean with its bootstrap interval, over `n` questions."""

    value: float
    low: float
    high: float
    n: int


def bare(text: str) -> str:
    """`text` after NFKC, lower case, without white space and Markdown marks."""
    return _SPACE.sub("", _MARKS.sub("", unicodedata.normalize("NFKC", text))).lower()


def _bare_answer(text: str) -> str:
    return _COMMA.sub("", bare(text))


def holds(quote: Quote, evidence: Evidence) -> bool:
    """Whether one citation of at most 500 characters shows the evidence, by its words or by its place."""
    if quote.document != evidence.document or len(quote.text) > LONGEST_QUOTE:
        return False
    if bare(evidence.text) in bare(quote.text):
        return True
    places = (quote.start, quote.end, evidence.start, evidence.end)
    start, end, wanted_start, wanted_end = places
    if start is None or end is None or wanted_start is None or wanted_end is None:
        return False
    return start <= wanted_start and wanted_end <= end


def evidence_at(citations: Sequence[Quote], evidence: Sequence[Evidence], k: int) -> bool:
    """Whether one of the first `k` citations holds any of the evidence."""
    return any(holds(quote, place) for quote in citations[:k] for place in evidence)


def citation_precision(citations: Sequence[Quote], evidence: Sequence[Evidence]) -> float:
    """The share of citations that hold some evidence, 0–1; 0 without citations."""
    if not citations:
        return 0.0
    return sum(any(holds(quote, place) for place in evidence) for quote in citations) / len(citations)


def answer_contains(answer: str, answers: Sequence[str]) -> bool:
    """Whether any accepted answer stands in `answer`; a number only whole, never inside another."""
    text = _bare_answer(answer)
    return any(_whole(_bare_answer(wanted), text) for wanted in answers)


def items_found(answer: str, items: Sequence[str]) -> float:
    """The share of a list's items that stand in `answer`, 0–1."""
    return sum(answer_contains(answer, (item,)) for item in items) / len(items)


def _whole(wanted: str, text: str) -> bool:
    if not wanted:
        return False
    before = r"(?<!\d)(?<!\d\.)" if wanted[0].isdigit() else ""
    after = r"(?!\d)(?!\.\d)" if wanted[-1].isdigit() else ""
    return re.search(before + re.escape(wanted) + after, text) is not None


def _squad(text: str) -> str:
    return "".join(c for c in _bare_answer(text) if not unicodedata.category(c).startswith("P"))


def exact_match(answer: str, answers: Sequence[str]) -> float:
    """1.0 when `answer` is one of `answers` but for width, case, white space and punctuation, else 0.0."""
    return float(any(_squad(answer) == _squad(wanted) for wanted in answers))


def character_f1(answer: str, answers: Sequence[str]) -> float:
    """F1 of shared characters with the nearest of `answers`, 0–1: SQuAD's F1 with characters as its words."""
    return max((_f1(_squad(answer), _squad(wanted)) for wanted in answers), default=0.0)


def _f1(given: str, wanted: str) -> float:
    shared = sum((Counter(given) & Counter(wanted)).values())
    if not shared:
        return float(given == wanted)
    precision, recall = shared / len(given), shared / len(wanted)
    return 2 * precision * recall / (precision + recall)


def refusal_recall(refused: Sequence[bool], answerable: Sequence[bool]) -> float:
    """Of the unanswerable questions, the share refused, 0–1; nan where there are none."""
    hits = [r for r, a in zip(refused, answerable, strict=True) if not a]
    return sum(hits) / len(hits) if hits else float("nan")


def refusal_precision(refused: Sequence[bool], answerable: Sequence[bool]) -> float:
    """Of the refusals, the share on unanswerable questions, 0–1; nan where nothing was refused."""
    hits = [not a for r, a in zip(refused, answerable, strict=True) if r]
    return sum(hits) / len(hits) if hits else float("nan")


def risk_coverage(confidence: Sequence[float], right: Sequence[bool]) -> tuple[list[float], list[float]]:
    """Coverages and, at each, the share of wrong answers when the surest are answered first.

    Answers of equal confidence count by their mean, so their order does not matter.
    """
    sure = np.asarray(confidence, dtype=float)
    wrong = 1.0 - np.asarray(right, dtype=float)
    order = np.argsort(-sure, kind="stable")
    _, group = np.unique(-sure[order], return_inverse=True)
    mean = np.bincount(group, weights=wrong[order]) / np.bincount(group)
    count = np.arange(1, len(sure) + 1)
    risk = np.cumsum(mean[group]) / count
    return (count / len(sure)).tolist(), risk.tolist()


def risk_coverage_area(confidence: Sequence[float], right: Sequence[bool]) -> float:
    """The mean risk over all coverages, 0–1, lower is better; nan without answers."""
    if not len(confidence):
        return float("nan")
    return float(np.mean(risk_coverage(confidence, right)[1]))


def expected_calibration_error(confidence: Sequence[float], right: Sequence[bool], bins: int = 10) -> float:
    """Mean distance between confidence and share right over equal-width bins, 0–1; nan without answers."""
    sure = np.asarray(confidence, dtype=float)
    hit = np.asarray(right, dtype=float)
    if not len(sure):
        return float("nan")
    place = np.clip((sure * bins).astype(int), 0, bins - 1)
    gaps = [abs(sure[place == b].sum() - hit[place == b].sum()) for b in range(bins)]
    return float(sum(gaps) / len(sure))


def reliability(confidence: Sequence[float], right: Sequence[bool], bins: int = 10) -> list[dict[str, float]]:
    """Mean confidence and share right of each bin that holds answers, and how many it holds."""
    sure, hit = np.asarray(confidence, dtype=float), np.asarray(right, dtype=float)
    place = np.clip((sure * bins).astype(int), 0, bins - 1)
    return [
        {"n": int(held.sum()), "confidence": float(sure[held].mean()), "right": float(hit[held].mean())}
        for held in (place == b for b in range(bins))
        if held.any()
    ]


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """p50, p95 and p99 of `values`, in their unit."""
    return {f"p{q}": round(float(np.percentile(values, q)), 1) for q in (50, 95, 99)}


def estimate(values: Sequence[float]) -> Estimate:
    """The mean with its 95 % percentile bootstrap interval (1,000 resamples, fixed seed)."""
    if not len(values):
        return Estimate(float("nan"), float("nan"), float("nan"), 0)
    sample = np.asarray(values, dtype=float)
    mean = float(sample.mean())
    if len(sample) < 2 or np.ptp(sample) == 0:
        return Estimate(mean, mean, mean, len(sample))
    rng = np.random.default_rng(0)
    interval = stats.bootstrap(
        (sample,), np.mean, n_resamples=1000, method="percentile", vectorized=True, rng=rng
    ).confidence_interval
    return Estimate(mean, float(interval.low), float(interval.high), len(sample))
