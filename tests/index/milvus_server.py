"""A real Milvus Lite server in a process of its own, on a free port of this machine."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Serving:
    """A server that answers at `uri`."""

    uri: str
    process: subprocess.Popen[str]


@contextmanager
def serving(folder: Path) -> Iterator[Serving]:
    """A server over the data in `folder`, stopped at the end.

    One worker: Lite takes one writer at a time, and so its server keeps several apart.
    """
    port = free_port()
    command = [sys.executable, "-u", "-m", "milvus_lite", "server", "--data-dir", str(folder)]
    command += ["--host", "127.0.0.1", "--port", str(port), "--max-workers", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            assert "listening" in process.stdout.readline()
            yield Serving(f"http://127.0.0.1:{port}", process)
        finally:
            process.kill()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])
