"""What every store of documents can do: the one surface that `qa` leans on, wherever the documents lie."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.entry import Entry, Wanted
from ingest.document import Chunk, Document


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk found for a query; ranks count from 1 and are None where that side did not find it."""

    chunk: Chunk
    score: float
    lexical_rank: int | None
    dense_rank: int | None


@dataclass(frozen=True, slots=True)
class State:
    """What there is to search at one moment; `generation` is 0 where the store counts none."""

    generation: int
    documents: int
    chunks: int


class Searchable(Protocol):
    """A searchable, durable set of documents; safe to share between threads and processes.

    `index.search.Index` keeps them in a folder of this machine, `index.milvus.MilvusIndex` on a server. Both
    raise `UnusableIndex` where the store cannot be read or written and `ModelMismatch` where it was filled
    with another model.
    """

    def close(self) -> None:
        """Let go of the store; the object cannot be used afterwards."""
        ...

    @property
    def wanted(self) -> Wanted:
        """What `write` needs of a document's entry."""
        ...

    def add(self, documents: Iterable[Document]) -> None:
        """Write documents, each in place of an earlier version of its path."""
        ...

    def write(self, entries: Sequence[Entry]) -> None:
        """The same for documents of which the slow part is done."""
        ...

    def settle(self, progress: Callable[[int, int], None] | None = None) -> None:
        """Put together what many additions have left in pieces; called at the end of each update."""
        ...

    def remove(self, document_ids: Iterable[str]) -> None:
        """Delete documents and everything made of them; unknown ids are passed over."""
        ...

    def rename(self, document_id: str, document: Document) -> None:
        """Give a document the path and facts of `document`, whose text is the same."""
        ...

    def stamp(self, stamps: Mapping[str, tuple[int, int]]) -> None:
        """Remember the stamps of unchanged files: document id → size and time of last change."""
        ...

    def state(self) -> State:
        """What there is to search now."""
        ...

    def documents(self) -> list[Document]:
        """All documents by name, without text and parts."""
        ...

    def documents_at(self, paths: Iterable[str], folders: Iterable[str]) -> list[Document]:
        """Those read from these files or from anywhere in these folders, without text and parts."""
        ...

    def documents_of(self, content_hash: str) -> list[Document]:
        """Those made of the same bytes, without text and parts."""
        ...

    def document(self, document_id: str) -> Document:
        """A document whole.

        :raises KeyError: if it is not there, or no more
        """
        ...

    def chunks(self, document_id: str) -> list[Chunk]:
        """A document's chunks in text order; none for an unknown id."""
        ...

    def search(self, query: str, k: int = 30, documents: Collection[str] | None = None) -> list[Hit]:
        """The best `k` chunks for a query, best first; `documents` are ids to stay within, None is all."""
        ...

    def rarity(self, words: Collection[str]) -> dict[str, float]:
        """How telling each term is here: its BM25 weight, most for a term of no chunk."""
        ...

    def alike(self, query: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Cosine of the query with each text, shape (len(texts),); zeros without a model."""
        ...
