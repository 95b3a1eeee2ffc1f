"""Glyphs become lines: "why is there no space here, and where did the furigana go?" """

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from ingest.document import Box
from ingest.pages.glyphs import Glyph

# A gap this wide (in characters) holds two columns apart; a narrower one is loose setting.
COLUMN_GAP = 1.3
BARE_GAP = 0.75  # the same without a wide space: a tab, several spaces, a cell's border that is not drawn
_MARK_GAP = 5.0  # after a heading's number or a bullet, which stands apart from its own line
_NUMBER_GAP = 0.25  # between two numbers: nobody writes them beside each other but in columns
_DIGITS = frozenset("0123456789０１２３４５６７８９%％")
_NUMERIC = re.compile(r"[-▲△+]?[0-9０-９][0-9０-９,，.．]*\s?[%％]?|[-－―…]")
_LABELLED = re.compile(r"(.*[^\s0-9０-９,.])\s*([0-9０-９][0-9０-９,，.．]*[%％]?)")
_WORD_GAP = 0.22  # between Latin words; a Japanese line has no spaces
GUESSED = "\u2009"  # a space that is not in the file: the letters only stand apart
_LATIN = re.compile(r"[!-~\u00c0-\u024f]")
# What opens a line and stands apart from it. Narrower than `ingest.marks`: a bare 1 may be a cell.
_NUMBERED = re.compile(
    r"[(（]?[0-9０-９一-十ア-ン]{1,3}[)）.．、](?:[0-9０-９]{1,2})?|[IVXivx]{1,4}[.．]|[Ⅰ-Ⅻ①-⑳]|第.{1,4}[章節条]|[一二三四五六七八九十]{1,3}(?:の[一二三四五六七八九十]{1,2})?|[-・●○■□◆◇※✓➢•\uf000-\uf0ff]"
)
_KANA = re.compile(r"[ぁ-ゖァ-ヺー・･ｦ-ﾟ\s]+")
_CLOSING, _OPENING = "、。，．・：；）」』】〕］｝〉》", "（「『【〔［｛〈《"  # set with room beside them
_RUBY = 0.62  # of the size of the line it stands beside


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a line without a wide gap in it.

    :param edges: where each character of `text` begins, and the last ends
    """

    text: str
    left: float
    top: float
    right: float
    bottom: float
    size: float
    edges: tuple[float, ...]

    @property
    def box(self) -> Box:
        return (self.left, self.top, self.right, self.bottom)

    @property
    def middle(self) -> float:
        """Height of its middle on the page."""
        return (self.top + self.bottom) / 2


def sets_apart(glyphs: Sequence[Glyph]) -> bool:
    """Whether Latin letters and digits stand a little apart from kanji, as in good typesetting (四分アキ)."""
    gaps = [
        (after.left - before.right) / max(before.size, after.size)
        for before, after in pairwise(glyph for glyph in glyphs if not glyph.text.isspace())
        if bool(_LATIN.match(before.text)) != bool(_LATIN.match(after.text))
        and abs(after.middle - before.middle) < 0.3 * after.size
        and -0.1 < (after.left - before.right) / max(before.size, after.size) < 0.6
    ]
    return len(gaps) < 5 or median(gaps) > 0.08


def segments(glyphs: Sequence[Glyph], whole: bool = False, apart: bool = True) -> list[Segment]:
    """The segments of some glyphs, from top to bottom and left to right, without readings over kanji.

    :param whole: leave lines uncut, as in the cell of a table
    :param apart: see `sets_apart`
    """
    found: list[Segment] = []
    for line in _without_readings(_lines(glyphs)):
        if any(not glyph.text.isspace() for glyph in line):
            found += [_segment(line, apart)] if whole else _cut(line, apart)
    return found


def _lines(glyphs: Iterable[Glyph]) -> list[list[Glyph]]:
    """Glyphs that share a line: the middle of one lies within the height of the others."""
    lines: list[list[Glyph]] = []
    bands: list[tuple[float, float, float]] = []  # middle, top and bottom of each line
    # Type of less than a point is hidden text: it comes last, so that no line is begun by it.
    for glyph in sorted(glyphs, key=lambda g: (g.size < 1, g.middle)):
        for n in range(len(lines) - 1, max(-1, len(lines) - 6), -1):
            middle, top, bottom = bands[n]
            size = max(lines[n][0].size, glyph.size)
            small = min(lines[n][0].size, glyph.size) < _RUBY * size
            near = abs(glyph.middle - middle) < (0.3 if small else 0.45) * size
            if near and glyph.top < bottom and glyph.bottom > top:
                lines[n].append(glyph)
                if glyph.size > 0.8 * lines[n][0].size:
                    bands[n] = (
                        middle + (glyph.middle - middle) / len(lines[n]),
                        min(top, glyph.top),
                        max(bottom, glyph.bottom),
                    )
                break
        else:
            lines.append([glyph])
            bands.append((glyph.middle, glyph.top, glyph.bottom))
    return [_in_line(line) for line in lines]


def _in_line(line: list[Glyph]) -> list[Glyph]:
    """A line's glyphs in order; 12 set upright in a vertical line stands at one place, its 1 above its 2."""
    ordered = sorted(line, key=lambda g: g.left + g.right)
    for n in range(1, len(ordered)):
        at = n
        while at and _upright(ordered[at - 1], ordered[at]):
            ordered[at - 1], ordered[at] = ordered[at], ordered[at - 1]
            at -= 1
    return ordered


def _upright(before: Glyph, after: Glyph) -> bool:
    near = abs(before.left + before.right - after.left - after.right) < 0.3 * after.size
    return near and after.top - before.top > 0.2 * after.size


def _without_readings(lines: list[list[Glyph]]) -> list[list[Glyph]]:
    """Drop furigana: small kana just above a line of larger type (to its right, when written downwards)."""
    kept = list(lines)
    for n, line in enumerate(lines):
        if not _KANA.fullmatch("".join(glyph.text for glyph in line)):
            continue
        size = median(glyph.size for glyph in line)
        base = next(
            (at for at in range(n + 1, min(n + 4, len(lines))) if _reads(line, size, lines[at])), None
        )
        if base is not None:
            kept[base] = _closed(kept[base], line)
            kept[n] = []
    return [line for line in kept if line]


def _closed(line: list[Glyph], reading: list[Glyph]) -> list[Glyph]:
    """A line without the gaps that its readings made: kanji give way to kana that are wider than they are."""
    # Where only room was seen, the reading is what made it; a space that was typed stays.
    solid = [glyph for glyph in line if glyph.text != GUESSED]
    closed = []
    for glyph, after in pairwise(solid):
        gap = (glyph.right + after.left) / 2
        if glyph.right < after.left and any(kana.left <= gap <= kana.right for kana in reading):
            glyph = glyph._replace(right=after.left)
        closed.append(glyph)
    return [*closed, *solid[-1:]]


def _reads(line: list[Glyph], size: float, base: list[Glyph]) -> bool:
    large = median(glyph.size for glyph in base)
    if size > _RUBY * large:
        return False
    bottom, top = max(glyph.bottom for glyph in line), min(glyph.top for glyph in base)
    if not -0.8 * large < top - bottom < 0.5 * large:
        return False
    middle = (line[0].left + line[-1].right) / 2
    return base[0].left - large < middle < base[-1].right + large


def _cut(line: list[Glyph], apart: bool) -> list[Segment]:
    """A line cut at its wide gaps; spaces at a segment's ends are nothing."""
    found: list[Segment] = []
    held: list[Glyph] = []
    for glyph in line:
        if glyph.text.isspace():
            if held:
                held.append(glyph)
            continue
        solid = next((g for g in reversed(held) if not g.text.isspace()), None)
        if solid is not None:
            far = (glyph.left - solid.right) / max(solid.size, glyph.size)
            after = held[held.index(solid) + 1 :]
            wide = any(g.text == "\u3000" for g in after)  # one stands between a heading's words
            counted = far > _NUMBER_GAP and solid.text[-1] in _DIGITS and glyph.text in _DIGITS
            if counted or far > (COLUMN_GAP if wide else BARE_GAP):
                if far < _MARK_GAP and _NUMBERED.fullmatch("".join(g.text for g in held).strip()):
                    held.append(solid._replace(text="\u3000", left=solid.right))
                else:
                    found.append(_segment(held, apart))
                    held = []
        if solid is not None and held and _doubled(solid, glyph):
            continue
        held.append(glyph)
    if held:
        found.append(_segment(held, apart))
    return _label_apart(found)


def _label_apart(found: list[Segment]) -> list[Segment]:
    """Before a row of numbers, a label and the first number that nearly touches it are two cells."""
    said = _LABELLED.fullmatch(found[0].text) if len(found) > 2 else None
    if said is None or not all(_NUMERIC.fullmatch(segment.text) for segment in found[1:]):
        return found
    first, at = found[0], said.start(2)
    if first.edges[at] - first.edges[len(said[1]) - 1] < 1.05 * first.size:
        return found
    end = first.edges[len(said[1]) - 1] + first.size
    label = replace(first, text=said[1], right=end, edges=(*first.edges[: len(said[1])], end))
    number = replace(first, text=said[2], left=first.edges[at], edges=first.edges[at:])
    return [label, number, *found[1:]]


def _doubled(before: Glyph, after: Glyph) -> bool:
    """Bold type is sometimes printed twice, a hair apart."""
    return before.text == after.text and abs(after.left - before.left) < 0.15 * after.size


def _spaced(before: str, after: str, far: float, space: str, apart: bool) -> bool:
    """Whether a space stands between two letters.

    :param far: between them, in characters
    :param space: one that the file holds there, `GUESSED` where there is only room for one, "" for none
    """
    latin = bool(_LATIN.match(before)), bool(_LATIN.match(after))
    if all(latin):
        return bool(space) or far > _WORD_GAP
    if space and space != GUESSED:
        return far > 0.12
    if any(latin) and apart:  # between 年 and 2019 that is how type is set
        return far > 0.45
    return far > 0.18 and before not in _CLOSING and after not in _OPENING


def _segment(glyphs: list[Glyph], apart: bool) -> Segment:
    """One segment of a line that holds more than spaces."""
    while glyphs[-1].text.isspace():
        glyphs = glyphs[:-1]
    solid = [glyph for glyph in glyphs if not glyph.text.isspace()]
    # Letters spread over a column (氏　　名) stand apart everywhere: none of the gaps is a space.
    spread = all(after.left - before.right > 0.15 * after.size for before, after in pairwise(solid))
    text: list[str] = []
    edges: list[float] = []
    before: Glyph | None = None
    space = ""
    for glyph in glyphs:
        if glyph.text.isspace():
            space = space if space == "\u3000" else glyph.text
            continue
        if before is not None:
            far = (glyph.left - before.right) / max(before.size, glyph.size)
            numbered = len(text) < 8 and _NUMBERED.fullmatch("".join(text))
            guessed = not space or space == GUESSED
            if numbered and space and far > 0.15:
                parted = True
            elif spread and guessed and not _LATIN.match(glyph.text):
                parted = False
            else:
                parted = _spaced(before.text[-1], glyph.text[0], far, space, apart)
            if parted:
                text.append("\u3000" if space == "\u3000" else " ")
                edges.append(before.right)
        for n, character in enumerate(glyph.text):
            text.append(character)
            edges.append(glyph.left + (glyph.right - glyph.left) * n / len(glyph.text))
        before, space = glyph, ""
    edges.append(glyphs[-1].right)
    return Segment(
        "".join(text),
        solid[0].left,
        min(glyph.top for glyph in solid),
        solid[-1].right,
        max(glyph.bottom for glyph in solid),
        median(glyph.size for glyph in solid),
        tuple(round(edge, 1) for edge in edges),
    )
