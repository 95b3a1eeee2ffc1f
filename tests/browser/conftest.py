"""A real server over a real index, and a real browser that writes down every request it makes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect

from qa import Tenkyo

ROOT = Path(__file__).resolve().parents[2]
# What a document could say to take the page over: markup, a handler, Markdown, the page's own template marks.
HOSTILE = """試験文書の取扱要領

第1章 目的
この要領の目的は<script>alert(1)</script>と<img src=x onerror=alert(2)>を**強調**せずに示すことである。
合言葉は${alert(3)}と{{value}}と`alert(4)`の三つである。

第2章 保管
試験文書は<b>青い棚</b>に保管し、[鍵](javascript:alert(5))は総務係が管理する。
"""
# Generous: two cores may be shared with much else. What is there at once is seen at once.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the bundled corpus and one document that means harm."""
    folder = tmp_path_factory.mktemp("chat")
    (folder / "試験文書.txt").write_text(HOSTILE, encoding="utf-8")
    tenkyo = Tenkyo.open(folder / "index")
    reports = tenkyo.add(ROOT / "corpus", folder / "試験文書.txt")
    tenkyo.close()
    assert {report.status for report in reports} == {"added"}
    return folder / "index"


@pytest.fixture(scope="session")
def address(index: Path) -> Iterator[str]:
    """Where the chat is served, by a process of its own."""
    yield from served(index)


def served(index: Path) -> Iterator[str]:
    """Start `python app.py` over an index on a free port; stop it afterwards."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, str(ROOT / "app.py"), "--index", str(index), "--port", str(port)]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    assert server.stdout is not None
    try:
        # The line that tells the reader where to go is also the sign that the server listens.
        assert f"127.0.0.1:{port}" in server.stdout.readline()
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=30)


@pytest.fixture
def reader(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """Opens the chat as a new reader; whatever the reader does, no request may leave this machine."""
    contexts: list[BrowserContext] = []
    strangers: list[str] = []
    dialogs: list[str] = []

    def note(request: Request) -> None:
        if urlsplit(request.url).scheme not in ("data", "blob") and not request.url.startswith(address):
            strangers.append(request.url)

    def visit(width: int = 1280, height: int = 860, dark: bool = False) -> Page:
        context = browser.new_context(
            locale="ja-JP",
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            permissions=["clipboard-read", "clipboard-write"],
        )
        contexts.append(context)
        context.set_default_timeout(30_000)
        context.on("request", note)
        page = context.new_page()

        def dismiss(dialog: object) -> None:
            dialogs.append(str(dialog))

        page.on("dialog", dismiss)
        page.goto(address)
        page.locator(".welcome li").first.wait_for()
        return page

    yield visit
    for context in contexts:
        context.close()
    assert strangers == []
    assert dialogs == []


@pytest.fixture
def picture(tmp_path: Path) -> Callable[[Page, str], None]:
    """Keeps a screenshot under $TENKYO_SCREENSHOTS, or with the test's own files."""
    folder = Path(os.environ.get("TENKYO_SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)

    def keep(page: Page, name: str) -> None:
        page.screenshot(path=folder / f"{name}.png")

    return keep
