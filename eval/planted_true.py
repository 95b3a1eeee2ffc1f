"""Sentences of documents reworded without harm."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from random import Random

from eval.planted_roles import nouns
from index.synonyms import entries
from ingest.dates import dates, otherwise, years
from ingest.mecab import tokenize

Rewrite = Callable[[str, Sequence[str], Random], str | None]

_ALL_KANJI = re.compile(r"[一-鿿]{2,}")
_FULL = str.maketrans("0123456789", "０１２３４５６７８９")
_KANJI = "〇一二三四五六七八九"
_COUNTED = re.compile(r"(?<![\d.,A-Za-z/-])(\d{1,3})(?=人|件|社|名|回|つ|本|校|台|種類|項目|分野)")


def _other_calendar(text: str, _: Sequence[str], draw: Random) -> str | None:
    for mention in dates(text):
        written = mention.span.of(text)
        new = otherwise(written, years(mention.terms)[0])
        if new != written:
            return text[: mention.span.start] + new + text[mention.span.end :]
    return None


def _in_kanji(text: str, _: Sequence[str], draw: Random) -> str | None:
    found = _COUNTED.search(text)
    return None if found is None else text[: found.start()] + _kanji(int(found[1])) + text[found.end() :]


def _kanji(number: int) -> str:
    written = ""
    for size, unit in ((100, "百"), (10, "十")):
        digit, number = divmod(number, size)
        written += ("" if digit == 1 else _KANJI[digit]) + unit if digit else ""
    return written + (_KANJI[number] if number or not written else "")


_POLITE = (
    ("である。", "です。"), ("した。", "しました。"), ("する。", "します。"), ("される。", "されます。"),
    ("できる。", "できます。"), ("れた。", "れました。"), ("いる。", "います。"), ("ある。", "あります。"),
    ("なる。", "なります。"), ("なった。", "なりました。"), ("します。", "する。"), ("です。", "である。"),
)  # fmt: skip


def _politely(text: str, _: Sequence[str], draw: Random) -> str | None:
    """The end of the sentence in the other style, where its form leaves no choice."""
    for ending, other in _POLITE:
        if text.endswith(ending):
            return text[: -len(ending)] + other
    return None


def _without_bracket(text: str, _: Sequence[str], draw: Random) -> str | None:
    new = re.sub(r"\((?![^()]*除)[^()]{2,40}\)", "", text, count=1)
    return new if len(new) > 12 else None


_OPENING = re.compile(
    r"[^、。]{3,30}(?:ため|により|において|に向け|に向けて|として|について|とともに|さらに|また)、"
)


def _without_opening(text: str, _: Sequence[str], draw: Random) -> str | None:
    found = _OPENING.match(text)
    return text[found.end() :] if found and len(text) - found.end() > 12 else None


def _synonym(text: str, _: Sequence[str], draw: Random) -> str | None:
    """A noun that stands alone, outside quoted words, replaced: a part of a compound is a name's."""
    tokens = tokenize(text)
    for before, token, after in zip(tokens, tokens[1:], tokens[2:], strict=False):
        others = _said_for().get(token.lemma, ())
        alone = before.pos[0] in _APART and after.pos[0] in _APART
        if others and alone and token.lemma == token.surface and not _quoted(text, token.start):
            return text[: token.start] + draw.choice(others) + text[token.end :]
    return None


_APART = frozenset({"助詞", "補助記号", "助動詞"})


def _quoted(text: str, at: int) -> bool:
    return text.count("「", 0, at) > text.count("」", 0, at)


@cache
def _said_for() -> dict[str, tuple[str, ...]]:
    """By a document's word, the words that are asked with instead: words of kanji only."""
    pairs = {
        (next(iter(words)), term)
        for listed in entries().values()
        for words, replacing in listed
        if len(words) == 1
        for term in replacing
    }
    # Of one meaning only when each stands for the other; loanwords are names, which may not change.
    kanji = sorted(p for p in pairs if p[::-1] in pairs and all(map(_ALL_KANJI.fullmatch, p)))
    return {term: tuple(asked for asked, other in kanji if other == term) for _, term in kanji}


_CLAUSES = re.compile(
    r"([^、。「」()]{2,30})、([^、。「」()]{2,30}(?:(?<!で)は|(?<!の)が))、?([^。]{8,}。?)$"
)


def _in_other_order(text: str, _: Sequence[str], draw: Random) -> str | None:
    found = _CLAUSES.match(text)
    return f"{found[2]}、{found[1]}、{found[3]}" if found else None


_SIMPLE = re.compile(
    r"^([^、。はをが「」()]{2,40})は、?([^、。はがを「」()]{2,40})を([^、。はがをも「」()]{2,40}。)$"
)


def _object_first(text: str, _: Sequence[str], draw: Random) -> str | None:
    """XはYを〜 as YはXが〜, in sentences with nothing else."""
    found = _SIMPLE.match(text)
    return f"{found[2]}は{found[1]}が{found[3]}" if found else None


_PASSIVE = (
    ("しました。", "されました。"), ("した。", "された。"), ("します。", "されます。"),
    ("する。", "される。"), ("しています。", "されています。"), ("している。", "されている。"),
)  # fmt: skip


def _passively(text: str, _: Sequence[str], draw: Random) -> str | None:
    """XはYを設置した as YはXによって設置された."""
    found = _SIMPLE.match(text)
    for ending, other in _PASSIVE:
        if found and found[3].endswith(ending) and re.search(rf"[一-鿿]{ending}$", found[3]):
            return f"{found[2]}は{found[1]}によって{found[3][: -len(ending)]}{other}"
    return None


def _topic_or_subject(text: str, _: Sequence[str], draw: Random) -> str | None:
    """The sentence's one は said as が, or its one が as は."""
    topics, subjects = nouns(text, "は"), nouns(text, "が")
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


def _without_adjunct(text: str, _: Sequence[str], draw: Random) -> str | None:
    """A phrase of means, place or manner left out between commas or behind the topic."""
    found = _ADJUNCT.search(text)
    return text[: found.start()] + text[found.end() :] if found else None


TRUE: dict[str, Rewrite] = {
    "other calendar": _other_calendar,
    "full width": lambda text, _, draw: text.translate(_FULL),
    "kanji number": _in_kanji,
    "politeness": _politely,
    "no bracket": _without_bracket,
    "no opening": _without_opening,
    "synonym": _synonym,
    "other order": _in_other_order,
    "reported": lambda text, _, draw: f"資料によると、{text}",
    "object first": _object_first,
    "passive": _passively,
    "topic or subject": _topic_or_subject,
    "no adjunct": _without_adjunct,
}
