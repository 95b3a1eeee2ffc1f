"""Public data for measuring search and reading alone: SQuAD, BEIR, or a question and its context a line."""

from __future__ import annotations

import csv
import json
import lzma
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.errors import UnreadableFile


@dataclass(frozen=True, slots=True)
class Asked:
    """A question; `contexts` are those that answer it, `answers` the accepted spans, if any are given."""

    id: str
    question: str
    contexts: tuple[int, ...]
    answers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Public:
    """All contexts, each once, and the questions on them in file order."""

    contexts: tuple[str, ...]
    asked: tuple[Asked, ...]


def read_public(path: Path, form: str = "squad", limit: int | None = None) -> Public:
    """A public data set in one of `FORMATS`; `limit` keeps the first questions and every context.

    Files may be packed with xz.

    :raises UnreadableFile: it cannot be read or has another shape
    """
    name, read, shape = FORMATS[form]
    try:
        found = read(path)
    except OSError as error:
        raise UnreadableFile(path, "読めません", f"パスと権限を確かめてください: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, IndexError, lzma.LZMAError) as error:
        raise UnreadableFile(path, f"{name} 形式ではありません", f"{shape}の形か確かめてください") from error
    return Public(found.contexts, found.asked[:limit])


def _squad(path: Path) -> Public:
    places: dict[str, int] = {}
    asked = [
        Asked(
            str(qa["id"]),
            qa["question"],
            (places.setdefault(paragraph["context"], len(places)),),
            tuple(answer["text"] for answer in qa.get("answers", [])),
        )
        for article in json.loads(_text(path))["data"]
        for paragraph in article["paragraphs"]
        for qa in paragraph["qas"]
    ]
    return Public(tuple(places), tuple(asked))


def _jsonl(path: Path) -> Public:
    places: dict[str, int] = {}
    asked = [
        Asked(
            str(row.get("id", number)),
            row["question"],
            (places.setdefault(row["context"], len(places)),),
            tuple(a["text"] if isinstance(a, Mapping) else str(a) for a in row.get("answers") or ()),
        )
        for number, row in enumerate(_rows(_text(path)))
    ]
    return Public(tuple(places), tuple(asked))


def _beir(folder: Path) -> Public:
    """A folder with corpus.jsonl, queries.jsonl and qrels/test.tsv (Thakur et al. 2021)."""
    corpus = list(_rows(_text(folder / "corpus.jsonl")))
    places = {row["_id"]: number for number, row in enumerate(corpus)}
    texts = [f"{row.get('title') or ''}\n{row['text']}".strip() for row in corpus]
    questions = {row["_id"]: row["text"] for row in _rows(_text(folder / "queries.jsonl"))}
    relevant: dict[str, list[int]] = {}
    lines = csv.reader(_text(folder / "qrels" / "test.tsv").splitlines()[1:], delimiter="\t")
    for query, document, score in lines:
        if int(score) > 0:
            relevant.setdefault(query, []).append(places[document])
    return Public(tuple(texts), tuple(Asked(id, questions[id], tuple(at)) for id, at in relevant.items()))


FORMATS: Mapping[str, tuple[str, Callable[[Path], Public], str]] = {
    "squad": ("SQuAD", _squad, '{"data": [{"paragraphs": [{"context", "qas"}]}]} '),
    "beir": ("BEIR", _beir, "corpus.jsonl・queries.jsonl・qrels/test.tsv のあるフォルダ"),
    "jsonl": ("JSONL", _jsonl, '一行に {"question", "context", "answers"} '),
}


def _text(path: Path) -> str:
    data = path.read_bytes()
    return (lzma.decompress(data) if path.suffix == ".xz" else data).decode("utf-8-sig")


def _rows(text: str) -> Iterable[Mapping[str, Any]]:
    return (json.loads(line) for line in text.split("\n") if line.strip())
