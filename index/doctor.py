"""Is an index whole? "Why does it find nothing, and can that be mended?" """

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index import dense, records, sealed, segments, store
from index.folder import existing
from index.remake import remade
from index.search import Index
from index.sentences import Sentences
from index.store import Ledger
from index.vectors import LedgerVectors
from ingest.document import Document
from ingest.errors import UnusableIndex

_REBUILD = "保存ファイルがあれば tenkyo restore で、なければ別の --index フォルダに作り直してください"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that was wrong, and whether it is right again."""

    what: str
    repaired: bool


def examine(folder: Path, model: str | None = None) -> list[Finding]:
    """Check everything in an index and repair what can be made again from the rest.

    :raises UnusableIndex: there is no index, or it cannot be read at all
    """
    with closing(Ledger.open(existing(folder))) as former, former.reading() as db:
        older = store.is_older(db)
    if older:
        Index.open(folder, model).close()  # takes it over
    ledger = Ledger.open(folder)
    try:
        return [*_database(ledger), *_totals(ledger), *_documents(ledger, model), *_derived(ledger)]
    finally:
        ledger.close()


def _database(ledger: Ledger) -> Iterator[Finding]:
    with ledger.reading() as db:
        said = [row[0] for row in db.execute("PRAGMA integrity_check(20)")]
        orphans = db.execute("PRAGMA foreign_key_check").fetchall()
    if said != ["ok"]:
        with ledger.writing() as db:
            db.execute("REINDEX")  # what SQLite can make again by itself
        with ledger.reading() as db:
            mended = [row[0] for row in db.execute("PRAGMA integrity_check(20)")] == ["ok"]
        yield Finding(
            f"データベースの{'検索木' if mended else '破損'}（{said[0]}）{'' if mended else '。' + _REBUILD}",
            mended,
        )
    if orphans:
        with ledger.writing() as db:
            db.execute("DELETE FROM passages WHERE document NOT IN (SELECT number FROM documents)")
            db.execute("DELETE FROM blocks WHERE segment NOT IN (SELECT number FROM segments)")
        yield Finding(f"文書のない断片 {len(orphans)} 件", True)


def _totals(ledger: Ledger) -> Iterator[Finding]:
    """Sums that follow from the documents, and the number the next chunk gets: none is used twice."""
    with ledger.reading() as db:
        held = db.execute("SELECT chunks, terms, next_chunk FROM totals").fetchall()
        chunks, terms, after = db.execute(
            "SELECT coalesce(sum(chunk_count), 0), coalesce(sum(term_count), 0),"
            " coalesce(max(first_chunk + chunk_count), 1) FROM documents"
        ).fetchone()
    after = max([after, *(row[2] for row in held)])
    if held != [(chunks, terms, after)]:
        with ledger.writing() as db:
            db.execute("DELETE FROM totals")
            db.execute("INSERT INTO totals VALUES (?, ?, ?)", (chunks, terms, after))
        yield Finding("チャンクと語の合計", True)


def _documents(ledger: Ledger, model: str | None) -> Iterator[Finding]:
    """Documents whose chunks, terms or vectors are not theirs; they are made again from the text."""
    with ledger.reading() as db:
        built = store.model(db)
        listed = db.execute("SELECT id, first_chunk, path FROM documents").fetchall()
        torn = segments.broken(db)
    if torn.segments:
        with ledger.writing() as db:
            segments.drop(db, torn.segments)
    broken: list[Document] = []
    for identity, first, path in listed:
        try:
            with ledger.reading() as db:
                document = records.document(db, identity)
                whole = document is not None and _is_whole(db, document, built.dimension if built else 0)
                if document is None or (whole and first not in torn.chunks):
                    continue
            broken.append(document)
        except UnusableIndex as error:
            with ledger.writing() as db:
                records.delete(db, [identity])
            yield Finding(
                f"読めない文書 {os.fsdecode(path)} を除きました（{error.reason}）。もう一度登録してください",
                True,
            )
    if not broken or built is None:
        return
    sentences = Sentences(model or built.name)
    for document in broken:
        with ledger.writing() as db:
            for made in remade(db, sentences, [document.id]):
                yield Finding(f"{made.name} の断片と検索語を本文から作り直しました", True)


def _is_whole(db: sqlite3.Connection, document: Document, dimension: int) -> bool:
    """Whether a document's passages are there and within its text."""
    row = db.execute(
        "SELECT d.chunk_count, p.spans, p.paths, length(p.vectors) FROM documents d"
        " JOIN passages p ON p.document = d.number WHERE d.id = ?",
        (document.id,),
    ).fetchone()
    if row is None or len(row[1]) != 8 * row[0] or (row[3] or 0) != 2 * dimension * row[0]:
        return False
    try:
        different, which = json.loads(row[2])
        sound = len(which) == row[0] and all(0 <= at < len(different) for at in which)
        sound = sound and all(isinstance(part, str) for path in different for part in path)
    except (ValueError, TypeError):
        return False
    spans = np.frombuffer(row[1], dtype="<u4").reshape(-1, 2)
    inside = bool(np.all(spans[:, 0] < spans[:, 1]) and np.all(spans <= len(document.text)))
    return inside and sound


def _derived(ledger: Ledger) -> Iterator[Finding]:
    """Files that are made from the ledger: a wrong one goes, and the next search makes it again."""
    left = sorted(path.name for path in ledger.folder.glob(".dense-*"))
    if left:
        yield Finding(f"書きかけのファイル {len(left)} 件", True)
    with ledger.reading() as db:
        now, built = store.generation(db), store.model(db)
        wrong = dense.broken(ledger.folder, LedgerVectors(db), built.dimension) if built else []
    for file in wrong:
        file.unlink()
        yield Finding(f"壊れたベクトル索引 {file.name}（次の検索で作り直します）", True)
    sealed.clean(ledger.folder, now.number)
