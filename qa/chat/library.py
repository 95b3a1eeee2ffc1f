"""The documents as readers see and change them: collections, uploads, and a way back from every change.

Uploaded files are kept under the index, a folder for each
collection; files elsewhere on the machine are never touched, only taken out of the index.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
import threading
import time
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from index import FileReport
from ingest import catalog
from ingest.document import Document
from ingest.errors import TenkyoError, UnreadableFile
from ingest.read import SUFFIXES
from qa.chat.narrow import collection
from qa.tenkyo import Tenkyo

_UPLOADS, _BIN = "uploads", ".removed"
# How long a removed file waits to be brought back; then it is gone.
_WAITS = 3600.0
_LONGEST_NAME = 200  # bytes, as file systems count
_LONGEST_FACT = 100  # characters of a publisher's name or a date
_HALF = ".half-"  # begins the name of a copy that is not whole yet
_DEFAULT = "アップロード"


@dataclass(frozen=True, slots=True)
class Facts:
    """What an uploader says of files: where they belong, who issued them and when."""

    collection: str = ""
    publisher: str = ""
    issued: str = ""

    @property
    def entry(self) -> catalog.Entry:
        """As the catalogue takes it: one line each, of a length that fits a table."""
        return catalog.Entry("", _line(self.publisher), _line(self.issued))


@dataclass(frozen=True, slots=True)
class Change:
    """A document taken out or replaced, and what it takes to undo that.

    :param path: where its file was
    :param kept: where its file waits; None if it is still at `path`
    :param successor: the file that took its place
    :param left: size and time of what was left behind at `path`; None if nothing was
    """

    name: str
    path: Path
    kept: Path | None
    successor: Path | None = None
    left: tuple[int, int] | None = None


class Library:
    """Changes to the documents of one index, one after the other."""

    def __init__(self, tenkyo: Tenkyo, index: Path, writable: bool = True) -> None:
        self._tenkyo = tenkyo
        self._uploads = index.absolute() / _UPLOADS
        self._bin = index.absolute() / _BIN
        self._changing = threading.Lock()
        self.writable = writable

    def tidy(self) -> None:
        """Take up what a stop has interrupted: halves of copies, files without documents, and the reverse.

        While another server of this index is changing documents nothing is: what is half is its work.
        """
        if not self.writable:
            return
        with self._alone(wait=False) as alone:
            if not alone:
                return
            for half in self._uploads.glob(f"*/{_HALF}*"):
                half.unlink(missing_ok=True)
            self._empty()
            if self._uploads.is_dir():
                self._tenkyo.add(self._uploads)

    def add(
        self,
        files: Sequence[Path],
        facts: Facts,
        replaces: str = "",
        tell: Callable[[FileReport], None] = lambda report: None,
    ) -> list[Change]:
        """Keep copies of the files and index them; one that cannot be read leaves things as they were.

        :param replaces: id of the document whose place the (one) file takes
        :param tell: called with what became of each file
        :return: what undoes the replacements, in order
        :raises TenkyoError: documents may not be changed here, or a name or the folder will not do
        :raises KeyError: the document to replace is not in the index
        """
        self._check()
        with self._alone():
            old = self._tenkyo.document(replaces) if replaces else None
            if old is not None and len(files) != 1:
                raise TenkyoError(old.name, "置き換えるファイルは一つだけ選んでください")
            folder = self._uploads / (collection(old) if old is not None else _folder_name(facts.collection))
            changes: list[Change] = []
            taken: set[str] = set()
            for file in files:
                try:
                    report, change = self._taken(file, folder, facts, old, taken)
                    changes += [change] if change else []
                except OSError as error:
                    reason = f"保存できません（{error.strerror or error}）"
                    report = FileReport(file.name, "failed", str(TenkyoError(file.name, reason)))
                tell(report)
            return changes

    def _taken(
        self, file: Path, folder: Path, facts: Facts, old: Document | None, taken: set[str]
    ) -> tuple[FileReport, Change | None]:
        """One file into its folder and into the index; `taken` are the names of those before it."""
        name = _file_name(file.name)
        if Path(name).suffix.lower() not in SUFFIXES:
            error = UnreadableFile(name, "読めない形式です", f"読める形式: {' '.join(sorted(SUFFIXES))}")
            return FileReport(name, "failed", str(error)), None
        if name in taken:
            error = UnreadableFile(
                name, "同じ名前のファイルが二つあります", "名前を変えてから追加してください"
            )
            return FileReport(name, "failed", str(error)), None
        taken.add(name)
        if old is not None and (folder / name).exists() and Path(old.path) != folder / name:
            error = UnreadableFile(
                name, "同じ名前の文書がすでにあります", "名前を変えてから置き換えてください"
            )
            return FileReport(name, "failed", str(error)), None
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / name
        entries = catalog.check(folder)
        before = self._set_aside(target, stays=True) if target.exists() else None
        try:
            _copied(file, target)
            catalog.write(folder, {**entries, name: facts.entry})
            report = self._tenkyo.add(target)[-1]
        except BaseException:
            _restored(target, before, entries)
            raise
        if report.status == "failed":
            _restored(target, before, entries)
            return FileReport(name, "failed", report.message.replace(str(target), name)), None
        left = _mark(target)
        if old is None:
            return report, Change(name, target, before, target, left) if before else None
        change = Change(old.name, Path(old.path), before, target, left)
        if Path(old.path) != target:
            change = Change(old.name, Path(old.path), self._out(old), target)
        return FileReport(report.path, "updated", health=report.health, worries=report.worries), change

    def remove(self, document_id: str) -> Change:
        """Take a document out of the index.

        :raises TenkyoError: documents may not be changed here
        :raises KeyError: it is not in the index
        """
        self._check()
        with self._alone():
            document = self._tenkyo.document(document_id)
            return Change(document.name, Path(document.path), self._out(document))

    def undo(self, change: Change) -> FileReport:
        """Bring back what a change took away.

        :raises TenkyoError: documents may not be changed here, or the file is no longer there
        """
        self._check()
        with self._alone():
            if not (change.kept or change.path).is_file():
                raise TenkyoError(change.name, "元のファイルがもうありません")
            if change.kept is not None and _mark(change.path) != change.left:
                raise TenkyoError(change.name, "同じ名前の別のファイルが、そのあとで追加されています")
            if change.successor is not None and change.successor != change.path:
                self._tenkyo.remove(str(change.successor))
                change.successor.unlink(missing_ok=True)
            if change.kept is not None:
                change.path.parent.mkdir(parents=True, exist_ok=True)
                change.kept.replace(change.path)
            return self._tenkyo.add(change.path)[-1]

    def _out(self, document: Document) -> Path | None:
        """A document out of the index, and its file, if it was uploaded, into the bin."""
        path = Path(document.path)
        ours = path.is_relative_to(self._uploads) and path.is_file()
        kept = self._set_aside(path) if ours else None
        self._tenkyo.remove(document.id)
        return kept

    def _set_aside(self, path: Path, stays: bool = False) -> Path:
        """A file into the bin; one that `stays` is there under both names until another takes its place."""
        self._empty()
        kept = self._bin / secrets.token_hex(8) / path.name
        kept.parent.mkdir(parents=True)
        if stays:
            shutil.copyfile(path, kept)
        else:
            os.utime(path)  # from now on it waits
            path.replace(kept)
        return kept

    def _empty(self) -> None:
        """Delete what has waited in the bin for long enough."""
        for kept in self._bin.glob("*/*"):
            if time.time() - kept.stat().st_mtime > _WAITS:
                shutil.rmtree(kept.parent, ignore_errors=True)

    @contextmanager
    def _alone(self, wait: bool = True) -> Iterator[bool]:
        """One change at a time, by whichever thread or server of this index; whether this is the one now."""
        with self._changing, (self._uploads.parent / ".changing").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True

    def _check(self) -> None:
        if not self.writable:
            raise TenkyoError("文書", "この画面からは変えられません（管理者の設定）")


def _copied(file: Path, target: Path) -> None:
    """A whole copy or none."""
    aside = target.with_name(f"{_HALF}{secrets.token_hex(8)}")
    try:
        shutil.copyfile(file, aside)
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)


def _restored(target: Path, before: Path | None, entries: Mapping[str, catalog.Entry]) -> None:
    """Things as they were before a file was put in its place."""
    catalog.write(target.parent, entries)
    if before is None:
        target.unlink(missing_ok=True)
    else:
        before.replace(target)


def _mark(path: Path) -> tuple[int, int] | None:
    """What tells a file from one that was put in its place; None if there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def _line(given: str) -> str:
    plain = given.encode("utf-8", "replace").decode("utf-8")
    return "".join(c if c.isprintable() else " " for c in plain).strip()[:_LONGEST_FACT]


def _file_name(given: str) -> str:
    """A name that stays in its folder and that every file system takes."""
    name = unicodedata.normalize("NFC", re.split(r"[/\\]", given)[-1])
    name = "".join(c for c in name if c.isprintable()).strip().lstrip(".")
    stem, dot, suffix = name.rpartition(".")
    while len(name.encode("utf-8", "replace")) > _LONGEST_NAME and stem:
        stem = stem[:-1]
        name = stem + dot + suffix
    return name or "無題"


def _folder_name(given: str) -> str:
    """:raises TenkyoError: the name cannot be that of a folder"""
    name = unicodedata.normalize("NFC", given).strip() or _DEFAULT
    usable = all(c.isprintable() and c not in '/\\:*?"<>|' for c in name)
    if not usable or name.startswith(".") or len(name.encode("utf-8", "replace")) > _LONGEST_NAME:
        hint = '60 字ほどまでの、記号 / \\ : * ? " < > | のない名前にしてください'
        raise TenkyoError(given, "コレクションの名前として使えません", hint)
    return name
