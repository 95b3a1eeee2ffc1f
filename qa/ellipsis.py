"""A question that leaves out what it asks or what it asks about, filled in from the questions before."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.mecab import tokenize
from qa.topic import ASKS, PERSONS, YEAR, Phrase, entity, phrases, thing, topic

_CONDITIONS = frozenset({"だと", "なら", "では", "でも", "ですと", "でしたら", "だったら"})
_CASES = frozenset({"場合", "とき", "時", "ケース"})
_EMPTY_TAIL = re.compile(
    r"^(?P<mark>(?:については|に関しては|ですと|だと|でしたら|だったら|なら|では|でも|にも|は|も|って|だけ)?)[、,]?"
    r"(?:同じく|同様に?|やはり)?"
    r"(?P<tail>(?:(?:どう|いかが|同じ|同様|お?教え|お願い|知りた)[^、]*)?"
    r"|(?:の(?:方|ほう|こと))?(?:です|でした)(?:けど|が)?)[?？。]*$"
)
_ASKING_TAIL = re.compile(
    r"^(?:は|だと|なら|では)(?:(?:何|なん)\w{0,3}?|いくら|いくつ|いつ|どこ|誰)"
    r"(?:です|でし|だっ|だろ)?(?:た|う)?(?:か|の)?[?？。]*$"
)


def again(rest: str, asked: Sequence[str], another: bool) -> str:
    """The last question for another year, group or thing: 「小売業の場合は？」; "" when this is not that."""
    chain, last = _leading(rest), asked[-1]
    if not chain:
        return ""
    behind = rest[chain[-1].end :]
    case = len(chain) > 1 and chain[-1].text in _CASES
    if case or (len(chain) > 1 and chain[-1].text in ("ほう", "方")):
        chain = chain[:-1]
    value, final = rest[: chain[-1].end], chain[-1]
    tail = _EMPTY_TAIL.match(behind)
    asking = None if tail else _ASKING_TAIL.match(behind)
    if behind.startswith("とは"):
        pair = next((each for each in phrases(last) if each.named and each.after.startswith("と")), None)
        return _put(last, (pair.start, pair.end), value) if pair and final.named and len(behind) <= 3 else ""
    if not (tail or asking) or (
        not behind.strip("?？。")
        and not (another or len(behind) < len(rest) - len(value) or rest.endswith(("?", "？")))
    ):
        return ""
    if shifted := _shifted(value, last):
        return shifted
    if value in ("前者", "後者"):
        names = list(dict.fromkeys(map(entity, asked)))[-2:]
        old = entity(last)
        return last.replace(old, names[0 if value == "前者" else -1], 1)
    slot = _slot(chain, last)
    if slot is not None and (tail or final.sort or final.named):
        return _put(last, slot, value)
    case = case or bool(tail and tail["mark"] in _CONDITIONS)
    aside = (final.side or final.headed) and final.sort != "time" and not case and not re.search(r"\d", value)
    if aside or (asking and not (final.sort or final.named)):
        return ""
    before = asked[-2] if len(asked) > 1 else last
    if (case or another or final.sort) and last != before and last.endswith(f"の{before}"):
        return f"{value}の{before}"  # another case after 「テレビの場合は？」
    if final.sort:
        return f"{value}の{last}"
    if len(chain) > 1:
        return ""
    if not another and case:
        return f"{value}の{last}"
    if another or final.named or final.morphemes > 1 or (tail and (tail["tail"] or "同" in tail[0])):
        return last.replace(entity(last), value, 1)
    return ""


def _leading(rest: str) -> list[Phrase]:
    """The noun phrases that a question begins with, joined by の."""
    chain: list[Phrase] = []
    for phrase in phrases(rest):
        if phrase.start != (chain[-1].end + 1 if chain else 0):
            break
        chain.append(phrase)
        if phrase.after != "の":
            break
    return chain


def _slot(chain: Sequence[Phrase], last: str) -> tuple[int, int] | None:
    """The part of the last question that a value takes the place of: 東地区 that of 西地区."""
    value = chain[-1]
    if value.sort == "year":
        year = YEAR.search(last)
        if (
            year
            and not YEAR.fullmatch(value.text)
            and not year[0][0].isdigit()
            and (number := re.search(r"元|\d{1,2}(?!\d)", year[0]))
        ):
            return year.start() + number.start(), year.end()  # 5年度は？: the era stays
        return year.span() if year else None
    there = phrases(last)
    if len(chain) > 1:
        same = next((at for at, each in enumerate(there) if each.text == value.text and at), None)
        return (there[same - 1].start, there[same].end) if same else None
    if value.sort:
        like = [each for each in there if each.sort == value.sort]
        if like:
            return like[0].start, like[0].end
        within = [
            token for token in tokenize(last) if PERSONS.fullmatch(token.surface) and len(token.surface) > 1
        ]
        if within and value.sort == "person":
            return within[0].start, within[0].end
    ends = [(_shared_end(value.text, each.text), each) for each in there if each.side == value.side]
    longest = max((n for n, _ in ends), default=0)
    if longest:
        best = next(each for n, each in ends if n == longest)
        if best.text != value.text:
            return _with_verb(last, best), best.end
    if value.named:
        places = [each for each in there if each.named and each.morphemes <= 2]
        if places:
            return places[0].start, places[0].end
    words = [token for token in tokenize(value.text) if len(token.surface) > 1]
    # 海外出張 after 出張旅費: the word that it ends with stands in the last question.
    if len(words) > 1 and value.text.endswith(words[-1].surface) and words[-1].surface in last:
        at = last.index(words[-1].surface)
        return at, at + len(words[-1].surface)
    return None


def _with_verb(last: str, phrase: Phrase) -> int:
    """Where a phrase begins with the one verb that belongs to it: 燃やすごみ."""
    before = [token for token in tokenize(last) if token.end <= phrase.start]
    verb = before[-1] if before and before[-1].end == phrase.start else None
    return verb.start if verb and verb.pos[0] in ("動詞", "形容詞") else phrase.start


def _put(last: str, at: tuple[int, int], value: str) -> str:
    return last[: at[0]] + value + last[at[1] :]


def _shared_end(one: str, other: str) -> int:
    """How many characters two words have in common at their ends."""
    return next(
        (n for n, (a, b) in enumerate(zip(reversed(one), reversed(other), strict=False)) if a != b),
        min(len(one), len(other)),
    )


_BESIDE = re.compile(r"^(?:その)?(?P<way>前|次|翌|昨)の?(?P<unit>年|月|条|章|節|項|号|回|期)度?$")


def _shifted(value: str, last: str) -> str:
    """The last question for the year, article or month before or after its own; "" when this is not that."""
    beside = _BESIDE.match(value)
    number = re.search(rf"(元|\d{{1,4}})(?={beside['unit']})", last) if beside else None
    if beside is None or number is None:
        return ""
    shifted = (1 if number[0] == "元" else int(number[0])) + (-1 if beside["way"] in "前昨" else 1)
    return _put(last, number.span(), str(shifted)) if shifted > 0 else ""


def lacking(rest: str, asked: Sequence[str]) -> str:
    """The question with the topic of the last put before it, where it has none; "" when it stands alone."""
    last = asked[-1]
    if whole := _narrowed(rest, last):
        return whole
    if not _leans(rest, last):
        return ""
    about = thing(asked)
    found = phrases(rest)
    first = found[0] if found else None
    if (
        len(found) > 1
        and first
        and first.after == "の"
        and found[1].text in ("ほう", "方")
        and found[1].after
    ):
        rest = rest[: first.end] + rest[found[1].end :]
        found = phrases(rest)
        first = found[0]
    if first is None and not _says(rest):
        return f"{topic(last)}は{rest}"
    done = first is not None and re.match(r"し|する|され|した", rest[first.end :])
    if first is None or first.start > 0 or done:
        nominal = re.match(r"[^、]*?[たるい]の(?=は|が)", rest)
        with_one = not ASKS.match(rest) and nominal
        if rest.startswith(("なぜ", "何故", "なんで", "どうして")) or any(
            token.pos[0] == "形容詞" and token.lemma not in ("良い", "無い") and not nominal
            for token in tokenize(rest)
        ):
            about = topic(last)
        return f"{about}{'で' if _compares(rest) else 'を' if with_one else 'は'}{rest}"
    if first.after.startswith("との"):
        return f"{about}と{rest}"
    if first.side or first.headed:
        about = thing(asked, bare=True)
    if first.after.startswith(("は", "が", "を", "の", "って", "とか", "も")) or not first.after:
        return f"{about}{'は' if first.sort and not first.side else 'の'}{rest}"
    return f"{about}は{rest}"


def _narrowed(rest: str, last: str) -> str:
    """「免許は」 after 「ローカル5Gの免許は」 is that one; "" when no word of it is repeated so."""
    own = [phrase for phrase in phrases(rest) if not phrase.side]
    if len(own) != 1 or own[0].start > 0:
        return ""
    there = phrases(last)
    for at, each in enumerate(there):
        if (
            each.text == own[0].text
            and at
            and there[at - 1].after == "の"
            and there[at - 1].end + 1 == each.start
        ):
            while at and there[at - 1].after == "の" and there[at - 1].end + 1 == there[at].start:
                at -= 1
            return last[there[at].start : each.end] + rest[own[0].end :]
    return ""


def _says(rest: str) -> bool:
    """Whether it says anything beside asking: a verb or an adjective."""
    bare = ASKS.sub("", rest)
    return any(
        token.pos[0] in ("動詞", "形容詞") and token.lemma not in ("為る", "成る", "居る", "言う")
        for token in tokenize(bare)
    )


def _compares(rest: str) -> bool:
    return rest.startswith(("一番", "最も", "いちばん", "もっとも", "特に"))


# What is said of a thing's side: 罰則はありますか, 予約は必要ですか.
_HAS = re.compile(
    r"^(?:は|が|も|って|とか)?(?:あり|ある|ない|なし|必要|要り|要る|要ら|いり|いる|いら|でき|出来|いい|よい|出"
    r"|不要|かか|必須|義務|対象|可能|無料|有料|大丈夫)"
    r"|^は(?:(?:何|なん)\w{0,3}?|いくら|いくつ|いつ|どこ|誰)"
    r"(?:くらい|ぐらい|ごろ|まで|から)?(?:です|でし|だ)?(?:た|う)?か?[?？。]*$"
)


def _leans(rest: str, last: str) -> bool:
    """Whether a question leaves out what it is about: no noun in it names a thing of its own."""
    found = phrases(rest)
    own = [
        phrase
        for phrase in found
        if not (phrase.side or phrase.does or phrase.sort == "year" or _known(phrase, last))
    ]
    if not own:
        return bool(found) or bool(ASKS.search(rest)) or _says(rest)
    if re.search(
        r"(?:[たいるぬ](?:場合|とき|時|際)(?:は|に)?|たら|なければ|だら)(?:どう[^、]*)?[?？。]*$", rest
    ):
        return len(own) == 1 and not own[0].after.startswith("は")
    if len(own) > 1:
        return False
    only = own[0]
    behind = rest[only.end :]
    if only.after.startswith("と") and not only.after.startswith(("とは", "とか")):
        return "違" in behind or "関係" in behind or "差" in behind
    if only.after in ("も", "でも", "にも", "からも", "とも") or (only.sort and only.after != "の"):
        return True
    alone = len(found) == 1 or all(phrase.side for phrase in found if phrase is not only)
    if only.headed and only.morphemes == 2 and _EMPTY_TAIL.match(behind.removeprefix("を")):
        return True
    if (
        (only.morphemes == 1 or (only.headed and only.morphemes == 2))
        and not only.named
        and _HAS.match(behind)
    ):
        return True
    if (
        only.after in ("に", "で", "へ", "から", "まで")
        and alone
        and not re.search(r"[はがを]|^につ?い?て|^に関", behind)
    ):
        return True
    return only.after == "は" and not behind.strip("は?？。")


def _known(phrase: Phrase, last: str) -> bool:
    """Whether a word is the end or beginning of a longer one in the last question, which it stands for."""
    return phrase.morphemes == 1 and any(
        phrase.text != there.text and (there.text.endswith(phrase.text) or there.text.startswith(phrase.text))
        for there in phrases(last)
    )
