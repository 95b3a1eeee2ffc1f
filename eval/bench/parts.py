"""The raw parts that Tenkyo is made of, each alone: what nothing built from them can beat."""

from __future__ import annotations

import importlib
import multiprocessing
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from eval.bench.engines import ENGINES
from eval.bench.prepared import Prepared
from eval.bench.questions import Place
from eval.bench.subjects import Job, K, Subject
from index import nearest
from index.embed import load_encoder
from index.ranges import Ranges

_ROWS = 10_000  # vectors handed over at a time
_FILES = 16  # a worker takes at a time


class Fugashi(Subject):
    """MeCab in two processes: surface and lemma of every token, a line at a time."""

    def build(self) -> int:
        self._over(_tokens)
        return 0

    def open(self) -> None:
        self._tagger = _tagger()

    def search(self, question: str) -> Any:
        return [(node.surface, node.feature.lemma) for node in self._tagger(question)]

    def _over(self, counted: Any) -> int:
        # Forked after nothing was loaded: this process holds no tagger.
        with multiprocessing.get_context("fork").Pool(2) as pool:
            return sum(pool.imap_unordered(counted, self.job.files(), chunksize=_FILES))


class FugashiText(Fugashi):
    """The same, but its result is left one string: MeCab without Python's objects for its tokens."""

    def build(self) -> int:
        self._over(_characters)
        return 0

    def open(self) -> None:
        raise NotImplementedError


def _tagger() -> Any:
    unidic = importlib.import_module("unidic_lite")
    return importlib.import_module("fugashi").Tagger(f'-d "{unidic.DICDIR}"')


_held: list[Any] = []  # the worker's tagger


def _lines(file: Path) -> list[str]:
    if not _held:
        _held.append(_tagger())
    return file.read_text(encoding="utf-8").splitlines()


def _tokens(file: Path) -> int:
    lines = _lines(file)
    return sum(len([(n.surface, n.feature.lemma) for n in _held[0](line)]) for line in lines)


def _characters(file: Path) -> int:
    lines = _lines(file)
    return sum(len(_held[0].parse(line)) for line in lines)


class Given(Subject):
    """A part that is given what comes before it."""

    @cached_property
    def prepared(self) -> Prepared:
        """Chunks, terms and vectors of the same texts."""
        return Prepared(self.job.texts / "prepared")

    def place(self, number: int) -> Place:
        """Where a chunk stands; those added later are numbered on."""
        count = len(self.prepared)
        return self.prepared.place(number) if number < count else self.prepared.later.places[number - count]


class Encoder(Subject):
    """The shipped embedding model: questions into vectors."""

    def open(self) -> None:
        self._model = load_encoder(None)

    def search(self, question: str) -> Any:
        return self._model.encode_queries([question])


class Faiss(Given):
    """FAISS over the vectors Tenkyo makes, of the kind and with the settings it uses; given all vectors."""

    def build(self) -> int:
        vectors = self.prepared.vectors
        count, dimension = vectors.shape
        self.job.folder.mkdir(parents=True, exist_ok=True)
        rows = (np.asarray(vectors[first : first + _ROWS]) for first in range(0, count, _ROWS))
        if count <= nearest.FLAT:
            index = nearest.flat(dimension, rows)
        else:
            chosen = nearest.sampled(self._all(count))
            index = nearest.coarse(vectors[chosen].astype(np.float32), count)
            for batch in rows:
                index.add(batch.astype(np.float32))
        nearest.writer(index)(self._file)
        return int(index.ntotal)

    def open(self) -> None:
        index = nearest.mapped(self._file)
        self._parts = [nearest.Part(index, self._all(index.ntotal))]

    def ready(self) -> None:
        self._vectors = {question: asked.vector for question, asked in self.prepared.asked.items()}

    def search(self, question: str) -> Any:
        found = [pair for part in self._parts for pair in part.search(self._vectors[question], K, None)]
        return sorted(found, key=lambda pair: -pair[1])[:K]

    def places(self, found: Any) -> list[Place]:
        return [self.place(number) for number, _ in found]

    def add(self, file: Path) -> None:
        new = self.prepared.later.vectors
        index = nearest.flat(new.shape[1], iter([new.astype(np.float16)]))
        self._parts.append(nearest.Part(index, self._all(len(new), len(self.prepared))))

    @staticmethod
    def _all(count: int, first: int = 0) -> Ranges:
        return Ranges(np.array([[first, count]], dtype=np.int64))

    @property
    def _file(self) -> Path:
        return self.job.folder / "vectors.faiss"


class Lexical(Given):
    """A lexical engine over the terms Tenkyo makes; given those of documents and questions."""

    engine_name = ""

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self._engine = ENGINES[self.engine_name](job.folder)

    def build(self) -> int:
        self.job.folder.mkdir(parents=True, exist_ok=True)
        self._engine.build(self.prepared.passages())
        return len(self.prepared)

    def open(self) -> None:
        self._engine.open()

    def ready(self) -> None:
        self._terms = {question: asked.terms for question, asked in self.prepared.asked.items()}

    def search(self, question: str) -> Any:
        return self._engine.search(self._terms[question], K)

    def places(self, found: Any) -> list[Place]:
        return [self.place(number) for number in found]

    def add(self, file: Path) -> None:
        self._engine.add(self.prepared.later.terms, len(self.prepared))


class Fts5(Lexical):
    """SQLite FTS5 over the terms."""

    engine_name = "fts5"


class Tantivy(Lexical):
    """tantivy over the terms."""

    engine_name = "tantivy"


class Bm25s(Lexical):
    """bm25s over the terms."""

    engine_name = "bm25s"
