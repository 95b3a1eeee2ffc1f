"""Reads the passages: weighs every place that could answer and marks the answering words."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.document import Span
from ingest.mecab import tokenize
from qa.evidence import Place, places
from qa.passage import Passage
from qa.question import Kind, Question
from qa.terms import asked_words, words

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
    "answerable",
    "span",
    "brief",
)
_WEIGHTS = Path(__file__).with_name("models") / "weights.json"


@cache
def weights(head: str) -> tuple[float, ...]:
    """The linear weights of one head ("ranking" or "confidence") in the order of `FEATURES`, then the bias if any.

    They are chosen on development data by `python -m eval calibrate`, never on what is reported.
    """
    table = json.loads(_WEIGHTS.read_text(encoding="utf-8"))[head]
    names = (*FEATURES, "bias") if "bias" in table else FEATURES
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
    """What the reader found, best first, and the question's words that no passage holds."""

    best: tuple[Finding, ...]
    missing: tuple[str, ...]


class Reader:
    """Ranks the places of the passages with the bundled network and a few plain features.

    :param rarity: how telling each word is in the collection, for example its idf
    """

    def __init__(
        self, rarity: Callable[[frozenset[str]], Mapping[str, float]], network: ReaderNetwork | None = None
    ) -> None:
        self._rarity = rarity
        self._network = network
        self._weights = weights("ranking")

    def read(self, question: Question, passages: Sequence[Passage]) -> Findings:
        """Every place that could answer, best first."""
        readings = (
            self._network.read(question.folded, [p.view.text for p in passages]) if self._network else []
        )
        by_passage = {id(p): reading for p, reading in zip(passages, readings, strict=False)}
        found = []
        for place in places(question, passages, self._rarity(asked_words(question))):
            reading = by_passage.get(id(place.passage))
            features, answer = _features(question, place, reading)
            score = math.fsum(w * f for w, f in zip(self._weights, features, strict=True))
            found.append(Finding(place, score, answer, features))
        found.sort(key=lambda finding: -finding.score)
        return Findings(tuple(found), _missing(question, passages))


def _features(
    question: Question, place: Place, reading: Reading | None
) -> tuple[tuple[float, ...], Span | None]:
    answerable, mass, answer = 0.0, 0.0, None
    if reading is not None:
        answerable = math.log((reading.answerable + 1e-4) / (1 - reading.answerable + 1e-4))
        mass, answer = _marked(place, reading)
    listed = place.form == "list"
    return (
        (
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
            answerable,
            mass,
            float(place.brief),
        ),
        answer,
    )


def _marked(place: Place, reading: Reading) -> tuple[float, Span | None]:
    """How much of the network's span probability falls into the place, and the best span there."""
    mass, best, answer = 0.0, 0.0, None
    for start, end, score in reading.candidates:
        span = place.passage.view.span(start, end)
        if span.overlaps(place.span):
            mass += score
            if score > best and span in place.span:
                best, answer = score, span
    return mass, answer


def _missing(question: Question, passages: Sequence[Passage]) -> tuple[str, ...]:
    """Nouns of the question, as asked, that stand in none of the passages."""
    present: set[str] = set()
    for passage in passages:
        present |= words(passage.view.text) | words(" ".join((passage.document.title, *passage.section)))
    nouns = (token.surface for token in tokenize(question.folded) if token.pos[0] == "名詞")
    wanted = asked_words(question)
    return tuple(dict.fromkeys(noun for noun in nouns if len(noun) > 1 and words(noun) & wanted - present))
