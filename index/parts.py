"""A document's sections, tables and enumerations as JSON and back."""

from __future__ import annotations

import json
from typing import Any

from ingest.document import Cell, Document, Enumeration, Section, Span, Table


def pack_parts(document: Document) -> str:
    """The parts as JSON of plain lists, in the order of the fields of their types."""
    sections = [[section.path, _pair(section.span), section.page] for section in document.sections]
    tables = [
        [
            _pair(table.span),
            [[_pair(cell.span), cell.row, cell.column] for cell in table.cells],
            table.caption,
        ]
        for table in document.tables
    ]
    enumerations = [
        [_pair(found.span), found.lead and _pair(found.lead), [_pair(item) for item in found.items]]
        for found in document.enumerations
    ]
    return json.dumps({"sections": sections, "tables": tables, "enumerations": enumerations})


def unpack_parts(packed: str) -> dict[str, Any]:
    """Keyword arguments of `Document` for what `pack_parts` wrote."""
    parts = json.loads(packed)
    return {
        "sections": tuple(Section(tuple(path), Span(*span), page) for path, span, page in parts["sections"]),
        "tables": tuple(
            Table(
                Span(*span), tuple(Cell(Span(*place), row, column) for place, row, column in cells), caption
            )
            for span, cells, caption in parts["tables"]
        ),
        "enumerations": tuple(
            Enumeration(Span(*span), Span(*lead) if lead else None, tuple(Span(*item) for item in items))
            for span, lead, items in parts["enumerations"]
        ),
    }


def _pair(span: Span) -> tuple[int, int]:
    return span.start, span.end
