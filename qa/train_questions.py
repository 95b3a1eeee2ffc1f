"""Questions made from plain texts by rule — dates, amounts, definitions — for training the reader only."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator

from qa.train_passages import Question, sentences

_DATE = re.compile(r"(?:(?:明治|大正|昭和|平成|令和)(?:\d+|元)年度?|\d{4}年度?)(?:\d+月)?(?:\d+日)?")
_COUNT = re.compile(
    r"(?:約|およそ|最大)?\d[\d,.]*(?:兆|億|万|千)?\d*"
    r"(円|ドル|人|名|%|パーセント|件|か所|ヶ所|km|キロメートル|メートル|回|歳|台|個|社|校|"
    r"日間|年間|時間|分|ポイント|以上|倍|日以内|月以内)"
)
_ASKED = {
    "円": ("いくら", "何円"), "ドル": ("いくら", "何ドル"), "人": ("何人",), "名": ("何名", "何人"),
    "%": ("何%", "何パーセント", "どのくらい"), "パーセント": ("何パーセント",), "件": ("何件",),
    "か所": ("何か所",), "ヶ所": ("何か所",), "回": ("何回",), "歳": ("何歳",), "台": ("何台",),
    "社": ("何社",), "校": ("何校",), "日間": ("何日間",), "年間": ("何年間",), "時間": ("何時間",),
    "分": ("何分",), "倍": ("何倍",), "日以内": ("何日以内",), "月以内": ("何か月以内",),
}  # fmt: skip
_DEFINED = re.compile(r"「([^「」]{2,20})」とは、([^「」]{8,120}?)(?:をいう|を指す|のことである|である|です)")
_CALLED = re.compile(
    r"([^\s「」。、]{2,20})とは、([^「」。]{8,80}?)(?:をいう|を指す|のことである|のことです|です|である)。"
)
_ENDS = (
    ("である", "ですか"), ("であった", "でしたか"), ("です", "ですか"), ("でした", "でしたか"),
    ("した", "しましたか"), ("された", "されましたか"), ("している", "していますか"),
    ("されている", "されていますか"), ("する", "しますか"), ("される", "されますか"),
    ("なった", "なりましたか"), ("なる", "なりますか"), ("れた", "れましたか"), ("ます", "ますか"),
    ("ました", "ましたか"),
)  # fmt: skip
_DEFINITION_FORMS = (
    "{}とは何ですか。", "{}とは？", "{}とはどういうものですか", "{}の意味を教えて", "{}って何？",
    "「{}」の定義は何ですか",
)  # fmt: skip


def questions_of(text: str, rng: random.Random) -> Iterator[Question]:
    """At most one question per sentence of `text`, its answer marked in the whole text."""
    for match in [*_DEFINED.finditer(text), *_CALLED.finditer(text)][:2]:
        form = rng.choice(_DEFINITION_FORMS)
        yield Question(form.format(match[1]), text, match.start(2), match.end(2))
    for sentence in sentences(text):
        if 18 <= len(sentence) <= 110 and (made := _asked(sentence, rng)) is not None:
            question, start, end = made
            place = text.index(sentence)
            yield Question(question, text, place + start, place + end)


def _asked(sentence: str, rng: random.Random) -> tuple[str, int, int] | None:
    """The sentence with its one date or amount replaced by a question word; and the answer's place."""
    dates, counts = list(_DATE.finditer(sentence)), list(_COUNT.finditer(sentence))
    if len(dates) == 1 and (not counts or rng.random() < 0.5):
        match, word = dates[0], rng.choice(("いつ", "いつ", "何年")) if "月" not in dates[0][0] else "いつ"
    elif len(counts) == 1 and counts[0][1] in _ASKED:
        match, word = counts[0], rng.choice(_ASKED[counts[0][1]])
    else:
        return None
    clauses = re.split(r"(?<=、)", sentence.rstrip("。"))
    head, tail = _around(clauses, match.start(), match.end())
    if word == "いつ":
        tail = tail.removeprefix("に").removeprefix("、")
    question = _ended((head + word + tail).strip("、・○ "), rng)
    return (question, match.start(), match.end()) if question and 8 <= len(question) <= 70 else None


def _around(clauses: list[str], start: int, end: int) -> tuple[str, str]:
    """What stands before and after the answer, less the clauses that hold neither topic nor answer."""
    before, after, offset = "", "", 0
    for n, clause in enumerate(clauses):
        first, offset = offset, offset + len(clause)
        if offset <= start:
            before += clause if "は、" in clause or n == len(clauses) - 1 else ""
        elif first >= end:
            after += clause if n == len(clauses) - 1 else ""
        else:
            before += clause[: max(0, start - first)]
            after += clause[max(0, end - first) :]
    return before, after


def _ended(question: str, rng: random.Random) -> str | None:
    for plain, polite in _ENDS:
        if question.endswith(plain):
            stem = question.removesuffix(plain)
            ending = polite if rng.random() < 0.6 else plain.removesuffix("である") + "か"
            return stem + ending + rng.choice(("。", "", "？"))
    return question + rng.choice(("ですか。", "？", "でしょうか。")) if rng.random() < 0.3 else None


def sampled(texts: Iterable[str], wanted: int, rng: random.Random) -> list[Question]:
    """`wanted` questions or fewer, at most two for each text."""
    found: list[Question] = []
    for text in texts:
        made = list(questions_of(text, rng))
        found += rng.sample(made, min(2, len(made)))
        if len(found) >= wanted:
            break
    return found[:wanted]
