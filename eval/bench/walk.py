"""New sentences with the words of old ones: many walks over a text side by side.

A walk reads on in the text and, at a word, may go on from another place where the same word stands: mostly
one near by, as a text keeps to its subject. So most neighbours are neighbours somewhere in the text. The
leap is as likely forth as back: a walk is everywhere equally often, and each word as frequent as in the text.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eval.bench.source import END, Numbers, Source

# How often a walk goes on elsewhere: about three words are read in a row.
_LEAP = 0.4
# How far it leaps at most, in occurrences of the word; the logarithm of the distance is even.
_FAR = 60
# How often a noun makes place for one of the sentences before, where there is one: texts repeat themselves.
_REPEATED = 0.6
_BEFORE = 5  # sentences
_LONGEST = 90  # words of a sentence
# Sentences around the place a paragraph is about.
_AROUND = 4


def walked(source: Source, near: Numbers, rng: np.random.Generator) -> list[str]:
    """A sentence for each of `near`, the numbers of sentences of the source: about what it is about."""
    count = len(near)
    begun = (near + rng.integers(-_AROUND, _AROUND, count)) % len(source.starts)
    place = source.starts[begun]
    rows = np.full((_LONGEST, count), END, dtype=np.int64)
    going = np.arange(count)
    for step in range(_LONGEST):
        word = source.stream[place]
        going, place = going[word != END], place[word != END]
        if not len(going):
            break
        rows[step, going] = source.stream[place]
        place = _leap(source, place, rng) + 1
    _repeat(source, rows, rng)
    return _spelled(source, rows)


def _repeat(source: Source, rows: NDArray[np.int64], rng: np.random.Generator) -> None:
    """Exchange nouns for nouns of the sentences before, and as many as would be new for invented names."""
    is_noun = np.zeros(len(source.words), dtype=bool)
    is_noun[source.stream[source.nouns]] = True
    step, sentence = np.nonzero(is_noun[rows])
    drawn = rng.random(len(step))
    some = drawn < _REPEATED
    other = rows[
        rng.integers(0, _LONGEST // 3, some.sum()),
        np.maximum(sentence[some] - rng.integers(0, _BEFORE, some.sum()), 0),
    ]
    rows[step[some], sentence[some]] = np.where(is_noun[other], other, rows[step[some], sentence[some]])
    # Of all words so many are unseen; only nouns are exchanged.
    new = drawn > 1 - source.unseen * (rows != END).sum() / max(1, len(step))
    count = len(source.words) - source.names
    rank = np.exp(rng.random(new.sum()) * np.log(count)).astype(np.int64) - 1  # Zipf's law again
    rows[step[new], sentence[new]] = source.names + rank


def _leap(source: Source, place: Numbers, rng: np.random.Generator) -> Numbers:
    """Some of the places, each exchanged for another where the same word stands."""
    leaping = rng.random(len(place), dtype=np.float32) < _LEAP
    at = place[leaping]
    word = source.stream[at]
    first, count = source.first[word], source.first[word + 1] - source.first[word]
    far = np.exp(rng.random(len(at)) * np.log(_FAR)).astype(np.int64)
    ring = source.rank[at] - first + np.where(rng.random(len(at)) < 0.5, far, -far)
    moved = place.copy()
    moved[leaping] = source.order[first + ring % count]
    return moved


def _spelled(source: Source, rows: NDArray[np.int64]) -> list[str]:
    words = source.words
    lengths = (rows != END).sum(axis=0)
    lines = rows.T.tolist()
    return [
        "".join([words[number] for number in line[:length]]).strip()
        for line, length in zip(lines, lengths.tolist(), strict=True)
    ]
