"""Answers from the formats people have: quotes are the document's own, and stand where the citation says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from ingest.document import Span
from qa import Answer, Tenkyo
from tests.ingest import formats


@pytest.fixture(scope="module")
def tenkyo(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Tenkyo]:
    folder = tmp_path_factory.mktemp("formats")
    apart = (
        "<p style='break-before:page'>休暇の届出は、三日前までに総務課の窓口へ提出しなければならない。</p>"
    )
    page = formats.as_html(formats.RULES, formats.PRINTED).replace("</body>", f"{apart}</body>")
    (folder / "規程.pdf").write_bytes(formats.printed(browser, page, footer="<span class=pageNumber></span>"))
    (folder / "予算.xlsx").write_bytes(
        formats.as_xlsx(
            [
                ("p", "令和5年度予算"),
                ("p", "（単位：千円）"),
                ("table", [["科目", "予算額"], ["市税", "8,200"], ["手数料", "310"]]),
            ]
        )
    )
    (folder / "計画.pptx").write_bytes(
        formats.as_pptx([("h1", "施設の整備"), ("p", "新しい図書館は、駅前の広場に建設する予定である。")])
    )
    made = Tenkyo.open(folder / "index")
    reports = made.add(folder)
    assert [report.status for report in reports] == ["added"] * 3
    yield made
    made.close()


def verbatim(tenkyo: Tenkyo, answer: Answer) -> None:
    for citation in answer.citations:
        text = tenkyo.document(citation.document_id).text
        assert citation.quote == text[citation.start : citation.end]


def test_a_pdf_is_cited_by_page_and_box(tenkyo: Tenkyo) -> None:
    answer = tenkyo.ask("休暇の届出はいつまでに提出しますか")
    verbatim(tenkyo, answer)
    citation = answer.citations[0]
    assert "三日前" in answer.text
    assert (citation.document, citation.page, citation.where) == ("規程.pdf", 2, "2ページ")
    assert citation.boxes and all(page == 2 for page, *_ in citation.boxes)
    assert citation.to_dict()["boxes"] == [list(box) for box in citation.boxes]


def test_a_quote_never_runs_over_two_pages_unless_its_sentence_does(tenkyo: Tenkyo) -> None:
    answer = tenkyo.ask("宿泊料は何に応じて支給しますか")
    for citation in answer.citations:
        assert len({page for page, *_ in citation.boxes}) <= 1


def test_a_table_of_a_pdf_answers_by_row_and_column(tenkyo: Tenkyo) -> None:
    answer = tenkyo.ask("係員の宿泊料はいくらですか")
    verbatim(tenkyo, answer)
    assert "10,900円" in answer.text


def test_a_sheet_is_cited_by_its_cell_with_the_unit_of_its_table(tenkyo: Tenkyo) -> None:
    answer = tenkyo.ask("市税の予算額はいくらですか")
    verbatim(tenkyo, answer)
    assert "8,200" in answer.text and "千円" in answer.text
    assert answer.citations[0].place == "Sheet!B6"
    assert answer.citations[0].page is None


def test_a_slide_is_cited_by_its_number(tenkyo: Tenkyo) -> None:
    answer = tenkyo.ask("新しい図書館はどこに建設しますか")
    verbatim(tenkyo, answer)
    assert "駅前" in answer.text
    assert (answer.citations[0].page, answer.citations[0].where) == (1, "スライド 1")


def test_every_place_of_every_document_holds_its_own_text(tenkyo: Tenkyo) -> None:
    for listed in tenkyo.documents():
        document = tenkyo.document(listed.id)
        assert document.places
        for place in document.places:
            assert (
                Span(0, len(document.text)).start <= place.span.start < place.span.end <= len(document.text)
            )
            if place.edges:
                assert len(place.edges) == len(place.span) + 1
                assert list(place.edges) == sorted(place.edges)
