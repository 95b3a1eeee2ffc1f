"""A written answer: each sentence of a model's draft that stands in its sources, with those as citations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from threading import Event

from ingest.document import Span
from ingest.normalize import fold
from qa import abstain, compose
from qa.answer import Answer, Citation, Statement
from qa.generate import Writer, WriterFailed
from qa.grounds.addressed import visible
from qa.grounds.facts import FRAME, Facts, facts
from qa.grounds.source import Source, source
from qa.prompt import Drafted, messages, sentences, shown
from qa.quote import trimmed
from qa.reader import Findings
from qa.verify import Support, verify

_PASSAGES = 6  # that a model is shown
_CITATIONS = 5
_INSTEAD = "、原文からの抜き書きで答えます"


def written(
    writer: Writer, found: Findings, extract: Answer, on_draft: Callable[[Answer], None], stop: Event
) -> Answer:
    """What the model writes as far as the passages support it; `extract`, with a note, where nothing is left.

    A text without a sentence that answers the question is not shown, however true its sentences are.

    :param on_draft: called with the answer so far whenever a further sentence has been verified
    """
    sources = _sources(found)
    draft = _Draft(writer.model, extract, _scores(found, sources))
    try:
        for sentence in sentences(writer.pieces(messages(extract.question, sources), stop)):
            if draft.add(sentence, sources) and draft.answers:
                on_draft(draft.answer())
    except WriterFailed as failure:
        return replace(extract, note=f"{failure}{_INSTEAD}")
    if stop.is_set():
        return replace(extract, note=f"生成を中止したため{_INSTEAD}")
    if not draft.citations:
        return replace(extract, note=f"生成された文を原文で確かめられなかったため{_INSTEAD}")
    if not draft.answers:
        return replace(extract, note=f"生成された文が質問に答えていないため{_INSTEAD}")
    return draft.answer()


def _sources(found: Findings) -> list[Source]:
    """The passages with the best findings, those of the extractive answer first."""
    passages = {finding.place.passage.chunk.id: finding.place.passage for finding in found.best}
    made = (source(passage) for passage in list(passages.values())[: 2 * _PASSAGES])
    return [each for each in made if each.units and shown(each)][:_PASSAGES]


def _scores(found: Findings, sources: list[Source]) -> dict[int, float]:
    """By chunk, how likely its best finding answers the question."""
    wanted = {each.passage.chunk.id for each in sources}
    scores: dict[int, float] = {}
    for finding in found.best:
        chunk = finding.place.passage.chunk.id
        if chunk in wanted and chunk not in scores:
            scores[chunk] = abstain.probability(finding)
    return scores


def _holds(said: Facts, marked: Facts) -> bool:
    """Whether a sentence holds marked words: as they stand, their numbers and dates, or most of them."""
    if marked.flat in said.flat:
        return True
    if marked.days or marked.quantities:
        days = {term for day in said.days for term in day.terms}
        values = {(number.value, number.unit) for number in said.quantities}
        return all(day.term in days for day in marked.days) and all(
            (number.value, number.unit) in values for number in marked.quantities
        )
    return bool(marked.words) and len(marked.words & said.words) > len(marked.words) / 2


class _Draft:
    """The answer as it grows."""

    def __init__(self, model: str, extract: Answer, scores: dict[int, float]) -> None:
        self._model, self._extract, self._scores = model, extract, scores
        self._text, self._dropped = "", 0
        self._statements: list[Statement] = []
        self.citations: list[Citation] = []
        self.answers = False  # whether some sentence answers the question

    def add(self, sentence: Drafted, sources: list[Source]) -> bool:
        """Whether the sentence is supported by what it cites, and so stands in the answer now."""
        if sentence.text in self._text.split("\n"):
            return False
        cited = [sources[n - 1] for n in sentence.cited if 0 < n <= len(sources)]
        verdict = verify(sentence.text, cited)
        new = {self._number(each) is None for each in verdict.support}
        if not verdict.supported or (True in new and len(self.citations) + len(verdict.support) > _CITATIONS):
            self._dropped += 1
            return False
        start = len(self._text) + 1 if self._text else 0
        self._text = f"{self._text}\n{sentence.text}" if self._text else sentence.text
        self.answers = self.answers or self._replies(sentence.text, verdict.support)
        for each in verdict.support:
            part = Span(start + each.part.start, start + each.part.end)
            self._statements.append(Statement(part, self._number(each) or self._cite(each)))
        return True

    def _replies(self, sentence: str, support: Sequence[Support]) -> bool:
        """Whether a sentence holds the words that answer, or with its place most of what is asked about."""
        said = facts(visible(sentence))
        marked = (span.of(self._extract.text) for span in self._extract.highlights)
        if any(_holds(said, facts(visible(words))) for words in marked):
            return True
        asked = facts(visible(self._extract.question)).words - FRAME
        places = (fold(each.span.of(each.source.passage.document.text)) for each in support)
        above = (fold(line) for each in support for line in each.source.passage.section[-1:])
        there = said.words.union(*(facts(text).words for text in (*places, *above)))
        return len(asked & there) > len(asked) / 2

    def answer(self) -> Answer:
        """The verified sentences so far."""
        return replace(
            self._extract,
            text=self._text,
            citations=tuple(self.citations),
            statements=tuple(self._statements),
            highlights=tuple(self._bold()),
            written_by=self._model,
            dropped=self._dropped,
        )

    def _bold(self) -> Iterator[Span]:
        """The places of the words that answer in the documents' own words."""
        for marked in self._extract.highlights:
            words = marked.of(self._extract.text)
            start = self._text.find(words)
            if words and start >= 0:
                yield Span(start, start + len(words))

    def _number(self, support: Support) -> int | None:
        """The citation that holds a place already."""
        document = support.source.passage.document
        span = trimmed(document.text, support.span)
        for citation in self.citations:
            if citation.document_id == document.id and span in Span(citation.start, citation.end):
                return citation.n
        return None

    def _cite(self, support: Support) -> int:
        passage = support.source.passage
        document = passage.document
        span = trimmed(document.text, support.span)
        score = self._scores.get(passage.chunk.id, 0.0)
        self.citations.append(compose.cited(len(self.citations) + 1, document, span, score))
        return len(self.citations)
