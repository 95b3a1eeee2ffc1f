"""A question that leans on the turns before, made whole again, without a language model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.normalize import fold
from qa.ellipsis import again, lacking
from qa.topic import ASKS, phrases, thing, topic


@dataclass(frozen=True, slots=True)
class Turn:
    """What was asked, in full, and the answering words that were shown for it."""

    question: str
    answer: str = ""


# What opens a follow-up and says nothing of what is asked.
_OPENER = re.compile(
    r"^(?:(?:ありがとう(?:ございま(?:す|した))?|なるほど|わかりました|分かりました|了解(?:です|しました)?"
    r"|すみません(?:が)?|へえ|そうですか|はい|えっと|OK)[。、,!！ ]+"
    r"|(?P<instead>いや|いいえ|いえ|違います|違う|そうではなく(?:て)?|そうじゃなくて)[。、, ]+"
    r"|(?P<another>同じく|同様に|それでは|では|じゃあ?|それなら|なら|それで(?=[、,]))[、, ]*"
    r"|(?:ちなみに|あと|また|それと|そして|それから|ところで|で(?=[、,])|次に)[、, ]*)"
)
_BACK = re.compile(
    r"^(?:最初|はじめ|初め|冒頭|元)の?(?:質問|話|話題|件|こと|ところ)?"
    r"に(?:戻り|戻っ|戻る|もど)\w*?(?:ますが|ますけど|て|と|り|が)?[、,]\s*"
)
# Asked with nothing but a word or two: what is asked is the last question again.
_MORE = re.compile(r"^(?:他|ほか|その他)に(?:は|も)?(?:何か)?(?:あり?ま?す?か?|ある)?[?？。]*$")
_FOR_INSTANCE = re.compile(
    r"^(?P<word>例えば|たとえば|具体的には?)(?:何|なに|どう(?:いう|いった)?こと)?(?:ですか?)?[?？。]*$"
)
_FULLER = re.compile(
    r"^(?:もっと|もう少し|もうちょっと|さらに)?(?:詳しく|くわしく|簡単に|分かりやすく|わかりやすく|具体的に|詳細に|短く)"
    r"(?:は|(?:お?教え|説明|お願い|話|知り|言).*)?[?？。]*$"
)
_WHY = re.compile(r"^(?P<why>なぜ|何故|なんで|どうして)(?:なの|なん)?(?:です|でしょう)?か?(?:ね)?[?？。]*$")
_NTH = re.compile(
    r"^(?P<nth>[\d一二三四五六七八九十]+)(?:つ|個|番|点)目(?:(?P<of>の)|は|について|を|とは|[?？])"
)
_DIGITS = {digit: value for value, digit in enumerate("一二三四五六七八九十", 1)}


def resolve(question: str, turns: Sequence[Turn]) -> str:
    """The question with what it leaves out filled in from the turns before; as it is when it stands alone."""
    folded = fold(question).strip()
    back = _BACK.match(folded)
    if back:
        folded, turns = folded[back.end() :], turns[:1]
    turns = [turn for turn in turns if turn.question.strip()]
    if not turns or not folded:
        return question
    # A question that could not be made whole is about nothing that another could lean on.
    while len(turns) > 1 and all(each.side for each in phrases(fold(turns[-1].question))):
        turns = turns[:-1]
    asked = [fold(turn.question).strip() for turn in turns]
    answer = fold(turns[-1].answer).strip("。 \n")
    rest, another = _opened(folded)
    rest = re.sub(r"^その(?=[前次翌]の?(?:年|月|条))", "", rest)
    return (
        _continued(rest, asked, answer)
        or _pointed(rest, asked, answer)
        or again(rest, asked, another)
        or lacking(rest, asked)
        or question
    )


def _opened(folded: str) -> tuple[str, bool]:
    """The question without what opens it, and whether that says that another case is asked for."""
    another = False
    while found := _OPENER.match(folded):
        if found.end() == len(folded):
            break
        another = another or bool(found["instead"] or found["another"])
        folded = folded[found.end() :]
    return folded, another


def _continued(rest: str, asked: Sequence[str], answer: str) -> str:
    """What asks the last question again, further or for its reason; "" when this is not that."""
    last = asked[-1]
    about = topic(last)
    if _MORE.match(rest):
        return f"他に{last}"
    if found := _FOR_INSTANCE.match(rest):
        return f"{found['word']}{last}"
    if _FULLER.match(rest):
        return f"{about}を{rest}"
    if found := _WHY.match(rest):
        asks = ASKS.search(last)
        # デジタル庁はいつ発足しますか → デジタル庁はなぜ発足しますか; a yes-or-no question keeps its words.
        bare = re.match(r"いつ(?!か)|どうして|どう(?=や|し)", last[asks.start() :]) if asks else None
        if asks and bare:
            return last[: asks.start()] + found["why"] + last[asks.start() + bare.end() :]
        return f"{about}は{rest}" if asks else f"{found['why']}{last}"
    if found := _NTH.match(rest):
        nth = _DIGITS.get(found["nth"]) or (int(found["nth"][:6]) if found["nth"].isdecimal() else 0)
        items = [item.strip() for item in re.split(r"[、\n]", answer) if item.strip()]
        if not 0 < nth <= len(items) or len(items) < 2:
            return f"{thing(asked) if found['of'] else about}の{rest}"
        if not found["of"]:
            return f"{items[nth - 1]}とは何ですか"
        # 「二つ目の市の人口は」: the noun says what sort of thing is counted.
        counted = re.match(r"[^のはがを]*の(?=[^はがを?？])", rest[found.end() :])
        if not counted:
            return f"{thing(asked)}の{rest}"
        return f"{items[nth - 1]}の{rest[found.end() + counted.end() :]}"
    return ""


# Pointing words by themselves, and before a noun. これまで, それぞれ and この10年間 point at nothing said.
_THING = re.compile(
    r"(?:それ|これ|あれ|そちら|こちら|あちら|そこ|あそこ)(?P<many>ら)?(?:自体)?(?!ぞれ)"
    r"(?<!これ(?=まで|から(?:の|は|も)))"
)
_OF = re.compile(
    r"(?P<word>その|この|あの|当該|上記の?|前述の?|先ほどの|さっきの|それらの|これらの"
    r"|同(?=法|社|省|庁|市|県|町|村|国|氏|校|館|院|局|制度|事業|条|年))"
    r"(?!他|ほか|まま|ため|上で|うえ|たび|度|先|際に|ころ|よう|ほど|[\d一二三四五六七八九十数])"
)
# A noun that only says what sort of thing is pointed at: 「その制度」 is the thing itself.
_SORTS_TEXT = """
人 方 者 国 国々 市 県 町 村 区 法 社 省 庁 氏 校 館 院 局 組織 機関 団体 会社 企業 制度 法律 条例 条文 事業
構想 資格 試験 学校 施設 建物 会議 言葉 用語 手当 認定 サービス システム 商品 製品 病気 薬
"""
_SORTS = frozenset(_SORTS_TEXT.split())
_ASKS_WHICH = re.compile(
    r"誰|だれ|どなた|どこ|どの(?!くらい|ぐらい|程度|よう)|どちら|何という|何番|住所|連絡先"
)
_ASKS_WHO = re.compile(r"誰|だれ|どなた")
_PERSON = frozenset({"人", "方", "者", "氏"})
_LONGEST_ANSWER = 40  # characters: a longer one is a sentence about the answer


def _pointed(rest: str, asked: Sequence[str], answer: str) -> str:
    """The question with its pointing word replaced by what it points at; "" when it has none."""
    last = asked[-1]
    named = answer if len(answer) <= _LONGEST_ANSWER and _ASKS_WHICH.search(last) else ""
    person = bool(_ASKS_WHO.search(last))
    if (found := _THING.search(rest)) and _free(rest, found.start()):
        place = found[0].startswith(("そこ", "あそこ"))
        # 「それは」 goes on about what was asked, and 「そこ」 is no person; else the answer is meant.
        subject = not found["many"] and rest.startswith(("は", "が"), found.end())
        about = thing(asked) if place else topic(last)
        if named and not subject and not (person and place):
            about = named
        return rest[: found.start()] + about + rest[found.end() :]
    found = _OF.search(rest)
    noun = next((each for each in phrases(rest) if found and each.end > found.end()), None)
    if not found or not noun or not _free(rest, found.start()):
        return ""
    text = rest[max(noun.start, found.end()) : noun.end]
    if named and person and text in _SORTS and text not in _PERSON:
        named = ""  # 「その組織」 after a question about its head
    whole = named or (topic(last) if text.startswith("うち") else thing(asked))
    alike = [each.text for each in phrases(last) if each.text.endswith(text) and each.text != text]
    if text in _SORTS:
        # 「その市」 after a question about a city is that city with all that was said of it.
        said = named or topic(last)
        whole = said if said.endswith(text) else named or next(iter(alike), whole)
    elif not whole.endswith(text):
        longer = next((each for each in alike if each in whole), "")
        if not longer:
            return f"{rest[: found.start()]}{whole}の{rest[found.end() :]}"
        whole = longer
    return rest[: found.start()] + whole + rest[noun.end :]


def _free(rest: str, at: int) -> bool:
    """Whether nothing before a pointing word could be what it points at: no noun of its own question."""
    return all(phrase.side for phrase in phrases(rest) if phrase.end <= at)
