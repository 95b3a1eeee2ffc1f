"""Text becomes search terms: lemmas of content words, compounds, numbers and dates.

A question and a passage go through the same door, so that 取組／取り組み, コンピュータ／コンピューター,
６，０８０／6080 and 三つ／3つ meet as one term.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from ingest.mecab import Token, tokenize

# Words of any text: they match everywhere and say nothing about the subject.
_STOP_LEMMAS = frozenset(
    "為る 有る 居る 成る 出来る 言う 因る 於く 仕舞う 頂く 下さる 御座る 行く 来る 呉れる 貰う 見る 遣る 置く 無い 良い "
    "事 物 為 所 時 様 等 何 幾ら 幾つ 何時 何処 誰 何れ 訳 筈 方 教える 又 又は 及び 並びに 其の 此の".split()
)
_CONTENT = frozenset(("名詞", "動詞", "形容詞", "形状詞", "副詞"))
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
# Stands between the parts of a compound, デジタル|庁, so that it is never taken for a word.
COMPOUND = "|"


@dataclass(frozen=True, slots=True)
class _Word:
    """A token or a joined number: its term ("" when only its neighbours count) and place."""

    term: str
    joins: bool
    start: int
    end: int


def terms(text: str) -> list[str]:
    """The terms of `text` in order, repeated as often as they occur; a compound follows its parts."""
    text = unicodedata.normalize("NFKC", text)
    found: list[str] = []
    previous: _Word | None = None
    for word in _words(text):
        if word.term and not (len(word.term) == 1 and _KANA.match(word.term)):
            found.append(word.term)
        if previous and previous.joins and word.joins and previous.end == word.start:
            parts = text[previous.start : previous.end], text[word.start : word.end]
            found.append(COMPOUND.join(map(_key, parts)))
        previous = word
    return found


def _words(text: str) -> Iterator[_Word]:
    """Tokens with the pieces of one number joined into one word."""
    numbers = [(m.start(), m.end()) for m in _DIGITS.finditer(text)]
    tokens = tokenize(text)
    at = 0
    while at < len(tokens):
        token = tokens[at]
        while numbers and numbers[0][1] <= token.span.start:
            numbers.pop(0)
        if numbers and numbers[0][0] == token.span.start and token.span.end <= numbers[0][1]:
            start, end = numbers.pop(0)
            yield from _number(text, start, end)
            while at < len(tokens) and tokens[at].span.start < end:
                at += 1
            continue
        yield _word(token)
        at += 1


def _number(text: str, start: int, end: int) -> Iterator[_Word]:
    written = text[start:end]
    if _THOUSANDS.fullmatch(written) or _DECIMAL.fullmatch(written):
        percent = _PERCENT.match(text, end)
        value = written.replace(",", "").lstrip("0") or "0"
        yield _Word(("0" + value if value.startswith(".") else value) + ("%" if percent else ""), True, start, end)
        return
    for piece in re.finditer(r"\d+", written):  # 3.9.1 and 1,2: numbers side by side
        yield _Word(piece.group().lstrip("0") or "0", True, start + piece.start(), start + piece.end())


def _word(token: Token) -> _Word:
    kind, detail = token.pos
    joins = kind in _PART_OF_COMPOUND and bool(_LETTERS.match(token.surface))
    term = ""
    if kind in _CONTENT or (kind == "接尾辞" and detail == "名詞的") or (kind, detail) == ("記号", "文字"):
        lemma = _key(token.lemma)
        term = "" if lemma in _STOP_LEMMAS or not _LETTERS.search(lemma) else lemma
    if detail == "数詞" and _KANJI_NUMBER.fullmatch(token.surface):
        term = str(_kanji_value(token.surface))
    return _Word(term, joins, token.span.start, token.span.end)


def _kanji_value(written: str) -> int:
    """二十 is 20, 百二十 is 120, 二〇二一 is 2021."""
    if not any(unit in written for unit in _KANJI_UNIT):
        return int("".join(str(_KANJI_DIGIT[digit]) for digit in written))
    total, digit = 0, 0
    for character in written:
        if character in _KANJI_UNIT:
            total += (digit or 1) * _KANJI_UNIT[character]
            digit = 0
        else:
            digit = _KANJI_DIGIT[character]
    return total + digit


def _key(word: str) -> str:
    return unicodedata.normalize("NFKC", word).casefold()
