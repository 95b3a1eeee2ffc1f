"""Everyday words find official ones, in search and in what counts as said."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from index import Index
from index.lemmas import terms
from index.synonyms import synonyms
from ingest.read import read
from qa.terms import Sought, words


def test_a_word_has_synonyms_and_says_which_word_they_stand_for() -> None:
    found = synonyms(terms("ハンコは要りますか"))
    assert found["押印"] == {"判子"}


def test_a_phrase_counts_only_when_all_its_words_are_there() -> None:
    assert synonyms(terms("大きな会社の割合"))["大|企業"] == {"大きい", "会社"}
    assert "大|企業" not in synonyms(terms("会社の割合"))
    assert "大|企業" not in synonyms(terms("大きな音の割合"))


@given(st.text(max_size=60))
def test_no_word_is_its_own_synonym(text: str) -> None:
    said = set(terms(text))
    found = synonyms(said)
    assert not said & found.keys()
    assert all(words <= said for words in found.values())


def test_a_document_is_found_by_words_it_does_not_hold(tmp_path: Path) -> None:
    for name, text in (
        ("押印.txt", "書類への押印を廃止する。"),
        ("休館.txt", "図書館の休館日は月曜日である。"),
    ):
        (tmp_path / name).write_text(text, encoding="utf-8")
    index = Index.open(tmp_path / "index", "none")
    index.add([read(tmp_path / "押印.txt"), read(tmp_path / "休館.txt")])
    names = {document.id: document.name for document in index.documents()}
    assert [names[hit.chunk.document_id] for hit in index.search("ハンコはやめますか", 1)] == ["押印.txt"]


def test_a_synonym_counts_less_than_the_word_itself() -> None:
    sought = Sought({"判子": 1.0}, {"押印": frozenset({"判子"})})
    assert sought.share(frozenset()) == 0.0
    assert 0.0 < sought.share(words("押印")) < sought.share(words("ハンコ")) == 1.0


def test_an_expression_that_would_lose_its_prefix_is_not_taken() -> None:
    from index.train_synonyms import source

    assert source("大会社") == ()
    assert source("お金") == ("金",)
