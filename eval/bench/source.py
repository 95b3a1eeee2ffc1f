"""Open texts as one stream of words: what the generated documents are made of."""

from __future__ import annotations

import json
import lzma
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.document import Span
from ingest.errors import UnreadableFile
from ingest.mecab import tokenize
from ingest.normalize import readable
from ingest.read import SUFFIXES, read
from ingest.sentences import sentences

# The number of the word that stands behind every sentence.
END = 0
# Of the larger texts as many characters as MeCab reads in half a minute: every part of them in its measure.
_MOST = 12_000_000
_SENTENCE = re.compile(r"[^。\n]{8,160}。")
_SHORTEST, _LONGEST = 10, 160  # characters of a sentence
_HEADING = 30  # characters of a heading at most
_JAPANESE = re.compile(r"[ぁ-ヿ一-鿿]")

_NAMES = 200_000
_SYLLABLES = re.findall(
    ".[ァィェャュョ]?",
    "アイウエオカキクケコサシスセソタチツテトナニネノハヒフマミムメモラリルレロガグゴザジダデドバビブベボパピプポンーッ"
    "シャショティフィ",
)

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Source:
    """Sentences as one stream of numbered words, each sentence closed by `END`.

    :param words: the spelling of each number, white space before it included; behind those of the stream
        stand `names`, invented ones
    :param stream: the words of all sentences in text order
    :param starts: where in `stream` the sentences begin
    :param order: the places of `stream`, those of one word together and in text order
    :param rank: of each place where it stands in `order`
    :param first: of each word where its places begin in `order`; one more than there are words
    :param nouns: the places of `stream` where a noun stands
    :param names: the number of the first invented name
    :param unseen: how likely the next word of such a text is one that was not seen before (Good–Turing)
    :param headings: headings as they were written
    """

    words: tuple[str, ...]
    stream: Numbers
    starts: Numbers
    order: Numbers
    rank: Numbers
    first: Numbers
    nouns: Numbers
    names: int
    unseen: float
    headings: tuple[str, ...]


def read_source(folders: Sequence[Path], data: Path | None = None) -> Source:
    """The sentences and headings of documents in `folders`, and of the packed texts in the folder `data`.

    :raises UnreadableFile: there is no Japanese sentence in them
    """
    lines: list[str] = []
    headings: dict[str, None] = {}
    for folder in folders:
        for file in sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES):
            document = read(file)
            spans = sentences(document.text, Span(0, len(document.text)))
            lines += (readable(document.text, span).text.strip() for span in spans)
            headings |= dict.fromkeys(section.path[-1] for section in document.sections if section.path)
    for row in _packed(data) if data else ():
        lines += _SENTENCE.findall(row["text"])
        headings |= dict.fromkeys([row["title"], *row["headings"]])
    whole = [line for line in lines if _is_sentence(line)]
    if not whole:
        raise UnreadableFile(
            data or folders[0], "日本語の文がありません", "文書のあるフォルダを指定してください"
        )
    named = [" ".join(name.split()) for name in headings if name]
    return _source(whole, tuple(name for name in named if 2 <= len(name) <= _HEADING))


def _is_sentence(line: str) -> bool:
    return (
        _SHORTEST <= len(line) <= _LONGEST
        and line.endswith("。")
        and "\n" not in line
        and _JAPANESE.search(line) is not None
    )


def _packed(folder: Path) -> Iterator[dict[str, str]]:
    """Rows of `text_*.jsonl.xz`, of every file the share that makes `_MOST` characters together."""
    files = sorted(folder.glob("text_*.jsonl.xz"))
    if not files:
        raise UnreadableFile(folder, "text_*.jsonl.xz がありません", "--data のフォルダを確かめてください")
    lines = (line for file in files for line in lzma.decompress(file.read_bytes()).decode().split("\n"))
    rows = [json.loads(line) for line in lines if line]
    step = max(1, round(sum(len(row["text"]) for row in rows) / _MOST))
    # Neighbours stay neighbours, so that a document keeps to its subject.
    block = 50
    for begin in range(0, len(rows), block * step):
        yield from rows[begin : begin + block]


def _source(lines: Iterable[str], headings: tuple[str, ...]) -> Source:
    numbers: dict[str, int] = {"": END}
    stream: list[int] = [END]
    noun: list[bool] = [False]
    for line in lines:
        tokens = tokenize(line)
        ends = [0, *(token.end for token in tokens)]
        for token, (before, end) in zip(tokens, pairwise(ends), strict=True):
            stream.append(numbers.setdefault(line[before:end], len(numbers)))
            noun.append(token.pos[0] == "名詞" and token.pos[1] != "数詞")
        stream.append(END)
        noun.append(False)
    words = np.array(stream, dtype=np.int64)
    order = np.argsort(words, kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return Source(
        words=(*numbers, *_invented()),
        stream=words,
        starts=np.flatnonzero(words[:-1] == END) + 1,
        order=order,
        rank=rank,
        first=np.searchsorted(words[order], np.arange(len(numbers) + 1)),
        nouns=np.flatnonzero(noun),
        names=len(numbers),
        unseen=float((np.bincount(words) == 1).sum() / len(words)),
        headings=headings or ("概要",),
    )


def _invented() -> list[str]:
    """Names that no dictionary has: a larger text always has words that a smaller one had not."""
    drawn = np.random.default_rng(0).integers(0, len(_SYLLABLES), (_NAMES, 5)).tolist()
    return ["".join(_SYLLABLES[part] for part in name[: 3 + at % 3]) for at, name in enumerate(drawn)]
