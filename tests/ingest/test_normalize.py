"""Views read like the document should have been written, and every character knows where it came from."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.document import Span
from ingest.normalize import View, fold, folded, readable, searchable
from ingest.sentences import sentences
from tests.ingest import documents

_MARKUP = [
    "**",
    "*",
    "`",
    "[",
    "](https://a.jp/b)",
    "<u>",
    "</u>",
    "<br>",
    "<b>",
    "&amp;",
    "$",
    "\\geq ",
    "\\%",
    "# ",
]
_PIECES = st.sampled_from(
    [
        *"あいがーンアカ漢字年。、「」（）①㎡㍻ｶﾞﾊﾟ１Ａa1 .~〜－-・●|\t\u3000\u200b゛",
        "\n",
        "\r\n",
        "\n\n",
        "\r",
        "\f",
        *("\uf06c", "\uf0fc", "\ue000", "か\u3099", "e\u0301", "\U000f0001", "文が続く長い行である、"),
        *_MARKUP,
    ]
)
_TEXTS = st.one_of(
    st.lists(_PIECES, max_size=60).map("".join),
    st.text(max_size=60),
    st.text(alphabet="あ漢ア*<>/ub$\\ \n#`[]()&;", max_size=60),
)
_VIEWS = (readable, searchable)


def _whole(text: str) -> Span:
    return Span(0, len(text))


def _readable(text: str) -> str:
    return readable(text, _whole(text)).text


def _searchable(text: str) -> str:
    return searchable(text, _whole(text)).text


@st.composite
def _texts_with_spans(draw: st.DrawFn) -> tuple[str, Span]:
    text = draw(_TEXTS)
    start = draw(st.integers(0, len(text)))
    return text, Span(start, draw(st.integers(start, len(text))))


def _check_places(view: View, span: Span) -> None:
    assert len(view.text) == len(view.starts) == len(view.ends)
    assert all(
        span.start <= start < end <= span.end for start, end in zip(view.starts, view.ends, strict=True)
    )
    assert list(view.starts) == sorted(view.starts)
    assert list(view.ends) == sorted(view.ends)


class TestPlaces:
    @given(_texts_with_spans())
    def test_every_character_has_a_place_within_the_span_in_order(self, case: tuple[str, Span]) -> None:
        text, span = case
        for make in _VIEWS:
            view = make(text, span)
            _check_places(view, span)
            if view.text:
                assert view.span(0, len(view.text)) in span

    @given(_texts_with_spans(), st.data())
    def test_a_view_range_lies_within_the_view_of_its_span(
        self, case: tuple[str, Span], data: st.DataObject
    ) -> None:
        text, span = case
        view = searchable(text, span)
        if not view.text:
            return
        start = data.draw(st.integers(0, len(view.text) - 1))
        end = data.draw(st.integers(start + 1, len(view.text)))
        first, last = view.within(view.span(start, end))
        assert first <= start
        assert end <= last

    @given(_texts_with_spans())
    def test_a_shown_character_is_the_originals_own_but_for_markup_and_breaks(
        self, case: tuple[str, Span]
    ) -> None:
        text, span = case
        view = readable(text, span)
        for shown, start, end in zip(view.text, view.starts, view.ends, strict=True):
            piece = text[start:end]
            mended = any(
                unicodedata.category(c) == "Co" or c in "\n\r\f\v\x85\u2028\u2029<&\\" for c in piece
            )
            assert mended or shown == piece

    @given(st.text(alphabet="あいう漢字カナーABC 123、。（）「」・％"))
    def test_plain_text_is_its_own_view(self, text: str) -> None:
        view = readable(text, _whole(text))
        assert view.text == text
        assert list(view.starts) == list(range(len(text)))

    @given(_TEXTS)
    def test_folding_keeps_places_and_is_done_once(self, text: str) -> None:
        _check_places(folded(text), _whole(text))
        assert fold(fold(text)) == fold(text)
        assert _searchable(text) == fold(_readable(text))

    def test_a_range_outside_the_view_is_an_error(self) -> None:
        view = readable("あいう", Span(0, 3))
        for start, end in ((0, 0), (2, 1), (-1, 1), (0, 4)):
            with pytest.raises(ValueError, match="no range"):
                view.span(start, end)

    def test_what_was_dropped_is_nowhere_in_the_view(self) -> None:
        view = readable("前**太字**後", Span(0, 8))
        assert view.text == "前太字後"
        assert view.span(1, 3) == Span(3, 5)
        assert view.within(Span(1, 3)) == (1, 1)
        assert view.within(Span(3, 5)) == (1, 3)


_WRAPPED = """第１章 検討の背景 

ＩＣＴは、すべての社会・経済活動の基盤であり、経済成長のみならず、社

会的課題や地球的課題の解決に貢献するツールとして、その果たすべき役割は

大きい。世界がグローバルに繋がり、各国の抱える課題と地球的課題が密接不

可分なものとなった昨今においては、日本がこれまで培ってきたＩＣＴの強み

を活用し、国際展開を推進することで、日本経済の成長と国際社会への貢献を

同時に達成することが可能である。 

しかしながら、グローバルＩＣＴ市場における我が国の相対的な国際競争力

は、ここ 10 年低下の一途をたどっており、かつての日本の強みは活かされず、

負のスパイラルに陥っている。 

 

２．中途半端な戦略から脱却し、再構築 

我が国の戦略は、世界最先端を常にリードするＩＣＴ製品・サービスの開

発などに特化するもの（米国型）でもなく、一方、低廉な製品・サービスの

大量生産などに特化するものでもなく、全体として中途半端である。我が国

の強みを活かし、①イノベーショ
 ンの創出と②人類が直面する地球的課題の解決に先駆的に取り組む必要があ

る。 

① 企業が高度人材を囲い込むのではなく、プロジェクト単位で技術者が
 集まるような人材の流動化を実現する仕組みづくり 
"""


class TestWraps:
    def test_sentences_run_on_over_blank_lines_and_page_ends(self) -> None:
        assert _readable(_WRAPPED).split("\n")[:-1] == [
            "第１章 検討の背景",
            "ＩＣＴは、すべての社会・経済活動の基盤であり、経済成長のみならず、社会的課題や地球的課題の解決に貢献する"
            "ツールとして、その果たすべき役割は大きい。世界がグローバルに繋がり、各国の抱える課題と地球的課題が密接不可分な"
            "ものとなった昨今においては、日本がこれまで培ってきたＩＣＴの強みを活用し、国際展開を推進することで、日本経済の"
            "成長と国際社会への貢献を同時に達成することが可能である。",
            "しかしながら、グローバルＩＣＴ市場における我が国の相対的な国際競争力は、ここ 10 年低下の"
            "一途をたどっており、かつての日本の強みは活かされず、負のスパイラルに陥っている。",
            "２．中途半端な戦略から脱却し、再構築",
            "我が国の戦略は、世界最先端を常にリードするＩＣＴ製品・サービスの開発などに特化するもの（米国型）でもなく、"
            "一方、低廉な製品・サービスの大量生産などに特化するものでもなく、全体として中途半端である。我が国の強みを活かし、"
            "①イノベーションの創出と②人類が直面する地球的課題の解決に先駆的に取り組む必要がある。",
            "① 企業が高度人材を囲い込むのではなく、プロジェクト単位で技術者が"
            "集まるような人材の流動化を実現する仕組みづくり",
        ]

    def test_a_span_is_joined_as_the_text_around_it_says(self) -> None:
        start, end = _WRAPPED.index("ＩＣＴは"), _WRAPPED.index("大きい。") + 4
        assert readable(_WRAPPED, Span(start, end)).text.endswith(
            "社会的課題や地球的課題の解決に貢献するツールとして、その果たすべき役割は大きい。"
        )

    def test_slide_columns_are_joined_and_their_labels_are_not(self) -> None:
        slide = (
            "インフラ\n◎ インフラの不足\n◎ 通信容量の不足\n\n農業\n食糧\n\n"
            "• 社会課題をICTで解決するため、自治体や利用者のニーズを吸い上\n"
            "げ、フィールドトライアルを繰り返しながら技術を高度化・汎用化し、地\n域実装を促進\n\n"
            "教育\n● 貧しい国・地域における不十分な教育環境、初等教育の\n未就学児の増大\n"
            "需給ギャップ\n440億ドル\n"
        )
        assert _readable(slide) == (
            "インフラ\n◎ インフラの不足\n◎ 通信容量の不足\n農業\n食糧\n"
            "• 社会課題をICTで解決するため、自治体や利用者のニーズを吸い上げ、"
            "フィールドトライアルを繰り返しながら技術を高度化・汎用化し、地域実装を促進\n"
            "教育\n● 貧しい国・地域における不十分な教育環境、初等教育の未就学児の増大\n"
            "需給ギャップ\n440億ドル\n"
        )

    def test_markdown_paragraphs_are_not_glued(self) -> None:
        text = (
            "## 目的\n\nこの規程は、文書の管理について必要な事項を定める。\n\n対象となる部署\n\n"
            "- 総務部\n- 経理部\n\n次の表に示す\n\n|区分|年数|\n|---|---|\n|契約書|10年|\n\n"
            "令和3年度の予算\n\n歳入\n"
        )
        assert _readable(text).split("\n") == [
            "目的",
            "この規程は、文書の管理について必要な事項を定める。",
            "対象となる部署",
            "- 総務部",
            "- 経理部",
            "次の表に示す",
            "|区分|年数|",
            "|---|---|",
            "|契約書|10年|",
            "令和3年度の予算",
            "歳入",
            "",
        ]

    @pytest.mark.parametrize(
        "line",
        [
            "(1) 新た",
            "①新た",
            "１．新た",
            "ア 新た",
            "・新た",
            "○新た",
            "➡ 新た",
            "※新た",
            "第２章 新た",
            "【新た】",
            "＜新た＞",
            "（注）新た",
            "a\tb",
        ],
    )
    def test_a_mark_or_a_row_begins_a_line_of_its_own(self, line: str) -> None:
        text = f"これは折り返しの幅まで書かれた行であって文はまだ終わらず、\n{line}\n"
        assert _readable(text) == text

    def test_english_words_are_joined_with_a_space(self) -> None:
        text = "It runs on one machine with no network, and no model is\ndownloaded when it starts.\nNext."
        assert _readable(text) == text.replace("is\ndown", "is down")

    def test_every_kind_of_line_end_becomes_one_newline(self) -> None:
        view = readable("一。  \r\n\r\n二。\r三。\f四。", Span(0, 17))
        assert view.text == "一。\n二。\n三。\n四。"
        assert view.span(2, 3) == Span(4, 6)


class TestMarkup:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("**太字**と*強調*と`x*y*`", "太字と強調とx*y*"),
            ("出所: ([@meti](https://twitter.com/meti))", "出所: (@meti)"),
            ("## 見出し\n本文", "見出し\n本文"),
            ("<u>下線</u>を引く", "下線を引く"),
            ("上<br>下", "上\n下"),
            ("表の\tセル<br>二行目\t値", "表の\tセル 二行目\t値"),
            ("<p><u>入門</u> 会社</p>\t<p>基礎</p>", "入門 会社\t基礎"),
            ('<ul style="list-style-type: none"> ● 項目', " ● 項目"),
            ("R&amp;D &lt;例&gt;", "R&D <例>"),
            ("増加率 $\\geq 3\\%$ を満たす", "増加率 ≥ 3% を満たす"),
            ("\uf06c 一つ\n\uf0fc 二つ\n外字\ue123", "● 一つ\n✓ 二つ\n外字"),
        ],
    )
    def test_markup_is_read_not_shown(self, text: str, shown: str) -> None:
        assert _readable(text) == shown

    @pytest.mark.parametrize(
        "text",
        [
            "a < b > c",
            "<script>alert(1)</script>",
            "<具体的取組>",
            "a <b> c",
            "<https://www.meti.go.jp/>",
            "繰延資産*1 ● 器具備品*2 ● 機械装置*2",
            "3*4*5 と 2**3",
            "CAGR* 26%",
            "* 箇条書き",
            "$5 and $6",
            "配列[1](2)",
            "C#とR&Dと&unknown;",
            "[注](本文参照)",
        ],
    )
    def test_what_only_looks_like_markup_loses_nothing(self, text: str) -> None:
        assert _readable(text) == text

    def test_a_span_that_cuts_a_pair_still_knows_it(self) -> None:
        text = "前の文。**太い文字**の後。"
        start = text.index("い文")
        view = readable(text, Span(start, len(text)))
        assert view.text == "い文字の後。"
        assert view.span(0, 3).of(text) == "い文字"


class TestFolding:
    @pytest.mark.parametrize(
        ("text", "form"),
        [
            ("ＩＣＴ５Ｇ", "ICT5G"),
            ("ｶﾞｲﾄﾞﾊﾟﾈﾙ", "ガイドパネル"),
            ("か\u3099", "が"),
            ("１００㎡", "100m2"),
            ("㍻２５年", "平成25年"),
            ("9月〜10月～", "9月~10月~"),
            ("−‐–—", "----"),
            ("データセンター", "データセンター"),
            ("Society　5.0", "Society 5.0"),
            ("ゼロ\u200b幅", "ゼロ幅"),
        ],
    )
    def test_forms_of_one_word_are_one(self, text: str, form: str) -> None:
        assert fold(text) == form
        assert _searchable(text) == form

    def test_a_circled_number_does_not_run_into_digits(self) -> None:
        assert fold("10①企業") == "10(1)企業"
        assert fold("⑴") == fold("①")

    def test_places_survive_composition_and_expansion(self) -> None:
        view = searchable("ｶﾞｽ㎡", Span(0, 4))
        assert view.text == "ガスm2"
        assert [(view.starts[i], view.ends[i]) for i in range(4)] == [(0, 2), (2, 3), (3, 4), (3, 4)]

    def test_letters_are_shown_as_they_are_written(self) -> None:
        assert _readable("ＩＣＴ①ｶﾞ㎡〜") == "ＩＣＴ①ｶﾞ㎡〜"


@pytest.mark.parametrize("text", [documents.LAW, documents.MANUAL, documents.TOWN, documents.WRAPPED])
def test_a_sentence_reads_the_same_alone_and_in_the_view_of_the_whole_document(text: str) -> None:
    whole = searchable(text, _whole(text))
    for sentence in sentences(text, _whole(text)):
        start, end = whole.within(sentence)
        assert whole.text[start:end] == searchable(text, sentence).text


def test_half_width_letters_that_fold_alone_are_not_joined_with_what_stands_before() -> None:
    view = folded("Ａ\uffa1\uffc2ｶﾞ")  # half-width hangul keeps its pieces, katakana its voicing
    assert view.text == "A\u1100\u1161ガ"
    assert [view.span(place, place + 1) for place in range(4)] == [
        Span(0, 1), Span(1, 2), Span(2, 3), Span(3, 5)
    ]  # fmt: skip


def test_the_cost_of_a_view_is_that_of_its_span_however_long_the_line() -> None:
    text = "長い一行の文書は、**強調**や<u>下線</u>もあるが、改行は\uf06cない。" * 100_000
    started = time.perf_counter()
    for start in range(0, len(text), 20_000):
        searchable(text, Span(start, start + 100))
    assert time.perf_counter() - started < 2
    started = time.perf_counter()
    searchable(text, Span(0, 1_000_000))
    assert time.perf_counter() - started < 10


def test_long_runs_of_blanks_or_marks_cost_no_more() -> None:
    started = time.perf_counter()
    for piece in (" ", "\n", "*", "`", "<", "$\\", "[", "# ", "&", "「", "<u "):
        text = "あ" + piece * 100_000 + "い"
        searchable(text, _whole(text))
    assert time.perf_counter() - started < 15
