"""Breaks clean passages the way real documents are broken, for training the reader only."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from qa.train_passages import CLOSE, OPEN, sentences
from qa.train_tables import table

_BULLETS = (
    "・",
    "○ ",
    "○",
    "■ ",
    "- ",
    "* ",
    "● ",
    "◆",
    "✓ ",
    "➢ ",
    "• ",
    "1. ",
    "(1) ",
    "① ",
    "－",
)
_HEADS = (
    "概要", "背景", "現状と課題", "基本方針", "今後の取組", "具体的な施策", "目的", "経緯", "現状", "特徴",
    "実施体制", "検討の背景", "課題", "推進方策", "取組の方向性", "参考", "その他", "基本的な考え方",
    "主な内容", "歴史", "整備状況",
)  # fmt: skip


def broken(text: str, title: str, others: Sequence[str], rng: random.Random) -> str:
    """A marked passage as a document might hold it: a few of the breakages below, the marks kept.

    :param others: sentences of other passages, for distraction
    """
    parts = sentences(text)
    chosen = [b for b, p in _BREAKAGES if rng.random() < p]
    for breakage in chosen:
        parts = breakage(parts, others, rng)
    joined = "".join(parts) if rng.random() < 0.5 else "\n".join(parts)
    if rng.random() < 0.35:
        joined = _wrapped(joined, rng)
    if rng.random() < 0.4:
        joined = _heading(title, rng) + joined
    return joined


def _wrapped(text: str, rng: random.Random) -> str:
    """Lines of a fixed width whose breaks were joined with a space, wrongly kept, or well joined."""
    width, out, column = rng.randint(28, 50), [], 0
    glue = rng.choice(("\n", "\n", "\n\n", " ", ""))
    for character in text:
        column = 0 if character == "\n" else column + 1
        out.append(character)
        if column >= width:
            out.append(glue if rng.random() < 0.7 else "")
            column = 0
    return "".join(out)


def _heading(title: str, rng: random.Random) -> str:
    path = [title] if title else []
    path += rng.sample(_HEADS, rng.randint(1, 2))
    number = rng.choice(("", "", "1. ", "(1) ", "第1章 ", "Ⅱ. ", "2-1 "))
    path[-1] = number + path[-1]
    style = rng.random()
    if style < 0.6:
        return " > ".join(path) + "\n"
    return (
        "".join(f"{'#' * (n + 1)} {p}\n" for n, p in enumerate(path))
        if style < 0.8
        else "\n\n".join(path) + "\n"
    )


def _bulleted(parts: list[str], others: Sequence[str], rng: random.Random) -> list[str]:
    bullet = rng.choice(_BULLETS)
    first = rng.randrange(len(parts)) if rng.random() < 0.5 else 0
    items = [f"\n{bullet}{p.removesuffix('。') if rng.random() < 0.6 else p}" for p in parts[first:]]
    return [*parts[:first], *items, "\n"]


def _distracted(parts: list[str], others: Sequence[str], rng: random.Random) -> list[str]:
    parts = list(parts)
    for other in rng.sample(others, min(len(others), rng.randint(1, 3))):
        parts.insert(rng.randint(0, len(parts)), other)
    return parts


def _markdown(parts: list[str], others: Sequence[str], rng: random.Random) -> list[str]:
    out = []
    for part in parts:
        style = rng.random()
        if style < 0.15:
            part = f"**{part}**"
        elif style < 0.25 and "、" in part and OPEN not in part:
            head, tail = part.split("、", 1)
            part = f"**{head}**、{tail}"
        elif style < 0.30:
            part = f"<u>{part}</u>"
        elif style < 0.35:
            part = f"{part}<br>"
        out.append(part)
    return out


def _shortened(parts: list[str], others: Sequence[str], rng: random.Random) -> list[str]:
    """The answer's sentence with only some of its neighbours: chunks cut where they please."""
    home = next(n for n, p in enumerate(parts) if OPEN in p)
    last = max(n for n, p in enumerate(parts) if CLOSE in p)
    return parts[max(0, home - rng.randint(0, 3)) : last + 1 + rng.randint(0, 3)]


def _tabled(parts: list[str], others: Sequence[str], rng: random.Random) -> list[str]:
    rows = ["\n" + row for row in table(rng).rows(rng)]
    return [*rows, "\n", *parts] if rng.random() < 0.5 else [*parts, *rows]


_Breakage = Callable[[list[str], Sequence[str], random.Random], list[str]]
_BREAKAGES: tuple[tuple[_Breakage, float], ...] = (
    (_shortened, 0.3),
    (_distracted, 0.4),
    (_bulleted, 0.35),
    (_markdown, 0.2),
    (_tabled, 0.1),
)
