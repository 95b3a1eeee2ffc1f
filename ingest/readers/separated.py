"""Tables as plain text, cells held apart by commas or tabs (CSV, TSV)."""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path

from ingest.content import Content, Draft, Merged
from ingest.readers.text import decode

_DELIMITERS = ",\t;|"
_LONGEST_CELL = 1 << 20


def content(path: Path, data: bytes) -> Content:
    """The rows of a file; its places are the cells, named as a spreadsheet would.

    :raises UnreadableFile: no text, or in no encoding that Japanese text comes in
    """
    text = decode(path, data)
    csv.field_size_limit(_LONGEST_CELL)
    delimiter = "\t" if path.suffix.lower() == ".tsv" else _delimiter(text[:65536])
    draft = Draft()
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error:  # a quotation mark that is never closed: then none means anything
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=csv.QUOTE_NONE))
        draft.notes.append("引用符が閉じていないため、文字として読みました")
    open_rows: list[list[Merged | None]] = []
    number = 0
    for row in [*rows, []]:
        number += 1
        cells = [cell.strip() for cell in row]
        filled = sum(map(bool, cells))
        if filled > 1 or (filled and open_rows and cells[0] and len(cells) > 1):
            open_rows.append(
                [Merged(cell, f"{number}行{n}列") if cell else None for n, cell in enumerate(cells, 1)]
            )
            continue
        if len(open_rows) > 1:
            draft.table(open_rows)
        else:
            for kept in open_rows:
                draft.paragraph("　".join(cell.text for cell in kept if cell is not None))
        open_rows = []
        if filled:
            draft.paragraph("".join(cells), name=f"{number}行")
    return draft.done()


def _delimiter(sample: str) -> str:
    """The mark that most lines have equally often."""
    lines = [line for line in sample.splitlines()[:200] if line.strip()]
    best, most = ",", 0
    for mark in _DELIMITERS:
        counts = Counter(line.count(mark) for line in lines)
        counts.pop(0, None)
        same = max(counts.values(), default=0)
        if same > most:
            best, most = mark, same
    return best
