"""A whole index as one file, and back; both while others ask or write."""

from __future__ import annotations

import os
import secrets
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from index import sealed, store
from index.folder import existing
from index.search import Index
from index.store import Ledger
from ingest.errors import UnusableIndex

_STEP = 2048  # pages copied before others may write


def save(folder: Path, file: Path) -> int:
    """Write the index in `folder` to one file, put in place when it is whole; returns its size in bytes.

    :raises UnusableIndex: there is no index, or the file cannot be written
    """
    ledger = Ledger.open(existing(folder))
    try:
        handle, aside = tempfile.mkstemp(prefix=f".{file.name}-", dir=file.parent)
        os.close(handle)
    except OSError as error:
        ledger.close()
        raise UnusableIndex(
            file, f"保存できません（{error.strerror}）", "書き込める場所を指定してください"
        ) from error
    try:
        with ledger.reading() as db, closing(sqlite3.connect(aside)) as target:
            db.backup(target, pages=_STEP)
        with open(aside, "rb") as written:
            os.fsync(written.fileno())
        os.replace(aside, file)
    except (OSError, sqlite3.Error) as error:
        raise UnusableIndex(file, f"保存できません（{error}）", "空きと権限を確かめてください") from error
    finally:
        ledger.close()
        with suppress(OSError):
            os.unlink(aside)
    return file.stat().st_size


def restore(file: Path, folder: Path) -> int:
    """Put a saved index in the place of the one in `folder`; returns the number of documents.

    A server that has the index open answers from the restored one with its next question.

    :raises UnusableIndex: the file is no backup or is damaged, or the folder cannot be written
    """
    if not file.is_file():
        raise UnusableIndex(file, "ファイルがありません", "tenkyo backup で作ったファイルを指定してください")
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as source:
        try:
            whole = source.execute("PRAGMA quick_check").fetchone()[0] == "ok"
            count = int(source.execute("SELECT count(*) FROM documents").fetchone()[0])
            store.generation(source)
            older = store.is_older(source)
        except (sqlite3.Error, KeyError) as error:
            raise UnusableIndex(
                file,
                "Tenkyo の保存ファイルではありません",
                "tenkyo backup で作ったファイルを指定してください",
            ) from error
        if not whole:
            raise UnusableIndex(file, "保存ファイルが壊れています", "別の保存ファイルを使ってください")
        ledger = Ledger.open(folder)
        try:
            with _paged(source, ledger) as alike:
                now = ledger.replace(alike, secrets.token_hex(8))
        finally:
            ledger.close()
    sealed.clean(folder, now)
    sealed.clean_bases(folder, None)
    if older:
        Index.open(folder).close()  # takes it over
    return count


@contextmanager
def _paged(source: sqlite3.Connection, ledger: Ledger) -> Iterator[sqlite3.Connection]:
    """The source with pages as large as the ledger's: SQLite copies whole pages, of another size earlier."""
    with ledger.reading() as db:
        (wanted,) = db.execute("PRAGMA page_size").fetchone()
    if source.execute("PRAGMA page_size").fetchone() == (wanted,):
        yield source
        return
    with (
        tempfile.TemporaryDirectory(prefix=".tenkyo-", dir=ledger.folder) as place,
        closing(sqlite3.connect(Path(place) / "pages.sqlite3", isolation_level=None)) as copy,
    ):
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE").fetchall()
        copy.execute(f"PRAGMA page_size = {wanted}")
        copy.execute("VACUUM")
        yield copy
