"""The `tenkyo` command as a user runs it: real processes, exit codes, one-line errors."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def tenkyo(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    environment.pop("TENKYO_INDEX", None)
    return subprocess.run(
        [sys.executable, "-m", "qa.cli", *map(str, arguments)],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two documents, indexed in `.tenkyo`."""
    folder = tmp_path_factory.mktemp("cli")
    (folder / "docs").mkdir()
    (folder / "docs" / "要綱.txt").write_text(
        "第1章 総則\n\n補助金の上限額は50万円とする。\n\n"
        "第2章 申請\n\n申請の期限は令和4年6月30日とする。\n",
        encoding="utf-8",
    )
    (folder / "docs" / "案内.md").write_text("# 図書館\n\n図書館の休館日は月曜日です。\n", encoding="utf-8")
    done = tenkyo("index", "docs", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


def test_asking_prints_the_answer_and_its_source(place: Path) -> None:
    done = tenkyo("ask", "補助金の上限額はいくらですか", cwd=place)
    assert done.returncode == 0
    assert "50万円" in done.stdout
    assert "要綱.txt" in done.stdout


def test_json_has_the_documented_keys(place: Path) -> None:
    done = tenkyo("ask", "申請の期限はいつですか", "--json", cwd=place)
    answer = json.loads(done.stdout)
    assert {"question", "answer", "abstained", "confidence", "citations", "timings_ms"} <= answer.keys()
    citation = answer["citations"][0]
    assert list(citation) == ["n", "document", "title", "section", "page", "start", "end", "quote", "score"]
    text = (place / "docs" / "要綱.txt").read_text(encoding="utf-8")
    assert citation["quote"] == text[citation["start"] : citation["end"]]


def test_a_batch_keeps_order_and_keys_knows_conversations_and_names_broken_lines(place: Path) -> None:
    lines = [
        {"id": 1, "question": "補助金の上限額はいくらですか", "担当": "田中"},
        {"id": 2, "question": "申請の期限はいつですか", "conversation": "a"},
        {"id": 3, "question": "それはいつですか", "conversation": "a"},
    ]
    batch = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines) + "\n{broken\n"
    (place / "in.jsonl").write_text(batch, encoding="utf-8")
    done = tenkyo("ask", "--batch", "in.jsonl", "--out", "out.jsonl", cwd=place)
    assert done.returncode == 1
    assert "in.jsonl:4:" in done.stderr
    answers = [json.loads(line) for line in (place / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [answer["id"] for answer in answers] == [1, 2, 3]
    assert answers[0]["担当"] == "田中"
    assert [answer["question"] for answer in answers] == [line["question"] for line in lines]
    assert "6月30日" in answers[2]["answer"]


def test_documents_are_listed_shown_and_removed(place: Path, tmp_path: Path) -> None:
    index = tmp_path / "other"
    assert tenkyo("index", "docs", "--index", index, cwd=place).returncode == 0
    assert "要綱.txt" in tenkyo("docs", "list", "--index", index, cwd=place).stdout
    assert "第1章 総則" in tenkyo("docs", "show", "要綱.txt", "--index", index, cwd=place).stdout
    assert tenkyo("docs", "remove", "要綱.txt", "--index", index, cwd=place).returncode == 0
    assert "要綱.txt" not in tenkyo("docs", "list", "--index", index, cwd=place).stdout
    again = tenkyo("docs", "remove", "要綱.txt", "--index", index, cwd=place)
    assert again.returncode == 1
    assert "要綱.txt" in again.stderr


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["index", "ない"], 1),
        (["ask"], 2),
        (["ask", "質問", "--index", "docs/要綱.txt"], 2),
        (["ask", "--batch", "ない.jsonl"], 2),
        (["nonsense"], 2),
    ],
)
def test_a_mistake_gets_its_code_and_no_stack_trace(place: Path, arguments: list[str], code: int) -> None:
    done = tenkyo(*arguments, cwd=place)
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert done.stderr.strip()


def test_help_teaches_in_japanese(place: Path) -> None:
    done = tenkyo("--help", cwd=place)
    assert done.returncode == 0
    assert "文書" in done.stdout
