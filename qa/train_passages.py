"""A training question with its passage, and the marks that keep its answer while the passage is changed."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Marks around the answer while a text is rearranged; they are taken out at the end.
OPEN, CLOSE = "\ue000", "\ue001"
_SENTENCE = re.compile(r"[^。\n]*(?:。|\n|$)")


@dataclass(frozen=True, slots=True)
class Question:
    """One training question: an answer at [start, end) of the passage; start −1 = none, −2 = somewhere."""

    question: str
    passage: str
    start: int
    end: int


def marked(text: str, start: int, end: int) -> str:
    return text[:start] + OPEN + text[start:end] + CLOSE + text[end:]


def unmarked(text: str) -> tuple[str, int, int]:
    """The text without its marks, and the answer's place."""
    start = text.index(OPEN)
    text = text.replace(OPEN, "")
    end = text.index(CLOSE)
    return text.replace(CLOSE, ""), start, end


def sentences(text: str) -> list[str]:
    return [s for s in (m.strip() for m in _SENTENCE.findall(text)) if s]
