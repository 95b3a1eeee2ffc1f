"""The façade: open an index, add documents, ask; holds the invariant that a quote is the original's own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from time import perf_counter
from typing import Literal

from index import Index
from ingest import catalog
from ingest.document import Chunk, Document
from ingest.errors import UnreadableFile
from ingest.read import SUFFIXES, content_hash, read
from qa import compose, followup
from qa.answer import Answer
from qa.passage import Passage, passage
from qa.question import Question, expansions, understand
from qa.reader import Findings, Reader

# How many chunks are read for a question: eval/bench.py shows what each costs.
_READ = 24
# Passages kept ready to read; some kilobytes each.
_KEPT = 4096
# Documents that enter the ledger in one transaction; a stop loses at most these, never what was there.
_BATCH = 16

Status = Literal["added", "updated", "unchanged", "failed"]


@dataclass(frozen=True, slots=True)
class FileReport:
    """What became of one file: `message` is "" or, for a failed one, the line to show."""

    path: str
    status: Status
    message: str = ""


class Tenkyo:
    """Questions answered from an index of documents."""

    def __init__(self, index: Index, reader: Reader | None = None) -> None:
        self._index = index
        self._given = reader
        # Making a view costs more than finding the chunk, and the same chunks come back.
        self._passage = lru_cache(maxsize=_KEPT)(self._view)

    @classmethod
    def open(cls, path: str | Path, model: str | None = None) -> Tenkyo:
        """The index at `path`, created if absent.

        :param model: a sentence-transformers model by path or hub name; None is the one shipped here
        :raises UnusableIndex: the folder is not an index, is damaged or cannot be written
        :raises ModelMismatch: the index was built with another model
        """
        return cls(Index.open(Path(path), model))

    @cached_property
    def _reader(self) -> Reader:
        # With the first question: adding or listing documents needs no network.
        return self._given or Reader(self._index)

    def close(self) -> None:
        """Give the index's files back."""
        self._index.close()

    def add(
        self, *paths: str | Path, progress: Callable[[FileReport, int], None] | None = None
    ) -> list[FileReport]:
        """Add or update files and the files of folders; a file that fails costs only itself.

        :param progress: called with each file's report and the number of files in all
        :raises UnusableIndex: the index cannot be written
        """
        files = list(_files(paths))
        reports: list[FileReport] = []
        batch: list[Document] = []

        def done(report: FileReport) -> None:
            reports.append(report)
            if progress:
                progress(report, len(files))

        for folder in sorted({file.parent for file in files if isinstance(file, Path)}):
            try:
                catalog.check(folder)
            except UnreadableFile as error:
                # It only names documents: they are read all the same, under their own headings.
                reports.append(FileReport(error.subject, "failed", str(error)))
        known = {document.path for document in self._index.documents()}
        for file in files:
            if isinstance(file, FileReport):
                done(file)
                continue
            try:
                unchanged = self._index.unchanged(str(file), content_hash(file))
                document = None if unchanged else read(file)
            except UnreadableFile as error:
                done(FileReport(str(file), "failed", str(error)))
                continue
            if document is None:
                done(FileReport(str(file), "unchanged"))
                continue
            batch.append(document)
            if len(batch) >= _BATCH:
                self._index.add(batch)
                batch = []
            done(FileReport(str(file), "updated" if document.path in known else "added"))
        if batch:
            self._index.add(batch)
        return reports

    def documents(self) -> list[Document]:
        """All documents, by path."""
        return self._index.documents()

    def document(self, document_id: str) -> Document:
        """One document whole."""
        return self._index.document(document_id)

    def remove(self, name: str) -> list[Document]:
        """Remove the documents of this file name, path or id; returns what was removed."""
        gone = [
            document for document in self.documents() if name in (document.name, document.path, document.id)
        ]
        self._index.remove([document.id for document in gone])
        return gone

    def ask(
        self,
        question: str,
        documents: Collection[str] | None = None,
        on_stage: Callable[[str], None] | None = None,
    ) -> Answer:
        """Answer a question from the documents, or say that they do not hold the answer.

        :param documents: ids of the documents to stay within; None is all
        :param on_stage: called with "search" and "read" as they begin
        """
        tell = on_stage or (lambda stage: None)
        begun = perf_counter()
        tell("search")
        asked, passages = self._search(question, documents)
        searched = perf_counter()
        tell("read")
        found = self._reader.read(asked, passages)
        read_at = perf_counter()
        answer = compose.answer(asked, found)
        done = perf_counter()
        timings = {
            "search": (searched - begun) * 1000,
            "read": (read_at - searched) * 1000,
            "compose": (done - read_at) * 1000,
            "total": (done - begun) * 1000,
        }
        return self._checked(replace(answer, timings_ms=timings))

    def findings(self, question: str, documents: Collection[str] | None = None) -> Findings:
        """Every place the reader weighed for a question, best first: what calibration looks at."""
        asked, passages = self._search(question, documents)
        return self._reader.read(asked, passages)

    def _search(self, question: str, documents: Collection[str] | None) -> tuple[Question, list[Passage]]:
        """The question as understood and the passages to read, best first."""
        asked = understand(question)
        if not asked.folded:
            return asked, []
        passages = self._passages(asked, documents)
        names = expansions(asked.folded, (found.view.text for found in passages))
        if names:
            asked = replace(asked, expansions=names)
            passages = self._passages(asked, documents)
        return asked, passages

    def _passages(self, asked: Question, documents: Collection[str] | None) -> list[Passage]:
        hits = self._index.search(asked.query, _READ, documents)
        return [self._passage(hit.chunk) for hit in hits]

    def _view(self, chunk: Chunk) -> Passage:
        return passage(chunk, self._index.document(chunk.document_id))

    def conversation(self) -> Conversation:
        """A thread whose follow-up questions know the turns before."""
        return Conversation(self)

    def _checked(self, answer: Answer) -> Answer:
        """The answer, or an error of ours: no quote that differs from the original ever leaves."""
        for citation in (*answer.citations, *answer.nearest):
            text = self._index.document(citation.document_id).text
            if citation.quote != text[citation.start : citation.end] or not citation.quote:
                raise AssertionError(f"{citation.document}[{citation.start}:{citation.end}] is not its quote")
        return answer


class Conversation:
    """Questions in a row, each understood from those before."""

    def __init__(self, tenkyo: Tenkyo) -> None:
        self._tenkyo = tenkyo
        self.turns: list[Question] = []

    def ask(
        self,
        question: str,
        documents: Collection[str] | None = None,
        on_stage: Callable[[str], None] | None = None,
    ) -> Answer:
        """Answer a question that may lean on the turns before; `Answer.question` is it in full."""
        whole = followup.resolve(question, self.turns)
        answer = self._tenkyo.ask(whole, documents, on_stage)
        self.turns.append(understand(whole))
        return answer


def _files(paths: Iterable[str | Path]) -> Iterator[Path | FileReport]:
    """Every readable file under the paths, each once, in order; a path that is not there fails."""
    seen: set[Path] = set()
    for path in map(Path, paths):
        found: list[Path]
        if path.is_dir():
            found = sorted(file for file in path.rglob("*") if _offered(file, path))
        elif path.exists():
            found = [path]
        else:
            error = UnreadableFile(path, "ファイルもフォルダもありません", "パスの綴りを確かめてください")
            yield FileReport(str(path), "failed", str(error))
            continue
        for file in found:
            whole = file.resolve()
            if whole not in seen:
                seen.add(whole)
                yield whole


def _offered(file: Path, folder: Path) -> bool:
    """Whether a folder's file is a document: of a type we read, and neither hidden nor in a hidden folder."""
    hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
    return file.suffix.lower() in SUFFIXES and not hidden and file.is_file()
