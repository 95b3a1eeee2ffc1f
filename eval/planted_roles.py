"""Planted errors of who, how much, how surely and on what condition."""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

from ingest.mecab import Token, tokenize
from qa.grounds.facts import facts

_PART = frozenset({"名詞", "接頭辞", "代名詞", "形状詞"})
# Nouns that only carry grammar, 設置する必要が and 今後は: nothing changes sides with them.
_VAGUE = re.compile(r"[ぁ-ん]+|必要|場合|以下|以上|今後|自ら|次|中|その他|こと等|予定|可能性")


def nouns(text: str, particles: str) -> list[tuple[int, int]]:
    """Where nouns stand, with all that is written together with them, before one of the particles."""
    found: list[tuple[int, int]] = []
    run: list[Token] = []
    for token in tokenize(text):
        noun = token.pos[0] in _PART or token.pos == ("接尾辞", "名詞的")
        if noun and (not run or run[-1].end == token.start):
            run.append(token)
            continue
        if run and token.pos[0] == "助詞" and token.surface in particles and token.start == run[-1].end:
            start, end = run[0].start, run[-1].end
            numeric = any(t.pos[1] == "数詞" for t in run)
            # では and には are no は; XのYは loses its own X when swapped, which is an error too.
            if not numeric and end - start > 1 and not _VAGUE.fullmatch(text[start:end]):
                found.append((start, end))
        run = [token] if noun else []
    return found


def swapped(text: str, _: Sequence[str], draw: Random) -> str | None:
    """The nouns before は or が and before に or を, each in the other's place."""
    pairs = [
        (a, b) for a in nouns(text, "はが") for b in nouns(text, "にを")
        if text[slice(*a)] not in text[slice(*b)] and text[slice(*b)] not in text[slice(*a)]
    ]  # fmt: skip
    if not pairs:
        return None
    (a, b), (c, d) = sorted(draw.choice(pairs))
    return text[:a] + text[c:d] + text[b:c] + text[a:b] + text[d:]


def replaced(text: str, around: Sequence[str], draw: Random) -> str | None:
    """The noun in one role replaced by a noun that the passage has elsewhere."""
    own = nouns(text, "はがをに")
    others = sorted({other[slice(*n)] for other in around for n in nouns(other, "はがをに")})
    others = [noun for noun in others if noun not in text and not any(n in noun for n in _parts(text))]
    if not own or not others:
        return None
    start, end = draw.choice(own)
    return text[:start] + draw.choice(others) + text[end:]


def _parts(text: str) -> set[str]:
    return {text[slice(*n)] for n in nouns(text, "はがをにのとで")}


def another_owner(text: str, around: Sequence[str], draw: Random) -> str | None:
    """The noun before の replaced by another one of the passage that stands before の."""
    own = [n for n in nouns(text, "の")]
    others = sorted({other[slice(*n)] for other in around for n in nouns(other, "の")})
    others = [noun for noun in others if noun not in text and not any(n in noun for n in _parts(text))]
    if not own or not others:
        return None
    start, end = draw.choice(own)
    return text[:start] + draw.choice(others) + text[end:]


_QUANTIFIER = re.compile(
    r"(?:すべて|全て|一部|多く|大半|ほとんど)の(?=[一-鿿ァ-ヴ])|約(?=\d)|(?<=\d[人件%円年社つ])程度|(?:だけ|のみ)(?=[がをには])"
    r"|(?:必ず|主に|原則として、?|概ね)(?!し)"
)


def more_or_less(text: str, _: Sequence[str], draw: Random) -> str | None:
    """A quantifier left out where there is one, or else put before or behind a noun or a number."""
    if (found := _QUANTIFIER.search(text)) and draw.random() < 0.7:
        return text[: found.start()] + text[found.end() :]
    made = []
    for start, end in nouns(text, "はがを"):
        if text[start - 1 : start] not in ("の", "な", "た", "る", "い"):
            made += [f"{text[:start]}{q}の{text[start:]}" for q in ("すべて", "一部", "多く")]
        made += [f"{text[:end]}{q}{text[end:]}" for q in ("だけ", "のみ")]
    days = [day.span for day in facts(text).days]
    for number in facts(text).quantities:
        span = number.span
        before = text[max(0, span.start - 4) : span.start]
        if (
            number.unit
            and not any(span.overlaps(day) for day in days)
            and not re.search("約|第|およそ", before)
        ):
            made.append(f"{text[: span.start]}約{text[span.start :]}")
            if not number.bound:
                made.append(f"{text[: span.end]}だけ{text[span.end :]}")
    return draw.choice(made) if made else None


_ENDINGS = (
    ("しました。", "する予定です。", "するべきです。", "した可能性があります。", "することができます。"),
    ("されました。", "される予定です。", "される見込みです。", "された可能性があります。"),
    ("された。", "される予定である。", "される見込みである。", "されたらしい。", "される。"),
    (
        "した。",
        "する予定である。",
        "する見込みである。",
        "したらしい。",
        "した可能性がある。",
        "する。",
        "するべきである。",
    ),
    ("している。", "する予定である。", "することを検討している。", "しているらしい。", "していた。"),
    ("しています。", "する予定です。", "することを検討しています。", "していました。"),
    ("される。", "された。", "される予定である。", "されるおそれがある。", "されるだろう。"),
    ("されます。", "されました。", "される予定です。", "される可能性があります。"),
    ("することができる。", "する。", "した。", "しなければならない。"),
    ("ことができる。", "べきである。", "予定である。"),
    ("する必要がある。", "する。", "した。", "することができる。"),
    (
        "する。",
        "した。",
        "する予定である。",
        "するべきである。",
        "することができる。",
        "する可能性がある。",
        "するか。",
    ),
    ("します。", "しました。", "する予定です。", "することができます。", "する可能性があります。"),
    (
        "である。",
        "であるらしい。",
        "だろう。",
        "である可能性がある。",
        "であるか?",
        "であるべきだ。",
        "であった。",
    ),
    ("です。", "らしいです。", "でしょう。", "である可能性があります。", "ですか?", "でした。"),
    ("れる。", "れた。", "れる予定である。", "れる可能性がある。"),
    ("れた。", "れる。", "れる予定である。", "れたらしい。"),
    ("いる。", "いた。", "いるらしい。", "いるだろう。"),
    ("う。", "うべきである。", "う予定である。", "う可能性がある。"),
    ("く。", "くべきである。", "く予定である。", "く可能性がある。"),
)


def other_mood(text: str, _: Sequence[str], draw: Random) -> str | None:
    """The end of the sentence made surer or less sure, past or to come, asked."""
    for ending, *others in _ENDINGS:
        if text.endswith(ending):
            return text[: -len(ending)] + draw.choice(others)
    return None


_FLIPS = (
    ("しない場合", "する場合"), ("されない場合", "される場合"), ("ない場合", "ある場合"),
    ("する場合", "しない場合"), ("される場合", "されない場合"), ("した場合", "しなかった場合"),
    ("ある場合", "ない場合"), ("あるとき", "ないとき"), ("するとき", "しないとき"),
    ("したとき", "しなかったとき"), ("すれば", "しなければ"), ("いる場合", "いない場合"),
)  # fmt: skip
_CONDITION = re.compile(
    r"(?:^|(?<=、))[^、。]{3,60}(?:場合|とき)(?:は|には|に限り|において)?、"
    r"|[^、。はが]{4,30}(?:場合|とき)(?:は|に)、?"
)
_NEW = (
    "申請があった場合に限り、", "予算が不足しない場合は、", "必要と認められるときは、", "希望者がいれば、",
    "期限を過ぎた場合は、",
)  # fmt: skip


def other_condition(text: str, _: Sequence[str], draw: Random) -> str | None:
    """A condition turned round, made indifferent or left out; where there is none, one put before."""
    made = []
    for one, other in _FLIPS:
        if one in text:
            made.append(text.replace(one, other, 1))
            break
    if re.search("(?:る|た|い|の)場合(?:は|には)", text):
        made.append(re.sub("場合(?:は|には)", "場合も", text, count=1))
    if found := _CONDITION.search(text):
        rest = text[: found.start()] + text[found.end() :]
        made += [rest] if len(rest) > 12 else []
    return draw.choice(made) if made else draw.choice(_NEW) + text
