"""How much one file may cost before it is declined; each limit is also an environment variable."""

from __future__ import annotations

import os
from dataclasses import dataclass

_MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds for one file.

    :param seconds: of wall-clock time to read it, scanned pages included (`TENKYO_FILE_SECONDS`)
    :param memory: bytes of address space of the reading process (`TENKYO_FILE_MEMORY_MB`)
    :param bytes: of the file (`TENKYO_FILE_MB`)
    :param unpacked: bytes that a compressed file may become (`TENKYO_UNPACKED_MB`)
    :param pages: of a PDF (`TENKYO_FILE_PAGES`)
    :param characters: of its text; chunking and embedding take about a minute for so many
    """

    seconds: float = 120.0
    memory: int = 4096 * _MB
    bytes: int = 200 * _MB
    unpacked: int = 500 * _MB
    pages: int = 20_000
    characters: int = 3_000_000


def _number(name: str, default: float) -> float:
    """A positive number of the environment; anything else there is as if it were not set."""
    try:
        given = float(os.environ.get(name, ""))
    except ValueError:
        return default
    return given if given > 0 else default


LIMITS = Limits(
    seconds=_number("TENKYO_FILE_SECONDS", 120.0),
    memory=int(_number("TENKYO_FILE_MEMORY_MB", 4096) * _MB),
    bytes=int(_number("TENKYO_FILE_MB", 200) * _MB),
    unpacked=int(_number("TENKYO_UNPACKED_MB", 500) * _MB),
    pages=int(_number("TENKYO_FILE_PAGES", 20_000)),
)
