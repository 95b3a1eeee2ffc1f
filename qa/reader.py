"""Reads the passages: weighs every place that could answer and marks the answering words."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from index.contract import Searchable
from index.synonyms import synonyms
from ingest.document import Span
from ingest.normalize import fold
from qa import wording
from qa.evidence import Place, places
from qa.passage import Passage
from qa.question import Kind, Question
from qa.terms import Sought, asked_nouns, asked_words, numbered, words

if TYPE_CHECKING:
    from qa.network import ReaderNetwork, Reading

FEATURES = (
    "own",
    "context",
    "whole",
    "key",
    "absent",
    "fits",
    "rank",
    "heading",
    "defines",
    "pair",
    "cell",
    "list",
    "counted",
    "brief",
    "answerable",
    "span",
    "alike",
)
# Vectors are compared for this many places, the best by all else: each costs a pass through MeCab.
_COMPARED = 40
# The network reads this many passages: that takes most of an answer's time, and later ones seldom answer.
_READ = 10
_NEVER = -4.0
_WEIGHTS = Path(__file__).with_name("models") / "weights.json"


@cache
def weights(head: str, names: tuple[str, ...] = FEATURES) -> tuple[float, ...]:
    """The linear weights of one head, "ranking" or "confidence", in the order of `names`.

    They are chosen on development data by `python -m eval calibrate`, never on what is reported.
    """
    table = json.loads(_WEIGHTS.read_text(encoding="utf-8"))[head]
    return tuple(float(table.get(name, 0.0)) for name in names)


@dataclass(frozen=True, slots=True)
class Finding:
    """A place with its score (log-odds that it answers) and the answering words in it, if marked."""

    place: Place
    score: float
    answer: Span | None
    features: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """What the reader found, best first.

    :param missing: the question's nouns that no passage holds
    :param answerable: log-odds that the likeliest passage answers, by the network
    :param footing: the best place's passage shares a noun, the years and the articles with the question
    """

    best: tuple[Finding, ...]
    missing: tuple[str, ...]
    answerable: float
    footing: bool


@cache
def bundled() -> ReaderNetwork:
    """The trained network shipped here, loaded once a process."""
    from qa.network import ReaderNetwork

    return ReaderNetwork.load()


class Reader:
    """Ranks places by the bundled network, the index's vectors and a few plain features."""

    def __init__(self, index: Searchable, network: ReaderNetwork | None = None) -> None:
        self._index = index
        self._network = network or bundled()
        self._weights = weights("ranking")

    def read(self, question: Question, passages: Sequence[Passage]) -> Findings:
        """Every place that could answer, best first."""
        read = [passage.view.text for passage in passages[:_READ]]
        asked_so = [wording.as_said(question.folded, text) for text in read]
        readings = [*self._network.read(asked_so, read), *[None] * (len(passages) - len(read))]
        asked = asked_words(question)
        sought = Sought(self._index.rarity(asked), synonyms(words(question.folded)))
        found = []
        for place in places(question, passages, sought):
            marked = _marked(place, readings[place.setting.rank])
            found.append(self._weighed(place, marked.answer, _features(question, place, marked)))
        found.sort(key=lambda finding: -finding.score)
        first = found[:_COMPARED]
        alike = self._index.alike(question.folded, [_spoken(finding.place) for finding in first])
        for number, likeness in enumerate(alike.tolist()):
            features = (*first[number].features[:-1], likeness)
            first[number] = self._weighed(first[number].place, first[number].answer, features)
        first.sort(key=lambda finding: -finding.score)
        likeliest = max((_log_odds(reading) for reading in readings if reading), default=_NEVER)
        footing = bool(first) and _has_footing(question, first[0].place)
        return Findings((*first, *found[_COMPARED:]), _missing(question, passages), likeliest, footing)

    def _weighed(self, place: Place, answer: Span | None, features: tuple[float, ...]) -> Finding:
        score = math.fsum(w * f for w, f in zip(self._weights, features, strict=True))
        return Finding(place, score, answer, features)


def _spoken(place: Place) -> str:
    """What a place says, for comparing it with the question: a list by what announces it."""
    if place.enumeration is not None:
        lead = place.enumeration.lead
        return fold(lead.of(place.passage.document.text)) if lead else " ".join(place.passage.section[-1:])
    return f"{place.header} {place.passage.seen(place.span)}"


def _features(question: Question, place: Place, marked: Marked) -> tuple[float, ...]:
    """In the order of `FEATURES`; the last is not known yet."""
    listed = place.form == "list"
    return (
        place.own,
        place.context,
        place.setting.whole,
        float(place.setting.key),
        place.setting.absent,
        0.0 if listed else place.fits,
        1 / (1 + place.setting.rank),
        float(place.heading),
        float(place.defines),
        float(place.form == "pair"),
        float(place.form == "cell"),
        float(listed and question.kind is Kind.LIST),
        place.fits if listed else 0.0,
        float(place.brief),
        marked.answerable,
        marked.mass,
        0.0,
    )


@dataclass(frozen=True, slots=True)
class Marked:
    """What the network says of a place: log-odds that its passage answers, its share of the span."""

    answerable: float
    mass: float
    answer: Span | None


def _marked(place: Place, reading: Reading | None) -> Marked:
    if reading is None:  # far down: taken for a passage that does not answer
        return Marked(_NEVER, 0.0, None)
    mass, best, answer = 0.0, 0.0, None
    for start, end, score in reading.candidates:
        span = place.passage.view.span(start, end)
        if span.overlaps(place.span):
            mass += score
            if score > best and span in place.span:
                best, answer = score, span
    return Marked(_log_odds(reading), mass, answer)


def _log_odds(reading: Reading) -> float:
    return math.log((reading.answerable + 1e-4) / (1 - reading.answerable + 1e-4))


def _missing(question: Question, passages: Sequence[Passage]) -> tuple[str, ...]:
    """Nouns of the question, as asked, that stand in none of the passages."""
    present: set[str] = set()
    for passage in passages:
        present |= words(passage.view.text) | words(" ".join((passage.document.title, *passage.section)))
    nouns = asked_nouns(question)
    return tuple(
        noun
        for noun, terms in nouns.items()
        # MeCab may cut the same word differently in another setting: what stands there is not missing.
        if len(noun) > 1
        and terms - present
        and not present & synonyms(terms).keys()
        and not any(noun in passage.view.text for passage in passages)
    )


def _has_footing(question: Question, best: Place) -> bool:
    """Whether the best passage holds any noun of the question, and every year and article it names."""
    nouns = asked_nouns(question).values()
    held = best.setting.headings.union(*best.setting.spoken)
    said = held.union(
        *(best.setting.sought.instead[term] for term in best.setting.sought.instead.keys() & held)
    )
    return numbered(question) <= held and (not nouns or any(terms & said for terms in nouns))
