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
from axe_playwright_python.sync_playwright import Axe
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
def index(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the bundled corpus, one document that means harm, and a printed one."""
    folder = tmp_path_factory.mktemp("chat")
    (folder / "試験文書.txt").write_text(HOSTILE, encoding="utf-8")
    tenkyo = Tenkyo.open(folder / "index")
    (folder / "自転車.pdf").write_bytes(_printed(browser))
    reports = tenkyo.add(ROOT / "corpus", folder / "試験文書.txt", folder / "自転車.pdf")
    tenkyo.close()
    assert {report.status for report in reports} == {"added"}
    return folder / "index"


def _printed(browser: Browser) -> bytes:
    """A PDF of two pages."""
    page = browser.new_page()
    page.set_content(
        "<h1>自転車対策の手引</h1><p>放置された自転車は、警告ののち撤去する。</p>"
        "<h2 style='break-before: page'>届出</h2>"
        "<p>自転車の放置を届け出る窓口は、区役所二階の交通課である。</p>"
    )
    made = page.pdf(format="A4")
    page.close()
    return made


@pytest.fixture(scope="session")
def address(index: Path) -> Iterator[str]:
    """Where the chat is served, by a process of its own."""
    yield from served(index)


def served(index: Path, *options: str) -> Iterator[str]:
    """Start `python app.py` over an index on a free port; stop it afterwards."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, str(ROOT / "app.py"), "--index", str(index), "--port", str(port), *options]
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

    def visit(
        width: int = 1280, height: int = 860, dark: bool = False, language: str = "ja-JP", where: str = ""
    ) -> Page:
        context = browser.new_context(
            locale=language,
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
        page.goto(address + where)
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


@pytest.fixture
def serious() -> Callable[[Page], list[str]]:
    """What axe finds on a page that would keep somebody out, one line each."""

    def run(page: Page) -> list[str]:
        found = Axe().run(page).response["violations"]
        return [
            f"{rule['id']}: {node['target']} {node['html'][:120]}"
            for rule in found
            if rule["impact"] in ("serious", "critical")
            for node in rule["nodes"]
        ]

    return run
