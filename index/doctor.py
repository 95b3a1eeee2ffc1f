"""Is an index whole? "Why does it find nothing, and can that be mended?" """

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from index import embed, records, store
from index.dense import clean, is_sound
from index.entry import entry
from index.folder import existing
from index.store import Ledger
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
    ledger = Ledger.open(existing(folder))
    try:
        return [*_database(ledger), *_documents(ledger, model), *_derived(ledger)]
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
            db.execute("DELETE FROM chunks WHERE document NOT IN (SELECT number FROM documents)")
            db.execute("DELETE FROM postings WHERE document NOT IN (SELECT number FROM documents)")
        yield Finding(f"文書のない断片 {len(orphans)} 件", True)


def _documents(ledger: Ledger, model: str | None) -> Iterator[Finding]:
    """Documents whose chunks, terms or vectors are not theirs; they are made again from the text."""
    with ledger.reading() as db:
        built = store.model(db)
        listed = db.execute("SELECT id FROM documents").fetchall()
    broken: list[Document] = []
    for (identity,) in listed:
        try:
            with ledger.reading() as db:
                document = records.document(db, identity)
                if document is None or _is_whole(db, document, built.dimension if built else 0):
                    continue
            broken.append(document)
        except UnusableIndex as error:
            with ledger.writing() as db:
                records.delete(db, [identity])
            yield Finding(
                f"読めない文書 {identity} を除きました（{error.reason}）。もう一度登録してください", True
            )
    if not broken or built is None:
        return
    encoder = embed.load_encoder(model or built.name)
    for document in broken:
        made = entry(document, encoder)
        with ledger.writing() as db:
            records.insert(db, made)
        yield Finding(f"{document.name} の断片と検索語を本文から作り直しました", True)


def _is_whole(db: sqlite3.Connection, document: Document, dimension: int) -> bool:
    row = db.execute(
        "SELECT number, chunk_count, first_chunk FROM documents WHERE id = ?", (document.id,)
    ).fetchone()
    found = db.execute(
        "SELECT number, start, stop, length(vector) FROM chunks WHERE document = ? ORDER BY number", (row[0],)
    ).fetchall()
    if [number for number, *_ in found] != list(range(row[2], row[2] + row[1])):
        return False
    size = len(document.text)
    if not all(0 <= start < stop <= size and (held or 0) == 2 * dimension for _, start, stop, held in found):
        return False
    terms = db.execute("SELECT count(*) FROM postings WHERE document = ?", (row[0],)).fetchone()[0]
    return bool(terms) or not found


def _derived(ledger: Ledger) -> Iterator[Finding]:
    """Files that are made from the ledger: a wrong one goes, and the next search makes it again."""
    with ledger.reading() as db:
        now, built = store.generation(db), store.model(db)
    left = sorted(path.name for path in ledger.folder.glob(".dense-*"))
    if left:
        yield Finding(f"書きかけのファイル {len(left)} 件", True)
    for file in sorted(ledger.folder.glob("dense-*.faiss")):
        if file.name != f"dense-{now.number}.faiss":
            continue
        if not is_sound(file, now, built.dimension if built else 0):
            file.unlink()
            yield Finding(f"壊れたベクトル索引 {file.name}（次の検索で作り直します）", True)
    clean(ledger.folder, now.number)
