"""What is counted, timed and written down of questions, who may read it, when a server says it is well."""

from __future__ import annotations

import io
import json
import logging
import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Event, Thread
from typing import Any, cast

import anyio
import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from index import Index
from ingest.errors import TenkyoError
from qa import Tenkyo
from qa.answer import Answer
from qa.chat import journal
from qa.chat.asker import Asker
from qa.chat.gate import Door, Gate, hosts
from qa.chat.health import Glance, Health
from qa.chat.measures import Measures
from qa.chat.people import Passwords, Rate, write
from qa.chat.probes import Probes, readers
from qa.chat.talk import Talk
from qa.chat.watch import Watch
from qa.passage import Passage
from qa.question import Question
from qa.reader import Findings
from tests.qa.chat.conftest import request

HELD, UNKNOWN = "返却の期限はいつですか", "館長の生年月日はいつですか"
OPEN = Door(hosts=hosts("127.0.0.1", (), False))


@pytest.fixture
def health(tenkyo: Tenkyo, tmp_path: Path) -> Health:
    return Health(Glance(tmp_path / "index"))


@pytest.fixture
def measures(health: Health) -> Measures:
    return Measures(health.state)


@pytest.fixture
def lines(health: Health) -> Iterator[io.StringIO]:
    """What the journal writes, as JSON; handlers are put back afterwards."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    journal.configure("json", False)
    written = io.StringIO()
    handler = root.handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(written)
    yield written
    root.handlers[:] = before
    root.setLevel(level)
    logging.getLogger("tenkyo").setLevel(logging.NOTSET)
    logging.captureWarnings(False)


def values(measures: Measures) -> dict[str, float]:
    """Every series as Prometheus reads it."""
    families = text_string_to_metric_families(measures.exposed("")[0].decode())
    return {
        sample.name + "".join(f",{value}" for _, value in sorted(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def warmed(health: Health) -> Health:
    health.warm(lambda: None, lambda error: None)
    return health


def get(
    path: str, health: Health, measures: Measures, door: Door = OPEN, peer: str = "127.0.0.1", **more: Any
) -> httpx.Response:
    """What a machine at an address gets; `headers` and `allowed` addresses if any."""

    async def nothing(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 404, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    app: Any = Probes(Gate(nothing, door), health, measures, readers(door, more.get("allowed", ())))

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=app, client=(peer, 5))
        async with httpx.AsyncClient(
            transport=transport, base_url=more.get("base", "http://127.0.0.1")
        ) as client:
            return await client.request(more.get("method", "GET"), path, headers=more.get("headers", {}))

    return anyio.run(ask)


def test_questions_are_counted_by_outcome_and_timed_by_stage(
    tenkyo: Tenkyo, tmp_path: Path, measures: Measures
) -> None:
    talk = Talk(tenkyo, tmp_path / "index", Rate(""), Watch(measures))
    for question in (HELD, UNKNOWN):
        list(talk.ask(question, False, [], [], None, "ja", request()))
    found = values(measures)
    assert found["tenkyo_questions_total,chat,answered"] == 1
    assert found["tenkyo_questions_total,chat,refused"] == 1
    assert found["tenkyo_questions_total,api,answered"] == 0
    for stage in ("search", "read", "compose", "total"):
        assert found[f"tenkyo_question_seconds_count,{stage}"] == 2
    parts = sum(found[f"tenkyo_question_seconds_sum,{stage}"] for stage in ("search", "read", "compose"))
    assert 0 < parts <= found["tenkyo_question_seconds_sum,total"] < 60
    assert found["tenkyo_questions_in_flight"] == 0
    assert (found["tenkyo_documents"], found["tenkyo_index_readable"]) == (1, 1)
    assert found["process_resident_memory_bytes"] > 0


def test_a_question_being_answered_is_in_flight(measures: Measures) -> None:
    begun, over = Event(), Event()

    def slow() -> Answer:
        begun.set()
        assert over.wait(30)
        return Answer("", "", True, 0.0)

    asking = Thread(target=Watch(measures).asked, args=(Asker("api"), "問", slow))
    asking.start()
    assert begun.wait(30)
    assert values(measures)["tenkyo_questions_in_flight"] == 1
    over.set()
    asking.join()
    assert values(measures)["tenkyo_questions_in_flight"] == 0


def test_a_changed_index_shows_at_the_next_scrape(tenkyo: Tenkyo, tmp_path: Path, measures: Measures) -> None:
    before = values(measures)
    other = Tenkyo.open(tmp_path / "index")  # as another process would
    (tmp_path / "別.md").write_text("# 別表\n\n延滞金は一日十円とする。\n", encoding="utf-8")
    other.add(tmp_path / "別.md")
    after = values(measures)
    assert after["tenkyo_index_generation"] > before["tenkyo_index_generation"]
    assert after["tenkyo_documents"] == 2
    assert after["tenkyo_chunks"] > before["tenkyo_chunks"]
    other.close()


def test_labels_hold_no_names_and_no_text(tenkyo: Tenkyo, measures: Measures, tmp_path: Path) -> None:
    talk = Talk(tenkyo, tmp_path / "index", Rate(""), Watch(measures))
    list(talk.ask(HELD, False, [], [], None, "ja", request(user="甲野")))
    told = measures.exposed("")[0].decode()
    assert re.findall(r"tenkyo_\w+\{[^}]*\}", told)
    assert not re.search(r"[぀-ヿ一-鿿]", told)


def test_a_question_is_one_json_line_without_its_text(
    tenkyo: Tenkyo, tmp_path: Path, health: Health, lines: io.StringIO
) -> None:
    talk = Talk(tenkyo, tmp_path / "index", Rate(""), Watch(state=health.state))
    who: Any = {"x-request-id": "proxy-17", "user": "甲野"}
    list(talk.ask(HELD, False, [], [], None, "ja", request(**who)))
    (line,) = map(json.loads, lines.getvalue().splitlines())
    assert line["time"].endswith("+00:00")
    assert (line["event"], line["outcome"], line["by"]) == ("question", "answered", "chat")
    assert (line["request"], line["generation"]) == ("proxy-17", health.state().generation)
    assert line["confidence"] > 0 and line["citations"] >= 1
    assert {"search", "read", "compose", "total"} <= line["ms"].keys()
    assert not re.search(r"[぀-ヿ一-鿿]", lines.getvalue())


def test_the_text_is_written_down_only_where_that_was_asked_for(lines: io.StringIO) -> None:
    logging.getLogger().handlers[0].setFormatter(journal.Json(texts=True))
    Watch().asked(Asker("mcp"), HELD, lambda: Answer(HELD, "", True, 0.0))
    assert json.loads(lines.getvalue())["question"] == HELD


class Stumbling:
    """A reader that quotes what it stumbles over, as errors do."""

    def read(self, question: Question, passages: Sequence[Passage]) -> Findings:
        raise ValueError(f"{question.text}: {passages[0].view.text}")


def test_a_failed_question_is_told_by_type_and_place_and_once(
    tenkyo: Tenkyo, tmp_path: Path, measures: Measures, lines: io.StringIO
) -> None:
    stumbling = Tenkyo(Index.open(tmp_path / "index"), reader=cast(Any, Stumbling()))
    talk = Talk(stumbling, tmp_path / "index", Rate(""), Watch(measures))
    *_, (page, _, _) = talk.ask(HELD, False, [], [], None, "ja", request())
    assert "うまくいきませんでした" in page and "ValueError" not in page
    (line,) = map(json.loads, lines.getvalue().splitlines())
    assert (line["event"], line["outcome"], line["error"]) == ("question", "failed", "ValueError")
    assert re.fullmatch(r"tests/qa/chat/test_measures\.py:\d+ read", line["place"])
    assert any(frame.startswith("qa/tenkyo.py") for frame in line["stack"])
    assert not re.search(r"[぀-ヿ一-鿿]", lines.getvalue())
    assert values(measures)["tenkyo_questions_total,chat,failed"] == 1
    stumbling.close()


def test_what_libraries_log_keeps_its_place_and_loses_its_words(lines: io.StringIO) -> None:
    try:
        raise ValueError(f"could not read {HELD}")
    except ValueError:
        logging.getLogger("some.library").exception("while answering %s", HELD)
    (line,) = map(json.loads, lines.getvalue().splitlines())
    assert (line["logger"], line["error"], line["level"]) == ("some.library", "ValueError", "error")
    assert "test_measures.py" in line["place"]
    assert HELD not in lines.getvalue()


def test_for_people_a_failure_is_one_line(lines: io.StringIO) -> None:
    logging.getLogger().handlers[0].setFormatter(journal.Plain(texts=False))
    with pytest.raises(KeyError):
        Watch().asked(Asker("api", request="a1"), HELD, lambda: {}["この文書にない"])  # type: ignore[index]
    (line,) = lines.getvalue().splitlines()
    assert line.startswith("tenkyo: 質問に答えられませんでした: KeyError")
    assert line.endswith("要求 a1") and "文書にない" not in line


def test_a_server_is_well_once_it_can_be_asked(health: Health, measures: Measures) -> None:
    starting = get("/healthz", health, measures)
    assert (starting.status_code, starting.json()["status"]) == (503, "starting")
    assert get("/livez", health, measures).status_code == 200
    warmed(health)
    for path in ("/healthz", "/readyz"):
        well = get(path, health, measures)
        assert well.status_code == 200
        assert well.json() | {"version": ""} == {
            "status": "ok",
            "generation": health.state().generation,
            "documents": 1,
            "version": "",
        }
    assert get("/healthz", health, measures, method="POST").status_code == 405


def test_models_that_cannot_be_loaded_are_tried_until_they_can(
    tmp_path: Path, measures: Measures, tenkyo: Tenkyo
) -> None:
    health = Health(Glance(tmp_path / "index"), pause=0.01)
    failing, told, again = Event(), Event(), Event()

    def ask() -> None:
        if not failing.is_set():
            failing.set()
            raise TenkyoError("model", "モデルがありません")
        assert again.wait(30)

    trying = Thread(target=health.warm, args=(ask, lambda error: told.set()))
    trying.start()
    assert told.wait(30)
    unwell = get("/healthz", health, measures)
    assert (unwell.status_code, unwell.json()["reason"]) == (503, "モデルがありません")
    again.set()
    trying.join()
    assert get("/healthz", health, measures).status_code == 200


@pytest.mark.parametrize("how", ["gone", "another", "damaged", "empty"])
def test_an_index_that_cannot_be_asked_is_said_in_a_line(
    how: str, health: Health, measures: Measures, tmp_path: Path
) -> None:
    warmed(health)
    folder = tmp_path / "index"
    file = next(folder.glob("*.sqlite3"))
    if how == "gone":
        shutil.rmtree(folder)
    elif how == "another":
        shutil.move(folder, tmp_path / "moved")
        Tenkyo.open(folder).close()
    else:
        file.write_bytes(b"x" * file.stat().st_size if how == "damaged" else b"")
    unwell = get("/healthz", health, measures)
    assert unwell.status_code == 503
    reason = unwell.json()["reason"]
    assert "索引" in reason and "\n" not in reason and str(tmp_path) not in reason
    assert get("/livez", health, measures).status_code == 200
    assert values(measures)["tenkyo_index_readable"] == 0


@pytest.mark.parametrize(
    "forged",
    [
        {"X-Forwarded-For": "127.0.0.1"},
        {"X-Real-IP": "127.0.0.1"},
        {"Forwarded": "for=127.0.0.1"},
        {"X-Forwarded-Host": "localhost"},
        {"Host": "localhost"},
        {"X-Forwarded-User": "kono"},
        {"Origin": "http://127.0.0.1"},
    ],
)
def test_no_header_opens_the_measurements(forged: dict[str, str], health: Health, measures: Measures) -> None:
    for door in (OPEN, Door(), Door(header="X-Forwarded-User", proxies=frozenset({"10.0.0.2"}))):
        asked = get("/metrics", health, measures, door, peer="203.0.113.7", headers=forged)
        assert asked.status_code == 403, door
        assert "tenkyo_" not in asked.text


def test_what_a_proxy_hands_on_for_others_is_refused(health: Health, measures: Measures) -> None:
    door = Door(header="X-Forwarded-User", proxies=frozenset({"10.0.0.2"}))
    assert get("/metrics", health, measures, door, peer="10.0.0.2").status_code == 200
    for handed_on in (
        {"X-Forwarded-For": "198.51.100.4"},
        {"X-Forwarded-User": "kono"},
        {"Via": "1.1 nginx"},
    ):
        for peer in ("10.0.0.2", "127.0.0.1"):
            refused = get("/metrics", health, measures, door, peer=peer, headers=handed_on)
            assert refused.status_code == 403


def test_a_page_that_points_its_name_at_this_machine_reads_nothing(
    health: Health, measures: Measures
) -> None:
    warmed(health)
    for door in (OPEN, Door()):
        assert get("/metrics", health, measures, door, base="http://evil.example").status_code == 403
    assert get("/healthz", health, measures, base="http://evil.example").json() == {"status": "ok"}
    assert get("/metrics", health, measures, base="http://localhost:7860").status_code == 200


@pytest.mark.parametrize(
    ("allowed", "peer", "status"),
    [
        ("10.0.0.7", "10.0.0.7", 200),
        ("10.0.0.7", "10.0.0.8", 403),
        ("10.1.0.0/16", "10.1.200.3", 200),
        ("10.0.0.7", "::ffff:10.0.0.7", 200),
        ("2001:db8::/32", "2001:db8::5", 200),
        ("10.0.0.7", "::1", 200),
        ("10.0.0.7", "testclient", 403),
    ],
)
def test_a_prometheus_elsewhere_is_let_in_by_its_address(
    allowed: str, peer: str, status: int, health: Health, measures: Measures
) -> None:
    asked = get("/metrics", health, measures, peer=peer, allowed=(allowed,), base="http://localhost")
    assert asked.status_code == status


def test_an_address_that_is_none_is_one_line() -> None:
    with pytest.raises(TenkyoError, match="アドレスとして読めません"):
        readers(OPEN, ("prometheus.example",))


def test_where_people_sign_in_strangers_learn_the_status_alone(
    health: Health, measures: Measures, tmp_path: Path
) -> None:
    write(tmp_path / "people", "kono", "himitsu")
    for door in (
        Door(Passwords(tmp_path / "people")),
        Door(header="X-User", proxies=frozenset({"10.0.0.2"})),
    ):
        assert get("/readyz", Health(health.state), measures, door, peer="203.0.113.7").json() == {
            "status": "starting"
        }
        assert get("/healthz", warmed(health), measures, door, peer="203.0.113.7").json() == {"status": "ok"}
        assert get("/healthz", health, measures, door).json()["documents"] == 1


def test_an_error_in_the_application_is_one_line_and_a_number(lines: io.StringIO) -> None:
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError(HELD)

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=Gate(broken, Door()))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.get("/", headers={"X-Request-ID": "a b<c>"})

    reply = anyio.run(ask)
    (line,) = map(json.loads, lines.getvalue().splitlines())
    assert reply.status_code == 500
    assert line["request"] == reply.headers["x-request-id"] and line["request"] in reply.text
    assert line["error"] == "RuntimeError"
    assert HELD not in reply.text + lines.getvalue()
