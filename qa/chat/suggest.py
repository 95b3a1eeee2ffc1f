"""Questions to start from: what each document's catalogue suggests, else one about its aim."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path

from ingest.document import Document

_EXAMPLES = 5


def examples(documents: Sequence[Document]) -> list[str]:
    """At most five questions."""
    suggested = list(filter(None, (_suggested(Path(document.path)) for document in documents)))
    aims = [f"{document.title or document.name}の目的は何ですか" for document in documents[:_EXAMPLES]]
    return (suggested or aims)[:_EXAMPLES]


def _suggested(path: Path) -> str:
    try:
        catalogue = tomllib.loads((path.parent / "catalog.toml").read_text(encoding="utf-8-sig"))
        rows = {row["file"]: row for row in catalogue["document"]}
        return str(rows[path.name]["question"])
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError):
        return ""  # no catalogue, or it suggests nothing: `ingest` says what is wrong with a broken one
