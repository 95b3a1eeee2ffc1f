"""How much of a thing a text speaks of: all, some, most, about, only; always or in principle."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from index.synonyms import synonyms
from ingest.document import Span
from qa.grounds.facts import facts, flat
from qa.grounds.polarity import predicate

_ALL, _MOST = "すべて|全て|全部", "多く|大半|大部分|ほとんど|殆ど|過半数?|大多数"
# By kind, what stands before the noun that it belongs to, and what stands behind it.
_BEFORE = {
    "すべて": rf"(?:{_ALL})の|あらゆる|全(?=[一-鿿]{{2}})(?![国体般世界面文角額都道府県])",
    "一部": r"(?<!の)一部の|の一部の",
    "多く": rf"(?:{_MOST})の",
    "少し": r"(?:少数|わずか|僅か)の",
}
_BEHIND = {
    "すべて": rf"[のはがを]?(?:{_ALL}|全員)(?!の|又は|または|若しくは|もしくは)",
    "一部": r"の一部(?!の)",
    "多く": rf"の(?:{_MOST})(?!の)",
    "だけ": (
        r"(?:だけ|のみ)(?!で(?:は|も)?な[くい]|で(?:は|も)?ありま|ならず)|に限(?:り(?!ま)|る|って|定)"
        r"|しか(?=[^。、]*な[いかく])"
    ),
}
# What belongs to a predicate.
_SURE = {
    "必ず": r"必ず(?!しも)|常に|絶対に|例外なく",
    "原則": r"原則(?:として|、|は)|基本的に",
    "ほとんど": r"(?<!の)(?:ほとんど|殆ど|おおむね|概ね|主に|主として)(?![の\d])",
}
_ABOUT_BEFORE = re.compile(r"(?:約|およそ|おおよそ|おおむね|概ね|ほぼ)\s*$")
_ABOUT_BEHIND = re.compile(
    r"\s*(?:[一-鿿ァ-ヴー]{1,4})?(?:程度|ほど|くらい|ぐらい|前後|頃|ごろ)|(?:弱|強)(?![一-鿿])"
)
_ONLY_BEHIND = re.compile(rf"(?:間|程度|以[内上下])?(?:に)?(?:{_BEHIND['だけ']})")
_NEXT = re.compile(r"[一-鿿々]+|[ァ-ヴー]+|[A-Za-z]+")
_LAST = re.compile(r"(?:[一-鿿々]+[ぁ-ん]{0,2}|[ァ-ヴー]+|[A-Za-z]+)$")


@dataclass(frozen=True, slots=True)
class _Marks:
    """The quantifiers of a text: those of its nouns, of its numbers, of its predicates."""

    nouns: tuple[tuple[str, str], ...]
    numbers: tuple[tuple[str, frozenset[str]], ...]
    clauses: tuple[tuple[str, str], ...]


def scopes(said: str, source: str) -> Iterator[str]:
    """Why a sentence speaks of more or less than its source; nothing when it does not."""
    mine, theirs = _marks(said), _marks(source)
    for kind, noun in mine.nouns:
        if not any(kind == other and _same(noun, its) for other, its in theirs.nouns):
            yield f"「{noun}」について「{kind}」とは原文にない"
    for kind, noun in theirs.nouns:
        own = [each for each in mine.nouns if _same(noun, each[1])]
        bare_here = flat(said).count(flat(noun)) > len(own)
        bare_there = flat(source).count(flat(noun)) > sum(_same(noun, each[1]) for each in theirs.nouns)
        if bare_here and not bare_there and (kind, noun) not in own:
            yield f"「{noun}」は原文では「{kind}」に限られる"
    for value, marks in mine.numbers:
        there = [other for same, other in theirs.numbers if same == value]
        if there and marks not in there:
            odd = sorted(marks ^ there[0])[0]
            yield f"「{odd}」が原文に{'ない' if odd in marks else 'ある'}"
    for kind, _ in mine.clauses:
        if not any(kind == other for other, _ in theirs.clauses):
            yield f"「{kind}」が原文にない"
    for kind, behind in theirs.clauses:
        word = predicate(said)
        if word and word in {t.lemma for t in facts(behind).tokens} and kind not in dict(mine.clauses):
            yield f"「{kind}」が原文にある"


def _same(one: str, other: str) -> bool:
    one, other = flat(one), flat(other)
    if other in synonyms({one}):
        return True
    return one.endswith(other) or other.endswith(one) or one.startswith(other) or other.startswith(one)


@lru_cache(maxsize=4096)
def _marks(text: str) -> _Marks:
    return _Marks(tuple(_nouns(text)), tuple(_numbers(text)), tuple(_clauses(text)))


def _nouns(text: str) -> Iterator[tuple[str, str]]:
    for kind, pattern in _BEFORE.items():
        for found in re.finditer(pattern, text):
            if noun := _NEXT.match(text, found.end()):
                yield kind, noun[0]
    for kind, pattern in _BEHIND.items():
        for found in re.finditer(pattern, text):
            if (noun := _LAST.search(text[: found.start()])) and not _counted(text, found.start()):
                yield kind, noun[0]


def _counted(text: str, end: int) -> bool:
    """Whether a number or a date ends here: 12人だけ is looked at with the numbers."""
    said = facts(text)
    spans = [*(number.span for number in said.quantities), *(day.span for day in said.days)]
    return any(end - 3 <= span.end <= end for span in spans)


def _numbers(text: str) -> Iterator[tuple[str, frozenset[str]]]:
    said = facts(text)
    places: list[tuple[str, Span]] = [
        (f"{number.value}{number.unit}", number.span) for number in said.quantities
    ]
    places += [(day.term, day.span) for day in said.days]
    for value, span in places:
        marks = {
            mark
            for mark, found in (
                ("約", _ABOUT_BEFORE.search(text[: span.start]) or _ABOUT_BEHIND.match(text, span.end)),
                ("だけ", _ONLY_BEHIND.match(text, span.end)),
            )
            if found
        }
        yield value, frozenset(marks)


def _clauses(text: str) -> Iterator[tuple[str, str]]:
    for kind, pattern in _SURE.items():
        for found in re.finditer(pattern, text):
            stop = text.find("。", found.end())
            yield kind, text[found.end() : len(text) if stop < 0 else stop]
