"""What every store must do: a folder here, a Milvus Lite file, a Milvus server."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from index import Index
from index.contract import Searchable
from index.milvus import MilvusIndex
from index.open import on_milvus
from ingest.document import Document
from ingest.errors import ModelMismatch, UnusableIndex
from tests.index.milvus_server import serving
from tests.index.seeded import AGENCY, GARDEN, SeededEncoder, document

Open = Callable[..., Searchable]
STORES = ("folder", "lite", "server")
_numbers = count()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("milvus")) as running:
        yield running.uri


@pytest.fixture(params=STORES)
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A place of the store's kind where there is no index yet."""
    if request.param == "server":
        return f"{request.getfixturevalue('server')}/database_{next(_numbers)}"
    return str(tmp_path / ("index.db" if request.param == "lite" else "index"))


def opened(where: str, encoder: SeededEncoder | None = None) -> Searchable:
    encoder = encoder or SeededEncoder()
    return (
        MilvusIndex.open(where, encoder=encoder)
        if on_milvus(where)
        else Index.open(Path(where), encoder=encoder)
    )


@pytest.fixture
def store(where: str) -> Iterator[Open]:
    """Opens the index, as often as asked; all are closed at the end."""
    held: list[Searchable] = []

    def open_it(encoder: SeededEncoder | None = None) -> Searchable:
        held.append(opened(where, encoder))
        return held[-1]

    yield open_it
    for index in held:
        index.close()


@pytest.fixture
def index(store: Open) -> Searchable:
    return store()


def names(index: Searchable) -> list[str]:
    return [one.name for one in index.documents()]


def found(index: Searchable, query: str) -> list[str]:
    """The names of the documents a query finds, best first."""
    known = {one.id: one.name for one in index.documents()}
    return list(dict.fromkeys(known[hit.chunk.document_id] for hit in index.search(query)))


def assert_quotes_are_the_originals(index: Searchable, query: str, originals: dict[str, Document]) -> None:
    hits = index.search(query)
    assert hits
    for hit in hits:
        original = originals[hit.chunk.document_id]
        assert index.document(original.id) == original
        assert hit.chunk in index.chunks(original.id)
        assert hit.chunk.span.of(original.text).strip()


def test_what_was_added_is_found_first_and_quoted_exactly(index: Searchable) -> None:
    index.add([AGENCY, GARDEN])
    hits = index.search("デジタル庁の発足はいつですか")
    assert hits[0].chunk.document_id == AGENCY.id
    assert hits[0].chunk.section_path == ("設置",)
    assert (hits[0].lexical_rank, hits[0].dense_rank) == (1, 1)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert_quotes_are_the_originals(index, "朝顔に水を与える", {AGENCY.id: AGENCY, GARDEN.id: GARDEN})
    assert index.search("朝顔に水を与える", 1)[0].chunk.section_path == ("朝顔",)


def test_the_documents_are_listed_by_name_without_their_text(index: Searchable) -> None:
    assert index.documents() == []
    index.add([GARDEN, AGENCY])
    listed = index.documents()
    assert [one.name for one in listed] == ["agency.txt", "garden.txt"]
    assert listed[0].path == AGENCY.path and listed[0].content_hash == AGENCY.content_hash
    assert listed[0].text == "" and listed[0].sections == ()


def test_a_newer_version_of_a_path_takes_the_place_of_the_older(index: Searchable) -> None:
    before = document(
        "/docs/a.txt", ("開館", "図書館は月曜日に開く。" * 3), ("料金", "入館は無料である。" * 3)
    )
    after = document("/docs/a.txt", ("開館", "図書館は火曜日に閉まる。" * 3))
    index.add([before, GARDEN])
    index.add([after])
    assert names(index) == ["a.txt", "garden.txt"]
    assert {hit.chunk.document_id for hit in index.search("図書館の料金")} == {after.id, GARDEN.id}
    assert index.document(after.id) == after
    assert index.chunks(before.id) == []


def test_adding_the_same_again_changes_nothing(index: Searchable) -> None:
    index.add([AGENCY])
    first = index.search("デジタル庁の予算")
    index.add([AGENCY])
    assert index.search("デジタル庁の予算") == first and names(index) == ["agency.txt"]


def test_of_two_versions_in_one_batch_the_later_counts(index: Searchable) -> None:
    index.add(
        [document("/docs/a.txt", ("版", "第一版である。")), document("/docs/a.txt", ("版", "第二版である。"))]
    )
    assert "第二版" in index.document(index.documents()[0].id).text and len(index.documents()) == 1


def test_a_renamed_document_keeps_its_text_under_the_new_name(index: Searchable) -> None:
    moved = document("/docs/below/moved.txt", ("設置", "デジタル庁は2021年9月1日に発足した。" * 3))
    old = document("/docs/old.txt", ("設置", "デジタル庁は2021年9月1日に発足した。" * 3))
    index.add([old, GARDEN])
    index.rename(old.id, moved)
    assert names(index) == ["garden.txt", "moved.txt"]
    best = index.search("デジタル庁の発足")[0].chunk
    assert best.document_id == moved.id and best in index.chunks(moved.id)
    assert index.document(moved.id).text == old.text
    assert index.chunks(old.id) == []


def test_renaming_onto_another_document_takes_its_place(index: Searchable) -> None:
    new = document(GARDEN.path, ("設置", AGENCY.text))
    index.add([AGENCY, GARDEN])
    index.rename(AGENCY.id, new)
    assert names(index) == ["garden.txt"]
    assert {hit.chunk.document_id for hit in index.search("朝顔とデジタル庁")} == {new.id}


def test_a_removed_document_is_gone_and_an_unknown_one_is_passed_over(index: Searchable) -> None:
    index.add([AGENCY, GARDEN])
    index.remove([AGENCY.id, "知らないID"])
    assert names(index) == ["garden.txt"] and found(index, "デジタル庁の発足") == ["garden.txt"]
    with pytest.raises(KeyError):
        index.document(AGENCY.id)
    index.remove([GARDEN.id])
    assert index.documents() == [] and index.search("朝顔") == []


def test_a_stamp_is_remembered_and_changes_nothing_else(store: Open) -> None:
    index = store()
    index.add([AGENCY, GARDEN])
    index.stamp({AGENCY.id: (123, 1_600_000_000_123_456_789)})
    assert [one.stamp for one in store().documents()] == [(123, 1_600_000_000_123_456_789), (-1, -1)]
    assert index.search("デジタル庁の発足")[0].chunk.document_id == AGENCY.id


def test_a_search_stays_within_the_documents_asked_for(index: Searchable) -> None:
    index.add([AGENCY, GARDEN])
    assert {hit.chunk.document_id for hit in index.search("デジタル庁の発足", documents=[GARDEN.id])} == {
        GARDEN.id
    }
    assert index.search("デジタル庁", documents=[]) == []
    assert index.search("デジタル庁", documents=["知らないID"]) == []
    both = index.search("デジタル庁の発足", documents=[GARDEN.id, AGENCY.id])
    assert [hit.chunk for hit in both] == [hit.chunk for hit in index.search("デジタル庁の発足")]


@pytest.mark.parametrize("query", ["", " \n　", "？！"])
def test_a_query_without_words_is_no_error(index: Searchable, query: str) -> None:
    assert index.search(query) == []
    index.add([AGENCY])
    assert isinstance(index.search(query), list)


def test_without_a_model_only_what_shares_a_word_is_found(where: str) -> None:
    index = opened(where, SeededEncoder("none", 0))
    index.add([AGENCY, GARDEN])
    assert found(index, "朝顔の支柱") == ["garden.txt"]
    assert index.search("戦車") == []
    assert index.search("朝顔")[0].dense_rank is None
    assert not index.alike("朝顔", ["朝顔"]).any()
    index.close()


def test_a_word_of_one_chunk_tells_more_than_one_of_all_and_an_unknown_one_most(index: Searchable) -> None:
    index.add([document(f"/docs/{n}.txt", ("報告", f"報告書の第{n}号は猫{n}匹を数えた。")) for n in range(9)])
    index.add([document("/docs/x.txt", ("報告", "報告書は犬を数えた。"))])
    weights = index.rarity(["報告", "犬", "鯨", "数|える"])
    assert weights["報告"] < weights["犬"] < weights["鯨"]
    assert set(weights) == {"報告", "犬", "鯨", "数|える"}


def test_sentences_are_alike_by_their_words(index: Searchable) -> None:
    index.add([AGENCY])
    alike = index.alike("朝顔の種", ["朝顔の種", "朝顔の水", "情報システム"])
    assert alike.shape == (3,) and alike[0] == pytest.approx(1, abs=1e-3)
    assert list(np.argsort(-alike)) == [0, 1, 2]


def test_an_unknown_id_is_a_key_error_and_has_no_chunks(index: Searchable) -> None:
    for unknown in ("0123456789abcdef", "存在しない", 'x" or "', ""):
        with pytest.raises(KeyError):
            index.document(unknown)
        assert index.chunks(unknown) == []


def test_another_model_is_refused_in_one_line_with_both_names(store: Open) -> None:
    store(SeededEncoder("first")).add([AGENCY])
    with pytest.raises(ModelMismatch, match="first") as raised:
        store(SeededEncoder("second"))
    assert "second" in str(raised.value) and "\n" not in str(raised.value)
    assert names(store(SeededEncoder("first"))) == ["agency.txt"]


def test_a_model_that_came_too_late_is_refused_too(store: Open) -> None:
    first, second = store(SeededEncoder("first")), store(SeededEncoder("second"))
    first.add([AGENCY])
    with pytest.raises(ModelMismatch):
        second.add([GARDEN])
    with pytest.raises(ModelMismatch):
        second.search("デジタル庁")
    assert names(first) == ["agency.txt"]


def test_an_index_without_documents_takes_any_model(store: Open) -> None:
    first = store(SeededEncoder("first"))
    first.add([AGENCY])
    first.remove([AGENCY.id])
    second = store(SeededEncoder("second", 16))
    second.add([AGENCY])
    assert second.search("デジタル庁")[0].dense_rank


def test_an_index_opened_again_has_everything(where: str) -> None:
    index = opened(where)
    index.add([AGENCY, GARDEN])
    before = index.search("内閣総理大臣")
    index.close()
    index = opened(where)
    assert index.search("内閣総理大臣") == before and index.document(AGENCY.id) == AGENCY
    index.close()


def test_a_closed_index_says_so(where: str) -> None:
    index = opened(where)
    index.close()
    with pytest.raises(UnusableIndex, match="閉じられて"):
        index.documents()


def test_two_openers_see_what_the_other_writes(store: Open) -> None:
    one, other = store(), store()
    one.add([AGENCY])
    assert found(other, "デジタル庁") == ["agency.txt"]
    other.add([GARDEN])
    assert found(one, "朝顔の支柱")[0] == "garden.txt"
    one.remove([GARDEN.id])
    assert names(other) == ["agency.txt"] and found(other, "朝顔の支柱") == ["agency.txt"]


def test_a_long_text_comes_back_to_the_character(index: Searchable) -> None:
    body = "".join(f"第{n}条　{n * 7919 % 10007}番の補助金の上限額は{n}万円とする。\n" for n in range(4_000))
    long = document("/docs/long.txt", ("総則", body), ("附則", "この規則は公布の日から施行する。"))
    assert len(long.text.encode()) > 3 * 65_535
    index.add([long])
    assert index.document(long.id) == long
    chunks = index.chunks(long.id)
    assert [chunk.span.start for chunk in chunks] == sorted(chunk.span.start for chunk in chunks)
    assert "3321条" in index.search("第3321条の上限額")[0].chunk.span.of(long.text)


def test_odd_characters_and_file_names_stay_as_they_are(index: Searchable) -> None:
    alone = document(
        os.fsdecode(b"/docs/\xff\xfe\x80.txt"), ("孤立", "代用対の片割れＸだけがある。Ｙもある。ＸＹと並ぶ。")
    )
    odd = [
        document(
            "/docs/😀 \"引用符\" '単' \\ %.txt", ("絵文字😀", "絵文字の👨‍👩‍👧は家族を表す。\x00\x0b終わり。")
        ),
        replace(alone, title="題" * 30_000, text=alone.text.replace("Ｘ", "\ud83d").replace("Ｙ", "\ude00")),
        document("/docs/行\n改め\u202e.txt", ("", "空の見出しの本文である。")),
        document("/docs/" + "深" * 80 + ".txt", ("長" * 300, "長い見出しの本文である。")),
    ]
    index.add(odd)
    assert sorted(one.path for one in index.documents()) == sorted(one.path for one in odd)
    for one in odd:
        assert index.document(one.id) == one
    assert {hit.chunk.document_id for hit in index.search("家族を表す絵文字")[:1]} == {odd[0].id}
    index.remove([one.id for one in odd[:2]])
    assert len(index.documents()) == 2


def test_a_document_without_any_words_is_kept(index: Searchable) -> None:
    empty, marks = document("/docs/empty.txt"), document("/docs/marks.txt", ("―", "……！？"))
    index.add([empty, marks, AGENCY])
    assert index.document(empty.id) == empty and index.document(marks.id) == marks
    assert found(index, "デジタル庁")[0] == "agency.txt"


def test_many_documents_at_once(index: Searchable) -> None:
    many = [
        document(f"/docs/{n:04}.txt", ("要綱", f"第{n}号の要綱は{n * 31}円を上限とする。"))
        for n in range(600)
    ]
    index.add(many)
    assert len(index.documents()) == 600
    hit = index.search("第377号の要綱の上限")[0]
    assert hit.chunk.document_id == many[377].id
    assert len(index.search("要綱", 150)) == 150
    index.remove([one.id for one in many[:400]])
    assert len(index.documents()) == 200 and len(index.search("要綱", 300)) == 200


_WRITER = """
import sys
from itertools import count
from tests.index.seeded import document
from tests.index.test_contract import opened

index = opened(sys.argv[1])
for n in count():
    index.add([document(f"/docs/{name}.txt", ("版", f"これは第{n}版である。" * 20)) for name in "ab"])
    print(n, flush=True)
"""


def test_a_writer_killed_in_the_middle_leaves_one_whole_version(where: str) -> None:
    for moment in (0.004, 0.021):
        command = [sys.executable, "-c", _WRITER, where]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout
            assert writer.stdout.readline() == "0\n"
            until = time.monotonic() + moment
            while time.monotonic() < until:
                pass
            writer.kill()
        index = opened(where)
        first, second = (index.document(one.id) for one in index.documents())
        assert (first.name, second.name) == ("a.txt", "b.txt") and first.text == second.text
        hits = index.search(first.text)
        assert {hit.chunk.document_id for hit in hits} == {first.id, second.id}
        assert len(index.chunks(first.id)) == len(index.chunks(second.id)) == len(hits) / 2
        index.close()
