"""Places that could answer: each sentence, table cell and list of the passages, with what speaks for it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from ingest import section_at
from ingest.document import Enumeration, Span, Table
from ingest.normalize import fold
from qa.passage import Passage, is_label
from qa.question import Kind, Question, fits
from qa.terms import Sought, specifics, words

Form = Literal["sentence", "pair", "cell", "list"]


@dataclass(frozen=True, slots=True)
class Setting:
    """A passage with what all its places share.

    :param rank: how many passages were found before it
    :param sought: the question's words, how telling each is, and their synonyms
    :param headings: words of the title and the heading path
    :param spoken: words of each sentence
    :param whole: share of the question's words, by weight, in the passage with its headings and title
    :param key: the question's most telling word is among them
    :param absent: share of the question's names and years that are not
    """

    question: Question
    passage: Passage
    rank: int
    sought: Sought
    headings: frozenset[str]
    spoken: tuple[frozenset[str], ...]
    whole: float
    key: bool
    absent: float


@dataclass(frozen=True, slots=True)
class Place:
    """A candidate answer and what speaks for it.

    :param span: what would be shown: the sentence, a label with the line below it, the cell's value, the list
    :param own: share of the question's words, by weight, in the place itself
    :param context: the same, its headings and neighbouring sentences counted in
    :param fits: 1 when it has the shape of an answer of the question's kind, −1 when not, 0 when any would do
    :param heading: it is a heading, which names things and tells nothing
    :param defines: it explains the words that the question asks the meaning of
    :param brief: it is a few words without a full stop, which rarely say anything
    :param header: a cell's row and column, as shown
    """

    form: Form
    setting: Setting
    span: Span
    own: float
    context: float
    fits: float
    heading: bool = False
    defines: bool = False
    brief: bool = False
    header: str = ""
    enumeration: Enumeration | None = None

    @property
    def passage(self) -> Passage:
        """The passage it stands in."""
        return self.setting.passage


def places(question: Question, passages: Sequence[Passage], sought: Sought) -> list[Place]:
    """Every place in the passages that could answer, each once, passages in rank order.

    :param sought: the question's words, how telling each is, and their synonyms
    """
    found: dict[tuple[str, Span, Form], Place] = {}
    telling = max(sought.weights, key=lambda word: (sought.weights[word], word), default="")
    names = specifics(question)
    for rank, passage in enumerate(passages):
        document = passage.document
        headings = words(" ".join((document.title, document.issued, *passage.section)))
        spoken = tuple(words(passage.seen(span)) for span in passage.sentences)
        held = headings.union(*spoken)
        absent = len(names - held - sought.said(held)) / len(names) if names else 0.0
        whole = sought.share(held)
        setting = Setting(question, passage, rank, sought, headings, spoken, whole, telling in held, absent)
        for place in (*_sentences(setting), *_cells(setting), *_lists(setting)):
            found.setdefault((document.id, place.span, place.form), place)
    return list(found.values())


def _sentences(setting: Setting) -> Iterator[Place]:
    passage, spoken, question = setting.passage, setting.spoken, setting.question
    notes = footnotes(question, passage.view.text)
    for number, span in enumerate(passage.sentences):
        text = passage.seen(span)
        own = setting.sought.share(spoken[number])
        near = setting.headings.union(*spoken[max(0, number - 2) : number + 2])
        context = setting.sought.share(near)
        heading = span in passage.titles
        defined = question.kind is Kind.DEFINITION and defines(question, text)
        defined = defined or (bool(notes) and text.lstrip("( ").startswith(notes))
        brief = is_label(text)
        yield Place("sentence", setting, span, own, context, fits(question, text), heading, defined, brief)
        if brief and number + 1 < len(spoken):
            below = passage.sentences[number + 1]
            both = setting.sought.share(spoken[number] | spoken[number + 1])
            fit = fits(question, passage.seen(below))
            yield Place("pair", setting, Span(span.start, below.end), both, context, fit, defines=defined)


def _cells(setting: Setting) -> Iterator[Place]:
    passage, sought = setting.passage, setting.sought
    for table in passage.tables():
        caption = setting.headings | words(table.caption)
        # 燃やすごみ and 燃やさないごみ have the same words: the row named as it stands goes first.
        literal = {row for row in _rows(table) if _named(row, setting.question.folded)}
        for cell in table.cells[_first_in(table, passage.span) :]:
            if cell.span.start >= passage.span.end:
                break
            value = fold(cell.span.of(passage.document.text))
            row, column = words(cell.row), words(cell.column)
            if not value or not sought.touches(row) or (column and not sought.touches(column)):
                continue
            own = sought.share(row | column | words(value))
            context = sought.share(row | column | caption)
            if literal and cell.row not in literal:
                own, context = own * _OTHER_ROW, context * _OTHER_ROW
            # The unit of a number often stands in the header: 合格率(%), 予算額(億円).
            fit = max(fits(setting.question, value), fits(setting.question, value + _unit_of(cell.column)))
            header = " × ".join(filter(None, (cell.row, cell.column))) + _unit_note(table.caption, value)
            yield Place("cell", setting, cell.span, own, context, fit, header=header)


@lru_cache(maxsize=256)
def _rows(table: Table) -> frozenset[str]:
    return frozenset(cell.row for cell in table.cells)


# What the words of a row count when the question names another row of the table word for word.
_OTHER_ROW = 0.5


def _first_in(table: Table, span: Span) -> int:
    """The first cell that reaches into the span: a table may be far longer than a passage."""
    return bisect_right(table.cells, span.start, key=lambda cell: cell.span.end)


def _named(row: str, folded: str) -> bool:
    name = fold(row)
    return len(name) > 1 and name in folded


_UNIT_NOTE = re.compile(r"単位\s*[:：・]?\s*([^)）\]】]{1,8})")


def _unit_note(caption: str, value: str) -> str:
    """The unit that a table's caption says once for all its numbers (単位：千円)."""
    said = _UNIT_NOTE.search(caption)
    return f"（単位：{said[1].strip()}）" if said and _BARE_NUMBER.fullmatch(value) else ""


_BARE_NUMBER = re.compile(r"[-▲△]?[\d,.]+")


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


def _lists(setting: Setting) -> Iterator[Place]:
    question, passage, sought = setting.question, setting.passage, setting.sought
    if question.kind is not Kind.LIST and question.count is None:
        return
    document = passage.document
    for enumeration in passage.enumerations():
        lead = words(fold(enumeration.lead.of(document.text))) if enumeration.lead else frozenset()
        section = section_at(document.sections, enumeration.span.start)
        headings = words(" ".join((document.title, *section.path)))
        counted = 0.0 if question.count is None else 1.0 if question.count == len(enumeration.items) else -1.0
        own, context = sought.share(lead), sought.share(lead | headings)
        yield Place("list", setting, enumeration.span, own, context, counted, enumeration=enumeration)


def footnotes(question: Question, text: str) -> tuple[str, ...]:
    """The marks of the notes that a folded text hangs on what is asked the meaning of: X※1, X(注2)."""
    asked = _TOPIC.match(question.folded)
    if asked is None:
        return ()
    name = re.escape(asked["topic"].strip("「」『』\"' "))
    marks = re.finditer(rf"{name}[」』)]?\s?\(?((?:※|\*|注)\s?\d*)", text, re.I)
    return tuple(found[1] for found in marks)


def defines(question: Question, text: str) -> bool:
    """Whether a folded sentence explains what the question asks the meaning of: 「Xとは」「X:」「X(Y)」。"""
    asked = _TOPIC.match(question.folded)
    if asked is None:
        return False
    names = [asked["topic"].strip("「」『』\"' "), *question.expansions]
    if _spells_out(names[0], text):
        return True
    return any(
        re.search(
            rf"(?:^|[・※\d\s「『]){re.escape(name)}[」』]?\s*(?:とは|は、|:|=|\()|[(「『]{re.escape(name)}[)」』]",
            text,
            re.I,
        )
        for name in names
        if name
    )


_TOPIC = re.compile(
    r"(?P<topic>.+?)(?:とは|って|の意味|の定義|の正式|の略|は何の略|は何を意味|はどういう意味|という)"
)
_INITIALS = re.compile(r"(?<![A-Za-z])[A-Z]{2,8}(?![A-Za-z])")
_CAPITALISED = re.compile(r"(?:[A-Z][a-z]+(?:[ \-]|$| (?:of|for|and|the|in|on) )*){2,10}")


def _spells_out(name: str, text: str) -> bool:
    """Whether the words whose initials a Latin abbreviation is stand in the text."""
    if not _INITIALS.fullmatch(name):
        return False
    spelled = (
        "".join(re.findall(r"(?<![a-z])[A-Z](?=[a-z])", found[0])) for found in _CAPITALISED.finditer(text)
    )
    return any(name in initials for initials in spelled)
