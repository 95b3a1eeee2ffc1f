"""Two runs of the same questions: did it get better, could that be chance, and which questions changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from eval.report import FIGURES, outcome

_RESAMPLES = 9999
_LESS_IS_BETTER = frozenset({"false_refusal", "length"})


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure over the questions that both runs have it for.

    :param p: probability of a mean difference this large if the two did not differ (two-sided sign-flip
        permutation test on the paired differences)
    """

    name: str
    before: float
    after: float
    n: int
    p: float

    @property
    def better(self) -> bool:
        """Whether the change is for the good."""
        return (self.after > self.before) != (self.name in _LESS_IS_BETTER)


@dataclass(frozen=True, slots=True)
class Changed:
    """A question that fared otherwise: what became of it, and what was answered, before and after."""

    id: str
    question: str
    verdicts: tuple[str, str]
    answers: tuple[str, str]


def read_run(path: Path) -> Mapping[str, Any]:
    """The report of a run, from its folder or its `report.json`.

    :raises OSError: there is none
    :raises ValueError: it is not a report
    """
    file = path / "report.json" if path.is_dir() else path
    found = json.loads(file.read_text(encoding="utf-8"))
    if not isinstance(found, dict) or "questions" not in found:
        raise ValueError(f"{file}: 評価報告ではありません。eval run が書いた report.json を指定してください")
    return found


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Every figure of questions that both runs were asked."""
    pairs = _paired(before, after)
    found = []
    for name in FIGURES:
        values = [
            (one["figures"][name], other["figures"][name])
            for one, other in pairs
            if name in one["figures"] and name in other["figures"]
        ]
        if values:
            first, second = np.array(values, dtype=float).T
            found.append(
                Difference(
                    name, float(first.mean()), float(second.mean()), len(values), _chance(second - first)
                )
            )
    return found


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Changed]:
    """The questions whose verdict is another, in the order of the second run."""
    return [
        Changed(
            one["id"], other["question"], (outcome(one), outcome(other)), (one["answer"], other["answer"])
        )
        for one, other in _paired(before, after)
        if outcome(one) != outcome(other)
    ]


def _paired(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[Any, Any]]:
    first = {question["id"]: question for question in before["questions"]}
    return [(first[other["id"]], other) for other in after["questions"] if other["id"] in first]


def _chance(difference: np.ndarray[Any, np.dtype[np.float64]]) -> float:
    if not difference.any():
        return 1.0
    found = stats.permutation_test(
        (difference,),
        lambda values, axis: values.mean(axis=axis),
        permutation_type="samples",
        n_resamples=_RESAMPLES,
        vectorized=True,
        rng=np.random.default_rng(0),
    )
    return float(found.pvalue)
