"""Writings of documents on Milvus: which are there, which take whose place, which were left behind."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from index import milvus_rows
from index.milvus_client import Row, Server, holds
from index.milvus_rows import CHUNKS, DOCUMENTS, DOUBTS, TEXTS, Whole, Writing
from ingest.document import Document
from ingest.errors import UnusableIndex

# Seconds after which a writer that has not finished is dead; one batch takes seconds.
_DEAD = 3600
_TRIES = 8


class Editions:
    """The documents of one index and what hangs on them.

    Milvus has no transactions, so the order of writes takes their place. A writing of a document has a
    random number, its edition. Its texts and chunks are sent first; then the document's one row takes the
    new edition, and in that moment it is there and the old one gone; then what was of the old edition goes.
    What is of an edition that no row names is shown to nobody. Before all this the editions that may be left
    behind are noted as doubts; those of a writer that died are settled by whoever writes an hour later.
    """

    def __init__(self, server: Server) -> None:
        self._server = server

    def create(self) -> None:
        """Make what is not there yet; the chunks wait for a model."""
        for name, fields in milvus_rows.KEPT.items():
            if not self._server.has(name):
                self._server.create(name, fields)

    def write(self, writings: Sequence[Writing]) -> None:
        """Show new writings in place of the old ones of their paths and ids, all with one message."""
        rows = [one.row for one in writings]
        before = self._rivals(rows)
        with self._replacing(before, [row["edition"] for row in rows]):
            self._server.insert(TEXTS, [text for one in writings for text in one.texts])
            self._server.insert(CHUNKS, [chunk for one in writings for chunk in one.chunks])
            self._server.upsert(DOCUMENTS, rows)
            self._hide({row["key"] for row in before} - {row["key"] for row in rows})

    def remove(self, ids: Collection[str]) -> None:
        """Take documents away with all that hangs on them."""
        gone = self.of(ids)
        if gone:
            with self._replacing(gone, []):
                self._hide({row["key"] for row in gone})

    def rename(self, document_id: str, document: Document) -> None:
        """Give a document another path and other facts; its texts and chunks stay as they are."""
        for row in self.of([document_id]):
            new = milvus_rows.row_of(document, row["edition"], self._facts(row)["pieces"])
            others = [one for one in self._rivals([new]) if one["edition"] != row["edition"]]
            with self._replacing(others, []):
                self._server.upsert(DOCUMENTS, [new])
                self._hide({one["key"] for one in (row, *others)} - {new["key"]})

    def stamp(self, stamps: Mapping[str, tuple[int, int]]) -> None:
        """Write the stamps of documents, by id."""
        rows = []
        for row in self.of(stamps):
            document = self._listed(row)
            stamped = replace(document, stamp=stamps[document.id])
            rows.append(milvus_rows.row_of(stamped, row["edition"], self._facts(row)["pieces"]))
        self._server.upsert(DOCUMENTS, rows)

    def sweep(self) -> None:
        """Delete what writers left behind that died; their documents are as they were before."""
        doubts = self._server.all(DOUBTS, ("key", "since"))
        dead = [row["key"] for row in doubts if row["since"] <= time.time() - _DEAD]
        if dead:
            self._settle(dead)

    def documents(self) -> list[Document]:
        """All documents without text and parts, by name."""
        found = [self._listed(row) for row in self._server.all(DOCUMENTS, milvus_rows.ROW)]
        return sorted(found, key=lambda document: (document.name, document.path))

    def at(self, paths: Iterable[str], folders: Iterable[str]) -> list[Document]:
        """Those read from these files or from anywhere in these folders, without text and parts."""
        rows = self._rows("key", {milvus_rows.key_of(path) for path in paths})
        for folder in folders:
            inside = holds("folders", milvus_rows.key_of(folder))
            rows += self._server.all(DOCUMENTS, milvus_rows.ROW, inside)
        return [self._listed(row) for row in {row["key"]: row for row in rows}.values()]

    def of_content(self, content_hash: str) -> list[Document]:
        """Those made of the same bytes, without text and parts."""
        return [self._listed(row) for row in self._rows("content", {milvus_rows.number_of(content_hash)})]

    def count(self) -> int:
        """How many documents there are."""
        return self._server.count(DOCUMENTS)

    def is_empty(self) -> bool:
        return not self.count()

    def of(self, ids: Collection[str]) -> list[Row]:
        """The rows of these documents; unknown ids are passed over."""
        return self._rows("named", {milvus_rows.number_of(one) for one in ids})

    def shown(self, editions: Collection[int]) -> dict[int, Row]:
        """Those of these editions that are there, each with its document's row."""
        return {row["edition"]: row for row in self._rows("edition", editions)}

    def whole(self, document_id: str) -> Whole | None:
        """A document with its text and chunks; None if it is not there.

        :raises UnusableIndex: its text is not whole
        """
        for _ in range(_TRIES):
            rows = self.of([document_id])
            if not rows:
                return None
            found = self.wholes(rows[:1])
            if found:
                return found[rows[0]["edition"]]
        raise UnusableIndex(
            self._server.place, f"文書 {document_id} の本文が欠けています", "もう一度登録してください"
        )

    def wholes(self, rows: Sequence[Row]) -> dict[int, Whole]:
        """Documents whole, by edition; those that were replaced meanwhile are missing."""
        pieces: dict[int, list[Row]] = {row["edition"]: [] for row in rows}
        for piece in self._server.rows(TEXTS, ("edition", "place", "data"), "edition", list(pieces)):
            pieces[piece["edition"]].append(piece)
        with self._reading():
            found = [milvus_rows.whole(row, pieces[row["edition"]]) for row in rows]
        return {one.edition: one for one in found if one is not None}

    def _rivals(self, rows: Sequence[Row]) -> list[Row]:
        """The rows that stand where these shall: of their paths and of their ids."""
        found = self._rows("key", {row["key"] for row in rows}) + self._rows(
            "named", {row["named"] for row in rows}
        )
        return list({row["key"]: row for row in found}.values())

    @contextmanager
    def _replacing(self, old: Sequence[Row], new: Collection[int]) -> Iterator[None]:
        """Around the writes that hide old editions and show new ones: nothing is left behind after it."""
        doubted = [*new, *{row["edition"] for row in old}]
        now = int(time.time())
        self._server.upsert(DOUBTS, [milvus_rows.doubt(edition, now) for edition in doubted])
        yield
        self._settle(doubted)

    def _settle(self, doubted: Collection[int]) -> None:
        """Delete what hangs on those of these editions that no document has."""
        gone = set(doubted) - self.shown(doubted).keys()
        for name in (CHUNKS, TEXTS):
            self._server.delete(name, "edition", gone)
        self._server.delete(DOUBTS, "key", doubted)

    def _hide(self, keys: Collection[int]) -> None:
        self._server.delete(DOCUMENTS, "key", keys)

    def _rows(self, field: str, values: Collection[int]) -> list[Row]:
        return self._server.rows(DOCUMENTS, milvus_rows.ROW, field, values)

    def _facts(self, row: Row) -> dict[str, Any]:
        with self._reading():
            return milvus_rows.facts(row)

    def _listed(self, row: Row) -> Document:
        with self._reading():
            return milvus_rows.listed(row)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """:raises UnusableIndex: a row is nonsense for us"""
        try:
            yield
        except (ValueError, KeyError, TypeError) as error:
            raise UnusableIndex(
                self._server.place, f"読めない行があります（{error}）", "別の --index に作り直してください"
            ) from error
