"""What the conversation does, without a browser: stages, lines for what cannot be asked, sources, links."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from qa import Tenkyo
from qa.chat.people import Rate
from qa.chat.places import link
from qa.chat.session import Session
from qa.chat.suggest import examples
from qa.chat.talk import Talk
from qa.cli import main
from tests.qa.chat.conftest import event, request

QUESTION = "返却の期限はいつですか"


@pytest.fixture
def talk(tenkyo: Tenkyo, tmp_path: Path) -> Talk:
    return Talk(tenkyo, tmp_path / "index", Rate(""))


def ask(talk: Talk, question: str, session: Session | None = None, language: str = "ja", **who: Any) -> Any:
    """Every step that is drawn."""
    return list(talk.ask(question, False, [], [], session, language, request(**who)))


def test_the_question_is_drawn_at_once_and_then_the_answer(talk: Talk) -> None:
    pages = [page for page, _, _ in ask(talk, QUESTION)]
    assert "検索中…" in pages[0] and "aria-busy" in pages[0]
    assert "二週間後" in pages[-1]
    assert "aria-busy" not in pages[-1]


def test_a_pressed_citation_shows_the_text_around_it_under_its_headings(talk: Talk) -> None:
    *_, (_, session, _) = ask(talk, QUESTION)
    panel = talk.show(session, "ja", event(cite="0:1"))
    assert "<mark>" in panel
    assert "図書館の利用案内" in panel
    assert '<span class="heading level2">## 開館時間</span>' in panel


def test_a_citation_of_a_removed_document_gets_a_line(talk: Talk, tenkyo: Tenkyo) -> None:
    *_, (_, session, _) = ask(talk, QUESTION)
    tenkyo.remove("案内.md")
    assert "索引から消されました" in talk.show(session, "ja", event(cite="0:1"))
    nothing = talk.show(None, "ja", event(cite="0:1"))
    for pressed in ("7:1", "0:9", "-1:1", "x:y", "", "０:1"):
        shown = talk.show(session, "ja", event(cite=pressed))
        assert shown == nothing or "索引から消されました" in shown


def test_asking_again_leaves_one_turn_and_one_memory(talk: Talk) -> None:
    *_, (_, session, _) = ask(talk, QUESTION)
    *_, (_, session, _) = talk.again(False, [], [], session, "ja", request())
    assert isinstance(session, Session)
    assert len(session.turns) == len(session.conversation.turns) == 1


def test_a_follow_up_shows_how_it_was_understood_and_can_be_mended(talk: Talk) -> None:
    *_, (_, session, _) = ask(talk, "中央図書館は何時に開館しますか")
    *_, (page, session, _) = ask(talk, "では閉館は？", session)
    assert "として探しました" in page
    mended = event(turn="1", question="中央図書館は何時に閉館しますか")
    *_, (page, session, _) = talk.mended(False, [], [], session, "ja", request(), mended)
    assert page.count('class="turn"') == 2
    assert len(session.conversation.turns) == 2
    assert "午後八時" in page
    assert "として探しました" not in page


def test_readers_who_ask_at_once_each_get_their_own_answer(talk: Talk) -> None:
    asked = {QUESTION: "二週間後", "中央図書館は何時に開館しますか": "午前九時"}

    def last(question: str) -> str:
        *_, (page, _, _) = ask(talk, question)
        return str(page)

    with ThreadPoolExecutor(max_workers=8) as readers:
        for question, page in zip([*asked] * 8, readers.map(last, [*asked] * 8), strict=True):
            assert asked[question] in page
            assert page.count('class="turn"') == 1


def test_an_index_without_documents_says_how_to_add_them(tmp_path: Path) -> None:
    talk = Talk(Tenkyo.open(tmp_path / "index"), tmp_path / "index", Rate(""))
    *_, (page, _, _) = ask(talk, "何がありますか")
    assert "tenkyo index" in page
    *_, (page, _, _) = ask(talk, "何がありますか", language="en")
    assert "There are no documents yet" in page


def test_nobody_asks_more_often_than_allowed_and_others_still_may(tenkyo: Tenkyo, tmp_path: Path) -> None:
    talk = Talk(tenkyo, tmp_path / "index", Rate("2/hour"))
    pages = [ask(talk, QUESTION, user="甲")[-1][0] for _ in range(3)]
    assert ["続きすぎています" in page for page in pages] == [False, False, True]
    assert "続きすぎています" not in ask(talk, QUESTION, user="乙")[-1][0]


def test_documents_can_be_narrowed_to_none_and_that_is_said(talk: Talk) -> None:
    steps = talk.ask(QUESTION, False, [], ["publisher:どこにもない省"], None, "ja", request())
    *_, (page, _, _) = steps
    assert "しぼった条件に合う文書がありません" in page


def test_what_a_reader_thinks_is_kept_for_evaluation(talk: Talk, tmp_path: Path) -> None:
    *_, (_, session, _) = ask(talk, QUESTION)
    page, _ = talk.judge(session, "ja", request(user="甲"), event(verdict="0:wrong"))
    assert "ありがとうございます" in page
    out = tmp_path / "cases.jsonl"
    assert main(["eval", "feedback", "--index", str(tmp_path / "index"), "--out", str(out)]) == 0
    line = out.read_text(encoding="utf-8")
    assert QUESTION in line and '"wrong"' in line
    for nonsense in ("0:x", "9:useful", "", "a:b"):
        talk.judge(session, "ja", request(), event(verdict=nonsense))
    assert (tmp_path / "index" / "feedback.jsonl").read_text(encoding="utf-8").count("\n") == 1


def test_a_link_opens_the_same_place_for_a_colleague(talk: Talk, tenkyo: Tenkyo) -> None:
    citation = tenkyo.ask(QUESTION).citations[0]
    document = tenkyo.document(citation.document_id)
    from ingest.document import Span

    address = link(document, Span(citation.start, citation.end))
    panel, _ = talk.linked(address, None, "ja")
    assert "リンクの箇所" in panel
    assert "".join(panel.split("<mark>")[1].split("</mark>")[0].split()) == "".join(citation.quote.split())


def test_a_link_finds_its_words_in_a_later_version_and_says_when_they_are_gone(
    talk: Talk, tenkyo: Tenkyo, tmp_path: Path
) -> None:
    from ingest.document import Span

    document = tenkyo.document(tenkyo.documents()[0].id)
    start = document.text.index("返却の期限")
    address = link(document, Span(start, start + 12))
    file = tmp_path / "案内.md"
    file.write_text("はじめに一行が加わった。\n" + document.text, encoding="utf-8")
    tenkyo.add(file)
    panel, _ = talk.linked(address, None, "ja")
    assert "<mark>返却の期限は二週間後とす</mark>" in panel
    file.write_text("# 図書館の利用案内\n\n貸出はしていない。\n", encoding="utf-8")
    tenkyo.add(file)
    panel, _ = talk.linked(address, None, "ja")
    assert "同じ文が見つかりません" in panel and "<mark>" not in panel
    tenkyo.remove("案内.md")
    assert "この索引にありません" in talk.linked(address, None, "ja")[0]


@pytest.mark.parametrize(
    "address", ["", "?", "?doc=", "?doc=x&at=5-1", "?doc=%ff%00&at=a-b", "?at=1-2", "?doc=x&at=9-99999999999"]
)
def test_an_address_of_anything_opens_a_page_all_the_same(talk: Talk, address: str) -> None:
    panel, _ = talk.linked(address, None, "ja")
    assert 'class="panel empty"' in panel
    assert not urlsplit(address).netloc


def test_examples_come_from_the_catalogue_beside_the_documents(tenkyo: Tenkyo, tmp_path: Path) -> None:
    assert examples(tenkyo.documents()) == ["図書館の利用案内の目的は何ですか"]
    catalogue = '[[document]]\nfile = "案内.md"\nquestion = "何冊まで借りられますか"\n'
    (tmp_path / "catalog.toml").write_text(catalogue, encoding="utf-8")
    assert examples(tenkyo.documents()) == ["何冊まで借りられますか"]
    (tmp_path / "catalog.toml").write_text("broken = [", encoding="utf-8")
    assert examples(tenkyo.documents()) == ["図書館の利用案内の目的は何ですか"]


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


def test_a_port_in_use_is_one_line(
    tenkyo: Tenkyo, tmp_path: Path, taken_port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", "--index", str(tmp_path / "index"), "--port", str(taken_port)]) == 2
    said = capsys.readouterr().err.strip()
    assert f"127.0.0.1:{taken_port}" in said
    assert len(said.splitlines()) == 1
