"""What a question asks for: its kind, the words it turns on, and the names it goes by in the documents."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from ingest.dates import dates
from ingest.normalize import fold


class Kind(Enum):
    """The kind of thing that would answer a question."""

    WHEN = "いつ"
    WHERE = "どこ"
    WHO = "誰"
    AMOUNT = "いくら"
    COUNT = "いくつ"
    RATE = "何%"
    WHY = "なぜ"
    DEFINITION = "とは"
    LIST = "挙げて"
    OTHER = "何"


_DIGITS = r"(?:\d+|[一二三四五六七八九十]+)"
_COUNTERS = "つ|個|点|項目|本柱|柱|原則|分野|種類|類型|段階|要素|課題|戦略|施策|者|社|カ国|か国"
# The first that matches decides: the order goes from the most telling word to the least.
_KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (
        Kind.LIST,
        re.compile(
            rf"挙げ(?!られた)|列挙|すべて|全て|一覧|箇条書|何と何|{_DIGITS}(?:{_COUNTERS})の[^、。]*(?:は|を|とは)"
            rf"|{_DIGITS}(?:{_COUNTERS})(?:は|とは|を)(?:何|なに|教え|どれ|$)"
            r"|(?:どのような|どんな|どういった|どういう|何の|いかなる)[^、。]*(?:が(?:あり|ある|含ま|挙げ|示され|想定)|ありますか)"
            r"|(?:何|なに)が(?:あり|ある|含ま|挙げ|示され)|それぞれ(?:何|どの)"
            r"|(?:どのような|どんな|どういった|いかなる)(?:もの|こと|人|場合|種類|事項|項目|条件|書類|取組|施策|機能|手段|方法|分野|業務|費用|経費|課題|サービス|支援)"
            r"(?:ですか|でしょうか|か|を|は|に|が|で|$|[?？])"
            r"|[^、。]{2,}(?:もの|こと|項目|種類|事項|条件|書類|取組|施策|課題|分野)(?:は|って|とは)(?:何|なん|なに|どれ|どのような|どんな)"
        ),
    ),
    (
        Kind.RATE,
        re.compile(
            r"何\s*(?:%|パーセント|割|倍|ポイント)|割合|比率|(?:率|シェア)[はがを]?(?:何|いくら|どの|どれ|$|[?？])|率は"
        ),
    ),
    (Kind.WHY, re.compile(r"なぜ|何故|どうして|理由|背景は|原因|何のため")),
    (
        Kind.WHEN,
        re.compile(r"いつ|何年|何月|何日|何曜|何時|(?:時期|期限|期日|年月日|日付|日程|締切)[はがを]"),
    ),
    (
        Kind.AMOUNT,
        re.compile(
            r"いくら|何(?:億|万|兆|千|百)?(?:円|ドル|ユーロ)|(?:金額|予算額?|費用|価格|料金|額)[はがを]?(?:何|いくら|どの|どれ|$|[?？])|額は"
        ),
    ),
    (
        Kind.COUNT,
        re.compile(
            r"いくつ|何(?:人|名|件|社|個|回|本|台|校|団体|箇所|か所|ヶ所|カ所|カ国|か国|ヶ国|国|つ|年間|か月|ヶ月|カ月|日間|週間|時間"
            r"|分|秒|種類|項目|点|地域|自治体|都市|市|言語|万|億|百|千|語|字|枚|冊|通り|倍|歳|km|キロ)"
            r"|何[A-Za-z]{1,3}(?![A-Za-z])|(?:人数|件数|社数|回数|個数|台数|者数|数)[はがを]?(?:何|いくら|いくつ|どの|どれ|$|[?？])|どれ(?:くらい|ぐらい|ほど)|どの程度"
        ),
    ),
    (
        Kind.DEFINITION,
        re.compile(
            r"とは(?:[?？]|$|何|なに|なん|どの|どん|どう|いかな)|って(?:何|なに|なん|どう)|の意味|を意味|意味し|何の略|略称|正式名称|定義|とはどういう|どういう意味"
        ),
    ),
    (Kind.WHO, re.compile(r"誰|だれ|どなた|(?:人物|氏名|名前|担当者|代表者?|大臣|議長|座長|長官)は")),
    (Kind.WHERE, re.compile(r"どこ|何処|(?:場所|会場|都市|国|所在地|開催地)は")),
)


@dataclass(frozen=True, slots=True)
class Question:
    """A question as understood.

    :param text: as asked, what a follow-up left out filled in
    :param folded: `text` normalised (NFKC), what is searched and read
    :param expansions: other names of the things it mentions, from the documents' own definitions
    :param count: how many items a list question asks for, if it says so
    """

    text: str
    folded: str
    kind: Kind
    expansions: tuple[str, ...] = ()
    count: int | None = None

    @property
    def query(self) -> str:
        """What is searched for."""
        return " ".join((self.folded, *self.expansions))


def understand(text: str) -> Question:
    """The question's kind and, for a list, how many items it asks for."""
    folded = fold(text).strip()
    kind = next((kind for kind, pattern in _KINDS if pattern.search(folded)), Kind.OTHER)
    return Question(text=text.strip(), folded=folded, kind=kind, count=_count(folded))


_COUNT = re.compile(rf"({_DIGITS})(?:{_COUNTERS})")
_KANJI = {digit: value for value, digit in enumerate("〇一二三四五六七八九")}


def _count(folded: str) -> int | None:
    found = _COUNT.search(folded)
    if not found:
        return None
    digits = found[1]
    if digits.isascii():
        return int(digits[:6])
    if "十" in digits:
        tens, _, ones = digits.partition("十")
        return _KANJI.get(tens, 1) * 10 + _KANJI.get(ones, 0)
    return _KANJI.get(digits)


# What answers of a kind look like; an answer that has none of it is less likely right.
_NUMBER = r"\d[\d,.]*"
_SCALE = r"(?:兆|億|百万|万|千)?"
_SHAPES: dict[Kind, re.Pattern[str]] = {
    Kind.AMOUNT: re.compile(rf"{_NUMBER}\s*{_SCALE}\s*(?:円|ドル|ユーロ|元)|{_NUMBER}\s*(?:兆|億)"),
    Kind.COUNT: re.compile(rf"{_NUMBER}|[一二三四五六七八九十数]+(?:つ|人|社|件|年|名|個)"),
    Kind.RATE: re.compile(rf"{_NUMBER}\s*(?:%|パーセント|割|倍|ポイント)|▲\s*{_NUMBER}"),
    Kind.WHY: re.compile(r"ため|から|により|によって|ので|背景|理由|原因"),
    Kind.DEFINITION: re.compile(
        r"とは|をいう|を指す|の略|(?:もの|こと|仕組み|制度|事業|概念|取組)(?:。|$)|[(:]"
    ),
}
# 何カ国, 何人, 何％: the unit that stands behind the number in an answer.
_UNIT = re.compile(r"何\s*(?:百|千|万|億|兆)*([^\W\d_]{1,2}|%)")
_SAME_UNIT = {
    "人": "人|名",
    "名": "名|人",
    "国": "[カかヶケ]?国",
    "%": "%|パーセント",
    "歳": "歳|才",
    "割": "割|%",
    "社": "社",
}
_NO_UNIT = re.compile(r"[がをはにでとのもかけ]|です|でし|なの|故|処|者")


def unit(folded: str) -> re.Pattern[str] | None:
    """What a number must stand before to answer a question like 何カ国; None when it names no unit."""
    found = _UNIT.search(folded)
    if not found or _NO_UNIT.match(found[1]):
        return None
    word = found[1]
    if word[0] in "カかヶケ" and len(word) == 2:
        return re.compile(rf"{_NUMBER}\s*{_SCALE}\s*[カかヶケ]{re.escape(word[1])}")
    options = _SAME_UNIT.get(word[0], re.escape(word[0]))
    return re.compile(rf"{_NUMBER}\s*{_SCALE}\s*(?:{options})")


def fits(question: Question, text: str) -> float:
    """How well `text` (folded) has the shape of an answer: 1 yes, −1 no, 0 when any shape would do."""
    if question.kind is Kind.WHEN:
        precise = next((shape for asked, shape in _PRECISE if asked.search(question.folded)), None)
        if precise is not None:
            return 1.0 if precise.search(text) else -1.0
        return 1.0 if dates(text) or _CLOCK.search(text) else -1.0
    named = unit(question.folded)
    if named is not None:
        return 1.0 if named.search(text) else -1.0
    shape = _SHAPES.get(question.kind)
    return 0.0 if shape is None else 1.0 if shape.search(text) else -1.0


_DAY = "[月火水木金土日]"
# A question that names the unit of time it wants is not answered by another.
_PRECISE = (
    (
        re.compile(r"何曜"),
        re.compile(r"[月火水木金土日](?:曜|[・、,~〜(].{0,3}[月火水木金土日]|$)|平日|毎日|祝日|週末"),
    ),
    (re.compile(r"何時(?!点)"), re.compile(r"\d{1,2}\s*(?:時|:)|正午|24時間|終日")),
    (re.compile(r"何日(?!間)"), re.compile(r"\d{1,2}\s*日|[月./]\d|\d/\d|末日|初日|当日|翌日")),
    (re.compile(r"何月"), re.compile(r"\d{1,2}\s*月|\d{4}[./]\d|[月./]\d")),
    (re.compile(r"何年(?!間)"), re.compile(r"(?:\d|元)\s*年|\d{4}|[HRS]\s?\d|年度")),
)
_CLOCK = re.compile(r"\d{1,2}\s*[月日時]|年度|年(?:以内|後|前)|半期|\d+年")


# 正式名称（以下「略称」という。） / 正式名称（略称） / 略称（正式名称）
_NAME = r"[0-9A-Za-z一-鿿々〆ァ-ヶー・･&+\-]"
_ALIASES = (
    re.compile(
        rf"({_NAME}{{3,40}})\s*[(（]\s*以下[、,]?\s*(?:単に)?[「『\"]?({_NAME}{{2,20}})[」』\"]?\s*(?:という|と呼|と略|とする)?"
    ),
    re.compile(rf"((?:{_NAME}|[ ]){{3,40}})[(（]({_NAME}{{2,20}})[)）]"),
)
_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9+.&-]*")


def aliases(text: str) -> list[tuple[str, str]]:
    """Pairs of names that `text` (folded) itself declares the same: a long form and its short form.

    A bracket without 「以下」 counts only when one side is a Latin abbreviation: brackets also hold remarks.
    """
    pairs = []
    for pattern in _ALIASES:
        for found in pattern.finditer(text):
            long, short = found[1].strip(" ・"), found[2].strip()
            declared = pattern is _ALIASES[0]
            abbreviates = _LATIN.fullmatch(short) or _LATIN.fullmatch(long)
            if long != short and (declared or abbreviates):
                pairs.append((long, short))
    return pairs


def expansions(folded: str, passages: Iterable[str]) -> tuple[str, ...]:
    """Other names, declared in `passages` (folded), of things that the question mentions; each once."""
    found: dict[str, None] = {}
    for passage in passages:
        for long, short in aliases(passage):
            if _mentions(folded, short) and long not in folded:
                found[long] = None
            elif long in folded and not _mentions(folded, short):
                found[short] = None
    return tuple(found)[:4]


def _mentions(folded: str, name: str) -> bool:
    """Whether a name stands in the question as a word: IT is not in ITU."""
    if not name.isascii():
        return name in folded
    return re.search(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])", folded, re.I) is not None
