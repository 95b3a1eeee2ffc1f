"""Many questions from a file, one answer a line: a bad line costs only itself, a stop leaves no half file."""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from tqdm import tqdm

from ingest.errors import TenkyoError
from qa.tenkyo import Conversation, Tenkyo

_SKIPPED = "この行をとばします"


def ask_all(tenkyo: Tenkyo, questions: Path, out: Path | None) -> int:
    """Answer every line of `questions` in order, into `out` or standard output; returns how many failed.

    Lines that share a "conversation" know those before.

    :raises TenkyoError: the questions cannot be read, or the output cannot be written
    """
    lines = _lines(questions)
    if out is not None and out.exists() and out.samefile(questions):
        raise TenkyoError(out, "質問のファイルと同じです", "--out には別のファイルを指定してください")
    failed = 0
    conversations: dict[str, Conversation] = {}
    with _written_whole(out) as file:
        for number, asked in tqdm(
            _questions(lines), total=len(lines), unit="問", file=sys.stderr, disable=None
        ):
            if isinstance(asked, str):
                failed += 1
                print(f"tenkyo: {questions}:{number}: {asked}", file=sys.stderr)
                continue
            thread = asked.get("conversation")
            asker = (
                conversations.setdefault(str(thread), tenkyo.conversation()) if thread is not None else tenkyo
            )
            answer = asker.ask(asked["question"]).to_dict()
            # Keys of ours that this answer lacks must not come from the question's line either.
            kept = {key: value for key, value in asked.items() if key != "nearest"}
            line = {**kept, **answer, "question": asked["question"]}
            print(json.dumps(line, ensure_ascii=False), file=file, flush=True)
    return failed


def _lines(path: Path) -> list[str]:
    try:
        # Only "\n" ends a line of JSONL: a JSON string may hold the other line ends as they are.
        return path.read_text(encoding="utf-8-sig").removesuffix("\n").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise TenkyoError(
            path, "質問のファイルを読めません", f"UTF-8 の JSONL か確かめてください: {error}"
        ) from error


def _questions(lines: list[str]) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Line numbers with the parsed question, or with what is wrong with the line."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            asked = json.loads(line)
            json.dumps(asked, ensure_ascii=False).encode("utf-8")
        except json.JSONDecodeError as error:
            yield number, f"JSON として読めません（{error.msg}）。{_SKIPPED}"
        except UnicodeEncodeError:
            yield number, f"文字になっていない符号（対のないサロゲート）があります。{_SKIPPED}"
        except (ValueError, RecursionError):  # a number of thousands of digits, thousands of brackets
            yield number, f"JSON の値が大きすぎるか深すぎます。{_SKIPPED}"
        else:
            named = isinstance(asked, dict) and isinstance(asked.get("question"), str)
            yield number, asked if named else f'"question" に質問文がありません。{_SKIPPED}'


@contextmanager
def _written_whole(out: Path | None) -> Iterator[TextIO]:
    """A file to write to that becomes `out` in the end: a stop leaves the last whole output, never half.

    What is no regular file (a pipe, a device) is written to directly; of a link the target is written.

    :raises TenkyoError: it cannot be written
    """
    if out is None:
        yield sys.stdout
        return
    try:
        target = out.resolve()
        if target.exists() and not stat.S_ISREG(target.stat().st_mode):
            with target.open("w", encoding="utf-8") as file:
                yield file
            return
        aside = target.with_name(target.name + ".part")
        with aside.open("w", encoding="utf-8") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        aside.replace(target)
    except OSError as error:
        raise TenkyoError(out, "出力先に書けません", error.strerror or str(error)) from error
