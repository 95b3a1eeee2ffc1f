"""Which worker takes which file: a stable split of a collection over workers that share nothing."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

_WRITTEN = "「番号/総数」の形で、番号は 1 から総数までです（例: 2/8）"


@dataclass(frozen=True, slots=True)
class Shard:
    """One of `count` parts, counted from 1."""

    number: int
    count: int

    @classmethod
    def parse(cls, written: str) -> Shard:
        """The part that "2/8" names, the second of eight.

        :raises ValueError: it is not written so; the message is the line to show
        """
        number, slash, count = written.partition("/")
        if not (slash and number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)):
            raise ValueError(f"{written}: {_WRITTEN}")
        return cls(int(number), int(count))


def shard(files: Iterable[Path], of: Shard) -> list[Path]:
    """The files of one part, in the order given: every file is in exactly one, the same on every machine.

    The path decides: workers must see the collection under the same one.
    """
    return [file for file in files if _place(file) % of.count == of.number - 1]


def _place(file: Path) -> int:
    return int.from_bytes(blake2b(os.fsencode(file), digest_size=8).digest(), "big")
