"""Everything slow about a document — chunks, terms, vectors — done before any transaction."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from index import lexical
from index.embed import Encoder
from index.lemmas import terms
from index.records import Entry
from ingest.document import Document
from ingest.read import chunks as chunks_of
from ingest.read import search_text

# Chunks made into terms, then into vectors: the bundled model needs the same tokens, still remembered.
_TOGETHER = 64
_NO_ROWS = np.zeros((0, 0), dtype=np.float32)


def entry(document: Document, encoder: Encoder) -> Entry:
    """What the ledger holds of a document, ready to be written."""
    chunks = chunks_of(document)
    words: list[list[str]] = []
    rows: list[NDArray[np.float32]] = []
    for first in range(0, len(chunks), _TOGETHER):
        texts = [search_text(document, chunk) for chunk in chunks[first : first + _TOGETHER]]
        words += map(terms, texts)
        rows.append(encoder.encode_documents(texts) if encoder.dimension else _NO_ROWS)
    vectors = np.concatenate(rows) if encoder.dimension and rows else None
    return Entry(document, chunks, vectors, lexical.postings(words), sum(map(len, words)))
