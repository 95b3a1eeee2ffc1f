"""Documents changed in a real browser: dropped in, found, replaced, removed, and taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from qa import Tenkyo
from tests.browser.conftest import served

pytestmark = pytest.mark.browser
Picture = Callable[[Page, str], None]
RULES = "# 文書取扱規程\n\n## 保存\n決裁文書は十年間保存する。\n"
NEWER = "# 文書取扱規程\n\n## 保存\n決裁文書は三十年間保存する。\n"
NASTY = "<img src=x onerror=alert(7)>.md"


@pytest.fixture(scope="module")
def shelves(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A chat of its own over one document, and the folder of its index."""
    folder = tmp_path_factory.mktemp("shelves")
    (folder / "案内.md").write_text("# 図書館の案内\n\n図書館は午前九時に開館する。\n", encoding="utf-8")
    tenkyo = Tenkyo.open(folder / "index")
    tenkyo.add(folder / "案内.md")
    tenkyo.close()
    for address in served(folder / "index"):
        yield address, folder


@pytest.fixture
def desk(browser: Browser, shelves: tuple[str, Path]) -> Iterator[Page]:
    """The documents' tab, opened by a new reader."""
    context = browser.new_context(locale="ja-JP", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(30_000)
    page = context.new_page()
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    page.goto(shelves[0])
    page.locator(".welcome").wait_for()
    page.get_by_role("tab", name="文書").click()
    page.locator("#table tbody tr").first.wait_for()
    yield page
    context.close()
    assert dialogs == []


def add(page: Page, *files: tuple[str, str], collection: str = "") -> None:
    payload = [
        {"name": name, "mimeType": "text/plain", "buffer": text.encode("utf-8")} for name, text in files
    ]
    page.locator("#files input[type=file]").set_input_files(payload)  # type: ignore[arg-type]
    expect(page.locator("#files")).to_contain_text(files[0][0].rpartition(".")[0])
    if collection:
        page.locator("#into input").fill(collection)
        page.keyboard.press("Enter")
    page.locator("#register").click()
    expect(page.locator("#reports")).to_contain_text("終わりました")


def row(page: Page, name: str) -> object:
    return page.locator("#table tbody tr", has_text=name)


def test_files_are_added_with_a_line_for_each_and_asked_about(desk: Page, picture: Picture) -> None:
    add(desk, ("規程.md", RULES), ("空.txt", " "), (NASTY, "# 無害\n\n害はない。\n"), collection="規程集")
    said = desk.locator("#reports li")
    expect(said).to_have_count(3)
    expect(said.filter(has_text="規程.md")).to_contain_text("追加しました")
    expect(said.filter(has_text="空.txt")).to_contain_text("登録できません")
    expect(desk.locator("#table tbody tr", has_text="規程.md")).to_contain_text("規程集")
    assert desk.locator("#table img, #reports img").count() == 0
    picture(desk, "documents")
    desk.get_by_role("tab", name="質問する").click()
    desk.locator("#question textarea").fill("決裁文書は何年間保存しますか")
    desk.keyboard.press("Enter")
    expect(desk.locator("#log .said")).to_contain_text("十年間")


def test_a_document_is_replaced_and_the_old_one_comes_back(desk: Page) -> None:
    add(desk, ("手引.md", RULES.replace("文書", "図面")), collection="手引集")
    desk.locator("#replaces input").click()
    desk.get_by_role("option", name="図面取扱規程").first.click()
    add(desk, ("手引改正.md", NEWER.replace("文書", "図面")))
    expect(desk.locator("#table tbody tr", has_text="手引改正.md")).to_have_count(1)
    expect(desk.locator("#table tbody tr", has_text="手引.md")).to_have_count(0)
    desk.get_by_role("button", name="元に戻す").click()
    expect(desk.locator("#table tbody tr", has_text="手引.md")).to_have_count(1)
    expect(desk.locator("#table tbody tr", has_text="手引改正.md")).to_have_count(0)


def test_a_document_is_found_removed_and_brought_back(desk: Page, shelves: tuple[str, Path]) -> None:
    desk.locator("#find input, #find textarea").first.fill("図書館")
    expect(desk.locator("#table tbody tr")).to_have_count(1)
    desk.get_by_role("button", name="消す: 案内.md").click()
    expect(desk.locator("#reports")).to_contain_text("「案内.md」を索引から消しました")
    expect(desk.locator("#table tbody tr")).to_have_count(0)
    desk.get_by_role("button", name="元に戻す").click()
    expect(desk.locator("#table tbody tr")).to_have_count(1)
    assert (shelves[1] / "案内.md").is_file()


def test_an_administrator_can_forbid_all_of_it(browser: Browser, shelves: tuple[str, Path]) -> None:
    for address in served(shelves[1] / "index", "--read-only"):
        page = browser.new_page(locale="ja-JP")
        page.goto(address)
        page.get_by_role("tab", name="文書").click()
        expect(page.locator("#table tbody tr").first).to_be_visible()
        expect(page.locator("#upload")).to_be_hidden()
        expect(page.get_by_role("button", name="消す")).to_have_count(0)
        page.close()
