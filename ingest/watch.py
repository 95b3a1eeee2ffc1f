"""Waiting for files to change; the only door to watchfiles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from watchfiles import DefaultFilter, watch

from ingest.read import SUFFIXES

# Milliseconds: how long a burst of changes may go on, its pauses at most, and how soon the first look comes.
_BURST, _PAUSE, _FIRST = 1600, 200, 500


class _Documents(DefaultFilter):
    """Changes of documents and of the catalogues that name them; not of an index that lies among them."""

    def __call__(self, change: object, path: str) -> bool:
        suffix = Path(path).suffix.lower()
        # A folder that was moved or removed has no suffix, and is its documents' only trace.
        return not any(part.startswith(".") for part in Path(path).parts[-3:]) and (
            suffix in SUFFIXES or suffix in (".toml", "")
        )


def changes(paths: Iterable[Path]) -> Iterator[None]:
    """Yields once when the paths are watched, and then after each burst of changes; ends with Ctrl+C.

    What changes after the first yield is never missed. A path that is not there is not watched; without any
    the end comes at once.
    """
    there = [path for path in paths if path.exists()]
    first = True
    if there:
        for found in watch(
            *there,
            watch_filter=_Documents(),
            debounce=_BURST,
            step=_PAUSE,
            rust_timeout=_FIRST,
            yield_on_timeout=True,
            raise_interrupt=True,
        ):
            if first or found:
                first = False
                yield
