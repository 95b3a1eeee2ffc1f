"""What is evaluated: the questions of a data set and the answers given to them, read from JSON lines."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

SPLITS = ("dev", "test", "all")


@dataclass(frozen=True, slots=True)
class Evidence:
    """A place that supports the answer: a file's name and its words there, as the file has them."""

    document: str
    text: str
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A question with what counts as an answer.

    :param answers: accepted short answers, any of them counts
    :param all_of: for lists, the items of which each must appear
    :param conversation: questions that share it are asked in order, each knowing those before
    """

    id: str
    question: str
    type: str = "other"
    answerable: bool = True
    answers: tuple[str, ...] = ()
    all_of: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    split: str = "all"
    conversation: str | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """A citation as far as it is judged: the quoted characters and where they stand."""

    document: str
    text: str
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """An answer given to one question; `citations` and `nearest` stand best first."""

    id: str
    text: str
    abstained: bool
    confidence: float
    citations: tuple[Quote, ...] = ()
    nearest: tuple[Quote, ...] = ()
    timings_ms: Mapping[str, float] = field(default_factory=dict)


class BrokenLine(ValueError):
    """A line that cannot be used; the message says what is wrong with it."""


T = TypeVar("T", Case, Given)


def read_cases(path: Path) -> tuple[list[Case], list[str]]:
    """The questions of a data set, and one message for each line that was skipped.

    :raises OSError: the file cannot be read
    """
    return _read(path, _case)


def read_answers(path: Path) -> tuple[list[Given], list[str]]:
    """The lines that `tenkyo ask --batch` wrote, and one message for each line that was skipped.

    :raises OSError: the file cannot be read
    """
    return _read(path, given)


def of_split(cases: Iterable[Case], split: str) -> list[Case]:
    """The cases of the half `split`; "all" keeps every one."""
    return [case for case in cases if split == "all" or case.split == split]


def _read(path: Path, parse: Callable[[Mapping[str, Any]], T]) -> tuple[list[T], list[str]]:
    found: list[T] = []
    broken: list[str] = []
    seen: set[str] = set()
    for number, raw in enumerate(path.read_bytes().splitlines(), start=1):
        if not raw.strip():
            continue
        try:
            item = parse(_object(raw.decode("utf-8-sig")))
            if item.id in seen:
                raise BrokenLine(f"id「{item.id}」が重複しています")
        except (BrokenLine, UnicodeDecodeError) as error:
            reason = str(error) if isinstance(error, BrokenLine) else "UTF-8 ではありません"
            broken.append(f"{path.name} の {number} 行目を飛ばしました: {reason}")
            continue
        seen.add(item.id)
        found.append(item)
    return found, broken


def _object(raw: str) -> Mapping[str, Any]:
    try:
        line = json.loads(raw)
    except json.JSONDecodeError as error:
        raise BrokenLine(f"JSON として読めません ({error.msg})") from error
    if not isinstance(line, dict):
        raise BrokenLine("{ } で囲んだ JSON ではありません")
    return line


def _case(line: Mapping[str, Any]) -> Case:
    answers, all_of = _texts(line, "answers"), _texts(line, "all_of")
    evidence = tuple(
        Evidence(_text(e, "document"), _text(e, "text"), _place(e, "start"), _place(e, "end"))
        for e in _objects(line, "evidence")
    )
    answerable = line.get("answerable", bool(answers or all_of or evidence))
    if not isinstance(answerable, bool):
        raise BrokenLine("answerable は true か false です")
    if answerable and not (answers or all_of or evidence):
        raise BrokenLine("answers も all_of も evidence もなく、正誤を決められません")
    conversation = line.get("conversation")
    return Case(
        id=_text(line, "id"),
        question=_text(line, "question"),
        type=str(line.get("type", "other")),
        answerable=answerable,
        answers=answers,
        all_of=all_of,
        evidence=evidence,
        split=str(line.get("split", "all")),
        conversation=None if conversation is None else str(conversation),
    )


def given(line: Mapping[str, Any]) -> Given:
    """An answer from its line of the batch interface.

    :raises BrokenLine: a key is missing or of the wrong kind
    """
    if "error" in line and "answer" not in line:
        raise BrokenLine(f"回答がありません ({line['error']})")
    abstained, confidence = line.get("abstained"), line.get("confidence")
    if not isinstance(abstained, bool):
        raise BrokenLine("abstained がないか、true か false ではありません")
    if isinstance(confidence, bool) or not isinstance(confidence, int | float):
        raise BrokenLine("confidence がないか、数ではありません")
    timings = line.get("timings_ms") or {}
    return Given(
        id=_text(line, "id"),
        text=str(line.get("answer") or ""),
        abstained=abstained,
        confidence=float(confidence),
        citations=tuple(_quote(c) for c in _objects(line, "citations")),
        nearest=tuple(_quote(c) for c in _objects(line, "nearest")),
        timings_ms={str(k): float(v) for k, v in timings.items() if isinstance(v, int | float)},
    )


def _quote(line: Mapping[str, Any]) -> Quote:
    return Quote(_text(line, "document"), _text(line, "quote"), _place(line, "start"), _place(line, "end"))


def _text(line: Mapping[str, Any], key: str) -> str:
    value = line.get(key)
    if isinstance(value, int) and key == "id":
        return str(value)
    if not isinstance(value, str) or not value.strip():
        raise BrokenLine(f"{key} がないか、空です")
    return value


def _texts(line: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = line.get(key) or []
    if not isinstance(value, list) or not all(isinstance(text, str) and text.strip() for text in value):
        raise BrokenLine(f"{key} は文字列の並びです")
    return tuple(value)


def _objects(line: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    value = line.get(key) or []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise BrokenLine(f"{key} は {{ }} の並びです")
    return value


def _place(line: Mapping[str, Any], key: str) -> int | None:
    value = line.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
