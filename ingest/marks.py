"""What a line opens with: chapter words, numbers, symbols, bullets, notes."""

# The patterns are data: one a line reads better than wrapped.
# ruff: noqa: E501

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_KANJI = "〇一二三四五六七八九十百千"
_NUMBER = rf"[0-9０-９{_KANJI}]{{1,6}}"
_SPACE = r"[ \t　]"
_KANA = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン"
_IROHA = "イロハニホヘト"
# Word's Wingdings bullets come out of PDF as private-use glyphs; the rest are what authors type.
_BULLETS = "・･•‣▪◦✓✔☑✅➢➤▸▶►➡→⇒↓☞·\uf000-\uf0ff"

LAW_RANK = {"部": 1, "編": 2, "章": 3, "節": 4, "款": 5, "目": 6, "条": 7}
# Usual nesting of numbered marks, outermost first; a document's own numbering may overrule it.
NUMBER_RANK = {
    "roman": 20, "digit": 30, "kanji": 30, "dotted2": 31, "dotted3": 32, "dotted4": 33, "paren": 40,
    "paren_kanji": 40, "close_paren": 45, "circled": 50, "roman_small": 52, "kana": 60, "paren_kana": 65,
    "alpha": 70, "paren_alpha": 75,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mark:
    """The mark a line opens with.

    :param kind: a key of `LAW_RANK` or `NUMBER_RANK`, or md1…md6, appendix, reference, bracket…, symbol…,
        question, step, bullet…, note, caption
    :param number: its place in its own counting, None where it does not count
    :param end: length of the mark with the white space after it
    """

    kind: str
    number: int | None
    end: int

    @property
    def is_bullet(self) -> bool:
        """Whether it only ever opens a list item."""
        return self.kind.startswith("bullet")

    @property
    def is_item(self) -> bool:
        """Whether it can open a list item."""
        return self.is_bullet or self.kind in NUMBER_RANK or self.kind.startswith("symbol")


def _pattern(body: str) -> re.Pattern[str]:
    return re.compile(body.replace("{N}", _NUMBER).replace("{S}", _SPACE))


_AFTER_WORD = r"(?=[ \t　（(「『：:]|$)"
# What a mark is, the characters it can begin with, and its pattern; of several that fit the first one counts.
_MARKS: tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...] = tuple(
    (kind, re.compile(f"[{first}]"), _pattern(body))
    for kind, first, body in (
        ("md", "#", r"(#{1,6}){S}+(?=\S)"),
        ("law", "第", r"第({N})(部|編|章|節|款|目)(?:の{N})*(?![0-9０-９のにをはがとでも～〜~、。・及又並から以]){S}*"),
        ("条", "第", r"第({N})条(?:の{N})*" + _AFTER_WORD + "{S}*"),
        ("appendix", "附付別様",
            r"(?:附{S}{0,3}則|付{S}{0,3}則|別{S}?[表紙記添]|付{S}?録|附属書|様{S}?式(?=第?[0-9０-９一-九]))(?:第?({N}))?"
            r"(?:号の?様式|号)?(?:の{N})?" + _AFTER_WORD),
        ("reference", "（(【＜<", r"[（(【＜<]{S}?(?:ご|御)?参{S}?考(?:資料|情報|事例)?{S}?({N})?[）)】＞>]{S}*()"),
        ("reference", "参", r"参考(?:資料)?({N})?(?:[：:]{S}*|{S}+|$)()"),
        ("note", "※＊✳（(注出資備補凡*",
            r"[※＊✳](?:{N})?|[（(]?(?:注|出典|出所|出展|資料出所|備考|補足|凡例)(?:{N})?{S}?[：:）).．]|[（(]出[典所展]|\*+\d*{S}(?!\*)(?=[A-Z])"),
        ("caption", "【＜<（(図表写グFfTt", r"[【＜<（(]?(?:図表?|表|写真|グラフ|[Ff]ig\.?|[Tt]able){S}?[0-9０-９][0-9０-９.\-－‐]*(?![0-9年月])"),
        ("question", "ＱQ問", r"(?:Ｑ|Q|問)[.．:：]?{S}?([0-9０-９]{1,3})?(?:[.．:：、]{S}*|{S}+)"),
        ("step", "Sス手", r"(?:STEP|Step|ステップ|手順){S}?([0-9０-９]{1,2})(?:[.．:：、]?{S}+|[.．:：、]|$)"),
        ("roman", "Ⅰ-ⅫIVX", r"([Ⅰ-Ⅻ]{1,3}|[IVX]{1,5}(?=[.．]))[.．、:： 　\t]*"),
        ("roman_small", "ⅰ-ⅻivx", r"([ⅰ-ⅻ]|(?:i{1,3}|iv|vi{0,3}|ix|x)(?=[.．)）]))[.．)） 　\t]*"),
        ("dotted", "0-9０-９",
            r"([0-9０-９]{1,2}(?:[.．\-－‐−][0-9０-９]{1,2}){1,3})(?:[.．)）]{S}*|{S}+|(?=[^\x00-\x7f％〜～：年月日倍億万兆円個件人点]))"),
        ("digit", "0-9０-９", r"([0-9０-９]{1,2})[.．、](?![0-9０-９]){S}*"),
        ("paren", "(（", r"[(（]([0-9０-９]{1,2})[)）]{S}*"),
        ("paren", "⑴-⒇", r"([⑴-⒇]){S}*"),
        ("close_paren", "0-9０-９", r"([0-9０-９]{1,2})[)）]{S}*"),
        ("circled", "①-⑳㉑-㉟㊱-㊿❶-❿", r"([①-⑳㉑-㉟㊱-㊿❶-❿]){S}*"),
        ("paren_kana", "(（", r"[(（]([ア-ンｱ-ﾝ])[)）]{S}*"),
        ("kana", "ア-ン", r"([ア-ン])(?:[.．)）]{S}*|{S}+(?!\S{S}))"),
        ("paren_kanji", "(（", rf"[(（]([{_KANJI}]{{1,3}})[)）]{{S}}*"),
        ("kanji", _KANJI, rf"([{_KANJI}]{{1,3}})(?:[、．.]{{S}}*|{{S}}+)"),
        ("paren_alpha", "(（", r"[(（]([a-zａ-ｚ])[)）]{S}*"),
        ("alpha", "a-zA-Zａ-ｚＡ-Ｚ", r"([a-zA-Zａ-ｚＡ-Ｚ])(?:[.．)）]{S}+|[.．)）](?=[^\x00-\x7f]))"),
        ("symbol", "■□●○〇◯◎◆◇▼▽▲△★☆◼▣", r"([■□●○〇◯◎◆◇▼▽▲△★☆◼▣])(?![：:0-9０-９]){S}*"),
        ("bullet", _BULLETS, rf"([{_BULLETS}])[ \t　]*"),
        ("bullet", "-*+‐−–—＊", r"([-*+‐−–—＊])[ \t　]+"),
        # "1 目的": a bare number and a space; a counter after it makes it a quantity.
        ("digit", "0-9０-９", r"([0-9０-９]{1,2}){S}+(?=[^\s0-9０-９a-zA-ZＡ-Ｚ年月円億兆万％%件倍ヶカか箇〜～.,、。）)/／+×=-])"),
    )
)  # fmt: skip

_BRACKETS = {
    "【": "】",
    "＜": "＞",
    "<": ">",
    "「": "」",
    "『": "』",
    "《": "》",
    "〔": "〕",
    "［": "］",
    "〈": "〉",
    "≪": "≫",
}
_TAG = re.compile(r"</?(?:u|b|i|br|sup|sub|em|strong|span|small|p|div)\b[^<>]{0,200}>|<!--|-->")
_GLYPHS = re.compile(r"[\ue000-\uf8ff\u200b\ufeff]")
_HASHES = re.compile(r"^#{1,6} | #{1,6}$")
# What \s is, written out: a set of characters is looked up in one step where a category is not.
_WHITE = "\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_MARKUP = re.compile(r"[<>*_~`#\ue000-\uf8ff\u200b\ufeff]")
_MARKUP_OR_WHITE = re.compile(rf"[{_WHITE}<>*_~`#\ue000-\uf8ff\u200b\ufeff]")
_EMPHASIS = re.compile(r"\*\*|__|~~|`")


def mark_of(line: str) -> Mark | None:
    """The mark at the start of a line stripped of white space and emphasis, None for plain text."""
    if not line:
        return None
    bracket = _bracket(line)
    if bracket is not None:
        return bracket
    for kind, pattern in _opened_by(line[0]):
        found = pattern.match(line)
        if found:
            return _build(kind, found)
    return None


@lru_cache(maxsize=1 << 13)
def _opened_by(first: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The patterns of the marks that can begin with this character; most letters begin none."""
    return tuple((kind, pattern) for kind, opens, pattern in _MARKS if opens.match(first))


def _bracket(line: str) -> Mark | None:
    """【…】 and the like when they are the whole line."""
    close = _BRACKETS.get(line[0])
    if close is None or len(line) > 60 or not line.endswith(close):
        return None
    depth = 0
    for position, character in enumerate(line):
        depth += (character == line[0]) - (character == close)
        if depth == 0 and position < len(line) - 1:
            return None
    inner = line[1:-1].lstrip()
    if re.match(r"(?:ご|御)?参考", inner) or re.match(r"図|表[0-9０-９]", inner):
        return None
    if line[0] == "<" and _TAG.match(line):
        return None
    return Mark(f"bracket{line[0]}".replace("＜", "<").replace("〈", "<"), None, 0)


def _build(kind: str, found: re.Match[str]) -> Mark:
    if kind == "md":
        return Mark(f"md{len(found[1])}", None, found.end())
    if kind == "law":
        return Mark(found[2], number(found[1]), found.end())
    if kind == "dotted":
        parts = re.split(r"[.．\-－‐−]", found[1])
        return Mark(f"dotted{len(parts)}", number(parts[-1]), found.end())
    if kind in ("symbol", "bullet"):
        return Mark(kind + found[1].replace("〇", "○").replace("◯", "○"), None, found.end())
    counted = found[1] if found.re.groups else None
    return Mark(kind, number(counted) if counted else None, found.end())


@lru_cache(maxsize=1 << 12)
def number(written: str) -> int | None:
    """The value of a numeral as written: １２, 十二, Ⅳ, ⑤, ウ, c; None if it is none."""
    folded = unicodedata.normalize("NFKC", written)
    folded = "".join(character for character in folded if character not in "()")
    if folded.isdecimal():
        return int(folded)
    if re.fullmatch("[ivxIVX]+", folded) and (len(folded) > 1 or folded in "IVXivx"):
        return _roman(folded.upper())
    if all(character in _KANJI for character in folded):
        return _kanji(folded)
    if len(folded) == 1 and folded in _KANA:
        return _KANA.index(folded) + 1
    if len(folded) == 1 and folded.isascii() and folded.isalpha():
        return ord(folded.lower()) - ord("a") + 1
    if "❶" <= written <= "❿":
        return ord(written) - ord("❶") + 1
    return None


def _roman(letters: str) -> int:
    values = {"I": 1, "V": 5, "X": 10}
    total = 0
    for letter, following in zip(letters, letters[1:] + " ", strict=True):
        value = values[letter]
        total += -value if values.get(following, 0) > value else value
    return total


def _kanji(written: str) -> int | None:
    if not any(unit in written for unit in "十百千"):
        return int("".join(str(_KANJI.index(digit)) for digit in written))
    total, digit = 0, 0
    for character in written:
        if character in "十百千":
            total += (digit or 1) * {"十": 10, "百": 100, "千": 1000}[character]
            digit = 0
        else:
            digit = _KANJI.index(character)
    return total + digit


def follows(last: int | None, new: int | None, kind: str) -> bool:
    """Whether `new` comes right after `last` in this kind of counting."""
    if last is None or new is None:
        return False
    if kind in ("kana", "paren_kana"):  # イロハ order has its own neighbours
        written = _KANA[last - 1], _KANA[new - 1]
        if written[0] in _IROHA and written[1] in _IROHA and new != last + 1:
            return _IROHA.index(written[1]) == _IROHA.index(written[0]) + 1
    return new == last + 1


def unmarked(text: str) -> str:
    """Text as a reader sees it: wraps joined, emphasis and tags removed, white space single."""
    if not _MARKUP_OR_WHITE.search(text):
        return text
    marked = _MARKUP.search(text) is not None
    if marked:
        text = _GLYPHS.sub("", _EMPHASIS.sub("", _TAG.sub("", text)))
    pieces = [piece.strip() for piece in text.splitlines()]
    joined = pieces[0] if pieces else ""
    for piece in pieces[1:]:
        latin = joined[-1:].isascii() and piece[:1].isascii() and joined and piece
        joined += f" {piece}" if latin else piece
    written = " ".join(joined.split())
    return _HASHES.sub("", written) if marked else written
