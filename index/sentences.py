"""How alike a question and sentences are, whichever store the documents lie in."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from index import embed
from index.agreement import Model, model_of
from index.embed import Encoder
from index.entry import Entry, Wanted, entry
from index.kept import Kept
from ingest.document import Document

# Vectors of sentences kept in memory, about a kilobyte each.
_RECENT = 8192


class Sentences:
    """An index's model, loaded when the first text is embedded, and the vectors of sentences met lately."""

    def __init__(self, asked: str | None = None, encoder: Encoder | None = None) -> None:
        """
        :param asked: a sentence-transformers model by path or hub name; None is the one shipped here
        :param encoder: a model already loaded, instead of `asked`
        """
        self.asked = asked
        self._encoder = encoder
        self._loading = threading.Lock()
        self._recent: Kept[str, NDArray[np.float32]] = Kept(_RECENT)

    @property
    def wanted(self) -> Wanted:
        """What the model needs of a document, without loading it."""
        name = self._encoder.name if self._encoder is not None else embed.canonical(self.asked)
        folder = embed.vocabulary(name)
        return Wanted(str(folder)) if folder else Wanted(texts=name != embed.NONE)

    def model(self, built: Model) -> Model:
        """The model asked for, without loading it: that of the index unless another was."""
        if self._encoder is not None:
            return model_of(self._encoder)
        self.asked = self.asked or built.name
        name = embed.canonical(self.asked)
        return Model(name, built.dimension, embed.fingerprint(name))

    def entries(self, documents: Iterable[Document]) -> list[Entry]:
        """Documents with all the slow work done but for the vectors.

        :raises UnusableIndex: the model cannot be loaded
        """
        encoder = self.encoder()
        lookup = embed.lookup(encoder)
        texts = bool(encoder.dimension) and lookup is None
        return [entry(document, lookup, texts) for document in documents]

    def embedded(self, entries: Iterable[Entry]) -> list[tuple[Entry, NDArray[np.float32] | None]]:
        """The last entry of each path with its chunks' vectors, None without a model.

        :raises UnusableIndex: the model cannot be loaded
        """
        latest = list({made.document.path: made for made in entries}.values())
        return list(zip(latest, embed.vectors(self.encoder(), latest), strict=True)) if latest else []

    def encoder(self) -> Encoder:
        """The model.

        :raises UnusableIndex: it cannot be loaded
        """
        with self._loading:
            if self._encoder is None:
                self._encoder = embed.load_encoder(self.asked)
            return self._encoder

    def alike(self, query: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Cosine of the query with each text, shape (len(texts),); zeros where there is no model.

        :raises UnusableIndex: the model cannot be loaded
        """
        encoder = self.encoder()
        if not encoder.dimension or not texts:
            return np.zeros(len(texts), dtype=np.float32)
        found: NDArray[np.float32] = np.stack(self._vectors_of(texts)) @ encoder.encode_queries([query])[0]
        return found

    def _vectors_of(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """A vector for each text; those of sentences that came up lately are still there."""
        kept = {text: self._recent.get(text) for text in texts}
        known = {text: vector for text, vector in kept.items() if vector is not None}
        fresh = [text for text in dict.fromkeys(texts) if text not in known]
        if fresh:
            known |= zip(fresh, self.encoder().encode_documents(fresh), strict=True)
        for text in fresh:
            self._recent.put(text, known[text])
        return [known[text] for text in texts]
