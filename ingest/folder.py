"""Which files of a folder are documents: "why was this file taken, and that one passed over?" """

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest.errors import UnreadableFile
from ingest.read import OLD, SUFFIXES


@dataclass(frozen=True, slots=True)
class Found:
    """What stands under the paths asked for.

    :param files: documents to read, each once, in order
    :param errors: paths that are not there or cannot be looked into
    :param folders: folders looked through to the last file, where a document that is no longer there is gone
    """

    files: tuple[Path, ...]
    errors: tuple[UnreadableFile, ...]
    folders: tuple[Path, ...]


def find(paths: Iterable[Path]) -> Found:
    """Every file under the paths that is a document; a file asked for by name is taken whatever it is."""
    files: dict[Path, None] = {}
    errors: list[UnreadableFile] = []
    folders: list[Path] = []
    for path in paths:
        try:
            if path.is_dir():
                missed: list[OSError] = []
                for file in _walked(path, missed):
                    if file.suffix.lower() in OLD:
                        errors.append(_old(file))  # somebody will look for what stands in it
                    else:
                        files[file] = None
                errors += [_closed(Path(error.filename or path), error) for error in missed]
                if not missed:
                    folders.append(path.resolve())
            elif path.exists():
                files[path.resolve()] = None
            else:
                errors.append(
                    UnreadableFile(path, "ファイルもフォルダもありません", "パスの綴りを確かめてください")
                )
        except (OSError, ValueError) as error:  # a name too long, a folder above that is locked, a NUL
            errors.append(_closed(path, error))
    return Found(tuple(files), tuple(errors), tuple(folders))


def _walked(folder: Path, missed: list[OSError]) -> Iterator[Path]:
    """The documents of a folder and those below, in order, neither hidden nor in a hidden folder."""
    found = []
    for here, below, names in os.walk(folder, onerror=missed.append, followlinks=False):
        below[:] = [name for name in below if not name.startswith(".")]
        for name in names:
            file = Path(here, name)
            # ~$… is what Word leaves beside a file that is open.
            wanted = file.suffix.lower() in SUFFIXES or file.suffix.lower() in OLD
            if not name.startswith((".", "~$")) and wanted and file.is_file():
                found.append(file)
    yield from (file.resolve() for file in sorted(found))


def _old(file: Path) -> UnreadableFile:
    hint = f"{OLD[file.suffix.lower()]} で保存し直してください"
    return UnreadableFile(file, f"旧形式のファイルです（{file.suffix}）", hint)


def _closed(path: Path, error: OSError | ValueError) -> UnreadableFile:
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return UnreadableFile(path, f"開けません: {reason or error}", "パスと読み取りの権限を確かめてください")
