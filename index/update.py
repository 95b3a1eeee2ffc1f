"""Files into an index: "why was this file read again, that one not, and where did the third one go?" """

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Literal

from index.contract import Searchable
from index.entry import Entry
from index.worker import entries, size_of
from ingest import catalog, health
from ingest.document import UNSTAMPED, Document
from ingest.errors import UnreadableFile
from ingest.folder import Found, find
from ingest.read import content_hash, is_current, stamp_of

# Documents that enter the ledger in one transaction; a stop loses at most these, never what was there.
_BATCH = 256
_BYTES = 8 << 20  # or so much text: some seconds' work
_SECONDS = 5.0  # or what came in so long

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

    index: Searchable
    progress: Progress | None
    total: int = 0
    reports: list[FileReport] = field(default_factory=list)
    batch: list[Entry] = field(default_factory=list)
    waiting: int = 0  # bytes of text in the batch
    since: float = 0.0  # when its first document came
    stamps: dict[str, tuple[int, int]] = field(default_factory=dict)
    renamed: set[str] = field(default_factory=set)

    def done(self, report: FileReport) -> None:
        """Note what became of a file, and say so."""
        self.reports.append(report)
        if self.progress:
            self.progress(report, self.total)

    def write(self, made: Entry) -> None:
        """Put a document into the batch, and the batch into the index when it is full."""
        if not self.batch:
            self.since = monotonic()
        self.batch.append(made)
        self.waiting += len(made.text)
        if len(self.batch) >= _BATCH or self.waiting > _BYTES or monotonic() - self.since > _SECONDS:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        self.index.write(self.batch)
        self.batch, self.waiting = [], 0

    def moved(self, document: Document) -> Document | None:
        """What the index has of the same bytes and title under a path where there is no file any more."""
        for other in self.index.documents_of(document.content_hash):
            if other.path not in self.renamed and other.title == document.title and not _is_there(other.path):
                return other
        return None


def update(
    index: Searchable,
    paths: Iterable[Path],
    progress: Progress | None = None,
    settling: Callable[[int, int], None] | None = None,
    part: Callable[[Iterable[Path]], Iterable[Path]] | None = None,
) -> list[FileReport]:
    """Add or update files and the files of folders; a file that fails costs only itself.

    A folder is mirrored: a document whose file is no longer in it leaves the index too, and one whose file
    was moved goes with it.

    :param progress: called with each file's report and the number of files in all
    :param settling: called, after many files, with how many vectors of how many have been put in order
    :param part: which of the files are ours, where several machines share the work; what is gone or has
        moved is then left to a run without it
    :raises UnusableIndex: the index cannot be written
    """
    found = find(paths)
    files = tuple(part(found.files)) if part else found.files
    run = Update(index, progress, len(files) + len(found.errors))
    for error in found.errors:
        run.done(FileReport(error.subject, "failed", str(error)))
    for folder in sorted({file.parent for file in files}):
        try:
            catalog.check(folder)
        except UnreadableFile as error:
            # It only names documents: they are read all the same, under their own headings.
            run.reports.append(FileReport(error.subject, "failed", str(error)))
    known = {document.path: document for document in _known(index, found)}
    changed = _changed(run, files, known)
    for file, making in entries(changed, index.wanted, sum(map(size_of, files))):
        try:
            _take(run, making, known, moves=part is None)
        except UnreadableFile as error:
            run.done(FileReport(str(file), "failed", str(error)))
    run.flush()
    index.stamp(run.stamps)
    if part is None:
        _forget(run, found.folders, known.values())
    index.settle(settling)
    return run.reports


def _take(run: Update, making: Future[Entry], known: dict[str, Document], moves: bool) -> None:
    """Put one file's document into the index, under its new path if it is one that moved."""
    made = making.result()
    document = made.document
    before = known.get(document.path)
    old = run.moved(document) if moves and not before else None
    if old is not None:
        run.flush()
        run.index.rename(old.id, document)
        run.renamed.add(old.path)
        known.pop(old.path, None)
        run.done(FileReport(document.path, "renamed"))
        return
    run.write(made)
    said, worries = health.line(document.health), tuple(health.worries(document.health))
    status: Status = "updated" if before else "added"
    run.done(FileReport(document.path, status, health=said, worries=worries))


def _known(index: Searchable, found: Found) -> list[Document]:
    """What the index holds of these files and folders."""
    apart = [file for file in found.files if not any(file.is_relative_to(folder) for folder in found.folders)]
    return index.documents_at(map(str, apart), map(str, found.folders))


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
