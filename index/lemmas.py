"""Text becomes search terms: lemmas of content words, compounds, numbers and dates.

A question and a passage go through the same door, so that 取組／取り組み, コンピュータ／コンピューター,
６，０８０／6080 and 三つ／3つ meet as one term.
"""

from __future__ import annotations

import re
import unicodedata
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from ingest.dates import dates
from ingest.mecab import Token, tokenize
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
class _Word:
    """A token or a joined number with its place.

    :param key: its one form: a lemma, or a number's value
    :param counts: whether it is a term by itself
    :param joins: whether it makes compounds with its neighbours
    """

    key: str
    counts: bool
    joins: bool
    start: int
    end: int


def terms(text: str) -> list[str]:
    """The terms of `text`, repeated as often as they occur: words, compounds and their parts, dates."""
    text = fold(text)
    found = [f"西暦{DERIVED}{term}" for mention in dates(text) for term in mention.terms]
    previous: _Word | None = None
    for word in _words(text):
        if word.counts:
            found.append(word.key)
        if previous and previous.joins and word.joins and previous.end == word.start:
            found.append(f"{previous.key}{DERIVED}{word.key}")
        previous = word
    return found


def _words(text: str) -> Iterator[_Word]:
    """Tokens, the pieces of one number joined into one word."""
    numbers = {word.start: word for found in _DIGITS.finditer(text) for word in _numbers(text, found)}
    tokens = deque(tokenize(text))
    while tokens:
        token = tokens.popleft()
        if _is_kanji_number(token):
            surface, end = token.surface, token.end
            while tokens and _is_kanji_number(tokens[0]) and tokens[0].start == end:
                surface, end = surface + tokens[0].surface, tokens.popleft().end
            yield _Word(_kanji_value(surface), True, True, token.start, end)
            continue
        word = numbers.get(token.start)
        if word is None or token.end > word.end:  # IPv4, or a name with a number in it
            yield _word(token)
            continue
        yield word
        while tokens and tokens[0].start < word.end:
            tokens.popleft()


def _numbers(text: str, found: re.Match[str]) -> Iterator[_Word]:
    """6,080 and 20.6% are one number each; 3.9.1 and 1,2 are numbers side by side."""
    if _THOUSANDS.fullmatch(found[0]) or _DECIMAL.fullmatch(found[0]):
        percent = _PERCENT.match(text, found.end())
        end = percent.end() if percent else found.end()
        yield _Word(_value(found[0]) + ("%" if percent else ""), True, True, found.start(), end)
        return
    for piece in re.finditer(r"\d+", found[0]):
        start = found.start() + piece.start()
        yield _Word(_value(piece[0]), True, True, start, start + len(piece[0]))


def _is_kanji_number(token: Token) -> bool:
    return token.pos[1] == "数詞" and _KANJI_NUMBER.fullmatch(token.surface) is not None


def _value(written: str) -> str:
    whole, point, fraction = written.replace(",", "").partition(".")
    return (whole.lstrip("0") or "0") + point + fraction


def _word(token: Token) -> _Word:
    return _Word(*_meaning(token.lemma, token.pos), token.start, token.end)


@lru_cache(maxsize=1 << 16)
def _meaning(lemma: str, pos: tuple[str, str]) -> tuple[str, bool, bool]:
    """Key, whether it is a term, whether it makes compounds; remembered because text repeats its words."""
    kind, detail = pos
    key = "".join(unicodedata.normalize("NFKC", lemma).casefold().split())  # unidic writes some in full width
    written = bool(_LETTERS.search(key))
    if kind == "連体詞" and key in _ADJECTIVES:
        return _ADJECTIVES[key], True, False
    counts = kind in _CONTENT or (kind, detail) in _CONTENT_DETAILS
    counts = counts and written and key not in _STOP_LEMMAS and not (len(key) == 1 and _KANA.match(key))
    return key, counts, written and kind in _PART_OF_COMPOUND


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
