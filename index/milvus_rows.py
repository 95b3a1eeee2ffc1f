"""What stands in Milvus of a document: its row, its text in pieces, its chunks; and back."""

from __future__ import annotations

import json
import os
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.agreement import Model
from index.entry import Entry
from index.lemmas import term_hash
from index.milvus_client import Field, Row
from index.weights import held
from ingest.document import Chunk, Document, Span, chunk_id
from ingest.parts import unpack_parts

# A collection without a vector is no collection to Milvus.
_NONE = Field("none", "vector", 2)
_NOWHERE = [0.0, 0.0]
CHUNKS, DOCUMENTS, TEXTS, DOUBTS = "tenkyo_chunks", "tenkyo_documents", "tenkyo_texts", "tenkyo_doubts"
MODEL = "tenkyo_model"
ROW = ("key", "named", "edition", "facts")  # what is read of a document's row
_OF_DOCUMENTS = (
    Field("key", "key"),  # a digest of the path: one row a file
    Field("named", "sought"),  # a digest of the document's id
    Field("content", "sought"),  # of the digest of the file's bytes
    Field("folders", "digests"),  # of the folders it lies in, up to the root
    Field("edition", "sought"),  # which writing of it the pieces and chunks to show are of
    Field("facts", "text"),
    _NONE,
)
_OF_TEXTS = (
    Field("key", "key"),
    Field("edition", "sought"),
    Field("place", "number"),
    Field("data", "text"),
    _NONE,
)
_OF_DOUBTS = (Field("key", "key"), Field("since", "number"), _NONE)
_OF_MODEL = (Field("key", "key"), Field("said", "text"), _NONE)
KEPT = {DOCUMENTS: _OF_DOCUMENTS, TEXTS: _OF_TEXTS, DOUBTS: _OF_DOUBTS, MODEL: _OF_MODEL}
_VERSION = 1
# A VARCHAR has 65,535 bytes at most; these are ASCII.
_PIECE = 60_000
# Terms of a passage, on average: 131 in eval/datasets/calibration (753 chunks). Chunks are cut to one size,
# so it is the cutter's number and hardly the collection's; fixed, it lets all workers write the same weights.
_AVERAGE = 131.0
_NOTHING = 0  # the dimension of a passage without terms: Milvus takes no empty vector


def chunk_fields(dimension: int) -> tuple[Field, ...]:
    """The columns of the chunks' collection; without a model there is no dense vector."""
    dense = (Field("dense", "vector", dimension),) if dimension else ()
    return (
        Field("key", "key"),
        Field("edition", "sought"),
        Field("ordinal", "number"),
        Field("terms", "terms"),
        Field("sparse", "weights"),
        *dense,
    )


@dataclass(frozen=True, slots=True)
class Writing:
    """A document ready to be sent: everything slow already done."""

    row: Row
    texts: list[Row]
    chunks: list[Row]


@dataclass(frozen=True, slots=True)
class Whole:
    """A document as it came back, with its chunks in text order."""

    edition: int
    named: int
    document: Document
    chunks: list[Chunk]


def number_of(name: bytes | str) -> int:
    """A positive 63-bit digest that stands for a name: no name needs quoting in a filter then."""
    data = name if isinstance(name, bytes) else name.encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(data, digest_size=8).digest(), "big") >> 1


def key_of(path: str) -> int:
    """The key of a file or folder: a path is bytes, and need not be valid text."""
    return number_of(os.fsencode(path))


def dimension_of(term: str) -> int:
    """The dimension of sparse vectors that a term is, never `_NOTHING`."""
    return int(_dimensions(np.array([term_hash(term)]))[0])


def _dimensions(hashes: NDArray[np.int64]) -> NDArray[np.int64]:
    """31 bits of each term's hash: of ten million terms in a collection one in two hundred has a double."""
    return ((hashes >> 32) & 0x7FFF_FFFF).clip(1)


def writing(made: Entry, vectors: NDArray[np.float32] | None, edition: int) -> Writing:
    """The rows of a document.

    :param vectors: one row a chunk; None in an index without a model
    """
    pieces = list(_pieces(made))
    texts: list[Row] = [
        {
            "key": number_of(f"{edition}:{at}"),
            "edition": edition,
            "place": at,
            "data": piece,
            "none": _NOWHERE,
        }
        for at, piece in enumerate(pieces)
    ]
    chunks: list[Row] = [
        {
            "key": number_of(f"{edition}/{ordinal}"),
            "edition": edition,
            "ordinal": ordinal,
            "terms": list(weights),
            "sparse": weights or {_NOTHING: 1.0},
        }
        for ordinal, weights in enumerate(_weights(made))
    ]
    if vectors is not None:
        # The precision of the local store, so that both say the same.
        for row, vector in zip(chunks, vectors.astype(np.float16).astype(np.float32), strict=True):
            row["dense"] = vector.tolist()
    return Writing(row_of(made.document, edition, len(pieces)), texts, chunks)


def _weights(made: Entry) -> Iterator[dict[int, float]]:
    """Each chunk's side of BM25, by dimension."""
    found = made.postings
    order = np.argsort(found.ordinals, kind="stable")
    ordinals = found.ordinals[order]
    places = _dimensions(found.hashes[order])
    brought = held(found.counts[order], found.lengths[ordinals], _AVERAGE)
    borders = np.searchsorted(ordinals, np.arange(len(found.lengths) + 1))
    for start, stop in pairwise(borders):
        yield dict(zip(places[start:stop].tolist(), brought[start:stop].tolist(), strict=True))


def row_of(document: Document, edition: int, pieces: int) -> Row:
    """A document's own row: what makes it, and its chunks, visible."""
    facts = {key: getattr(document, key) for key in ("id", "name", "path", "content_hash")}
    facts |= {key: getattr(document, key) for key in ("title", "publisher", "issued", "stamp")}
    return {
        "key": key_of(document.path),
        "named": number_of(document.id),
        "content": number_of(document.content_hash),
        "folders": [key_of(str(folder)) for folder in Path(document.path).parents],
        "edition": edition,
        "facts": _packed(json.dumps(facts | {"pieces": pieces}).encode()),
        "none": _NOWHERE,
    }


def doubt(edition: int, since: int) -> Row:
    """That a writing may be left over, since a time in seconds."""
    return {"key": edition, "since": since, "none": _NOWHERE}


def model_row(model: Model) -> Row:
    """The one row that says which model the chunks are of."""
    said = {"tenkyo": _VERSION, "name": model.name, "dimension": model.dimension}
    return {"key": 1, "said": json.dumps(said | {"fingerprint": model.fingerprint}), "none": _NOWHERE}


def model(row: Row) -> Model:
    """The model that the chunks are of.

    :raises ValueError: another version of Tenkyo wrote them
    """
    said = json.loads(row["said"])
    if said["tenkyo"] != _VERSION:
        raise ValueError(f"版 {said['tenkyo']}")
    return Model(said["name"], said["dimension"], said["fingerprint"])


def facts(row: Row) -> dict[str, Any]:
    """What a document's row says of it: arguments of `Document`, and `pieces`.

    :raises ValueError: it is none of ours
    """
    found: dict[str, Any] = json.loads(_unpacked(row["facts"]))
    return found | {"stamp": tuple(found["stamp"])}


def listed(row: Row) -> Document:
    """A document without text and parts."""
    found = facts(row)
    del found["pieces"]
    return Document(text="", **found)


def whole(row: Row, pieces: Sequence[Row]) -> Whole | None:
    """A document from its row and pieces; None if a piece is missing."""
    found = facts(row)
    if len(pieces) != found.pop("pieces"):
        return None
    data = "".join(piece["data"] for piece in sorted(pieces, key=lambda piece: int(piece["place"])))
    parts, _, text = _unpacked(data).partition(b"\n")
    known = json.loads(parts)
    document = Document(text=text.decode("utf-8", "surrogatepass"), **found, **unpack_parts(known["parts"]))
    spans = ((Span(start, stop), tuple(path)) for start, stop, path in known["chunks"])
    chunks = [Chunk(chunk_id(document.id, span), document.id, span, path) for span, path in spans]
    return Whole(row["edition"], row["named"], document, chunks)


def _pieces(made: Entry) -> Iterator[str]:
    cut = [(start, end, path) for (start, end), path in zip(made.spans.tolist(), made.paths, strict=True)]
    # ASCII and without line ends, as JSON is written here: the first line end is the border.
    parts = json.dumps({"parts": made.parts, "chunks": cut}, separators=(",", ":")).encode()
    data = _packed(parts + b"\n" + made.text)
    for first in range(0, len(data), _PIECE):
        yield data[first : first + _PIECE]


def _packed(data: bytes) -> str:
    return b64encode(zlib.compress(data)).decode("ascii")


def _unpacked(data: str) -> bytes:
    try:
        return zlib.decompress(b64decode(data))
    except zlib.error as error:
        raise ValueError(str(error)) from error
