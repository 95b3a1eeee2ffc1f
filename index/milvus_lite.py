"""Milvus Lite files: served to every client of one process, and to no other process meanwhile."""

from __future__ import annotations

import importlib
import logging
import threading
from collections import Counter
from pathlib import Path

# It logs with a traceback what it raises anyway, and without a handler that goes to standard error.
logging.getLogger("milvus_lite").addHandler(logging.NullHandler())

_SUFFIX = ".db"
_opened: Counter[str] = Counter()
_writing: dict[str, threading.RLock] = {}
_lock = threading.Lock()


def is_file(where: str) -> bool:
    """Whether a place is a Milvus Lite file, and not a server."""
    return where.endswith(_SUFFIX) and "://" not in where


def writer(where: str) -> threading.RLock:
    """Held by whoever writes: Lite takes one writer at a time, and two indexes here may share a file."""
    with _lock:
        return _writing.setdefault(where, threading.RLock())


def hold(where: str) -> None:
    """Note that the file is about to be opened; its folder is made if absent.

    :raises OSError: the folder cannot be made
    :raises ModuleNotFoundError: Milvus Lite is not installed
    """
    importlib.import_module("milvus_lite.server_manager")
    Path(where).parent.mkdir(parents=True, exist_ok=True)
    with _lock:
        _opened[where] += 1


def release(where: str) -> None:
    """Note that it was closed; the last one leaves the file to other processes."""
    from milvus_lite.server_manager import server_manager_instance

    with _lock:
        _opened[where] -= 1
        if _opened[where] <= 0:
            server_manager_instance.release_server(where)
