"""The recipe of the synonyms: everyday expressions and dictionary groups → terms of the index, run by hand.

    python -m index.train_synonyms --sudachi synonyms.txt --written folder/ --out index/models/synonyms-ja

`synonyms.txt` is that of SudachiDict (Works Applications, Apache-2.0); the folder holds `*.tsv` files, a line
being everyday expressions, a tab, and official ones, each side's expressions joined by " / ".
"""

from __future__ import annotations

import argparse
import csv
import gzip
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from index.lemmas import DERIVED, terms
from index.synonyms import FILE
from ingest.mecab import tokenize
from ingest.normalize import fold

_ALWAYS, _TARGET_ONLY = "0", "1"
_MOST_WORDS = 4  # of an everyday phrase
_MOST_TARGETS = 12
_TELLING = frozenset({"名詞", "動詞", "形容詞", "形状詞", "副詞", "連体詞"})
_POLITE = frozenset({"お", "ご", "御"})
_KANA = re.compile(r"[ぁ-ゖー]+")


def of_sudachi(path: Path) -> Iterator[tuple[list[str], list[str]]]:
    """Each group's expressions that may be replaced, and those that may replace them."""
    groups: defaultdict[str, list[list[str]]] = defaultdict(list)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.reader(line for line in file if line.strip()):
            groups[row[0]].append(row)
    for rows in groups.values():
        sources = [row[8] for row in rows if row[2] == _ALWAYS]
        targets = [row[8] for row in rows if row[2] in (_ALWAYS, _TARGET_ONLY)]
        yield sources, targets


def of_writing(folder: Path) -> Iterator[tuple[list[str], list[str]]]:
    """Each line's everyday side, and its official side: only the first is replaced by the second."""
    for file in sorted(folder.glob("*.tsv")):
        for line in file.read_text(encoding="utf-8").split("\n"):
            left, tab, right = line.partition("\t")
            if tab:
                yield _expressions(left), _expressions(right)


def _expressions(side: str) -> list[str]:
    return [expression.strip() for expression in side.split("/") if expression.strip()]


def source(expression: str) -> tuple[str, ...]:
    """The words that must stand in a question; none if there are too many, or if some are no search terms.

    できたばかりの会社 is not 会社, nor is 大会社: an expression that would lose a word or prefix is left out.
    """
    words = sorted({term for term in terms(expression) if DERIVED not in term})
    told = {
        token.lemma
        for token in tokenize(fold(expression))
        if token.pos[0] in _TELLING or (token.pos[0] == "接頭辞" and token.surface not in _POLITE)
    }
    return tuple(words) if len(told) <= len(words) <= _MOST_WORDS and words else ()


def target(expression: str) -> str:
    """The one term of the index that says it: a word, or two words side by side; "" where there is none."""
    found = terms(expression)
    words = [term for term in found if DERIVED not in term]
    pairs = [term for term in found if DERIVED in term]
    if len(words) == 1 and not pairs:
        return "" if len(words[0]) == 1 and _KANA.fullmatch(words[0]) else words[0]
    return pairs[0] if len(words) <= 2 and len(pairs) == 1 else ""  # 大企業 is one word and its prefix


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m index.train_synonyms",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--sudachi", type=Path, required=True, help="synonyms.txt of SudachiDict")
    parser.add_argument("--written", type=Path, help="folder of *.tsv files (written.tsv beside the result)")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    asked = parser.parse_args(arguments)
    found: defaultdict[tuple[str, ...], dict[str, None]] = defaultdict(dict)
    # What was written comes first: of many, the first are kept.
    for pairs in (of_writing(asked.written) if asked.written else (), of_sudachi(asked.sudachi)):
        for sources, targets in pairs:
            replacing = dict.fromkeys(filter(None, map(target, targets)))
            for words in filter(None, map(source, sources)):
                found[words] |= {term: None for term in replacing if term not in words}
    asked.out.mkdir(parents=True, exist_ok=True)
    with gzip.GzipFile(asked.out / FILE, "wb", mtime=0) as file:
        for words, replacing in sorted(found.items()):
            if replacing:
                line = f"{' '.join(words)}\t{' '.join(list(replacing)[:_MOST_TARGETS])}\n"
                file.write(line.encode("utf-8"))


if __name__ == "__main__":
    main()
