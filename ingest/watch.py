"""Waiting for files to change; the only door to watchfiles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from watchfiles import DefaultFilter, watch

from ingest.read import SUFFIXES

_QUIET = 1600  # milliseconds without a change, after which a burst of them is over
_TICK = 200


class _Documents(DefaultFilter):
    """Changes of documents and of the catalogues that name them; not of an index that lies among them."""

    def __call__(self, change: object, path: str) -> bool:
        suffix = Path(path).suffix.lower()
        # A folder that was moved or removed has no suffix, and is its documents' only trace.
        return not any(part.startswith(".") for part in Path(path).parts[-3:]) and (
            suffix in SUFFIXES or suffix in (".toml", "")
        )


def changes(paths: Iterable[Path]) -> Iterator[None]:
    """Yields after each burst of changes under the paths; ends with Ctrl+C.

    A path that is not there is not watched.
    """
    there = [path for path in paths if path.exists()]
    if there:
        for _ in watch(*there, watch_filter=_Documents(), debounce=_QUIET, step=_TICK, raise_interrupt=True):
            yield
