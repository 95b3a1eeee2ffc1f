"""Retrieval on public data, through the index as it is used."""

from __future__ import annotations

import json
import lzma
from pathlib import Path

import pytest

from eval.retrieval import measure
from ingest.errors import UnreadableFile

CONTEXTS = {
    "梅雨は五月から七月にかけて雨の多い期間である。": ["梅雨はいつですか", "雨の多い期間は"],
    "琵琶湖は滋賀県にある日本最大の湖である。": ["日本最大の湖はどこですか"],
    "富士山は静岡県と山梨県にまたがる火山である。": ["富士山はどの県にありますか"],
}


def squad() -> dict[str, object]:
    paragraphs = [
        {
            "context": context,
            "qas": [
                {"id": f"{number}-{n}", "question": q, "answers": [{"text": context[:2], "answer_start": 0}]}
                for n, q in enumerate(questions)
            ],
        }
        for number, (context, questions) in enumerate(CONTEXTS.items())
    ]
    return {"data": [{"title": "例", "paragraphs": paragraphs}]}


def test_every_context_is_found_by_its_own_words(tmp_path: Path) -> None:
    file = tmp_path / "例.json.xz"
    file.write_bytes(lzma.compress(json.dumps(squad()).encode()))
    found = measure(file, model="none")
    assert found["n"] == 4 and found["documents"] == 3
    assert found["bm25"] == {"recall@1": 1.0, "recall@10": 1.0, "mrr@10": 1.0, "ndcg@10": 1.0}
    assert found["hybrid"] == found["bm25"]
    assert "dense" not in found


def test_a_limit_takes_questions_but_leaves_all_documents(tmp_path: Path) -> None:
    file = tmp_path / "例.json"
    file.write_text(json.dumps(squad()), encoding="utf-8")
    found = measure(file, limit=2, model="none")
    assert found["n"] == 2 and found["documents"] == 3


@pytest.mark.parametrize("text", ["", "[]", '{"data": [{"paragraphs": 3}]}'])
def test_a_file_of_another_shape_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "別.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UnreadableFile, match="SQuAD 形式ではありません"):
        measure(file, model="none")
