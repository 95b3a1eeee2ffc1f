"""Scanned pages through Tesseract where it is installed; a clear line where it is not."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from ingest.content import Draft
from ingest.errors import UnreadableFile
from ingest.limits import LIMITS
from ingest.pages.glyphs import Glyph, Sheet

_PACKAGES = "tesseract-ocr tesseract-ocr-jpn tesseract-ocr-jpn-vert"
HINT = f"スキャンした文書は apt install {_PACKAGES} で読めるようになります"
_DOTS = 300  # an inch: what Tesseract's models were trained on
_SURE = 20.0  # percent: words it is less sure of are specks
_POINTS = 72.0 / _DOTS
_SHARE = 0.7  # of the time for a file that recognising its pages may take


@cache
def languages() -> frozenset[str]:
    """The models that the installed Tesseract has; none where it is not installed."""
    program = shutil.which("tesseract")
    if program is None:
        return frozenset()
    done = subprocess.run([program, "--list-langs"], capture_output=True, text=True, timeout=30, check=False)
    return frozenset(line.strip() for line in done.stdout.splitlines()[1:])


def recognised(
    path: Path,
    draft: Draft,
    sheets: Sequence[Sheet],
    scanned: Sequence[int],
    picture: Callable[[int, int], Any],
) -> list[Sheet]:
    """The sheets with those of the pages `scanned` filled with what Tesseract reads there.

    :param picture: a page's number and dots an inch → its picture
    :raises UnreadableFile: every page is scanned and Tesseract is not installed
    """
    if "jpn" not in languages():
        if len(scanned) == len(sheets):
            raise UnreadableFile(path, "スキャン画像だけで文字がありません", HINT)
        draft.notes.append(f"スキャン画像の {len(scanned)} ページは読んでいません（{HINT}）")
        return list(sheets)
    wanted, read, late = set(scanned), [], 0
    deadline = time.monotonic() + _SHARE * LIMITS.seconds
    for sheet in sheets:
        if sheet.number in wanted and time.monotonic() < deadline:
            sheet = replace(sheet, glyphs=tuple(_glyphs(picture(sheet.number, _DOTS))))
        elif sheet.number in wanted:
            late += 1
        read.append(sheet)
    draft.notes.append(f"{len(scanned) - late} ページを文字認識しました（誤りがありえます）")
    if late:
        draft.notes.append(
            f"時間の上限で {late} ページを認識していません（TENKYO_FILE_SECONDS を大きくしてください）"
        )
    return read


def _glyphs(page: Any) -> list[Glyph]:
    """What Tesseract reads on a picture: across, or downwards where that reads surer."""
    across, sure = _read(page, "jpn", "3")
    if sure < 70 and "jpn_vert" in languages():
        down, surer = _read(page, "jpn_vert", "5")
        if surer > sure + 5:
            return down
    return across


def _read(page: Any, language: str, layout: str) -> tuple[list[Glyph], float]:
    """Glyphs with their places, and how sure Tesseract is of them on average, 0 to 100."""
    stream = io.BytesIO()
    page.save(stream, format="PNG")
    try:
        done = subprocess.run(
            ["tesseract", "stdin", "stdout", "-l", language, "--psm", layout, "--dpi", str(_DOTS), "tsv"],
            input=stream.getvalue(),
            capture_output=True,
            timeout=LIMITS.seconds,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return [], 0.0
    glyphs, sureness = [], []
    for row in csv.DictReader(
        io.StringIO(done.stdout.decode("utf-8", "replace")), delimiter="\t", quoting=csv.QUOTE_NONE
    ):
        text, sure = (row.get("text") or "").strip(), float(row.get("conf") or -1)
        if not text or sure < _SURE:
            continue
        left, top, wide, high = (float(row[key]) * _POINTS for key in ("left", "top", "width", "height"))
        sureness.append(sure)
        glyphs += _spread(
            text,
            left,
            top,
            left + wide,
            top + high,
            downwards="vert" in language and len(text) > 1 and high > wide,
        )
    return glyphs, sum(sureness) / len(sureness) if sureness else 0.0


def _spread(text: str, left: float, top: float, right: float, bottom: float, downwards: bool) -> list[Glyph]:
    """A word's characters, evenly over its box."""
    step = ((bottom - top) if downwards else (right - left)) / len(text)
    if downwards:
        return [
            Glyph(c, left, top + n * step, right, top + (n + 1) * step, right - left)
            for n, c in enumerate(text)
        ]
    size = bottom - top
    return [Glyph(c, left + n * step, top, left + (n + 1) * step, bottom, size) for n, c in enumerate(text)]
