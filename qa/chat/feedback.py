"""What readers thought of answers, kept beside the index for `python -m eval feedback`."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from qa.answer import Answer

FILE = "feedback.jsonl"


def keep(folder: Path, asked: str, answer: Answer, verdict: str, user: str = "") -> None:
    """Add one line to the feedback in the index's folder; whole, whoever else is writing.

    :param verdict: "useful" or "wrong"
    :raises OSError: it cannot be written
    """
    line = {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "verdict": verdict,
        "user": user,
        "asked": asked,
        **answer.to_dict(),
    }
    line.pop("timings_ms")
    data = (json.dumps(line, ensure_ascii=False) + "\n").encode("utf-8", "surrogatepass")
    with (folder / FILE).open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def kept(folder: Path) -> Iterator[dict[str, Any]]:
    """What has been kept, oldest first; a line that a power cut has torn is passed over."""
    try:
        text = (folder / FILE).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return
    for line in text.split("\n"):
        try:
            read = json.loads(line)
        except ValueError:
            continue
        if isinstance(read, dict):
            yield read
