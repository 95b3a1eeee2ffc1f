"""Chooses the reader's weights and the confidence curve on dev questions; writes qa/models/weights.json.

    python -m eval calibrate --dataset eval/datasets/corpus_ja.jsonl --index .tenkyo \\
      --dataset eval/datasets/calibration_ja.jsonl --index .calibration --squad jaquad_dev.json

Ranking: listwise softmax over all places of a question (Cao et al. 2007, ListNet's top-one loss).
Confidence: Platt scaling on the best place, whether the question can be answered at all.
Only the dev half of a dataset is read.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import tempfile
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from tqdm import tqdm

from index import Index
from qa.abstain import FLOOR, SIGNS
from qa.quote import quotes
from qa.reader import FEATURES, Finding, Findings
from qa.tenkyo import Tenkyo

Floats = NDArray[np.float64]
_TARGET = Path(__file__).parents[1] / "qa" / "models" / "weights.json"
# What each feature should do before any question is seen: a hundred questions are few, so the weights are
# drawn towards these and not towards nothing.
_PRIOR: dict[str, float] = {
    "own": 3.0,
    "context": 2.0,
    "whole": 1.0,
    "key": 0.5,
    "absent": -1.0,
    "fits": 1.0,
    "rank": 2.0,
    "heading": -1.5,
    "defines": 1.0,
    "pair": -0.7,
    "cell": 0.5,
    "list": 1.5,
    "counted": 1.5,
    "alike": 1.0,
    "answerable": 0.5,
    "span": 1.5,
    "brief": -0.5,
}
# How the signs weigh against each other, in their order: the network's log-odds count as they are.
_SIGNS = (1.0, 3.0, -2.5, 0.5, 2.0, 2.0, -1.5)
_SQUAD_WEIGHT = 0.3
# A question keeps this many of its places: all right ones and the hardest of the others.
_KEPT = 60


@dataclass(frozen=True, slots=True)
class Case:
    """One question's places: features (n, d), right or not (n,), and whether it can be answered."""

    features: Floats
    right: NDArray[np.bool_]
    answerable: bool
    weight: float
    likeliest: float
    missing: float


def main(argv: list[str] | None = None) -> int:
    """Fit both heads and write them."""
    parser = argparse.ArgumentParser(prog="python -m eval.calibrate", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--dataset",
        type=Path,
        action="append",
        required=True,
        help="questions in the format of eval/datasets",
    )
    parser.add_argument(
        "--index",
        type=Path,
        action="append",
        required=True,
        help="index that the dataset before it asks about",
    )
    parser.add_argument(
        "--squad", type=Path, help="SQuAD-shaped development file: clean prose beside the dataset"
    )
    parser.add_argument("--limit", type=int, default=300, help="questions taken from --squad (default 300)")
    parser.add_argument("--out", type=Path, default=_TARGET)
    options = parser.parse_args(argv)
    if len(options.dataset) != len(options.index):
        parser.error("each --dataset needs an --index")
    cases = []
    for dataset, index in zip(options.dataset, options.index, strict=True):
        cases += dataset_cases(dataset, Tenkyo.open(index))
    if options.squad:
        cases += squad_cases(options.squad, options.limit)
    ranking = fit_ranking([case for case in cases if case.right.any()])
    confidence = fit_confidence(cases, ranking)
    report(cases, ranking, confidence)
    table = {
        "ranking": dict(zip(FEATURES, ranking.round(4).tolist(), strict=True)),
        "confidence": dict(zip((*SIGNS, "bias"), confidence.round(4).tolist(), strict=True)),
    }
    options.out.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    return 0


def dataset_cases(path: Path, tenkyo: Tenkyo) -> list[Case]:
    """Cases of the dataset's dev half: a place is right when its quote holds the evidence."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    cases = []
    for line in tqdm([line for line in lines if line["split"] == "dev"], desc="dataset"):
        evidence = [_bare(item["text"]) for item in line.get("evidence", [])] if line["answerable"] else []
        accepted = [_bare(text) for text in line.get("answers", [])]

        def right(finding: Finding, evidence: list[str] = evidence, accepted: list[str] = accepted) -> bool:
            text = finding.place.passage.document.text
            quote = _bare(quotes(finding.place)[0].of(text))
            own = _bare(finding.place.header + finding.place.span.of(text))
            held = any(item in quote or quote in item for item in evidence)
            return held and (finding.place.form == "list" or any(answer in own for answer in accepted))

        cases.append(_case(tenkyo.findings(line["question"]), right, line["answerable"], 1.0))
    return cases


def squad_cases(path: Path, limit: int) -> list[Case]:
    """Cases from a SQuAD file, each asked twice: with its passage in reach, and without it."""
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    folder = Path(tempfile.mkdtemp())
    asked = []
    for number, paragraph in enumerate(p for article in data["data"] for p in article["paragraphs"]):
        (folder / f"{number}.txt").write_text(paragraph["context"], encoding="utf-8")
        asked += [(f"{number}.txt", qa) for qa in paragraph["qas"]]
    tenkyo = Tenkyo(Index.open(folder / "index"))
    tenkyo.add(folder)
    ids = {document.name: document.id for document in tenkyo.documents()}
    cases = []
    for name, qa in tqdm(random.Random(0).sample(asked, min(limit, len(asked))), desc="squad"):
        accepted = {_bare(answer["text"]) for answer in qa["answers"]}

        def right(finding: Finding, name: str = name, accepted: set[str] = accepted) -> bool:
            document = finding.place.passage.document
            return document.name == name and any(
                a in _bare(finding.place.span.of(document.text)) for a in accepted
            )

        cases.append(_case(tenkyo.findings(qa["question"]), right, True, _SQUAD_WEIGHT))
        elsewhere = [document_id for other, document_id in ids.items() if other != name]
        found = tenkyo.findings(qa["question"], elsewhere)
        cases.append(_case(found, lambda finding: False, False, _SQUAD_WEIGHT))
    return cases


def _case(found: Findings, right: Any, answerable: bool, weight: float) -> Case:
    findings = found.best
    marks = [right(finding) for finding in findings]
    kept = [i for i, mark in enumerate(marks) if mark or i < _KEPT]
    features = np.array([findings[i].features for i in kept], dtype=np.float64).reshape(
        len(kept), len(FEATURES)
    )
    return Case(
        features,
        np.array([marks[i] for i in kept], dtype=bool),
        answerable,
        weight,
        found.answerable,
        float(bool(found.missing)),
    )


def fit_ranking(cases: list[Case], l2: float = 0.01) -> Floats:
    """Weights (d,) that maximise the log-probability of the right places."""

    prior = np.array([_PRIOR[name] for name in FEATURES])

    def loss(w: Floats) -> tuple[float, Floats]:
        away = w - prior
        total, slope = l2 * float(away @ away), 2 * l2 * away
        for case in cases:
            scores = case.features @ w
            scores -= scores.max()
            p = np.exp(scores) / np.exp(scores).sum()
            held = p[case.right].sum() + 1e-12
            q = np.where(case.right, p / held, 0.0)
            share = case.weight / len(cases)
            total -= share * float(np.log(held))
            slope += share * ((p - q) @ case.features)
        return total, slope

    return np.asarray(minimize(loss, prior, jac=True, method="L-BFGS-B").x)


def fit_confidence(cases: list[Case], ranking: Floats) -> Floats:
    """Weights and bias of the probability that the documents answer the question at all.

    The signs' proportions stay as `_SIGNS` has them; their scale and the bias are fitted (Platt 1999).
    """
    x, y, weight = _tops([case for case in cases if case.weight == 1.0], ranking)
    direction = np.array(_SIGNS)
    sure = x[:, :-1] @ direction

    def loss(v: Floats) -> float:
        z = v[0] * sure + v[1]
        return float(weight @ (np.logaddexp(0, z) - y * z) / weight.sum())

    scale, bias = minimize(loss, np.array([1.0, 0.0]), method="Nelder-Mead").x
    return np.append(scale * direction, bias)


def _tops(cases: list[Case], ranking: Floats) -> tuple[Floats, Floats, Floats]:
    """For each question the signs of its best place and 1, whether it can be answered, and its weight."""
    at = [FEATURES.index(name) for name in SIGNS[:-1]]
    rows, marks, weights = [], [], []
    for case in cases:
        if len(case.features):
            row = case.features[int((case.features @ ranking).argmax()), at]
            row[0] = max(case.likeliest, FLOOR)
            rows.append(np.append(row, [case.missing, 1.0]))
            marks.append(float(case.answerable))
            weights.append(case.weight)
    return np.array(rows), np.array(marks), np.array(weights)


def report(cases: list[Case], ranking: Floats, confidence: Floats) -> None:
    """Print how often the best place is right and what each threshold refuses."""
    for name, weight in (("dataset", 1.0), ("squad", _SQUAD_WEIGHT)):
        some = [case for case in cases if case.weight == weight and len(case.features)]
        if not some:
            continue
        x, y, _ = _tops(some, ranking)
        p = 1 / (1 + np.exp(-(x @ confidence)))
        able = [case for case in some if case.answerable]
        first = np.mean([case.right[(case.features @ ranking).argmax()] for case in able])
        held = np.mean([case.right.any() for case in able])
        print(f"{name}: n={len(some)}, right place among the candidates {held:.3f}, first {first:.3f}")
        for threshold in np.quantile(p[y == 1], [0.03, 0.05, 0.08, 0.1, 0.15]):
            refused = p < threshold
            print(
                f"  threshold {threshold:.3f}: refuses {refused[y == 0].mean():.3f} of the unanswerable, "
                f"{refused[y == 1].mean():.3f} of the answerable"
            )


def _bare(text: str) -> str:
    """Text without what does not count when comparing: width, white space, Markdown marks, commas."""
    return re.sub(r"[\s*,、]|</?u>|<br>", "", unicodedata.normalize("NFKC", text))


if __name__ == "__main__":
    raise SystemExit(main())
