"""Everything slow about a document — chunks, terms, words of the model — done before any transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from index.lemmas import hashed
from index.postings import Postings, count
from index.vocabulary import Bags, Lookup
from ingest.analysis import analysed, places
from ingest.chunk import heading, rows
from ingest.document import Chunk, Document
from ingest.mecab import Words, analyse
from ingest.parts import pack_parts, unpack_parts
from ingest.read import chunks as chunks_of
from ingest.read import search_text


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an index's model needs of a document.

    :param vocabulary: the folder of a model that adds up words, "" for any other
    :param texts: whether it reads texts
    """

    vocabulary: str = ""
    texts: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A document as the ledger holds it, but for its vectors.

    :param document: without text and parts
    :param spans: of the chunks, shape (chunks, 2)
    :param paths: the heading path of each chunk
    :param bags: what the bundled model adds up for each chunk, or None for another model
    :param texts: what another model reads of each chunk, else nothing
    """

    document: Document
    text: bytes
    parts: str
    spans: NDArray[np.int64]
    paths: list[tuple[str, ...]]
    postings: Postings
    bags: Bags | None = None
    texts: tuple[str, ...] = ()

    def whole(self) -> Document:
        """The document with text and parts."""
        return replace(
            self.document, text=self.text.decode("utf-8", "surrogatepass"), **unpack_parts(self.parts)
        )


def entry(document: Document, lookup: Lookup | None = None, texts: bool = False) -> Entry:
    """What the ledger is to hold of a document.

    :param lookup: the words of the bundled model
    :param texts: whether the model reads texts
    """
    chunks = chunks_of(document)
    found = _parts(document, chunks)
    return Entry(
        document=replace(document, text="", sections=(), tables=(), enumerations=(), places=()),
        text=document.text.encode("utf-8", "surrogatepass"),
        parts=pack_parts(document),
        spans=np.array([(c.span.start, c.span.end) for c in chunks], dtype=np.int64).reshape(-1, 2),
        paths=[chunk.section_path for chunk in chunks],
        postings=_postings(found, len(chunks)),
        bags=lookup.bags([(part.words, part.owners) for part in found], len(chunks)) if lookup else None,
        texts=tuple(search_text(document, chunk) for chunk in chunks) if texts else (),
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """A stretch of what is indexed.

    :param owners: the ordinal of the chunk that each token belongs to, or -1, shape (tokens,)
    :param terms: with the chunk of each, likewise
    """

    words: Words
    owners: NDArray[np.int64]
    terms: NDArray[np.int64]
    chunks: NDArray[np.int64]


def _parts(document: Document, chunks: list[Chunk]) -> tuple[_Part, _Part]:
    return _view(document, chunks), _beside(document, chunks)


def _view(document: Document, chunks: list[Chunk]) -> _Part:
    """The whole view, which holds the chunks."""
    found = analysed(document.text)
    starts = np.array([chunk.span.start for chunk in chunks], dtype=np.int64)
    ends = np.array([chunk.span.end for chunk in chunks], dtype=np.int64)

    def owner(places: NDArray[np.int64]) -> NDArray[np.int64]:
        """The chunk that holds these places of the original."""
        if not len(chunks):
            return np.full(len(places), -1)
        at = np.searchsorted(starts, places, side="right") - 1
        return np.where((at >= 0) & (places < ends[at]), at, -1)

    terms = hashed(found.words, found.view.text)
    originals = places(found.view.starts)
    first, last = owner(originals[terms.starts]), owner(originals[terms.ends - 1])
    there = np.flatnonzero((first == last) & (first >= 0))  # a compound across a border is none
    return _Part(found.words, owner(found.starts), terms.hashes[there], first[there])


def _beside(document: Document, chunks: list[Chunk]) -> _Part:
    """What is searched with each chunk and stands elsewhere: each such line once, then for all its chunks."""
    heads = {path: heading(document, path) for path in {chunk.section_path for chunk in chunks}}
    said = [
        (ordinal, line)
        for ordinal, chunk in enumerate(chunks)
        for line in (heads[chunk.section_path], *rows(document, chunk))
    ]
    numbers = {line: number for number, line in enumerate(dict.fromkeys(line for _, line in said))}
    text = "\n".join(numbers)
    begins = np.cumsum([0, *(len(line) + 1 for line in numbers)])
    words = analyse(text)
    terms = hashed(words, text)

    def line_of(places: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.searchsorted(begins, places, side="right") - 1

    first = line_of(terms.starts)
    order = np.argsort(first, kind="stable")
    order = order[first[order] == line_of(terms.ends[order] - 1)]
    chunk_of = np.array([ordinal for ordinal, _ in said], dtype=np.int64)
    which = np.array([numbers[line] for _, line in said], dtype=np.int64)
    at, owners = _given(line_of(words.starts), which, chunk_of)
    of_terms, term_chunks = _given(first[order], which, chunk_of)
    given = Words(words.lexicon, words.ids[at], words.starts[at], words.ends[at])
    return _Part(given, owners, terms.hashes[order[of_terms]], term_chunks)


def _given(
    lines: NDArray[np.int64], which: NDArray[np.int64], chunks: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The places in `lines`, ascending, that hold each of `which`, and the chunk of each place."""
    first = np.searchsorted(lines, which, side="left")
    sizes = np.searchsorted(lines, which, side="right") - first
    ends = np.cumsum(sizes)
    return np.arange(ends[-1] if len(ends) else 0) + np.repeat(first - (ends - sizes), sizes), np.repeat(
        chunks, sizes
    )


def _postings(parts: Sequence[_Part], size: int) -> Postings:
    terms = np.concatenate([part.terms for part in parts])
    return count(terms, np.concatenate([part.chunks for part in parts]), size)
