"""The evaluation report in a real browser: it needs nothing else, filters, and keeps answers inert."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from eval.cases import Case, Evidence, Given, Quote
from eval.page import html
from eval.report import judge, report

CASES = [
    Case("1", "上限額はいくら", "fact", True, ("50万円",), (), (Evidence("要綱.txt", "上限額は50万円"),)),
    Case(
        "2", "<script>alert(1)</script>はどこ", "fact", True, ("窓口",), (), (Evidence("要綱.txt", "窓口"),)
    ),
    Case("3", "天気は", "unanswerable", False),
]
GIVEN = [
    Given(
        "1", "上限額は50万円です", False, 0.9, (Quote("要綱.txt", "上限額は50万円です"),), (), {"total": 12.0}
    ),
    Given(
        "2", "<img src=x onerror=alert(2)>", False, 0.7, (Quote("要綱.txt", "別の所"),), (), {"total": 40.0}
    ),
    Given("3", "見つかりませんでした", True, 0.2, timings_ms={"total": 9.0}),
]


@pytest.fixture
def page_file(tmp_path: Path) -> Path:
    found = report(list(map(judge, CASES, GIVEN)), {"dataset": "試し.jsonl", "split": "all"})
    file = tmp_path / "report.html"
    file.write_text(html(found), encoding="utf-8")
    return file


def test_the_report_opens_alone_filters_and_runs_nothing_of_the_answers(
    browser: Browser, page_file: Path
) -> None:
    context = browser.new_context(locale="ja-JP")
    page = context.new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.goto(page_file.as_uri())
    shown = page.locator("#questions details:visible")
    expect(shown).to_have_count(3)
    expect(shown.first).to_contain_text("誤答")
    page.get_by_label("判定").select_option("正解")
    expect(shown).to_have_count(1)
    expect(shown.first).to_contain_text("上限額はいくら")
    page.get_by_label("判定").select_option("")
    page.get_by_label("探す").fill("天気")
    expect(shown).to_have_count(1)
    expect(page.locator("figure svg")).to_have_count(4)
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert said == []
    context.close()
