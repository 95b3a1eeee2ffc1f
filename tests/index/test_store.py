"""Folders that cannot be used say so in one line; writers die without harm."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from index import Index
from index.folder import FILE
from ingest.errors import ModelMismatch, UnusableIndex
from tests.index.seeded import AGENCY, GARDEN, SeededEncoder, document


def _file(folder: Path) -> None:
    folder.write_text("本文")


def _strangers(folder: Path) -> None:
    folder.mkdir()
    (folder / "写真.txt").write_text("本文")


def _not_a_database(folder: Path) -> None:
    folder.mkdir()
    (folder / FILE).write_text("これはデータベースではありません。" * 100)


def _another_database(folder: Path) -> None:
    folder.mkdir()
    with sqlite3.connect(folder / FILE) as db:
        db.execute("CREATE TABLE notes (text)")


def _another_version(folder: Path) -> None:
    Index.open(folder, encoder=SeededEncoder()).close()
    with sqlite3.connect(folder / FILE) as db:
        db.execute("UPDATE meta SET value = '99' WHERE key = 'schema'")


def _cut_off(folder: Path) -> None:
    index = Index.open(folder, encoder=SeededEncoder())
    index.add([AGENCY])
    index.close()
    data = (folder / FILE).read_bytes()
    (folder / FILE).write_bytes(data[: len(data) // 3])


@pytest.mark.parametrize(
    "made", [_file, _strangers, _not_a_database, _another_database, _another_version, _cut_off]
)
def test_what_is_not_an_index_gets_one_line_and_stays_as_it_is(
    made: Callable[[Path], None], tmp_path: Path
) -> None:
    made(tmp_path / "x")
    files = [
        file for file in tmp_path.rglob("*") if file.is_file() and not file.name.endswith(("-shm", "-wal"))
    ]
    before = {file: file.read_bytes() for file in files}
    with pytest.raises(UnusableIndex) as raised:
        opened = Index.open(tmp_path / "x", encoder=SeededEncoder())
        opened.search("デジタル庁")
    assert (
        "\n" not in str(raised.value)
        and "（" in str(raised.value)
        and str(tmp_path / "x") in str(raised.value)
    )
    for file, data in before.items():
        assert file.read_bytes() == data or made is _cut_off


def test_an_empty_folder_and_a_missing_one_become_indexes(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "empty", tmp_path / "deep" / "missing"):
        index = Index.open(folder, encoder=SeededEncoder())
        assert index.documents() == []
        index.close()


def test_a_second_writer_is_told_that_another_is_writing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.folder.BUSY_SECONDS", 0.05)
    index = Index.open(tmp_path / "x", encoder=SeededEncoder())
    other = sqlite3.connect(tmp_path / "x" / FILE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(UnusableIndex, match="書き込んでいます"):
        index.add([AGENCY])
    assert index.documents() == []
    other.execute("ROLLBACK")
    index.add([AGENCY])
    assert len(index.documents()) == 1
    other.close()
    index.close()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_index_can_be_asked_but_not_written(tmp_path: Path) -> None:
    folder = tmp_path / "x"
    index = Index.open(folder, encoder=SeededEncoder())
    index.add([AGENCY])
    index.close()
    (folder / FILE).chmod(0o444)
    folder.chmod(0o555)
    try:
        index = Index.open(folder, encoder=SeededEncoder())
        assert index.search("デジタル庁の発足")
        with pytest.raises(UnusableIndex, match="書き込めません"):
            index.add([GARDEN])
        index.close()
    finally:
        folder.chmod(0o755)


def test_another_model_is_refused_with_both_names(tmp_path: Path) -> None:
    index = Index.open(tmp_path / "x", encoder=SeededEncoder("first"))
    index.add([AGENCY])
    index.close()
    with pytest.raises(ModelMismatch, match="first") as raised:
        Index.open(tmp_path / "x", encoder=SeededEncoder("second"))
    assert "second" in str(raised.value) and "--index" in str(raised.value)
    with pytest.raises(ModelMismatch):
        Index.open(tmp_path / "x", "some-hub/model")
    Index.open(tmp_path / "x", encoder=SeededEncoder("first")).close()


def test_an_index_without_documents_takes_any_model(tmp_path: Path) -> None:
    index = Index.open(tmp_path / "x", encoder=SeededEncoder("first"))
    index.add([AGENCY])
    index.remove([AGENCY.id])
    index.close()
    index = Index.open(tmp_path / "x", encoder=SeededEncoder("second", 16))
    index.add([AGENCY])
    assert index.search("デジタル庁")[0].dense_rank
    index.close()


def test_a_closed_index_says_that_it_is_closed(tmp_path: Path) -> None:
    index = Index.open(tmp_path / "x", encoder=SeededEncoder())
    index.close()
    with pytest.raises(UnusableIndex, match="閉じられて"):
        index.search("デジタル庁")


_WRITER = """
import os, sys
from itertools import count
from pathlib import Path
from index import Index
from tests.index.seeded import SeededEncoder, document

for _ in sys.stdin:
    child = os.fork()
    if not child:
        index = Index.open(Path(sys.argv[1]), encoder=SeededEncoder())
        for n in count():
            index.add([document(f"/docs/{name}.txt", ("版", f"これは第{n}版である。")) for name in "ab"])
            index.search("第一版")
            print(os.getpid(), flush=True)
    print(os.waitpid(child, 0)[1], flush=True)
"""


def test_a_writer_killed_at_any_moment_leaves_one_whole_version(tmp_path: Path) -> None:
    folder = tmp_path / "x"
    command = [sys.executable, "-c", _WRITER, str(folder)]
    moments = random.Random(20)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdin and writer.stdout
        for _ in range(12):
            writer.stdin.write("go\n")
            writer.stdin.flush()
            child = int(writer.stdout.readline())
            until = time.monotonic() + moments.uniform(0, 0.03)
            while time.monotonic() < until:
                pass
            os.kill(child, signal.SIGKILL)
            while writer.stdout.readline().strip() != str(int(signal.SIGKILL)):
                pass
            _whole(folder)
        writer.stdin.close()


def _whole(folder: Path) -> None:
    index = Index.open(folder, encoder=SeededEncoder())
    first, second = (index.document(found.id) for found in index.documents())
    assert (first.name, second.name) == ("a.txt", "b.txt") and first.text == second.text
    hits = index.search(first.text)
    assert {hit.chunk.document_id for hit in hits} == {first.id, second.id}
    assert all(hit.lexical_rank and hit.dense_rank for hit in hits)
    index.close()


def test_a_full_disk_is_said_and_the_index_stays_as_it_was(tmp_path: Path) -> None:
    index = Index.open(tmp_path / "index", encoder=SeededEncoder())
    index.add([AGENCY])
    # SQLite's own limit answers as a full disk does.
    with index._ledger.reading() as db:
        held = db.execute("PRAGMA page_count").fetchone()[0]
        db.execute(f"PRAGMA max_page_count = {held + 2}")
    with pytest.raises(UnusableIndex, match="ディスクがいっぱい"):
        index.add([document(f"/docs/{n}.txt", ("見出し", f"第{n}の本文である。" * 400)) for n in range(20)])
    assert [one.name for one in index.documents()] == ["agency.txt"]
    assert index.search("デジタル庁")
    index.close()
