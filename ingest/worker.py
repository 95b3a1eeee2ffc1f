"""Files are read in a process of their own: "what if one hangs the parser, fills the memory or crashes it?"

`python -m ingest.worker` is that process: paths come in, documents and pictures of pages go out, until its
input ends.
"""

from __future__ import annotations

import atexit
import json
import os
import resource
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

from ingest import parts
from ingest.document import Document, Picture
from ingest.errors import UnreadableFile
from ingest.limits import LIMITS, Limits
from ingest.read import read

_FRAME = struct.Struct(">cQ")
DOCUMENT, _PICTURE, _ERROR = b"d", b"p", b"e"
_DOTS = 120  # an inch, of a picture: furigana can be read, a page is about 100 KB
_APART = "このファイルを除くか、分けて登録してください"


class Worker:
    """Reads one file after the other; whatever a file does to the process costs that file alone."""

    program = "ingest.worker"

    def __init__(self, limits: Limits = LIMITS) -> None:
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def read(self, path: Path) -> Document:
        """The document at `path`, as `ingest.read.read` gives it.

        :raises UnreadableFile: as there, and when the file takes more time or memory than one file may
        """
        return parts.unpack(self.answered(path, None))

    def picture(self, path: Path, page: int) -> Picture:
        """A page of the PDF at `path` as it looks.

        :param page: from 1
        :raises UnreadableFile: as `read`, and when there is no such page
        """
        return parts.unpack_picture(self.answered(path, page))

    def answered(self, path: Path, asked: Any) -> bytes:
        """What the process says of the file at `path`.

        :param asked: what is wanted, as the process understands it; anything that JSON holds
        :raises UnreadableFile: as `read`
        """
        path = Path(path).absolute()
        with self._lock:
            process = self._running()
            try:
                kind, payload = self._ask(process, json.dumps([str(path), asked]).encode("ascii"))
            except TimeoutError as error:
                self._stop()
                reason = f"読み取りに {self._limits.seconds:g} 秒以上かかるため、打ち切りました"
                hint = "ファイルを分けるか、TENKYO_FILE_SECONDS を大きくしてください"
                raise UnreadableFile(path, reason, hint) from error
            except (EOFError, BrokenPipeError) as error:
                self._stop()
                reason = "読み取り中に異常終了しました（壊れているか、メモリの上限を超えました）"
                hint = "ファイルを分けるか、TENKYO_FILE_MEMORY_MB を大きくしてください"
                raise UnreadableFile(path, reason, hint) from error
            except BaseException:  # interrupted: what is on its way would be taken for the next answer
                self._stop()
                raise
        if kind == _ERROR:
            raise UnreadableFile(path, *json.loads(payload))
        return payload

    def close(self) -> None:
        """End the process, whatever it is at."""
        if (process := self._process) is not None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        with self._lock:
            self._stop()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._stop()
            home = str(Path(__file__).resolve().parent.parent)
            environment = os.environ | {"PYTHONPATH": os.pathsep.join([home, *filter(None, sys.path)])}
            environment["OPENBLAS_NUM_THREADS"] = "1"  # there are as many of us as there are cores
            environment["TENKYO_FILE_SECONDS"] = str(self._limits.seconds)
            environment["TENKYO_FILE_MEMORY_MB"] = str(self._limits.memory / 1024 / 1024)
            self._process = subprocess.Popen(
                [sys.executable, "-m", self.program],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
                start_new_session=True,  # Ctrl+C is for us: we tell the process to go
            )
        return self._process

    def _ask(self, process: subprocess.Popen[bytes], request: bytes) -> tuple[bytes, bytes]:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(struct.pack(">Q", len(request)) + request)
        process.stdin.flush()
        deadline = time.monotonic() + self._limits.seconds
        kind, size = _FRAME.unpack(_taken(process.stdout.fileno(), _FRAME.size, deadline))
        return kind, _taken(process.stdout.fileno(), size, deadline)

    def _stop(self) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):  # with whatever it has started, Tesseract for one
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            for stream in (self._process.stdin, self._process.stdout):
                if stream is not None:
                    with suppress(BrokenPipeError):
                        stream.close()
            self._process = None


@cache
def worker(purpose: str = "read") -> Worker:
    """A reading process of this process, one for each purpose, started with the first file and ended with it.

    Who turns pages does not wait for a thousand files that are being read.
    """
    made = Worker()
    atexit.register(made.close)
    return made


def _taken(descriptor: int, size: int, deadline: float) -> bytes:
    """So many bytes of a pipe.

    :raises TimeoutError: they are not there in time
    :raises EOFError: the other end is gone
    """
    pieces, missing = [], size
    while missing:
        ready, _, _ = select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            raise TimeoutError
        piece = os.read(descriptor, min(missing, 1 << 20))
        if not piece:
            raise EOFError
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)


def serve(requests: BinaryIO, answers: BinaryIO, answer: Callable[[Path, Any], tuple[bytes, bytes]]) -> None:
    """Answer until the other end is gone.

    :param answer: the kind of answer and its bytes for a path and what is asked of it
    """
    while len(head := requests.read(8)) == 8:
        name, asked = json.loads(requests.read(struct.unpack(">Q", head)[0]))
        path = Path(name)
        signal.alarm(int(LIMITS.seconds) + 5)  # nobody may be left to end us
        try:
            kind, payload = answer(path, asked)
        except UnreadableFile as error:
            kind, payload = _ERROR, json.dumps([error.reason, error.hint]).encode()
        except MemoryError:
            return  # what is left of the memory cannot be trusted: the next file gets a new process
        except Exception as error:  # parsers of foreign formats raise anything
            reason = f"読み取り中に問題が起きました（{type(error).__name__}）"
            kind, payload = _ERROR, json.dumps([reason, _APART]).encode()
        signal.alarm(0)
        answers.write(_FRAME.pack(kind, len(payload)) + payload)
        answers.flush()


def run(answer: Callable[[Path, Any], tuple[bytes, bytes]]) -> None:
    """Be such a process."""
    resource.setrlimit(resource.RLIMIT_AS, (LIMITS.memory, LIMITS.memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # a library that prints must not be taken for an answer
    serve(sys.stdin.buffer, answers, answer)


def _answer(path: Path, page: Any) -> tuple[bytes, bytes]:
    if page is None:
        return DOCUMENT, parts.pack(read(path))
    from ingest.readers.picture import picture  # with the first page that is looked at

    return _PICTURE, parts.pack_picture(picture(path, page, _DOTS))


if __name__ == "__main__":
    run(_answer)
