"""What is measured, by name: how each builds its index, opens it, searches and takes in one more document."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from eval.bench.questions import Place
from index.fuse import DEPTH
from ingest.read import SUFFIXES

# Hits asked for: what recall@10 looks at.
K = 10
Kind = Literal["tenkyo", "part", "peer", "engine"]


@dataclass(frozen=True, slots=True)
class Job:
    """What a subject works with.

    :param texts: a folder as `eval.bench.texts` writes it
    :param folder: where its own index goes
    """

    texts: Path
    folder: Path

    def files(self) -> list[Path]:
        """The documents, in order."""
        return sorted(file for file in (self.texts / "documents").rglob("*") if file.suffix in SUFFIXES)


class Subject:
    """One of those measured. What a subject does not do raises `NotImplementedError`."""

    def __init__(self, job: Job) -> None:
        self.job = job

    def build(self) -> int:
        """Index the documents and leave the index on disk; returns how many chunks it has (0: none made)."""
        raise NotImplementedError

    def open(self) -> None:
        """Make a finished index ready to be searched."""
        raise NotImplementedError

    def ready(self) -> None:
        """What is no part of opening or searching and not timed: a raw part is given its questions."""

    def search(self, question: str) -> Any:
        """The best `K` for a question, in a shape of its own."""
        raise NotImplementedError

    def parts(self, question: str) -> dict[str, Callable[[], Any]]:
        """What a search is made of, by name, where it can be run apart."""
        return {}

    def places(self, found: Any) -> list[Place]:
        """Where these stand, best first; not timed."""
        raise NotImplementedError

    def add(self, file: Path) -> None:
        """Take in one more document."""
        raise NotImplementedError


class TenkyoItself(Subject):
    """Tenkyo as anybody uses it, without the reader."""

    def build(self) -> int:
        tenkyo = self._opened()
        reports = tenkyo.add(self.job.texts / "documents")
        failed = [report for report in reports if report.status == "failed"]
        if failed:
            raise RuntimeError(failed[0].message)
        tenkyo.close()
        return 0

    def open(self) -> None:
        self._tenkyo = self._opened()
        self._names: dict[str, str] = {}

    def search(self, question: str) -> Any:
        return self._tenkyo.search(question, K)

    def places(self, found: Any) -> list[Place]:
        chunks = [hit.chunk for hit in found]
        for chunk in chunks:
            if chunk.document_id not in self._names:
                self._names[chunk.document_id] = self._tenkyo.document(chunk.document_id).name
        return [Place(self._names[c.document_id], c.span.start, c.span.end) for c in chunks]

    def parts(self, question: str) -> dict[str, Callable[[], Any]]:
        """Each part of a search alone over this very index, ready to run: no second copy has to be made."""
        index = self._tenkyo._index
        vector = index._sentences.encoder().encode_queries([question])[0]
        return {
            "encoder": lambda: index._sentences.encoder().encode_queries([question]),
            "faiss": lambda: index._dense.search(vector, DEPTH),
            "lexical": lambda: self._by_words(question),
        }

    def _by_words(self, question: str) -> Any:
        index = self._tenkyo._index
        with index._ledger.reading() as db:
            return index._lexical.search(db, question, DEPTH)

    def add(self, file: Path) -> None:
        self._tenkyo.add(file)

    def _opened(self) -> Any:
        from qa import Tenkyo  # what loading costs is part of opening

        return Tenkyo.open(self.job.folder)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the table: what it is called in the report and where it is made.

    :param ours: whether its figures rest on this program: another version of it is measured anew
    :param given: whether it works on terms or vectors that are made for it beforehand
    """

    title: str
    kind: Kind
    made_by: str
    ours: bool = False
    given: bool = False


SUBJECTS: Mapping[str, Entry] = {
    "tenkyo": Entry("Tenkyo", "tenkyo", "eval.bench.subjects.TenkyoItself", ours=True),
    "fugashi": Entry("fugashi だけ", "part", "eval.bench.parts.Fugashi"),
    "fugashi-text": Entry("fugashi だけ (文字列)", "part", "eval.bench.parts.FugashiText"),
    "encoder": Entry("埋め込みだけ", "part", "eval.bench.parts.Encoder", ours=True),
    "faiss": Entry("FAISS だけ", "part", "eval.bench.parts.Faiss", ours=True, given=True),
    "lexical": Entry("語の検索だけ", "part", "eval.bench.own.OwnLexical", ours=True, given=True),
    "bm25s": Entry("bm25s + MeCab", "peer", "eval.bench.peers.Bm25s"),
    "txtai": Entry("txtai (keyword)", "peer", "eval.bench.peers.TxtaiKeyword"),
    "txtai-hybrid": Entry("txtai (hybrid)", "peer", "eval.bench.peers.TxtaiHybrid"),
    "langchain": Entry("LangChain FAISS + BM25", "peer", "eval.bench.peers.LangChain"),
    "own": Entry("Tenkyo の BM25", "engine", "eval.bench.own.OwnLexical", ours=True, given=True),
    "fts5": Entry("SQLite FTS5", "engine", "eval.bench.parts.Fts5", given=True),
    "tantivy": Entry("tantivy", "engine", "eval.bench.parts.Tantivy", given=True),
    "engine-bm25s": Entry("bm25s", "engine", "eval.bench.parts.Bm25s", given=True),
}


def made(name: str, job: Job) -> Subject:
    """The subject of this name.

    :raises ImportError: a library it needs is not installed
    """
    module, _, made_by = SUBJECTS[name].made_by.rpartition(".")
    subject: Subject = getattr(importlib.import_module(module), made_by)(job)
    return subject
