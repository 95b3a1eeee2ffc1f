"""Tokens with spans; the only door to fugashi (MeCab) and unidic-lite."""

from __future__ import annotations

import csv
import re
import threading
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from ingest.document import Span

if TYPE_CHECKING:
    from fugashi import Tagger

# MeCab allocates a lattice per input: one call is kept to a paragraph's size.
_PIECE = 4000
_BORDER = re.compile(r"[。！？!?\n]+")
# MeCab reads a C string of UTF-8: NUL would end it and a lone surrogate cannot be encoded.
_UNENCODABLE = re.compile("[\0\ud800-\udfff]")
# unidic writes a loanword's lemma with its origin: コンピューター-computer.
_ORIGIN = re.compile(r"-[^-]+$")
# A node of fugashi points into its tagger's lattice: another thread's call would pull it away.
_ONE_AT_A_TIME = threading.Lock()


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


@cache
def _tagger() -> Tagger:
    import unidic_lite
    from fugashi import Tagger

    return Tagger(f'-d "{unidic_lite.DICDIR}"')


def tokenize(text: str) -> tuple[Token, ...]:
    """All tokens of `text` in order; white space is skipped. Spans are code points of `text`."""
    # The same question or chunk is wanted by search, vectors and reader, one right after another.
    return _remembered(text) if len(text) <= _PIECE else _tokens(text)


@lru_cache(maxsize=256)
def _remembered(text: str) -> tuple[Token, ...]:
    return _tokens(text)


def _tokens(text: str) -> tuple[Token, ...]:
    tokens: list[Token] = []
    for start, piece in _pieces(_UNENCODABLE.sub(" ", text)):
        position = 0
        with _ONE_AT_A_TIME:
            nodes = [(node.surface, node.feature_raw) for node in _tagger()(piece)]
        for surface, feature_raw in nodes:
            position = piece.index(surface, position)
            end = position + len(surface)
            if not surface.isspace():
                lemma, pos = _reading(feature_raw)
                tokens.append(Token(surface, lemma or surface, pos, start + position, start + end, not lemma))
            position = end
    return tuple(tokens)


@lru_cache(maxsize=1 << 17)
def _reading(feature_raw: str) -> tuple[str, tuple[str, str]]:
    """Lemma ("" for an unknown word) and part of speech from unidic's comma-separated fields.

    Text repeats its words, so that remembering them makes tokenising several times faster.
    """
    fields = next(csv.reader([feature_raw]))
    lemma = fields[7] if len(fields) > 7 and fields[7] != "*" else ""
    return _ORIGIN.sub("", lemma), (fields[0], fields[1])


def _pieces(text: str) -> list[tuple[int, str]]:
    """Cut long text after sentence ends, or anywhere when there is none within `_PIECE`."""
    pieces, start = [], 0
    while start < len(text):
        end = start + _PIECE
        if end < len(text):
            for border in _BORDER.finditer(text, start + _PIECE // 2, end):
                end = border.end()
        pieces.append((start, text[start:end]))
        start = end
    return pieces
