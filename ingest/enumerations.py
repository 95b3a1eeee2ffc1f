"""Enumerations: stub."""
from __future__ import annotations

from ingest.document import Enumeration, Section


def enumerations(text: str, sections: tuple[Section, ...]) -> tuple[Enumeration, ...]:
    return ()
