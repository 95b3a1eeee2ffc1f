"""Lexical engines over the same terms: what each does with lists of words, and nothing else."""

from __future__ import annotations

import importlib
import pickle
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

_MEGABYTE = 1 << 20


class Engine:
    """An inverted index on disk; passages are numbered from 0 in the order given."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def build(self, passages: Iterable[Sequence[str]]) -> None:
        """Index passages, each given as its terms, and leave the index in `folder`."""
        raise NotImplementedError

    def open(self) -> None:
        """Make a finished index ready."""
        raise NotImplementedError

    def search(self, asked: Sequence[str], k: int) -> list[int]:
        """The best `k` passages that hold any of the terms, best first."""
        raise NotImplementedError

    def add(self, passages: Sequence[Sequence[str]], first: int) -> None:
        """Take in more, numbered from `first`; the next search finds them."""
        raise NotImplementedError


class Fts5(Engine):
    """SQLite FTS5 without a copy of the text; k1 = 1.2 and b = 0.75 are built in."""

    def build(self, passages: Iterable[Sequence[str]]) -> None:
        self.open()
        self._db.execute(
            "CREATE VIRTUAL TABLE passages USING fts5(terms, content='', detail='full',"
            " tokenize=\"unicode61 remove_diacritics 0 tokenchars '|%.-'\")"
        )
        self._insert(passages, 0)
        self._db.execute("INSERT INTO passages(passages) VALUES ('optimize')")
        self._db.commit()
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        self._db.close()

    def open(self) -> None:
        self._db = sqlite3.connect(self.folder / "fts5.sqlite3")
        self._db.execute("PRAGMA journal_mode = WAL").fetchall()
        self._db.execute(f"PRAGMA mmap_size = {4096 * _MEGABYTE}").fetchall()

    def search(self, asked: Sequence[str], k: int) -> list[int]:
        quoted = ('"' + term.replace('"', '""') + '"' for term in asked)
        rows = self._db.execute(
            "SELECT rowid FROM passages WHERE passages MATCH ? ORDER BY rank LIMIT ?",
            (" OR ".join(quoted), k),
        )
        return [row[0] - 1 for row in rows]

    def add(self, passages: Sequence[Sequence[str]], first: int) -> None:
        self._insert(passages, first)
        self._db.commit()

    def _insert(self, passages: Iterable[Sequence[str]], first: int) -> None:
        rows = ((number, " ".join(terms)) for number, terms in enumerate(passages, first + 1))
        self._db.executemany("INSERT INTO passages(rowid, terms) VALUES (?, ?)", rows)


class Tantivy(Engine):
    """tantivy, frequencies without positions; k1 = 1.2 and b = 0.75 are built in."""

    _HEAP = 256 * _MEGABYTE

    def build(self, passages: Iterable[Sequence[str]]) -> None:
        tantivy = self._library()
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("terms", stored=False, tokenizer_name="whitespace", index_option="freq")
        builder.add_unsigned_field("number", stored=False, indexed=False, fast=True)
        index = tantivy.Index(builder.build(), path=str(self.folder))
        self._index = index
        self._write(passages, 0)
        index.writer().wait_merging_threads()

    def open(self) -> None:
        self._tantivy = self._library()
        self._index = self._tantivy.Index.open(str(self.folder))
        self._searcher = self._index.searcher()

    def search(self, asked: Sequence[str], k: int) -> list[int]:
        occur, query = self._tantivy.Occur.Should, self._tantivy.Query
        parts = [(occur, query.term_query(self._index.schema, "terms", term, "freq")) for term in asked]
        found = self._searcher.search(query.boolean_query(parts), k, count=False).hits
        return list(self._searcher.fast_field_values("number", [address for _, address in found]))

    def add(self, passages: Sequence[Sequence[str]], first: int) -> None:
        self._write(passages, first)
        self._searcher = self._index.searcher()

    def _write(self, passages: Iterable[Sequence[str]], first: int) -> None:
        tantivy = self._library()
        writer = self._index.writer(self._HEAP, 2)
        for number, terms in enumerate(passages, first):
            document = tantivy.Document()
            document.add_text("terms", " ".join(terms))
            document.add_unsigned("number", number)
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()

    @staticmethod
    def _library() -> Any:
        return importlib.import_module("tantivy")


class Bm25s(Engine):
    """bm25s, all scores made ahead; taking in more means making them all anew."""

    def build(self, passages: Iterable[Sequence[str]]) -> None:
        held = [list(terms) for terms in passages]
        self._made(held).save(str(self.folder))
        # It keeps scores, not words: who wants to add later must keep these.
        with (self.folder / "passages.pickle").open("wb") as file:
            pickle.dump(held, file, protocol=5)

    def open(self) -> None:
        self._index: Any = importlib.import_module("bm25s").BM25.load(str(self.folder), mmap=True)

    def search(self, asked: Sequence[str], k: int) -> list[int]:
        found, scores = self._index.retrieve([list(asked)], k=k, show_progress=False, n_threads=0)
        pairs = zip(found[0].tolist(), scores[0].tolist(), strict=True)
        return [int(number) for number, score in pairs if score > 0]

    def add(self, passages: Sequence[Sequence[str]], first: int) -> None:
        with (self.folder / "passages.pickle").open("rb") as file:
            held = pickle.load(file)  # which this class wrote
        self._index = self._made([*islice(held, first), *passages])

    @staticmethod
    def _made(passages: Sequence[Sequence[str]]) -> Any:
        index = importlib.import_module("bm25s").BM25(k1=0.7, b=0.5)
        index.index(list(passages), show_progress=False)
        return index


ENGINES: Mapping[str, type[Engine]] = {"fts5": Fts5, "tantivy": Tantivy, "bm25s": Bm25s}
