"""Several servers over one index: real processes asked over HTTP while another changes the documents."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import pytest

from eval.load import crowd
from qa import Tenkyo
from qa.chat.library import Library

ROOT = Path(__file__).resolve().parents[2]
QUESTION = "補助金の上限額はいくらですか"


def rules(version: int) -> str:
    """A document in which every place says which version it is of, none of the same length as another's."""
    return (
        f"# 補助金交付要綱 第{version}版\n{'　' * version}\n"
        f"## 上限額\n補助金の上限額は{version}万円とする。\n\n"
        f"## 窓口\n申請の窓口は総務部第{version}課とする。\n"
    )


@dataclass(frozen=True, slots=True)
class Server:
    """A running `tenkyo serve`.

    :param log: what it has written to standard error
    """

    address: str
    log: Path

    def replied(self, name: str, **given: Any) -> str:
        """What comes back over HTTP, as it comes."""
        address = f"{self.address}/gradio_api/call/v2/{name}"
        begun = httpx.post(address, json=given, timeout=60).raise_for_status()
        return httpx.get(f"{address}/{begun.json()['event_id']}", timeout=60).text

    def called(self, name: str, **given: Any) -> Any:
        """What a program gets."""
        ended = self.replied(name, **given)
        assert "event: complete" in ended, ended
        line = next(line for line in ended.splitlines() if line.startswith("data:"))
        return json.loads(line.removeprefix("data:"))[0]

    def tool(self, question: str) -> None:
        """Ask as an assistant does."""
        call = {"name": "ask", "arguments": {"question": question}}
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
        headers = {"Accept": "application/json, text/event-stream"}
        answer = httpx.post(f"{self.address}/mcp/", json=body, headers=headers, timeout=60)
        assert '"isError":false' in answer.text, answer.text

    def health(self) -> httpx.Response:
        return httpx.get(f"{self.address}/healthz", timeout=30)

    def measured(self) -> str:
        return httpx.get(f"{self.address}/metrics", timeout=30).raise_for_status().text

    def logged(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}


@contextmanager
def serving(index: Path, *logs: Path) -> Iterator[list[Server]]:
    """A server for each log file, all begun at the same time, on free ports; once they can be asked."""
    with ExitStack() as after:
        begun = [_begun(index, log, after) for log in logs]
        servers = []
        for process, port, log in begun:
            assert process.stdout is not None
            assert f"127.0.0.1:{port}" in process.stdout.readline(), log.read_text(encoding="utf-8")
            servers.append(Server(f"http://127.0.0.1:{port}", log))
            while servers[-1].health().status_code != 200:
                assert process.poll() is None, log.read_text(encoding="utf-8")
                Event().wait(0.1)
        yield servers


def _begun(index: Path, log: Path, after: ExitStack) -> tuple[subprocess.Popen[str], int, Path]:
    """A process, its port and its log; ended when `after` is."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    errors = after.enter_context(log.open("w"))
    options = ("--index", str(index), "--port", str(port), "--log", "json")
    process = subprocess.Popen(
        [sys.executable, "-m", "qa.cli", "serve", *options],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
    )
    after.callback(process.wait, timeout=30)
    after.callback(process.terminate)
    return process, port, log


def tenkyo(*arguments: str | Path) -> None:
    """A command, by a process of its own."""
    command = [sys.executable, "-m", "qa.cli", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `docs/` and, made of it, `index/`."""
    folder = tmp_path_factory.mktemp("servers")
    (folder / "docs").mkdir()
    (folder / "docs" / "要綱.md").write_text(rules(1), encoding="utf-8")
    (folder / "docs" / "案内.md").write_text("# 図書館\n\n図書館の休館日は月曜日とする。\n", encoding="utf-8")
    opened = Tenkyo.open(folder / "index")
    opened.add(folder / "docs")
    opened.close()
    return folder


@pytest.fixture(scope="module")
def pair(place: Path) -> Iterator[list[Server]]:
    """Two servers over the one index."""
    with serving(place / "index", place / "one.log", place / "two.log") as servers:
        yield servers


@dataclass(slots=True)
class Questioner:
    """Asks a server until told to stop, leaving the writer some room; every answer is kept."""

    server: Server
    stop: Event = field(default_factory=Event)
    answers: list[dict[str, Any]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def run(self) -> None:
        while not self.stop.wait(0.1):
            try:
                self.answers.append(self.server.called("ask", question=QUESTION))
            except (AssertionError, httpx.HTTPError) as error:
                self.errors.append(repr(error))


def version_of(answer: dict[str, Any]) -> int:
    """Which version of the document an answer is made of: one, in its words and in every citation."""
    assert not answer["abstained"], answer
    versions = {int(found) for found in re.findall(r"上限額は(\d+)万円", answer["answer"])}
    for citation in answer["citations"]:
        if citation["document"] == "要綱.md":
            kept = [
                n for n in range(1, 9) if rules(n)[citation["start"] : citation["end"]] == citation["quote"]
            ]
            assert kept, citation
            versions &= set(kept)
    assert len(versions) == 1, answer
    return versions.pop()


def test_servers_follow_another_process_and_no_answer_is_torn(place: Path, pair: list[Server]) -> None:
    asking = [Questioner(server) for server in pair]
    threads = [Thread(target=one.run) for one in asking]
    before = pair[0].health().json()["generation"]
    for thread in threads:
        thread.start()
    try:
        (place / "docs" / "要綱.md").write_text(rules(2), encoding="utf-8")
        tenkyo("index", place / "docs", "--index", place / "index")
        assert [version_of(server.called("ask", question=QUESTION)) for server in pair] == [2, 2]
        tenkyo("docs", "remove", "案内.md", "--index", place / "index")
        for server in pair:
            assert [held["document"] for held in server.called("list_documents")] == ["要綱.md"]
        (place / "docs" / "要綱.md").write_text(rules(3), encoding="utf-8")
        tenkyo("index", place / "docs", "--index", place / "index")
        assert [version_of(server.called("ask", question=QUESTION)) for server in pair] == [3, 3]
    finally:
        for one in asking:
            one.stop.set()
        for thread in threads:
            thread.join()
    for one in asking:
        assert one.errors == []
        seen = [version_of(answer) for answer in one.answers]
        assert seen == sorted(seen) and {1, 2} <= set(seen)
    well = [server.health().json() for server in pair]
    assert well[0] == well[1]
    assert well[0]["generation"] >= before + 3 and well[0]["documents"] == 2
    for server in pair:
        assert f"tenkyo_index_generation {float(well[0]['generation'])}" in server.measured()


def test_every_way_of_asking_is_counted_and_written_down(pair: list[Server]) -> None:
    server = pair[0]
    before = len(server.logged())
    server.called("ask", question=QUESTION)
    server.tool(QUESTION)
    load = crowd(server.address, [QUESTION], 1, 0.5)
    assert (load.errors, load.mixed) == ([], 0)
    told = server.measured()
    lines = [line for line in server.logged()[before:] if line["event"] == "question"]
    for by in ("api", "mcp", "chat"):
        assert re.search(rf'tenkyo_questions_total{{by="{by}",outcome="answered"}} [1-9]', told)
        assert [line for line in lines if line["by"] == by and line["outcome"] == "answered"]
    assert len({line["request"] for line in lines}) == len(lines)
    whole = server.log.read_text(encoding="utf-8")
    assert not re.search(r"[぀-ヿ一-鿿]", whole)


def test_a_server_whose_index_breaks_says_so_and_shows_no_trace(place: Path, tmp_path: Path) -> None:
    shutil.copytree(place / "index", tmp_path / "index", ignore=shutil.ignore_patterns("*-shm", "*-wal"))
    with serving(tmp_path / "index", tmp_path / "log") as (server,):
        server.called("ask", question=QUESTION)
        with closing(sqlite3.connect(next(tmp_path.glob("index/*.sqlite3")))) as other:
            other.execute("DROP TABLE documents")
        assert server.health().status_code == 503
        assert "索引" in server.health().json()["reason"]
        assert "tenkyo_index_readable 0.0" in server.measured()
        for name in ("search", "ask"):
            told = server.replied(name, question=QUESTION)
            assert "event: error" in told and "\\u7d22\\u5f15" in told and "Traceback" not in told  # 索引
        searched, asked = server.logged()[-2:]  # every line is JSON still
        assert (searched["level"], searched["error"]) == ("error", "UnusableIndex")
        assert (asked["level"], asked["outcome"], asked["error"]) == ("error", "failed", "UnusableIndex")
        assert QUESTION not in server.log.read_text(encoding="utf-8")
        shutil.rmtree(tmp_path / "index")
        assert (server.health().status_code, server.health().json()["reason"]) == (503, "索引がありません")
        assert httpx.get(f"{server.address}/livez").status_code == 200


def test_a_server_starts_while_another_changes_documents(place: Path) -> None:
    opened = Tenkyo.open(place / "index")
    library = Library(opened, place / "index")
    with (place / "index" / ".changing").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        library.tidy()  # returns, and the other's half copies stay
    library.tidy()
    opened.close()


def test_a_wrong_address_for_metrics_is_one_line(place: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "qa.cli",
        "serve",
        "--index",
        str(place / "index"),
        "--metrics-from",
        "x",
    ]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "アドレスとして読めません" in done.stderr and len(done.stderr.splitlines()) == 1
