"""What is written down of what happens: one line an event to standard error, for people or as JSON.

The standard library's logging with formatters of our own. What libraries log passes through the same ones
without its words: an error often quotes what it stumbled over, and that may be a question or a document.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from traceback import walk_tb
from typing import Any

_LOG = logging.getLogger("tenkyo")
_HOUSE = Path(__file__).resolve().parents[2]
_TOLD = "told in the log"
_DEEPEST = 12  # frames of a stack that are written down, those nearest to the error
_SPOKEN = {
    "question": "質問に答えられませんでした",
    "request": "要求に応えられませんでした",
    "files": "文書を追加できませんでした",
    "warm-up": "モデルの準備に失敗しました（くり返し試します）",
}


def event(name: str, **facts: object) -> None:
    """Note that something happened."""
    _LOG.info(name, extra={"facts": facts})


def trouble(name: str, error: BaseException, **facts: object) -> None:
    """Note an error by its type and place, once, however many doors it passes; never what it says."""
    if _TOLD not in getattr(error, "__notes__", ()):
        error.add_note(_TOLD)
        _LOG.error(name, extra={"facts": facts | described(error)})


def described(error: BaseException) -> dict[str, object]:
    """An error without its message: its type, that of its cause, and where it happened, innermost first."""
    stack = list(_stack(error))[::-1][:_DEEPEST]
    own = [frame for frame in stack if not frame.startswith("…")]
    cause = error.__cause__ or error.__context__
    return {
        "error": type(error).__name__,
        **({"cause": type(cause).__name__} if cause else {}),
        "place": (own or stack or [""])[0],
        "stack": stack,
    }


def _stack(error: BaseException) -> Iterator[str]:
    for frame, line in walk_tb(error.__traceback__):
        file = Path(frame.f_code.co_filename)
        house = file.is_relative_to(_HOUSE) and "site-packages" not in file.parts
        where = str(file.relative_to(_HOUSE)) if house else f"…/{'/'.join(file.parts[-2:])}"
        yield f"{where}:{line} {frame.f_code.co_name}"


def configure(form: str, texts: bool) -> None:
    """Write to standard error from now on, whatever libraries have set up before.

    :param form: "json" for a line an event, "text" for a line when something fails
    :param texts: whether the text of questions, and what libraries say, may be written down
    """
    handler = logging.StreamHandler()
    handler.setFormatter(Json(texts) if form == "json" else Plain(texts))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    _LOG.setLevel(logging.INFO if form == "json" else logging.WARNING)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    logging.captureWarnings(True)


class Json(logging.Formatter):
    """A JSON object a line."""

    def __init__(self, texts: bool) -> None:
        super().__init__()
        self._texts = texts

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            **_facts(record, self._texts),
        }
        return json.dumps(line, ensure_ascii=False, default=str)


class Plain(logging.Formatter):
    """A line that a person reads."""

    def __init__(self, texts: bool) -> None:
        super().__init__()
        self._texts = texts

    def format(self, record: logging.LogRecord) -> str:
        facts = _facts(record, self._texts)
        told = [
            _SPOKEN.get(str(facts["event"]), str(facts["event"])),
            *(str(facts[key]) for key in ("logger", "error", "place", "message") if facts.get(key)),
        ]
        if facts.get("request"):
            told.append(f"要求 {facts['request']}")
        return f"tenkyo: {': '.join(' '.join(part.split()) for part in told)}"


def _facts(record: logging.LogRecord, texts: bool) -> Mapping[str, object]:
    """What a record says: ours as given, a library's without its words."""
    given = getattr(record, "facts", None)
    if given is not None:
        return {"event": record.getMessage()} | {
            key: value for key, value in given.items() if value is not None and (texts or key != "question")
        }
    told: dict[str, object] = {"event": "log", "logger": record.name}
    if texts:
        told["message"] = record.getMessage()
    error = record.exc_info[1] if record.exc_info else None
    if error is not None:
        return told | described(error)
    return told | {
        "place": f"…/{'/'.join(Path(record.pathname).parts[-2:])}:{record.lineno} {record.funcName}"
    }
