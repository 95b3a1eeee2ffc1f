"""Whether a sentence that a language model wrote stands in the passages it cites; why not, if not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from index.synonyms import synonyms
from ingest.document import Span
from qa.grounds.addressed import addressed, visible
from qa.grounds.clauses import reading, subject
from qa.grounds.facts import FRAME, Facts, facts, flat, holds_name
from qa.grounds.numbers import wrong_days, wrong_quantities
from qa.grounds.polarity import asks, denials, directions, predicate
from qa.grounds.roles import LIGHT, misplaced
from qa.grounds.scope import scopes
from qa.grounds.source import Source, Unit

# Share of a sentence's words that one unit must hold, and that the passage around it must hold. Set by
# judgement; `python -m eval verify` shows what they let through and what they drop.
_IN_UNIT, _IN_PASSAGE = 0.5, 0.8
_MARKUP = re.compile(
    r"https?:|www\.|!\[|\]\(|</?[A-Za-z][^>]*>|```|[A-Za-z0-9.-]+\.(?:com|net|org|io|jp|example|test)\b|javascript:|data:",
    re.I,
)
_CLAUSE = re.compile(r"(?<=[、;])")
_SHORTEST = 6  # characters of a clause that is checked by itself


@dataclass(frozen=True, slots=True)
class Support:
    """A part of the sentence and the place that supports it."""

    part: Span
    source: Source
    span: Span


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a sentence is supported, in Japanese why not, and by what, part by part, if it is."""

    supported: bool
    reason: str
    support: tuple[Support, ...] = ()


def verify(sentence: str, sources: Sequence[Source]) -> Verdict:
    """The verdict on one sentence (without its citation marks) against the sources it cites.

    Numbers, dates, names, quoted words, denials and directions must be the source's own; the other words
    must mostly be. A sentence may join clauses that stand in several places.
    """
    if not sources:
        return Verdict(False, "出典が示されていない")
    said = visible(sentence).strip()
    if not re.search(r"\w", said):
        return Verdict(False, "文になっていない")
    if addressed(sentence):
        return Verdict(False, "言語モデルへの指示を含む")
    marked = _MARKUP.search(said)
    if marked and not any(flat(said) in flat(each.passage.view.text) for each in sources):
        return Verdict(False, "原文にないリンクや記号を含む")
    best, reason, near = _best(said, sources)
    if best is not None:
        return Verdict(True, "", (Support(Span(0, len(sentence)), *best),))
    parts = () if near else _by_clause(sentence, sources)
    if parts:
        return Verdict(True, "", parts)
    return Verdict(False, reason or "原文に見当たらない")


def _by_clause(sentence: str, sources: Sequence[Source]) -> tuple[Support, ...]:
    """What supports each clause of a sentence; empty unless every clause is supported."""
    parts: list[Support] = []
    start = 0
    topic = ""
    for piece in _clauses(sentence):
        end = start + len(piece)
        said = visible(piece).strip()
        if who := subject(said):
            topic = topic or who
        elif topic:  # what is said of nobody else is said of the first clause's topic
            said = f"{topic}は、{said}"
        best, *_ = _best(said, sources, whole=visible(sentence))
        if best is None:
            return ()
        if parts and parts[-1].source is best[0] and parts[-1].span == best[1]:
            parts[-1] = Support(Span(parts[-1].part.start, end), *best)
        else:
            parts.append(Support(Span(start, end), *best))
        start = end
    return tuple(parts) if len(parts) > 1 else ()


def _clauses(sentence: str) -> list[str]:
    """The sentence cut after commas; a piece that says nothing (a topic, a date) stays with the next."""
    pieces = [""]
    for piece in _CLAUSE.split(sentence):
        if pieces[-1] and reading(visible(pieces[-1])).events and len(piece) >= _SHORTEST:
            pieces.append(piece)
        else:
            pieces[-1] += piece
    if len(pieces) > 1 and not reading(visible(pieces[-1])).events:
        last = pieces.pop()
        pieces[-1] += last
    return pieces


def _best(
    said: str, sources: Sequence[Source], whole: str = ""
) -> tuple[tuple[Source, Span] | None, str, bool]:
    """The tightest unit that supports the words; else why the nearest does not, and whether that is near.

    Where one sentence holds nearly all the words, a wider place that happens to hold the missing number
    supports nothing.
    """
    mine = facts(said)
    ranked = sorted(
        (
            (
                round(_held(mine, facts(unit.text)) + _counted(mine, unit), 3),
                -len(unit.text),
                -n,
                unit,
                each,
            )
            for each in sources
            for n, unit in enumerate(each.units)
        ),
        key=lambda item: item[:3],
        reverse=True,
    )[:_TRIED]
    near = max((_held(mine, facts(unit.text)) for *_, unit, _ in ranked), default=0.0) >= _NEAR
    tight: Unit | None = None
    nearest = ""
    for *_, unit, each in ranked:
        held = _held(mine, facts(unit.text))
        if tight is not None and (
            held < _NEAR or (tight.span in unit.span and not unit.row and not unit.column)
        ):
            continue
        reason = next(_problems(mine, unit, each, held, whole or said), "")
        if not reason:
            return (each, unit.span), "", near
        nearest = nearest or reason
        if near and held >= _NEAR and tight is None:
            tight = unit
    return None, nearest, near


_TRIED = 24  # units, those with the most of the sentence's words first
_NEAR = 0.85  # share of a sentence's words in a unit that must have been its source


def _counted(mine: Facts, unit: Unit) -> float:
    """How many of the numbers a cell shares, to choose between cells with the same words: 0-1."""
    if not mine.quantities or not unit.in_table:
        return 0.0
    values = {other.bare for other in facts(unit.text).quantities}
    return sum(number.bare in values for number in mine.quantities) / len(mine.quantities)


def _held(mine: Facts, theirs: Facts) -> float:
    """Share of the sentence's words in a text, synonyms counting; 1 when it has no words of its own."""
    asked = mine.words - FRAME
    if not asked:
        return 1.0
    here = asked & theirs.words
    if len(here) < len(asked):
        here |= {word for word in asked - here if _otherwise(word, theirs)}
    return len(here) / len(asked)


def _otherwise(word: str, theirs: Facts) -> bool:
    """Whether a word stands in a text in other letters, as part of a compound, or as a synonym."""
    return (
        any(word == token.lemma for token in theirs.tokens)
        or (len(word) > 1 and flat(word) in theirs.flat)
        or not _synonyms(word).isdisjoint(theirs.words)
    )


@lru_cache(maxsize=8192)
def _synonyms(word: str) -> frozenset[str]:
    return frozenset(synonyms({word}))


def _problems(mine: Facts, unit: Unit, around: Source, held: float, whole: str) -> Iterator[str]:
    theirs = facts(unit.text)
    context = facts(around.context)
    yield from wrong_days(mine, theirs, context)
    yield from wrong_quantities(mine, unit, context, whole)
    # Where a sentence is nearly the source's, a name from the headings has taken another's place.
    yield from _names(mine, theirs, around, theirs if held >= _NEAR else context)
    yield from denials(mine.text, theirs.text)
    yield from directions(mine.text, theirs.text)
    said = predicate(mine.text)
    if asks(theirs.text) and not asks(mine.text) and said != predicate(theirs.text):
        yield "原文は述べているのではなく、求めている"
    if said and said not in LIGHT and not _otherwise(said, theirs):
        yield f"「{said}」とは原文にない"
    yield from scopes(mine.text, theirs.text)
    if not unit.in_table:  # a cell has a row and a column instead of particles
        yield from misplaced(mine.text, theirs.text, around.context)
    if held < _IN_UNIT or max(held, _held(mine, _passage_facts(around))) < _IN_PASSAGE:
        yield "原文にない言葉が多い"


def _passage_facts(around: Source) -> Facts:
    return facts(f"{around.context}\n{around.passage.view.text}")


def _names(mine: Facts, theirs: Facts, around: Source, allowed: Facts) -> Iterator[str]:
    passage = _passage_facts(around)
    strange = [name for name in mine.names if not holds_name(name, theirs)]
    for name in sorted(strange):
        if not holds_name(name, passage):
            yield f"「{name}」が原文にない"
        elif not holds_name(name, allowed) and _replaces(name, mine, theirs):
            yield f"「{name}」は原文では別の名前"
    for name in sorted(mine.names - set(strange)):
        if _times(name, mine) > _times(name, theirs) and _replaces(name, mine, theirs):
            yield f"「{name}」は原文では別の名前"
    for quote in sorted(mine.quotes):
        if quote not in passage.flat:
            yield f"「{quote}」という言葉が原文にない"


def _times(name: str, text: Facts) -> int:
    return text.flat.count(name)


def _replaces(name: str, mine: Facts, theirs: Facts) -> bool:
    """Whether the source has a name where the sentence has another one."""
    return any(not holds_name(other, mine) and _kind(other) == _kind(name) for other in theirs.names)


def _kind(name: str) -> str:
    return "latin" if name.isascii() else "katakana" if re.fullmatch(r"[ァ-ヴー]+", name) else "kanji"
