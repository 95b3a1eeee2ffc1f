"""The SQLite ledger: documents, chunks, vectors and postings, one whole generation at a time.

Everything an index knows stands in one database in WAL mode. A reader keeps the generation it began
with; a writer's changes appear all at once or, if it dies, not at all.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from index.agreement import Model
from index.folder import BUSY_SECONDS, connect, prepare, spoken
from ingest.errors import UnusableIndex

_SCHEMA_VERSION = 3
# Their documents are kept; what is made of them is made again (`renew`).
_OLDER = ("1", "2")
# A page holds a block of postings or a chunk's vectors in a few pieces.
_PAGE = 8192
_META = "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID"
_DOCUMENTS = """
CREATE TABLE documents (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    path BLOB NOT NULL UNIQUE,    -- bytes of the file system: a name need not be valid text
    content_hash TEXT NOT NULL,
    facts TEXT NOT NULL,          -- JSON: name, title, publisher, issued
    parts TEXT NOT NULL,          -- JSON: sections, tables, enumerations
    text BLOB NOT NULL,           -- UTF-8
    first_chunk INTEGER NOT NULL, -- a document's chunks are numbered without gaps; no number is used twice
    chunk_count INTEGER NOT NULL,
    term_count INTEGER NOT NULL
);
"""
_MADE = """
CREATE INDEX documents_by_chunk ON documents (first_chunk, chunk_count);
CREATE INDEX documents_by_content ON documents (content_hash);
CREATE TABLE passages (
    document INTEGER PRIMARY KEY REFERENCES documents ON DELETE CASCADE,
    spans BLOB NOT NULL,          -- uint32, shape (chunks, 2)
    paths TEXT NOT NULL,          -- JSON: the different paths of headings, and which of them each chunk has
    vectors BLOB                  -- float16, shape (chunks, dimension), unit length; NULL without a model
);
CREATE TABLE segments (           -- postings of the documents that were added together, see index.postings
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    first_chunk INTEGER NOT NULL,
    ranges BLOB NOT NULL,         -- int64, shape (documents, 2): first number and count of their chunks
    lengths BLOB NOT NULL,        -- uint16: terms of each chunk
    postings INTEGER NOT NULL
);
CREATE TABLE blocks (
    number INTEGER PRIMARY KEY,
    segment INTEGER NOT NULL REFERENCES segments ON DELETE CASCADE,
    last INTEGER NOT NULL,        -- the highest term in it
    data BLOB NOT NULL
);
CREATE UNIQUE INDEX blocks_of_segment ON blocks (segment, last);
CREATE TABLE gone (               -- chunks of removed documents that still stand in a segment
    first_chunk INTEGER PRIMARY KEY,
    chunk_count INTEGER NOT NULL
);
CREATE TABLE totals (chunks INTEGER NOT NULL, terms INTEGER NOT NULL, next_chunk INTEGER NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Generation:
    """Which state of the ledger this is.

    :param token: tells apart copies that went different ways
    :param lineage: another one after a backup was put back, when numbers of chunks begin again
    """

    number: int
    token: str
    lineage: str = ""


class Ledger:
    """One connection, shared by the threads of a process one after the other."""

    def __init__(self, folder: Path, connection: sqlite3.Connection) -> None:
        self.folder = folder
        self._connection = connection
        self._lock = threading.RLock()

    @classmethod
    def open(cls, folder: Path) -> Ledger:
        """The ledger in `folder`, created if there is none.

        :raises UnusableIndex: if the folder is something else, damaged, or cannot be written
        """
        fresh = prepare(folder)
        with spoken(folder):
            ledger = cls(folder, connect(folder))
            try:
                if fresh:
                    ledger._connection.execute(f"PRAGMA page_size = {_PAGE}")
                    ledger._create()
                ledger._check()  # before anything is set that would write into another program's file
                for setting in (
                    "journal_mode = WAL",
                    "synchronous = FULL",
                    "foreign_keys = ON",
                    "secure_delete = ON",
                ):
                    ledger._connection.execute(f"PRAGMA {setting}").fetchall()
            except BaseException:
                ledger.close()
                raise
        return ledger

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A snapshot: every statement inside sees the same generation.

        :raises UnusableIndex: if the database cannot be read
        """
        with self._lock, spoken(self.folder):
            if self._connection.in_transaction:  # already inside one
                yield self._connection
                return
            self._connection.execute("BEGIN")
            try:
                yield self._connection
            finally:
                self._connection.rollback()

    @contextmanager
    def writing(self, searched: bool = True) -> Iterator[sqlite3.Connection]:
        """A transaction that becomes the next generation, whole, or leaves the present one as it is.

        :param searched: whether it changes anything that is searched; if not, the generation stays, and
            with it the files derived from it
        :raises UnusableIndex: if another process is writing or the folder is read-only
        """
        with self._lock, spoken(self.folder):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                if searched:
                    number = generation(self._connection).number + 1
                    _remember(self._connection, {"generation": str(number), "token": secrets.token_hex(8)})
                self._connection.commit()
            except BaseException:
                self._connection.rollback()
                raise
            self._empty_log()

    def replace(self, source: sqlite3.Connection, lineage: str) -> int:
        """Put the content of another ledger in the place of this one's, at once; returns the new generation.

        :raises UnusableIndex: if another process is writing or the folder is read-only
        """
        with self._lock, spoken(self.folder):
            before = generation(self._connection).number
            source.backup(self._connection)
            self._connection.execute("BEGIN IMMEDIATE")
            number = max(before, generation(self._connection).number) + 1
            new = {"generation": str(number), "token": secrets.token_hex(8), "lineage": lineage}
            _remember(self._connection, new)
            self._connection.commit()
            self._empty_log()
            return number

    def _empty_log(self) -> None:
        """Removed text must not live on in the log; if a reader is in the way the next write does it."""
        self._connection.execute("PRAGMA busy_timeout = 0").fetchall()
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        self._connection.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}").fetchall()

    def _create(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            if not self._connection.execute("SELECT 1 FROM sqlite_master").fetchone():
                self._connection.execute(_META)
                _run(self._connection, _DOCUMENTS + _MADE)
                self._connection.execute("INSERT INTO totals VALUES (0, 0, 1)")
                first = {"schema": str(_SCHEMA_VERSION), "generation": "0", "token": secrets.token_hex(8)}
                _remember(self._connection, first)
            self._connection.commit()
        except BaseException:
            self._connection.rollback()
            raise

    def _check(self) -> None:
        try:
            schema = _meta(self._connection).get("schema")
        except sqlite3.OperationalError as error:
            if "no such" not in str(error):
                raise
            schema = None
        if schema is None:
            raise UnusableIndex(
                self.folder, "Tenkyo の索引ではありません", "別の --index フォルダを指定してください"
            )
        if schema in _OLDER and not os.access(self.folder, os.W_OK):
            raise UnusableIndex(
                self.folder,
                f"前の版の索引です（形式 {schema}）。書き込めないため新しい形式にできません",
                "フォルダの権限を確かめてください",
            )
        if schema != str(_SCHEMA_VERSION) and schema not in _OLDER:
            raise UnusableIndex(
                self.folder,
                f"索引の形式が違います（形式 {schema}、このプログラムは {_SCHEMA_VERSION}）",
                "別の --index フォルダに作り直してください",
            )


def is_older(db: sqlite3.Connection) -> bool:
    """Whether a former version made this ledger: its documents are good, the rest has to be made again."""
    return _meta(db)["schema"] in _OLDER


def renew(db: sqlite3.Connection) -> None:
    """Leave the documents and drop all that was made of them; numbers of chunks go on."""
    if is_older(db):
        (after,) = db.execute("SELECT coalesce(max(first_chunk + chunk_count), 1) FROM documents").fetchone()
        _run(db, "DROP TABLE chunks;\nDROP TABLE postings;\n" + _MADE)
        db.execute("INSERT INTO totals VALUES (0, 0, ?)", (after,))
        _remember(db, {"schema": str(_SCHEMA_VERSION)})
    for table in ("passages", "blocks", "segments", "gone"):
        db.execute(f"DELETE FROM {table}")
    sums = "coalesce(sum(chunk_count), 0), coalesce(sum(term_count), 0)"
    db.execute(f"UPDATE totals SET (chunks, terms) = (SELECT {sums} FROM documents)")


def generation(db: sqlite3.Connection) -> Generation:
    meta = _meta(db)
    return Generation(int(meta["generation"]), meta["token"], meta.get("lineage", ""))


def model(db: sqlite3.Connection) -> Model | None:
    """The model the documents were embedded with; None while there are no documents."""
    if not db.execute("SELECT 1 FROM documents LIMIT 1").fetchone():
        return None
    meta = _meta(db)
    return Model(meta["model"], int(meta["dimension"]), meta["fingerprint"])


def remember_model(db: sqlite3.Connection, used: Model) -> None:
    facts = {"model": used.name, "dimension": str(used.dimension), "fingerprint": used.fingerprint}
    _remember(db, facts)


def _run(db: sqlite3.Connection, statements: str) -> None:
    for statement in statements.strip().removesuffix(";").split(";\n"):
        db.execute(statement)


def _meta(db: sqlite3.Connection) -> dict[str, str]:
    return dict(db.execute("SELECT key, value FROM meta").fetchall())


def _remember(db: sqlite3.Connection, facts: Mapping[str, str]) -> None:
    db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", facts.items())
