"""Headings become a tree, and what only looks like a heading does not."""

from __future__ import annotations

import itertools

from hypothesis import given

from ingest.sections import section_at, sections, title
from tests.ingest.documents import LAW, MANUAL, MARKDOWN, TEXTS, TOWN, WRAPPED


def paths(text: str) -> list[tuple[str, ...]]:
    return [section.path for section in sections(text) if section.path]


def test_a_law_is_a_tree_of_chapters_sections_and_articles() -> None:
    found = paths(LAW)
    assert ("第一章 総則", "第一条（目的）") in found
    assert ("第一章 総則", "第二条の二（見出し）") in found
    assert ("第二章 国の責務等", "第一節 国", "第四条") in found


def test_an_article_begins_with_the_caption_on_the_line_before_it() -> None:
    article = next(section for section in sections(LAW) if section.path[-1:] == ("第二条（定義）",))
    assert article.span.of(LAW).startswith("（定義）\n第二条")


def test_paragraphs_and_items_of_an_article_are_its_text() -> None:
    article = next(section for section in sections(LAW) if section.path[-1:] == ("第二条（定義）",))
    assert "個人識別符号" in article.span.of(LAW) and "２　前項" in article.span.of(LAW)


def test_supplementary_provisions_and_annexes_stand_beside_the_chapters() -> None:
    assert ("附 則", "第一条（施行期日）") in paths(LAW)
    assert ("別表第一（第二条関係）",) in paths(LAW)


def test_a_table_of_contents_is_one_section_without_headings_in_it() -> None:
    contents = next(section for section in sections(LAW) if section.path == ("目次",))
    assert "第二章" in contents.span.of(LAW)
    assert len([path for path in paths(LAW) if path == ("第一章 総則",)]) == 1


def test_contents_with_dot_leaders_are_not_headings() -> None:
    text = "目　次\n第１章　概要 ………… 1\n１．背景 ………… 2\n第２章　方針 ……… 5\n\n第１章　概要\n本文である。\n"
    assert paths(text) == [("目次",), ("第１章 概要",)]


def test_dotted_numbers_nest_by_their_depth() -> None:
    assert ("2. 利用手順", "2.1 ログイン", "2.1.1 パスワードを忘れた場合") in paths(MANUAL)
    assert ("2. 利用手順", "2.2 ログアウト") in paths(MANUAL)


def test_numbered_list_items_are_no_headings() -> None:
    assert not any("ブラウザ" in part or "利用者" in part for path in paths(MANUAL) for part in path)


def test_a_page_without_marks_is_cut_at_its_titles() -> None:
    names = [path[-1] for path in paths(TOWN)]
    for name in ("申込方法", "手数料", "注意事項", "よくある質問"):
        assert name in names
    assert ("よくある質問", "Q1．申込み後にキャンセルできますか？") in paths(TOWN)


def test_a_heading_over_two_wrapped_lines_is_one() -> None:
    name = (
        "① 外国人留学生・研修生による日本企業へのインターンシップを仲介する"
        "仕組み（インターンシップ仲介機構）の構築"
    )
    assert ("第１章 検討の背景", "１．人材の育成", name) in paths(WRAPPED)


def test_markdown_headings_nest_and_a_comment_in_a_code_block_is_none() -> None:
    assert ("使い方ガイド", "インストール", "必要な環境") in paths(MARKDOWN)
    assert not any("コメント" in part for path in paths(MARKDOWN) for part in path)


def test_bullets_sentences_notes_and_sources_are_no_headings() -> None:
    text = (
        "・項目\n説明。\n\n○ 現在、AIの浸透が進む。\n続き。\n\n※ 注意書き\n本文。\n\n（出典）総務省\n本文。\n"
    )
    assert paths(text) == []


def test_a_reference_to_a_chapter_is_no_heading() -> None:
    assert paths("第１章～第５章で述べた課題を整理する。\n\n第３章の戦略\nのとおりである。\n") == []


def test_numbers_go_on_through_the_titles_between_them() -> None:
    text = (
        "報告書\n\n1. 背景\n\n背景を述べる。\n\n現状の整理\n\n- 項目である。\n\n2. 方針\n\n方針を述べる。\n\n"
        "重点施策の例\n\n1. 人材\n\n人材を育てる。\n\n2. 基盤\n\n基盤を作る。\n\n3. 体制\n\n体制を作る。\n"
    )
    found = paths(text)
    assert ("1. 背景", "現状の整理") in found
    assert ("2. 方針", "重点施策の例", "2. 基盤") in found


def test_the_depth_is_bounded() -> None:
    signs = [
        "第１編 あ",
        "第１章 い",
        "第１節 う",
        "第１款 え",
        "1. お",
        "(1) か",
        "① き",
        "ア く",
        "(ア) け",
        "a. こ",
    ]
    text = "".join(f"{sign}\n本文である。\n\n" for sign in signs)
    assert max(map(len, paths(text))) <= 7


def test_a_position_finds_its_section() -> None:
    found = sections(LAW)
    assert section_at(found, LAW.index("責務を有する")).path[-1] == "第四条"


def test_a_title_is_the_first_line_a_reader_sees() -> None:
    assert title(LAW) == "個人情報の保護に関する法律"
    assert title(MARKDOWN) == "使い方ガイド"
    assert title("") == ""


@given(TEXTS)
def test_sections_partition_any_text(text: str) -> None:
    found = sections(text)
    assert "".join(section.span.of(text) for section in found) == text
    assert all(a.span.end == b.span.start for a, b in itertools.pairwise(found))
    assert all(part.strip() for section in found for part in section.path)
