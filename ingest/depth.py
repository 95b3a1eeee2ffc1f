"""How deep a heading stands: "why is this section under that one?" One path at a time, in reading order."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingest.marks import LAW_RANK, NUMBER_RANK, follows

_DEEPEST = 7
# Titles that stand for a whole chapter: numbered chapters do not go under them.
_CHAPTER_LIKE = re.compile(
    r"(?:はじめに|おわりに|終わりに|まえがき|あとがき|序[章文論]?|結[論び語]|まとめ|概要|要旨|参考文献|謝辞|目的)$"
)


@dataclass(frozen=True, slots=True)
class Level:
    """One heading of a path: its kind of mark (title, part or front where it has none), number and words."""

    style: str
    number: int | None
    name: str


def place(stack: list[Level], level: Level, listed: bool) -> list[Level]:
    """The path after `level` has taken its place in it."""
    keep = _depth(stack, level, listed)
    return [*stack[: min(keep, _DEEPEST - 1)], level]


def _depth(stack: list[Level], level: Level, listed: bool) -> int:
    """How many entries of the path stay above a new heading."""
    style = level.style
    if stack and stack[0].style == "front":
        stack = []
    elif (
        stack and stack[-1].style == "title" and _CHAPTER_LIKE.match(stack[-1].name) and style in NUMBER_RANK
    ):
        stack = stack[:-1]
    styles = [entry.style for entry in stack]
    if style.startswith("md"):
        return 1 + max((i for i, s in enumerate(styles) if s.startswith("md") and s < style), default=-1)
    if style in LAW_RANK:
        higher = [
            i for i, s in enumerate(styles) if s.startswith("md") or LAW_RANK.get(s, 99) < LAW_RANK[style]
        ]
        if "appendix" in styles and style == "条":
            higher.append(styles.index("appendix"))
        return 1 + max(higher, default=-1)
    floor = 1 + max((i for i, s in enumerate(styles) if s.startswith("md")), default=-1)
    if style == "appendix":
        return floor
    if style == "reference":
        return _reference_depth(styles, floor)
    if listed and style in styles:
        return styles.index(style)
    if style in ("title", "part"):
        return _title_depth(styles, style, floor)
    if style in NUMBER_RANK:
        return _number_depth(stack, level, floor)
    return styles.index(style) if style in styles else len(stack)


def _reference_depth(styles: list[str], floor: int) -> int:
    """（参考）: beside the chapters of a report, beside the slides of a deck."""
    if any(style in LAW_RANK for style in styles):
        return floor
    return _title_depth(styles, "title", floor)


def _title_depth(styles: list[str], style: str, floor: int) -> int:
    """A slide title replaces the one before; the first goes under the chapter, not what is numbered in it."""
    if style in styles:
        return styles.index(style)
    if style == "part":
        if "title" in styles or "reference" in styles:
            return 1 + max(i for i, s in enumerate(styles) if s in ("title", "reference"))
        return _chapter_end(styles, floor)
    for peer in ("reference", "part"):
        if peer in styles:
            return styles.index(peer)
    return _chapter_end(styles, floor)


def _chapter_end(styles: list[str], floor: int) -> int:
    depth = floor
    while depth < len(styles) and styles[depth] in LAW_RANK:
        depth += 1
    if depth == floor and depth < len(styles) and styles[depth] in NUMBER_RANK:
        depth += 1
    return depth


def _number_depth(stack: list[Level], level: Level, floor: int) -> int:
    """A number goes on with the counting it continues; a first one opens a level; ranks settle the rest."""
    same = [i for i in range(floor, len(stack)) if stack[i].style == level.style]
    for i in reversed(same):
        if follows(stack[i].number, level.number, level.style):
            return i
    if same:
        deepest = same[-1]
        if level.number == 1 and deepest < len(stack) - 1:
            return len(stack)
        return deepest
    depth = len(stack)
    rank = NUMBER_RANK[level.style]
    while depth > floor and NUMBER_RANK.get(stack[depth - 1].style, 0) > rank:
        depth -= 1
    return depth
