"""The façade: open an index, add documents, ask; holds the invariant that a quote is the original's own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from functools import cached_property, lru_cache
from pathlib import Path
from threading import Event
from time import perf_counter

from index import FileReport, Hit
from index.contract import Searchable, State
from index.open import open_index
from index.update import update
from ingest.document import Chunk, Document
from qa import compose, followup, write
from qa.answer import Answer
from qa.generate import Writer
from qa.passage import Passage, passage
from qa.question import Question, expansions, understand
from qa.reader import Findings, Reader

# How many chunks are read for a question: eval/bench/stages.py shows what each costs.
_READ = 24
# Passages kept ready to read; some kilobytes each.
_KEPT = 4096


class Tenkyo:
    """Questions answered from an index of documents."""

    def __init__(self, index: Searchable, reader: Reader | None = None, writer: Writer | None = None) -> None:
        self._index = index
        self._given = reader
        self.writer = writer
        # Making a view costs more than finding the chunk, and the same chunks come back.
        self._passage = lru_cache(maxsize=_KEPT)(self._view)

    @classmethod
    def open(cls, path: str | Path, model: str | None = None, writer: Writer | None = None) -> Tenkyo:
        """The index at `path`, created if absent: a folder, or a Milvus server or file (`index.open`).

        :param model: a sentence-transformers model by path or hub name; None is the one shipped here
        :param writer: a language model to write the answers; None takes them from the documents as they are
        :raises UnusableIndex: the folder is not an index, is damaged or cannot be written
        :raises ModelMismatch: the index was built with another model
        """
        return cls(open_index(path, model), writer=writer)

    @cached_property
    def _reader(self) -> Reader:
        # With the first question: adding or listing documents needs no network.
        return self._given or Reader(self._index)

    def close(self) -> None:
        """Give the index's files back."""
        self._index.close()

    def add(
        self,
        *paths: str | Path,
        progress: Callable[[FileReport, int], None] | None = None,
        settling: Callable[[int, int], None] | None = None,
        part: Callable[[Iterable[Path]], Iterable[Path]] | None = None,
    ) -> list[FileReport]:
        """Add or update files and the files of folders; a file that fails costs only itself.

        A folder is mirrored: a document whose file is no longer in it leaves the index too, and one whose
        file was moved keeps what was made of it.

        :param progress: called with each file's report and the number of files in all
        :param settling: called at the end, after many files, with how many vectors of how many are in order
        :param part: which of the files are ours, where several machines share the work
        :raises UnusableIndex: the index cannot be written
        """
        return update(self._index, map(Path, paths), progress, settling, part)

    def state(self) -> State:
        """How many documents and chunks there are, and the generation of the index."""
        return self._index.state()

    def documents(self) -> list[Document]:
        """All documents, by path."""
        return self._index.documents()

    def document(self, document_id: str) -> Document:
        """One document whole."""
        return self._index.document(document_id)

    def chunks(self, document_id: str) -> list[Chunk]:
        """A document's chunks in text order."""
        return self._index.chunks(document_id)

    def search(self, question: str, k: int = _READ, documents: Collection[str] | None = None) -> list[Hit]:
        """The best `k` chunks for a question, best first, before anything is read."""
        return self._index.search(understand(question).query, k, documents)

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
        on_draft: Callable[[Answer], None] | None = None,
        stop: Event | None = None,
        written: bool = True,
    ) -> Answer:
        """Answer a question from the documents, or say that they do not hold the answer.

        With a writer, the answer is in its words as far as the documents support them; what they do not
        support, and what the server fails to send, leaves the answer taken from the documents.

        :param documents: ids of the documents to stay within; None is all
        :param on_stage: called with "search", "read" and, where a model writes, "write" as they begin
        :param on_draft: called with the verified answer so far whenever a sentence was added
        :param stop: once set, writing ends within a second
        :param written: False asks for the documents' own words although there is a writer
        :raises TypeError: the question is not a string
        """
        if not isinstance(question, str):
            raise TypeError(f"the question is a string, not {type(question).__name__}")
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
        }
        if self.writer is not None and written and not answer.abstained:
            tell("write")
            draft = on_draft or (lambda answer: None)
            answer = write.written(
                self.writer, found, answer, lambda so_far: draft(self._checked(so_far)), stop or Event()
            )
            timings["write"] = (perf_counter() - done) * 1000
        timings["total"] = (perf_counter() - begun) * 1000
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
        while True:
            hits = self._index.search(asked.query, _READ, documents)
            try:
                return [self._passage(hit.chunk) for hit in hits]
            except KeyError:  # replaced or removed since: what took its place has to be found
                continue

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
    """Questions in a row, each understood from those before.

    :ivar turns: what was asked, in full, and answered, oldest first; forget one by deleting it
    """

    def __init__(self, tenkyo: Tenkyo) -> None:
        self._tenkyo = tenkyo
        self.turns: list[followup.Turn] = []

    def ask(
        self,
        question: str,
        documents: Collection[str] | None = None,
        on_stage: Callable[[str], None] | None = None,
        as_asked: bool = False,
        on_draft: Callable[[Answer], None] | None = None,
        stop: Event | None = None,
        written: bool = True,
    ) -> Answer:
        """Answer a question that may lean on the turns before; `Answer.question` is it in full.

        The other parameters are those of `Tenkyo.ask`.

        :param as_asked: the question is whole as it is, nothing is filled in
        """
        whole = question if as_asked else followup.resolve(question, self.turns)
        answer = self._tenkyo.ask(whole, documents, on_stage, on_draft, stop, written)
        self.turns.append(followup.Turn(whole, _answering(answer)))
        return answer


def _answering(answer: Answer) -> str:
    """The answering words of the best statement, or its items when it is a list; "" when none are marked."""
    if not answer.statements:
        return ""
    best = answer.statements[0].span
    marked = next((span for span in answer.highlights if span in best), None)
    if marked is not None:
        return answer.text[marked.start : marked.end]
    items = [
        line.removeprefix("・") for line in answer.text[best.start : best.end].split("\n") if line[:1] == "・"
    ]
    return "\n".join(items)
