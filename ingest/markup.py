"""Markdown, HTML, LaTeX and private-use remains: "why is this mark not shown?"

Only what is surely markup is touched: known HTML tags, paired Markdown marks, LaTeX between dollars.
Everything else is the document's own text and stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from ingest.document import Span
from ingest.view import Edit

# How far a paragraph is followed beyond a span to find the other half of a pair.
_AROUND = 1000
_PARAGRAPH = re.compile(r"\n[ \t\r\u3000]*\n")
# Every mark begins with one of these, a heading with spaces before it; without the second line there is none.
_SIGN = re.compile(r"[*`<&$#\\!\[\]\ue000-\uf8ff\U000f0000-\U0010ffff]")
_MAY_MATTER = re.compile(r"[*`<&$#\\\[\ue000-\uf8ff\U000f0000-\U0010ffff]")

_PAIRS = re.compile(
    r"""(?P<code>(?<!`)`(?!`)[^`\n]{1,300}`(?!`))
    | (?P<fence>```+)
    | (?P<bold>\*\*(?=[^\s*])(?:[^*\n]|\*(?!\*)|\n(?!\s*\n)){1,400}?(?<=[^\s*])\*\*(?!\*))
    | (?P<em>(?<![A-Za-z0-9*\\])\*(?![\s\d*])[^*\n]{1,100}?(?<![\s*])\*(?![A-Za-z0-9*]))
    | (?P<math>\$(?=[^$\n]{0,120}(?:\\|[_^]\{))[^$\n]{1,120}\$)
    | (?P<link>!?\[(?=[^\]\n]{1,300}\]\((?:https?:|mailto:|\.{0,2}/|\#)[^\s()]{0,300}\)))
    | (?P<url>\]\((?:https?:|mailto:|\.{0,2}/|\#)[^\s()]{0,300}\))
    | (?P<heading>^[ ]{0,3}\#{1,6}[ \t\u3000]+(?=\S))
    | (?P<tag></?(?P<name>[a-zA-Z][a-zA-Z0-9]{0,9})
        (?P<attributes>(?:[ \t]+[a-zA-Z-]{1,20}=(?:"[^"\n]{0,200}"|'[^'\n]{0,200}'|[^\s"'>]{1,100})){0,6})
        [ ]?/?>)
    | (?P<entity>&(?:\#\d{1,6}|\#[xX][0-9a-fA-F]{1,5}|[a-zA-Z]{2,8}\d{0,2});)
    | (?P<escape>\\[*_\#~])
    | (?P<private>[\ue000-\uf8ff\U000f0000-\U0010ffff])""",
    re.X | re.M,
)
_PAIRED = {"code": 1, "em": 1, "bold": 2}
_INLINE = re.compile(
    "a|abbr|b|big|code|del|em|font|i|ins|kbd|mark|q|rb|rp|rt|ruby|s|small|span|strong|sub|sup|tt|u", re.I
)
_BLOCK = re.compile(
    "blockquote|caption|center|dd|div|dl|dt|h[1-6]|li|ol|p|pre|table|tbody|td|tfoot|th|thead|tr|ul", re.I
)
_LINE = re.compile("br|hr", re.I)

# Glyphs of Wingdings and Symbol that word processors put at U+F000 + code, as bullets and arrows.
_GLYPHS = {
    0x3F: "✎", 0x46: "☞", 0x4A: "☺", 0x6C: "●", 0x6D: "❍", 0x6E: "■", 0x6F: "□",
    0x70: "◻", 0x71: "❑", 0x72: "❒", 0x73: "⬧", 0x74: "⧫", 0x75: "◆", 0x76: "❖",
    0x77: "◆", 0x9E: "・", 0x9F: "•", 0xA1: "○", 0xA3: "○", 0xA4: "◉", 0xA5: "◎",
    0xA7: "▪", 0xA8: "□", 0xAB: "★", 0xAE: "→", 0xB0: "°", 0xB1: "±", 0xB2: "✧",
    0xB4: "×", 0xB7: "•", 0xD7: "×", 0xD8: "➢", 0xDC: "➲", 0xDE: "⇒", 0xDF: "←",
    0xE0: "→", 0xE1: "↑", 0xE2: "↓", 0xE8: "➔", 0xE9: "↑", 0xEA: "↓", 0xEF: "⇦",
    0xF0: "⇨", 0xF1: "⇧", 0xF2: "⇩", 0xFB: "✗", 0xFC: "✓", 0xFD: "☒", 0xFE: "☑",
}  # fmt: skip

_LATEX = re.compile(r"\$|\\([a-zA-Z]+)|\\[%$&#_,;! ]|[{}]")
_COMMANDS = {
    "geq": "≥", "ge": "≥", "leq": "≤", "le": "≤", "neq": "≠", "ne": "≠",
    "approx": "≈", "sim": "~", "equiv": "≡", "times": "×", "div": "÷", "pm": "±",
    "mp": "∓", "cdot": "·", "cdots": "…", "ldots": "…", "dots": "…", "infty": "∞",
    "sum": "Σ", "prod": "Π", "int": "∫", "sqrt": "√", "partial": "∂",
    "degree": "°", "circ": "°", "rightarrow": "→", "to": "→", "leftarrow": "←",
    "Rightarrow": "⇒", "Leftarrow": "⇐", "uparrow": "↑", "downarrow": "↓",
    "leftrightarrow": "↔", "in": "∈", "notin": "∉", "subset": "⊂", "cap": "∩",
    "cup": "∪", "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ",
    "epsilon": "ε", "theta": "θ", "lambda": "λ", "mu": "μ", "pi": "π", "rho": "ρ",
    "sigma": "σ", "tau": "τ", "phi": "φ", "omega": "ω", "Delta": "Δ",
    "Omega": "Ω", "bullet": "•", "checkmark": "✓", "quad": " ", "text": "",
    "mathrm": "", "mathbf": "", "textbf": "", "rm": "", "left": "", "right": "",
    "triangle": "△", "blacktriangle": "▲", "square": "□", "blacksquare": "■",
}  # fmt: skip


def markup(text: str, span: Span) -> list[Edit]:
    """What removes the markup of a span; its neighbourhood is looked at for the other halves of pairs."""
    if not _MAY_MATTER.search(text, span.start, span.end):
        return []
    start, end = _paragraph(text, span)
    return [edit for edit in _edits(text, start, end) if edit.end > span.start and edit.start < span.end]


def _paragraph(text: str, span: Span) -> tuple[int, int]:
    start, end = max(0, span.start - _AROUND), min(len(text), span.end + _AROUND)
    for border in _PARAGRAPH.finditer(text, start, span.start):
        start = border.end()
    border_after = _PARAGRAPH.search(text, span.end, end)
    return start, border_after.start() if border_after else end


def _edits(text: str, start: int, end: int) -> Iterator[Edit]:
    position = start
    while sign := _SIGN.search(text, position, end):
        indent = text[max(sign.start() - 3, position) : sign.start()] if sign[0] == "#" else ""
        found = _PAIRS.match(text, sign.start() - len(indent) + len(indent.rstrip(" ")), end)
        if found is None:
            position = sign.end()
            continue
        kind, position = found.lastgroup or "", found.end()
        if size := _PAIRED.get(kind):
            yield Edit(found.start(), found.start() + size, "")
            if kind != "code":
                yield from _edits(text, found.start() + size, found.end() - size)
            yield Edit(found.end() - size, found.end(), "")
        elif kind == "math":
            yield from _math(text, found)
        elif kind == "escape":
            yield Edit(found.start(), found.start() + 1, "")
        else:
            replaced = _replaced(text, kind, found, (start, end))
            if replaced is not None:
                yield Edit(found.start(), found.end(), replaced)


def _replaced(text: str, kind: str, found: re.Match[str], around: tuple[int, int]) -> str | None:
    """What one mark is read as; None when it is not markup after all."""
    if kind == "private":
        return _GLYPHS.get(ord(found[0]) - 0xF000, "")
    if kind == "entity":
        character = unescape(found[0]).replace("\xa0", " ")
        return character if len(character) == 1 and character.isprintable() else None
    if kind == "tag":
        return _tag(text, found, around)
    return ""  # fences, link brackets and addresses, heading marks


def _tag(text: str, found: re.Match[str], around: tuple[int, int]) -> str | None:
    """An opening tag counts when it has attributes or is closed near by: `a <b> c` keeps its words."""
    name = found["name"]
    if _LINE.fullmatch(name):
        return _space(text, found, "\n")
    inline = _INLINE.fullmatch(name) is not None
    if not inline and not _BLOCK.fullmatch(name):
        return None
    if not found[0].startswith("</") and not found["attributes"]:
        closing = re.compile(f"</{name}[ ]?>", re.I)
        if not closing.search(text, found.end(), min(around[1], found.end() + _AROUND)):
            return None
    return "" if inline else _space(text, found, " ")


def _space(text: str, found: re.Match[str], space: str) -> str:
    """White space where the tag parts two words; a table's row stays on one line."""
    start, end = found.span()
    before, after = text[max(0, start - 1) : start], text[end : end + 1]
    if not before.strip("|> \t\r\n\u3000") or not after.strip("| \t\r\n\u3000"):
        return ""
    row = text[max(0, start - 500) : start].rpartition("\n")[2] + text[end : end + 500].partition("\n")[0]
    return " " if "\t" in row or row.count("|") > 1 else space


def _math(text: str, formula: re.Match[str]) -> Iterator[Edit]:
    """LaTeX as a reader would write it: `$\\geq 3\\%$` is ≥ 3%. Unknown commands stay."""
    for found in _LATEX.finditer(text, formula.start(), formula.end()):
        mark, command = found[0], found[1]
        if command is None:
            escaped = mark[0] == "\\" and mark[1] not in ",;! "
            yield Edit(found.start(), found.end(), mark[1:] if escaped else "")
        elif command in _COMMANDS:
            yield Edit(found.start(), found.end(), _COMMANDS[command])
