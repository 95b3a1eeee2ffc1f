"""Chunks, terms and vectors as Tenkyo makes them, on disk: what the raw parts and the engines are given."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.bench.questions import Place, read_questions
from index.embed import load_encoder
from index.lemmas import terms
from ingest.read import chunks, read, search_text

_BLOCK = 32  # files a worker takes at a time


@dataclass(frozen=True, slots=True)
class Block:
    """Some documents, prepared; words are numbered within the block."""

    places: list[tuple[str, int, int]]
    words: list[str]
    terms: NDArray[np.int32]
    lengths: list[int]
    vectors: NDArray[np.float16]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question's terms, each once, and its vector of unit length."""

    terms: list[str]
    vector: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Passages:
    """A document's chunks: their places, terms and vectors, one row each."""

    places: list[Place]
    terms: list[list[str]]
    vectors: NDArray[np.float32]


class Prepared:
    """All chunks of a folder in order.

    :ivar vectors: shape (chunks, dimension), unit length, float16, mapped into memory
    :ivar asked: each question as the parts are asked it
    :ivar later: the chunks of the document that is added last
    """

    def __init__(self, folder: Path) -> None:
        self._names = json.loads((folder / "names.json").read_text(encoding="utf-8"))
        self._words: list[str] = json.loads((folder / "words.json").read_text(encoding="utf-8"))
        self._places = np.load(folder / "places.npy")
        self._terms = np.load(folder / "terms.npy", mmap_mode="r")
        self._ends = np.load(folder / "ends.npy")
        self.vectors = np.load(folder / "vectors.npy", mmap_mode="r")

        asked = json.loads((folder / "asked.json").read_text(encoding="utf-8"))
        self.asked = {
            question: Asked(words, vector)
            for (question, words), vector in zip(asked, np.load(folder / "asked.npy"), strict=True)
        }
        later = json.loads((folder / "later.json").read_text(encoding="utf-8"))
        self.later = Passages(
            [Place(*row) for row in later["places"]], later["terms"], np.load(folder / "later.npy")
        )

    def __len__(self) -> int:
        return len(self._ends)

    def passages(self) -> Iterator[list[str]]:
        """The terms of each chunk."""
        start = 0
        for end in self._ends.tolist():
            yield [self._words[number] for number in self._terms[start:end].tolist()]
            start = end

    def place(self, number: int) -> Place:
        """Where a chunk stands."""
        name, start, end = self._places[number].tolist()
        return Place(self._names[name], start, end)


def prepare(texts: Path, files: Sequence[Path], processes: int = 2) -> Prepared:
    """Make everything anew, or take up what stands in `texts`/prepared.

    :param texts: a folder with documents, questions and a later document
    """
    folder = texts / "prepared"
    if not (folder / "names.json").exists():
        folder.mkdir(parents=True, exist_ok=True)
        _write_asked(texts, folder)
        blocks = [files[at : at + _BLOCK] for at in range(0, len(files), _BLOCK)]
        # Forked workers would share MeCab's and torch's locks.
        with multiprocessing.get_context("spawn").Pool(processes) as pool:
            _write(pool.imap(_block, blocks), folder)
    return Prepared(folder)


def _write_asked(texts: Path, folder: Path) -> None:
    """The questions and the later document, as the parts are given them."""
    questions = [
        known.question for name in ("questions", "later") for known in read_questions(texts / f"{name}.jsonl")
    ]
    asked = [(question, sorted(set(terms(question)))) for question in questions]
    (folder / "asked.json").write_text(json.dumps(asked), encoding="utf-8")
    np.save(folder / "asked.npy", load_encoder(None).encode_queries(questions))
    later = _passages(next((texts / "later").iterdir()))
    rows = [(place.document, place.start, place.end) for place in later.places]
    text = json.dumps({"places": rows, "terms": later.terms})
    (folder / "later.json").write_text(text, encoding="utf-8")
    np.save(folder / "later.npy", later.vectors)


def _passages(file: Path) -> Passages:
    document = read(file)
    found = chunks(document)
    texts = [search_text(document, chunk) for chunk in found]
    places = [Place(file.name, chunk.span.start, chunk.span.end) for chunk in found]
    return Passages(places, [terms(text) for text in texts], load_encoder(None).encode_documents(texts))


def _block(files: Sequence[Path]) -> Block:
    numbers: dict[str, int] = {}
    block = Block([], [], np.zeros(0, np.int32), [], np.zeros((0, 0), np.float16))
    flat: list[int] = []
    rows = []
    for file in files:
        made = _passages(file)
        block.places.extend((place.document, place.start, place.end) for place in made.places)
        block.lengths.extend(map(len, made.terms))
        flat += (numbers.setdefault(word, len(numbers)) for passage in made.terms for word in passage)
        rows.append(made.vectors.astype(np.float16))
    return Block(
        block.places, list(numbers), np.array(flat, dtype=np.int32), block.lengths, np.concatenate(rows)
    )


def _write(blocks: Iterator[Block], folder: Path) -> None:
    """One block after the other: of a million chunks only numbers are held."""
    words: dict[str, int] = {}
    names: dict[str, int] = {}
    places: list[tuple[int, int, int]] = []
    parts: list[NDArray[np.int32]] = []
    lengths: list[int] = []
    vectors: list[NDArray[np.float16]] = []
    for block in blocks:
        own = np.array([words.setdefault(word, len(words)) for word in block.words], dtype=np.int32)
        parts.append(own[block.terms])
        lengths += block.lengths
        places += ((names.setdefault(name, len(names)), start, end) for name, start, end in block.places)
        vectors.append(block.vectors)
    np.save(folder / "places.npy", np.array(places, dtype=np.int64))
    np.save(folder / "terms.npy", np.concatenate(parts))
    np.save(folder / "ends.npy", np.cumsum(lengths))
    np.save(folder / "vectors.npy", np.concatenate(vectors))
    (folder / "words.json").write_text(json.dumps(list(words), ensure_ascii=False), encoding="utf-8")
    # Last: where this stands, all the others are whole.
    (folder / "names.json").write_text(json.dumps(list(names), ensure_ascii=False), encoding="utf-8")
