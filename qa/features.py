"""What the reading network sees of a text: one row of small numbers per token, with its characters."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from ingest.mecab import tokenize

# The parts of speech of unidic that occur in running text, by frequency; 0 stands for any other.
POS = (
    "名詞,普通名詞", "助詞,格助詞", "動詞,非自立可能", "助動詞,*", "補助記号,読点", "補助記号,句点",
    "助詞,係助詞", "助詞,接続助詞", "動詞,一般", "名詞,数詞", "接尾辞,名詞的", "名詞,固有名詞", "記号,一般",
    "補助記号,一般", "補助記号,括弧閉", "補助記号,括弧開", "助詞,副助詞", "接続詞,*", "形状詞,一般",
    "接頭辞,*", "連体詞,*", "副詞,*", "形容詞,一般", "代名詞,*", "接尾辞,形状詞的", "形状詞,助動詞語幹",
    "形容詞,非自立可能", "助詞,準体助詞", "助詞,終助詞", "感動詞,一般", "接尾辞,形容詞的", "記号,文字",
    "感動詞,フィラー", "接尾辞,動詞的", "形状詞,タリ",
)  # fmt: skip
_POS_ID = {tuple(name.split(",")): n for n, name in enumerate(POS, 1)}
# Words of these kinds say what a question is about; the others only hold it together.
_CONTENT = frozenset({"名詞", "動詞", "形容詞", "形状詞", "接尾辞", "接頭辞", "副詞", "代名詞", "記号"})
CONTENT = np.array([False] + [name.split(",")[0] in _CONTENT for name in POS])

GAP_NONE, GAP_SPACE, GAP_LINE, GAP_CELL = range(4)
COLUMNS = 10  # a row's cells are numbered 1, 2, …; 0 is a token outside any row
KINDS = 8

_CELL_BORDERS = "\t|｜"


@dataclass(frozen=True, slots=True)
class Tokens:
    """A text's tokens as parallel arrays; `starts` and `ends` are code points of the text as given."""

    words: NDArray[np.uint32]  # hash of the folded surface
    lemmas: NDArray[np.uint32]  # hash of the lemma
    pos: NDArray[np.uint8]
    gaps: NDArray[np.uint8]  # what stands before the token: GAP_*
    columns: NDArray[np.uint8]
    kinds: NDArray[np.uint8]  # which script: see `_kind`
    starts: NDArray[np.int32]
    ends: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.words)

    def __getitem__(self, part: slice) -> Tokens:
        return Tokens(
            self.words[part], self.lemmas[part], self.pos[part], self.gaps[part],
            self.columns[part], self.kinds[part], self.starts[part], self.ends[part],
        )  # fmt: skip


# Some 10 KB each: the same passages come back with other questions.
@lru_cache(maxsize=2048)
def encode(text: str) -> Tokens:
    """The tokens of `text` with their places in it; white space is no token, but remembered as a gap."""
    folded = fold_in_place(text)
    tokens = tokenize(folded)
    starts = np.array([t.start for t in tokens], np.int32)
    ends = np.array([t.end for t in tokens], np.int32)
    return Tokens(
        np.array([word_hash(t.surface) for t in tokens], np.uint32),
        np.array([word_hash(t.lemma) for t in tokens], np.uint32),
        np.array([_POS_ID.get(t.pos, 0) for t in tokens], np.uint8),
        _gaps(folded, starts, ends),
        _columns(folded, starts),
        np.array([_kind(t.surface) for t in tokens], np.uint8),
        starts,
        ends,
    )


def fold_in_place(text: str) -> str:
    """NFKC wherever one character stays one, so that every place in the result is the same in `text`."""
    return "".join(map(_fold_character, text))


@lru_cache(maxsize=1 << 14)
def _fold_character(character: str) -> str:
    folded = unicodedata.normalize("NFKC", character)
    return folded if len(folded) == 1 else character


@lru_cache(maxsize=1 << 18)
def word_hash(word: str) -> int:
    """32 bits for a word: NFKC, ASCII lower case. Words are compared and looked up by it."""
    return crc32(unicodedata.normalize("NFKC", word).lower().encode())


@lru_cache(maxsize=1 << 16)
def _kind(surface: str) -> int:
    """0 other, 1 digits, 2 Latin, 3 hiragana, 4 katakana, 5 one kanji, 6 several kanji, 7 mixed."""
    if surface.isdigit():
        return 1
    if surface.isascii():
        return 2 if surface.isalpha() else 0
    if all("ぁ" <= c <= "ゟ" for c in surface):
        return 3
    if all("゠" <= c <= "ヿ" for c in surface):
        return 4
    if all("一" <= c <= "鿿" or c in "々〇" for c in surface):
        return 5 if len(surface) == 1 else 6
    return 7


def _gaps(text: str, starts: NDArray[np.int32], ends: NDArray[np.int32]) -> NDArray[np.uint8]:
    gaps = np.zeros(len(starts), np.uint8)
    previous = 0
    for n, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        between = text[previous:start]
        if between:
            cell, line = "\t" in between, "\n" in between
            gaps[n] = GAP_LINE if line else GAP_CELL if cell else GAP_SPACE
        previous = end
    return gaps


def _columns(text: str, starts: NDArray[np.int32]) -> NDArray[np.uint8]:
    """Which cell of its line each token stands in, so that a cell can be tied to its column's heading."""
    columns = np.zeros(len(starts), np.uint8)
    offset = 0
    for line in text.split("\n"):
        end = offset + len(line)
        if any(border in line for border in _CELL_BORDERS):
            first, last = np.searchsorted(starts, [offset, end])
            for n in range(first, last):
                before = line[: int(starts[n]) - offset]
                cell = 1 + sum(before.count(border) for border in _CELL_BORDERS)
                columns[n] = min(cell, COLUMNS - 1)
        offset = end + 1
    return columns


def windows(tokens: Tokens, size: int, step: int) -> Sequence[Tokens]:
    """The text whole when it has at most `size` tokens, else overlapping parts that begin `step` apart."""
    if len(tokens) <= size:
        return [tokens]
    firsts = range(0, len(tokens) - size + step, step)
    return [tokens[first : first + size] for first in firsts]
