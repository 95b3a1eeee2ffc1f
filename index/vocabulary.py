"""The words the embedded model knows: from a text's tokens to rows of its table, without the table.

Making rows needs neither torch nor the weights, so that the processes that read files can do it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open

from index.lemmas import term_hash
from ingest.mecab import Column, Word, Words, analyse
from ingest.normalize import fold

# Particles, inflections and punctuation say how, not what.
_FORM = frozenset(("助詞", "助動詞", "補助記号", "空白"))
VOCABULARY = "vocabulary.txt"
WEIGHTS = "model.safetensors"
# How fast repeating a word stops adding to a text, as BM25's k1.
_SATURATION = 0.7


@lru_cache(maxsize=1 << 17)
def word(surface: str, lemma: str, kind: str, detail: str) -> str:
    """The one form in which a token is looked up, "" for one that is not.

    The lemma unites spellings (ハンコ is 判子); of a name unidic knows only the reading, of a number
    nothing, so both stay as written.
    """
    if kind in _FORM or (kind, detail) == ("記号", "一般"):
        return ""
    form = surface if detail in ("固有名詞", "数詞") else lemma
    return "".join(unicodedata.normalize("NFKC", form).casefold().split())


def _form(found: Word) -> str:
    return word(found.surface, found.lemma, *found.pos)


# An empty form is no word: 0.
_HASH = Column(lambda found: term_hash(_form(found)) if _form(found) else 0, np.int64)
_WRITTEN = Column(_form, np.object_)


def words(text: str) -> list[str]:
    """The words of a text in order."""
    return [form for form in _WRITTEN(analyse(fold(text))) if form]


class Lookup:
    """Words to rows: one for a known word; an unknown one is made of its own and its pieces' buckets."""

    def __init__(self, vocabulary: Sequence[str], buckets: int) -> None:
        self.vocabulary = list(vocabulary)
        self.buckets = buckets
        self._known = {form: [row] for row, form in enumerate(vocabulary)}
        self._rows = Column(lambda found: self.rows(_form(found)), np.object_)

    def __len__(self) -> int:
        return len(self.vocabulary) + self.buckets

    def rows(self, form: str) -> list[int]:
        """The rows that make up a word."""
        known = self._known.get(form)
        if known is not None:
            return known
        marked = f"<{form}>"
        pieces = [marked[at : at + 2] for at in range(len(marked) - 1)] if len(form) > 1 else []
        return [len(self.vocabulary) + crc32(piece.encode()) % self.buckets for piece in (marked, *pieces)]

    @classmethod
    def load(cls, folder: Path) -> Lookup:
        """The words of a saved model; its table is not read."""
        forms = (folder / VOCABULARY).read_text(encoding="utf-8").split("\n")[:-1]
        with safe_open(folder / WEIGHTS, framework="numpy") as saved:
            (rows,) = saved.get_slice("scales").get_shape()
        return cls(forms, rows - len(forms))

    def bags(self, found: Sequence[tuple[Words, NDArray[np.int64]]], texts: int) -> Bags:
        """What the model adds up for each text.

        :param found: tokens with the number of the text that each belongs to, or -1
        :param texts: how many texts there are
        """
        hashes = np.concatenate([_HASH(words) for words, _ in found])
        rows = np.concatenate([self._rows(words) for words, _ in found])
        return _added(hashes, rows, np.concatenate([owner for _, owner in found]), texts)

    def bags_of(self, texts: Sequence[str]) -> Bags:
        """The same for texts as they are."""
        found = [analyse(fold(text)) for text in ("", *texts)]
        owned = [(words, np.full(len(words.ids), at - 1)) for at, words in enumerate(found)]
        return self.bags(owned, len(texts))

    def bag(self, forms: Sequence[str]) -> Bags:
        """The same for one text's words."""
        hashes = np.array([term_hash(form) for form in forms], dtype=np.int64)
        rows = np.fromiter(map(self.rows, forms), dtype=np.object_, count=len(forms))
        return _added(hashes, rows, np.zeros_like(hashes), 1)


@dataclass(frozen=True, slots=True)
class Bags:
    """Texts as weighted rows of the table: those of text i begin at `offsets[i]`.

    :param rows: shape (rows of all texts,), int32; `weights` likewise, float32
    :param offsets: shape (texts,), int64
    """

    rows: NDArray[np.int32]
    weights: NDArray[np.float32]
    offsets: NDArray[np.int64]


def joined(bags: Sequence[Bags]) -> Bags:
    """The texts of several, one after the other."""
    sizes = np.cumsum([0, *(len(bag.rows) for bag in bags)])
    return Bags(
        np.concatenate([bag.rows for bag in bags]),
        np.concatenate([bag.weights for bag in bags]),
        np.concatenate([bag.offsets + size for bag, size in zip(bags, sizes.tolist(), strict=False)]),
    )


def _added(words: NDArray[np.int64], rows: NDArray[Any], owners: NDArray[np.int64], texts: int) -> Bags:
    """What the words of each text add up to: repeating one adds less and less.

    :param words: the hash of each, 0 for what is not looked up
    :param rows: of each word's form, lists
    :param owners: the number of the text that each belongs to, or -1
    """
    used = np.flatnonzero((owners >= 0) & (words != 0))
    order = used[np.lexsort((words[used], owners[used]))]
    words, owners = words[order], owners[order]
    new = np.ones(len(order), dtype=np.bool_)
    new[1:] = (words[1:] != words[:-1]) | (owners[1:] != owners[:-1])
    firsts = np.flatnonzero(new)
    counts = np.diff(np.append(firsts, len(order))).astype(np.float32)
    weights = counts * (1 + _SATURATION) / (counts + _SATURATION)
    of_words = rows[order[firsts]]
    sizes = np.fromiter(map(len, of_words), dtype=np.int64, count=len(of_words))
    starts = np.cumsum(sizes) - sizes
    spread = np.repeat(weights, sizes)
    # An unknown word itself weighs as much as its pieces together.
    pieces = np.repeat(sizes, sizes) > 1
    spread[pieces] /= 2 * np.repeat(np.maximum(sizes - 1, 1), sizes)[pieces]
    several = sizes > 1
    spread[starts[several]] = weights[several] / 2
    ends = np.bincount(owners[firsts], weights=sizes, minlength=texts).astype(np.int64).cumsum()
    flat = np.fromiter(chain.from_iterable(of_words), dtype=np.int32, count=int(sizes.sum()))
    return Bags(flat, spread.astype(np.float32), np.append(0, ends)[:texts])
