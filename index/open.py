"""Which store an index is: a folder here, a Milvus Lite file, or a Milvus server."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from index.contract import Searchable
from index.folder import FILE
from index.search import Index
from ingest.errors import UnusableIndex

_SERVERS = frozenset(("http", "https", "tcp"))
_LITE = "milvus://"
_LITE_FILE = ".db"
_PACKAGES = ("pymilvus", "milvus_lite", "grpc")
_INSTALL = "pip install 'tenkyo[milvus]' を実行してください"


def place(written: str) -> str | Path:
    """What somebody wrote for `--index`: a folder as a path, anything for Milvus as it was written.

    A `Path` would make one slash of the two in "http://".
    """
    return written if on_milvus(written) else Path(written)


def on_milvus(where: str | Path) -> bool:
    """Whether a place is one of Milvus: `http://host:19530[/database]`, `milvus:///file.db` or `file.db`."""
    written = str(where)
    if "://" in written:
        return True
    # Before there was Milvus here, a folder might have been called so: it stays what it is.
    return written.endswith(_LITE_FILE) and not (Path(written) / FILE).exists()


def open_index(where: str | Path, model: str | None = None) -> Searchable:
    """The index at `where`, created if absent.

    :param model: a sentence-transformers model by path or hub name; None is the one the index was built
        with, for a new index the one shipped here
    :raises UnusableIndex: it cannot be opened or made, or what opens it is not installed
    :raises ModelMismatch: the documents in it were embedded with another model
    """
    if not on_milvus(where):
        return Index.open(Path(where), model)
    uri = _uri(str(where))
    try:
        from index.milvus import MilvusIndex

        return MilvusIndex.open(uri, model)
    except ModuleNotFoundError as error:
        if str(error.name).split(".")[0] not in _PACKAGES:
            raise
        raise UnusableIndex(uri, "Milvus につなぐパッケージがありません", _INSTALL) from error


def _uri(written: str) -> str:
    """A server's address, or the absolute path of a Milvus Lite file.

    :raises UnusableIndex: it is neither
    """
    if written.startswith(_LITE):
        written = written.removeprefix(_LITE)
        if not written.endswith(_LITE_FILE):
            raise UnusableIndex(
                _LITE + written,
                "Milvus Lite のファイル名は .db で終わります",
                "milvus:///フォルダ/索引.db のように指定してください",
            )
    if "://" not in written:
        return str(Path(written).expanduser().absolute())
    hint = "http://ホスト名:19530 のように指定してください"
    try:
        address = urlsplit(written)
        whole = address.scheme in _SERVERS and bool(address.hostname) and address.port != 0
    except ValueError as error:
        raise UnusableIndex(written, f"アドレスを読めません（{error}）", hint) from error
    if not whole:
        raise UnusableIndex(written, "Milvus のアドレスではありません", hint)
    return written
