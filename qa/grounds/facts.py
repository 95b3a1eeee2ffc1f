"""The exact things a text states: dates, numbers with their units, names and quoted words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from index.lemmas import DERIVED, terms
from ingest.dates import dates
from ingest.document import Span
from ingest.mecab import Token, tokenize

_DIGIT = {digit: value for value, digit in enumerate("〇一二三四五六七八九")}
_SMALL = {"十": 10, "百": 100, "千": 1000}
_LARGE = {"万": 10**4, "億": 10**8, "兆": 10**12}
_RUN = re.compile(r"[\d〇一二三四五六七八九十百千](?:[\d〇一二三四五六七八九十百千万億兆]|[.,](?=\d))*")
_PIECE = re.compile(r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|[〇一二三四五六七八九]|[十百千]|[万億兆]")
_MINUS = re.compile(r"(?:[▲△]|マイナス)\s*$")
_UNIT = re.compile(
    r"\s*(%|パーセント|[カかヶケヵ箇個]月|[カかヶケヵ箇]国|[カかヶケヵ箇]所|[A-Za-z]+[²³]?|[ァ-ヴー]+|[一-鿿]|つ)"
)
_ONE_UNIT = {"パーセント": "%", "名": "人", "才": "歳", "箇": "個"}
# What stands behind a quantity or a date and turns its meaning.
_BOUND = re.compile(
    r"(?:年間|年度|間|度|つ)?(?:程度|ほど|くらい|ぐらい)?\s*(以上|以下|未満|以内|以前|以降|以後|超|を超え|を上回|を下回|より前|より後|まで|から|前|後)"
)
_ONE_BOUND = {
    "を超え": "超",
    "を上回": "超",
    "を下回": "未満",
    "より前": "前",
    "より後": "後",
    "以後": "以降",
}
# 令和 and the like count by the year they date.
_ERAS = frozenset({"明治", "大正", "昭和", "平成", "令和", "西暦"})
_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[.+&/-][A-Za-z0-9]+)*")
_KATAKANA = re.compile(r"[ァ-ヴ][ァ-ヴー]+")
_BODY = re.compile(
    r"(?:省|庁|局|部|課|室|社|法|法律|条例|大学|大学院|高校|学校|銀行|センター|機構|協会|協議会|委員会|法人|会社|組合|財団|基金|病院|市|区|町|村|県|府|都|道|国|会|館|所|氏)$"
)
_QUOTED = re.compile(r"[「『]([^「」『』]{1,60})[」』]")
_LONG_END = re.compile(r"ー(?![ァ-ヴ])")

# Words of telling what a document says, not of what it says.
FRAME = frozenset(
    {
        "文書", "資料", "記載", "説明", "内容", "以下", "次", "通り", "場合", "具体", "述べる", "挙げる",
        "示す", "其々",
        "即ち", "定める", "一つ", "為", "旨", "関する", "対する", "基づく", "就く", "行う", "的", "可能",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number: its value with its scale (万, 億), its value without, its unit and the bound behind it."""

    value: Fraction
    bare: Fraction
    scale: str
    unit: str
    bound: str
    span: Span


@dataclass(frozen=True, slots=True)
class Day:
    """A date by its most precise term in 西暦, all its terms, and the bound behind it."""

    term: str
    terms: frozenset[str]
    bound: str
    span: Span


@dataclass(frozen=True, slots=True)
class Facts:
    """What a text states exactly, and its words.

    :param flat: the text without white space, in lower case, 〜ー at the end of a loanword dropped
    :param latin: its Latin words and their parts, in lower case
    :param names: proper nouns, organisations, Latin and katakana words, in the form of `flat`
    :param words: lemmas of content words, numbers and dates left out
    """

    text: str
    flat: str
    tokens: tuple[Token, ...]
    quantities: tuple[Quantity, ...]
    days: tuple[Day, ...]
    latin: frozenset[str]
    names: frozenset[str]
    quotes: frozenset[str]
    words: frozenset[str]


@lru_cache(maxsize=4096)
def facts(text: str) -> Facts:
    """The facts of a folded text; remembered, because the same source is asked for every sentence."""
    tokens = tokenize(text)
    days = tuple(_days(text))
    quantities = tuple(_quantities(text, tokens, days))
    return Facts(
        text=text,
        flat=flat(text),
        tokens=tokens,
        quantities=quantities,
        days=days,
        latin=frozenset(_latin(text)),
        names=frozenset(flat(name) for name in _names(text, tokens)),
        quotes=frozenset(flat(found[1]) for found in _QUOTED.finditer(text)),
        words=frozenset(
            word
            for word in terms(_without(text, (*quantities, *days)))
            if DERIVED not in word and not word[0].isdigit()
        ),
    )


def _without(text: str, counted: Iterable[Quantity | Day]) -> str:
    """The text with blanks for its numbers with their units, and for its dates."""
    letters = list(text)
    for each in counted:
        letters[each.span.start : each.span.end] = " " * len(each.span)
    return "".join(letters)


def flat(text: str) -> str:
    """The form in which names and quoted words are compared."""
    return _LONG_END.sub("", "".join(text.split()).casefold())


def holds_name(name: str, text: Facts) -> bool:
    """Whether a name of some text stands in another as a word: IT is not in ITU."""
    return name in (text.latin if name.isascii() else text.flat)


def _latin(text: str) -> Iterator[str]:
    for found in _LATIN.finditer(text):
        yield found[0].casefold()
        yield from re.split(r"[.+&/-]", found[0].casefold())


def _days(text: str) -> Iterator[Day]:
    for mention in dates(text):
        fiscal = mention.terms[0].endswith("度")
        terms_of = frozenset(mention.terms[:1] if fiscal else mention.terms)
        term = mention.terms[0] if fiscal else mention.terms[-1]
        yield Day(term, terms_of, _bound(text, mention.span.end), mention.span)


def _quantities(text: str, tokens: tuple[Token, ...], days: tuple[Day, ...]) -> Iterator[Quantity]:
    numerals = {token.start for token in tokens if token.pos[1] == "数詞"}
    names = [found.span() for found in _LATIN.finditer(text)]
    for found in _RUN.finditer(text):
        start = found.start()
        if not found[0][0].isdigit() and start not in numerals:
            continue
        if any(a <= start < b for a, b in names):  # IPv6 is a name
            continue
        bare, scale, value = _value(found[0])
        unit = _UNIT.match(text, found.end())
        name = "" if unit is None else _one_unit(unit[1])
        if unit is not None and unit[1] == "割" and name == "割":
            value, bare, name = value * 10, bare * 10, "%"
        in_date = any(day.span.start <= start < day.span.end for day in days)
        if in_date and name not in ("月", "日"):
            continue
        if _MINUS.search(text, max(0, start - 6), start):
            value, bare = -value, -bare
        end = unit.end() if unit else found.end()
        name = _ordinal(text, start, end) + name
        yield Quantity(value, bare, scale, name, _bound(text, end), Span(start, end))


def _value(run: str) -> tuple[Fraction, str, Fraction]:
    """(number before its last scale, that scale, value): 1億2,000万 → (12000, 万, 120000000)."""
    if re.fullmatch(r"[〇一二三四五六七八九]{2,}", run):
        whole = Fraction(int("".join(str(_DIGIT[digit]) for digit in run)))
        return whole, "", whole
    total, section, digit = Fraction(0), Fraction(0), None
    scale = ""
    for piece in _PIECE.findall(run):
        if piece in _LARGE:
            total += (section + (digit or 0) or 1) * _LARGE[piece]
            section, digit, scale = Fraction(0), None, piece
        elif piece in _SMALL:
            section += (1 if digit is None else digit) * _SMALL[piece]
            digit = None
        else:
            number = Fraction(_DIGIT[piece]) if piece in _DIGIT else Fraction(piece.replace(",", ""))
            digit = number if digit is None else digit * 10 + number
            scale = ""
    value = total + section + (digit or 0)
    return (value / _LARGE[scale] if scale else value), scale, value


def _one_unit(unit: str) -> str:
    if unit[0] in "カかヶケヵ箇個" and len(unit) == 2:
        return "か" + unit[1]
    return _ONE_UNIT.get(unit, unit)


def _ordinal(text: str, start: int, end: int) -> str:
    """第 of 第3回, ※ of ※1 and () of (2): numbers that count nothing."""
    before = text[max(0, start - 2) : start].rstrip()[-1:]
    if before == "(" and text[end : end + 1] == ")":
        return "()"
    return before if before in ("第", "※") else ""


def _bound(text: str, end: int) -> str:
    found = _BOUND.match(text, end)
    return "" if found is None else _ONE_BOUND.get(found[1], found[1])


def _names(text: str, tokens: tuple[Token, ...]) -> Iterator[str]:
    yield from _KATAKANA.findall(text)
    # A letter by itself, or behind a digit, is a mark or a unit: 5G is compared as a number.
    yield from (
        found[0]
        for found in _LATIN.finditer(text)
        if len(found[0]) > 1 and not text[found.start() - 1 : found.start()].isdigit()
    )
    run: list[Token] = []
    for token in (*tokens, None):
        if token is not None and _joins(token) and (not run or run[-1].end == token.start):
            run.append(token)
            continue
        yield from _in_run(text, run)
        run = [token] if token is not None and _joins(token) else []


def _joins(token: Token) -> bool:
    kind, detail = token.pos
    return (kind == "名詞" and detail != "数詞") or (kind, detail) == ("接尾辞", "名詞的") or kind == "接頭辞"


def _in_run(text: str, run: list[Token]) -> Iterator[str]:
    """The names in neighbouring nouns: each proper noun, and the whole when it ends like a body or a law."""
    for token in run:
        if token.pos[1] == "固有名詞" and token.surface not in _ERAS and not token.surface.isascii():
            yield token.surface
    if len(run) > 1 and _BODY.search(run[-1].surface):
        whole = text[run[0].start : run[-1].end]
        if len(whole) > 2 and not re.search(r"[A-Za-z]", whole):
            yield whole
