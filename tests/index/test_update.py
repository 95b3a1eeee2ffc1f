"""Folders that change: what is read again, what moves without being made anew, what is gone."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index import FileReport, Index
from index.update import update
from ingest.folder import find
from tests.index.seeded import SeededEncoder

LONG_AGO = 1_600_000_000


class Counting(SeededEncoder):
    """Counts the texts it made vectors of."""

    made = 0

    def encode_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.made += len(texts)
        return self.encode_queries(texts)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "文書"
    made.mkdir()
    for n in range(5):
        write(made / f"要綱{n}.txt", f"第{n}号要綱\n\n補助金の上限額は{n + 1}万円とする。")
    return made


@pytest.fixture
def encoder() -> Counting:
    return Counting()


@pytest.fixture
def index(tmp_path: Path, encoder: Counting) -> Iterator[Index]:
    made = Index.open(tmp_path / "index", encoder=encoder)
    yield made
    made.close()


def write(file: Path, text: str, when: int = LONG_AGO) -> None:
    file.write_text(text, encoding="utf-8")
    os.utime(file, (when, when))


def statuses(reports: list[FileReport]) -> dict[str, str]:
    return {Path(report.path).name: report.status for report in reports}


def test_what_did_not_change_is_not_even_opened(folder: Path, index: Index, encoder: Counting) -> None:
    update(index, [folder])
    made = encoder.made
    # The stamp alone tells: other bytes of the same length under an old date go unseen, as with make and Git.
    write(folder / "要綱1.txt", "第1号要綱\n\n補助金の上限額は9万円とする。")
    assert set(statuses(update(index, [folder])).values()) == {"unchanged"}
    assert encoder.made == made


def test_what_was_touched_or_has_a_new_stamp_is_compared_by_its_bytes(
    folder: Path, index: Index, encoder: Counting
) -> None:
    update(index, [folder])
    made = encoder.made
    write(folder / "要綱1.txt", "第1号要綱\n\n補助金の上限額は2万円とする。", LONG_AGO + 60)
    write(folder / "要綱2.txt", "第2号要綱\n\n補助金の上限額は8万円とする。", LONG_AGO + 60)
    found = statuses(update(index, [folder]))
    assert {name for name, status in found.items() if status == "updated"} == {"要綱2.txt"}
    assert encoder.made == made + 1
    stamped = {document.name: document.stamp for document in index.documents()}
    assert stamped["要綱1.txt"][1] == (LONG_AGO + 60) * 10**9  # and is told by its stamp from now on


def test_a_new_stamp_leaves_what_is_searched_as_it_is(folder: Path, index: Index, tmp_path: Path) -> None:
    update(index, [folder])
    index.search("上限額")
    before = [file.name for file in (tmp_path / "index").glob("dense-*")]
    for file in folder.iterdir():
        os.utime(file, (LONG_AGO + 60, LONG_AGO + 60))
    update(index, [folder])
    assert [file.name for file in (tmp_path / "index").glob("dense-*")] == before != []


def test_a_file_that_moved_keeps_what_was_made_of_it(folder: Path, index: Index, encoder: Counting) -> None:
    update(index, [folder])
    made = encoder.made
    (folder / "古い").mkdir()
    (folder / "要綱3.txt").rename(folder / "古い" / "旧要綱.txt")
    found = statuses(update(index, [folder]))
    assert found["旧要綱.txt"] == "renamed"
    assert "要綱3.txt" not in found
    assert encoder.made == made
    hit = index.search("第3号要綱の上限額")[0]
    moved = index.document(hit.chunk.document_id)
    assert moved.path == str(folder / "古い" / "旧要綱.txt")
    assert hit.chunk in index.chunks(moved.id)
    assert len(index.documents()) == 5


def test_a_copy_is_a_document_of_its_own(folder: Path, index: Index) -> None:
    update(index, [folder])
    write(folder / "写し.txt", (folder / "要綱0.txt").read_text(encoding="utf-8"))
    assert statuses(update(index, [folder]))["写し.txt"] == "added"
    assert len(index.documents()) == 6


def test_two_files_that_change_places_change_places(folder: Path, index: Index) -> None:
    update(index, [folder])
    first, second, aside = folder / "要綱0.txt", folder / "要綱1.txt", folder / "x"
    first.rename(aside)
    second.rename(first)
    aside.rename(second)
    os.utime(first, (LONG_AGO + 5, LONG_AGO + 5))
    os.utime(second, (LONG_AGO + 6, LONG_AGO + 6))
    found = statuses(update(index, [folder]))
    assert (found["要綱0.txt"], found["要綱1.txt"]) == ("updated", "updated")
    texts = {one.name: index.document(one.id).text for one in index.documents()}
    assert "第1号" in texts["要綱0.txt"] and "第0号" in texts["要綱1.txt"]


def test_a_failed_update_leaves_the_old_version_answering(folder: Path, index: Index) -> None:
    update(index, [folder])
    (folder / "要綱1.txt").write_bytes(b"\0\1\2" * 100)
    reports = update(index, [folder])
    assert statuses(reports)["要綱1.txt"] == "failed"
    assert "第1号要綱" in index.document(index.search("第1号要綱")[0].chunk.document_id).text


def test_removed_means_gone_from_the_files_too(folder: Path, index: Index, tmp_path: Path) -> None:
    secret = "鯨尺八寸五分"
    write(folder / "秘密.txt", f"秘密の合言葉は{secret}である。")
    update(index, [folder])
    index.search(secret)
    (folder / "秘密.txt").unlink()
    assert statuses(update(index, [folder]))["秘密.txt"] == "removed"
    index.search(secret)
    for file in (tmp_path / "index").iterdir():
        data = file.read_bytes()
        assert secret.encode() not in data and "鯨尺".encode() not in data


def test_every_file_that_was_read_has_its_health(folder: Path, index: Index) -> None:
    write(folder / "化け.txt", "䛣䛾䝯䝰䛿䝕䝆䝍䝹䛻䛴䛔䛶䛾䜒䛾䛷䛩" * 5)
    reports = {Path(report.path).name: report for report in update(index, [folder])}
    assert "文字化け" in reports["要綱0.txt"].health and not reports["要綱0.txt"].worries
    assert any("文字化け" in worry for worry in reports["化け.txt"].worries)


def test_old_formats_are_named_and_the_locks_of_open_files_are_not(folder: Path, index: Index) -> None:
    for name in ("旧い.doc", "~$要綱.docx", "写真.jpg"):
        write(folder / name, "x")
    failed = [report for report in update(index, [folder]) if report.status == "failed"]
    assert [Path(report.path).name for report in failed] == ["旧い.doc"]
    assert ".docx で保存し直して" in failed[0].message


@pytest.mark.skipif(os.name == "nt", reason="names that Windows has not")
def test_odd_names_and_loops_are_walked_once(folder: Path, index: Index) -> None:
    for name in ("行\n改め.txt", "右\u202eから.txt", "絵文字😀.txt"):
        write(folder / name, "本文です。")
    (folder / "輪").symlink_to(folder, target_is_directory=True)
    deep = folder
    for _ in range(60):
        deep = deep / "深"
    deep.mkdir(parents=True)
    write(deep / "底.txt", "底の本文です。")
    assert len(find([folder]).files) == 9
    assert set(statuses(update(index, [folder])).values()) == {"added"}
