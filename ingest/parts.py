"""A document as JSON and back: what the ledger keeps, and what the process that reads files sends."""

from __future__ import annotations

import json
import struct
from dataclasses import asdict
from typing import Any

from ingest.document import Cell, Document, Enumeration, Health, Picture, Place, Section, Span, Table

_MEASURES = struct.Struct(">Ldd")


def pack_parts(document: Document) -> str:
    """What was found in a document's text, as JSON of plain lists in the order of their types' fields."""
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
    places = [
        [_pair(place.span), place.page, place.name, place.box, _steps(place.edges), place.vertical]
        for place in document.places
    ]
    return json.dumps(
        {
            "sections": sections,
            "tables": tables,
            "enumerations": enumerations,
            "places": places,
            "health": asdict(document.health),
        },
        separators=(",", ":"),
    )


def unpack_parts(packed: str) -> dict[str, Any]:
    """Keyword arguments of `Document` for what `pack_parts` wrote."""
    parts = json.loads(packed)
    health = parts.get("health", {})
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
        "places": tuple(
            Place(Span(*span), page, name, tuple(box) if box else None, _edges(steps), vertical)
            for span, page, name, box, steps, vertical in parts.get("places", [])
        ),
        "health": _health(health),
    }


def _health(held: dict[str, Any]) -> Health:
    fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in held.items()}
    return Health(**fields)


def pack(document: Document) -> bytes:
    """A whole document."""
    facts = {
        key: getattr(document, key)
        for key in ("id", "name", "path", "content_hash", "text", "title", "publisher", "issued", "stamp")
    }
    return json.dumps([facts, pack_parts(document)]).encode("ascii")


def unpack(packed: bytes) -> Document:
    """The document that `pack` wrote."""
    facts, found = json.loads(packed)
    return Document(**facts | {"stamp": tuple(facts["stamp"])}, **unpack_parts(found))


def pack_picture(picture: Picture) -> bytes:
    """A picture: its measures in front of its data."""
    return _MEASURES.pack(picture.page, picture.width, picture.height) + picture.data


def unpack_picture(packed: bytes) -> Picture:
    """The picture that `pack_picture` wrote."""
    page, width, height = _MEASURES.unpack_from(packed)
    return Picture(page, width, height, packed[_MEASURES.size :])


def _pair(span: Span) -> tuple[int, int]:
    return span.start, span.end


def _steps(edges: tuple[float, ...]) -> list[int]:
    """Edges as tenths of a point, each from the one before: a third of the bytes."""
    tenths = [round(edge * 10) for edge in edges]
    return [now - before for now, before in zip(tenths, [0, *tenths], strict=False)]


def _edges(steps: list[int]) -> tuple[float, ...]:
    edges, at = [], 0
    for step in steps:
        at += step
        edges.append(at / 10)
    return tuple(edges)
