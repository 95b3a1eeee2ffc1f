"""What a user of the index sees: add, replace, remove, filter, search."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index import Index
from ingest.document import Cell, Document, Enumeration, Section, Span, Table
from tests.index.seeded import AGENCY, GARDEN, SeededEncoder, document


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    opened = Index.open(tmp_path / "index", encoder=SeededEncoder())
    opened.add([AGENCY, GARDEN])
    yield opened
    opened.close()


def reopened(index: Index, tmp_path: Path) -> Index:
    index.close()
    return Index.open(tmp_path / "index", encoder=SeededEncoder())


def names(index: Index, query: str, **kwargs: list[str]) -> list[str]:
    return [index.document(hit.chunk.document_id).name for hit in index.search(query, 5, **kwargs)]


def test_the_passage_that_says_it_comes_first(index: Index) -> None:
    hit = index.search("デジタル庁はいつ発足しましたか")[0]
    assert "2021年9月1日" in hit.chunk.span.of(index.document(hit.chunk.document_id).text)
    assert (hit.lexical_rank, hit.dense_rank) == (1, 1)


def test_other_numerals_find_the_same_passage(index: Index) -> None:
    assert names(index, "盆栽は３年に何回植え替えますか")[0] == "garden.txt"


def test_a_reopened_index_answers_the_same(index: Index, tmp_path: Path) -> None:
    before = index.search("情報システムの予算")
    again = reopened(index, tmp_path)
    assert again.search("情報システムの予算") == before
    assert again.document(AGENCY.id) == AGENCY
    again.close()


def test_a_document_comes_back_with_every_part(tmp_path: Path) -> None:
    text = "表\n年度\t件数\n2020\t12\nA\nB\n\0絵文字😀"
    whole = Document(
        id="d", name="n.txt", path="/n.txt", content_hash="h", text=text,
        title="題", publisher="発行", issued="2020年",
        sections=(Section(("表", "下"), Span(0, 5), 3), Section((), Span(5, len(text)))),
        tables=(Table(Span(2, 16), (Cell(Span(13, 15), "2020", "件数"),), "題名"),),
        enumerations=(
            Enumeration(Span(16, 20), None, (Span(16, 17),)),
            Enumeration(Span(0, 3), Span(0, 1), ()),
        ),
    )  # fmt: skip
    index = Index.open(tmp_path / "index", encoder=SeededEncoder())
    index.add([whole])
    again = reopened(index, tmp_path)
    assert again.document("d") == whole
    light = again.documents()[0]
    assert (light.id, light.name, light.title, light.publisher, light.issued) == (
        "d",
        "n.txt",
        "題",
        "発行",
        "2020年",
    )
    again.close()


def test_a_file_name_that_is_not_text_is_kept(tmp_path: Path) -> None:
    path = os.fsdecode(b"/docs/\x83e\x83X\x83g.txt")
    index = Index.open(tmp_path / "index", encoder=SeededEncoder())
    index.add([document(path, ("見出し", "朝顔の種を蒔く。"))])
    assert index.documents()[0].path == path
    index.close()


def test_a_filter_keeps_both_sides_within_the_documents(index: Index) -> None:
    assert set(names(index, "デジタル庁の発足", documents=[GARDEN.id])) <= {"garden.txt"}
    assert index.search("デジタル庁の発足", documents=[GARDEN.id])[0].dense_rank == 1
    assert index.search("デジタル庁の発足", documents=[]) == []
    assert index.search("デジタル庁の発足", documents=["unknown"]) == []


def test_words_that_are_nowhere_still_get_the_nearest_vectors(index: Index) -> None:
    hits = index.search("xyzzy")
    assert hits and all(hit.lexical_rank is None and hit.dense_rank for hit in hits)


def test_a_blank_question_finds_nothing(index: Index) -> None:
    assert index.search(" \n　") == []


def test_a_new_version_takes_the_place_of_the_old(index: Index) -> None:
    newer = document(AGENCY.path, ("設置", "こども家庭庁は2023年4月1日に発足した。"))
    index.add([newer])
    assert [found.id for found in index.documents()] == [newer.id, GARDEN.id]
    assert names(index, "2021年9月1日に発足")[0] == "agency.txt"
    assert all(
        "2021年" not in hit.chunk.span.of(newer.text)
        for hit in index.search("2021年の発足", documents=[newer.id])
    )
    with pytest.raises(KeyError):
        Index.open(index_folder(index), encoder=SeededEncoder()).document(AGENCY.id)


def index_folder(index: Index) -> Path:
    return index._ledger.folder


def test_a_removed_document_leaves_no_byte_behind(index: Index, tmp_path: Path) -> None:
    index.search("朝顔")
    index.remove([GARDEN.id, "unknown"])
    assert [found.id for found in index.documents()] == [AGENCY.id]
    assert "garden.txt" not in names(index, "朝顔の種")
    kept = b"".join(file.read_bytes() for file in (tmp_path / "index").iterdir())
    for word in ("朝顔の種", "朝顔", "赤玉", "garden"):
        assert word.encode() not in kept


def test_an_emptied_index_is_empty_and_usable(index: Index) -> None:
    index.remove([AGENCY.id, GARDEN.id])
    assert index.search("デジタル庁") == [] and index.documents() == [] and index.chunks(AGENCY.id) == []
    index.add([GARDEN])
    assert names(index, "朝顔")[0] == "garden.txt"


def test_adding_one_document_touches_no_other(index: Index) -> None:
    before = index.chunks(AGENCY.id)
    index.add([document("/docs/more.txt", ("雑", "雑多な文である。"))])
    assert index.chunks(AGENCY.id) == before


def test_a_document_of_no_words_is_kept_and_found_by_nothing(index: Index) -> None:
    index.add([document("/docs/blank.txt", ("　", "・・・"))])
    assert "blank.txt" in [found.name for found in index.documents()]
    assert names(index, "デジタル庁の発足")[0] == "agency.txt"


def test_the_same_path_twice_in_one_call_keeps_the_last(index: Index) -> None:
    versions = [document("/docs/v.txt", ("版", f"これは第{n}版である。")) for n in (1, 2)]
    index.add(versions)
    assert [found.id for found in index.documents() if found.name == "v.txt"] == [versions[1].id]


def test_a_failing_document_leaves_the_index_as_it_was(index: Index) -> None:
    class Failing(SeededEncoder):
        def encode_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Index.open(index_folder(index), encoder=Failing()).add([document("/docs/x.txt", ("乙", "乙の文。"))])
    assert [found.name for found in index.documents()] == ["agency.txt", "garden.txt"]


def test_a_reader_sees_what_another_process_wrote_on_its_next_search(index: Index) -> None:
    index.search("朝顔")
    writer = Index.open(index_folder(index), encoder=SeededEncoder())
    writer.add([document("/docs/whale.txt", ("鯨", "ザトウクジラは歌をうたう。"))])
    writer.remove([AGENCY.id])
    assert names(index, "ザトウクジラの歌")[0] == "whale.txt"
    assert "agency.txt" not in names(index, "デジタル庁の発足")
    writer.close()


def test_a_document_that_another_process_removed_is_no_longer_there(index: Index) -> None:
    hit = index.search("朝顔の種")[0]
    writer = Index.open(index_folder(index), encoder=SeededEncoder())
    writer.remove([hit.chunk.document_id])
    with pytest.raises(KeyError):
        index.document(hit.chunk.document_id)
    assert hit.chunk.document_id not in {other.chunk.document_id for other in index.search("朝顔の種")}
    writer.close()


def test_threads_may_search_while_another_writes(index: Index) -> None:
    def ask(n: int) -> str:
        if n % 8 == 0:
            index.add([document("/docs/busy.txt", ("版", f"これは第{n}版である。"))])
        first = index.search(("デジタル庁の発足", "朝顔の種")[n % 2])[0]
        return index.document(first.chunk.document_id).name

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ask, range(48)))
    assert found == ["agency.txt", "garden.txt"] * 24


def test_newer_weights_of_the_bundled_model_renew_an_index_by_themselves(tmp_path: Path) -> None:
    index = Index.open(tmp_path / "x")
    index.add([AGENCY, GARDEN])
    found = index.search("朝顔の種")
    index.close()
    with sqlite3.connect(tmp_path / "x" / "tenkyo.sqlite3") as ledger:
        ledger.execute("UPDATE meta SET value = 'an older one' WHERE key = 'fingerprint'")
        ledger.execute("UPDATE passages SET vectors = zeroblob(length(vectors))")
    index = Index.open(tmp_path / "x")
    again = index.search("朝顔の種")
    assert [(hit.chunk.span, hit.dense_rank) for hit in again] == [
        (hit.chunk.span, hit.dense_rank) for hit in found
    ]
    index.close()
