"""Files become entries in processes of their own, one a core: "how are a million chunks made?"

`python -m index.worker` is such a process: paths come in, entries go out, all but their vectors made.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any

from index import packing
from index.entry import Entry, Wanted, entry
from index.vocabulary import Lookup
from ingest.read import read
from ingest.worker import DOCUMENT, Worker, run

# A process takes a second to start: for less than so many bytes another one is not worth it.
_WORTH = 2 << 20
# Files handed out ahead of what is written, so that nobody waits while a batch is: at least so many for each
# process, and more while they are so small together.
_AHEAD, _MOST_AHEAD, _AHEAD_BYTES = 4, 512, 16 << 20


class Maker(Worker):
    """Makes entries of one file after the other; whatever a file does to the process costs it alone."""

    program = "index.worker"

    def made(self, path: Path, wanted: Wanted) -> Entry:
        """The entry of the document at `path`.

        :raises UnreadableFile: as `Worker.read`
        """
        return packing.unpack(self.answered(path, [wanted.vocabulary, wanted.texts]))


def entries(files: Iterable[Path], wanted: Wanted, size: int) -> Iterator[tuple[Path, Future[Entry]]]:
    """Each file with its entry to come, in order; some are made ahead.

    :param size: bytes of all files together: says how many processes are worth starting
    """
    count = max(1, min(os.cpu_count() or 1, size // _WORTH))
    makers = [Maker() for _ in range(count)]
    idle = deque(makers)

    def made(file: Path) -> Entry:
        maker = idle.popleft()  # there are as many as threads
        try:
            return maker.made(file, wanted)
        finally:
            idle.append(maker)

    waiting: deque[tuple[Path, Future[Entry], int]] = deque()
    ahead = 0  # bytes of the files that wait
    with ThreadPoolExecutor(max_workers=count) as threads:
        try:
            for file in files:
                waiting.append((file, threads.submit(made, file), size_of(file)))
                ahead += waiting[-1][2]
                while len(waiting) > _AHEAD * count and (ahead > _AHEAD_BYTES or len(waiting) > _MOST_AHEAD):
                    first, making, taken = waiting.popleft()
                    ahead -= taken
                    yield first, making
            while waiting:
                yield waiting.popleft()[:2]
        finally:
            for _, future, _ in waiting:
                future.cancel()
            for maker in makers:
                maker.close()


def size_of(file: Path) -> int:
    """Bytes of a file; 0 if it cannot be told."""
    try:
        return file.stat().st_size
    except OSError:
        return 0


@lru_cache(maxsize=1)
def _lookup(folder: str) -> Lookup:
    return Lookup.load(Path(folder))


def _answer(path: Path, asked: Any) -> tuple[bytes, bytes]:
    vocabulary, texts = asked
    return DOCUMENT, packing.pack(entry(read(path), _lookup(vocabulary) if vocabulary else None, texts))


if __name__ == "__main__":
    run(_answer)
