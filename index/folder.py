"""The folder an index lives in: "why can it not be opened here?" SQLite's errors as the line a user needs."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from ingest.errors import UnusableIndex

FILE = "tenkyo.sqlite3"
# How long a second writer waits before it says so; our own transactions are far shorter.
BUSY_SECONDS = 5.0
_REMAKE = "tenkyo doctor で調べるか、別の --index フォルダに作り直してください"


def prepare(folder: Path) -> bool:
    """Whether a ledger must be created here; makes the folder.

    :raises UnusableIndex: if `folder` is a file, cannot be made, or holds other people's files
    """
    try:
        if folder.exists() and not folder.is_dir():
            raise UnusableIndex(
                folder, "フォルダではありません", "--index には索引用のフォルダを指定してください"
            )
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / FILE).exists():
            if (folder / FILE).stat().st_size:
                return False
            if any(folder.glob("dense-*")):
                raise UnusableIndex(folder, f"索引の {FILE} が空になっています", _REMAKE)
            # An empty file is a ledger whose maker died before its first transaction.
            return True
        strangers = [
            entry.name for entry in folder.iterdir() if not entry.name.startswith((".", FILE, "dense-"))
        ]
    except OSError as error:
        raise UnusableIndex(
            folder,
            f"索引フォルダを使えません（{error.strerror}）",
            "書き込める場所を --index に指定してください",
        ) from error
    if strangers:
        raise UnusableIndex(
            folder,
            f"索引ではないフォルダです（{strangers[0]} などがあります）",
            "空のフォルダか新しい名前を --index に指定してください",
        )
    return True


def existing(folder: Path) -> Path:
    """The folder, if an index is in it.

    :raises UnusableIndex: if there is none
    """
    if not (folder / FILE).is_file():
        raise UnusableIndex(folder, "索引がありません", "--index で索引のフォルダを指定してください")
    return folder


def connect(folder: Path) -> sqlite3.Connection:
    file = folder / FILE
    uri = f"file:{quote(str(file.absolute()))}"
    if not os.access(folder, os.W_OK) or (file.exists() and not os.access(file, os.W_OK)):
        # A read-only folder can still be asked, and nobody can be writing to it.
        uri += "?mode=ro&immutable=1"
    return sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)


@contextmanager
def spoken(folder: Path) -> Iterator[None]:
    """SQLite's errors as the one line a user needs."""
    try:
        yield
    except sqlite3.Error as error:
        said = str(error)
        if "locked" in said:
            raise UnusableIndex(
                folder, "ほかの処理がこの索引に書き込んでいます", "終わってからもう一度実行してください"
            ) from error
        if "readonly" in said or "unable to open" in said:
            raise UnusableIndex(
                folder,
                "索引に書き込めません",
                "フォルダの権限を確かめるか、別の --index フォルダを指定してください",
            ) from error
        if "full" in said:
            raise UnusableIndex(
                folder, "ディスクがいっぱいで書き込めません", "空きを作ってからもう一度実行してください"
            ) from error
        if "closed" in said:
            raise UnusableIndex(
                folder, "この索引はすでに閉じられています", "Tenkyo.open で開き直してください"
            ) from error
        raise UnusableIndex(
            folder,
            f"索引が壊れています（{said}）",
            _REMAKE,
        ) from error
