"""Whatever is in a folder, its other files are read, in bounded time, and what is wrong is said by name."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from ingest.document import Document
from ingest.errors import UnreadableFile
from ingest.limits import LIMITS
from ingest.worker import Worker
from tests.ingest import formats, hostile

SECONDS = 6.0


@pytest.fixture(scope="module")
def files(browser: Browser) -> dict[str, bytes]:
    sound = hostile.sound(formats.printed(browser, formats.as_html(formats.RULES, formats.PRINTED)))
    return dict([*hostile.harmed(sound), *hostile.meant(sound)])


def test_hundreds_of_hostile_files_cost_nobody_else_anything(files: dict[str, bytes], tmp_path: Path) -> None:
    assert len(files) >= 200
    neighbour = tmp_path / "隣.txt"
    neighbour.write_text("図書館は月曜日に休みます。", encoding="utf-8")
    worker = Worker(replace(LIMITS, seconds=SECONDS))
    became: Counter[str] = Counter()
    try:
        for name, data in files.items():
            (tmp_path / name).write_bytes(data)
            began = time.monotonic()
            said = outcome(worker, tmp_path / name)
            assert time.monotonic() - began < SECONDS + 10, name
            became[type(said).__name__] += 1
            if isinstance(said, UnreadableFile):
                assert "\n" not in str(said) and name in str(said) and said.hint
                assert "問題が起きました" not in said.reason, f"{name}: {said}"
            else:
                assert "root:x:0" not in said.text
                assert all(place.span.of(said.text).strip() for place in said.places)
            (tmp_path / name).unlink()
            assert worker.read(neighbour).text.startswith("図書館")
    finally:
        worker.close()
    assert became["UnreadableFile"] > 50
    assert became["Document"] > 30


def outcome(worker: Worker, path: Path) -> Document | UnreadableFile:
    try:
        return worker.read(path)
    except UnreadableFile as error:
        return error
