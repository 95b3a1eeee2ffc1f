"""Office files are ZIP packages: "why was this one not even opened?" """

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from pathlib import Path

from lxml import etree

from ingest.errors import UnreadableFile
from ingest.limits import LIMITS

_OLE = b"\xd0\xcf\x11\xe0"
_MOST_PARTS = 20_000
# What the libraries for Office files raise on those that are no longer what they were.
GIVEN_UP = (
    zipfile.BadZipFile, zlib.error, struct.error, etree.Error, SyntaxError, ArithmeticError, LookupError,
    ValueError, TypeError, AttributeError, OSError, EOFError, RecursionError, NotImplementedError,
)  # fmt: skip
_AGAIN = "元のソフトで開いて保存し直してください"


def opened(path: Path, data: bytes, kind: str, part: str) -> io.BytesIO:
    """The package as a stream, after a look at its directory.

    :param kind: what the user calls such a file
    :param part: a name that begins one of its parts, without which it is another kind of file
    :raises UnreadableFile: encrypted, truncated, of another kind, or of more than it may become
    """
    if data.startswith(_OLE):
        raise UnreadableFile(
            path,
            f"パスワードで保護されているか、旧形式の{kind}ファイルです",
            f"保護を解除し、新しい形式（{path.suffix.lower()}）で保存し直してください",
        )
    stream = io.BytesIO(data)
    try:
        with zipfile.ZipFile(stream) as package:
            parts = package.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, NotImplementedError) as error:
        raise UnreadableFile(
            path, f"{kind}ファイルとして壊れています（途中で切れているなど）", _AGAIN
        ) from error
    # The directory is believed: zipfile never gives more of a part than its directory says.
    size = sum(info.file_size for info in parts)
    if size > LIMITS.unpacked or len(parts) > _MOST_PARTS:
        raise UnreadableFile(
            path,
            f"展開すると大きすぎます（{size / 1024 / 1024:,.0f} MB、{len(parts):,} 部品）",
            "ファイルを分けて登録してください",
        )
    if any(info.flag_bits & 1 for info in parts):
        raise UnreadableFile(path, "パスワードで保護されています", "保護を解除して保存し直してください")
    if not any(info.filename.startswith(part) for info in parts):
        raise UnreadableFile(
            path, f"{kind}ファイルではありません", "拡張子と中身が合っているか確かめてください"
        )
    stream.seek(0)
    return stream


def damaged(path: Path, kind: str, error: Exception) -> UnreadableFile:
    """What to raise when a library gives up on a file."""
    return UnreadableFile(path, f"{kind}ファイルとして読めません（{type(error).__name__}）", _AGAIN)
