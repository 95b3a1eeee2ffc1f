"""Other words for the reader's training: questions said otherwise, and vectors of synonyms drawn together."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from functools import cache

import numpy as np
from numpy.typing import NDArray

from index.lemmas import DERIVED
from index.synonyms import entries
from ingest.mecab import tokenize

_LATIN = re.compile("[a-z]")  # comic for 漫画 is right and never asked
_MOST = 2  # words of a question that are replaced
_PULL = 0.4  # how far a word goes towards the mean of its synonyms
_NEIGHBOURS = 8


@cache
def neighbours() -> dict[str, tuple[str, ...]]:
    """Single words (lemmas) that may stand for one another, both ways."""
    found: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for listed in entries().values():
        for expression, replacing in listed:
            if len(expression) > 1:
                continue
            (word,) = expression
            for other in replacing[:_NEIGHBOURS]:
                if DERIVED not in other and other != word:
                    found[word][other] = None
                    found[other][word] = None
    return {word: tuple(others) for word, others in found.items()}


def reworded(question: str, rng: random.Random) -> str | None:
    """The question with one or two of its nouns replaced by synonyms; None when it has none to replace."""
    known = neighbours()
    tokens = [token for token in tokenize(question) if token.pos[0] == "名詞" and token.lemma in known]
    if not tokens:
        return None
    made = question
    chosen = rng.sample(tokens, min(len(tokens), rng.randint(1, _MOST)))
    for token in sorted(chosen, key=lambda token: -token.span.start):
        others = [other for other in known[token.lemma] if not _LATIN.search(other)]
        if not others:
            continue
        other = rng.choice(others)
        made = made[: token.span.start] + other + made[token.span.end :]
    return made if made != question else None


def retrofitted(
    words: list[str], vectors: NDArray[np.float32], most: int
) -> tuple[list[str], NDArray[np.float32]]:
    """The `most` commonest words with vectors that know the synonyms (after Faruqui et al. 2015).

    A synonym without a vector gets the mean of its neighbours', in place of the rarest words.
    """
    words, vectors = words[:most], vectors[:most].astype(np.float32)
    at = {word: row for row, word in enumerate(words)}
    known = neighbours()
    new = {
        word: [at[other] for other in others if other in at]
        for word, others in known.items()
        if word not in at and any(other in at for other in others)
    }
    kept = most - len(new)
    means = [vectors[rows].mean(axis=0) for rows in new.values()]
    drawn = vectors.copy()
    for word, others in known.items():
        rows = [at[other] for other in others if other in at]
        if word in at and rows:
            drawn[at[word]] = (1 - _PULL) * vectors[at[word]] + _PULL * vectors[rows].mean(axis=0)
    return words[:kept] + list(new), np.vstack([drawn[:kept], *means])
