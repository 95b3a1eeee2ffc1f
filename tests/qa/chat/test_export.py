"""What is taken away says the same as the page, opens in its program, and acts as nothing but text."""

from __future__ import annotations

import csv
import io

import docx
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from ingest.document import Span
from qa.answer import Answer, Citation, Statement
from qa.chat import export
from qa.chat.render import Turn
from qa.chat.words import EN, JA

anything = st.text(
    st.one_of(st.sampled_from("=+-@#*[]()<>|`_\\\n\t\x0b\ud800あ$"), st.characters()), min_size=1
)


def turn(question: str, said: str, quote: str) -> Turn:
    citation = Citation(1, "案内.md", "案内", ("貸出",), None, 3, 3 + len(quote), quote, 0.9, "d")
    return Turn(
        question, Answer(question, said, False, 0.9, (citation,), (), (Statement(Span(0, len(said)), 1),))
    )


TURN = turn("=返却はいつ", "二週間後である。", "返却の期限は\n二週間後である。")


def test_a_spreadsheet_gets_a_row_for_each_source_and_no_formula() -> None:
    text = export.table([TURN], JA).decode("utf-8")
    assert text.startswith("\ufeff")
    (row,) = csv.DictReader(io.StringIO(text[1:]))
    assert row["question"] == "'=返却はいつ"
    assert row["quote"] == "返却の期限は\n二週間後である。"
    assert (row["document"], row["start"], row["end"]) == ("案内.md", "3", "18")


def test_word_opens_it_and_finds_question_answer_and_quote() -> None:
    document = docx.Document(io.BytesIO(export.word([TURN], JA)))
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    for part in (
        "=返却はいつ",
        "二週間後である。 [1]",
        "[1] 案内 › 貸出（案内.md）",
        "返却の期限は\n二週間後である。",
    ):
        assert part in text


def test_markdown_shows_the_words_and_the_label_of_the_page_s_language() -> None:
    html = MarkdownIt().render(export.markdown([TURN], EN).decode("utf-8"))
    assert "<h2>=返却はいつ</h2>" in html
    assert "Sources" in html
    assert "二週間後である。 [1]" in html


@settings(max_examples=60)
@given(anything, anything, anything)
def test_whatever_was_said_is_text_in_every_kind(question: str, said: str, quote: str) -> None:
    turns = [turn(question, said, quote)]
    html = MarkdownIt("commonmark", {"html": True}).render(export.markdown(turns, JA).decode("utf-8"))
    for tag in ("<a", "<img", "<script", "<table", "<code", "<em"):
        assert tag not in html
    rows = list(csv.reader(io.StringIO(export.table(turns, JA).decode("utf-8-sig"), newline="")))
    assert {len(row) for row in rows} == {len(rows[0])} and len(rows) == 2
    assert not [cell for cell in rows[1] if cell[:1] in ("=", "+", "-", "@")]
    docx.Document(io.BytesIO(export.word(turns, JA)))
