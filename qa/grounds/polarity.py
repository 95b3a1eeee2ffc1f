"""Which way a text says it: denied or not, obliged or allowed, more or less."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from ingest.mecab import Token, tokenize

# Words that hold ない or ず and deny nothing; they are cut out before the denials are looked for.
_NO_DENIAL = re.compile(
    r"だけで(?:は)?な[くい]|のみならず|のみで(?:は)?なく|ばかり(?:で(?:は)?なく|か)|に(?:限らず|かかわらず|関わらず|とどまらず)|かもしれ(?:ない|ません)"
    r"|少なくな(?:い|く)|やむを得[ずな]い?|絶えず|思わず|必ず|まず|いまだに|とは限らない|ほかな(?:ら|り)な(?:い|く)"
)
# Twice denied is obliged.
_OBLIGED = re.compile(
    r"な(?:ければ|くては|いと)(?:な(?:らない|りません)|いけ(?:ない|ません))|ねばな(?:らない|りません)|ざるを得(?:ない|ません)|必要があ(?:る|り)"
    r"|義務(?:があ|付け|づけ|を負)|必須"
)
_ALLOWED = re.compile(
    r"ことができ(?!な|ませ)|て(?:も)?(?:よい|良い|構わない|かまわない)|任意|差し支えない|を妨げない"
)
_DENIALS = frozenset({"ず", "無い", "ない", "まい"})
# What may stand between a predicate and its denial: 徴収する こと が でき ない.
_BETWEEN = frozenset(
    {"為る", "出来る", "居る", "有る", "成る", "行く", "ます", "です", "だ", "れる", "られる", "せる",
     "させる", "た", "て", "事", "可能", "得る", "頂く", "下さる", "良い"}
)  # fmt: skip
_CONTENT = frozenset({"名詞", "動詞", "形容詞", "形状詞"})
_UN = frozenset("不未非無")
# Opposites: a sentence that says one where its source says only the other is wrong. 増 is in 増える and 増加.
OPPOSITES: tuple[tuple[str, str], ...] = (
    (
        "増(?!進)|上回|引き?上げ|上昇|上が|高ま|伸び|拡大|向上",
        "減(?!価|災)|下回|引き?下げ|低下|下落|下が|縮小|悪化",
    ),
    ("以上", "以下"),
    ("超(?:え|過|$)|上回", "未満|下回"),
    ("以前|より前|[年月日時]前(?!半|後)", "以降|以後|より後|[年月日時]後(?!半)"),
    ("前半|上半", "後半|下半"),
    ("午前", "午後"),
    ("最大|最高|最多|最長|上限", "最小|最低|最少|最短|下限"),
    ("最も(?:多|高|大き|長)", "最も(?:少な|低|小さ|短)"),
    ("多[いくかけ]", "少な[いくかけ]"),
    ("(?<!最も)高[いくかけ]", "低[いくかけ]"),
    ("大き[いくかけな]", "小さ[いくかけな]"),
    ("早[いくかけ]|早期", "遅[いくかけ]|遅れ"),
    ("長[いくかけ]|延長|長期", "短[いくかけ]|短縮|短期"),
    ("必須|義務|強制", "任意|努力義務"),
    ("許可|認め(?:る|られ)|可能|できる|できます", "禁止|禁じ|不可|できない|できません|認めない|認められない"),
    ("必要(?!な[いく])", "不要|必要な[いく]"),
    ("開始|始ま|始め(?=[るたて])", "終了|終わ|廃止"),
    ("含(?:む|ま|み|め)", "除[くきい外]"),
    ("輸出", "輸入"),
    ("収入|歳入", "支出|歳出"),
    ("黒字", "赤字"),
    ("有料|有償", "無料|無償"),
    ("賛成", "反対"),
    ("成功", "失敗"),
    ("公開(?!.{0,2}非)(?<!非公開)", "非公開"),
    ("増設|新設|設置", "撤去|閉鎖|廃止"),
    ("直接", "間接"),
    ("国内", "国外|海外"),
    ("先進国", "途上国"),
    ("買", "売"),
)
_PAIRS = tuple((re.compile(one), re.compile(other)) for one, other in OPPOSITES)


@dataclass(frozen=True, slots=True)
class Stance:
    """Which predicates a text denies and which it affirms, by lemma; whether it obliges or allows."""

    denied: frozenset[str]
    affirmed: frozenset[str]
    said: frozenset[str]
    obliged: bool
    allowed: bool


@lru_cache(maxsize=4096)
def stance(text: str) -> Stance:
    """The stance of a folded text; remembered, because a source is asked for every sentence."""
    obliged, allowed = bool(_OBLIGED.search(text)), bool(_ALLOWED.search(text))
    tokens = tokenize(_NO_DENIAL.sub("、", _OBLIGED.sub("必要である", text)))
    denied: set[str] = set()
    places: set[int] = set()
    for number, token in enumerate(tokens):
        at = _denied_by(tokens, number, token)
        if at is not None:
            denied.add(tokens[at].lemma)
            places.add(at)
    affirmed = {
        token.lemma
        for number, token in enumerate(tokens)
        if number not in places and _predicate(tokens, number)
    }
    said = frozenset(token.lemma for token in tokens if token.pos[0] in _CONTENT)
    return Stance(frozenset(denied), frozenset(affirmed), said, obliged, allowed)


def _denied_by(tokens: tuple[Token, ...], number: int, token: Token) -> int | None:
    """The place of the word that this token denies, if it denies."""
    kind, detail = token.pos
    if kind == "接頭辞" and token.surface in _UN and number + 1 < len(tokens):
        return number + 1
    if (kind, detail) == ("接尾辞", "名詞的") and token.surface == "外" and number:
        return number - 1
    if token.lemma not in _DENIALS or kind not in ("助動詞", "形容詞"):
        return None
    for at in range(number - 1, -1, -1):
        before = tokens[at]
        if before.pos[0] == "補助記号" and before.surface in "。、":
            return None
        if before.lemma in _DENIALS:
            return at  # not not: something else than the source's one denial
        if before.pos[0] in _CONTENT and before.lemma not in _BETWEEN:
            return at
    return None


def _predicate(tokens: tuple[Token, ...], number: int) -> bool:
    """Whether the word here says that something is or is done: a verb, or a noun with する, だ or the end."""
    token = tokens[number]
    kind = token.pos[0]
    if kind not in _CONTENT or token.lemma in _BETWEEN or token.pos[1] == "数詞":
        return False
    if kind in ("動詞", "形容詞"):
        return True
    following = tokens[number + 1] if number + 1 < len(tokens) else None
    if following is not None and following.surface in ("と", "に") and number + 2 < len(tokens):
        following = tokens[number + 2]
        return following.lemma in ("為る", "成る")
    return (
        following is None
        or following.surface in "。、"
        or following.lemma in ("為る", "出来る", "だ", "です", "可能")
    )


def predicate(text: str) -> str:
    """The lemma of the word that a sentence ends in saying, 無料 of 無料です; "" where that is a number."""
    tokens = tokenize(text)
    for number in range(len(tokens) - 1, -1, -1):
        token = tokens[number]
        counted = number > 0 and tokens[number - 1].pos[1] == "数詞"
        if counted or token.pos[1] == "数詞" or token.pos[0] == "接尾辞":
            return ""
        if token.pos[0] in _CONTENT | _LOOSE and token.lemma not in _BETWEEN | _DENIALS:
            return token.lemma
    return ""


_ASKS = re.compile(
    r"(?:て|で)(?:ください|下さい|ほしい|欲しい|いただきたい|もらいたい|くれ)|なさい|(?:お|ご)[^。、]{1,8}(?:ください|下さい|願い)"
    r"|(?:せよ|しろ|べし|こと)[。」!]?\s*$|\bplease\b",
    re.I,
)


def asks(text: str) -> bool:
    """Whether a folded text asks something of its reader: what a request says of things, nobody has stated.

    「手数料は無料として扱ってください」 does not say that the fee is nothing.
    """
    return _ASKS.search(text) is not None


# What MeCab makes of words that it does not know, にゃん.
_LOOSE = frozenset({"感動詞", "副詞"})


def denials(said: str, source: str) -> Iterator[str]:
    """Why a sentence and its source differ in what they deny or oblige; nothing when they do not."""
    mine, theirs = stance(said), stance(source)
    for word in sorted(mine.denied):
        if word in theirs.denied or _un(word, theirs.said):
            continue
        # Said in other words: some denial of the source must be left for it.
        if word in theirs.said or not theirs.denied - mine.said:
            yield f"「{word}」の否定が原文にない"
    for word in sorted(mine.affirmed - mine.denied):
        if (word in theirs.denied and word not in theirs.affirmed) or (
            word not in theirs.said and _un(word, theirs.said)
        ):
            yield f"「{word}」は原文では否定されている"
    for word in sorted(mine.said - theirs.said):
        if word[0] in _UN and len(word) > 1 and word[1:] in theirs.affirmed - theirs.denied:
            yield f"「{word}」は原文では「{word[1:]}」"
    if mine.obliged and theirs.allowed and not theirs.obliged:
        yield "原文では任意のことを義務としている"
    if mine.allowed and theirs.obliged and not theirs.allowed:
        yield "原文では義務のことを任意としている"


def _un(word: str, said: frozenset[str]) -> bool:
    """Whether the denied form of a word, 不〜 or 未〜, stands among the words said."""
    return any(f"{un}{word}" in said for un in _UN)


def directions(said: str, source: str) -> Iterator[str]:
    """Why a sentence points the other way than its source: more for less, before for after."""
    for one, other in _PAIRS:
        for mine, theirs in ((one, other), (other, one)):
            for found in mine.finditer(said):
                same, opposite = list(mine.finditer(source)), list(theirs.finditer(source))
                if not opposite:
                    continue
                if not same:
                    yield f"「{found[0]}」は原文では「{opposite[0][0]}」"
                    break
                if len(mine.findall(said)) > len(same):
                    yield f"「{found[0]}」が原文より多い"
                    break
                word = _word_before(said, found.start())
                if word and not _stands(word, source, same) and _stands(word, source, opposite):
                    yield f"「{word}」について「{found[0]}」とは原文にない"
                    break


_BEFORE = re.compile(r"([一-鿿]{2,}|[ァ-ヴー]{2,}|[A-Za-z0-9]+)[^一-鿿ァ-ヴーA-Za-z0-9]{0,3}$")


def _word_before(text: str, end: int) -> str:
    found = _BEFORE.search(text, max(0, end - 20), end)
    return "" if found is None else found[1][-6:]


def _stands(word: str, source: str, places: list[re.Match[str]]) -> bool:
    return any(word in source[max(0, place.start() - 20) : place.start()] for place in places)
