"""Chunks are whole sentences of one section, neither too long nor too short to find."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

import pytest
from hypothesis import given, settings

from ingest.chunk import LIMIT, chunks, search_text
from ingest.document import Document, Span
from ingest.mecab import tokenize
from ingest.read import read
from ingest.sentences import sentences
from tests.ingest.documents import LAW, MANUAL, TEXTS, TOWN, document

CORPUS = Path(__file__).parents[2] / "corpus"
FILES = sorted(CORPUS.glob("*.txt"))


def tokens(found: Document, span: Span) -> int:
    return len(tokenize(span.of(found.text)))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_corpus_has_no_chunk_too_long_and_hardly_one_too_short(path: Path) -> None:
    found = read(path)
    sizes = [tokens(found, chunk.span) for chunk in chunks(found)]
    assert max(sizes) <= LIMIT
    assert sum(size < 40 for size in sizes) <= 0.02 * len(sizes)
    assert 100 <= sum(sizes) / len(sizes) <= 220


def test_a_chunk_carries_the_path_of_its_section() -> None:
    text = (
        "第１章 背景\n"
        + "これは背景を説明する文であり、十分に長い。" * 40
        + "\n第２章 方針\n"
        + "方針を述べる。" * 60
    )
    paths = [chunk.section_path for chunk in chunks(document(text))]
    assert set(paths) == {("第１章 背景",), ("第２章 方針",)}
    assert len(paths) > 2


def test_tiny_sections_are_joined_under_their_parent() -> None:
    found = chunks(document(MANUAL))
    assert len(found) <= 3
    assert all(tokens(document(MANUAL), chunk.span) >= 20 for chunk in found)


def test_a_list_stays_with_its_lead() -> None:
    filler = "前置きの説明をここに書いておく。" * 12
    text = f"第１章 方針\n{filler}\n対象は以下のとおりとする。\n" + "".join(
        f"・対象となる事業の種類その{i}\n" for i in range(9)
    )
    (holding,) = [chunk for chunk in chunks(document(text)) if "その0" in chunk.span.of(text)]
    assert "以下のとおり" in holding.span.of(text) and "その8" in holding.span.of(text)


def test_a_sentence_longer_than_a_chunk_is_cut_between_tokens() -> None:
    text = "非常に長い文章が続いており" * 200
    found = chunks(document(text))
    assert len(found) > 3
    borders = {token.span.start for token in tokenize(text)}
    assert all(chunk.span.start in borders for chunk in found)


def test_the_searched_text_has_title_headings_and_cells() -> None:
    found = document(TOWN)
    (chunk,) = [chunk for chunk in chunks(found) if "ふとん" in chunk.span.of(TOWN)]
    searched = search_text(found, chunk)
    assert searched.startswith("粗大ごみの出し方")
    assert "ふとん 手数料(円) 300" in searched


def test_a_hundred_thousand_characters_take_less_than_a_second() -> None:
    text = (MANUAL + TOWN + LAW) * 100
    text = text[:100_000]
    tokenize("辞書を読み込む")
    started = time.process_time()
    chunks(document(text))
    assert time.process_time() - started < 2  # 0.5 s alone on this machine; room for a busy one


@settings(deadline=None, max_examples=60)
@given(TEXTS)
def test_chunks_of_any_text_are_ordered_short_and_complete(text: str) -> None:
    found = document(text)
    made = chunks(found)
    assert all(a.span.end <= b.span.start for a, b in itertools.pairwise(made))
    assert all(tokens(found, chunk.span) <= LIMIT for chunk in made)
    assert len({chunk.id for chunk in made}) == len(made)
    covered = {place for chunk in made for place in range(chunk.span.start, chunk.span.end)}
    for sentence in sentences(text, Span(0, len(text))):
        assert {p for p in range(sentence.start, sentence.end) if not text[p].isspace()} <= covered
    for chunk in made:
        search_text(found, chunk)
