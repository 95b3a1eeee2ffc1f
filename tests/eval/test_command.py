"""What someone sees who evaluates their own questions from the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from eval.__main__ import main

QUESTIONS: list[dict[str, Any]] = [
    {
        "id": "a",
        "type": "期限",
        "question": "申請の期限は",
        "answers": ["14日以内"],
        "evidence": [{"document": "規程.md", "text": "申請は14日以内に行う"}],
        "split": "dev",
    },
    {"id": "b", "type": "列挙", "question": "窓口は", "all_of": ["東京", "大阪"], "split": "test"},
    {"id": "c", "type": "なし", "question": "社長は誰", "answerable": False, "split": "dev"},
]


def answer(id: str, text: str, quote: str = "", abstained: bool = False) -> dict[str, Any]:
    start = RULES.find(quote)
    citation = {"n": 1, "document": "規程.md", "start": start, "end": start + len(quote), "quote": quote}
    return {
        "id": id,
        "question": "…",
        "answer": text,
        "abstained": abstained,
        "confidence": 0.2 if abstained else 0.8,
        "citations": [citation] if quote else [],
        "timings_ms": {"search": 3.0, "total": 5.0},
    }


RULES = "# 規程\n\n申請は14日以内に行う。\n"
ANSWERS = [
    answer("a", "申請は１４日以内に行う。", "申請は14日以内に行う。"),
    answer("b", "東京です。"),
    answer("c", "文書に答えが見つかりません", abstained=True),
]


def lines(path: Path, items: list[dict[str, Any]], *extra: str) -> Path:
    texts = [json.dumps(item, ensure_ascii=False) for item in items]
    path.write_text("\n".join([*texts, *extra]) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    return lines(tmp_path / "問い.jsonl", QUESTIONS)


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    return lines(tmp_path / "out.jsonl", ANSWERS)


def scored(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> dict[str, Any]:
    assert main(["score", *map(str, arguments), "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_batch_answers_are_scored(
    dataset: Path, answers: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "文書").mkdir()
    (tmp_path / "文書" / "規程.md").write_text(RULES, encoding="utf-8")
    found = scored(capsys, dataset, answers, "--corpus", tmp_path / "文書")
    overall = found["overall"]
    assert overall["contains"]["value"] == 0.5
    assert overall["evidence@1"] == {"value": 1.0, "low": 1.0, "high": 1.0, "n": 1}
    assert overall["refused"]["value"] == overall["refusal_precision"]["value"] == 1.0
    assert overall["items"]["value"] == 0.5
    assert overall["verbatim"]["value"] == 1.0
    assert found["by_type"]["列挙"]["contains"]["value"] == 0.0
    assert found["latency_ms"]["search"]["p95"] == 3.0


def test_a_quote_that_is_not_the_original_is_counted(
    dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = answer("a", "14日以内", "申請は14日以内に行う。")
    changed["citations"][0]["start"] += 1
    (tmp_path / "規程.md").write_text(RULES, encoding="utf-8")
    answers = lines(tmp_path / "x.jsonl", [changed, *ANSWERS[1:]])
    found = scored(capsys, dataset, answers, "--corpus", tmp_path)
    assert found["overall"]["verbatim"]["value"] == 0.0


def test_the_split_chooses_the_questions(
    dataset: Path, answers: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert scored(capsys, dataset, answers, "--split", "dev")["n"] == 2
    assert scored(capsys, dataset, answers)["n"] == 3


def test_the_table_is_japanese_and_shows_types(
    dataset: Path, answers: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["score", str(dataset), str(answers)]) == 0
    shown = capsys.readouterr().out
    assert "根拠が最初の引用" in shown and "列挙" in shown and "p95" in shown


@pytest.mark.parametrize(
    ("broken", "named"),
    [
        ("{こわれ", "JSON として読めません"),
        ('{"id": "z"}', "question がないか、空です"),
        ('{"id": "z", "question": "何", "answerable": true}', "answers も all_of も evidence もなく"),
        ('{"id": "a", "question": "何", "answers": ["x"]}', "重複"),
        ('{"id": "z", "question": "何", "answers": "x"}', "answers は文字列の並び"),
        ("[1]", "JSON ではありません"),
    ],
)
def test_a_broken_line_is_named_and_skipped(
    tmp_path: Path, answers: Path, capsys: pytest.CaptureFixture[str], broken: str, named: str
) -> None:
    dataset = lines(tmp_path / "問い.jsonl", QUESTIONS, broken)
    assert main(["score", str(dataset), str(answers), "--json"]) == 1
    shown = capsys.readouterr()
    assert json.loads(shown.out)["n"] == 3
    assert "問い.jsonl の 4 行目" in shown.err and named in shown.err
    assert len(shown.err.splitlines()) == 1


def test_a_question_without_an_answer_is_named(
    dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["score", str(dataset), str(lines(tmp_path / "x.jsonl", ANSWERS[:2]))]) == 1
    assert "回答のない 1 問を除いて採点しました (c)" in capsys.readouterr().err


def test_a_missing_file_is_one_line_and_exit_code_2(
    answers: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["score", str(tmp_path / "ない.jsonl"), str(answers)]) == 2
    shown = capsys.readouterr().err
    assert "ない.jsonl" in shown and len(shown.splitlines()) == 1


def test_questions_are_ready_for_batch_asking(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["questions", str(dataset), "--split", "dev"]) == 0
    written = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert written == [{"id": "a", "question": "申請の期限は"}, {"id": "c", "question": "社長は誰"}]


def test_help_teaches_the_form_of_a_question(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["run", "--help"])
    assert stop.value.code == 0
    assert '"all_of"' in capsys.readouterr().out


def test_the_report_is_written(dataset: Path, answers: Path, tmp_path: Path) -> None:
    assert main(["score", str(dataset), str(answers), "--out", str(tmp_path / "r")]) == 0
    found = json.loads((tmp_path / "r" / "report.json").read_text(encoding="utf-8"))
    assert [question["id"] for question in found["questions"]] == ["a", "b", "c"]
