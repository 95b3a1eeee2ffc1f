"""Whatever a document or a reader writes reaches the page as text, whole and inert."""

from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from ingest.document import Document, Span
from qa.answer import Answer, Citation, Statement
from qa.chat import inert, panel, render
from qa.chat.places import View
from qa.chat.render import Turn

OURS = {
    "article",
    "header",
    "button",
    "h2",
    "h3",
    "span",
    "p",
    "ol",
    "li",
    "div",
    "mark",
    "section",
    "strong",
}
# Text with a liking for what could break out of text, attributes or the page's templates.
hostile = st.text(
    st.one_of(st.sampled_from("<>&\"'`${}\\/=[]*#\n\t・〇あ亜\ue000\uf06c"), st.characters()), min_size=1
)


class Page(HTMLParser):
    """The elements of a piece of HTML and the text inside one of them."""

    def __init__(self, html: str, within: str = "") -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.inside = ""
        self._within, self._depth = within, 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self._depth += tag == self._within

    def handle_endtag(self, tag: str) -> None:
        self._depth -= tag == self._within

    def handle_data(self, data: str) -> None:
        self.inside += data if self._depth else ""


def _citation(document: Document, quote: Span) -> Citation:
    return Citation(
        1,
        document.name,
        document.title,
        (document.title,),
        3,
        quote.start,
        quote.end,
        quote.of(document.text),
        0.5,
        "d",
    )


def _document(text: str) -> Document:
    return Document(id="d", name=text[:9], path="", content_hash="", text=text, title=text[:20])


@given(hostile, st.data())
def test_the_marked_quote_is_the_original_and_nothing_else_is_markup(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    quote = Span(start, data.draw(st.integers(start + 1, len(text))))
    words = data.draw(st.lists(st.text(max_size=3)))
    document = _document(text)
    page = Page(panel.source(View(document, _citation(document, quote), told=words)), within="mark")
    assert page.inside.replace("\r", "") == quote.of(text).replace("\r", "")
    assert page.tags <= OURS


@given(hostile, hostile, st.booleans())
def test_questions_and_answers_bring_no_markup_of_their_own(
    question: str, said: str, abstained: bool
) -> None:
    document = _document(said)
    cited = (_citation(document, Span(0, len(said))),)
    whole = Span(0, len(said))
    answer = Answer(
        question, said, abstained, 0.5, cited, cited, (Statement(whole, 1),), (whole,), {"total": 1.0}
    )
    page = Page(render.log([Turn(question, answer), Turn(question, notice=said)]))
    assert page.tags <= OURS
    assert not [name for name in page.attributes if name.startswith("on")]


@given(st.lists(st.text("あ・い1", max_size=6), min_size=1).map("\n".join), st.data())
def test_every_statement_gets_its_number_and_every_line_its_text(said: str, data: st.DataObject) -> None:
    spans = []
    for _ in range(data.draw(st.integers(0, 3))):
        start = data.draw(st.integers(0, len(said)))
        spans.append(Span(start, data.draw(st.integers(start, len(said)))))
    whole = tuple(Statement(span, 1) for span in spans if len(span))
    answer = Answer("問", said, False, 0.9, (), (), whole, tuple(spans))
    drawn = render.log([Turn("問", answer)])
    assert drawn.count('class="cite"') == len(whole)
    assert drawn.count("<strong>") == drawn.count("</strong>")
    lines = said.split("\n")
    assert drawn.count('class="line') == len(lines)


def test_template_marks_of_the_page_are_disarmed() -> None:
    assert not set("${`") & set(inert.text("${alert(1)} {{value}} `x`"))


def test_answering_words_are_bold_and_statements_numbered() -> None:
    answer = Answer(
        "問", "期限は二週間後である。", False, 0.9, (), (), (Statement(Span(0, 11), 1),), (Span(3, 7),)
    )
    drawn = render.log([Turn("問", answer)])
    assert "期限は<strong>二週間後</strong>である。<button" in drawn
    assert "確からしさ: 高い" in drawn


def test_a_follow_up_says_how_it_was_understood() -> None:
    answer = Answer("返却の期限はいつですか", "二週間後", False, 0.9)
    assert "「返却の期限はいつですか」として探しました" in render.log([Turn("それはいつ？", answer)])


def test_a_refusal_lists_what_is_near_as_no_answer() -> None:
    document = _document("近いだけの文である。")
    near = (_citation(document, Span(0, 10)),)
    drawn = render.log(
        [Turn("問", Answer("問", "文書の中に答えが見つかりませんでした。", True, 0.1, (), near))]
    )
    assert "近い記述（答えではありません）" in drawn
    assert 'data-cite="0:1"' in drawn
    assert "確からしさ" not in drawn


def test_a_preview_shows_the_telling_words_and_keeps_the_whole_quote() -> None:
    text = "前置きの文がここに続く。" * 20 + "期限は二週間後である。"
    document = _document(text)
    answer = Answer(
        "問", "二週間後", False, 0.9, (_citation(document, Span(0, len(text))),), (), (), (Span(0, 4),)
    )
    drawn = render.log([Turn("問", answer)])
    assert "</span>期限は<strong>二週間後</strong>である。" in drawn
    assert Page(drawn, within="button").inside.endswith(text)


def test_telling_words_are_found_over_the_line_breaks_of_the_original() -> None:
    document = _document("事業費は、令和\n\n２年度に 三十億円である。ほかの文がここに続いていく。")
    drawn = panel.source(View(document, _citation(document, Span(0, 28)), told=["令和２年度に三十億円"]))
    assert "<strong>令和\n\n２年度に 三十億円</strong>" in drawn
