"""The same documents in other formats: "is a PDF answered as well as the text it was printed from?" """

from __future__ import annotations

import html
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

from eval.cases import Case, given
from eval.run import ask_all, score

# As an office would print it: 10.5 points on A4, tables with rules, a running head and a page number.
_STYLE = """<meta charset="utf-8"><style>@page{size:A4;margin:20mm}
body{font-family:"Noto Sans CJK JP",sans-serif;font-size:10.5pt}
pre{font-family:inherit;white-space:pre-wrap;margin:0}table{border-collapse:collapse;font-size:8pt}
td{border:1px solid #444;padding:2px}</style>"""
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")


class NoBrowser(Exception):
    """Nothing is installed that prints PDF."""


def compared(
    cases: Sequence[Case], corpus: Path, tenkyo: Callable[[Path], Any], texts: Callable[[Path], str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Format → report on the cases asked of the documents saved in it.

    :param tenkyo: opens an index in a folder
    :param texts: the text of a document of the corpus
    :raises NoBrowser: there is no chromium to print with
    """
    for suffix in ("txt", "docx", "pdf"):
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place, "documents")
            folder.mkdir()
            for file in sorted(corpus.glob("*.txt")):
                saved = folder / f"{file.stem}.{suffix}"
                if suffix == "txt":
                    shutil.copy(file, saved)
                elif suffix == "docx":
                    write_docx(texts(file), saved)
                else:
                    print_pdf(texts(file), saved)
            catalogue = corpus / "catalog.toml"
            if catalogue.exists():
                said = catalogue.read_text(encoding="utf-8").replace('.txt"', f'.{suffix}"')
                (folder / catalogue.name).write_text(said, encoding="utf-8")
            asked = tenkyo(Path(place, "index"))
            asked.add(folder)
            about = {"format": suffix}
            answers = map(given, ask_all(asked, list(_about(cases, suffix))))
            held = {found.name: asked.document(found.id).text for found in asked.documents()}
            yield suffix, score(list(_about(cases, suffix)), answers, about, held)[0]
            asked.close()


def _about(cases: Iterable[Case], suffix: str) -> Iterator[Case]:
    """The cases with their evidence in the documents of another format, by its words alone."""
    for case in cases:
        evidence = tuple(
            replace(one, document=f"{Path(one.document).stem}.{suffix}", start=None, end=None)
            for one in case.evidence
        )
        yield replace(case, evidence=evidence)


def _parts(text: str) -> Iterator[tuple[bool, list[str]]]:
    """Runs of lines, and whether they are the rows of a table."""
    for tabbed, lines in groupby(text.split("\n"), key=lambda line: "\t" in line):
        held = list(lines)
        yield tabbed and len(held) > 1, held


def _rows(lines: Sequence[str]) -> list[list[str]]:
    width = max(line.count("\t") for line in lines) + 1
    return [(line.split("\t") + [""] * width)[:width] for line in lines]


def write_docx(text: str, file: Path) -> None:
    """A text as a Word file without styles: a paragraph a line, tables as tables."""
    import docx

    document = docx.Document()
    for is_table, lines in _parts(text):
        if is_table:
            rows = _rows(lines)
            table = document.add_table(len(rows), len(rows[0]))
            for cells, row in zip(table.rows, rows, strict=True):
                for cell, value in zip(cells.cells, row, strict=True):
                    cell.text = value
        else:
            for line in lines:
                document.add_paragraph(line)
    document.save(str(file))


def print_pdf(text: str, file: Path) -> None:
    """A text printed by a browser.

    :raises NoBrowser: there is none
    """
    program = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if program is None:
        raise NoBrowser("chromium がありません。apt install chromium fonts-noto-cjk で入れてください")
    body = []
    for is_table, lines in _parts(text):
        if is_table:
            rows = ("".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in _rows(lines))
            body.append(f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>")
        else:
            body.append(f"<pre>{html.escape(chr(10).join(lines))}</pre>")
    with tempfile.TemporaryDirectory() as place:
        page = Path(place, f"{file.stem}.html")
        page.write_text(f"{_STYLE}<title>{html.escape(file.stem)}</title>{''.join(body)}", encoding="utf-8")
        subprocess.run(
            [program, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={place}/profile",
             f"--print-to-pdf={file}", page.as_uri()],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip
