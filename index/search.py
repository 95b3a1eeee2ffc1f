"""Documents in, ranked hits out: the floor of the index on one page."""

from __future__ import annotations

import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index import embed, lexical, records, store
from index.dense import Dense, clean
from index.embed import Encoder
from index.entry import entry
from index.fuse import fuse
from index.store import Ledger, Model
from ingest.document import Chunk, Document
from ingest.errors import ModelMismatch

# How deep either side is read before fusing: a passage one side finds late may be first in the other.
_DEPTH = 100
# Whole documents kept in memory: those of recent hits, which an answer reads next.
_KEPT = 64
# Vectors of sentences kept in memory, about a kilobyte each.
_RECENT = 8192


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk found for a query; ranks count from 1 and are None where that side did not find it."""

    chunk: Chunk
    score: float
    lexical_rank: int | None
    dense_rank: int | None


class Index:
    """A searchable, durable set of documents; safe to share between threads and processes."""

    def __init__(self, ledger: Ledger, model: str | None, encoder: Encoder | None) -> None:
        self._ledger = ledger
        self._asked = model
        self._encoder = encoder
        self._loading = threading.Lock()
        self._dense: Dense | None = None
        self._kept: OrderedDict[str, Document] = OrderedDict()
        self._recent: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._keeping = threading.Lock()

    @classmethod
    def open(cls, path: Path, model: str | None = None, *, encoder: Encoder | None = None) -> Index:
        """The index in the folder `path`, created if absent.

        :param model: a sentence-transformers model by path or hub name; None is the one the index was
            built with, for a new index the one shipped here
        :param encoder: a model already loaded, instead of `model`
        :raises UnusableIndex: if the folder is not an index, is damaged, or cannot be made
        :raises ModelMismatch: if the documents in it were embedded with another model
        """
        ledger = Ledger.open(Path(path))
        index = cls(ledger, model, encoder)
        try:
            index._agree()
        except BaseException:
            ledger.close()
            raise
        return index

    def close(self) -> None:
        """Release the files; the index cannot be used afterwards."""
        self._ledger.close()

    def add(self, documents: Iterable[Document]) -> None:
        """Write documents, each in place of an earlier version of its path: all of them or none.

        :raises UnusableIndex: if the index cannot be written or the model cannot be loaded
        :raises ModelMismatch: if another process filled the index with another model meanwhile
        """
        latest = {document.path: document for document in documents}
        if not latest:
            return
        encoder = self._loaded()
        entries = [entry(document, encoder) for document in latest.values()]
        used = _model(encoder)
        with self._ledger.writing() as db:
            _same(self._ledger.folder, store.model(db), used)
            store.remember_model(db, used)
            for made in entries:
                records.insert(db, made)
        self._written()

    def remove(self, document_ids: Iterable[str]) -> None:
        """Delete documents and everything made of them; unknown ids are passed over.

        :raises UnusableIndex: if the index cannot be written
        """
        ids = set(document_ids)
        if not ids:
            return
        with self._ledger.writing() as db:
            records.delete(db, ids)
        with self._keeping:
            for gone in ids:
                self._kept.pop(gone, None)
        self._written()

    def rename(self, document_id: str, document: Document) -> None:
        """Give a document the path and facts of `document`, whose text is the same: nothing is made anew.

        :raises UnusableIndex: if the index cannot be written
        """
        with self._ledger.writing() as db:
            records.rename(db, document_id, document)
        with self._keeping:
            self._kept.pop(document_id, None)

    def stamp(self, stamps: Mapping[str, tuple[int, int]]) -> None:
        """Remember the stamps of unchanged files: document id → size and time of last change.

        :raises UnusableIndex: if the index cannot be written
        """
        if stamps:
            with self._ledger.writing(searched=False) as db:
                records.stamp(db, stamps)

    def documents(self) -> list[Document]:
        """All documents by name, without text and parts; `document` gives one whole."""
        with self._ledger.reading() as db:
            return records.documents(db)

    def document(self, document_id: str) -> Document:
        """A document whole.

        :raises KeyError: if the index has never shown this id
        """
        with self._keeping:
            if document_id in self._kept:
                self._kept.move_to_end(document_id)
                return self._kept[document_id]
        with self._ledger.reading() as db:
            return self._keep(db, document_id)

    def chunks(self, document_id: str) -> list[Chunk]:
        """A document's chunks in text order; none for an unknown id."""
        with self._ledger.reading() as db:
            return records.chunks(db, document_id)

    def search(self, query: str, k: int = 30, documents: Collection[str] | None = None) -> list[Hit]:
        """The best `k` chunks for a query, best first, all from one generation.

        :param documents: ids of the documents to stay within; None is all
        :raises UnusableIndex: if the index cannot be read or its model cannot be loaded
        """
        if not query.strip():
            return []
        encoder = self._loaded()
        vector = encoder.encode_queries([query])[0]
        depth = max(_DEPTH, k)
        with self._ledger.reading() as db:
            _same(self._ledger.folder, store.model(db), _model(encoder))
            by_words = lexical.search(db, query, depth, documents)
            by_vector = self._nearest(db, vector, depth, documents)
            best = fuse(by_words, by_vector)[:k]
            chunks = records.chunks_by_number(db, [found.number for found in best])
            hits = [Hit(chunks[f.number], f.score, f.lexical_rank, f.dense_rank) for f in best]
            # The documents of these hits stay readable even if a writer replaces them now.
            for document_id in {hit.chunk.document_id for hit in hits[:_KEPT]}:
                self._keep(db, document_id)
        return hits

    def rarity(self, words: Collection[str]) -> dict[str, float]:
        """How telling each term is in this collection: its BM25 weight, most for a term of no chunk."""
        with self._ledger.reading() as db:
            return lexical.rarity(db, words)

    def alike(self, query: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Cosine of the query with each text, shape (len(texts),); zeros in an index without a model.

        :raises UnusableIndex: if the index's model cannot be loaded
        """
        encoder = self._loaded()
        if not encoder.dimension or not texts:
            return np.zeros(len(texts), dtype=np.float32)
        vectors = self._vectors_of(encoder, texts)
        found: NDArray[np.float32] = np.stack(vectors) @ encoder.encode_queries([query])[0]
        return found

    def _vectors_of(self, encoder: Encoder, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """A vector for each text; those of sentences that came up lately are still there."""
        with self._keeping:
            known = {text: self._recent[text] for text in texts if text in self._recent}
        fresh = [text for text in dict.fromkeys(texts) if text not in known]
        if fresh:
            known |= zip(fresh, encoder.encode_documents(fresh), strict=True)
        with self._keeping:
            for text in texts:
                self._recent[text] = known[text]
                self._recent.move_to_end(text)
            while len(self._recent) > _RECENT:
                self._recent.popitem(last=False)
        return [known[text] for text in texts]

    def _nearest(
        self,
        db: sqlite3.Connection,
        vector: NDArray[np.float32],
        depth: int,
        documents: Collection[str] | None,
    ) -> list[tuple[int, float]]:
        if not len(vector):
            return []
        if self._dense is None:
            self._dense = Dense(self._ledger.folder, len(vector))
        self._dense.refresh(db)
        within = None if documents is None else records.numbers_of(db, documents)
        return self._dense.search(vector, depth, within)

    def _keep(self, db: sqlite3.Connection, document_id: str) -> Document:
        with self._keeping:
            found = self._kept.get(document_id) or records.document(db, document_id)
            if found is None:
                raise KeyError(document_id)
            self._kept[document_id] = found
            self._kept.move_to_end(document_id)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
            return found

    def _agree(self) -> None:
        """Settle which model this index uses, without loading it.

        :raises ModelMismatch: if the index was built with another one
        """
        with self._ledger.reading() as db:
            built = store.model(db)
        if self._encoder is not None:
            asked = _model(self._encoder)
        elif built is None:
            return
        else:
            self._asked = self._asked or built.name
            name = embed.canonical(self._asked)
            asked = Model(name, built.dimension, embed.fingerprint(name))
        if built and built.name == asked.name and built != asked and embed.is_bundled(asked.name):
            # A newer Tenkyo brought newer weights: that is nothing its user should have to mend.
            self._renew()
            return
        _same(self._ledger.folder, built, asked)

    def _renew(self) -> None:
        """Make chunks, terms and vectors of every document anew, all of them or none."""
        encoder = self._loaded()
        with self._ledger.writing() as db:
            store.remember_model(db, _model(encoder))
            for listed in records.documents(db):
                document = records.document(db, listed.id)
                if document is not None:
                    records.insert(db, entry(document, encoder))
        self._written()

    def _loaded(self) -> Encoder:
        with self._loading:
            if self._encoder is None:
                self._encoder = embed.load_encoder(self._asked)
            return self._encoder

    def _written(self) -> None:
        """Leave no vectors of removed text in a derived file; the next search makes a new one."""
        with self._ledger.reading() as db:
            clean(self._ledger.folder, store.generation(db).number)


def _model(encoder: Encoder) -> Model:
    return Model(encoder.name, encoder.dimension, embed.fingerprint(encoder.name))


def _same(folder: Path, built: Model | None, asked: Model) -> None:
    """:raises ModelMismatch: if the index holds vectors of another model"""
    if built is None or built == asked:
        return
    if built.fingerprint and (built.fingerprint, built.dimension) == (asked.fingerprint, asked.dimension):
        return  # the same model moved to another folder
    hint = f"model に {built.name} を指定するか、別の --index フォルダに作り直してください"
    if built.name == asked.name:
        reason = f"埋め込みモデル {asked.name} が索引を作った後で変わっています"
        hint = "別の --index フォルダに作り直してください"
    else:
        reason = f"この索引は埋め込みモデル {built.name} で作られていますが、{asked.name} が指定されました"
    raise ModelMismatch(folder, reason, hint)
