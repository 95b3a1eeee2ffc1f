"""Files into an index: "why was this file read again, that one not, and where did the third one go?" """

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from index.search import Index
from ingest import catalog, health
from ingest.document import UNSTAMPED, Document
from ingest.errors import UnreadableFile
from ingest.folder import find
from ingest.read import content_hash, is_current, stamp_of
from ingest.worker import worker

# Documents that enter the ledger in one transaction; a stop loses at most these, never what was there.
_BATCH = 16
_CHARACTERS = 500_000  # or so much text
# Files read ahead by the reading process while this one makes vectors.
_AHEAD = 4

Status = Literal["added", "updated", "renamed", "unchanged", "removed", "failed"]


@dataclass(frozen=True, slots=True)
class FileReport:
    """What became of one file.

    :param message: for a failed one the line to show, else ""
    :param health: how well it could be read, in one line; "" if it was not read now
    :param worries: what a user should know before trusting a search in it; usually nothing
    """

    path: str
    status: Status
    message: str = ""
    health: str = ""
    worries: tuple[str, ...] = ()


Progress = Callable[[FileReport, int], None]


@dataclass(slots=True)
class Update:
    """One pass over some files and folders; what has been done is in `reports`."""

    index: Index
    progress: Progress | None
    total: int = 0
    reports: list[FileReport] = field(default_factory=list)
    batch: list[Document] = field(default_factory=list)
    stamps: dict[str, tuple[int, int]] = field(default_factory=dict)

    def done(self, report: FileReport) -> None:
        """Note what became of a file, and say so."""
        self.reports.append(report)
        if self.progress:
            self.progress(report, self.total)

    def write(self, document: Document) -> None:
        """Put a document into the batch, and the batch into the index when it is full."""
        self.batch.append(document)
        if len(self.batch) >= _BATCH or sum(len(one.text) for one in self.batch) > _CHARACTERS:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        self.index.add(self.batch)
        self.batch = []


def update(index: Index, paths: Iterable[Path], progress: Progress | None = None) -> list[FileReport]:
    """Add or update files and the files of folders; a file that fails costs only itself.

    A folder is mirrored: a document whose file is no longer in it leaves the index too, and one whose file
    was moved goes with it.

    :param progress: called with each file's report and the number of files in all
    :raises UnusableIndex: the index cannot be written
    """
    found = find(paths)
    run = Update(index, progress, len(found.files) + len(found.errors))
    for error in found.errors:
        run.done(FileReport(error.subject, "failed", str(error)))
    for folder in sorted({file.parent for file in found.files}):
        try:
            catalog.check(folder)
        except UnreadableFile as error:
            # It only names documents: they are read all the same, under their own headings.
            run.reports.append(FileReport(error.subject, "failed", str(error)))
    known = {document.path: document for document in index.documents()}
    changed = list(_changed(run, found.files, known))
    moved = {document.content_hash: document for document in known.values() if not _is_there(document.path)}
    for file, reading in _read(changed):
        before = known.get(str(file))
        try:
            document = reading.result()
        except UnreadableFile as error:
            run.done(FileReport(str(file), "failed", str(error)))
            continue
        old = None if before else moved.pop(document.content_hash, None)
        if old is not None and old.title == document.title:
            run.flush()
            index.rename(old.id, document)
            known.pop(old.path)
            run.done(FileReport(str(file), "renamed"))
            continue
        run.write(document)
        said, worries = health.line(document.health), tuple(health.worries(document.health))
        run.done(FileReport(str(file), "updated" if before else "added", health=said, worries=worries))
    run.flush()
    index.stamp(run.stamps)
    _forget(run, found.folders, known.values())
    return run.reports


def _changed(run: Update, files: Iterable[Path], known: dict[str, Document]) -> Iterator[Path]:
    """The files that have to be read; the others are told by their stamp, or by their bytes."""
    for file in files:
        before = known.get(str(file))
        if before is None or not is_current(before.content_hash) or not _named_as_before(before):
            yield file
            continue
        stamp = stamp_of(file)
        if stamp == UNSTAMPED or stamp != before.stamp:
            try:
                if content_hash(file) != before.content_hash:
                    yield file
                    continue
            except UnreadableFile as error:
                run.done(FileReport(str(file), "failed", str(error)))
                continue
            if stamp != UNSTAMPED:
                run.stamps[before.id] = stamp
        run.done(FileReport(str(file), "unchanged"))


def _read(files: Iterable[Path]) -> Iterator[tuple[Path, Future[Document]]]:
    """Each file with its document to come; some are read ahead."""
    waiting: list[tuple[Path, Future[Document]]] = []
    with ThreadPoolExecutor(max_workers=1) as reader:
        try:
            for file in files:
                waiting.append((file, reader.submit(worker().read, file)))
                if len(waiting) > _AHEAD:
                    yield waiting.pop(0)
            while waiting:
                yield waiting.pop(0)
        finally:
            for _, future in waiting:
                future.cancel()


def _forget(run: Update, folders: Collection[Path], known: Iterable[Document]) -> None:
    """Remove the documents whose files are no longer in these folders."""
    gone = [
        document
        for document in known
        if any(Path(document.path).is_relative_to(folder) for folder in folders)
        and not _is_there(document.path)
    ]
    run.index.remove([document.id for document in gone])
    run.reports += [FileReport(document.path, "removed") for document in gone]


def _is_there(path: str) -> bool:
    try:
        return Path(path).exists()
    except (OSError, ValueError):
        return True  # a folder above is locked: that says nothing about the file


def _named_as_before(document: Document) -> bool:
    """Whether the catalogue beside the file says what it said when the document was added."""
    entry = catalog.entry_for(Path(document.path))
    said = (entry.title, entry.publisher, entry.issued)
    held = (document.title, document.publisher, document.issued)
    return all(now == before for now, before in zip(said, held, strict=True) if now)
