"""Documents in, ranked hits out: the floor of the index on one page."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index import dense, embed, records, sealed, segments, store
from index.agreement import agree, model_of
from index.contract import Hit, State
from index.dense import Dense, Nearest
from index.embed import Encoder
from index.entry import Entry, Wanted
from index.fuse import DEPTH, fuse
from index.kept import Kept
from index.lexical import Lexical
from index.remake import remake
from index.sentences import Sentences
from index.store import Ledger
from index.vectors import LedgerVectors
from ingest.document import Chunk, Document
from ingest.errors import UnusableIndex

# Chunks whose vectors are compared beside the words; fewer take less than 2 milliseconds.
_WORTH_A_THREAD = 30_000
# Whole documents kept in memory: those of recent hits, which an answer reads next.
_KEPT = 64


class Index:
    """A searchable, durable set of documents; safe to share between threads and processes."""

    def __init__(self, ledger: Ledger, sentences: Sentences) -> None:
        self._ledger = ledger
        self._sentences = sentences
        self._lexical = Lexical()
        self._dense: Dense | None = None
        self._kept: Kept[str, Document] = Kept(_KEPT)
        # Vectors are compared on one core while words are looked up on another.
        self._beside = ThreadPoolExecutor(max_workers=1, thread_name_prefix="tenkyo-vectors")

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
        index = cls(ledger, Sentences(model, encoder))
        try:
            index._agree()
        except BaseException:
            ledger.close()
            raise
        return index

    def close(self) -> None:
        """Release the files; the index cannot be used afterwards."""
        self._beside.shutdown()
        self._ledger.close()

    @property
    def wanted(self) -> Wanted:
        """What this index's model needs of a document, without loading it."""
        return self._sentences.wanted

    def add(self, documents: Iterable[Document]) -> None:
        """Write documents, each in place of an earlier version of its path: all of them or none.

        :raises UnusableIndex: if the index cannot be written or the model cannot be loaded
        :raises ModelMismatch: if another process filled the index with another model meanwhile
        """
        self.write(self._sentences.entries(documents))

    def write(self, entries: Sequence[Entry]) -> None:
        """The same for documents of which all but the vectors has been made, by `index.worker` for one.

        :raises UnusableIndex: as `add`
        :raises ModelMismatch: as `add`
        """
        embedded = self._sentences.embedded(entries)
        if not embedded:
            return
        used = model_of(self._sentences.encoder())
        with self._ledger.writing() as db:
            agree(self._ledger.folder, store.model(db), used)
            store.remember_model(db, used)
            records.insert(db, embedded)
        self._written()

    def settle(self, progress: Callable[[int, int], None] | None = None) -> None:
        """Put together what many additions have left in pieces; searches go on meanwhile and find the same.

        :param progress: called with how many vectors of how many have been put in order
        """
        # Over a connection of its own, so that questions need not wait. Another writer at work settles later.
        with suppress(UnusableIndex), closing(Ledger.open(self._ledger.folder)) as apart:
            while True:
                with apart.reading() as db:
                    if not segments.is_due(db):
                        break
                with apart.writing() as db:
                    segments.settle(db)
            with apart.reading() as db:
                built = store.model(db)
                if built is not None and built.dimension:
                    with suppress(OSError):
                        dense.build(apart.folder, LedgerVectors(db), built.dimension, progress)
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
        self._kept.drop(ids)
        self._written()

    def rename(self, document_id: str, document: Document) -> None:
        """Give a document the path and facts of `document`, whose text is the same: nothing is made anew.

        :raises UnusableIndex: if the index cannot be written
        """
        with self._ledger.writing() as db:
            records.rename(db, document_id, document)
        self._kept.drop([document_id])

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

    def state(self) -> State:
        """What there is to search now."""
        with self._ledger.reading() as db:
            (documents,) = db.execute("SELECT count(*) FROM documents").fetchone()
            (chunks,) = db.execute("SELECT chunks FROM totals").fetchone()
            return State(store.generation(db).number, documents, chunks)

    def documents_at(self, paths: Iterable[str], folders: Iterable[str]) -> list[Document]:
        """Those read from these files or from anywhere in these folders, without text and parts."""
        with self._ledger.reading() as db:
            return records.documents_at(db, paths, folders)

    def documents_of(self, content_hash: str) -> list[Document]:
        """Those made of the same bytes, without text and parts."""
        with self._ledger.reading() as db:
            return records.documents_of_content(db, content_hash)

    def document(self, document_id: str) -> Document:
        """A document whole.

        :raises KeyError: if it is not there, or no more
        """
        kept = self._kept.get(document_id)
        if kept is not None:
            return kept
        # Kept inside: a removal by this process comes after, and lets go of it.
        with self._ledger.reading() as db:
            found = records.document(db, document_id)
            if found is None:
                raise KeyError(document_id)
            self._kept.put(document_id, found)
            return found

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
        encoder = self._sentences.encoder()
        vector = encoder.encode_queries([query])[0]
        depth = max(DEPTH, k)
        with self._ledger.reading() as db, records.decoding():
            agree(self._ledger.folder, store.model(db), model_of(encoder))
            within = None if documents is None else records.ranges(db, documents)
            self._lexical.refresh(db)
            nearest = self._nearest(db, len(vector))
            # Waking another thread costs more than comparing a few thousand vectors.
            apart = self._beside.submit if nearest.size > _WORTH_A_THREAD else _at_once
            near = apart(nearest.search, vector, depth, within)
            by_words = self._lexical.search(db, query, depth, within)
            best = fuse(by_words, near.result())[:k]
            chunks = records.chunks_by_number(db, [found.number for found in best])
        return [Hit(chunks[f.number], f.score, f.lexical_rank, f.dense_rank) for f in best]

    def rarity(self, words: Collection[str]) -> dict[str, float]:
        """How telling each term is in this collection: its BM25 weight, most for a term of no chunk."""
        with self._ledger.reading() as db:
            self._lexical.refresh(db)
            return self._lexical.rarity(db, words)

    def alike(self, query: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Cosine of the query with each text, shape (len(texts),); zeros in an index without a model.

        :raises UnusableIndex: if the index's model cannot be loaded
        """
        return self._sentences.alike(query, texts)

    def _nearest(self, db: sqlite3.Connection, dimension: int) -> Nearest:
        """The vectors of the generation that `db` sees."""
        if not dimension:
            return Nearest(store.generation(db), ())
        if self._dense is None:
            self._dense = Dense(self._ledger.folder, dimension)
        return self._dense.refresh(LedgerVectors(db))

    def _agree(self) -> None:
        """Settle which model this index uses, without loading it.

        :raises ModelMismatch: if the index was built with another one
        """
        with self._ledger.reading() as db:
            built, older = store.model(db), store.is_older(db)
        if older and built is not None:
            self._sentences.asked = self._sentences.asked or built.name
            self._remake()
            return
        if older:
            with self._ledger.writing() as db:
                store.renew(db)
        if built is None:
            return
        asked = self._sentences.model(built)
        if built.name == asked.name and built != asked and embed.is_bundled(asked.name):
            # A newer Tenkyo brought newer weights: that is nothing its user should have to mend.
            self._remake()
            return
        agree(self._ledger.folder, built, asked)

    def _remake(self) -> None:
        remake(self._ledger, self._sentences)
        self.settle()

    def _written(self) -> None:
        """Leave no vectors of removed text in a derived file; the next search makes a new one."""
        with self._ledger.reading() as db:
            sealed.clean(self._ledger.folder, store.generation(db).number)


def _at_once(
    search: Callable[..., list[tuple[int, float]]], *arguments: object
) -> Future[list[tuple[int, float]]]:
    """What a pool of threads would do, done here."""
    done: Future[list[tuple[int, float]]] = Future()
    done.set_result(search(*arguments))
    return done
