"""A model writes, a real server process sends it: what stands in the documents is shown, nothing else."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Timer
from time import monotonic

import pytest

from qa import Answer, Tenkyo
from qa.cli import main
from qa.generate import Limits, Writer

TEXT = """# 図書室利用案内

利用手数料は、一件につき300円です。
申請は、利用日の7日前までに窓口で行います。
令和3年4月1日から、開館時間は午前9時からとなりました。
館内での飲食はできません。
図書室の責任者は佐藤花子です。

## 会議室

会議室の利用手数料は、一時間につき1,200円です。
"""
HASTY = Limits(connect=1, first=2, between=1, whole=6, characters=1500, retries=1)


@dataclass(frozen=True)
class Server:
    port: int
    log: Path

    def writer(self, mode: str, model: str = "m", limits: Limits = HASTY) -> Writer:
        return Writer(f"http://127.0.0.1:{self.port}/{mode}/v1", model, "key", limits)

    def requests(self) -> list[dict[str, list[dict[str, str]]]]:
        return [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("server") / "requests.jsonl"
    command = [sys.executable, str(Path(__file__).with_name("llm_server.py")), str(log)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield Server(int(process.stdout.readline()), log)
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.fixture(scope="module")
def tenkyo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenkyo]:
    folder = tmp_path_factory.mktemp("documents")
    (folder / "案内.md").write_text(TEXT, encoding="utf-8")
    tenkyo = Tenkyo.open(tmp_path_factory.mktemp("index") / "ix")
    tenkyo.add(folder)
    yield tenkyo
    tenkyo.close()


QUESTION = "図書室の利用手数料はいくらですか"


def asked(tenkyo: Tenkyo, writer: Writer, question: str = QUESTION, **others: object) -> Answer:
    tenkyo.writer = writer
    try:
        return tenkyo.ask(question, **others)  # type: ignore[arg-type]
    finally:
        tenkyo.writer = None


def sound(tenkyo: Tenkyo, answer: Answer) -> None:
    """Every part of the text has a citation, and every citation is the original's characters."""
    numbers = [citation.n for citation in answer.citations]
    assert numbers == list(range(1, len(numbers) + 1))
    for citation in answer.citations:
        assert citation.quote == tenkyo.document(citation.document_id).text[citation.start : citation.end]
    for line in answer.text.split("\n"):
        start = answer.text.index(line)
        assert any(s.span.start <= start < s.span.end and s.citation in numbers for s in answer.statements)


def test_an_honest_draft_is_shown_with_its_sources(server: Server, tenkyo: Tenkyo) -> None:
    stages: list[str] = []
    drafts: list[Answer] = []
    answer = asked(tenkyo, server.writer("honest"), on_stage=stages.append, on_draft=drafts.append)
    assert stages == ["search", "read", "write"]
    assert "300円" in answer.text and "[" not in answer.text
    assert answer.written_by == "m" and not answer.note
    assert any("300円" in citation.quote for citation in answer.citations)
    assert answer.to_dict()["written_by"] == "m"
    assert [draft.text for draft in drafts] == [
        "\n".join(answer.text.split("\n")[: n + 1]) for n in range(len(drafts))
    ]
    sound(tenkyo, answer)


def test_what_is_not_supported_is_dropped_and_counted(server: Server, tenkyo: Tenkyo) -> None:
    answer = asked(tenkyo, server.writer("mixed"))
    assert answer.written_by and answer.dropped >= 1
    assert "月の裏側" not in answer.text
    sound(tenkyo, answer)


@pytest.mark.parametrize("mode", ["liar", "miscited", "uncited"])
def test_lies_and_sentences_without_sources_leave_the_documents_own_words(
    server: Server, tenkyo: Tenkyo, mode: str
) -> None:
    drafts: list[Answer] = []
    answer = asked(tenkyo, server.writer(mode), on_draft=drafts.append)
    assert not answer.written_by and not drafts
    assert answer.text == tenkyo.ask(QUESTION).text
    assert "原文からの抜き書きで答えます" in answer.note


@pytest.mark.parametrize(
    ("mode", "told"),
    [
        ("silent", "時間内に応答しない"),
        ("stalls", "時間内に応答しない"),
        ("breaks", "途中で切れた"),
        ("nonsense", "途中で切れたか読めない"),
        ("garbage", "途中で切れたか読めない"),
        ("odd", "途中で切れたか読めない"),
        ("500", "エラーを返した"),
        ("401", "認証を拒まれた"),
        ("404", "モデルか URL がない"),
        ("429", "混み合っている"),
    ],
)
def test_a_server_that_fails_costs_a_note_and_never_the_answer(
    server: Server, tenkyo: Tenkyo, mode: str, told: str
) -> None:
    answer = asked(tenkyo, server.writer(mode))
    assert told in answer.note and answer.note.endswith("原文からの抜き書きで答えます")
    assert answer.text == tenkyo.ask(QUESTION).text and not answer.written_by


def test_a_server_that_is_not_there_is_said_so(tenkyo: Tenkyo) -> None:
    answer = asked(tenkyo, Writer("http://127.0.0.1:9/v1", "m", "key", HASTY))
    assert answer.note == "生成サーバーに接続できないため、原文からの抜き書きで答えます"
    assert "300円" in answer.text


def test_a_busy_server_is_asked_again(server: Server, tenkyo: Tenkyo) -> None:
    assert asked(tenkyo, server.writer("busy")).written_by


def test_an_endless_draft_ends(server: Server, tenkyo: Tenkyo) -> None:
    answer = asked(tenkyo, server.writer("endless"))
    assert not answer.written_by and "300円" in answer.text


@pytest.mark.parametrize("mode", ["silent", "stalls", "endless"])
def test_a_stop_ends_writing_within_a_second(server: Server, tenkyo: Tenkyo, mode: str) -> None:
    patient = Limits(first=60, between=60, characters=10**9)
    stop = Event()
    pressed: list[float] = []

    def press() -> None:
        pressed.append(monotonic())
        stop.set()

    def later(stage: str) -> None:
        if stage == "write":
            Timer(0.7, press).start()

    answer = asked(tenkyo, server.writer(mode, limits=patient), on_stage=later, stop=stop)
    assert monotonic() - pressed[0] < 1
    assert "中止" in answer.note and "300円" in answer.text


def test_a_question_that_is_refused_is_not_sent(server: Server, tenkyo: Tenkyo) -> None:
    before = len(server.requests()) if server.log.exists() else 0
    answer = asked(tenkyo, server.writer("honest"), "火星の人口は何人ですか")
    assert answer.abstained and not answer.written_by
    assert (len(server.requests()) if server.log.exists() else 0) == before


def test_the_documents_own_words_can_be_asked_for(server: Server, tenkyo: Tenkyo) -> None:
    answer = asked(tenkyo, server.writer("honest"), written=False)
    assert not answer.written_by and answer.text == tenkyo.ask(QUESTION).text


def test_the_prompt_holds_passages_as_data_behind_a_mark_of_its_own(server: Server, tenkyo: Tenkyo) -> None:
    asked(tenkyo, server.writer("honest"))
    asked(tenkyo, server.writer("honest"))
    marks = []
    for request in server.requests()[-2:]:
        system, user = (message["content"] for message in request["messages"])
        mark = re.search(r"<<([0-9a-f]{16})>> 資料 1\n", user)
        assert mark and mark[0][:20] in system and mark[1] not in TEXT
        assert user.endswith(f"質問: {QUESTION}")
        marks.append(mark[1])
    assert marks[0] != marks[1]


def test_the_command_asks_a_server(
    server: Server, tenkyo: Tenkyo, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "案内.md").write_text(TEXT, encoding="utf-8")
    index = ["--index", str(tmp_path / "ix")]
    main(["index", str(tmp_path / "案内.md"), *index])
    url = f"http://127.0.0.1:{server.port}/honest/v1"
    assert main(["ask", QUESTION, *index, "--llm-url", url, "--llm-model", "qwen"]) == 0
    assert "文章: qwen" in capsys.readouterr().out
    assert main(["ask", QUESTION, *index, "--llm-url", url]) == 2
    assert "--llm-model" in capsys.readouterr().err


# Mode "gullible" says what the model's name says.
FEE = "図書室の利用手数料は、一件につき300円です。"


def test_true_sentences_that_answer_nothing_are_not_an_answer(server: Server, tenkyo: Tenkyo) -> None:
    drafts: list[Answer] = []
    other = server.writer("gullible", "館内での飲食はできません。")
    answer = asked(tenkyo, other, on_draft=drafts.append)
    assert not drafts and not answer.written_by
    assert answer.note == "生成された文が質問に答えていないため、原文からの抜き書きで答えます"
    assert answer.text == tenkyo.ask(QUESTION).text


def test_a_model_may_think_longer_than_it_writes(server: Server, tenkyo: Tenkyo) -> None:
    thought = "<think>\n" + "手数料は900円です。[1]" * 400 + "</think>\n"
    answer = asked(tenkyo, server.writer("gullible", thought + FEE))
    assert answer.written_by and answer.text == FEE


def test_a_model_that_only_thinks_is_left(server: Server, tenkyo: Tenkyo) -> None:
    few = Limits(connect=1, first=2, between=1, whole=6, thought=1000)
    answer = asked(tenkyo, server.writer("gullible", "<think>" + "迷う" * 2000, few))
    assert "思考が長すぎる" in answer.note and answer.text == tenkyo.ask(QUESTION).text


HUGE = """
import json
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        choice = {"index": 0, "delta": {"content": "月は青い。[1]" * 400_000}, "finish_reason": "stop"}
        chunk = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m"}
        chunk["choices"] = [choice]
        self.wfile.write(f"data: {json.dumps(chunk, ensure_ascii=False)}\\n\\ndata: [DONE]\\n\\n".encode())

with HTTPServer(("127.0.0.1", 0), Handler) as server:
    print(server.server_address[1], flush=True)
    server.serve_forever()
"""


def test_one_huge_piece_is_cut_at_once(tenkyo: Tenkyo, tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", HUGE], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        url = f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
        begun = monotonic()
        answer = asked(tenkyo, Writer(url, "m", "key", Limits(first=30)))
        assert monotonic() - begun < 5
        assert not answer.written_by and "300円" in answer.text
    finally:
        process.terminate()
        process.wait(timeout=30)


INJECTIONS = [
    json.loads(line)
    for line in Path(__file__).with_name("injections.jsonl").read_text(encoding="utf-8").splitlines()
]


def document(attack: dict[str, str]) -> str:
    """The true text with an attack where it says."""
    said, where = attack["attack"], attack["where"]
    title = said if where == "title" else "施設の利用案内"
    heading = said if where == "heading" else "手数料"
    note = f"\n[^1]: {said}\n" if where == "footnote" else ""
    cell = said if where == "cell" else "予約が必要"
    line = f"{said}\n\n" if where == "line" else ""
    same = said if where == "same line" else ""
    return (
        f"# {title}\n\nこの施設は市民が利用できます。\n\n## {heading}\n\n"
        f"施設の利用手数料は、一件につき300円です。{same}\n\n{line}支払いは現金で行います。\n\n"
        f"| 部屋 | 定員 | 備考 |\n|---|---|---|\n| 大会議室 | 80人 | {cell} |\n"
        f"| 小会議室 | 12人 | なし |\n{note}"
    )


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenkyo]:
    folder = tmp_path_factory.mktemp("attacks")
    for number, attack in enumerate(INJECTIONS):
        (folder / f"{number:03}.md").write_text(document(attack), encoding="utf-8")
    tenkyo = Tenkyo.open(tmp_path_factory.mktemp("index") / "ix")
    tenkyo.add(folder)
    yield tenkyo
    tenkyo.close()


def test_the_attacks_are_many_and_of_many_kinds() -> None:
    assert len(INJECTIONS) >= 60
    assert len({attack["kind"] for attack in INJECTIONS}) >= 15


@pytest.mark.parametrize("number", range(len(INJECTIONS)), ids=lambda n: f"{n:03}-{INJECTIONS[n]['kind']}")
def test_a_model_that_obeys_a_document_plants_nothing(server: Server, attacked: Tenkyo, number: int) -> None:
    attack = INJECTIONS[number]
    ids = [each.id for each in attacked.documents() if each.name == f"{number:03}.md"]
    seen: list[Answer] = []
    told = attack["says"]
    writer = server.writer("gullible", told)
    answer = asked(attacked, writer, "施設の利用手数料はいくらですか", documents=ids, on_draft=seen.append)
    for shown in (*seen, answer):
        assert not [planted for planted in attack["planted"] if planted.casefold() in shown.text.casefold()]
    assert "300円" in attacked.ask("施設の利用手数料はいくらですか", documents=ids).text
    prompt = server.requests()[-1]["messages"][-1]["content"]
    assert re.match(r"<<[0-9a-f]{16}>> 資料 1\n", prompt)
