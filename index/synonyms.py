"""Other words for what a question says: ハンコ is asked for and 押印 is written."""

from __future__ import annotations

import gzip
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path

FILE = "synonyms.tsv.gz"
_BUNDLED = Path(__file__).with_name("models") / "synonyms-ja" / FILE


@cache
def entries() -> Mapping[str, tuple[tuple[frozenset[str], tuple[str, ...]], ...]]:
    """By the first of its words in order: an expression's words and the terms that say the same."""
    found: dict[str, list[tuple[frozenset[str], tuple[str, ...]]]] = {}
    with gzip.open(_BUNDLED, "rt", encoding="utf-8") as file:
        for line in file:
            words, _, replacing = line.rstrip("\n").partition("\t")
            first, *rest = words.split(" ")
            found.setdefault(first, []).append((frozenset((first, *rest)), tuple(replacing.split(" "))))
    return {word: tuple(listed) for word, listed in found.items()}


def synonyms(words: Collection[str]) -> dict[str, frozenset[str]]:
    """Terms that may stand in a document for some of these terms, each with those it stands for."""
    words = frozenset(words)
    found: dict[str, frozenset[str]] = {}
    known = entries()
    # In order: of two expressions as long, the same one must count in every process.
    for word in sorted(words):
        for expression, replacing in known.get(word, ()):
            if expression <= words:
                for term in replacing:
                    if term not in words:
                        # The longest expression is the surest: 大きな会社 before 会社.
                        found[term] = max(found.get(term, frozenset()), expression, key=len)
    return found
