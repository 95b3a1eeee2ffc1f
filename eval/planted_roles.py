"""Harmless rewordings and planted errors of who, how much, how surely and on what condition."""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

from ingest.mecab import Token, tokenize
from qa.facts import facts

_PART = frozenset({"名詞", "接頭辞", "代名詞", "形状詞"})
# Nouns that only carry grammar, 設置する必要が and 今後は: nothing changes sides with them.
_VAGUE = re.compile(r"[ぁ-ん]+|必要|場合|以下|以上|今後|自ら|次|中|その他|こと等|予定|可能性")


def _nouns(text: str, particles: str) -> list[tuple[int, int]]:
    """Where the nouns stand, with all that is written together with them, before one of the particles."""
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
        (a, b) for a in _nouns(text, "はが") for b in _nouns(text, "にを")
        if text[slice(*a)] not in text[slice(*b)] and text[slice(*b)] not in text[slice(*a)]
    ]  # fmt: skip
    if not pairs:
        return None
    (a, b), (c, d) = sorted(draw.choice(pairs))
    return text[:a] + text[c:d] + text[b:c] + text[a:b] + text[d:]


def replaced(text: str, around: Sequence[str], draw: Random) -> str | None:
    """The noun in one role replaced by a noun that the passage has elsewhere."""
    own = _nouns(text, "はがをに")
    others = sorted({other[slice(*n)] for other in around for n in _nouns(other, "はがをに")})
    others = [noun for noun in others if noun not in text and not any(n in noun for n in _parts(text))]
    if not own or not others:
        return None
    start, end = draw.choice(own)
    return text[:start] + draw.choice(others) + text[end:]


def _parts(text: str) -> set[str]:
    return {text[slice(*n)] for n in _nouns(text, "はがをにのとで")}


def another_owner(text: str, around: Sequence[str], draw: Random) -> str | None:
    """The noun before の replaced by another one of the passage that stands before の."""
    own = [n for n in _nouns(text, "の")]
    others = sorted({other[slice(*n)] for other in around for n in _nouns(other, "の")})
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
    for start, end in _nouns(text, "はがを"):
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
    ("しない場合", "する場合"), ("されない場合", "される場合"), ("ない場合", "ある場合"), ("する場合", "しない場合"),
    ("される場合", "されない場合"), ("した場合", "しなかった場合"), ("ある場合", "ない場合"), ("あるとき", "ないとき"),
    ("するとき", "しないとき"), ("したとき", "しなかったとき"), ("すれば", "しなければ"), ("いる場合", "いない場合"),
)  # fmt: skip
_CONDITION = re.compile(
    r"(?:^|(?<=、))[^、。]{3,60}(?:場合|とき)(?:は|には|に限り|において)?、|[^、。はが]{4,30}(?:場合|とき)(?:は|に)、?"
)
_NEW = (
    "申請があった場合に限り、", "予算が不足しない場合は、", "必要と認められるときは、", "希望者がいれば、", "期限を過ぎた場合は、",
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


_SIMPLE = re.compile(
    r"^([^、。はをが「」()]{2,40})は、?([^、。はがを「」()]{2,40})を([^、。はがをも「」()]{2,40}。)$"
)


def object_first(text: str, _: Sequence[str], draw: Random) -> str | None:
    """XはYを〜 as YはXが〜, in sentences with nothing else."""
    found = _SIMPLE.match(text)
    return f"{found[2]}は{found[1]}が{found[3]}" if found else None


_PASSIVE = (
    ("しました。", "されました。"), ("した。", "された。"), ("します。", "されます。"), ("する。", "される。"),
    ("しています。", "されています。"), ("している。", "されている。"),
)  # fmt: skip


def passively(text: str, _: Sequence[str], draw: Random) -> str | None:
    """XはYを設置した as YはXによって設置された."""
    found = _SIMPLE.match(text)
    for ending, other in _PASSIVE:
        if found and found[3].endswith(ending) and re.search(rf"[一-鿿]{ending}$", found[3]):
            return f"{found[2]}は{found[1]}によって{found[3][: -len(ending)]}{other}"
    return None


def topic_or_subject(text: str, _: Sequence[str], draw: Random) -> str | None:
    """The sentence's one は said as が, or its one が as は."""
    topics, subjects = _nouns(text, "は"), _nouns(text, "が")
    if len(topics) == 1 and not subjects and text.count("は") == 1:
        end = topics[0][1]
        return f"{text[:end]}が{text[end + 1 :].removeprefix('、')}"
    if len(subjects) == 1 and not topics and "は" not in text and text.count("が") == 1:
        end = subjects[0][1]
        return f"{text[:end]}は{text[end + 1 :]}"
    return None


_ADJUNCT = re.compile(
    r"(?<=、)[^、。「」()]{2,30}(?:において|に基づき|に向けて|を通じて|とともに|として|に応じて|に加え)、|(?<=は)、?[^、。「」()はが]{2,20}(?:において|に向けて|を通じて|に基づき)(?:、|(?=[一-鿿]))"
)


def without_adjunct(text: str, _: Sequence[str], draw: Random) -> str | None:
    """A phrase of means, place or manner left out between commas or behind the topic."""
    found = _ADJUNCT.search(text)
    return text[: found.start()] + text[found.end() :] if found else None
