"""An entry as bytes and back: what the processes that make entries send."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.entry import Entry
from index.postings import Postings
from index.vocabulary import Bags
from ingest import parts

# Arrays are sent as they lie in memory: both ends are this machine.
_TYPES = ("i8", "i8", "u4", "u1", "u2", "i4", "f4", "i8")
_SIZE = struct.Struct("<Q")


def pack(made: Entry) -> bytes:
    """All of an entry; no code runs when it is read, whatever stands in it."""
    bags, found = made.bags, made.postings
    arrays: list[NDArray[Any]] = [made.spans, found.hashes, found.ordinals, found.counts, found.lengths]
    if bags is not None:
        arrays += [bags.rows, bags.weights, bags.offsets]
    document = parts.pack(made.document).decode("ascii")
    head = json.dumps([document, made.parts, made.paths, made.texts])
    pieces = [head.encode(), made.text]
    pieces += [
        np.ascontiguousarray(array, dtype=kind).tobytes() for array, kind in zip(arrays, _TYPES, strict=False)
    ]
    return b"".join(_SIZE.pack(len(piece)) + piece for piece in pieces)


def unpack(packed: bytes) -> Entry:
    """The entry that `pack` wrote."""
    pieces, at = [], 0
    while at < len(packed):
        (size,) = _SIZE.unpack_from(packed, at)
        pieces.append(memoryview(packed)[at + _SIZE.size : at + _SIZE.size + size])
        at += _SIZE.size + size
    document, found, paths, texts = json.loads(bytes(pieces[0]))
    arrays = [np.frombuffer(piece, dtype=kind) for piece, kind in zip(pieces[2:], _TYPES, strict=False)]
    return Entry(
        document=parts.unpack(document.encode("ascii")),
        text=bytes(pieces[1]),
        parts=found,
        spans=arrays[0].reshape(-1, 2),
        paths=[tuple(path) for path in paths],
        postings=Postings(*arrays[1:5]),
        bags=Bags(*arrays[5:8]) if len(arrays) > 5 else None,
        texts=tuple(texts),
    )
