"""Rows of the ledger: a document, its chunks, vectors and postings, written and removed as one."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.document import UNSTAMPED, Chunk, Document, Span, chunk_id
from ingest.parts import pack_parts, unpack_parts


@dataclass(frozen=True, slots=True)
class Entry:
    """A document ready to be written: everything slow already done.

    :param vectors: one row a chunk, unit length; None in an index without a model
    :param postings: term → packed entries, see `index.lexical.postings`
    :param term_count: terms of all chunks together
    """

    document: Document
    chunks: list[Chunk]
    vectors: NDArray[np.float32] | None
    postings: Mapping[str, bytes]
    term_count: int


def insert(db: sqlite3.Connection, entry: Entry) -> None:
    """Write a document in place of any earlier version of the same path."""
    document = entry.document
    db.execute("DELETE FROM documents WHERE path = ? OR id = ?", (os.fsencode(document.path), document.id))
    row = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'chunks'").fetchone()
    first = (row[0] if row else 0) + 1
    number = db.execute(
        "INSERT INTO documents"
        " (id, path, content_hash, facts, parts, text, first_chunk, chunk_count, term_count)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (document.id, os.fsencode(document.path), document.content_hash, _facts(document),
         pack_parts(document), document.text.encode("utf-8", "surrogatepass"),
         first, len(entry.chunks), entry.term_count),
    ).lastrowid  # fmt: skip
    rows = []
    for ordinal, chunk in enumerate(entry.chunks):
        vector = None if entry.vectors is None else entry.vectors[ordinal].astype("<f2").tobytes()
        path = json.dumps(chunk.section_path)
        rows.append((first + ordinal, number, chunk.id, chunk.span.start, chunk.span.end, path, vector))
    db.executemany("INSERT INTO chunks VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
    postings = ((term, number, entries) for term, entries in sorted(entry.postings.items()))
    db.executemany("INSERT INTO postings VALUES (?, ?, ?)", postings)


def delete(db: sqlite3.Connection, document_ids: Collection[str]) -> int:
    """Remove documents with all that was made of them; returns how many there were."""
    return db.execute(
        "DELETE FROM documents WHERE id IN (SELECT value FROM json_each(?))", (_list(document_ids),)
    ).rowcount


def rename(db: sqlite3.Connection, old_id: str, document: Document) -> None:
    """Give a document another path: nothing that was made of its text changes but the ids."""
    db.execute(
        "DELETE FROM documents WHERE (path = ? OR id = ?) AND id != ?",
        (os.fsencode(document.path), document.id, old_id),
    )
    found = [(chunk_id(document.id, chunk.span), number) for number, chunk in _chunks(db, "d.id = ?", old_id)]
    db.executemany("UPDATE chunks SET id = ? WHERE number = ?", found)
    db.execute(
        "UPDATE documents SET id = ?, path = ?, facts = ? WHERE id = ?",
        (document.id, os.fsencode(document.path), _facts(document), old_id),
    )


def stamp(db: sqlite3.Connection, stamps: Mapping[str, tuple[int, int]]) -> None:
    """Remember the stamps of files whose bytes were found to be the same (document id → stamp)."""
    db.executemany(
        "UPDATE documents SET facts = json_set(facts, '$.stamp', json_array(?, ?)) WHERE id = ?",
        [(*found, identity) for identity, found in stamps.items()],
    )


def _facts(document: Document) -> str:
    return json.dumps(
        {key: getattr(document, key) for key in ("name", "title", "publisher", "issued", "stamp")}
    )


def _known(facts: str) -> dict[str, Any]:
    known: dict[str, Any] = json.loads(facts)
    return known | {"stamp": tuple(known.get("stamp", UNSTAMPED))}


def documents(db: sqlite3.Connection) -> list[Document]:
    """Every document without its text and parts, by file name."""
    rows = db.execute("SELECT id, path, content_hash, facts FROM documents").fetchall()
    with _decoding():
        found = [
            Document(id=row[0], path=os.fsdecode(row[1]), content_hash=row[2], text="", **_known(row[3]))
            for row in rows
        ]
    return sorted(found, key=lambda document: (document.name, document.path))


def document(db: sqlite3.Connection, document_id: str) -> Document | None:
    query = "SELECT id, path, content_hash, facts, parts, text FROM documents WHERE id = ?"
    row = db.execute(query, (document_id,)).fetchone()
    if row is None:
        return None
    with _decoding():
        return Document(
            id=row[0],
            path=os.fsdecode(row[1]),
            content_hash=row[2],
            text=row[5].decode("utf-8", "surrogatepass"),
            **_known(row[3]),
            **unpack_parts(row[4]),
        )


@contextmanager
def _decoding() -> Iterator[None]:
    """A row that is whole for SQLite and nonsense for us is a damaged database too."""
    try:
        yield
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise sqlite3.DatabaseError(f"読めない行があります: {error}") from error


def chunks(db: sqlite3.Connection, document_id: str) -> list[Chunk]:
    """A document's chunks in text order."""
    return [chunk for _, chunk in _chunks(db, "d.id = ? ORDER BY c.number", document_id)]


def chunks_by_number(db: sqlite3.Connection, numbers: Collection[int]) -> dict[int, Chunk]:
    return dict(_chunks(db, "c.number IN (SELECT value FROM json_each(?))", _list(numbers)))


def numbers_of(db: sqlite3.Connection, document_ids: Collection[str] | None) -> NDArray[np.int64]:
    """Numbers of all embedded chunks, or of those of some documents, ascending."""
    query = (
        "SELECT c.number FROM chunks c JOIN documents d ON d.number = c.document WHERE c.vector IS NOT NULL"
    )
    if document_ids is None:
        rows = db.execute(query + " ORDER BY c.number")
    else:
        rows = db.execute(
            query + " AND d.id IN (SELECT value FROM json_each(?)) ORDER BY c.number", (_list(document_ids),)
        )
    return np.fromiter((row[0] for row in rows), dtype=np.int64)


def vectors(db: sqlite3.Connection, numbers: NDArray[np.int64], dimension: int) -> NDArray[np.float32]:
    """The stored vectors of `numbers`, one row each, in the same order."""
    query = "SELECT vector FROM chunks WHERE number = ?"
    packed = b"".join(db.execute(query, (int(number),)).fetchone()[0] for number in numbers)
    return np.frombuffer(packed, dtype="<f2").reshape(len(numbers), dimension).astype(np.float32)


def _chunks(db: sqlite3.Connection, where: str, value: str) -> Iterator[tuple[int, Chunk]]:
    rows = db.execute(
        "SELECT c.number, c.id, d.id, c.start, c.stop, c.path"
        f" FROM chunks c JOIN documents d ON d.number = c.document WHERE {where}",
        (value,),
    )
    for number, identity, document_id, start, stop, path in rows:
        yield number, Chunk(identity, document_id, Span(start, stop), tuple(json.loads(path)))


def _list(values: Collection[Any]) -> str:
    """A list as one parameter, so that no limit on their number applies."""
    return json.dumps(list(values))
