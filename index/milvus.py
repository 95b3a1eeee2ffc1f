"""Documents on a Milvus server in, ranked hits out: the floor of what lies beyond this machine."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from index import milvus_rows, milvus_search, weights
from index.agreement import Model, agree, model_of
from index.contract import Hit, State
from index.embed import Encoder
from index.entry import Entry, Wanted
from index.fuse import DEPTH
from index.kept import Kept
from index.milvus_client import Row, Server
from index.milvus_counts import Counts
from index.milvus_editions import Editions
from index.milvus_rows import CHUNKS, MODEL, Whole
from index.sentences import Sentences
from ingest.document import Chunk, Document
from ingest.errors import UnusableIndex

# Whole documents kept in memory: those of recent hits, which an answer reads next.
_KEPT = 64
# A writer may replace what a reader is about to read; it cannot do so for ever.
_TRIES = 8


class MilvusIndex:
    """A searchable, durable set of documents on Milvus; safe to share between threads and processes."""

    def __init__(self, server: Server, sentences: Sentences) -> None:
        self._server = server
        self._editions = Editions(server)
        self._sentences = sentences
        self._counts = Counts(server, CHUNKS)
        self._model: Model | None = None
        self._kept: Kept[str, Whole] = Kept(_KEPT)

    @classmethod
    def open(cls, where: str, model: str | None = None, *, encoder: Encoder | None = None) -> MilvusIndex:
        """The index on a server, created if absent.

        :param where: `http://host:19530[/database]`, or the path of a Milvus Lite file that ends in ".db"
        :param model: a sentence-transformers model by path or hub name; None is the one the index was
            built with, for a new index the one shipped here
        :param encoder: a model already loaded, instead of `model`
        :raises UnusableIndex: nothing answers there, or it is no index
        :raises ModelMismatch: the documents in it were embedded with another model
        """
        server = Server.open(where)
        try:
            index = cls(server, Sentences(model, encoder))
            index._editions.create()
            index._settle_model()
        except BaseException:
            server.close()
            raise
        return index

    def close(self) -> None:
        """Let go of the connection; the index cannot be used afterwards."""
        self._server.close()

    @property
    def wanted(self) -> Wanted:
        """What this index's model needs of a document, without loading it."""
        return self._sentences.wanted

    def add(self, documents: Iterable[Document]) -> None:
        """Write documents, each in place of an earlier version of its path: all of them or none.

        :raises UnusableIndex: the server cannot be written or the model cannot be loaded
        :raises ModelMismatch: another process filled the index with another model meanwhile
        """
        self.write(self._sentences.entries(documents))

    def write(self, entries: Sequence[Entry]) -> None:
        """The same for documents of which all but the vectors has been made.

        :raises UnusableIndex: as `add`
        :raises ModelMismatch: as `add`
        """
        embedded = self._sentences.embedded(entries)
        if not embedded:
            return
        writings = [milvus_rows.writing(made, rows, secrets.randbits(62)) for made, rows in embedded]
        with self._server.writing:
            self._prepare(model_of(self._sentences.encoder()))
            self._editions.sweep()
            self._editions.write(writings)

    def settle(self, progress: Callable[[int, int], None] | None = None) -> None:
        """Nothing: Milvus puts together by itself what many additions left in pieces."""

    def remove(self, document_ids: Iterable[str]) -> None:
        """Delete documents and everything made of them; unknown ids are passed over.

        :raises UnusableIndex: the server cannot be written
        """
        if ids := set(document_ids):
            with self._server.writing:
                self._editions.remove(ids)
            self._kept.drop(ids)

    def rename(self, document_id: str, document: Document) -> None:
        """Give a document the path and facts of `document`, whose text is the same: nothing is made anew.

        :raises UnusableIndex: the server cannot be written
        """
        with self._server.writing:
            self._editions.rename(document_id, document)
        self._kept.drop([document_id])

    def stamp(self, stamps: Mapping[str, tuple[int, int]]) -> None:
        """Remember the stamps of unchanged files: document id → size and time of last change.

        :raises UnusableIndex: the server cannot be written
        """
        if stamps:
            with self._server.writing:
                self._editions.stamp(stamps)

    def state(self) -> State:
        """What there is to search now; chunks of documents that are being written count too."""
        chunks = self._server.count(CHUNKS) if self._server.has(CHUNKS) else 0
        return State(0, self._editions.count(), chunks)

    def documents(self) -> list[Document]:
        """All documents by name, without text and parts; `document` gives one whole."""
        return self._editions.documents()

    def documents_at(self, paths: Iterable[str], folders: Iterable[str]) -> list[Document]:
        """Those read from these files or from anywhere in these folders, without text and parts."""
        return self._editions.at(paths, folders)

    def documents_of(self, content_hash: str) -> list[Document]:
        """Those made of the same bytes, without text and parts."""
        return self._editions.of_content(content_hash)

    def document(self, document_id: str) -> Document:
        """A document whole.

        :raises KeyError: if it is not there, or no more
        """
        found = self._kept.get(document_id) or self._editions.whole(document_id)
        if found is None:
            raise KeyError(document_id)
        self._kept.put(document_id, found)
        return found.document

    def chunks(self, document_id: str) -> list[Chunk]:
        """A document's chunks in text order; none for an unknown id."""
        found = self._editions.whole(document_id)
        return [] if found is None else found.chunks

    def search(self, query: str, k: int = 30, documents: Collection[str] | None = None) -> list[Hit]:
        """The best `k` chunks for a query, best first.

        :param documents: ids of the documents to stay within; None is all
        :raises UnusableIndex: the server does not answer or the model cannot be loaded
        """
        if not query.strip() or self._built() is None:
            return []
        encoder = self._sentences.encoder()
        agree(self._server.place, self._built(), model_of(encoder))
        vector = encoder.encode_queries([query])[0] if encoder.dimension else None
        asked = milvus_search.ask(self._counts, query, vector)
        hidden: set[int] = set()
        for _ in range(_TRIES):
            within = None if documents is None else {row["edition"] for row in self._editions.of(documents)}
            if within is not None and not within:
                return []
            found = milvus_search.candidates(self._server, asked, max(DEPTH, k), within, hidden)
            shown = self._editions.shown({one.edition for one in found})
            hits = self._hits([one for one in found if one.edition in shown], shown, k)
            gone = {one.edition for one in found} - shown.keys()
            if hits is not None and (len(hits) == k or not gone):
                return hits
            # Half-written or replaced, they took the places of others.
            hidden |= gone
        raise UnusableIndex(
            self._server.place, "検索している間に文書が次々と置き換えられました", "もう一度実行してください"
        )

    def rarity(self, words: Collection[str]) -> dict[str, float]:
        """How telling each term is in this collection: its BM25 weight, most for a term of no chunk."""
        if self._built() is None:
            return {word: weights.rarity(word, 0, 0) for word in words}
        return self._counts.rarity(words)

    def alike(self, query: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Cosine of the query with each text, shape (len(texts),); zeros in an index without a model.

        :raises UnusableIndex: if the index's model cannot be loaded
        """
        return self._sentences.alike(query, texts)

    def _hits(
        self, found: Sequence[milvus_search.Candidate], rows: Mapping[int, Row], k: int
    ) -> list[Hit] | None:
        """The best candidates as hits, their documents kept in memory; None if one was replaced meanwhile."""
        best = milvus_search.ranked(found)[:k]
        wholes = self._wholes({one.edition: rows[one.edition] for one, _ in best})
        if wholes is None:
            return None
        return [
            Hit(wholes[one.edition].chunks[one.ordinal], fused.score, fused.lexical_rank, fused.dense_rank)
            for one, fused in best
        ]

    def _wholes(self, rows: Mapping[int, Row]) -> dict[int, Whole] | None:
        named = {row["named"] for row in rows.values()}
        kept = {one.edition: one for one in self._kept.values() if one.named in named}
        missing = [row for edition, row in rows.items() if edition not in kept]
        found = kept | self._editions.wholes(missing)
        if not rows.keys() <= found.keys():
            return None
        for edition in rows:
            self._kept.put(found[edition].document.id, found[edition])
        return found

    def _settle_model(self) -> None:
        """Settle which model this index uses, without loading it.

        :raises ModelMismatch: if the documents in it were embedded with another one
        """
        built = self._built()
        if built is None or self._editions.is_empty():
            return
        agree(self._server.place, built, self._sentences.model(built))

    def _prepare(self, model: Model) -> None:
        """Make the chunks' collection for this model, unless it is there.

        :raises ModelMismatch: it holds vectors of another one
        """
        built = self._built()
        if built is not None and built != model and self._editions.is_empty():
            self._server.drop(CHUNKS)  # an index without documents takes any model
            built = self._model = None
        if built is None:
            self._server.upsert(MODEL, [milvus_rows.model_row(model)])
        agree(self._server.place, self._built(), model)

    def _built(self) -> Model | None:
        """The model of the chunks on the server, asked for until there are some.

        :raises UnusableIndex: they are of something else
        """
        if self._model is None:
            rows = self._server.rows(MODEL, ("said",), "key", [1])
            if not rows:
                return None
            try:
                found = milvus_rows.model(rows[0])
            except (ValueError, KeyError, TypeError) as error:
                raise UnusableIndex(
                    self._server.place,
                    f"この版の Tenkyo の索引ではありません（{error}）",
                    "別のデータベースを http://ホスト名:19530/名前 のように指定してください",
                ) from error
            if not self._server.has(CHUNKS):
                self._server.create(CHUNKS, milvus_rows.chunk_fields(found.dimension))
            self._model = found
        return self._model
