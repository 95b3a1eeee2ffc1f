"""Pages as printed, a few kept at hand: "why is this page not shown?" """

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from ingest.document import UNSTAMPED, Document, Picture
from ingest.errors import UnreadableFile
from ingest.read import content_hash, stamp_of
from ingest.worker import worker

_KEPT = 64  # pages of about 100 KB


def picture(document: Document, page: int | None) -> Picture | str | None:
    """A page of a PDF; in a line why there is none; None for a format without pages to show.

    The file must still be the one that was indexed: boxes would stand in the wrong places of another.
    """
    path = Path(document.path)
    if page is None or path.suffix.lower() != ".pdf":
        return None
    try:
        stamp = stamp_of(path)
        if (stamp == UNSTAMPED or stamp != document.stamp) and content_hash(path) != document.content_hash:
            return "登録したあとでファイルが変わっています"
        return _drawn(path, document.content_hash, page)
    except UnreadableFile as error:
        return error.reason


@lru_cache(maxsize=_KEPT)
def _drawn(path: Path, content: str, page: int) -> Picture:
    """:raises UnreadableFile: it cannot be drawn"""
    return worker("look").picture(path, page)
