"""What a process and all it started hold and use, from /proc: pages of its own apart from mapped files."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident bytes. Pages that processes share are counted once (PSS).

    :param anonymous: its own
    :param file: of mapped files, which the system may take back
    """

    anonymous: int = 0
    file: int = 0

    @property
    def total(self) -> int:
        return self.anonymous + self.file


def of_tree(root: int) -> Memory:
    """What a process and all that descend from it hold together."""
    anonymous = file = 0
    for process in members(root):
        with suppress(OSError):  # it may end while being looked at
            rows = dict(
                line.split(":", 1)
                for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()[1:]
            )
            anonymous += _bytes(rows["Pss_Anon"]) + _bytes(rows["Pss_Shmem"])
            file += _bytes(rows["Pss_File"])
    return Memory(anonymous, file)


def cpu_seconds(root: int) -> dict[int, float]:
    """Of a process and each that descends from it: on a busy machine it says more than a clock."""
    found = {}
    for process in members(root):
        with suppress(OSError):
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
            found[process] = (int(fields[11]) + int(fields[12])) / _TICKS
    return found


def members(root: int) -> list[int]:
    """A process, if it lives, and all that descend from it, whatever session they opened."""
    children: dict[int, list[int]] = {}
    living = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    for process in living:
        with suppress(OSError):
            # Behind the name, which may hold anything, stand state and parent.
            parent = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1]
            children.setdefault(int(parent), []).append(process)
    found = [root] if root in living else []
    for process in found:
        found += children.get(process, [])
    return found


def on_disk(folder: Path) -> int:
    """Bytes that a folder takes on the disk, as `du` counts them."""
    return sum(file.lstat().st_blocks * 512 for file in folder.rglob("*"))


def _bytes(row: str) -> int:
    return int(row.split()[0]) * 1024
