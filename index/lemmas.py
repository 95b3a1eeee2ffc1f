"""Text becomes search terms: lemmas of content words, compounds, numbers and dates.

A question and a passage go through the same door, so that 取組／取り組み, コンピュータ／コンピューター,
６，０８０／6080 and 三つ／3つ meet as one term.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from ingest.dates import dates
from ingest.mecab import Column, Word, Words, analyse
from ingest.normalize import fold

# Words of any text: they match everywhere and say nothing about the subject.
# fmt: off
_STOP_LEMMAS = frozenset((
    "為る", "有る", "居る", "成る", "出来る", "言う", "因る", "於く", "仕舞う", "頂く", "下さる",
    "御座る", "行く", "来る", "呉れる", "貰う", "見る", "遣る", "置く", "無い", "良い", "事",
    "物", "為", "所", "時", "様", "等", "何", "幾ら", "幾つ", "何時", "何処",
    "誰", "何れ", "訳", "筈", "方", "教える", "又", "又は", "及び", "並びに", "其の",
    "此の",
))
# fmt: on
_CONTENT = frozenset(("名詞", "動詞", "形容詞", "形状詞", "副詞"))
_CONTENT_DETAILS = frozenset((("接尾辞", "名詞的"), ("記号", "文字")))
# These two say as much as the adjectives they come from; others (この, ある) only point.
_ADJECTIVES = {"大きな": "大きい", "小さな": "小さい"}
_PART_OF_COMPOUND = frozenset(("名詞", "接頭辞", "接尾辞", "形状詞"))
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_DECIMAL = re.compile(r"\d+(?:\.\d+)?")
_PERCENT = re.compile(r"\s?(?:%|パーセント)")
_KANJI_NUMBER = re.compile(r"[〇一二三四五六七八九十百千]+")
_KANJI_DIGIT = {digit: value for value, digit in enumerate("〇一二三四五六七八九")}
_KANJI_UNIT = {"十": 10, "百": 100, "千": 1000}
_KANA = re.compile(r"[ぁ-ヿー]")
_LETTERS = re.compile(r"\w")
# Marks a term made from others, デジタル|庁 and 西暦|2021年: never taken for a word, and weighed less.
DERIVED = "|"


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of a text by hash, with the places they begin and end at; each shape (terms,)."""

    hashes: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]


def terms(text: str) -> list[str]:
    """The terms of `text`, repeated as often as they occur: dates, words, compounds of neighbours."""
    text = fold(text)
    words = analyse(text)
    row = _row(words, text)

    def key(at: int) -> str:
        return row.numbers.get(at) or _meaning(words.lexicon.words[words.ids[at]]).key

    found = [f"西暦{DERIVED}{term}" for mention in dates(text) for term in mention.terms]
    found += [key(at) for at in row.terms.tolist()]
    return found + [f"{key(one)}{DERIVED}{key(two)}" for one, two in row.pairs.T.tolist()]


def hashed(words: Words, text: str) -> Terms:
    """The same for a folded text whose tokens are at hand: what a passage is indexed by."""
    row = _row(words, text)
    keys = _KEY(words)
    for at, number in row.numbers.items():
        keys[at] = term_hash(number)
    one, two = row.pairs
    days = [
        (term_hash(f"西暦{DERIVED}{term}"), mention.span.start, mention.span.end)
        for mention in dates(text)
        for term in mention.terms
    ]
    dated = np.array(days, dtype=np.int64).reshape(-1, 3).T
    return Terms(
        np.concatenate([dated[0], keys[row.terms], _compound(keys[one], keys[two])]),
        np.concatenate([dated[1], words.starts[row.terms], words.starts[one]]),
        np.concatenate([dated[2], row.ends[row.terms], row.ends[two]]),
    )


@lru_cache(maxsize=1 << 16)
def term_hash(term: str) -> int:
    """The 64 bits a term is known by in an index; a compound's are made of its parts'."""
    first, derived, second = term.partition(DERIVED)
    if derived:
        parts = np.array([[term_hash(first)], [term_hash(second)]], dtype=np.int64)
        return int(_compound(*parts)[0])
    return int.from_bytes(blake2b(term.encode(), digest_size=8).digest(), "little", signed=True)


def _compound(first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int64]:
    """Two hashes as one, order counting; the constants are those of SplitMix64 (Steele et al. 2014)."""
    mixed = first.view(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + second.view(np.uint64)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (mixed ^ (mixed >> np.uint64(31))).view(np.int64)


@dataclass(frozen=True, slots=True)
class _Row:
    """A text's tokens with the pieces of one number joined.

    :param numbers: token number → the value of the number that begins there
    :param terms: numbers of the tokens that are terms
    :param pairs: shape (2, compounds), neighbours that make a compound
    :param ends: where each token ends, a number with all its pieces
    """

    numbers: dict[int, str]
    terms: NDArray[np.int64]
    pairs: NDArray[np.int64]
    ends: NDArray[np.int64]


def _row(words: Words, text: str) -> _Row:
    counts, joins, ends = _COUNTS(words), _JOINS(words), words.ends.copy()
    kept = np.ones(len(ends), dtype=np.bool_)
    numbers = {}
    for first, after, value, end in [*_written_in_digits(words, text), *_written_in_kanji(words, text)]:
        numbers[first] = value
        kept[first + 1 : after] = False
        counts[first] = joins[first] = True
        ends[first] = end
    there = np.flatnonzero(kept)
    one, two = there[:-1], there[1:]
    together = joins[one] & joins[two] & (ends[one] == words.starts[two])
    return _Row(numbers, there[counts[there]], np.stack([one[together], two[together]]), ends)


_Number = tuple[int, int, str, int]  # first token, the one after the last, the value, where it ends


def _written_in_digits(words: Words, text: str) -> Iterator[_Number]:
    """6,080 and 20.6% are one number each; 3.9.1 and 1,2 are numbers side by side."""
    found = [place for match in _DIGITS.finditer(text) for place in _numbers(text, match)]
    if not found:
        return
    first = np.searchsorted(words.starts, [start for start, _, _ in found])
    after = np.searchsorted(words.starts, [end for _, end, _ in found])
    for (start, end, value), one, other in zip(found, first.tolist(), after.tolist(), strict=True):
        # A token that is more than the number is a name: IPv4.
        if one < len(words.starts) and words.starts[one] == start and words.ends[one] <= end:
            yield one, other, value, end


def _numbers(text: str, found: re.Match[str]) -> Iterator[tuple[int, int, str]]:
    if _THOUSANDS.fullmatch(found[0]) or _DECIMAL.fullmatch(found[0]):
        percent = _PERCENT.match(text, found.end())
        end = percent.end() if percent else found.end()
        yield found.start(), end, _value(found[0]) + ("%" if percent else "")
        return
    for piece in re.finditer(r"\d+", found[0]):
        start = found.start() + piece.start()
        yield start, start + len(piece[0]), _value(piece[0])


def _written_in_kanji(words: Words, text: str) -> Iterator[_Number]:
    """二十一 in however many tokens."""
    numerals = np.flatnonzero(_NUMERAL(words))
    if not len(numerals):
        return
    apart = (np.diff(numerals) > 1) | (words.starts[numerals[1:]] != words.ends[numerals[:-1]])
    for run in np.split(numerals, np.flatnonzero(apart) + 1):
        first, last = int(run[0]), int(run[-1])
        end = int(words.ends[last])
        yield first, last + 1, _kanji_value(text[words.starts[first] : end]), end


def _value(written: str) -> str:
    whole, point, fraction = written.replace(",", "").partition(".")
    return (whole.lstrip("0") or "0") + point + fraction


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What a word is in a search.

    :param key: its one form, a lemma
    :param counts: whether it is a term by itself
    :param joins: whether it makes compounds with its neighbours
    """

    key: str
    counts: bool
    joins: bool


@lru_cache(maxsize=1 << 16)
def _meaning(word: Word) -> _Meaning:
    kind, detail = word.pos
    lemma = unicodedata.normalize("NFKC", word.lemma)  # unidic writes some in full width
    key = "".join(lemma.casefold().split())
    written = bool(_LETTERS.search(key))
    if kind == "連体詞" and key in _ADJECTIVES:
        return _Meaning(_ADJECTIVES[key], True, False)
    counts = kind in _CONTENT or (kind, detail) in _CONTENT_DETAILS
    counts = counts and written and key not in _STOP_LEMMAS and not (len(key) == 1 and _KANA.match(key))
    return _Meaning(key, counts, written and kind in _PART_OF_COMPOUND)


def _is_numeral(word: Word) -> bool:
    return word.pos[1] == "数詞" and _KANJI_NUMBER.fullmatch(word.surface) is not None


_KEY = Column(lambda word: term_hash(_meaning(word).key), np.int64)
_COUNTS = Column(lambda word: _meaning(word).counts, np.bool_)
_JOINS = Column(lambda word: _meaning(word).joins, np.bool_)
_NUMERAL = Column(_is_numeral, np.bool_)


def _kanji_value(written: str) -> str:
    """二十 is 20, 百二十 is 120, 二〇二一 is 2021."""
    if not any(unit in written for unit in _KANJI_UNIT):
        return _value("".join(str(_KANJI_DIGIT[digit]) for digit in written))
    total, digit = 0, 0
    for character in written:
        if character in _KANJI_UNIT:
            total += (digit or 1) * _KANJI_UNIT[character]
            digit = 0
        else:
            digit = _KANJI_DIGIT[character]
    return str(total + digit)
