"""Word's automatic numbers: "where does this 第3条 come from, which nobody typed?" """

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from docx.document import Document
from docx.oxml.ns import qn

_KANJI = "〇一二三四五六七八九"
_AIUEO = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン"
_IROHA = "イロハニホヘトチリヌルヲワカヨタレソツネナラムウヰノオクヤマケフコエテアサキユメミシヱヒモセス"
_ROMAN = ((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))
_WIDE = {ord(str(digit)): chr(0xFF10 + digit) for digit in range(10)}
_PLACE = re.compile(r"%([1-9])")


@dataclass(frozen=True, slots=True)
class _Level:
    start: int
    format: str
    text: str
    style: str


@dataclass(slots=True)
class Numbering:
    """The lists of a document with how far each has counted.

    :param lists: list id → levels
    :param styles: style id → (list id, level)
    """

    lists: dict[str, dict[int, _Level]]
    styles: dict[str, tuple[str, int]]
    shared: dict[str, str]  # list id → the definition whose counters it shares
    counts: dict[str, dict[int, int]] = field(default_factory=dict)

    @classmethod
    def of(cls, document: Document) -> Numbering:
        """The lists that the document defines; none in one without a numbering part."""
        found = next(
            (r.target_part for r in document.part.rels.values() if r.reltype.endswith("/numbering")), None
        )
        root: Any = getattr(found, "element", None)
        if root is None:
            return cls({}, {}, {})
        abstract = {
            node.get(qn("w:abstractNumId"), ""): _levels(node) for node in root.iter(qn("w:abstractNum"))
        }
        lists, shared = {}, {}
        for node in root.iter(qn("w:num")):
            target = node.find(qn("w:abstractNumId"))
            identity = node.get(qn("w:numId"), "")
            shared[identity] = target.get(qn("w:val"), "") if target is not None else ""
            lists[identity] = abstract.get(shared[identity], {})
            if node.find(qn("w:lvlOverride")) is not None:
                shared[identity] = f"num {identity}"  # a list that begins to count anew
        styles = {}
        for style in document.styles.element.iter(qn("w:style")):
            place = _place(style)
            if place is not None:
                styles[style.get(qn("w:styleId"), "")] = place
        return cls(lists, styles, shared)

    def label(self, paragraph: Any, style: str) -> str:
        """The number or bullet Word shows before a paragraph, "" if none; counts on."""
        place = _place(paragraph) or self.styles.get(style)
        if place is None or place[0] == "0" or place[0] not in self.lists:
            return ""
        identity, depth = place
        levels = self.lists[identity]
        if style in self.styles:  # a level may be told by the style it is linked to
            depth = next((n for n, level in levels.items() if level.style == style), depth)
        if depth not in levels:
            return ""
        counts = self.counts.setdefault(self.shared[identity], {})
        level = levels[depth]
        counts[depth] = counts.get(depth, level.start - 1) + 1
        for deeper in [n for n in counts if n > depth]:
            del counts[deeper]
        if level.format == "bullet":
            return "・"
        if level.format == "none":
            return ""

        def shown(found: re.Match[str]) -> str:
            at = int(found[1]) - 1
            above = levels.get(at, level)
            return _number(counts.get(at, above.start), above.format)

        written = _PLACE.sub(shown, level.text)
        return f"{written} " if written.strip() else ""


def _place(element: Any) -> tuple[str, int] | None:
    properties = element.find(f"{qn('w:pPr')}/{qn('w:numPr')}")
    if properties is None:
        return None
    identity, depth = properties.find(qn("w:numId")), properties.find(qn("w:ilvl"))
    if identity is None:
        return None
    level = depth.get(qn("w:val"), "0") if depth is not None else "0"
    return identity.get(qn("w:val"), "0"), int(level) if level.isdigit() else 0


def _levels(node: Any) -> dict[int, _Level]:
    levels = {}
    for level in node.iter(qn("w:lvl")):

        def said(name: str, default: str, level: Any = level) -> str:
            found = level.find(qn(f"w:{name}"))
            return str(found.get(qn("w:val"), default)) if found is not None else default

        start = said("start", "1")
        depth = level.get(qn("w:ilvl"), "0")
        levels[int(depth) if depth.isdigit() else 0] = _Level(
            int(start) if start.isdigit() else 1,
            said("numFmt", "decimal"),
            said("lvlText", ""),
            said("pStyle", ""),
        )
    return levels


def _number(n: int, form: str) -> str:
    """A number as Word writes it in a format of ECMA-376 part 1, 17.18.59."""
    if form in ("decimalFullWidth", "decimalFullWidth2"):
        return str(n).translate(_WIDE)
    if form in (
        "japaneseCounting",
        "japaneseLegal",
        "chineseCounting",
        "ideographDigital",
        "chineseCountingThousand",
    ):
        return _counted(n)
    if form in ("aiueo", "aiueoFullWidth"):
        return _AIUEO[(n - 1) % len(_AIUEO)]
    if form in ("iroha", "irohaFullWidth"):
        return _IROHA[(n - 1) % len(_IROHA)]
    if form.startswith("decimalEnclosed") and 1 <= n <= 20:
        return chr(0x2460 + n - 1)
    if form in ("upperLetter", "lowerLetter"):
        letter = chr(ord("a") + (n - 1) % 26)
        return letter.upper() if form[0] == "u" else letter
    if form in ("upperRoman", "lowerRoman") and 0 < n < 40:
        roman, rest = "", n
        for value, letters in _ROMAN:
            while rest >= value:
                roman, rest = roman + letters, rest - value
        return roman.upper() if form[0] == "u" else roman
    return str(n)


def _counted(n: int) -> str:
    """一, 十, 二十三, 百五: as articles of law are counted."""
    if not 0 < n < 1000:
        return str(n)
    written, rest = "", n
    for value, letter in ((100, "百"), (10, "十")):
        times, rest = divmod(rest, value)
        written += (_KANJI[times] if times > 1 else "") + letter if times else ""
    return written + (_KANJI[rest] if rest else "")
