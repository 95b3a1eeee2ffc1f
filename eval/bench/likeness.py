"""How like the generated text is to what it was made from: frequencies of words, and terms of a passage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from eval.bench.source import END, Source
from index.lemmas import terms
from ingest.mecab import tokenize

# Words are counted in equally long parts of both texts: a longer text always has more different ones.
_TOKENS = 100_000
# The ranks between which a straight line is laid: before them stand particles, behind them words seen once.
_FROM, _TO = 10, 3000
_PASSAGE = 280  # characters
_NEIGHBOURS = 8  # sentences


@dataclass(frozen=True, slots=True)
class Likeness:
    """Figures of one text.

    :param tokens: how many were counted
    :param distinct: different words among them
    :param once: share of these that occur once
    :param slope: of the logarithm of the frequency over that of the rank; Zipf's law says −1
    :param top: share of all tokens that the 100 most frequent words make
    :param terms: different search terms in a passage of 280 characters, on average
    :param pairs: different neighbours among the tokens
    """

    tokens: int
    distinct: int
    once: float
    slope: float
    top: float
    terms: float
    pairs: int


def likeness(lines: Iterable[str]) -> Likeness:
    """Figures of the first 100,000 tokens of a text given by sentences in order."""
    words: list[str] = []
    taken: list[str] = []
    for line in lines:
        words += (token.surface for token in tokenize(line))
        taken.append(line)
        if len(words) >= _TOKENS:
            break
    words = words[:_TOKENS]
    counts = np.array(sorted(Counter(words).values(), reverse=True), dtype=np.float64)
    ranks = np.arange(1, len(counts) + 1)
    between = slice(min(_FROM, len(counts) - 2), _TO)
    slope = np.polyfit(np.log(ranks[between]), np.log(counts[between]), 1)[0]
    return Likeness(
        tokens=len(words),
        distinct=len(counts),
        once=round(float((counts == 1).mean()), 3),
        slope=round(float(slope), 3),
        top=round(float(counts[:100].sum() / counts.sum()), 3),
        terms=round(float(np.mean([len(set(terms(passage))) for passage in _passages(taken)])), 1),
        pairs=len(set(pairwise(words))),
    )


def of_source(source: Source) -> Iterable[str]:
    """The sentences of a source, a few neighbours from each of many places: parts of all of it."""
    words, ends = source.words, np.flatnonzero(source.stream == END)[1:]
    begun = np.arange(0, len(ends), _NEIGHBOURS)
    for first in np.random.default_rng(0).permutation(begun).tolist():
        for start, end in zip(source.starts[first:][:_NEIGHBOURS], ends[first:], strict=False):
            yield "".join(words[number] for number in source.stream[start:end].tolist())


def _passages(lines: Sequence[str]) -> Iterable[str]:
    text = ""
    for line in lines:
        text += line
        if len(text) >= _PASSAGE:
            yield text[:_PASSAGE]
            text = ""
