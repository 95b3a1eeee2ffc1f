"""Reading on public data, measured for a reader whose answers are known."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from eval.reading import measure


@dataclass(frozen=True)
class Opening:
    """Marks a passage's first two characters, and less surely its first."""

    candidates: Sequence[tuple[int, int, float]] = ((0, 1, 0.2), (0, 2, 0.7))


class OpeningReader:
    """Reads no further than the opening."""

    def read(self, question: str, passages: Sequence[str], /) -> Sequence[Opening]:
        return [Opening() for _ in passages]


def test_exact_match_and_f1_are_means_over_the_questions(tmp_path: Path) -> None:
    file = tmp_path / "例.json"
    context = "梅雨は五月から七月である。"
    answers = {"季節は": ["梅雨"], "長い名は": ["梅雨の季節"], "終わりは": ["七月"], "ない": []}
    qas = [
        {"id": str(n), "question": q, "answers": [{"text": a, "answer_start": 0} for a in accepted]}
        for n, (q, accepted) in enumerate(answers.items())
    ]
    data = {"data": [{"paragraphs": [{"context": context, "qas": qas}]}]}
    file.write_text(json.dumps(data), encoding="utf-8")
    found = measure(file, network=OpeningReader())
    assert found["n"] == 3
    assert found["exact"] == pytest.approx(1 / 3, abs=1e-4)
    # 梅雨 against 梅雨の季節: precision 1, recall 2/5.
    assert found["f1"] == pytest.approx((1 + 2 * 0.4 / 1.4 + 0) / 3, abs=1e-4)
