"""Folders of generated documents: as many as make so many chunks, the same for the same seed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from eval.bench.source import Source
from eval.bench.walk import walked

# Documents made at a time, and of one draw: those of a smaller folder are the first of a larger one.
_TOGETHER = 40
_IN_A_FOLDER = 1000
# A document's length in units, a paragraph and what stands around it: the logarithm is even between these.
_SHORTEST, _LONGEST = 4, 42
_UNIT = 370  # characters of a unit without its heading
# Characters of the file for each chunk that `ingest.chunk` makes of such documents, some 180 tokens.
_CHUNK = 305
_SENTENCE = 52  # characters of a sentence, about: so many are made ahead
_PART, _PARAGRAPH = 60, 8  # sentences of the source either side; sentences generated
_HEADED, _LISTED, _TABLED = 0.35, 0.2, 0.1  # shares of the units
_DIGITS = str.maketrans("0123456789", "０１２３４５６７８９")
# A heading's own number: here it gets another.
_NUMBER = re.compile(
    r"^(?:[第(（]?[\d０-９一二三四五六七八九十.．]+[章節条項)）.．]?[\s.．、　]+)+|^[(（][\d０-９]+[)）]\s*"
)
_CELLS = ("項目", "予定", "実績", "備考", "区分", "金額", "件数", "期限")
_UNITS = ("件", "円", "千円", "%", "人", "か所")


@dataclass(frozen=True, slots=True)
class Texts:
    """A folder of generated documents.

    :param chunks: how many chunks they were made to be
    """

    folder: Path
    chunks: int
    documents: int
    characters: int


def write_texts(source: Source, chunks: int, folder: Path, seed: int = 0) -> Texts:
    """Documents that Tenkyo cuts into about `chunks` chunks, in `folder`; what stands there is taken up.

    One more lies under `later/`, to be added to a finished index.
    """
    note = folder / "texts.json"
    if note.exists():
        facts = json.loads(note.read_text(encoding="utf-8"))
        return Texts(folder, facts["chunks"], facts["documents"], facts["characters"])
    made, characters, documents = 0, 0, 0
    later = folder / "later"
    later.mkdir(parents=True, exist_ok=True)
    for number, text in enumerate(_documents(source, seed)):
        suffix = ".md" if number % 2 else ".txt"
        if made >= chunks:
            (later / f"{number:06d}{suffix}").write_text(text, encoding="utf-8")
            break
        place = folder / "documents" / f"{number // _IN_A_FOLDER:03d}"
        if number % _IN_A_FOLDER == 0:
            place.mkdir(parents=True, exist_ok=True)
        (place / f"{number:06d}{suffix}").write_text(text, encoding="utf-8")
        characters, documents = characters + len(text), documents + 1
        made = round(characters / _CHUNK)
    facts = {"chunks": made, "documents": documents, "characters": characters}
    note.write_text(json.dumps(facts), encoding="utf-8")
    return Texts(folder, made, documents, characters)


def _documents(source: Source, seed: int) -> Iterator[str]:
    """One document after the other, without end."""
    batch = 0
    while True:
        rng = np.random.default_rng((seed, batch))
        spread = np.log(_LONGEST / _SHORTEST)
        units = (_SHORTEST * np.exp(rng.random(_TOGETHER) * spread)).astype(np.int64)
        needed = units * (_UNIT // _SENTENCE + 3)
        # A document is about one part of the source, each of its paragraphs about a place there.
        subject = np.repeat(rng.integers(0, len(source.starts), _TOGETHER), needed)
        paragraph = rng.integers(-_PART, _PART, -(-len(subject) // _PARAGRAPH)).repeat(_PARAGRAPH)
        near = subject + paragraph[: len(subject)]
        lines = walked(source, near, rng)
        ends = np.cumsum(needed).tolist()
        for number, (count, end) in enumerate(zip(units.tolist(), ends, strict=True)):
            own = lines[end - int(needed[number]) : end]
            marked = (batch * _TOGETHER + number) % 2 == 1
            yield _Layout(source, rng, marked).document(count, own)
        batch += 1


class _Layout:
    """Sentences laid out as a document is: title, headings, paragraphs, lists and tables."""

    def __init__(self, source: Source, rng: np.random.Generator, marked: bool) -> None:
        """:param marked: whether it is Markdown, with tables"""
        self._source = source
        self._marked = marked
        self._chance: Iterator[float] = iter(rng.random(4000).tolist())
        self._rng = rng
        self._chapter = self._section = 0

    def document(self, units: int, lines: list[str]) -> str:
        """A document of so many units; it ends sooner where the sentences do."""
        rest = iter(lines)
        title = self._heading()
        parts = [f"# {title}\n" if self._marked else f"{title}\n"]
        for _ in range(units):
            if not self._chapter or self._next() < _HEADED:
                parts.append(self._numbered())
            kind = self._next()
            room = _UNIT
            if kind < _TABLED and self._marked:
                table = self._table()
                parts.append(table)
                room -= len(table)
            elif kind < _LISTED:
                listed = self._list(rest)
                parts.append(listed)
                room -= len(listed)
            parts.append(self._paragraph(rest, room))
        return "\n".join(parts)

    def _next(self) -> float:
        found = next(self._chance, None)
        if found is None:
            self._chance = iter(self._rng.random(4000).tolist())
            return self._next()
        return found

    def _heading(self) -> str:
        found = self._source.headings[int(self._next() * len(self._source.headings))]
        return _NUMBER.sub("", found) or found

    def _numbered(self) -> str:
        name = self._heading()
        if not self._chapter or self._next() < 0.3:
            self._chapter, self._section = self._chapter + 1, 0
            number = str(self._chapter).translate(_DIGITS)
            return f"\n## {self._chapter}. {name}\n" if self._marked else f"\n第{number}章　{name}\n"
        self._section += 1
        number = str(self._section).translate(_DIGITS)
        return (
            f"\n### {self._chapter}.{self._section} {name}\n" if self._marked else f"\n（{number}）{name}\n"
        )

    def _paragraph(self, rest: Iterator[str], room: int) -> str:
        taken: list[str] = []
        while room > 0 and (line := next(rest, None)):
            taken.append(line)
            room -= len(line)
        return "".join(taken) + "\n"

    def _list(self, rest: Iterator[str]) -> str:
        bullet = "- " if self._marked else "・"
        count = 3 + int(self._next() * 3)
        items = [line.removesuffix("。") for _, line in zip(range(count), rest, strict=False)]
        return "".join(f"{bullet}{item}\n" for item in items)

    def _table(self) -> str:
        at = int(self._next() * len(_CELLS))
        columns = [_CELLS[(at + step) % len(_CELLS)] for step in range(3)]
        rows = [f"| {' | '.join(columns)} |", "|---|---|---|"]
        for _ in range(3 + int(self._next() * 3)):
            unit = _UNITS[int(self._next() * len(_UNITS))]
            cells = [f"{int(10 ** (self._next() * 6)):,}{unit}" for _ in columns[1:]]
            rows.append(f"| {self._heading()} | {' | '.join(cells)} |")
        return "\n".join(rows) + "\n\n"
