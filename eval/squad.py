"""Public reading-comprehension data in the shape of SQuAD: contexts and questions about them."""

from __future__ import annotations

import json
import lzma
from dataclasses import dataclass
from pathlib import Path

from ingest.errors import UnreadableFile


@dataclass(frozen=True, slots=True)
class Asked:
    """A question on one context; `answers` are the accepted spans, empty where it cannot be answered."""

    id: str
    question: str
    context: int
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Squad:
    """All contexts, each once, and the questions on them in file order."""

    contexts: tuple[str, ...]
    asked: tuple[Asked, ...]


def read_squad(path: Path, limit: int | None = None) -> Squad:
    """A SQuAD file, plain or packed with xz; `limit` keeps the first questions and every context.

    :raises UnreadableFile: it cannot be read or has another shape
    """
    try:
        data = path.read_bytes()
        if path.suffix == ".xz":
            data = lzma.decompress(data)
        articles = json.loads(data)["data"]
        places: dict[str, int] = {}
        asked = [
            Asked(
                str(qa["id"]),
                qa["question"],
                places.setdefault(paragraph["context"], len(places)),
                tuple(answer["text"] for answer in qa.get("answers", [])),
            )
            for article in articles
            for paragraph in article["paragraphs"]
            for qa in paragraph["qas"]
        ]
    except OSError as error:
        raise UnreadableFile(path, "読めません", f"パスと権限を確かめてください: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, lzma.LZMAError) as error:
        hint = '{"data": [{"paragraphs": [{"context", "qas"}]}]} の形か確かめてください'
        raise UnreadableFile(path, "SQuAD 形式ではありません", hint) from error
    return Squad(tuple(places), tuple(asked[:limit]))
