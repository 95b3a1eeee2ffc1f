"""What a reader sees in the chat, in a real browser, against the real thing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import HOSTILE, ROOT

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
Picture = Callable[[Page, str], None]
QUESTION = "デジタル庁はいつ発足しますか"
OTHER = "試験文書はどこに保管しますか"


def ask(page: Page, question: str, answers: int = 1) -> None:
    page.locator("#question textarea").fill(question)
    page.keyboard.press("Enter")
    expect(page.locator("#log .answer")).to_have_count(answers)


def choose(page: Page, title: str) -> None:
    if not page.locator("#documents input").is_visible():
        page.locator("#narrow button").first.click()
    page.locator("#documents input").click()
    page.get_by_role("option", name=title).click()
    page.keyboard.press("Escape")


def original(page: Page) -> str:
    """The whole text of the document that the source panel says it shows."""
    name = (page.locator("#source .facts").inner_text()).split(" ・ ")[-1]
    return HOSTILE if name == "試験文書.txt" else (ROOT / "corpus" / name).read_text(encoding="utf-8-sig")


def test_a_click_on_a_citation_opens_the_original_at_the_quote(reader: Visit, picture: Picture) -> None:
    page = reader()
    ask(page, QUESTION)
    expect(page.locator("#log .said")).not_to_be_empty()
    quote = page.locator("#log .source .quote").first.text_content()
    page.locator("#log .cite").first.click()
    mark = page.locator("#source mark")
    expect(mark).to_be_in_viewport()
    assert mark.text_content() == quote
    shown = page.locator("#source .original").text_content() or ""
    assert shown.strip("…").replace("\r", "") in original(page).replace("\r", "")
    assert len(shown) > len(quote or "") + 100
    page.mouse.move(0, 0)
    picture(page, "desktop")


def test_a_citation_opens_with_the_keyboard_alone(reader: Visit) -> None:
    page = reader()
    ask(page, QUESTION)
    page.locator("#log .source").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#source mark")).to_be_in_viewport()
    expect(page.locator("#source .panel")).to_be_focused()


def test_a_document_with_markup_stays_text(reader: Visit, picture: Picture) -> None:
    page = reader()
    choose(page, "試験文書")
    ask(page, "この要領の目的は何ですか")
    page.locator("#log .source").first.click()
    panel = page.locator("#source .original")
    for line in ("<script>alert(1)</script>", "onerror=alert(2)", "**強調**", "${alert(3)}", "{{value}}"):
        expect(panel).to_contain_text(line)
    assert panel.text_content() == HOSTILE or HOSTILE.strip() in (panel.text_content() or "")
    for intruder in ("script", "img", "a", "b"):
        assert page.locator(f"#log {intruder}, #source {intruder}").count() == 0
    picture(page, "hostile")


def test_a_question_with_markup_stays_text(reader: Visit) -> None:
    page = reader()
    question = "<img src=x onerror=alert(9)>**太字**は${alert(9)}ですか"
    ask(page, question)
    expect(page.locator("#log .question")).to_contain_text(question)
    assert page.locator("#log img").count() == 0


def test_a_refusal_says_so_and_shows_what_is_near(reader: Visit, picture: Picture) -> None:
    page = reader()
    ask(page, "カレーのおいしい作り方は？")
    expect(page.locator("#log .refused .said")).not_to_be_empty()
    expect(page.locator("#log .refused .label")).to_contain_text("答えではありません")
    expect(page.locator("#log .cite")).to_have_count(0)
    expect(page.locator("#log .sure")).to_have_count(0)
    page.locator("#log .source").first.click()
    expect(page.locator("#source mark")).to_be_in_viewport()
    picture(page, "refusal")


def test_the_choice_of_documents_keeps_the_answer_within_them(reader: Visit) -> None:
    page = reader()
    choose(page, "試験文書")
    ask(page, QUESTION)
    for where in page.locator("#log .where").all_inner_texts():
        assert where.startswith("試験文書")


def test_a_second_question_follows_the_first_and_clear_forgets_both(reader: Visit) -> None:
    page = reader()
    ask(page, QUESTION)
    ask(page, OTHER, answers=2)
    expect(page.locator("#log .question").last).to_contain_text(OTHER)
    expect(page.locator("#log .said").last).to_be_in_viewport()
    page.locator("#log .source").last.scroll_into_view_if_needed()
    place = page.evaluate("window.scrollY")
    page.locator("#log .source").last.click()
    expect(page.locator("#source .panel")).to_be_focused()
    expect(page.locator("#source mark")).to_be_in_viewport()
    expect(page.locator("#question")).to_be_in_viewport()
    assert place > 0 and page.evaluate("window.scrollY") == place, "the conversation jumped away"
    page.locator("#clear").click()
    expect(page.locator(".welcome")).to_be_visible()
    expect(page.locator("#log .answer")).to_have_count(0)
    expect(page.locator("#source mark")).to_have_count(0)


def test_asking_again_replaces_the_last_answer(reader: Visit) -> None:
    page = reader()
    ask(page, OTHER)
    choose(page, "試験文書")
    page.locator("#again").click()
    expect(page.locator("#log .answer")).to_have_count(1)
    expect(page.locator("#log .question")).to_have_count(1)


def test_an_example_question_is_asked_by_a_press(reader: Visit) -> None:
    page = reader()
    example = page.locator(".welcome button").first.inner_text()
    page.locator(".welcome button").first.click()
    expect(page.locator("#log .answer")).to_have_count(1)
    expect(page.locator("#log .question")).to_contain_text(example)


def test_the_copy_button_takes_the_answer_with_its_sources(reader: Visit) -> None:
    page = reader()
    ask(page, OTHER)
    page.get_by_role("button", name="コピー").click()
    expect(page.locator("[data-copy]")).to_have_text("コピーしました")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "試験文書.txt" in copied
    assert "青い棚" in copied


def test_an_empty_and_an_endless_question_get_a_line_each(reader: Visit) -> None:
    page = reader()
    page.locator("#question textarea").fill("　 ")
    page.keyboard.press("Enter")
    expect(page.locator("#log .notice")).to_contain_text("質問を入力してください")
    page.locator("#question textarea").fill("長" * 501)
    page.keyboard.press("Enter")
    expect(page.locator("#log .notice")).to_contain_text("501 文字")


def test_readers_do_not_see_each_other(reader: Visit) -> None:
    one, two = reader(), reader()
    ask(one, QUESTION)
    ask(two, OTHER)
    expect(one.locator("#log .question")).to_have_text([f"質問: {QUESTION}"])
    expect(two.locator("#log .question")).to_have_text([f"質問: {OTHER}"])


def test_a_phone_shows_everything_without_scrolling_sideways(reader: Visit, picture: Picture) -> None:
    page = reader(width=375, height=740)
    sideways = "document.documentElement.scrollWidth - window.innerWidth"
    assert page.evaluate(sideways) <= 0
    ask(page, QUESTION)
    picture(page, "phone-answer")
    assert page.evaluate(sideways) <= 0
    page.locator("#log .source").first.click()
    expect(page.locator("#source mark")).to_be_in_viewport()
    assert page.evaluate(sideways) <= 0
    picture(page, "phone")
    page.get_by_role("button", name="回答に戻る").click()
    expect(page.locator("#log .source").first).to_be_in_viewport()


def test_dark_mode_is_light_on_dark(reader: Visit, picture: Picture) -> None:
    page = reader(dark=True)
    ask(page, QUESTION)
    page.locator("#log .source").first.click()
    expect(page.locator("#source mark")).to_be_in_viewport()
    picture(page, "dark")
    for part in ("#log .said", "#source .original", "#source mark"):
        colour = page.locator(part).first.evaluate("e => getComputedStyle(e).color")
        assert min(map(int, colour.removeprefix("rgb(").rstrip(")").split(", "))) > 180, part


def test_an_index_without_documents_says_how_to_add_them(tmp_path: Path) -> None:
    from qa.chat import render

    assert "tenkyo index" in render.welcome(0, [])
