"""Retrieval on public data, through the index as it is used."""

from __future__ import annotations

import json
import lzma
import math
from pathlib import Path

import pytest

from eval.retrieval import _aggregate, measure
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


def test_beir_and_lines_give_what_squad_gives(tmp_path: Path) -> None:
    (tmp_path / "squad.json").write_text(json.dumps(squad()), encoding="utf-8")
    beir = tmp_path / "beir"
    (beir / "qrels").mkdir(parents=True)
    texts = list(CONTEXTS)
    asked = [
        (f"q{n}", question, context)
        for n, (context, qs) in enumerate(CONTEXTS.items())
        for question in qs[:1]
    ]
    (beir / "corpus.jsonl").write_text(
        "".join(json.dumps({"_id": f"d{n}", "title": "", "text": t}) + "\n" for n, t in enumerate(texts)),
        "utf-8",
    )
    (beir / "queries.jsonl").write_text(
        "".join(json.dumps({"_id": id, "text": question}) + "\n" for id, question, _ in asked), "utf-8"
    )
    relevant = "".join(f"{id}\td{texts.index(context)}\t1\n" for id, _, context in asked)
    (beir / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n" + relevant, "utf-8")
    lines = tmp_path / "lines.jsonl"
    lines.write_text(
        "".join(
            json.dumps({"question": question, "context": context}) + "\n" for _, question, context in asked
        ),
        "utf-8",
    )
    for path, form in ((beir, "beir"), (lines, "jsonl")):
        found = measure(path, model="none", form=form)
        assert (found["n"], found["documents"]) == (3, 3)
        assert found["bm25"]["recall@1"] == 1.0


def test_measures_agree_with_the_definitions(tmp_path: Path) -> None:
    """Ranks 1, 2 and none of three questions; nDCG as Järvelin and Kekäläinen (2002) define it."""
    wanted = {"a": {"x": 1}, "b": {"x": 1}, "c": {"x": 1}}
    run = {"a": {"x": 2.0, "y": 1.0}, "b": {"y": 2.0, "x": 1.0}, "c": {"y": 1.0}}
    found = _aggregate(wanted, run)
    assert found["recall@1"] == pytest.approx(1 / 3, abs=1e-4)
    assert found["mrr@10"] == pytest.approx((1 + 1 / 2) / 3, abs=1e-4)
    assert found["ndcg@10"] == pytest.approx((1 + 1 / math.log2(3)) / 3, abs=1e-4)
