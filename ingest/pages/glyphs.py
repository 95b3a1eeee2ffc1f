"""Glyphs, rules and sheets: what stands on a page before anybody has read it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

from ingest.document import Box


class Glyph(NamedTuple):
    """A character and its place, in points from the top left corner; `size` is that of its type.

    A tuple, because a page has thousands.
    """

    text: str
    left: float
    top: float
    right: float
    bottom: float
    size: float

    @property
    def middle(self) -> float:
        """Height of its middle on the page."""
        return (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line, horizontal or vertical, drawn on a page."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def is_flat(self) -> bool:
        """Whether it is horizontal."""
        return self.right - self.left >= self.bottom - self.top


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page.

    :param vertical: whether it is written from top to bottom; its glyphs and rules are then turned so that
        lines run from left to right, and `unturned` gives places back as they are on paper
    """

    number: int
    width: float
    height: float
    glyphs: tuple[Glyph, ...]
    rules: tuple[Rule, ...] = ()
    vertical: bool = False

    def unturned(self, box: Box) -> Box:
        """A box on paper for a box of this sheet."""
        if not self.vertical:
            return box
        left, top, right, bottom = box
        return (self.height - bottom, left, self.height - top, right)


def turned(sheet: Sheet) -> list[Sheet]:
    """The page in parts that are each read in one direction: what runs downwards is laid on its side.

    A page number under vertical text, or a label down the side of a slide, is a part of its own.
    """
    down = _running_down(sheet.glyphs)
    if not any(down):
        return [sheet]
    along = tuple(glyph for glyph, falls in zip(sheet.glyphs, down, strict=True) if not falls)
    falling = tuple(glyph for glyph, falls in zip(sheet.glyphs, down, strict=True) if falls)
    mostly = len(falling) > len(along)
    parts = [_laid(replace(sheet, glyphs=falling, rules=sheet.rules if mostly else ()))]
    if along:
        across = replace(sheet, glyphs=along, rules=() if mostly else sheet.rules)
        parts.insert(0 if not mostly else 1, across)
    return parts


def _laid(sheet: Sheet) -> Sheet:
    glyphs = tuple(
        g._replace(left=g.top, top=sheet.width - g.right, right=g.bottom, bottom=sheet.width - g.left)
        for g in sheet.glyphs
    )
    rules = tuple(Rule(r.top, sheet.width - r.right, r.bottom, sheet.width - r.left) for r in sheet.rules)
    return replace(sheet, width=sheet.height, height=sheet.width, glyphs=glyphs, rules=rules, vertical=True)


def _running_down(glyphs: Sequence[Glyph]) -> list[bool]:
    """For each glyph whether it is part of a line written downwards."""
    steps = ["" if not glyphs else " "]
    for before, after in pairwise(glyphs):
        size = max(before.size, after.size, 1.0)
        aside = abs((after.left + after.right) - (before.left + before.right)) / 2
        below = after.middle - before.middle
        if aside < 0.3 * size and 0.4 * size < below < 1.6 * size:
            steps.append("v")
        elif abs(below) < 0.3 * size and 0.2 * size < after.left - before.left < 2.5 * size:
            steps.append(">")
        else:
            steps.append(" ")
    down = [False] * len(glyphs)
    mostly = steps.count("v") > steps.count(">")
    # A column of single signs in a table is short; a line of vertical text is not, on a page of such lines.
    least = 1 if mostly else 4
    for n, end in _runs(steps, "v"):
        if end - n >= least:
            down[n - 1 : end] = [True] * (end - n + 1)
    if mostly:
        for n, end in _runs(steps, ">"):  # three or more letters beside each other are a line of their own
            if end - n < 3:
                down[n - 1 : end] = [True] * (end - n + 1)
        for n, (step, glyph) in enumerate(zip(steps, glyphs, strict=True)):
            alone = step == " " and (n + 1 == len(steps) or steps[n + 1] == " ")
            down[n] |= alone and not glyph.text.isdigit()
    return down


def _runs(steps: Sequence[str], kind: str) -> Iterator[tuple[int, int]]:
    start = None
    for n, step in enumerate([*steps, ""]):
        if step == kind and start is None:
            start = n
        elif step != kind and start is not None:
            yield start, n
            start = None
