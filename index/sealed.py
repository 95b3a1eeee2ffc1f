"""Files made from the ledger: whole or absent, and each says which state of the ledger it was made from.

Opening one reads its end and some blocks; only `digest_holds` reads all of it.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from struct import Struct
from typing import Any, BinaryIO

from index.folder import FILE

# dense-7.faiss: every vector of generation 7; dense-base-7.faiss: most of them, for later generations too.
_NAME = re.compile(r"dense-(base-)?(\d+)\.faiss")
_ASIDE = ".dense-"
_DIGEST = 16
_BLOCK = 1 << 20
# Blocks checked at opening: all of a file up to this many MiB, of a larger one its ends and a spread between.
_BLOCKS = 32
_END = Struct(f"<Q{_DIGEST}s{_DIGEST}s8s")  # length of the facts, digest of some blocks, of all, magic
_MAGIC = b"TENKYO-2"


@dataclass(frozen=True, slots=True)
class Sealed:
    """A whole file.

    :param size: bytes of the body; the facts and the seal follow it
    :param facts: what its maker noted
    """

    file: Path
    size: int
    facts: dict[str, Any]


def write(file: Path, body: Callable[[Path], None], facts: dict[str, Any]) -> None:
    """Write aside, sync, put in place.

    :param body: writes the body to the path it is given
    :raises OSError: if it cannot be written; nothing is left then
    """
    handle, aside = tempfile.mkstemp(prefix=_ASIDE, dir=file.parent)
    os.close(handle)
    try:
        body(Path(aside))
        with open(aside, "r+b") as stream:
            os.fchmod(stream.fileno(), (file.parent / FILE).stat().st_mode & 0o666)
            noted = json.dumps(facts).encode()
            stream.seek(0, os.SEEK_END)
            stream.write(noted)
            size = stream.tell()
            seal = _END.pack(len(noted), _some(stream, size), _all(stream, size), _MAGIC)
            stream.seek(0, os.SEEK_END)
            stream.write(seal)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(aside, file)
    except BaseException:
        with suppress(OSError):
            os.unlink(aside)
        raise


def read(file: Path) -> Sealed | None:
    """The file if it is there and not torn, without reading all of it."""
    try:
        with open(file, "rb") as stream:
            size, noted, some, _ = _end(stream)
            if some != _some(stream, size + noted):
                return None
            stream.seek(size)
            return Sealed(file, size, json.loads(stream.read(noted)))
    except (OSError, ValueError):
        return None


def digest_holds(file: Path) -> bool:
    """Whether every byte is as it was written; reads all of it."""
    try:
        with open(file, "rb") as stream:
            size, noted, _, whole = _end(stream)
            return whole == _all(stream, size + noted)
    except (OSError, ValueError):
        return False


def exact(folder: Path, number: int) -> Path:
    return folder / f"dense-{number}.faiss"


def base(folder: Path, number: int) -> Path:
    return folder / f"dense-base-{number}.faiss"


def bases(folder: Path) -> list[Path]:
    """The files that outlive a generation, newest first."""
    found = [(number, file) for kind, number, file in _named(folder) if kind]
    return [file for _, file in sorted(found, reverse=True)]


def clean(folder: Path, number: int) -> None:
    """Delete half-written files and those of one generation before `number`: they may hold removed vectors.

    A base stays: making it again at every removal would cost minutes. `index.dense.build` replaces it.
    """
    for kind, made, file in _named(folder):
        if not kind and made < number:
            _unlink(file)
    for file in list(folder.glob(f"{_ASIDE}*")):
        _unlink(file)


def clean_bases(folder: Path, kept: Path | None) -> None:
    """Delete every base but one."""
    for file in bases(folder):
        if file != kept:
            _unlink(file)


def _named(folder: Path) -> Iterator[tuple[bool, int, Path]]:
    for file in list(folder.iterdir()):
        if named := _NAME.fullmatch(file.name):
            yield bool(named[1]), int(named[2]), file


def _unlink(file: Path) -> None:
    with suppress(OSError):
        file.unlink()


def _end(stream: BinaryIO) -> tuple[int, int, bytes, bytes]:
    """Sizes of body and facts, digests of some blocks and of all.

    :raises ValueError: if this is not the end of a sealed file
    """
    whole = stream.seek(0, os.SEEK_END)
    if whole < _END.size:
        raise ValueError("shorter than a seal")
    stream.seek(whole - _END.size)
    noted, some, every, magic = _END.unpack(stream.read(_END.size))
    size = whole - _END.size - noted
    if magic != _MAGIC or size < 0:
        raise ValueError("no seal")
    return size, noted, some, every


def _some(stream: BinaryIO, size: int) -> bytes:
    count = -(-size // _BLOCK)
    if count > _BLOCKS:
        chosen = sorted({block * (count - 1) // (_BLOCKS - 1) for block in range(_BLOCKS)})
    else:
        chosen = list(range(count))
    return _digest(stream, size, chosen)


def _all(stream: BinaryIO, size: int) -> bytes:
    return _digest(stream, size, range(-(-size // _BLOCK)))


def _digest(stream: BinaryIO, size: int, blocks: list[int] | range) -> bytes:
    digest = blake2b(size.to_bytes(8, "little"), digest_size=_DIGEST)
    for block in blocks:
        stream.seek(block * _BLOCK)
        digest.update(stream.read(min(_BLOCK, size - block * _BLOCK)))
    return digest.digest()
