"""A question that leans on the turns before, made whole again, without a language model."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.normalize import fold
from qa.question import Question

# Words that point back.
_POINTS = re.compile(
    r"(?:それ|これ|あれ|そちら|こちら)(?:ら|自体)?|(?:その|この|同|当該)(?=\S)|そこ(?=で|は|に|の)|上記の?|前述の?"
)
# A new value for one part of the last question: 「では令和元年度は？」「小売業の場合は？」
_OPENER = re.compile(r"^(?:では|じゃあ?|それでは|なら|ちなみに|あと|また)[、,]?\s*")
_REPLACES = re.compile(
    r"^(?P<value>[^はがをも?？]{1,30}?)(?P<mark>の場合は?|については?|だと|なら|は|も)?(?:どう(?:です|でしょう)か?)?[?？。]?$"
)
_YEAR = re.compile(r"(?:令和|平成|昭和)(?:元|\d+)年(?:度|\d+月)?|\d{4}年(?:度|\d+月)?")
_ASKS = re.compile(r"いつ|どこ|誰|だれ|何|なに|いくら|いくつ|なぜ|どう|どの|どれ|どんな|教え|挙げ")


def resolve(question: str, turns: Sequence[Question]) -> str:
    """The question with what it leaves out filled in from the last turn; unchanged when it stands alone."""
    if not turns:
        return question
    last = turns[-1].folded
    folded = fold(question).strip()
    opener = _OPENER.match(folded)
    rest = folded[opener.end() :] if opener else folded
    replacing = _REPLACES.match(rest)
    if (
        replacing
        and (opener or replacing["mark"])
        and not _ASKS.search(replacing["value"])
        and not _POINTS.search(rest)
        and not replacing["value"].endswith("と")  # 「Xとは？」 stands alone
    ):
        return _replaced(last, replacing["value"])
    if _POINTS.search(rest):
        return _POINTS.sub(lambda found: _filled(found[0], topic(last)), rest, count=1)
    if _has_no_topic(rest):
        return f"{topic(last)}は{rest}"
    return question


def topic(folded: str) -> str:
    """What a question is about: its words up to the topic particle, or all of it before the asking word."""
    head = folded
    asks = _ASKS.search(folded)
    if asks and asks.start() > 0:
        head = folded[: asks.start()]
    for mark in ("とは", "は、", "は", "が", "を", "に", "で"):
        if mark in head:
            head = head[: head.index(mark)] if mark in ("とは", "は、", "は") else head[: head.rindex(mark)]
            break
    return head.strip("のはがをにで、,?？ ") or folded.strip("?？ ")


def _filled(pointer: str, topic_words: str) -> str:
    return (
        topic_words + "の" if pointer in ("その", "この", "同", "当該", "上記の", "前述の") else topic_words
    )


def _replaced(last: str, value: str) -> str:
    """The last question with a year replaced by a year, or its topic by another topic."""
    year = _YEAR.search(last)
    if year and _YEAR.fullmatch(value):
        return last[: year.start()] + value + last[year.end() :]
    head = topic(last)
    at = last.find(head)
    parts = head.split("の")
    if len(parts) > 1 and "の" not in value:
        # 西地区の燃やすごみ: 東地区 takes the place of 西地区, 資源ごみ that of 燃やすごみ.
        like = [_shared_end(value, part) for part in parts]
        parts[like.index(max(like))] = value
        new = "の".join(parts)
    else:
        new = value
    return last[:at] + new + last[at + len(head) :] if at >= 0 else f"{value}{last}"


def _shared_end(one: str, other: str) -> int:
    """How many characters two words have in common at their ends."""
    return next(
        (n for n, (a, b) in enumerate(zip(reversed(one), reversed(other), strict=False)) if a != b),
        min(len(one), len(other)),
    )


def _has_no_topic(rest: str) -> bool:
    """Asking words alone: 「いつからですか」「なぜですか」。"""
    bare = _ASKS.sub("", rest)
    return len(re.sub(r"[ぁ-ん、。?？\s]", "", bare)) == 0
