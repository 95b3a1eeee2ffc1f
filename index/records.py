"""Rows of the ledger: documents with their chunks and vectors, written and removed as one."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index import segments
from index.entry import Entry
from ingest.document import UNSTAMPED, Chunk, Document, Span, chunk_id
from ingest.parts import unpack_parts


def insert(db: sqlite3.Connection, entries: Sequence[tuple[Entry, NDArray[np.float32] | None]]) -> None:
    """Write documents, each with its chunks' vectors, in place of earlier versions of their paths.

    :param entries: vectors have one row a chunk, unit length; None in an index without a model
    """
    for entry, _ in entries:
        document = entry.document
        _remove(db, "path = ? OR id = ?", (os.fsencode(document.path), document.id))
    (first,) = db.execute("SELECT next_chunk FROM totals").fetchone()
    ranges = []
    for entry, vectors in entries:
        size = len(entry.spans)
        _write(db, entry, vectors, first)
        ranges.append((first, size))
        first += size
    segments.insert(db, ranges, [entry.postings for entry, _ in entries])
    db.execute("UPDATE totals SET next_chunk = ?", (first,))


def _write(db: sqlite3.Connection, entry: Entry, vectors: NDArray[np.float32] | None, first: int) -> None:
    document, size = entry.document, len(entry.spans)
    terms = int(entry.postings.lengths.sum(dtype=np.int64))
    number = db.execute(
        "INSERT INTO documents"
        " (id, path, content_hash, facts, parts, text, first_chunk, chunk_count, term_count)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (document.id, os.fsencode(document.path), document.content_hash, _facts(document),
         entry.parts, entry.text, first, size, terms),
    ).lastrowid  # fmt: skip
    different = {path: place for place, path in enumerate(dict.fromkeys(entry.paths))}
    paths = json.dumps([list(different), [different[path] for path in entry.paths]], separators=(",", ":"))
    packed = None if vectors is None else vectors.astype("<f2").tobytes()
    spans = entry.spans.astype("<u4").tobytes()
    db.execute("INSERT INTO passages VALUES (?, ?, ?, ?)", (number, spans, paths, packed))
    db.execute("UPDATE totals SET chunks = chunks + ?, terms = terms + ?", (size, terms))


def _remove(db: sqlite3.Connection, where: str, values: Sequence[Any]) -> int:
    """Remove documents with all that was made of them; returns how many there were."""
    gone = db.execute(
        f"SELECT number, first_chunk, chunk_count, term_count FROM documents WHERE {where}", values
    ).fetchall()
    for number, first, size, terms in gone:
        db.execute("DELETE FROM documents WHERE number = ?", (number,))
        db.execute("UPDATE totals SET chunks = chunks - ?, terms = terms - ?", (size, terms))
        if size:
            db.execute("INSERT INTO gone VALUES (?, ?)", (first, size))
    return len(gone)


def delete(db: sqlite3.Connection, document_ids: Collection[str]) -> int:
    """Remove documents with all that was made of them; returns how many there were."""
    removed = _remove(db, "id IN (SELECT value FROM json_each(?))", (_list(document_ids),))
    segments.settle_gone(db)
    return removed


def rename(db: sqlite3.Connection, old_id: str, document: Document) -> None:
    """Give a document another path: nothing that was made of its text changes."""
    _remove(db, "(path = ? OR id = ?) AND id != ?", (os.fsencode(document.path), document.id, old_id))
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


def documents(db: sqlite3.Connection, where: str = "true", values: Sequence[Any] = ()) -> list[Document]:
    """Documents without their text and parts, by file name."""
    rows = db.execute(f"SELECT id, path, content_hash, facts FROM documents WHERE {where}", values).fetchall()
    with decoding():
        found = [
            Document(id=row[0], path=os.fsdecode(row[1]), content_hash=row[2], text="", **_known(row[3]))
            for row in rows
        ]
    return sorted(found, key=lambda document: (document.name, document.path))


def documents_at(db: sqlite3.Connection, paths: Iterable[str], folders: Iterable[str]) -> list[Document]:
    """Documents read from these files or from anywhere in these folders."""
    found = {
        document.path: document
        for path in paths
        for document in documents(db, "path = ?", (os.fsencode(path),))
    }
    for folder in folders:
        # Bytes compare as they stand: everything below "…/docs/" lies before "…/docs0".
        low, high = os.fsencode(folder).rstrip(b"/") + b"/", os.fsencode(folder).rstrip(b"/") + b"0"
        found |= {one.path: one for one in documents(db, "path >= ? AND path < ?", (low, high))}
    return list(found.values())


def documents_of_content(db: sqlite3.Connection, content_hash: str) -> list[Document]:
    """Documents made of the same bytes."""
    return documents(db, "content_hash = ?", (content_hash,))


def document(db: sqlite3.Connection, document_id: str) -> Document | None:
    query = "SELECT id, path, content_hash, facts, parts, text FROM documents WHERE id = ?"
    row = db.execute(query, (document_id,)).fetchone()
    if row is None:
        return None
    with decoding():
        return Document(
            id=row[0],
            path=os.fsdecode(row[1]),
            content_hash=row[2],
            text=row[5].decode("utf-8", "surrogatepass"),
            **_known(row[3]),
            **unpack_parts(row[4]),
        )


@contextmanager
def decoding() -> Iterator[None]:
    """A row that is whole for SQLite and nonsense for us is a damaged database too."""
    try:
        yield
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise sqlite3.DatabaseError(f"読めない行があります: {error}") from error


def chunks(db: sqlite3.Connection, document_id: str) -> list[Chunk]:
    """A document's chunks in text order; none for an unknown id."""
    row = db.execute(_PASSAGES + " WHERE d.id = ?", (document_id,)).fetchone()
    return [_chunk(row, ordinal) for ordinal in range(row[2])] if row else []


def chunks_by_number(db: sqlite3.Connection, numbers: Collection[int]) -> dict[int, Chunk]:
    """Number → chunk, of those that there are."""
    found: dict[int, Chunk] = {}
    row = None
    for number in sorted(numbers):
        if row is None or not row[1] <= number < row[1] + row[2]:
            query = _PASSAGES + " WHERE d.first_chunk <= ? ORDER BY d.first_chunk DESC LIMIT 1"
            row = db.execute(query, (number,)).fetchone()
        if row is not None and row[1] <= number < row[1] + row[2]:
            found[number] = _chunk(row, number - row[1])
    return found


_PASSAGES = (
    "SELECT d.id, d.first_chunk, d.chunk_count, p.spans, p.paths"
    " FROM documents d JOIN passages p ON p.document = d.number"
)


def _chunk(row: tuple[Any, ...], ordinal: int) -> Chunk:
    document_id, spans, paths = row[0], row[3], row[4]
    with decoding():
        start, end = np.frombuffer(spans, dtype="<u4", count=2, offset=8 * ordinal).tolist()
        span = Span(start, end)
        different, which = _paths(paths)
        return Chunk(chunk_id(document_id, span), document_id, span, tuple(different[which[ordinal]]))


@lru_cache(maxsize=8)
def _paths(packed: str) -> tuple[list[list[str]], list[int]]:
    found: tuple[list[list[str]], list[int]] = json.loads(packed)
    return found


def ranges(db: sqlite3.Connection, document_ids: Collection[str] | None = None) -> NDArray[np.int64]:
    """First number and count of the chunks of every document, or of some, shape (documents, 2), ascending."""
    query = "SELECT first_chunk, chunk_count FROM documents WHERE chunk_count > 0"
    values: tuple[str, ...] = ()
    if document_ids is not None:
        query, values = query + " AND id IN (SELECT value FROM json_each(?))", (_list(document_ids),)
    rows = db.execute(query + " ORDER BY first_chunk", values).fetchall()
    return np.array(rows, dtype=np.int64).reshape(-1, 2)


def _list(values: Collection[Any]) -> str:
    """A list as one parameter, so that no limit on their number applies."""
    return json.dumps(list(values))
