"""How large a Milvus has to be: bytes and milliseconds a chunk as measured, and the sum for a collection."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from index.embed import load_encoder, vectors
from index.milvus import MilvusIndex
from index.milvus_rows import Writing, writing
from index.sentences import Sentences
from ingest.folder import find
from ingest.read import read

_GIB = 2**30
# What the calculation takes from Milvus's documentation and not from a measurement here.
ASSUMED = {
    "hnsw_links_per_vector": 2 * 18,  # AUTOINDEX builds HNSW with M = 18, twice as many on the lowest level
    "bytes_per_link": 4,
    "posting_bytes": 8,  # a uint32 chunk and a float32 weight a term in the sparse index
    "term_bytes": 4,  # a chunk a term in the inverted index of the array
    "headroom": 1.25,  # a node must not be full: segments are loaded before the old ones go
    "replicas": 2,  # so that a node may fail
    "node_memory_gib": 128,
    "node_disk_gib": 1_000,
}


def measure(folder: Path, chunks: float = 1e8, model: str | None = None) -> dict[str, Any]:
    """Bytes and milliseconds a chunk of the documents in `folder`, and what so many chunks need.

    :param chunks: of the collection to be sized
    :raises UnusableIndex: the model cannot be loaded
    """
    begun = perf_counter()
    documents = [read(file) for file in find([folder]).files]
    reading = perf_counter() - begun
    sentences = Sentences(model)
    load_encoder(model).encode_queries(["あ"])  # loading it is no part of a chunk's time
    begun = perf_counter()
    entries = sentences.entries(documents)
    analysing = perf_counter() - begun
    begun = perf_counter()
    rows = vectors(sentences.encoder(), entries)
    embedding = perf_counter() - begun
    begun = perf_counter()
    writings = [writing(made, found, n) for n, (made, found) in enumerate(zip(entries, rows, strict=True))]
    packing = perf_counter() - begun
    count = sum(len(one.chunks) for one in writings)
    with tempfile.TemporaryDirectory() as place:
        index = MilvusIndex.open(str(Path(place) / "sizing.db"), model)
        begun = perf_counter()
        index.write(entries)
        sending = perf_counter() - begun
        index.close()
    seconds = {"read": reading, "analyse": analysing, "embed": embedding, "pack": packing}
    times = {step: 1000 * took / count for step, took in seconds.items()}
    measured = {"documents": len(documents), "chunks": count, "bytes": _bytes(writings), "ms": times}
    measured["lite_write_ms"] = 1000 * sending / count
    return measured | {"assumed": ASSUMED, "for": sized(measured, chunks)}


def _bytes(writings: Sequence[Writing]) -> dict[str, float]:
    """Bytes a chunk of each kind, as Milvus keeps it before any index."""
    chunks = [chunk for one in writings for chunk in one.chunks]
    terms = float(np.mean([len(chunk["terms"]) for chunk in chunks]))
    dimension = len(chunks[0].get("dense", ()))
    texts = sum(len(text["data"]) for one in writings for text in one.texts)
    facts = sum(len(one.row["facts"]) + 8 * len(one.row["folders"]) for one in writings)
    return {
        "terms": terms,
        "dense_f32": 4.0 * dimension,
        "dense_f16": 2.0 * dimension,
        "dense_sq8": 1.0 * dimension,
        "sparse": 8.0 * terms,
        "term_array": 4.0 * terms,
        "text_and_sections": texts / len(chunks),
        "keys": 3 * 8.0,
        "document_rows": facts / len(chunks),
    }


def sized(measured: dict[str, Any], chunks: float) -> dict[str, Any]:
    """What a collection of so many chunks needs, in GiB of memory and of disk, and in nodes."""
    held, assumed = measured["bytes"], ASSUMED
    links = assumed["hnsw_links_per_vector"] * assumed["bytes_per_link"]
    sparse = held["terms"] * assumed["posting_bytes"]
    inverted = held["terms"] * assumed["term_bytes"]
    stored = sum(
        held[kind] for kind in ("sparse", "term_array", "text_and_sections", "keys", "document_rows")
    )
    plans = {
        # kept in memory and mapped from disk, bytes a chunk
        "all_in_memory": (held["dense_f32"] + links + sparse + inverted + stored, 0.0),
        "sq8_rest_mapped": (held["dense_sq8"] + links + sparse, inverted + stored + held["dense_f32"]),
        "all_mapped": (held["dense_sq8"], links + sparse + inverted + stored + held["dense_f32"]),
    }
    return {"chunks": chunks} | {name: _plan(memory, disk, chunks) for name, (memory, disk) in plans.items()}


def _plan(memory: float, disk: float, chunks: float) -> dict[str, float]:
    replica = chunks * ASSUMED["headroom"] / _GIB  # GiB for each byte a chunk
    nodes = max(memory * replica / ASSUMED["node_memory_gib"], disk * replica / ASSUMED["node_disk_gib"])
    return {
        "memory_bytes_a_chunk": memory,
        "memory_gib": memory * replica * ASSUMED["replicas"],
        "disk_gib": disk * replica * ASSUMED["replicas"],
        "query_nodes": float(np.ceil(nodes)) * ASSUMED["replicas"],
    }
