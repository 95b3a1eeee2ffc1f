"""The documents as readers see and change them: collections, uploads, and a way back from every change.

A document's collection is the folder it lies in. Uploaded files are kept under the index, a folder for each
collection; files elsewhere on the machine are never touched, only taken out of the index.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import threading
import time
import unicodedata
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from index import FileReport
from ingest import catalog
from ingest.dates import dates, years
from ingest.document import Document
from ingest.errors import TenkyoError, UnreadableFile
from ingest.read import SUFFIXES
from qa.tenkyo import Tenkyo

_UPLOADS, _BIN = "uploads", ".removed"
# How long a removed file waits to be brought back; then it is gone.
_WAITS = 3600.0
_LONGEST_NAME = 200  # bytes, as file systems count
_DEFAULT = "アップロード"


@dataclass(frozen=True, slots=True)
class Facts:
    """What an uploader says of files: where they belong, who issued them and when."""

    collection: str = ""
    publisher: str = ""
    issued: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A document taken out or replaced, and what it takes to undo that.

    :param path: where its file was
    :param kept: where its file waits; None if it is still at `path`
    :param successor: the file that took its place
    """

    name: str
    path: Path
    kept: Path | None
    successor: Path | None = None


def collection(document: Document) -> str:
    """The name of the collection that a document belongs to."""
    return Path(document.path).parent.name


def year(document: Document) -> str:
    """The year of issue in 西暦, "" if it is not known."""
    found = years(term for mention in dates(document.issued) for term in mention.terms)
    plain = re.match(r"\d{4}(?!\d)", document.issued)
    return str(found[0]) if found else plain[0] if plain else ""


def conditions(documents: Iterable[Document]) -> list[tuple[str, str]]:
    """What documents can be narrowed by, for a choice: (kind, value), each once, in order."""
    listed = list(documents)
    kinds = {"collection": collection, "publisher": lambda document: document.publisher, "year": year}
    return [
        (kind, value)
        for kind, of in kinds.items()
        for value in sorted({of(document) for document in listed} - {""})
    ]


def narrowed(documents: Iterable[Document], ids: Collection[str], wanted: Collection[str]) -> list[str]:
    """Ids of the documents chosen that meet the conditions: any of a kind, and each kind.

    :param ids: of documents; none is all
    :param wanted: "kind:value", as `conditions` lists them
    """
    by_kind: dict[str, set[str]] = {}
    for condition in wanted:
        kind, _, value = condition.partition(":")
        by_kind.setdefault(kind, set()).add(value)
    return [
        document.id
        for document in documents
        if (not ids or document.id in ids)
        and all(
            values & {value for known, value in conditions([document]) if known == kind}
            for kind, values in by_kind.items()
        )
    ]


class Library:
    """Changes to the documents of one index, one after the other."""

    def __init__(self, tenkyo: Tenkyo, index: Path, writable: bool = True) -> None:
        self._tenkyo = tenkyo
        self._uploads = index.absolute() / _UPLOADS
        self._bin = index.absolute() / _BIN
        self._changing = threading.Lock()
        self.writable = writable

    def tidy(self) -> None:
        """Take up what a stop has interrupted: files without documents, documents without files."""
        self._empty(0.0)
        if self.writable and self._uploads.is_dir():
            self._tenkyo.add(self._uploads)

    def add(
        self,
        files: Sequence[Path],
        facts: Facts,
        replaces: str = "",
        tell: Callable[[FileReport], None] = lambda report: None,
    ) -> Change | None:
        """Keep copies of the files and index them; one that cannot be read leaves things as they were.

        :param replaces: id of the document whose place the (one) file takes
        :param tell: called with what became of each file
        :return: for a replacement, what undoes it
        :raises TenkyoError: documents may not be changed here, or a name or the folder will not do
        """
        self._check()
        with self._changing:
            old = self._tenkyo.document(replaces) if replaces else None
            if old is not None and len(files) != 1:
                raise TenkyoError(old.name, "置き換えるファイルは一つだけ選んでください")
            name = collection(old) if old is not None else _folder_name(facts.collection)
            folder = self._uploads / name
            change = None
            for file in files:
                try:
                    report, change = self._taken(file, folder, facts, old)
                except OSError as error:
                    reason = f"保存できません（{error.strerror or error}）"
                    report = FileReport(file.name, "failed", str(TenkyoError(file.name, reason)))
                tell(report)
            return change

    def _taken(
        self, file: Path, folder: Path, facts: Facts, old: Document | None
    ) -> tuple[FileReport, Change | None]:
        """One file into its folder and into the index."""
        name = _file_name(file.name)
        if Path(name).suffix.lower() not in SUFFIXES:
            error = UnreadableFile(name, "読めない形式です", f"読める形式: {' '.join(sorted(SUFFIXES))}")
            return FileReport(name, "failed", str(error)), None
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / name
        before = self._set_aside(target) if target.exists() else None
        _copied(file, target)
        _catalogued(folder, name, facts)
        report = self._tenkyo.add(target)[-1]
        if report.status == "failed":
            target.unlink(missing_ok=True)
            if before is not None:
                before.replace(target)
            return FileReport(name, "failed", report.message.replace(str(target), name)), None
        if old is None:
            return report, Change(name, target, before, target) if before else None
        change = Change(old.name, Path(old.path), before, target)
        if Path(old.path) != target:
            change = Change(old.name, Path(old.path), self._out(old), target)
        updated = FileReport(report.path, "updated", health=report.health, worries=report.worries)
        return updated, change

    def remove(self, document_id: str) -> Change:
        """Take a document out of the index.

        :raises TenkyoError: documents may not be changed here
        :raises KeyError: it is not in the index
        """
        self._check()
        with self._changing:
            document = self._tenkyo.document(document_id)
            return Change(document.name, Path(document.path), self._out(document))

    def undo(self, change: Change) -> FileReport:
        """Bring back what a change took away.

        :raises TenkyoError: documents may not be changed here, or the file is no longer there
        """
        self._check()
        with self._changing:
            if not (change.kept or change.path).is_file():
                raise TenkyoError(change.name, "元のファイルがもうありません")
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

    def _set_aside(self, path: Path) -> Path:
        self._empty(_WAITS)
        kept = self._bin / secrets.token_hex(8) / path.name
        kept.parent.mkdir(parents=True)
        os.utime(path)  # from now on it waits
        return path.replace(kept)

    def _empty(self, seconds: float) -> None:
        """Delete what has waited in the bin for longer."""
        for kept in self._bin.glob("*/*"):
            if time.time() - kept.stat().st_mtime > seconds:
                shutil.rmtree(kept.parent, ignore_errors=True)

    def _check(self) -> None:
        if not self.writable:
            raise TenkyoError("文書", "この画面からは変えられません（管理者の設定）")


def _copied(file: Path, target: Path) -> None:
    """A whole copy or none."""
    aside = target.with_name(f".{secrets.token_hex(8)}")
    try:
        shutil.copyfile(file, aside)
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)


def _catalogued(folder: Path, name: str, facts: Facts) -> None:
    """Note in the folder's catalogue who issued a file and when."""
    entries = catalog.check(folder)
    entries[name] = catalog.Entry("", facts.publisher.strip(), facts.issued.strip())
    catalog.write(folder, entries)


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
