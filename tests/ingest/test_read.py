"""A file becomes a document, or one line says why it does not."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from ingest.catalog import check
from ingest.errors import UnreadableFile
from ingest.read import SUFFIXES, chunks, read
from tests.ingest.documents import TOWN

CORPUS = Path(__file__).parents[2] / "corpus"


def test_the_text_of_a_document_is_the_text_of_its_file(tmp_path: Path) -> None:
    path = tmp_path / "ごみ.txt"
    path.write_text(TOWN, encoding="utf-8")
    document = read(path)
    assert document.text == TOWN
    assert document.name == "ごみ.txt"
    assert document.title == "粗大ごみの出し方"
    assert len(document.id) == 16


def test_a_document_is_named_by_the_catalogue_beside_it() -> None:
    for path in CORPUS.glob("*.txt"):
        document = read(path)
        assert document.title and document.publisher and document.issued
        assert document.sections and chunks(document)


def test_the_catalogue_names_every_document_and_no_other() -> None:
    assert set(check(CORPUS)) == {path.name for path in CORPUS.glob("*.txt")}


def test_a_broken_catalogue_keeps_no_document_from_being_read(tmp_path: Path) -> None:
    (tmp_path / "catalog.toml").write_text("[[document]\nfile = ", encoding="utf-8")
    (tmp_path / "ごみ.txt").write_text(TOWN, encoding="utf-8")
    assert read(tmp_path / "ごみ.txt").title == "粗大ごみの出し方"
    with pytest.raises(UnreadableFile, match="目録を読めません") as error:
        check(tmp_path)
    assert "\n" not in str(error.value)


def test_the_id_changes_with_the_bytes_and_with_the_path(tmp_path: Path) -> None:
    first, second = tmp_path / "a.txt", tmp_path / "b.txt"
    first.write_text("本文。", encoding="utf-8")
    second.write_text("本文。", encoding="utf-8")
    before = read(first).id
    assert before == read(first).id != read(second).id
    first.write_text("別の本文。", encoding="utf-8")
    assert read(first).id != before


@pytest.mark.parametrize("name", ["ない.txt", "表.xlsx", "拡張子なし"])
def test_what_cannot_be_read_is_said_in_one_line(tmp_path: Path, name: str) -> None:
    if name != "ない.txt":
        (tmp_path / name).write_bytes(b"x")
    with pytest.raises(UnreadableFile) as error:
        read(tmp_path / name)
    assert "\n" not in str(error.value) and error.value.hint


def test_a_folder_is_no_document(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="フォルダ"):
        read(tmp_path)


def test_an_empty_file_is_declined(tmp_path: Path) -> None:
    (tmp_path / "空.txt").write_bytes(b"")
    with pytest.raises(UnreadableFile):
        read(tmp_path / "空.txt")


def test_a_file_too_large_is_declined_without_reading_it(tmp_path: Path) -> None:
    path = tmp_path / "大.txt"
    with path.open("wb") as file:
        file.truncate(201 * 1024 * 1024)
    started = time.monotonic()
    with pytest.raises(UnreadableFile, match="大きすぎ"):
        read(path)
    assert time.monotonic() - started < 1


def test_fifty_megabytes_in_one_line_are_declined_soon(tmp_path: Path) -> None:
    path = tmp_path / "長.txt"
    path.write_text("日本語の文章です" * 2_200_000, encoding="utf-8")
    with pytest.raises(UnreadableFile, match="長すぎ"):
        read(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_declined(tmp_path: Path) -> None:
    path = tmp_path / "秘.txt"
    path.write_text("本文。", encoding="utf-8")
    path.chmod(0)
    with pytest.raises(UnreadableFile, match="開けません"):
        read(path)


def test_the_formats_people_have_can_be_read() -> None:
    assert {".txt", ".md", ".pdf", ".docx", ".pptx", ".xlsx", ".csv", ".html", ".eml"} <= SUFFIXES
