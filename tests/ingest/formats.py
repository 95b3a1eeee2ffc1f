"""One document written in every format, and the tools to print pages: what the tests of the readers share."""

from __future__ import annotations

import html
import io
from pathlib import Path
from typing import Any

import docx
from openpyxl import Workbook
from playwright.sync_api import Browser
from pptx import Presentation

# (kind, text): h1 to h3 a heading, p a paragraph, li an item; table is rows of cells.
Part = tuple[str, Any]
RULES: list[Part] = [
    ("h1", "出張旅費規程"),
    ("h2", "第1章　総則"),
    ("p", "この規程は、職員が公務のために出張したときに支給する旅費について必要な事項を定めるものである。"),
    ("h2", "第2章　旅費の種類"),
    ("p", "旅費の種類は、次の三つとする。"),
    ("li", ["鉄道賃", "日当", "宿泊料"]),
    ("h2", "第3章　支給額"),
    ("p", "日当と宿泊料の額は、次の表のとおりとする。"),
    ("table", [["区分", "課長", "係員"], ["日当", "2,600円", "2,200円"], ["宿泊料", "13,100円", "10,900円"]]),
    ("p", "宿泊料は、実際に泊まった夜の数に応じて支給し、車中に泊まった夜については支給しない。"),
]
PRINTED = """<meta charset="utf-8"><style>body{font-family:"Noto Sans CJK JP";font-size:11pt}
table{border-collapse:collapse}td{border:1px solid #333;padding:3px 8px}ul{list-style:none}</style>"""


def as_text(parts: list[Part]) -> str:
    """Plain text: blank lines around headings, ・ before items, tabs in tables."""
    lines: list[str] = []
    for kind, said in parts:
        if kind == "table":
            lines += ["", *("\t".join(row) for row in said), ""]
        elif kind == "li":
            lines += [f"・{item}" for item in said]
        else:
            lines += ["", str(said), ""] if kind.startswith("h") else [str(said)]
    return "\n".join(lines) + "\n"


def as_markdown(parts: list[Part]) -> str:
    """Markdown with headings of # and a table of |."""
    lines: list[str] = []
    for kind, said in parts:
        if kind == "table":
            rows = [f"| {' | '.join(row)} |" for row in said]
            lines += ["", rows[0], "|" + "---|" * len(said[0]), *rows[1:], ""]
        elif kind == "li":
            lines += ["", *(f"- {item}" for item in said), ""]
        else:
            lines += ["", f"{'#' * int(kind[1])} {said}" if kind.startswith("h") else str(said), ""]
    return "\n".join(lines)


def as_html(parts: list[Part], head: str = "") -> str:
    """A page with headings, a list and a table."""
    written = []
    for kind, said in parts:
        if kind == "table":
            rows = ("".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in said)
            written.append("<table>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</table>")
        elif kind == "li":
            mark = "・" if head else ""
            written.append("<ul>" + "".join(f"<li>{mark}{html.escape(item)}</li>" for item in said) + "</ul>")
        else:
            written.append(f"<{kind}>{html.escape(str(said))}</{kind}>")
    return f"<html><head>{head or '<meta charset=utf-8>'}</head><body>{''.join(written)}</body></html>"


def as_docx(parts: list[Part]) -> bytes:
    """A Word file with heading styles, a bulleted list and a table."""
    document = docx.Document()
    for kind, said in parts:
        if kind == "table":
            rows = [list(row) for row in said]
            table = document.add_table(len(rows), len(rows[0]))
            for y, row in enumerate(rows):
                for x, cell in enumerate(row):
                    table.cell(y, x).text = cell
        elif kind == "li":
            for item in said:
                document.add_paragraph(str(item), style="List Bullet")
        elif kind.startswith("h"):
            document.add_heading(str(said), int(kind[1]))
        else:
            document.add_paragraph(str(said))
    return saved(document)


def as_pptx(parts: list[Part]) -> bytes:
    """A deck with a slide for each heading."""
    deck = Presentation()
    slide = None
    for kind, said in parts:
        if kind.startswith("h"):
            slide = deck.slides.add_slide(deck.slide_layouts[5])
            slide.shapes.title.text = str(said)
        elif slide is not None and kind == "table":
            rows = [list(row) for row in said]
            shape = slide.shapes.add_table(len(rows), len(rows[0]), 0, 3_000_000, 6_000_000, 900_000)
            for y, row in enumerate(rows):
                for x, cell in enumerate(row):
                    shape.table.cell(y, x).text = cell
        elif slide is not None:
            box = slide.shapes.add_textbox(0, 1_500_000 + 500_000 * len(slide.shapes), 6_000_000, 400_000)
            box.text_frame.text = "\n".join(f"・{item}" for item in said) if kind == "li" else str(said)
    return saved(deck)


def as_xlsx(parts: list[Part]) -> bytes:
    """A sheet with everything below each other."""
    book = Workbook()
    sheet = book.worksheets[0]
    row = 1
    for kind, said in parts:
        for line in said if kind in ("table", "li") else [[said]]:
            for column, cell in enumerate(line if isinstance(line, list) else [line], 1):
                sheet.cell(row, column, str(cell))
            row += 1
        row += 1
    return saved(book)


def saved(made: object) -> bytes:
    """The bytes of a document of python-docx, python-pptx or openpyxl."""
    stream = io.BytesIO()
    made.save(stream)  # type: ignore[attr-defined]
    return stream.getvalue()


def printed(browser: Browser, page: str, header: str = "", footer: str = "") -> bytes:
    """A page as PDF on A4, with a running head and foot on every sheet."""
    opened = browser.new_page()
    opened.set_content(page)
    style = "font-size:8px;margin-left:20mm"
    try:
        return opened.pdf(
            format="A4",
            margin={"top": "20mm", "right": "20mm", "bottom": "20mm", "left": "20mm"},
            print_background=True,
            display_header_footer=bool(header or footer),
            header_template=f'<span style="{style}">{header}</span>',
            footer_template=f'<span style="{style}">{footer}</span>',
        )
    finally:
        opened.close()


def write_all(folder: Path, parts: list[Part], browser: Browser) -> dict[str, Path]:
    """The document in every format: suffix → file."""
    made = {
        "txt": as_text(parts).encode(),
        "md": as_markdown(parts).encode(),
        "html": as_html(parts).encode(),
        "docx": as_docx(parts),
        "pdf": printed(browser, as_html(parts, PRINTED)),
    }
    files = {suffix: folder / f"旅費.{suffix}" for suffix in made}
    for suffix, file in files.items():
        file.write_bytes(made[suffix])
    return files
