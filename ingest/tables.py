"""Tables: stub."""
from __future__ import annotations

from ingest.document import Table


def tables(text: str) -> tuple[Table, ...]:
    return ()
