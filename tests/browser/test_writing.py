"""A model's words in a real browser: shown sentence by sentence as they are verified, given up at a press."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import ROOT, served
from tests.browser.test_chat import QUESTION, ask

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real server process; the mode comes behind it."""
    log = tmp_path_factory.mktemp("model") / "requests.jsonl"
    command = [sys.executable, str(ROOT / "tests" / "qa" / "llm_server.py"), str(log)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
    process.terminate()
    process.wait(timeout=30)


@contextmanager
def opened(browser: Browser, index: Path, url: str, language: str = "ja-JP") -> Iterator[Page]:
    for address in served(index, "--llm-url", url, "--llm-model", "模型", "--read-only"):
        page = browser.new_page(locale=language)
        page.set_default_timeout(30_000)
        page.goto(address)
        page.locator(".welcome").wait_for()
        yield page
        page.close()


def test_a_model_s_sentences_are_shown_with_their_sources_unless_not_wanted(
    browser: Browser, index: Path, model: str
) -> None:
    with opened(browser, index, f"{model}/mixed/v1") as page:
        ask(page, QUESTION)
        expect(page.locator("#log .about").first).to_contain_text("模型 が書き、一文ずつ出典と照合しました")
        expect(page.locator("#log .about").last).to_contain_text(
            re.compile("出典で裏づけられない . 文は除きました")
        )
        expect(page.locator("#log .said")).not_to_contain_text("月の裏側")
        page.locator("#log .cite").first.click()
        expect(page.locator("#source mark")).to_be_in_viewport()
        page.get_by_label("文章でまとめる（模型）").uncheck()
        ask(page, QUESTION, answers=2)
        expect(page.locator("#log .turn").last.locator(".about")).to_have_count(0)


def test_a_model_that_stalls_is_given_up_at_a_press(browser: Browser, index: Path, model: str) -> None:
    with opened(browser, index, f"{model}/stalls/v1") as page:
        page.locator("#question textarea").fill(QUESTION)
        page.keyboard.press("Enter")
        expect(page.locator("#log .notice")).to_contain_text("出典と照らし合わせています")
        page.get_by_role("button", name="止める").click()
        expect(page.locator("#log .about")).to_contain_text("原文からの抜き書きで答えます")
        expect(page.locator("#log .cite").first).to_be_visible()


def test_a_model_nobody_can_reach_costs_a_line_and_no_answer(browser: Browser, index: Path) -> None:
    with opened(browser, index, "http://127.0.0.1:9/v1") as page:
        ask(page, QUESTION)
        expect(page.locator("#log .about")).to_contain_text("接続できないため、原文からの抜き書きで答えます")
        expect(page.locator("#log .cite").first).to_be_visible()
