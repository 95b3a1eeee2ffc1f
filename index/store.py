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

from index.folder import connect, prepare, spoken
from ingest.errors import UnusableIndex

_SCHEMA_VERSION = 2
# Of these every row still says the same: they only lack what newer ones add.
_OLDER = ("1",)
_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    path BLOB NOT NULL UNIQUE,    -- bytes of the file system: a name need not be valid text
    content_hash TEXT NOT NULL,
    facts TEXT NOT NULL,          -- JSON: name, title, publisher, issued
    parts TEXT NOT NULL,          -- JSON: sections, tables, enumerations
    text BLOB NOT NULL,           -- UTF-8
    first_chunk INTEGER NOT NULL, -- a document's chunks are numbered without gaps
    chunk_count INTEGER NOT NULL,
    term_count INTEGER NOT NULL
);
CREATE TABLE chunks (
    number INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice: derived files compare by it
    document INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE,
    id INTEGER NOT NULL,
    start INTEGER NOT NULL,
    stop INTEGER NOT NULL,
    path TEXT NOT NULL,
    vector BLOB                   -- float16, unit length; NULL in an index without a model
);
CREATE INDEX chunks_of_document ON chunks (document);
CREATE TABLE postings (
    term TEXT NOT NULL,
    document INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE,
    entries BLOB NOT NULL,        -- index.lexical.ENTRY records
    PRIMARY KEY (term, document)
) WITHOUT ROWID;
CREATE INDEX postings_of_document ON postings (document);
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


@dataclass(frozen=True, slots=True)
class Model:
    """The embedding model an index was built with."""

    name: str
    dimension: int
    fingerprint: str = ""


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
            # Removed text must not live on in the log; if a reader is in the way the next write does it.
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

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
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            return number

    def _create(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            if not self._connection.execute("SELECT 1 FROM sqlite_master").fetchone():
                for statement in _SCHEMA.split(";\n"):
                    self._connection.execute(statement)
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
        if schema in _OLDER and os.access(self.folder, os.W_OK):
            with self.writing(searched=False) as db:
                _remember(db, {"schema": str(_SCHEMA_VERSION)})
        elif schema != str(_SCHEMA_VERSION) and schema not in _OLDER:
            raise UnusableIndex(
                self.folder,
                f"索引の形式が違います（形式 {schema}、このプログラムは {_SCHEMA_VERSION}）",
                "別の --index フォルダに作り直してください",
            )


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


def _meta(db: sqlite3.Connection) -> dict[str, str]:
    return dict(db.execute("SELECT key, value FROM meta").fetchall())


def _remember(db: sqlite3.Connection, facts: Mapping[str, str]) -> None:
    db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", facts.items())
