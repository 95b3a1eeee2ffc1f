"""A file becomes a `Document`: the floor of ingest on one page."""

from __future__ import annotations

import time
from collections.abc import Callable
from hashlib import blake2b
from importlib import import_module
from pathlib import Path

from ingest import health
from ingest.catalog import entry_for
from ingest.chunk import chunks, search_text
from ingest.content import Content
from ingest.document import UNSTAMPED, Document
from ingest.enumerations import enumerations
from ingest.errors import UnreadableFile
from ingest.limits import LIMITS
from ingest.readers.text import decode
from ingest.sections import sections, title
from ingest.tables import tables

__all__ = ["SUFFIXES", "chunks", "content_hash", "read", "search_text"]

# The reader of each kind of file, loaded with the first of them: a module of `ingest.readers`.
_READERS = {
    ".txt": "", ".text": "", ".md": "", ".markdown": "",
    ".pdf": "pdf", ".docx": "docx", ".docm": "docx", ".pptx": "pptx", ".pptm": "pptx", ".xlsx": "xlsx",
    ".xlsm": "xlsx", ".csv": "separated", ".tsv": "separated", ".html": "html", ".htm": "html",
    ".xhtml": "html", ".eml": "eml",
}  # fmt: skip
SUFFIXES = frozenset(_READERS)
# Formats of before 2007 and of others, with what to save them as.
OLD = {".doc": ".docx", ".dot": ".docx", ".xls": ".xlsx", ".ppt": ".pptx", ".rtf": ".docx", ".jtd": ".docx"}
# Goes up when the same bytes become another document: what is indexed is then read again.
_VERSION = "4"
_TICK = 2_000_000_000  # nanoseconds


def read(path: Path) -> Document:
    """The document at `path`, its text as decoded and everything found in it as spans of that text.

    :raises UnreadableFile: when it is missing, a folder, of another type, too large, empty or not readable
    """
    path = Path(path).absolute()
    stamp = stamp_of(path)
    data = _bytes(path)
    content = _content(path, data)
    if not content.text.strip():
        raise UnreadableFile(path, "中身がありません", "本文のあるファイルを指定してください")
    if len(content.text) > LIMITS.characters:
        raise UnreadableFile(
            path,
            f"文書が長すぎます（{len(content.text):,}字、上限{LIMITS.characters:,}字）",
            "ファイルを分けて登録してください",
        )
    return document(path, _digest(data), content, stamp)


def document(path: Path, digest: str, content: Content, stamp: tuple[int, int] = UNSTAMPED) -> Document:
    """What is found in a file's content: the same for every format."""
    text, entry = content.text, entry_for(path)
    found = sections(text, content.titles)
    listed = tables(text, content.grids)
    return Document(
        id=identity(path, digest),
        name=path.name,
        path=str(path),
        content_hash=digest,
        text=text,
        title=entry.title or content.title or title(text, content.titles) or path.stem,
        publisher=entry.publisher,
        issued=entry.issued or content.issued,
        sections=found,
        tables=listed,
        enumerations=enumerations(text, found, content.titles),
        places=content.places,
        health=health.of(content, len(listed)),
        stamp=stamp,
    )


def identity(path: Path, digest: str) -> str:
    """Names one version of one file."""
    return blake2b(f"{path}{digest}".encode("utf-8", "surrogateescape"), digest_size=8).hexdigest()


def content_hash(path: Path) -> str:
    """Names the bytes of the file at `path`, far sooner than reading it as a document.

    :raises UnreadableFile: when it cannot be opened at all
    """
    return _digest(_bytes(Path(path).absolute()))


def _content(path: Path, data: bytes) -> Content:
    """The file's bytes as its format's reader understands them."""
    if not data:
        raise UnreadableFile(path, "中身がありません", "本文のあるファイルを指定してください")
    module = _READERS[path.suffix.lower()]
    if not module:
        return Content(decode(path, data))
    reader: Callable[[Path, bytes], Content] = import_module(f"ingest.readers.{module}").content
    return reader(path, data)


def is_current(digest: str) -> bool:
    """Whether a document of this content hash was read as files are read now."""
    return digest.startswith(_VERSION)


def stamp_of(path: Path) -> tuple[int, int]:
    """Size and time of last change of a file, which tell in microseconds that it is still the same.

    A file changed within the last two seconds may change again within the same tick of its clock, as with
    Git's index ("racy git"): its stamp says nothing.
    """
    try:
        found = path.stat()
    except (OSError, ValueError):
        return UNSTAMPED
    return (found.st_size, found.st_mtime_ns) if time.time_ns() - found.st_mtime_ns > _TICK else UNSTAMPED


def _digest(data: bytes) -> str:
    return f"{_VERSION}-{blake2b(data, digest_size=16).hexdigest()}"


def _bytes(path: Path) -> bytes:
    if path.is_dir():
        raise UnreadableFile(path, "フォルダです", "文書ファイルを指定してください")
    if not path.exists():
        raise UnreadableFile(path, "ファイルが見つかりません", "パスを確かめてください")
    if not path.is_file():  # a pipe would keep the reader waiting for ever
        raise UnreadableFile(path, "ふつうのファイルではありません", "文書ファイルを指定してください")
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        readable = " ".join(sorted(SUFFIXES))
        hint = f"{OLD[suffix]} で保存し直してください" if suffix in OLD else f"読める形式: {readable}"
        raise UnreadableFile(path, f"読めない形式です（{path.suffix or '拡張子なし'}）", hint)
    try:
        size = path.stat().st_size
        if size > LIMITS.bytes:
            limit = LIMITS.bytes // 1024 // 1024
            raise UnreadableFile(
                path,
                f"大きすぎます（{size / 1024 / 1024:.0f} MB、上限 {limit} MB）",
                "ファイルを分けて登録してください",
            )
        return path.read_bytes()
    except OSError as error:
        raise UnreadableFile(
            path, f"開けません: {error.strerror}", "読み取りの権限を確かめてください"
        ) from error
