"""Sign-in, the HTTP API and MCP against a real server: who may come in, and what programs get."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from playwright.sync_api import Browser, expect

from qa.chat import people
from qa.cli import main
from tests.browser.conftest import served
from tests.browser.test_chat import QUESTION

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def guarded(index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    file = tmp_path_factory.mktemp("people") / "people"
    people.write(file, "kono", "himitsu")
    yield from served(index, "--auth", str(file), "--read-only")


@pytest.fixture(scope="module")
def behind_proxy(index: Path) -> Iterator[str]:
    yield from served(index, "--user-header", "X-Forwarded-User", "--read-only")


def called(address: str, name: str, **given: Any) -> Any:
    """What a program gets over HTTP, as the README shows it."""
    begun = httpx.post(f"{address}/gradio_api/call/v2/{name}", json=given, timeout=60)
    begun.raise_for_status()
    ended = httpx.get(f"{address}/gradio_api/call/v2/{name}/{begun.json()['event_id']}", timeout=60).text
    line = next(line for line in ended.splitlines() if line.startswith("data:"))
    assert "event: complete" in ended, ended
    return json.loads(line.removeprefix("data:"))[0]


def test_a_program_asks_searches_and_lists_over_http(address: str) -> None:
    answer = called(address, "ask", question=QUESTION)
    assert answer["citations"][0]["quote"] and not answer["abstained"]
    (document,) = [d for d in called(address, "list_documents") if d["document"] == "試験文書.txt"]
    assert document["title"]
    hits = called(address, "search", question="鍵は誰が管理しますか", k=3, documents=["試験文書.txt"])
    assert hits and {hit["document"] for hit in hits} == {"試験文書.txt"}


def tool(address: str, name: str, given: dict[str, Any], headers: dict[str, str]) -> tuple[set[str], str]:
    """The names of the tools there are, and what one of them says."""

    async def use() -> tuple[set[str], str]:
        async with (
            httpx.AsyncClient(headers=headers, timeout=60) as client,
            streamable_http_client(f"{address}/mcp/", http_client=client) as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            tools = {tool.name for tool in (await session.list_tools()).tools}
            result = await session.call_tool(name, given)
            return tools, "\n".join(part.text for part in result.content if part.type == "text")

    with ThreadPoolExecutor(1) as apart:  # the browser's driver has an event loop in this thread
        return apart.submit(anyio.run, use).result()


def test_an_assistant_gets_citations_as_a_tool(address: str) -> None:
    tools, said = tool(address, "ask", {"question": QUESTION}, {})
    assert tools == {"ask", "search", "list_documents"}
    assert json.loads(said)["citations"][0]["quote"]
    for given, told in (
        ({"question": " "}, "質問の文がありません"),
        ({"question": "問", "documents": ["無"]}, "無"),
    ):
        assert told in tool(address, "ask", given, {})[1]


def test_without_signing_in_there_is_nothing(guarded: str) -> None:
    for path in ("config", "gradio_api/info", "mcp/", "gradio_api/openapi.json"):
        assert httpx.get(f"{guarded}/{path}").status_code == 401, path
    for path in ("gradio_api/call/ask", "gradio_api/queue/join", "mcp/", "gradio_api/upload"):
        assert httpx.post(f"{guarded}/{path}", json={"data": [QUESTION]}).status_code == 401, path


def test_with_name_and_password_people_and_programs_come_in(guarded: str, browser: Browser) -> None:
    context = browser.new_context(locale="ja-JP")
    page = context.new_page()
    page.goto(guarded)
    fields = page.locator("input")
    fields.nth(0).fill("kono")
    fields.nth(1).fill("falsch")
    page.locator("button").last.click()
    expect(page.locator(".welcome")).to_have_count(0)
    fields.nth(1).fill("himitsu")
    page.locator("button").last.click()
    expect(page.locator(".welcome")).to_be_visible(timeout=30_000)
    expect(page.locator("#title nav")).to_contain_text("ログアウト（kono）")
    page.get_by_role("link", name="ログアウト").click()
    page.goto(guarded)
    expect(page.locator("input").nth(1)).to_be_visible()
    expect(page.locator(".welcome")).to_have_count(0)
    context.close()
    basic = base64.b64encode(b"kono:himitsu").decode()
    _, said = tool(guarded, "list_documents", {}, {"Authorization": f"Basic {basic}"})
    assert "試験文書.txt" in said


def test_behind_a_proxy_its_word_is_the_sign_in(behind_proxy: str) -> None:
    assert httpx.get(f"{behind_proxy}/").status_code == 401
    assert httpx.get(f"{behind_proxy}/mcp/").status_code == 401
    named = {"X-Forwarded-User": "kono", "X-Forwarded-For": "203.0.113.7"}
    assert httpx.get(f"{behind_proxy}/", headers=named).status_code == 200
    assert "試験文書.txt" in tool(behind_proxy, "list_documents", {}, named)[1]
    twice = [("X-Forwarded-User", "kono"), ("X-Forwarded-User", "other")]
    assert httpx.get(f"{behind_proxy}/", headers=twice).status_code == 403


def test_every_reply_forbids_the_page_to_reach_elsewhere(address: str) -> None:
    policy = httpx.get(address).headers["content-security-policy"]
    assert "connect-src 'self'" in policy and "http:" not in policy and "*" not in policy


def test_a_page_of_another_site_cannot_use_this_one(address: str) -> None:
    assert httpx.get(address, headers={"Host": "evil.example"}).status_code == 403
    posted = httpx.post(
        f"{address}/gradio_api/queue/join", json={}, headers={"Origin": "https://evil.example"}
    )
    assert posted.status_code == 403


def test_many_at_once_get_their_own_answers_and_no_error(
    address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["eval", "load", address, "--users", "5", "--seconds", "3"]) == 0
    assert "エラー 0、履歴の混入 0" in capsys.readouterr().out
