"""Places that could answer: each sentence, table cell and list of the passages, with what speaks for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from index.lemmas import terms
from ingest import section_at
from ingest.document import Document, Enumeration, Span
from ingest.normalize import fold, readable
from qa.passage import Passage
from qa.question import Kind, Question, fits

Form = Literal["sentence", "pair", "cell", "list"]

# Words of asking, not of what is asked about: they are taken out before the rest is looked for.
_ASKING = re.compile(
    r"[をにはが]?(?:すべて|全て|具体的に|簡単に)?(?:挙げ|教え|列挙し|述べ|示し|説明し|答え|知らせ)て(?:ください|下さい|くれ.*|ほしい.*|欲しい.*)?"
    r"|(?:西暦|和暦|令和|平成|昭和)?(?:で|の)?何年度?(?:の?何月)?(?:の?何日)?"
    r"|何\s*(?:百|千|万|億|兆)*(?:[カかヶケ]国|[A-Za-z]{1,3}|%|[^\W\dA-Za-z_]{1,2}?(?=[がをはにでとのも、。?？]|です|でし|ある|あり|い[るま]|$))"
    r"|(?:の|は)?(?:正式(?:な)?(?:名称?|名前)|日本語(?:の)?(?:名称?|名前)|略称|意味|定義)(?:[はをが]|$)|何の略"
    r"|(?:どの|どれ)(?:くらい|ぐらい|ほど|程度|よう[なに])|いくら|いくつ|理由[はを]|と(?:呼|言|い)[ばわい]れ\w*"
)


@dataclass(frozen=True, slots=True)
class Place:
    """A candidate answer and what speaks for it.

    :param span: what would be shown: the sentence, a label with the line below it, the cell's value, the list
    :param rank: how many passages were found before its own
    :param own: share of the question's words, by weight, in the place itself
    :param context: the same, its headings and neighbouring sentences counted in
    :param whole: the same for the passage with its headings and title
    :param key: the question's most telling word stands in the passage or its headings
    :param fits: 1 when it has the shape of an answer of the question's kind, −1 when not, 0 when any would do
    :param heading: it is a heading, which names things and tells nothing
    :param defines: it explains the words that the question asks the meaning of
    """

    form: Form
    passage: Passage
    rank: int
    span: Span
    own: float
    context: float
    whole: float
    key: bool
    fits: float
    heading: bool = False
    defines: bool = False
    label: str = ""
    enumeration: Enumeration | None = None


@lru_cache(maxsize=8192)
def words(text: str) -> frozenset[str]:
    """The terms of a text, each once: the same ones that the index searches."""
    return frozenset(terms(text))


def asked_words(question: Question) -> frozenset[str]:
    """The question's words, those of asking left out; all of them when nothing else is left."""
    return words(_ASKING.sub(" ", question.folded)) or words(question.folded)


def coverage(weights: Mapping[str, float], present: Iterable[str]) -> float:
    """Share of the words, by weight, that is `present`: 0–1."""
    total = sum(weights.values())
    return sum(weights[word] for word in weights.keys() & present) / total if total else 0.0


@dataclass(frozen=True, slots=True)
class _Frame:
    """What all places of one passage share."""

    question: Question
    weights: Mapping[str, float]
    rank: int
    passage: Passage
    headings: frozenset[str]
    spoken: list[frozenset[str]]
    whole: float
    key: bool


def places(question: Question, passages: Sequence[Passage], weights: Mapping[str, float]) -> list[Place]:
    """Every place in the passages that could answer, each once, passages in rank order.

    :param weights: the question's words and how telling each is
    """
    found: dict[tuple[str, Span, Form], Place] = {}
    telling = max(weights, key=lambda word: (weights[word], word), default="")
    for rank, passage in enumerate(passages):
        headings = words(" ".join((passage.document.title, *passage.section)))
        spoken = [words(passage.seen(span)) for span in passage.sentences]
        everything = headings.union(*spoken)
        frame = _Frame(
            question,
            weights,
            rank,
            passage,
            headings,
            spoken,
            coverage(weights, everything),
            telling in everything,
        )
        for place in (*_sentences(frame), *_cells(frame), *_lists(frame)):
            found.setdefault((passage.document.id, place.span, place.form), place)
    return list(found.values())


# A line this short without a full stop is a label: its value stands on the line below.
_LABEL = 25


def _sentences(frame: _Frame) -> Iterator[Place]:
    passage, spoken = frame.passage, frame.spoken
    for number, span in enumerate(passage.sentences):
        near = frame.headings.union(*spoken[max(0, number - 2) : number + 2])
        context = coverage(frame.weights, near)
        text = passage.seen(span)
        heading = is_heading(passage.document, span)
        own = coverage(frame.weights, spoken[number])
        defined = frame.question.kind is Kind.DEFINITION and defines(frame.question, text)
        yield Place(
            "sentence",
            passage,
            frame.rank,
            span,
            own,
            context,
            frame.whole,
            frame.key,
            fits(frame.question, text),
            heading,
            defined,
        )
        if len(text) <= _LABEL and not text.endswith("。") and number + 1 < len(spoken):
            below = passage.sentences[number + 1]
            both = Span(span.start, below.end)
            own = coverage(frame.weights, spoken[number] | spoken[number + 1])
            fit = fits(frame.question, passage.seen(below))
            yield Place(
                "pair", passage, frame.rank, both, own, context, frame.whole, frame.key, fit, False, defined
            )


def _cells(frame: _Frame) -> Iterator[Place]:
    passage = frame.passage
    for table in passage.tables():
        caption = frame.headings | words(table.caption)
        for cell in table.cells:
            value = fold(cell.span.of(passage.document.text))
            row, column = words(cell.row), words(cell.column)
            named = frame.weights.keys() & row and (frame.weights.keys() & column or not column)
            if not named or not value or not cell.span.overlaps(passage.span):
                continue
            labels = row | column
            own = coverage(frame.weights, labels | words(value))
            near = coverage(frame.weights, labels | caption)
            # The unit of a number often stands in the header: 合格率(%), 予算額(億円).
            fit = max(fits(frame.question, value), fits(frame.question, f"{value}{_unit_of(cell.column)}"))
            label = " × ".join(filter(None, (cell.row, cell.column)))
            yield Place(
                "cell", passage, frame.rank, cell.span, own, near, frame.whole, frame.key, fit, label=label
            )


def _unit_of(header: str) -> str:
    folded = fold(header)
    if folded.endswith(")") and "(" in folded:
        return folded[folded.rindex("(") + 1 : -1]
    return next(
        (
            unit
            for ending, unit in (("率", "%"), ("者数", "人"), ("人数", "人"), ("額", "円"))
            if folded.endswith(ending)
        ),
        "",
    )


def _lists(frame: _Frame) -> Iterator[Place]:
    question, passage = frame.question, frame.passage
    if question.kind is not Kind.LIST and question.count is None:
        return
    text = passage.document.text
    for enumeration in passage.enumerations():
        lead = words(fold(enumeration.lead.of(text))) if enumeration.lead else frozenset()
        section = section_at(passage.document.sections, enumeration.span.start)
        headings = words(" ".join((passage.document.title, *section.path)))
        items = words(" ".join(fold(item.of(text)) for item in enumeration.items))
        counted = 0.0 if question.count is None else 1.0 if question.count == len(enumeration.items) else -1.0
        own, near = coverage(frame.weights, lead), coverage(frame.weights, lead | headings)
        whole = coverage(frame.weights, lead | headings | items)
        yield Place(
            "list",
            passage,
            frame.rank,
            enumeration.span,
            own,
            near,
            whole,
            frame.key,
            counted,
            enumeration=enumeration,
        )


def is_heading(document: Document, span: Span) -> bool:
    """Whether a sentence is the heading line of its section."""
    section = section_at(document.sections, span.start)
    if not section.path or span.start - section.span.start > len(section.path[-1]) + 12:
        return False
    return "".join(document_words(document, span)) in "".join(section.path[-1].split())


def document_words(document: Document, span: Span) -> list[str]:
    """The characters of a span as a reader sees them, without white space."""
    return readable(document.text, span).text.split()


def defines(question: Question, text: str) -> bool:
    """Whether a folded sentence explains what the question asks the meaning of: 「Xとは」「X:」「X(Y)」。"""
    asked = _TOPIC.match(question.folded)
    if asked is None:
        return False
    names = [asked["topic"].strip("「」『』\"' "), *question.expansions]
    return any(
        re.search(
            rf"(?:^|[・※\d\s「『]){re.escape(name)}[」』]?\s*(?:とは|は、|:|=|\()|[(「『]{re.escape(name)}[)」』]",
            text,
            re.I,
        )
        for name in names
        if name
    )


_TOPIC = re.compile(r"(?P<topic>.+?)(?:とは|って|の意味|の定義|の正式|は何の略|という)")
