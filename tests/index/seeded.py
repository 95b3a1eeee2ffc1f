"""Small documents and an encoder seeded by the text, for tests whose subject is not the model."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.lemmas import terms
from ingest.document import Document, Section, Span


class SeededEncoder:
    """Texts that share terms point the same way: each term is a fixed random direction."""

    def __init__(self, name: str = "seeded", dimension: int = 48) -> None:
        self.name = name
        self.dimension = dimension

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for term in terms(text) or [text]:
                seed = int.from_bytes(blake2b(term.encode(), digest_size=8).digest(), "big")
                row += np.random.default_rng(seed).standard_normal(self.dimension).astype(np.float32)
        norms: NDArray[np.float32] = np.linalg.norm(rows, axis=1, keepdims=True)
        return (rows / np.maximum(norms, 1e-9)).astype(np.float32)

    encode_documents = encode_queries


def document(path: Path | str, *sections: tuple[str, str]) -> Document:
    """A document of (heading, text) sections as ingest would hand it over."""
    text, spans = "", []
    for heading, body in sections:
        start = len(text)
        text += f"{heading}\n{body}\n"
        spans.append(Section((heading,), Span(start, len(text))))
    content_hash = blake2b(text.encode(), digest_size=8).hexdigest()
    identity = blake2b(f"{path}{content_hash}".encode("utf-8", "surrogateescape"), digest_size=8).hexdigest()
    return Document(
        id=identity,
        name=Path(path).name,
        path=str(path),
        content_hash=content_hash,
        text=text,
        title=Path(path).stem,
        sections=tuple(spans),
    )


AGENCY = document(
    "/docs/agency.txt",
    ("設置", "デジタル庁は2021年9月1日に発足した。内閣に置かれ、長は内閣総理大臣である。" * 3),
    ("業務", "国の情報システムの整備方針を定め、予算を一括して計上する。地方公共団体を支援する。" * 3),
)
GARDEN = document(
    "/docs/garden.txt",
    ("朝顔", "朝顔の種は五月に蒔き、夏の間は毎朝水を与える。支柱を立てて蔓を這わせる。" * 3),
    ("盆栽", "盆栽の松は冬に剪定し、三年に一度植え替える。用土は赤玉土を使う。" * 3),
)
