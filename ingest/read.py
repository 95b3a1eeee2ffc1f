"""A file becomes a `Document`: the floor of ingest on one page."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path

from ingest.catalog import entry_for
from ingest.chunk import chunks, search_text
from ingest.document import Document
from ingest.enumerations import enumerations
from ingest.errors import UnreadableFile
from ingest.readers.text import decode
from ingest.sections import sections, title
from ingest.tables import tables

__all__ = ["SUFFIXES", "chunks", "content_hash", "read", "search_text"]

SUFFIXES = frozenset({".txt", ".text", ".md", ".markdown"})
# Goes up when the same bytes become another document: what is indexed is then read again.
_VERSION = b"3"
_MAX_BYTES = 200 * 1024 * 1024
# Reading, chunking and embedding take a minute for some 3 million characters; this is about 15 books.
_MAX_CHARACTERS = 3_000_000


def read(path: Path) -> Document:
    """The document at `path`, its text as decoded and everything found in it as spans of that text.

    :raises UnreadableFile: when it is missing, a folder, of another type, too large, empty or not text
    """
    path = Path(path).absolute()
    data = _bytes(path)
    text = decode(path, data)
    if len(text) > _MAX_CHARACTERS:
        raise UnreadableFile(
            path,
            f"文書が長すぎます（{len(text):,}字、上限{_MAX_CHARACTERS:,}字）",
            "ファイルを分けて登録してください",
        )
    digest = _digest(data)
    identity = blake2b(f"{path}{digest}".encode("utf-8", "surrogateescape"), digest_size=8).hexdigest()
    entry = entry_for(path)
    found = sections(text)
    return Document(
        id=identity,
        name=path.name,
        path=str(path),
        content_hash=digest,
        text=text,
        title=entry.title or title(text) or path.stem,
        publisher=entry.publisher,
        issued=entry.issued,
        sections=found,
        tables=tables(text),
        enumerations=enumerations(text, found),
    )


def content_hash(path: Path) -> str:
    """Names the bytes of the file at `path`, far sooner than reading it as a document.

    :raises UnreadableFile: when it cannot be opened at all
    """
    return _digest(_bytes(Path(path).absolute()))


def _digest(data: bytes) -> str:
    return blake2b(data, digest_size=16, salt=_VERSION).hexdigest()


def _bytes(path: Path) -> bytes:
    if path.is_dir():
        raise UnreadableFile(path, "フォルダです", "文書ファイルを指定してください")
    if not path.exists():
        raise UnreadableFile(path, "ファイルが見つかりません", "パスを確かめてください")
    if not path.is_file():  # a pipe would keep the reader waiting for ever
        raise UnreadableFile(path, "ふつうのファイルではありません", "文書ファイルを指定してください")
    if path.suffix.lower() not in SUFFIXES:
        readable = " ".join(sorted(SUFFIXES))
        raise UnreadableFile(
            path, f"読めない形式です（{path.suffix or '拡張子なし'}）", f"読める形式: {readable}"
        )
    try:
        size = path.stat().st_size
        if size > _MAX_BYTES:
            limit = _MAX_BYTES // 1024 // 1024
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
