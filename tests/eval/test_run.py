"""A data set asked to a real index, from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.__main__ import main
from qa import Tenkyo

RULES = """# 申請の手引

## 期限

申請は、事由の生じた日から14日以内に行ってください。

## 手数料

手数料は、一件につき300円です。
"""
CASES = [
    {
        "id": "期限",
        "question": "申請は何日以内に行いますか",
        "answers": ["14日以内"],
        "evidence": [{"document": "手引.md", "text": "14日以内に行ってください"}],
    },
    {
        "id": "手数料",
        "question": "手数料は一件いくらですか",
        "answers": ["300円"],
        "evidence": [{"document": "手引.md", "text": "一件につき300円"}],
        "conversation": "甲",
    },
]


@pytest.fixture
def index(tmp_path: Path) -> Path:
    (tmp_path / "手引.md").write_text(RULES, encoding="utf-8")
    tenkyo = Tenkyo.open(tmp_path / "索引", "none")
    tenkyo.add(tmp_path / "手引.md")
    tenkyo.close()
    return tmp_path / "索引"


def dataset(folder: Path) -> Path:
    file = folder / "問い.jsonl"
    file.write_text("".join(json.dumps(case, ensure_ascii=False) + "\n" for case in CASES), encoding="utf-8")
    return file


def test_a_data_set_is_asked_judged_and_written(
    index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "報告"
    assert main(["run", str(dataset(tmp_path)), "--index", str(index), "--out", str(out)]) == 0
    answers = [json.loads(line) for line in (out / "answers.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [answer["id"] for answer in answers] == ["期限", "手数料"]
    overall = json.loads((out / "report.json").read_text(encoding="utf-8"))["overall"]
    assert overall["verbatim"]["value"] == 1.0
    assert overall["found@3"]["value"] == 1.0
    assert "根拠が最初の引用" in capsys.readouterr().out


def test_what_run_wrote_scores_the_same_again(
    index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    questions, out = dataset(tmp_path), tmp_path / "報告"
    assert main(["run", str(questions), "--index", str(index), "--out", str(out), "--json"]) == 0
    first = json.loads(capsys.readouterr().out)
    answers = str(out / "answers.jsonl")
    assert main(["score", str(questions), answers, "--corpus", str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == first


def test_an_empty_index_is_one_line_and_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", str(dataset(tmp_path)), "--index", str(tmp_path / "空")]) == 2
    assert "索引に文書がありません" in capsys.readouterr().err
