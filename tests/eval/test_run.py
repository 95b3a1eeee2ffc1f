"""A data set asked to a real index, from the command line."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from eval.__main__ import main
from eval.report import OUTCOMES
from eval.run import Journal
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
    again = json.loads(capsys.readouterr().out)
    assert (again["overall"], again["by_type"]) == (first["overall"], first["by_type"])


def test_a_run_measures_the_search_beside_the_answers(index: Path, tmp_path: Path) -> None:
    out = tmp_path / "報告"
    main(["run", str(dataset(tmp_path)), "--index", str(index), "--out", str(out)])
    found = json.loads((out / "report.json").read_text(encoding="utf-8"))
    assert found["retrieval"]["recall@10"] == 1.0
    assert found["questions"][0]["rank"] == 1


def test_every_question_is_a_line_for_a_spreadsheet(index: Path, tmp_path: Path) -> None:
    out = tmp_path / "報告"
    main(["run", str(dataset(tmp_path)), "--index", str(index), "--out", str(out)])
    with (out / "questions.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["question"] for row in rows] == [case["question"] for case in CASES]
    assert {row["verdict"] for row in rows} <= set(OUTCOMES)


def test_the_curve_is_a_picture_of_its_own(index: Path, tmp_path: Path) -> None:
    curve, kept = tmp_path / "曲線.svg", tmp_path / "残す.json"
    out = ["--out", str(tmp_path / "報告"), "--curve", str(curve), "--keep", str(kept)]
    assert main(["run", str(dataset(tmp_path)), "--index", str(index), *out]) == 0
    assert ElementTree.parse(curve).getroot().tag == "{http://www.w3.org/2000/svg}svg"
    assert json.loads(kept.read_text(encoding="utf-8"))["verbatim"]["value"] == 1.0


def test_a_run_that_was_stopped_goes_on_where_it_was(
    index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    questions, out = str(dataset(tmp_path)), tmp_path / "報告"
    main(["run", questions, "--index", str(index), "--out", str(out)])
    whole = (out / "answers.jsonl").read_text(encoding="utf-8")
    journal = Journal(out, {"the same": "run"})
    with pytest.raises(json.JSONDecodeError):
        journal.kept(json.loads(line) for line in [*whole.splitlines()[:1], "{torn"])
    assert list(Journal(out, {"the same": "run"}).taken_up()) == ["期限"]
    assert Journal(out, {"another": "run"}).taken_up() == {}


def test_two_runs_are_compared_question_by_question(
    index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    questions = str(dataset(tmp_path))
    for name in ("前", "後"):
        main(["run", questions, "--index", str(index), "--out", str(tmp_path / name)])
    worse = json.loads((tmp_path / "後" / "report.json").read_text(encoding="utf-8"))
    one = worse["questions"][0]
    one |= {"answer": "拒みました", "abstained": True, "figures": one["figures"] | {"contains": 0.0}}
    (tmp_path / "後" / "report.json").write_text(json.dumps(worse), encoding="utf-8")
    capsys.readouterr()
    assert main(["compare", str(tmp_path / "前"), str(tmp_path / "後"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    contains = next(each for each in found["figures"] if each["name"] == "contains")
    assert contains["after"] < contains["before"]
    assert [(each["id"], each["verdicts"][1]) for each in found["changed"]] == [("期限", "誤って拒否")]


def test_what_is_no_report_cannot_be_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "別のもの.json"
    file.write_text("[]", encoding="utf-8")
    assert main(["compare", str(file), str(file)]) == 2
    assert "評価報告ではありません" in capsys.readouterr().err


def test_an_empty_index_is_one_line_and_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", str(dataset(tmp_path)), "--index", str(tmp_path / "空")]) == 2
    assert "索引に文書がありません" in capsys.readouterr().err
