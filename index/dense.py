"""Nearest vectors; the only door to FAISS.

The FAISS file is derived from the ledger and named by its generation. When it is missing, torn or of
another generation it is made again from the ledger's own vectors.
"""

from __future__ import annotations

import os
import re
import sqlite3
import tempfile
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from index import records, store
from index.folder import FILE
from index.store import Generation

_NAME = re.compile(r"dense-(\d+)\.faiss")
_ASIDE = ".dense-"
_DIGEST = 16


class Dense:
    """The vectors of one generation in memory, brought up to date chunk by chunk."""

    def __init__(self, folder: Path, dimension: int) -> None:
        self._folder = folder
        self._dimension = dimension
        self._generation: Generation | None = None
        self._index = _empty(dimension)

    def refresh(self, db: sqlite3.Connection) -> None:
        """Hold exactly the vectors of the ledger as `db` sees it; leave them in a file for the next start."""
        now = store.generation(db)
        if self._generation == now:
            return
        if self._generation is not None and self._generation.lineage != now.lineage:
            self._generation, self._index = None, _empty(self._dimension)
        file = self._folder / f"dense-{now.number}.faiss"
        loaded = _load(file, now, self._dimension) if self._generation is None else None
        if loaded is not None:
            self._index = loaded
        else:
            self._follow(db)
            # An index that cannot be written is still searched; the file only saves time.
            with suppress(OSError):
                _save(file, self._index, now)
        self._generation = now

    def search(
        self, vector: NDArray[np.float32], k: int, within: NDArray[np.int64] | None = None
    ) -> list[tuple[int, float]]:
        """The nearest `k` chunks as (chunk number, inner product), nearest first.

        :param vector: shape (dimension,), unit length
        :param within: numbers of the chunks to stay within
        """
        k = min(k, self._index.ntotal)
        if not k:
            return []
        chosen = None if within is None else faiss.SearchParameters(sel=faiss.IDSelectorBatch(within))  # type: ignore[call-arg]
        scores, numbers = self._index.search(np.ascontiguousarray(vector[None]), k, params=chosen)
        return [(int(n), float(s)) for n, s in zip(numbers[0], scores[0], strict=True) if n >= 0]

    def _follow(self, db: sqlite3.Connection) -> None:
        """Add and remove what the ledger has and has not; chunk numbers are never used twice."""
        wanted = records.numbers_of(db, None)
        held = faiss.vector_to_array(self._index.id_map)
        gone = np.setdiff1d(held, wanted)
        new = np.setdiff1d(wanted, held)
        if len(gone):
            self._index.remove_ids(faiss.IDSelectorBatch(gone))
        if len(new):
            self._index.add_with_ids(records.vectors(db, new, self._dimension), new)


def _empty(dimension: int) -> faiss.IndexIDMap2:
    return faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))


def _seal(body: bytes, generation: Generation) -> bytes:
    return blake2b(body, digest_size=_DIGEST, key=generation.token.encode()).digest()


def _load(file: Path, generation: Generation, dimension: int) -> faiss.IndexIDMap2 | None:
    """The saved index, or None if it is missing, torn, or of another ledger state."""
    try:
        data = file.read_bytes()
    except OSError:
        return None
    body, seal = data[:-_DIGEST], data[-_DIGEST:]
    if seal != _seal(body, generation):
        return None
    index = faiss.deserialize_index(np.frombuffer(body, dtype=np.uint8))
    return index if isinstance(index, faiss.IndexIDMap2) and index.d == dimension else None


def is_sound(file: Path, generation: Generation, dimension: int) -> bool:
    """Whether a saved index is whole and of this state of the ledger."""
    return _load(file, generation, dimension) is not None


def _save(file: Path, index: faiss.IndexIDMap2, generation: Generation) -> None:
    """Write aside, sync, put in place; then the files of earlier generations may go."""
    body = faiss.serialize_index(index).tobytes()
    handle, aside = tempfile.mkstemp(prefix=_ASIDE, dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            os.fchmod(handle, (file.parent / FILE).stat().st_mode & 0o666)
            stream.write(body)
            stream.write(_seal(body, generation))
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(aside, file)
    except BaseException:
        with suppress(OSError):
            os.unlink(aside)
        raise
    clean(file.parent, generation.number)


def clean(folder: Path, number: int) -> None:
    """Delete half-written files and those before generation `number`: they may hold removed vectors."""
    for entry in list(folder.iterdir()):
        named = _NAME.fullmatch(entry.name)
        if (named and int(named.group(1)) < number) or entry.name.startswith(_ASIDE):
            with suppress(OSError):
                entry.unlink()
