"""Places that could answer: each sentence, table cell and list of the passages, with what speaks for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from index.lemmas import terms
from ingest.document import Enumeration, Span
from ingest.normalize import fold
from qa.passage import Passage
from qa.question import Kind, Question, fits

Form = Literal["sentence", "cell", "list"]

# Words of asking, not of what is asked about.
_ASKING = frozenset(
    "挙げる 示す 述べる 説明 内 等 全て 一覧 列挙 具体 的 知る 行う 御 程度 呼ぶ 理由 意味 場合 割合 幾 略 書く 載る 記載".split()
)


@dataclass(frozen=True, slots=True)
class Place:
    """A candidate answer and the features the reader weighs.

    :param span: what would be shown: the sentence, the cell's value, the list
    :param own: share of the question's words, by weight, in the place itself
    :param context: the same, its headings and neighbouring sentences counted in
    :param whole: the same for the passage with its headings and title
    :param fits: it has the shape of an answer of the question's kind
    """

    form: Form
    passage: Passage
    rank: int
    span: Span
    own: float
    context: float
    whole: float
    fits: bool
    label: str = ""
    enumeration: Enumeration | None = None


@lru_cache(maxsize=8192)
def words(text: str) -> frozenset[str]:
    """The terms of a text, each once: the same ones that the index searches."""
    return frozenset(terms(text))


def asked_words(question: Question) -> frozenset[str]:
    """The question's words, those of asking left out."""
    return frozenset(word for word in words(question.folded) if word not in _ASKING)


def coverage(weights: Mapping[str, float], present: Iterable[str]) -> float:
    """Share of the words, by weight, that is `present`: 0–1."""
    total = sum(weights.values())
    return sum(weights[word] for word in weights.keys() & present) / total if total else 0.0


def places(question: Question, passages: Sequence[Passage], weights: Mapping[str, float]) -> list[Place]:
    """Every place in the passages that could answer, each once, passages in rank order.

    :param weights: the question's words and how telling each is
    """
    found: list[Place] = []
    seen: set[tuple[str, Span, Form]] = set()
    for rank, passage in enumerate(passages):
        for place in _of(question, weights, rank, passage):
            key = (passage.document.id, place.span, place.form)
            if key not in seen:
                seen.add(key)
                found.append(place)
    return found


def _of(question: Question, weights: Mapping[str, float], rank: int, passage: Passage) -> Iterable[Place]:
    headings = words(" ".join((passage.document.title, *passage.section)))
    by_sentence = [words(passage.seen(span)) for span in passage.sentences]
    every = headings.union(*by_sentence) if by_sentence else headings
    whole = coverage(weights, every)
    for number, span in enumerate(passage.sentences):
        near = headings.union(*by_sentence[max(0, number - 2) : number + 2])
        yield Place(
            "sentence",
            passage,
            rank,
            span,
            coverage(weights, by_sentence[number]),
            coverage(weights, near),
            whole,
            fits(question.kind, passage.seen(span)),
        )
    for table in passage.tables():
        caption = headings | words(table.caption)
        for cell in table.cells:
            value = cell.span.of(passage.document.text)
            labels = words(f"{cell.row} {cell.column}")
            own = coverage(weights, labels | words(value))
            row, column = weights.keys() & words(cell.row), weights.keys() & words(cell.column)
            if row and (column or not cell.column) and value:
                near = coverage(weights, labels | caption)
                fit = fits(question.kind, fold(value))
                label = " × ".join(filter(None, (cell.row, cell.column)))
                yield Place("cell", passage, rank, cell.span, own, near, whole, fit, label)
    for enumeration in passage.enumerations():
        lead = words(enumeration.lead.of(passage.document.text)) if enumeration.lead else frozenset()
        items = words(enumeration.span.of(passage.document.text))
        counted = question.count is None or question.count == len(enumeration.items)
        yield Place(
            "list",
            passage,
            rank,
            enumeration.span,
            coverage(weights, lead),
            coverage(weights, lead | headings),
            coverage(weights, lead | headings | items),
            counted and question.kind is Kind.LIST,
            enumeration=enumeration,
        )
