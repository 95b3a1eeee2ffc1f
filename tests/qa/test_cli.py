"""The `tenkyo` command as a user runs it: real processes, exit codes, one-line errors."""

from __future__ import annotations

import json
import os
import signal
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
        "第1章 総則\n\n補助金の上限額は50万円とする。\n\n第2章 申請\n\n申請の期限は令和4年6月30日とする。\n",
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


def test_a_line_that_cannot_be_used_costs_only_itself(place: Path) -> None:
    lines = [
        '{"id": 1, "question": "補助金の上限額は\\ud800"}',
        '{"id": 2, "question": "' + "[" * 100_000,
        '{"id": 3, "question": "補助金の上限額はいくらですか", "n": ' + "1" * 5000 + "}",
        '{"id": 4, "question": "補助金の上限額は\u2028いくらですか", "nearest": 1}',
    ]
    (place / "odd.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = tenkyo("ask", "--batch", "odd.jsonl", "--out", "odd.out", cwd=place)
    assert done.returncode == 1
    assert [f"odd.jsonl:{n}:" in done.stderr for n in (1, 2, 3, 4)] == [True, True, True, False]
    (answer,) = map(json.loads, (place / "odd.out").read_text(encoding="utf-8").split("\n")[:-1])
    assert (answer["id"], answer["abstained"], "nearest" in answer) == (4, False, False)


def test_the_questions_are_never_overwritten_by_the_answers(place: Path) -> None:
    (place / "same.jsonl").write_text('{"id": 1, "question": "休館日は"}\n', encoding="utf-8")
    (place / "link.jsonl").unlink(missing_ok=True)
    (place / "link.jsonl").symlink_to("same.jsonl")
    done = tenkyo("ask", "--batch", "same.jsonl", "--out", "link.jsonl", cwd=place)
    assert done.returncode == 2
    assert (place / "same.jsonl").read_text(encoding="utf-8") == '{"id": 1, "question": "休館日は"}\n'


def test_a_pipe_is_written_to_and_stays_a_pipe(place: Path) -> None:
    (place / "one.jsonl").write_text('{"id": 1, "question": "休館日は"}\n', encoding="utf-8")
    pipe = place / "pipe"
    os.mkfifo(pipe)
    reading = subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE, text=True, encoding="utf-8")
    assert tenkyo("ask", "--batch", "one.jsonl", "--out", "pipe", cwd=place).returncode == 0
    assert json.loads(reading.communicate(timeout=30)[0])["id"] == 1
    assert pipe.is_fifo()


def test_a_file_that_moved_within_its_folder_keeps_its_place_in_the_index(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    for name, text in (("甲.txt", "上限額は50万円です。"), ("乙.txt", "休館日は月曜日です。")):
        (tmp_path / "docs" / name).write_text(text, encoding="utf-8")
    tenkyo("index", "docs", cwd=tmp_path)
    (tmp_path / "docs" / "乙.txt").rename(tmp_path / "docs" / "丙.txt")
    done = tenkyo("index", "docs", cwd=tmp_path)
    assert "移動 1 件、変更なし 1 件" in done.stdout
    listed = tenkyo("docs", "list", cwd=tmp_path).stdout
    assert "丙.txt" in listed
    assert "乙.txt" not in listed


def test_what_steers_a_terminal_is_not_printed(tmp_path: Path) -> None:
    (tmp_path / "悪い.txt").write_text("上限額は\x1b[31m50万円\x1b[0mです。\n" * 3, encoding="utf-8")
    tenkyo("index", "悪い.txt", cwd=tmp_path)
    assert "\x1b" not in tenkyo("ask", "上限額はいくらですか", cwd=tmp_path).stdout
    assert "\x1b" not in tenkyo("docs", "list", cwd=tmp_path).stdout


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
        (["ask", "質問", "--out", "x.jsonl"], 2),
        (["serve", "--port", "99999999"], 2),
        (["index", ""], 2),
        (["index", "あ" * 300], 1),
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


def test_what_was_read_badly_is_said_at_once_and_health_on_request(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "化け.txt").write_text(
        "䛣䛾䝯䝰䛿䝕䝆䝍䝹䛻䛴䛔䛶䛾䜒䛾䛷䛩。" * 5, encoding="utf-8"
    )
    (tmp_path / "docs" / "表.csv").write_text("区分,課長\n日当,2600円\n", encoding="utf-8")
    done = tenkyo("index", "docs", "-v", cwd=tmp_path)
    assert "化け.txt: 注意: 文字の" in done.stderr
    assert "表.csv: 表 1" in done.stdout
    assert "状態: 表 1" in tenkyo("docs", "show", "表.csv", cwd=tmp_path).stdout


def test_an_index_is_examined_saved_and_put_back(tmp_path: Path) -> None:
    (tmp_path / "甲.txt").write_text("上限額は50万円です。", encoding="utf-8")
    tenkyo("index", "甲.txt", cwd=tmp_path)
    assert tenkyo("doctor", cwd=tmp_path).stdout == "問題はありません\n"
    assert tenkyo("backup", "保存", cwd=tmp_path).returncode == 0
    tenkyo("docs", "remove", "甲.txt", cwd=tmp_path)
    done = tenkyo("restore", "保存", cwd=tmp_path)
    assert done.stdout == "元に戻しました: 文書 1 件\n"
    assert "50万円" in tenkyo("ask", "上限額はいくらですか", cwd=tmp_path).stdout
    for command in (("backup", "ない/保存"), ("restore", "甲.txt"), ("doctor", "--index", "ない")):
        wrong = tenkyo(*command, cwd=tmp_path)
        assert wrong.returncode == 2
        assert wrong.stderr.count("\n") == 1 and "Traceback" not in wrong.stderr


@pytest.mark.timeout(60)
def test_a_watched_folder_is_followed_until_it_is_stopped(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "甲.txt").write_text("上限額は50万円です。", encoding="utf-8")
    watching = subprocess.Popen(
        [sys.executable, "-m", "qa.cli", "index", "docs", "--watch"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert watching.stdout is not None
    try:
        assert "見守っています" in watching.stdout.readline()
        assert watching.stdout.readline() == "追加 1 件\n"
        (tmp_path / "docs" / "乙.txt").write_text("休館日は月曜日です。", encoding="utf-8")
        assert watching.stdout.readline() == "追加 1 件、変更なし 1 件\n"
        (tmp_path / "docs" / "甲.txt").unlink()
        assert watching.stdout.readline() == "変更なし 1 件、削除 1 件\n"
        watching.send_signal(signal.SIGINT)
        assert watching.wait(timeout=30) == 130
    finally:
        watching.kill()
        watching.communicate()


def test_a_name_of_two_lines_is_said_on_one(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "壊\nれ\u202eた.txt").write_bytes(b"\0\1" * 50)
    done = tenkyo("index", "docs", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1 and "\u202e" not in done.stderr
