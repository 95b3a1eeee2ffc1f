"""Sentences of documents reworded without harm, and with one error planted: what verification is tried on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from eval import planted_roles as roles
from eval.planted_true import TRUE, Rewrite
from ingest.dates import dates
from ingest.mecab import tokenize
from qa.grounds.facts import facts

_NUMBER = re.compile(r"(?<![\d.,A-Za-z/-])(\d[\d,]*(?:\.\d+)?)(?![\d.,]*[A-Za-z/-])")


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence to verify: `kind` is how it was made, `wrong` whether an error was planted."""

    kind: str
    wrong: bool
    text: str
    origin: str


def made_from(
    sentence: str, around: Sequence[str], names: Sequence[str], draw: Random
) -> Iterator[Statement]:
    """Every rewording and every error that fits a folded sentence.

    :param around: the other sentences of its passage
    :param names: the names of its document
    """
    yield Statement("as written", False, sentence, sentence)
    for kind, rewrite in TRUE.items():
        text = rewrite(sentence, around, draw)
        if text and text != sentence:
            yield Statement(kind, False, text, sentence)
    for kind, rewrite in WRONG.items():
        text = rewrite(sentence, names if kind == "name" else around, draw)
        if text and text != sentence:
            yield Statement(kind, True, text, sentence)


def of_cell(row: str, column: str, value: str, others: Sequence[str], draw: Random) -> Iterator[Statement]:
    """A cell said as a sentence, and with the value of another cell of its table."""
    head = "の".join(filter(None, (row, column)))
    yield Statement("cell said", False, f"{head}は{value}です。", value)
    rest = [other for other in others if other != value and re.search(r"\d", other)]
    if rest and re.search(r"\d", value):
        yield Statement("another cell", True, f"{head}は{draw.choice(rest)}です。", value)


def _number(text: str, _: Sequence[str], draw: Random) -> str | None:
    """One digit of a number that is no date changed."""
    taken = [mention.span for mention in dates(text)]
    numbers = [q for q in facts(text).quantities if not any(q.span.overlaps(span) for span in taken)]
    found = [m for m in _NUMBER.finditer(text) if any(q.span.start == m.start() for q in numbers)]
    if not found:
        return None
    one = draw.choice(found)
    at = draw.choice([n for n, c in enumerate(one[1]) if c.isdigit()])
    digit = draw.choice([d for d in "123456789" if d != one[1][at]])
    return text[: one.start() + at] + digit + text[one.start() + at + 1 :]


def _neighbours_number(text: str, around: Sequence[str], draw: Random) -> str | None:
    """A number replaced by one of the same unit that stands elsewhere in the passage."""
    for q in facts(text).quantities:
        others = [
            (other, o) for other in around for o in facts(other).quantities
            if o.unit == q.unit and o.value != q.value and q.unit not in ("", "月", "日")
        ]  # fmt: skip
        if others:
            other, o = draw.choice(others)
            return text[: q.span.start] + o.span.of(other) + text[q.span.end :]
    return None


_SWAPPED = {"令和": "平成", "平成": "令和", "昭和": "平成"}


def _date(text: str, _: Sequence[str], draw: Random) -> str | None:
    """The era or one digit of a date changed."""
    found = [m.span for m in dates(text)]
    if not found:
        return None
    span = draw.choice(found)
    written = span.of(text)
    swapped = re.sub("令和|平成|昭和", lambda m: _SWAPPED[m[0]], written)
    if swapped != written and draw.random() < 0.5 and dates(swapped):
        return text[: span.start] + swapped + text[span.end :]
    digits = [n for n, c in enumerate(written) if c.isdigit()]
    if not digits:
        return None
    at = draw.choice(digits)
    new = written[:at] + draw.choice([d for d in "1234567890" if d != written[at]]) + written[at + 1 :]
    terms, before = ([m.terms for m in dates(t)] for t in (new, written))
    return text[: span.start] + new + text[span.end :] if terms and terms != before else None


_UNITS = (
    ("億円", "万円"), ("万円", "億円"), ("兆円", "億円"), ("億", "万"), ("万", "億"), ("円", "ドル"),
    ("%", "人"), ("人", "社"), ("社", "人"), ("件", "人"), ("時間", "分"), ("か月", "年"), ("年間", "か月"),
    ("km", "m"), ("kg", "g"),
)  # fmt: skip


def _unit(text: str, _: Sequence[str], draw: Random) -> str | None:
    for old, new in _UNITS:
        found = re.search(rf"(?<=\d){old}", text)
        if found:
            return text[: found.start()] + new + text[found.end() :]
    return None


_DENY = (
    ("ならない。", "よい。"), ("できない。", "できる。"), ("できません。", "できます。"),
    ("しない。", "する。"), ("しません。", "します。"),
    ("されない。", "される。"), ("れない。", "れる。"), ("ではない。", "である。"),
    ("ありません。", "あります。"), ("ない。", "ある。"),
    ("できる。", "できない。"), ("できます。", "できません。"), ("している。", "していない。"),
    ("しています。", "していません。"), ("された。", "されなかった。"),
    ("されました。", "されませんでした。"), ("した。", "しなかった。"), ("しました。", "しませんでした。"),
    ("する。", "しない。"), ("します。", "しません。"),
    ("れる。", "れない。"), ("れます。", "れません。"), ("である。", "ではない。"),
    ("です。", "ではありません。"), ("いる。", "いない。"),
    ("います。", "いません。"), ("必要", "不要"), ("可能な", "不可能な"), ("できる", "できない"),
)  # fmt: skip


def _denied(text: str, _: Sequence[str], draw: Random) -> str | None:
    for said, opposite in _DENY:
        at = text.rfind(said)
        if (
            at >= 0
            and (not said.endswith("。") or text.endswith(said))
            and "なければなら" not in text[at - 4 :]
        ):
            return text[:at] + opposite + text[at + len(said) :]
    return None


_WAYS = (
    ("増加", "減少"), ("拡大", "縮小"), ("上昇", "低下"), ("向上", "低下"), ("以上", "以下"),
    ("以内", "以上"), ("以前", "以降"), ("未満", "以上"), ("超え", "下回っ"),
    ("最大", "最小"), ("最高", "最低"), ("増え", "減っ"), ("高い", "低い"), ("多い", "少ない"),
    ("大きい", "小さい"), ("引き上げ", "引き下げ"),
    ("必須", "任意"), ("開始", "終了"), ("前半", "後半"), ("輸出", "輸入"), ("国内", "海外"),
    ("有料", "無料"), ("短縮", "延長"), ("含む", "除く"),
)  # fmt: skip


def _turned(text: str, _: Sequence[str], draw: Random) -> str | None:
    for one, other in (*_WAYS, *((b, a) for a, b in _WAYS)):
        # 以下の点 and 以上のような point to the text itself; behind a number they bound it.
        before = (
            r"(?<=\d)([^\d、。]{0,4}?)" if one in ("以上", "以下", "以内", "未満", "以前", "以降") else "()"
        )
        if re.search(before + one, text):
            return re.sub(before + one, rf"\g<1>{other}", text, count=1)
    return None


def _renamed(text: str, names: Sequence[str], draw: Random) -> str | None:
    own = [t for t in tokenize(text) if t.pos[1] == "固有名詞" and t.surface in names and len(t.surface) > 1]
    if not own:
        return None
    token = draw.choice(own)
    others = [name for name in names if name not in text and name.isascii() == token.surface.isascii()]
    return text[: token.start] + draw.choice(others) + text[token.end :] if others else None


WRONG: dict[str, Rewrite] = {
    "number": _number,
    "another's number": _neighbours_number,
    "date": _date,
    "unit": _unit,
    "negation": _denied,
    "direction": _turned,
    "name": _renamed,
    "role": roles.swapped,
    "role: another": roles.replaced,
    "role: owner": roles.another_owner,
    "scope": roles.more_or_less,
    "modality": roles.other_mood,
    "condition": roles.other_condition,
}
