"""What the chat does, without a browser: stages, lines for what cannot be asked, sources, examples."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from app import Chat, Session, _examples
from qa import Tenkyo
from qa.cli import main

TEXT = """# 図書館の利用案内

## 開館時間
中央図書館は午前九時に開館し、午後八時に閉館する。

## 貸出
一人が借りられる本は十冊までである。返却の期限は二週間後とする。
"""


@pytest.fixture
def tenkyo(tmp_path: Path) -> Iterator[Tenkyo]:
    (tmp_path / "案内.md").write_text(TEXT, encoding="utf-8")
    opened = Tenkyo.open(tmp_path / "index")
    opened.add(tmp_path / "案内.md")
    yield opened
    opened.close()


def _press(cite: str) -> Any:
    return cast(Any, SimpleNamespace(cite=cite))


def test_the_stages_are_drawn_in_order_and_then_the_answer(tenkyo: Tenkyo) -> None:
    pages = [page for page, _, _ in Chat(tenkyo).ask("返却の期限はいつですか", [], None)]
    assert "検索中…" in pages[0]
    assert any("読解中…" in page for page in pages)
    assert "二週間後" in pages[-1]
    assert "aria-busy" not in pages[-1]


def test_a_pressed_citation_shows_the_text_around_it(tenkyo: Tenkyo) -> None:
    chat = Chat(tenkyo)
    *_, (_, session, _) = chat.ask("返却の期限はいつですか", [], None)
    panel = chat.show(session, _press("0:1"))
    assert "<mark>" in panel
    assert "図書館の利用案内" in panel


def test_a_citation_of_a_removed_document_gets_a_line(tenkyo: Tenkyo) -> None:
    chat = Chat(tenkyo)
    *_, (_, session, _) = chat.ask("返却の期限はいつですか", [], None)
    tenkyo.remove("案内.md")
    assert "索引から消されました" in chat.show(session, _press("0:1"))
    assert chat.show(None, _press("0:1")) == chat.show(session, _press("7:1"))


def test_asking_again_leaves_one_turn_and_one_memory(tenkyo: Tenkyo) -> None:
    chat = Chat(tenkyo)
    *_, (_, session, _) = chat.ask("返却の期限はいつですか", [], None)
    *_, (_, session, _) = chat.again([], session)
    assert isinstance(session, Session)
    assert len(session.turns) == len(session.conversation.turns) == 1


def test_readers_who_ask_at_once_each_get_their_own_answer(tenkyo: Tenkyo) -> None:
    chat = Chat(tenkyo)
    asked = {"返却の期限はいつですか": "二週間後", "中央図書館は何時に開館しますか": "午前九時"}

    def last(question: str) -> str:
        *_, (page, _, _) = chat.ask(question, [], None)
        return str(page)

    with ThreadPoolExecutor(max_workers=8) as readers:
        for question, page in zip([*asked] * 8, readers.map(last, [*asked] * 8), strict=True):
            assert asked[question] in page
            assert page.count('class="turn"') == 1


def test_an_index_without_documents_says_how_to_add_them(tmp_path: Path) -> None:
    chat = Chat(Tenkyo.open(tmp_path / "index"))
    _, welcome = chat.opened()
    assert "tenkyo index" in welcome
    *_, (page, _, _) = chat.ask("何がありますか", [], None)
    assert "tenkyo index" in page


def test_examples_come_from_the_catalogue_beside_the_documents(tenkyo: Tenkyo, tmp_path: Path) -> None:
    assert _examples(tenkyo.documents()) == ["図書館の利用案内の目的は何ですか"]
    catalogue = '[[document]]\nfile = "案内.md"\nquestion = "何冊まで借りられますか"\n'
    (tmp_path / "catalog.toml").write_text(catalogue, encoding="utf-8")
    assert _examples(tenkyo.documents()) == ["何冊まで借りられますか"]
    (tmp_path / "catalog.toml").write_text("broken = [", encoding="utf-8")
    assert _examples(tenkyo.documents()) == ["図書館の利用案内の目的は何ですか"]


def test_a_port_in_use_is_one_line(
    tenkyo: Tenkyo, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["serve", "--index", str(tmp_path / "index"), "--port", str(port)]) == 2
    said = capsys.readouterr().err.strip()
    assert f"127.0.0.1:{port}" in said
    assert len(said.splitlines()) == 1
