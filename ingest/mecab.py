"""Tokens with spans; the only door to fugashi (MeCab) and unidic-lite.

A text repeats its words: what is the same for every occurrence of one is worked out once (`Column`), and
a text's tokens are arrays of word numbers and places, so that a million passages cost little over MeCab.
"""

from __future__ import annotations

import csv
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ingest.document import Span

if TYPE_CHECKING:
    from fugashi import GenericTagger

# MeCab allocates a lattice per input and is quickest on a paragraph's worth: eval/bench measures it.
_PIECE = 600
_LONGEST = 4000
_BORDER = re.compile(r"[。！？!?\n]+")
# What `mecabrc` puts between and after a token's fields, instead of the many attributes of a fugashi node.
_FIELD, _END = "\a", "\b"
# MeCab reads a C string of UTF-8: NUL would end it and a lone surrogate cannot be encoded.
_UNENCODABLE = re.compile(f"[\0{_FIELD}{_END}\ud800-\udfff]")
# unidic writes a loanword's lemma with its origin: コンピューター-computer.
_ORIGIN = re.compile(r"-[^-]+$")
_RC = Path(__file__).with_name("mecabrc")
# Numbers and addresses are new words without end: at so many distinct ones a new lexicon is begun.
_MOST_WORDS = 1 << 20
# A tagger is one lattice and one lexicon: another thread's call would pull both away.
_ONE_AT_A_TIME = threading.RLock()


class Token(NamedTuple):
    """One MeCab morpheme: its surface, unidic lemma, part of speech (品詞大分類, 中分類) and place.

    A tuple, because a page has hundreds and a frozen dataclass takes five times as long to make.
    """

    surface: str
    lemma: str
    pos: tuple[str, str]
    start: int
    end: int
    unknown: bool = False  # not in the dictionary

    @property
    def span(self) -> Span:
        """Its place in the text, in code points."""
        return Span(self.start, self.end)


class Word(NamedTuple):
    """What all occurrences of a token have in common; `width` counts the white space before it too."""

    surface: str
    lemma: str
    pos: tuple[str, str]
    unknown: bool
    width: int


class Column:
    """A property of words, worked out once for each word and looked up for whole texts at a time."""

    def __init__(self, of: Callable[[Word], Any], dtype: Any) -> None:
        """:param of: the property of one word; `dtype` is numpy's for its values"""
        self.of, self.dtype = of, dtype

    def __call__(self, words: Words) -> NDArray[Any]:
        """The property of each token, shape (tokens,)."""
        return words.lexicon.column(self)[words.ids]


class Lexicon(dict[str, int]):
    """The words seen so far, by what MeCab says of them, numbered in order of appearance."""

    def __init__(self) -> None:
        self.words: list[Word] = []
        self._columns: dict[Column, tuple[NDArray[Any], int]] = {}

    def __missing__(self, said: str) -> int:
        written, _, feature = said.partition(_FIELD)
        surface = written.lstrip() or written
        fields = next(csv.reader([feature]))
        lemma = _ORIGIN.sub("", fields[7]) if len(fields) > 7 and fields[7] != "*" else ""
        self.words.append(Word(surface, lemma or surface, (fields[0], fields[1]), not lemma, len(written)))
        self[said] = number = len(self.words) - 1
        return number

    def column(self, asked: Column) -> NDArray[Any]:
        """The property of every word by its number, shape (at least the words seen so far,)."""
        with _ONE_AT_A_TIME:
            count = len(self.words)
            held, filled = self._columns.get(asked, (np.empty(0, dtype=asked.dtype), 0))
            if filled < count:
                if len(held) < count:  # to whole powers of two, so that a column is seldom copied
                    held = np.concatenate([held, np.empty((1 << count.bit_length()) - len(held), held.dtype)])
                for number in range(filled, count):
                    held[number] = asked.of(self.words[number])
                self._columns[asked] = held, count
            return held


@dataclass(frozen=True, slots=True)
class Words:
    """A text's tokens in order: numbers of words, and their places in code points, each shape (tokens,)."""

    lexicon: Lexicon
    ids: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]


_WIDTH = Column(lambda word: word.width, np.int64)
_LENGTH = Column(lambda word: len(word.surface), np.int64)
_BLANK = Column(lambda word: word.surface.isspace(), np.bool_)


def analyse(text: str) -> Words:
    """All tokens of `text` in order; white space is skipped."""
    ids: list[NDArray[np.int64]] = []
    ends: list[NDArray[np.int64]] = []
    with _ONE_AT_A_TIME:
        lexicon = _lexicon()
        for start, piece in _pieces(_UNENCODABLE.sub(" ", text)):
            said = _tagger().parse(piece).split(_END)
            numbers = np.fromiter(map(lexicon.__getitem__, said[:-1]), dtype=np.int64, count=len(said) - 1)
            ids.append(numbers)
            ends.append(start + np.cumsum(lexicon.column(_WIDTH)[numbers]))
    words = Words(lexicon, _joined(ids), _joined(ends), _joined(ends))
    there = ~_BLANK(words)
    numbers, stops = words.ids[there], words.ends[there]
    return Words(lexicon, numbers, stops - lexicon.column(_LENGTH)[numbers], stops)


def tokenize(text: str) -> tuple[Token, ...]:
    """All tokens of `text` in order; white space is skipped. Spans are code points of `text`."""
    # The same question or sentence is wanted by search, vectors and reader, one right after another.
    return _remembered(text) if len(text) <= _LONGEST else _tokens(text)


@lru_cache(maxsize=256)
def _remembered(text: str) -> tuple[Token, ...]:
    return _tokens(text)


def _tokens(text: str) -> tuple[Token, ...]:
    found = analyse(text)
    words = found.lexicon.words
    return tuple(
        Token(word.surface, word.lemma, word.pos, start, end, word.unknown)
        for word, start, end in zip(
            map(words.__getitem__, found.ids.tolist()),
            found.starts.tolist(),
            found.ends.tolist(),
            strict=True,
        )
    )


@cache
def _tagger() -> GenericTagger:
    import unidic_lite
    from fugashi import GenericTagger

    return GenericTagger(f'-r "{_RC}" -d "{unidic_lite.DICDIR}"')


def _lexicon() -> Lexicon:
    if len(_begun()) > _MOST_WORDS:
        _begun.cache_clear()
    return _begun()


@cache
def _begun() -> Lexicon:
    return Lexicon()


def _joined(arrays: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    return np.concatenate(arrays) if arrays else np.empty(0, dtype=np.int64)


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """Cut long text after sentence ends, or anywhere when there is none for long."""
    start = 0
    while start < len(text):
        border = _BORDER.search(text, start + _PIECE, start + _LONGEST)
        end = border.end() if border else start + _LONGEST
        yield start, text[start:end]
        start = end
