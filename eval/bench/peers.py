"""What a user would pick instead, each as its own documentation sets it up, kept on disk and opened again."""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from eval.baselines import SIZE, lemmas, library
from eval.bench.questions import Place
from eval.bench.subjects import Job, K, Subject
from index.embed import load_encoder

_READ = 5 * K  # hits asked of each side where two are fused


class _Chunked(Subject):
    """A library that leaves reading and cutting to its user: 500 characters, as everybody begins."""

    def _cut(self, files: Iterable[Path]) -> tuple[list[Place], list[str]]:
        places: list[Place] = []
        texts: list[str] = []
        for file in files:
            text = file.read_text(encoding="utf-8")
            for start in range(0, len(text), SIZE):
                texts.append(text[start : start + SIZE])
                places.append(Place(file.name, start, start + len(texts[-1])))
        return places, texts

    def _keep(self, places: Sequence[Place]) -> None:
        self.job.folder.mkdir(parents=True, exist_ok=True)
        rows = [(place.document, place.start, place.end) for place in places]
        (self.job.folder / "places.json").write_text(json.dumps(rows), encoding="utf-8")

    def _kept(self) -> list[Place]:
        return [Place(*row) for row in json.loads((self.job.folder / "places.json").read_text("utf-8"))]


class Bm25s(_Chunked):
    """bm25s over MeCab's lemmas."""

    def build(self) -> int:
        places, texts = self._cut(self.job.files())
        held = [lemmas(text) for text in texts]
        self._keep(places)
        self._made(held).save(str(self._folder))
        with (self.job.folder / "lemmas.pickle").open("wb") as file:
            pickle.dump(held, file, protocol=5)  # it cannot grow: what it was made of is needed again
        return len(texts)

    def open(self) -> None:
        self._index: Any = library("bm25s").BM25.load(str(self._folder))
        self._places = self._kept()

    def search(self, question: str) -> Any:
        found, scores = self._index.retrieve([lemmas(question)], k=K, show_progress=False)
        return [int(n) for n, score in zip(found[0], scores[0], strict=True) if score > 0]

    def places(self, found: Any) -> list[Place]:
        return [self._places[number] for number in found]

    def add(self, file: Path) -> None:
        places, texts = self._cut([file])
        with (self.job.folder / "lemmas.pickle").open("rb") as kept:
            held = pickle.load(kept)
        self._index = self._made([*held, *map(lemmas, texts)])
        self._places += places

    @property
    def _folder(self) -> Path:
        return self.job.folder / "bm25s"

    @staticmethod
    def _made(held: list[list[str]]) -> Any:
        index = library("bm25s").BM25()
        index.index(held, show_progress=False)
        return index


class TxtaiKeyword(_Chunked):
    """txtai's own keyword index."""

    def _settings(self) -> dict[str, Any]:
        return {"keyword": True}

    def build(self) -> int:
        places, texts = self._cut(self.job.files())
        index = library("txtai").Embeddings(**self._settings())
        index.index(texts)
        index.save(str(self.job.folder / "txtai"))
        self._keep(places)
        return len(texts)

    def open(self) -> None:
        self._index: Any = library("txtai").Embeddings(**self._settings())
        self._index.load(str(self.job.folder / "txtai"))
        self._places = self._kept()

    def search(self, question: str) -> Any:
        return self._index.search(question, K)

    def places(self, found: Any) -> list[Place]:
        return [self._places[int(number)] for number, _ in found]

    def add(self, file: Path) -> None:
        places, texts = self._cut([file])
        self._index.upsert([(len(self._places) + at, text, None) for at, text in enumerate(texts)])
        self._places += places


class TxtaiHybrid(TxtaiKeyword):
    """txtai's keyword index beside vectors of the model that Tenkyo ships."""

    def _settings(self) -> dict[str, Any]:
        os.environ["ALLOW_RESOLVE_TRANSFORM"] = "True"  # the function below, when it is opened again
        return {"hybrid": True, "method": "external", "transform": "eval.bench.peers.vectors"}


def vectors(texts: Sequence[str]) -> Any:
    """The shipped model's vectors; of a text without a known word no zero, as txtai divides by its length."""
    rows = load_encoder(None).encode_documents([str(text) for text in texts])
    rows[~rows.any(axis=1), 0] = 1.0
    return rows


class LangChain(_Chunked):
    """LangChain: FAISS with Tenkyo's model, BM25 over MeCab's lemmas, and its ensemble of both."""

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self._splitting: Any = library("langchain_text_splitters")
        self._storing: Any = library("langchain_community.vectorstores.faiss")
        self._retrieving: Any = library("langchain_community.retrievers")
        self._joining: Any = library("langchain_classic.retrievers")
        library("rank_bm25")
        self._embeddings = _embeddings()

    def build(self) -> int:
        chunks = self._split(self.job.files())
        store = self._storing.FAISS.from_documents(chunks, self._embeddings)
        self.job.folder.mkdir(parents=True, exist_ok=True)
        store.save_local(str(self.job.folder))
        # The BM25 retriever cannot be saved: pickling it is what its users do.
        with (self.job.folder / "bm25.pickle").open("wb") as file:
            pickle.dump(self._bm25(chunks), file, protocol=5)
        return len(chunks)

    def open(self) -> None:
        store = self._storing.FAISS.load_local(
            str(self.job.folder), self._embeddings, allow_dangerous_deserialization=True
        )
        with (self.job.folder / "bm25.pickle").open("rb") as file:
            self._join(store, pickle.load(file))

    def search(self, question: str) -> Any:
        return self._retriever.invoke(question)

    def places(self, found: Any) -> list[Place]:
        rows = [(each.metadata, each.page_content) for each in found]
        return [
            Place(facts["name"], facts["start_index"], facts["start_index"] + len(text))
            for facts, text in rows
        ]

    def add(self, file: Path) -> None:
        new = self._split([file])
        self._store.add_documents(new)
        self._join(self._store, self._bm25([*self._words.docs, *new]))

    def _split(self, files: Iterable[Path]) -> list[Any]:
        splitter = self._splitting.RecursiveCharacterTextSplitter(
            chunk_size=SIZE, chunk_overlap=0, add_start_index=True, separators=["\n\n", "\n", "。", ""]
        )
        files = list(files)
        texts = [file.read_text(encoding="utf-8") for file in files]
        found: list[Any] = splitter.create_documents(texts, [{"name": file.name} for file in files])
        return found

    def _bm25(self, chunks: list[Any]) -> Any:
        return self._retrieving.BM25Retriever.from_documents(chunks, preprocess_func=lemmas, k=_READ)

    def _join(self, store: Any, words: Any) -> None:
        self._store, self._words = store, words
        vectors = store.as_retriever(search_kwargs={"k": _READ})
        self._retriever = self._joining.EnsembleRetriever(retrievers=[words, vectors], weights=[0.5, 0.5])


def _embeddings() -> Any:
    """Tenkyo's model as LangChain wants it."""
    base: Any = library("langchain_core.embeddings").Embeddings

    class Shipped(base):  # type: ignore[misc]
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            found: list[list[float]] = load_encoder(None).encode_documents(texts).tolist()
            return found

        def embed_query(self, text: str) -> list[float]:
            found: list[float] = np.asarray(load_encoder(None).encode_queries([text])[0]).tolist()
            return found

    return Shipped()
