"""The catalogue beside the documents: `catalog.toml` says what a file is called, who issued it and when."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ingest.errors import UnreadableFile

NAME = "catalog.toml"


@dataclass(frozen=True, slots=True)
class Entry:
    """What a catalogue says about one file; "" where it says nothing."""

    title: str = ""
    publisher: str = ""
    issued: str = ""


def entry_for(path: Path) -> Entry:
    """The entry for `path` in the catalogue of its folder, an empty one where there is none.

        [[document]]
        file = "白書.txt"
        title = "情報通信白書"
        publisher = "総務省"
        issued = "2019年5月"

    A catalogue only adds names: one that is broken must not keep its documents from being read, so `read`
    goes on without it and `check` is there to say what is wrong with it.
    """
    try:
        return check(path.parent).get(path.name, Entry())
    except UnreadableFile:
        return Entry()


def check(folder: Path) -> dict[str, Entry]:
    """All entries of a folder's catalogue by file name.

    :raises UnreadableFile: when there is a catalogue and it cannot be read
    """
    path = folder / NAME
    try:
        listed = _parsed(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:  # not TOML, not UTF-8, nested without end
        reason = f"目録を読めません: {error}".replace("\n", " ")
        raise UnreadableFile(
            path, reason, "UTF-8 の TOML として直してください。文書は目録なしで読みます"
        ) from error
    if listed is None:
        raise UnreadableFile(
            path, "目録の書式が違います", '[[document]] ごとに file = "ファイル名" を書いてください'
        )
    return dict(listed)  # the caller's own: what was parsed is shared


@lru_cache(maxsize=8)
def _parsed(text: str) -> dict[str, Entry] | None:
    """The entries that a catalogue lists, None if it is TOML of another form.

    Every file of a folder asks for its entry: the catalogue is read each time, for it may have changed, and
    parsed once.
    """
    rows = tomllib.loads(text).get("document", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) and "file" in row for row in rows):
        return None
    return {
        str(row["file"]): Entry(*(str(row.get(key, "")) for key in ("title", "publisher", "issued")))
        for row in rows
    }


def write(folder: Path, entries: Mapping[str, Entry]) -> None:
    """Put a catalogue into a folder, in place of the one before; whole at every moment.

    :raises OSError: it cannot be written
    """
    rows = []
    for name, entry in entries.items():
        facts = {"file": name, "title": entry.title, "publisher": entry.publisher, "issued": entry.issued}
        # A JSON string is a TOML basic string, but for DEL.
        lines = [
            f"{key} = {json.dumps(fact, ensure_ascii=False)}".replace("\x7f", "\\u007f")
            for key, fact in facts.items()
            if fact
        ]
        rows.append("\n".join(["[[document]]", *lines, ""]))
    aside = folder / f".{NAME}"
    aside.write_text("\n".join(rows), encoding="utf-8")
    aside.replace(folder / NAME)
