"""What a user would otherwise build with well-known libraries, on the same files and questions.

Each is set up as its own documentation does. None of them refuses, so that every question is answered.
The libraries are not Tenkyo's: `pip install "tenkyo[baselines]"`.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from eval.cases import Case, Evidence
from eval.metrics import answer_contains, bare
from ingest.mecab import tokenize
from ingest.normalize import fold

_CONTENT = frozenset({"名詞", "動詞", "形容詞", "形状詞", "副詞", "接尾辞"})
SIZE = 500  # characters of a chunk: the first thing people try
_SHOWN = 3
_ANSWER = 200  # characters of the best chunk that are read as the answer

Search = Callable[[str], list[str]]


class Missing(Exception):
    """A library that is not installed; the message says which."""


def chunks_with_bm25s(texts: Mapping[str, str]) -> Search:
    """500-character chunks, bm25s over MeCab's lemmas: the strongest of the simple ones."""
    bm25s: Any = library("bm25s")
    chunks = [text[at : at + SIZE] for text in texts.values() for at in range(0, len(text), SIZE)]
    index = bm25s.BM25()
    index.index([lemmas(chunk) for chunk in chunks], show_progress=False)

    def search(question: str) -> list[str]:
        found, _ = index.retrieve([lemmas(question)], k=_SHOWN, show_progress=False)
        return [chunks[int(number)] for number in found[0]]

    return search


def langchain(texts: Mapping[str, str]) -> Search:
    """LangChain's default splitter (4,000 characters, 200 of overlap) and BM25 retriever (words by space)."""
    splitting: Any = library("langchain_text_splitters")
    retrieving: Any = library("langchain_community.retrievers")
    library("rank_bm25")
    chunks = splitting.RecursiveCharacterTextSplitter().create_documents(list(texts.values()))
    retriever = retrieving.BM25Retriever.from_documents(chunks, k=_SHOWN)
    return lambda question: [found.page_content for found in retriever.invoke(question)]


def langchain_short(texts: Mapping[str, str]) -> Search:
    """The same with 500-character chunks."""
    splitting: Any = library("langchain_text_splitters")
    retrieving: Any = library("langchain_community.retrievers")
    splitter = splitting.RecursiveCharacterTextSplitter(chunk_size=SIZE, chunk_overlap=0)
    retriever = retrieving.BM25Retriever.from_documents(
        splitter.create_documents(list(texts.values())), k=_SHOWN
    )
    return lambda question: [found.page_content for found in retriever.invoke(question)]


def txtai(texts: Mapping[str, str]) -> Search:
    """txtai's keyword index over 500-character chunks: its hybrid needs a model from a hub."""
    embeddings: Any = library("txtai").Embeddings
    chunks = [text[at : at + SIZE] for text in texts.values() for at in range(0, len(text), SIZE)]
    index = embeddings(keyword=True)
    index.index(chunks)
    return lambda question: [chunks[int(found[0])] for found in index.search(question, _SHOWN)]


BASELINES: Mapping[str, Callable[[Mapping[str, str]], Search]] = {
    "500字 + bm25s + MeCab": chunks_with_bm25s,
    "LangChain 既定 + BM25": langchain,
    "LangChain 500字 + BM25": langchain_short,
    "txtai keyword 500字": txtai,
}


def measure(search: Search, cases: Sequence[Case]) -> dict[str, float]:
    """Shares of the answerable cases, 0–1, and the median milliseconds of a question."""
    first, three, contains, times = [], [], [], []
    for case in cases:
        began = time.perf_counter()
        found = search(case.question)
        times.append((time.perf_counter() - began) * 1000)
        if not case.answerable or not case.evidence:
            continue
        held = [_holds(text, case.evidence) for text in found]
        first.append(any(held[:1]))
        three.append(any(held))
        wanted = case.all_of or case.answers
        head = found[0][:_ANSWER] if found else ""
        each = [answer_contains(head, (item,)) for item in wanted]
        contains.append(all(each) if case.all_of else any(each))
    return {
        "evidence@1": _share(first),
        "evidence@3": _share(three),
        "contains": _share(contains),
        "ms": round(sorted(times)[len(times) // 2], 1),
    }


def library(name: str) -> Any:
    """The library of this name.

    :raises Missing: it is not installed
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise Missing(name) from error


def lemmas(text: str) -> list[str]:
    """MeCab's lemmas of the words that say something: what people give to BM25 first."""
    return [token.lemma for token in tokenize(fold(text)) if token.pos[0] in _CONTENT]


def _holds(text: str, evidence: Sequence[Evidence]) -> bool:
    # A chunk of any length counts here: the libraries' own sizes are part of what is compared.
    return any(bare(place.text) in bare(text) for place in evidence)


def _share(values: Sequence[bool]) -> float:
    return round(sum(values) / len(values), 4) if values else 0.0
