"""Excel files: each sheet's tables with merged cells and the values last computed, as a reader sees them."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from ingest.content import Content, Draft, Merged
from ingest.dates import in_era
from ingest.readers.package import GIVEN_UP, damaged, opened

_MOST_CELLS = 400_000  # of a workbook; beyond them its text is too long anyway
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_DECIMALS = re.compile(r"\.(0+)")


@dataclass(frozen=True, slots=True)
class _Region:
    """A block of cells with no empty row or column through it; rows and columns count from 1."""

    top: int
    left: int
    bottom: int
    right: int


def content(path: Path, data: bytes) -> Content:
    """A workbook's text, its places the cells.

    :raises UnreadableFile: encrypted, damaged, or no Excel file
    """
    stream = opened(path, data, "Excel ", "xl/")
    try:
        with warnings.catch_warnings():  # of features openpyxl leaves out, none of which is text
            warnings.simplefilter("ignore")
            book = load_workbook(stream, data_only=True)
        return _content(book)
    except (InvalidFileException, *GIVEN_UP) as error:
        raise damaged(path, "Excel ", error) from error


def _content(book: Any) -> Content:
    draft = Draft()
    hidden = [sheet.title for sheet in book.worksheets if sheet.sheet_state != "visible"]
    if hidden:
        draft.notes.append(f"非表示のシートは読んでいません（{'、'.join(hidden[:5])}）")
    several = len(book.worksheets) - len(hidden) > 1
    cells = 0
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            continue
        shown = _shown(sheet, _MOST_CELLS - cells)
        cells += len(shown)
        if not shown:
            continue
        if several:
            draft.heading(sheet.title, 1, name=f"シート {sheet.title}")
        covered = _merged(sheet, shown)
        for region in _regions(shown.keys() | covered.keys()):
            _write(draft, shown, covered, region)
    if cells >= _MOST_CELLS:
        draft.notes.append(f"セルが多すぎるため {_MOST_CELLS:,} 個まで読みました")
    return draft.done()


Cells = dict[tuple[int, int], Merged]


def _shown(sheet: Any, most: int) -> Cells:
    """(row, column) → what the cell shows; hidden rows and columns are left out."""
    rows = {n for n, size in sheet.row_dimensions.items() if size.hidden}
    columns = {name for name, size in sheet.column_dimensions.items() if size.hidden}
    found: Cells = {}
    # Only cells that are there: one at the far corner would make a billion of `iter_rows`.
    for (row, column), cell in sorted(sheet._cells.items()):
        if cell.value is None or row in rows or (columns and cell.column_letter in columns):
            continue
        text = written(cell.value, cell.number_format or "General").strip()
        if text and len(found) < most:
            found[row, column] = Merged(text, f"{sheet.title}!{cell.coordinate}")
    return found


def _merged(sheet: Any, shown: Cells) -> Cells:
    """The places that merged cells cover below their first row: there the value goes on."""
    covered: Cells = {}
    for area in sheet.merged_cells.ranges:
        first = shown.get((area.min_row, area.min_col))
        if first is not None and area.max_row - area.min_row < 5000:
            for row in range(area.min_row + 1, area.max_row + 1):
                covered[row, area.min_col] = first
    return covered


def _regions(places: set[tuple[int, int]]) -> Iterator[_Region]:
    """Blocks between empty rows, and within them between empty columns."""
    for rows in _runs(sorted({row for row, _ in places})):
        inside = {(row, column) for row, column in places if rows[0] <= row <= rows[-1]}
        for columns in _runs(sorted({column for _, column in inside}), slack=1):
            own = [row for row, column in inside if columns[0] <= column <= columns[-1]]
            yield _Region(min(own), columns[0], max(own), columns[-1])


def _runs(numbers: Sequence[int], slack: int = 0) -> Iterator[list[int]]:
    """Numbers that follow one another, with at most `slack` missing between two."""
    run: list[int] = []
    for number in numbers:
        if run and number - run[-1] > 1 + slack:
            yield run
            run = []
        run.append(number)
    if run:
        yield run


def _write(draft: Draft, shown: Cells, covered: Cells, region: _Region) -> None:
    """Lines with one filled cell are titles and notes; the others are the table's rows."""
    open_rows: list[list[Merged | None]] = []
    columns = [
        column
        for column in range(region.left, region.right + 1)
        if any((row, column) in shown for row in range(region.top, region.bottom + 1))
    ]

    def close() -> None:
        if len(open_rows) > 1:
            draft.table(open_rows)
        else:
            for row in open_rows:
                cells = [cell for cell in row if cell is not None]
                draft.paragraph("　".join(cell.text for cell in cells), name=cells[0].name)
        open_rows.clear()

    for row in range(region.top, region.bottom + 1):
        cells = [shown.get((row, column)) or covered.get((row, column)) for column in columns]
        filled = [cell for cell in cells if cell is not None]
        if not filled:
            continue
        own = [shown[row, column] for column in columns if (row, column) in shown]
        # One filled cell at the margin is a title or a note, unless rows of its table have begun.
        alone = len(filled) == 1 and own and (not open_rows or len(own[0].text) > 30 or cells[0] is None)
        if len(columns) == 1 or alone:
            close()
            draft.paragraph(filled[0].text, name=filled[0].name)
        elif own:
            open_rows.append(cells)
    close()
    draft.blank()


def written(value: object, form: str) -> str:
    """A value as Excel shows it in the usual number formats.

    :param form: the cell's number format, as `#,##0.0%` or `ggge"年"m"月"`
    """
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime | date):
        return _date(value, form)
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, timedelta):
        return str(value)
    if isinstance(value, int | float):
        return _number(value, form)
    return str(value)


def _number(value: float, form: str) -> str:
    section = form.split(";")[1 if value < 0 and form.count(";") else 0]
    bare = _QUOTED.sub("", section)
    if form == "General" or not re.search("[0#]", bare):
        return f"{value:.10g}" if isinstance(value, float) and not value.is_integer() else str(int(value))
    found = _DECIMALS.search(bare)
    percent = "%" in bare
    places, comma = len(found[1]) if found else 0, "," if "," in bare else ""
    digits = f"{abs(value) * (100 if percent else 1):{comma}.{places}f}"
    head, tail = (_literal(part) for part in _around(section))
    sign = "-" if value < 0 and ";" not in form else ""
    return f"{sign}{head}{digits}{'%' if percent else ''}{tail}"


def _around(section: str) -> tuple[str, str]:
    """What is written before and after the digits of a number format."""
    places = [found.span() for found in re.finditer(r"[0#?][0#?,.]*", section)]
    return (section[: places[0][0]], section[places[-1][1] :]) if places else (section, "")


def _literal(part: str) -> str:
    part = re.sub(r"\[[^\]]*\]|_.|\*.", "", part)
    return re.sub(r'["\\%]', "", part).strip()


def _date(value: date, form: str) -> str:
    bare = _QUOTED.sub("", form)
    clock = f" {value:%H:%M}" if isinstance(value, datetime) and (value.hour or value.minute) else ""
    if re.search("[ge]", bare, re.I) and not re.search("general", bare, re.I):
        day = value.date() if isinstance(value, datetime) else value
        if said := in_era(day):
            return f"{said}{clock}"
    if "年" in form:
        day_of = f"{value.day}日" if re.search("d", bare, re.I) else ""
        month_of = f"{value.month}月" if re.search("m", bare, re.I) else ""
        return f"{value.year}年{month_of}{day_of}{clock}"
    return f"{value.year}/{value.month}/{value.day}{clock}"
