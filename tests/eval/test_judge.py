"""The judge asks a real server process, and is not fooled by what it says."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from eval.judge import Judge
from ingest.errors import TenkyoError

QUESTION = {
    "question": "手数料はいくらですか",
    "wanted": ["300円"],
    "quotes": [{"text": "手数料は、一件につき300円です。"}],
    "answer": "300円です。",
}


@contextmanager
def serving(mode: str) -> Iterator[str]:
    command = [sys.executable, str(Path(__file__).with_name("server.py")), mode]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
    finally:
        process.terminate()
        process.wait(timeout=30)


def test_the_marks_are_read_from_the_words_around_them() -> None:
    with serving("judges") as url:
        assert Judge(url, "m").opinion(QUESTION) == {"judged_faithful": 1.0, "judged_complete": 0.5}


@pytest.mark.parametrize("mode", ["nonsense", "lies"])
def test_a_reply_without_marks_counts_for_nothing(mode: str) -> None:
    with serving(mode) as url:
        assert Judge(url, "m").opinion(QUESTION) == {}


def test_a_server_that_refuses_is_one_line() -> None:
    with serving("refuses") as url, pytest.raises(TenkyoError, match="採点のサーバーが答えません"):
        Judge(url, "m").opinion(QUESTION)
