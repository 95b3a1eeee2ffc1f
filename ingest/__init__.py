"""Files become documents: text, sections, tables, lists and chunks, all as spans of the original."""

from __future__ import annotations

from ingest.document import Cell, Chunk, Document, Enumeration, Section, Span, Table
from ingest.errors import ModelMismatch, TenkyoError, UnreadableFile, UnusableIndex
from ingest.sections import section_at
from ingest.sentences import sentences

__all__ = [
    "Cell",
    "Chunk",
    "Document",
    "Enumeration",
    "ModelMismatch",
    "Section",
    "Span",
    "Table",
    "TenkyoError",
    "UnreadableFile",
    "UnusableIndex",
    "section_at",
    "sentences",
]
