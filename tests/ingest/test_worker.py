"""The reading process: what hangs it, fills its memory or ends it costs one file."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.errors import UnreadableFile
from ingest.limits import LIMITS
from ingest.read import read
from ingest.worker import Worker
from tests.ingest import formats, hostile


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "規程.docx"
    made.write_bytes(formats.as_docx(formats.RULES))
    return made


def test_a_document_comes_over_whole(file: Path) -> None:
    worker = Worker()
    assert worker.read(file) == read(file)
    worker.close()


def test_too_long_is_too_long_and_the_next_file_gets_its_turn(file: Path, tmp_path: Path) -> None:
    (tmp_path / "長い.csv").write_text("甲,乙\n" * 300_000, encoding="utf-8")
    worker = Worker(replace(LIMITS, seconds=1.0))
    with pytest.raises(UnreadableFile, match="TENKYO_FILE_SECONDS"):
        worker.read(tmp_path / "長い.csv")
    assert worker.read(file).title == "出張旅費規程"
    worker.close()


def test_a_process_that_dies_is_replaced(file: Path) -> None:
    worker = Worker()
    worker.read(file)
    assert worker._process is not None
    os.kill(worker._process.pid, signal.SIGKILL)
    worker._process.wait()
    assert worker.read(file).title == "出張旅費規程"
    worker.close()


def test_memory_has_an_end(file: Path, tmp_path: Path) -> None:
    body = hostile.word_part(file.read_bytes(), "word/document.xml")
    big = hostile.repacked(file.read_bytes(), word__document_dot_xml=body + b" " * 400_000_000)
    (tmp_path / "大きい.docx").write_bytes(big)
    worker = Worker(replace(LIMITS, memory=700 * 1024 * 1024))
    with pytest.raises(UnreadableFile):
        worker.read(tmp_path / "大きい.docx")
    assert worker.read(file).title == "出張旅費規程"
    worker.close()
