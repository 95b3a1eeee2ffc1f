"""Word files: paragraphs with their styles and automatic numbers, tables, text boxes, footnotes."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
from docx.document import Document
from docx.opc.exceptions import OpcError
from docx.oxml.ns import qn
from lxml import etree

from ingest.content import Content, Draft, Merged
from ingest.readers.numbering import Numbering
from ingest.readers.package import GIVEN_UP, damaged, opened

Element = Any  # lxml's, whose stubs know nothing of python-docx's subclasses
_STYLE_LEVEL = re.compile(r"(?:heading|見出し)\s*([1-9])", re.I)
_TITLE = re.compile(r"(?:title|表題)$", re.I)
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_CHOICE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
# Deleted words, readings over words, instructions of fields, and boxes, which come after their paragraph.
_SKIPPED = frozenset(
    {f"{_W}{name}" for name in ("del", "moveFrom", "rt", "instrText", "txbxContent", "delText", "pPr")}
    | {_CHOICE}
)
_TYPES = "[Content_Types].xml"
_MACROS = b"application/vnd.ms-word.document.macroEnabled.main+xml"
_PLAIN = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_DEEPEST = 30  # tables within tables


def content(path: Path, data: bytes) -> Content:
    """A Word file's text.

    :raises UnreadableFile: encrypted, damaged, or no Word file
    """
    stream = opened(path, data, "Word ", "word/")
    try:
        document = docx.Document(_without_macros(stream))
        return _Reader(document).content()
    except (OpcError, *GIVEN_UP) as error:
        raise damaged(path, "Word ", error) from error


def _without_macros(stream: io.BytesIO) -> io.BytesIO:
    """The package as one that python-docx opens: it declines a document that declares macros (.docm)."""
    with zipfile.ZipFile(stream) as package:
        types = package.read(_TYPES)
        if _MACROS not in types:
            stream.seek(0)
            return stream
        plain = io.BytesIO()
        with zipfile.ZipFile(plain, "w") as copy:
            for info in package.infolist():
                held = types.replace(_MACROS, _PLAIN) if info.filename == _TYPES else package.read(info)
                copy.writestr(info.filename, held)
    plain.seek(0)
    return plain


class _Reader:
    def __init__(self, document: Document) -> None:
        self._body: Element = document.element.body
        self._draft = Draft()
        self._numbering = Numbering.of(document)
        self._levels = _levels(document)
        self._notes = _notes(document)
        used = {self._levels.get(style) for style in _styles_used(self._body)}
        # Where the document's title has a style of its own, chapters stand under it.
        self._shift = 1 if 0 in used else 0

    def content(self) -> Content:
        self._blocks(self._body, 0)
        return self._draft.done()

    def _blocks(self, parent: Element, depth: int) -> None:
        for child in parent:
            if child.tag == qn("w:p"):
                self._paragraph(child, depth)
            elif child.tag == qn("w:tbl"):
                self._table(child, depth)
            elif child.tag in (qn("w:sdt"), qn("w:sdtContent"), qn("w:ins"), qn("w:customXml")):
                self._blocks(child, depth)

    def _paragraph(self, paragraph: Element, depth: int) -> None:
        style = _style(paragraph)
        level = _outline(paragraph)
        level = self._levels.get(style) if level is None else level
        text = _text(paragraph)
        label = self._numbering.label(paragraph, style)
        if label and text.strip():
            text = f"{label}{text.lstrip()}"
        if not text.strip():
            self._draft.blank()
        elif level is not None and len(text) <= 200:
            self._draft.heading(text, level + self._shift)
        elif label == "・":
            self._draft.item(text)
        else:
            self._draft.paragraph(text)
        for note in self._noted(paragraph):
            self._draft.paragraph(f"（注）{note}")
        if depth < _DEEPEST:
            for box in paragraph.iter(f"{_W}txbxContent"):
                if not any(parent.tag == _CHOICE for parent in box.iterancestors()):
                    self._draft.blank()
                    self._blocks(box, depth + 1)
                    self._draft.blank()

    def _noted(self, paragraph: Element) -> Iterator[str]:
        for kind in ("footnoteReference", "endnoteReference"):
            for mark in paragraph.iter(f"{_W}{kind}"):
                note = self._notes.get((kind[:-9], mark.get(qn("w:id"), "")))
                if note:
                    yield note

    def _table(self, table: Element, depth: int) -> None:
        rows, header = _grid(table)
        width = max(map(len, rows), default=0)
        if depth < _DEEPEST and (width < 2 or _is_layout(table)):
            for cell in table.iter(f"{_W}tc"):
                if next(cell.iterancestors(f"{_W}tbl")) is table:
                    self._draft.blank()
                    self._blocks(cell, depth + 1)
            self._draft.blank()
            return
        self._draft.table(rows, header or None)


def _is_layout(table: Element) -> bool:
    """A frame around other tables or around whole pages of text is none of the reader's tables."""
    cells = [cell for cell in table.iter(f"{_W}tc") if next(cell.iterancestors(f"{_W}tbl")) is table]
    if any(cell.find(f".//{_W}tbl") is not None for cell in cells):
        return True
    long = [len("".join(cell.itertext())) for cell in cells]
    return len(long) <= 4 and max(long, default=0) > 800


def _grid(table: Element) -> tuple[list[list[Merged | None]], int]:
    """The table's cells, merged ones in every place they cover, and how many rows are marked as headers."""
    rows: list[list[Merged | None]] = []
    header = 0
    for row in table.iter(f"{_W}tr"):
        if next(row.iterancestors(f"{_W}tbl")) is not table:
            continue
        cells: list[Merged | None] = []
        before = row.find(f"{_W}trPr/{_W}gridBefore")
        cells += [None] * (min(int(before.get(qn("w:val"), 0)), 60) if before is not None else 0)
        for cell in row.iter(f"{_W}tc"):
            if next(cell.iterancestors(f"{_W}tr")) is not row:
                continue
            span = cell.find(f"{_W}tcPr/{_W}gridSpan")
            wide = min(int(span.get(qn("w:val"), 1)), 60) if span is not None else 1
            merge = cell.find(f"{_W}tcPr/{_W}vMerge")
            goes_on = merge is not None and merge.get(qn("w:val"), "continue") != "restart"
            above = rows[-1][len(cells)] if goes_on and rows and len(cells) < len(rows[-1]) else None
            text = "\n".join(_text(paragraph) for paragraph in cell.iter(f"{_W}p"))
            # A cell over several columns is written once: its name spreads over the empty ones beside it.
            cells += [above or Merged(text), *([None] * (wide - 1))]
        if row.find(f"{_W}trPr/{_W}tblHeader") is not None and header == len(rows):
            header += 1
        rows.append(cells)
    return rows, header


def _text(paragraph: Element) -> str:
    """The characters of a paragraph as it is read: no deleted or hidden ones, no readings over kanji."""
    pieces: list[str] = []

    def walk(node: Element) -> None:
        for child in node:
            if child.tag in _SKIPPED:
                continue
            if child.tag == f"{_W}t":
                pieces.append(child.text or "")
            elif child.tag == f"{_W}tab":
                pieces.append("\t")
            elif child.tag in (f"{_W}br", f"{_W}cr"):
                pieces.append("\n" if child.get(qn("w:type")) not in ("page", "column") else "")
            elif child.tag == f"{_W}noBreakHyphen":
                pieces.append("-")
            elif child.tag == f"{_W}r" and child.find(f"{_W}rPr/{_W}vanish") is not None:
                continue
            elif child.tag != f"{_W}p":
                walk(child)

    walk(paragraph)
    return "".join(pieces)


def _style(paragraph: Element) -> str:
    style = paragraph.find(f"{_W}pPr/{_W}pStyle")
    return style.get(qn("w:val"), "") if style is not None else ""


def _outline(element: Element) -> int | None:
    """The outline level written at a paragraph or style, 1 for the highest; body text has none."""
    level = element.find(f"{_W}pPr/{_W}outlineLvl")
    if level is None or not str(level.get(qn("w:val"), "")).isdigit():
        return None
    number = int(level.get(qn("w:val")))
    return number + 1 if number < 9 else None


def _styles_used(body: Element) -> set[str]:
    return {style.get(qn("w:val"), "") for style in body.iter(f"{_W}pStyle")}


def _levels(document: Document) -> dict[str, int]:
    """Style id → heading level, 0 for the title; styles inherit from those they are based on."""
    own: dict[str, int | None] = {}
    based: dict[str, str] = {}
    for style in document.styles.element.iter(f"{_W}style"):
        identity = style.get(qn("w:styleId"), "")
        name = style.find(f"{_W}name")
        written = name.get(qn("w:val"), "") if name is not None else ""
        found = _STYLE_LEVEL.match(written)
        own[identity] = int(found[1]) if found else 0 if _TITLE.match(written) else _outline(style)
        base = style.find(f"{_W}basedOn")
        if base is not None:
            based[identity] = base.get(qn("w:val"), "")
    levels: dict[str, int] = {}
    for identity in own:
        at, seen = identity, set[str]()
        while own.get(at) is None and at in based and at not in seen:
            seen.add(at)
            at = based[at]
        level = own.get(at)
        if level is not None:
            levels[identity] = level
    return levels


def _notes(document: Document) -> dict[tuple[str, str], str]:
    """(footnote or endnote, id) → its text."""
    found: dict[tuple[str, str], str] = {}
    for relation in document.part.rels.values():
        kind = relation.reltype.rpartition("/")[2]
        if kind in ("footnotes", "endnotes") and not relation.is_external:
            root = etree.fromstring(relation.target_part.blob, etree.XMLParser(resolve_entities=False))
            for note in root:
                if note.get(qn("w:type")) is None:
                    text = " ".join(_text(paragraph).strip() for paragraph in note.iter(f"{_W}p")).strip()
                    found[kind[:-1], note.get(qn("w:id"), "")] = text
    return found
