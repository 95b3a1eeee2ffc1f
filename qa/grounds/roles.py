"""Whether a sentence says what its source says: who does what to whom, how surely, on what condition."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from index.synonyms import synonyms
from qa.grounds.clauses import Event, Phrase, Reading, reading
from qa.grounds.facts import FRAME, flat

# Nouns that point or only carry grammar: they stand in no role of their own.
LIGHT = FRAME | frozenset(
    {
        "事", "物", "為", "時", "所", "方", "様", "等", "中", "上", "下", "間", "他", "其の", "此れ", "其れ",
        "者", "際", "訳", "筈", "点", "形", "内", "後", "前", "以上", "性", "予定", "見込み", "恐れ", "必要",
        "全て", "一部", "多く", "原則", "全部", "全員", "殆ど", "大半", "多数", "其々", "各", "此処", "其処",
        "同", "本", "今後", "現在", "此の", "毎", "当該", "自分", "自ら", "何", "何れ", "両方", "共", "以後",
        "以降", "以前", "最", "度", "約", "別", "年", "月", "日", "数", "名", "我々",
    }
)  # fmt: skip
_POINTS = frozenset({"方", "物", "事", "者", "為", "訳", "通り"})
_THIS = frozenset({"同", "本", "各", "当該", "此の", "其の", "等"})
_CASE = frozenset({"場合"})
_WHO = frozenset({"方", "者", "人"})
_DOER = frozenset({"subject", "topic"})
# By a sentence's role, the roles in which its source may have the noun, and those that another may not fill.
_SAME = {
    "subject": (_DOER | {"with"}, _DOER),
    "topic": (_DOER | {"with"}, _DOER),
    "object": (frozenset({"object"}), frozenset({"object"})),
    "to": (frozenset({"to", "with"}), frozenset({"to"})),
    "by": (frozenset({"by", "at"}), frozenset({"by"})),
    "from": (frozenset({"from", "by"}), frozenset({"from"})),
    "with": (frozenset({"with", "to", "subject", "topic", "object", "and"}), frozenset({"with"})),
    "at": (frozenset({"at", "by", "to", "topic", "subject", "other"}), frozenset({"at"})),
}
# The same where one of the two is passive and the other is not.
_TURNED = {
    **_SAME,
    "subject": (frozenset({"object", "to"}), frozenset({"object"})),
    "topic": (frozenset({"object", "to"}), frozenset({"object"})),
    "object": (_DOER, _DOER),
    "by": (_DOER | {"by"}, _DOER),
    "to": (_DOER | {"to", "by"}, frozenset({"to"})),
}
_TOLD = {"object": "を", "to": "に", "by": "により", "from": "から", "with": "と", "at": "で"}


def misplaced(said: str, source: str, context: str) -> Iterator[str]:
    """Why what a sentence says is not what its source says, first the nearest reason; nothing when it is.

    :param context: the title and the headings above the source
    """
    mine, theirs = reading(said), reading(source)
    yield from _strange(mine, theirs, context)
    for event in mine.events:
        if event.word in _POINTS:
            continue
        reasons = [next(_differs(event, other, mine, theirs, context), "") for other in _told(event, theirs)]
        if reasons and "" not in reasons:
            yield reasons[0]
        elif not reasons and event.condition and not any(_as_condition(event, e) for e in theirs.events):
            yield "原文にない条件がある"
        for phrase in event.near:
            if (
                phrase.loose
                and _bound(phrase, event)
                and not _somewhere(phrase, event, mine, theirs, context)
            ):
                yield f"「{phrase.text}{_TOLD.get(phrase.role, 'が')}」とは原文にない"
    yield from _cases(mine, theirs)
    for owner, owned in mine.pairs:
        if not _owned(owner, owned, mine, theirs, context):
            yield f"「{owner.text}の{owned.text}」とは原文にない"


def _cases(mine: Reading, theirs: Reading) -> Iterator[str]:
    """Why the cases that nouns name, 緊急の場合は, are not the source's."""
    here, there = ([a for a, b in said.pairs if b.words == _CASE] for said in (mine, theirs))
    if any(not any(_is(one, other) for other in theirs.phrases) for one in here):
        yield "原文にない条件がある"
    alone = len({event.sentence for event in theirs.events}) == 1
    if alone and any(not any(_is(one, other) for other in mine.phrases) for one in there):
        yield "原文にある条件がない"


def _as_condition(event: Event, other: Event) -> bool:
    """Whether two conditions are the same, one of them with a noun: 申請がない場合, 申請しない場合."""
    return (event.condition, event.denied) == (other.condition, other.denied) and (
        any(event.word in phrase.words for phrase in other.near)
        or any(other.word in phrase.words for phrase in event.near)
    )


def _somewhere(phrase: Phrase, event: Event, mine: Reading, theirs: Reading, context: str) -> bool:
    """Whether a phrase before a comma belongs to some predicate behind it."""
    behind = [event, *(each for each in mine.events if phrase in each.far)]
    if phrase.role == "topic":
        behind = [event]
    tried = [(each, other) for each in behind for other in _told(each, theirs)]
    return not tried or any(_in_role(phrase, *each, theirs, context) for each in tried)


def _told(event: Event, theirs: Reading) -> list[Event]:
    """What the source says with the same word."""
    return [other for other in theirs.events if other.word == event.word or _means(event.word, other.word)]


def _strange(mine: Reading, theirs: Reading, context: str) -> Iterator[str]:
    """Nouns in a role that stand neither in the source nor above it."""
    here = _words(theirs)
    for phrase in mine.phrases:
        if phrase.role and _weighs(phrase):
            missing = [w for w in phrase.words - LIGHT if not _stands(w, here, context)]
            if missing and not any(_is(phrase, other) for other in theirs.phrases):
                yield f"「{phrase.text}」が原文にない"


@lru_cache(maxsize=4096)
def _words(theirs: Reading) -> frozenset[str]:
    return frozenset(
        {word for phrase in theirs.phrases for word in phrase.words} | {event.word for event in theirs.events}
    )


def _stands(word: str, here: frozenset[str], context: str) -> bool:
    return (
        word in here
        or flat(word) in flat(context)
        or any(_means(word, other) or (len(word) > 1 and word in other) for other in here)
    )


def _weighs(phrase: Phrase) -> bool:
    return not phrase.counted and bool(phrase.words - LIGHT)


@lru_cache(maxsize=1 << 15)
def _means(word: str, other: str) -> bool:
    return bool(word and other) and other in synonyms({word})


def _is(one: Phrase, other: Phrase) -> bool:
    """Whether two phrases may name the same thing: 市 and 青葉市, 推進課 and デジタル推進課."""
    if one.counted or other.counted:
        return False
    mine, theirs = one.words - _THIS, other.words - _THIS
    if mine and theirs and (mine <= theirs or theirs <= mine):
        return True
    if flat(one.text) in flat(other.text) or flat(other.text) in flat(one.text):
        return True
    small, large = sorted((mine, theirs), key=len)
    return bool(small) and all(word in large or any(_means(word, w) for w in large) for word in small)


def _differs(event: Event, other: Event, mine: Reading, theirs: Reading, context: str) -> Iterator[str]:
    """Why one event is not another with the same word."""
    yield from _moods(event, other, mine, theirs)
    if event.condition != other.condition and (event.condition or event.main):
        yield "原文の条件と違う"
    if event.word == "有る" and event.denied is not other.denied:
        yield "「ある」と「ない」が原文と違う"
    if event.final and not _conditions(event, mine) and _conditions(other, theirs):
        yield "原文にある条件がない"
    for phrase in event.near:
        held = phrase.loose or not _bound(phrase, event) or (phrase.role == "topic" and _of_whom(event, mine))
        if not held and not _in_role(phrase, event, other, theirs, context):
            yield f"「{phrase.text}{_TOLD.get(phrase.role, 'が')}」とは原文にない"


def _bound(phrase: Phrase, event: Event) -> bool:
    """Whether a phrase must stand in its role in the source; a topic may pass over what describes a noun."""
    return (
        phrase.role in _SAME
        and _weighs(phrase)
        and not phrase.joined
        and (event.main or phrase.role != "topic")
    )


def _of_whom(event: Event, said: Reading) -> bool:
    """Whether an event describes who the sentence ends in: 対象は、市内に住み、児童を養育する方です."""
    return not event.final and any(
        each.final and each.sentence == event.sentence and each.word in _WHO for each in said.events
    )


def _conditions(event: Event, said: Reading) -> list[Event]:
    before = said.events[: said.events.index(event)]
    return [other for other in before if other.sentence == event.sentence and other.condition]


def _moods(event: Event, other: Event, mine: Reading, theirs: Reading) -> Iterator[str]:
    if not event.main:
        return
    here, there = _ends(event, mine), _ends(other, theirs)
    if not {each.moods for each in here} & {each.moods for each in there}:
        odd = sorted(event.moods ^ other.moods)[0]
        yield f"「{odd}」が原文に{'ない' if odd in event.moods else 'ある'}"
    times = {each.tense for each in there} - {"open"}
    if times and event.tense != "open" and times.isdisjoint(_AS_WELL[event.tense]):
        yield "原文と時が違う"


# By a sentence's tense, those that its source may have: 設置されている for 設置された.
_AS_WELL = {
    "now": {"now", "lasting"},
    "past": {"past", "lasted", "lasting"},
    "lasting": {"now", "past", "lasting"},
    "lasted": {"past", "lasted"},
}


def _ends(event: Event, said: Reading) -> list[Event]:
    """An event and the end of its sentence, which may hold for it too: 整備し、公開する予定である."""
    if event.tense != "open":
        return [event]
    return [event, *(each for each in said.events if each.final and each.sentence == event.sentence)]


def _in_role(phrase: Phrase, event: Event, other: Event, theirs: Reading, context: str) -> bool:
    """Whether the source has the noun in this role, or has nobody in it and the noun elsewhere."""
    fitting, rivals = (_TURNED if event.passive is not other.passive else _SAME)[phrase.role]
    everywhere = (*other.near, *other.far)
    found = {each.role for each in everywhere if _is(phrase, each)}
    if found & (fitting - _DOER):
        return True
    if fitting >= _DOER and found & _DOER and any(_is(phrase, each) for each in _doers(phrase, event, other)):
        return True
    if event.word == "有る" and phrase.role in ("subject", "object") and found & {"subject", "object"}:
        return True
    filled = [each for each in other.near if each.role in rivals and (_weighs(each) or each.words & _WHO)]
    taken = {each.role for each in event.near if each is not phrase}
    if (
        phrase.role == "topic"
    ):  # 書類は申請者が提出する; not where nobody else does what the source's own does
        done = not any(each.role in _DOER and _weighs(each) for each in other.near) or taken & _DOER
        if done and found & ({"object", "to", "at", "from", "with", "by", "other"} - taken):
            return True
    elif "topic" in found and not filled:
        return True
    if filled:
        return False
    own = {"object", "to", "from", "with"} - {"" if phrase.role not in found else phrase.role}
    if found & own & {each.role for each in other.near} and "gap" not in found and phrase.role in _TOLD:
        return False
    if found or _above(phrase, context):
        return True
    # A topic may come from the sentence before; what is done to whom stands in one sentence or in a list.
    away = {p.start for e in theirs.events if e.sentence != other.sentence for p in e.near}
    return any(
        _is(phrase, each) and (phrase.role in _DOER or not each.role or each.start not in away)
        for each in theirs.phrases
    )


def _doers(phrase: Phrase, event: Event, other: Event) -> list[Phrase]:
    """Who does it in the source: the noun before が, else the topic, else who did what came before."""
    near = [each for each in other.near if each.role in _DOER]
    own = [each for each in near if each.role == "subject"]
    # 参加者は大阪が多い is 大阪の参加者は多い too.
    owners = [each for each in event.near if each.role == "of"]
    shared = any(each.role == "subject" for each in event.near) or any(_is(a, b) for a in owners for b in own)
    if phrase.role == "topic" and shared:
        return near or list(other.far)
    return own or near or [each for each in other.far if each.role in _DOER]


def _above(phrase: Phrase, context: str) -> bool:
    return flat(phrase.text) in flat(context) or (
        bool(phrase.words - LIGHT) and all(flat(word) in flat(context) for word in phrase.words - LIGHT)
    )


def _owned(owner: Phrase, owned: Phrase, mine: Reading, theirs: Reading, context: str) -> bool:
    """Whether the source has XのY too, or XがY, or Y of nobody else."""
    if not _weighs(owner) or not _weighs(owned):
        return True
    there = [phrase for phrase in theirs.phrases if _is(owned, phrase)]
    if any(_is(owner, a) and _is(owned, b) for a, b in theirs.pairs):
        return True
    if any((owner.words - LIGHT) <= phrase.words for phrase in there):
        return True
    others = [a for a, b in theirs.pairs if _is(owned, b) and _weighs(a)]
    # The source's own owner, said elsewhere in the sentence: デジタル庁は、その職員の数を.
    return not others or all(_times(a, mine) >= _times(a, theirs) for a in others)


def _times(phrase: Phrase, said: Reading) -> int:
    return sum(_is(phrase, other) for other in said.phrases)
