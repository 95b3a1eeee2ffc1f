"""The vectors in the ledger, by the numbers of their chunks: what the FAISS files are made from."""

from __future__ import annotations

import sqlite3

import numpy as np
from numpy.typing import NDArray

from index import records, store
from index.store import Generation


class LedgerVectors:
    """All of them as one connection sees them, inside `Ledger.reading`."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self.generation: Generation = store.generation(db)

    def alive(self) -> NDArray[np.int64]:
        """First number and count of every document's chunks, shape (documents, 2), ascending."""
        return records.ranges(self._db)

    def of(self, ranges: NDArray[np.int64]) -> NDArray[np.float16]:
        """The unit rows of chunks that are there, given as first numbers and counts, in their order.

        :raises KeyError: if one is not there
        """
        parts: list[NDArray[np.float16]] = []
        first = after = 0
        held = np.empty((0, 0), dtype=np.float16)
        for start, count in ranges.tolist():
            while count:
                if not first <= start < after:
                    first, after, held = self._document(start)
                part = held[start - first : start - first + count]
                parts.append(part)
                start, count = start + len(part), count - len(part)
        if not parts:
            built = store.model(self._db)
            return np.empty((0, built.dimension if built else 0), dtype=np.float16)
        return np.concatenate(parts)

    def _document(self, number: int) -> tuple[int, int, NDArray[np.float16]]:
        """First number, the number after the last, and the rows of the document that has this chunk."""
        row = self._db.execute(
            "SELECT d.first_chunk, d.chunk_count, p.vectors FROM documents d"
            " JOIN passages p ON p.document = d.number"
            " WHERE d.first_chunk <= ? ORDER BY d.first_chunk DESC LIMIT 1",
            (number,),
        ).fetchone()
        if row is None or number >= row[0] + row[1] or row[2] is None:
            raise KeyError(number)
        return row[0], row[0] + row[1], np.frombuffer(row[2], dtype="<f2").reshape(row[1], -1)
