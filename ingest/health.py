"""Whether a file can be searched at all: "why is nothing found in this PDF?" """

from __future__ import annotations

import unicodedata
from functools import lru_cache

import numpy as np

from ingest.analysis import analysed
from ingest.content import Content
from ingest.document import Health
from ingest.mecab import Column
from ingest.tables import row_runs

# Beyond these a search in the file misses what stands in it; prose of ministries has under 1 % and 3 %.
UNMAPPED, UNKNOWN = 0.02, 0.2


def of(content: Content, tables: int) -> Health:
    """The health of a file from what was read of it."""
    text = content.text
    words = analysed(text).words
    solid = len(text) - sum(map(text.count, filter(str.isspace, set(text))))
    return Health(
        unmapped=sum(map(text.count, filter(strange, set(text)))) / max(1, solid),
        unknown=float(_UNKNOWN(words).sum()) / max(1, int(_WRITTEN(words).sum())),
        tables=tables,
        lost=max(0, row_runs(text) - tables),
        pages=content.pages,
        blank=content.blank,
        notes=content.notes,
    )


_WRITTEN = Column(lambda word: word.surface.isalpha(), np.bool_)
_UNKNOWN = Column(
    lambda word: word.unknown and word.surface.isalpha() and not word.surface.isascii(), np.bool_
)


@lru_cache(maxsize=1 << 14)
def strange(character: str) -> bool:
    """Whether a character is none that anybody types: unassigned, private, a control, U+FFFD, or a rare kanji
    of the block that broken fonts fall into (CJK Extension A)."""
    if character < "\u3400":
        return (character < " " and character not in "\t\n\r\f\v") or "\x7f" <= character < "\xa0"
    if character <= "\u4dbf" or character == "\ufffd":
        return True
    if "\uf000" <= character <= "\uf0ff":
        return False  # where Symbol and Wingdings keep bullets and arrows
    return unicodedata.category(character) in ("Co", "Cn")


def worries(health: Health) -> list[str]:
    """What a user should know before trusting a search in the file, one clause each; usually nothing."""
    found = []
    if health.unmapped > UNMAPPED:
        found.append(f"文字の {health.unmapped:.0%} が文字化けしています")
    if health.unknown > UNKNOWN:
        found.append(f"語の {health.unknown:.0%} が辞書にありません（文字化けか日本語以外）")
    if health.blank:
        listed = "、".join(map(str, health.blank[:10])) + ("…" if len(health.blank) > 10 else "")
        found.append(f"文字のないページ {len(health.blank)}（{listed}）")
    return [*found, *health.notes]


def line(health: Health) -> str:
    """The health of a file in one line."""
    pages = f"{health.pages} ページ、" if health.pages is not None else ""
    lost = f"（読めなかった表 {health.lost}）" if health.lost else ""
    facts = f"{pages}表 {health.tables}{lost}、文字化け {health.unmapped:.1%}、未知語 {health.unknown:.1%}"
    return "。".join([facts, *worries(health)])
