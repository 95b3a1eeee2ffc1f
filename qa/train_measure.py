"""How well a trained reader reads, ranks and refuses; and its calibration, on development questions."""

from __future__ import annotations

import random
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from qa.features import Tokens, encode, windows
from qa.network import QUESTION, STEP, WINDOW, ReaderNetwork, best_spans
from qa.train_data import Asked, neighbours, squad

Floats = NDArray[np.float64]


def plain(text: str) -> str:
    """What EM and F1 compare: NFKC, lower case, no white space, quotation marks or full stops."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return "".join(c for c in folded if not c.isspace() and c not in "「」『』。、\"'“”")


def exact_and_f1(found: str, answers: Sequence[str]) -> tuple[float, float]:
    """Exact match and the F1 of characters with the best of the answers, each 0 to 1."""
    best_em = best_f1 = 0.0
    mine = plain(found)
    for answer in map(plain, answers):
        shared = sum((Counter(mine) & Counter(answer)).values())
        f1 = 2 * shared / (len(mine) + len(answer)) if mine and answer else float(mine == answer)
        best_em, best_f1 = max(best_em, float(mine == answer)), max(best_f1, f1)
    return best_em, best_f1


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Questions of a SQuAD-shaped file with their paragraphs tokenised."""

    paragraphs: list[str]
    passages: list[Tokens]
    asked: list[Asked]
    questions: list[Tokens]

    @classmethod
    def of(cls, path: Path, limit: int | None, seed: int = 0) -> Evaluation:
        paragraphs, _, asked = squad(path)
        random.Random(seed).shuffle(asked)
        asked = asked[:limit]
        return cls(
            paragraphs, [encode(p) for p in paragraphs], asked, [encode(a.question)[:QUESTION] for a in asked]
        )

    def reading(self, reader: ReaderNetwork) -> dict[str, float]:
        """EM and F1 (percent) of the spans marked in the gold paragraphs."""
        order = sorted(range(len(self.asked)), key=lambda n: len(self.passages[self.asked[n].paragraph]))
        results = []
        for k in range(0, len(order), 32):
            part = order[k : k + 32]
            wins = [
                (n, w) for n in part for w in windows(self.passages[self.asked[n].paragraph], WINDOW, STEP)
            ]
            scores = reader.scores([self.questions[n] for n, _ in wins], [w for _, w in wins])
            best: dict[int, tuple[float, str]] = {}
            for (n, w), sure, spans in zip(
                wins, scores.answerable.tolist(), best_spans(scores.start, scores.end, 1), strict=True
            ):
                if n not in best or sure > best[n][0]:
                    first, last, _ = spans[0]
                    text = self.paragraphs[self.asked[n].paragraph]
                    best[n] = (sure, text[int(w.starts[first]) : int(w.ends[last])])
            for n in part:
                text = self.paragraphs[self.asked[n].paragraph]
                results.append(exact_and_f1(best[n][1], [text[a:b] for a, b in self.asked[n].answers]))
        em, f1 = 100 * np.mean(np.array(results), axis=0)
        return {"em": round(float(em), 1), "f1": round(float(f1), 1), "n": len(results)}

    def judged(self, reader: ReaderNetwork, k: int = 10) -> tuple[Floats, NDArray[np.int64]]:
        """Log-odds (questions, k + 1) and labels: 1 gold, 0 other, −1 another that holds the answer's words.

        The k first by BM25, best first, then the gold paragraph when it is not among them (else nan).
        """
        found = neighbours(self.passages, self.questions, k)
        logits, labels = np.full((len(self.asked), k + 1), np.nan), np.full((len(self.asked), k + 1), -1)
        for n, one in enumerate(self.asked):
            ranked = [int(f) for f in found[n]]
            ranked += [] if one.paragraph in ranked else [one.paragraph]
            text = self.paragraphs[one.paragraph]
            words = [text[a:b] for a, b in one.answers]
            scores = reader.scores(
                [self.questions[n]] * len(ranked), [self.passages[r][:WINDOW] for r in ranked]
            )
            for place, (r, logit) in enumerate(zip(ranked, scores.answerable.tolist(), strict=True)):
                logits[n, place] = logit
                held = any(w in self.paragraphs[r] for w in words)
                labels[n, place] = 1 if r == one.paragraph else -1 if held else 0
        return logits, labels


def calibrate(logits: Floats, labels: NDArray[np.int64]) -> tuple[float, float]:
    """Slope and offset that make the log-odds honest, by logistic regression."""
    kept = (labels >= 0) & ~np.isnan(logits)
    x, y = torch.tensor(logits[kept], dtype=torch.float64), torch.tensor(labels[kept], dtype=torch.float64)
    line = torch.tensor([1.0, 0.0], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([line], max_iter=100)

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        value = F.binary_cross_entropy_with_logits(line[0] * x + line[1], y)
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    slope, offset = line.detach().tolist()
    return float(slope), float(offset)


def area(positive: Floats, negative: Floats) -> float:
    """Area under the ROC curve."""
    return float(
        np.mean(positive[:, None] > negative[None]) + 0.5 * np.mean(positive[:, None] == negative[None])
    )


def judging(logits: Floats, labels: NDArray[np.int64], line: tuple[float, float]) -> dict[str, object]:
    """Ranking, calibration and refusal of the passages that BM25 found."""
    sure = 1 / (1 + np.exp(-(line[0] * logits + line[1])))
    kept = (labels >= 0) & ~np.isnan(logits)
    p, y = sure[kept], labels[kept]
    bins = np.minimum((p * 10).astype(int), 9)
    ece = sum(abs(p[bins == b].mean() - y[bins == b].mean()) * np.mean(bins == b) for b in set(bins.tolist()))
    first = np.where(np.isnan(logits[:, :-1]), -np.inf, logits[:, :-1])
    top = first.argmax(1)
    own = labels[:, :-1]
    rows = np.arange(len(labels))
    within = own.max(1) == 1
    answerable = np.where(own >= 0, sure[:, :-1], 0).max(1)[within]
    refusable = np.where(own == 0, sure[:, :-1], 0).max(1)
    at = {share: float(np.quantile(answerable, share)) for share in (0.05, 0.08, 0.15)}
    return {
        "auc_passages": round(area(p[y == 1], p[y == 0]), 4),
        "ece": round(float(ece), 4),
        "recall@1_bm25": round(float(np.mean(own[:, 0] == 1)), 4),
        "recall@1_reader": round(float(np.mean(own[rows, top] == 1)), 4),
        "recall@10_bm25": round(float(within.mean()), 4),
        "auc_refusal": round(area(answerable, refusable), 4),
        "refused": {
            f"{s:.0%} of answerable": {
                "threshold": round(t, 3),
                "unanswerable": round(float(np.mean(refusable < t)), 3),
            }
            for s, t in at.items()
        },
    }
