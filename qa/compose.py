"""From findings to an answer: cited statements within the length a reader wants, lists and cells whole."""

from __future__ import annotations

import re

from ingest import section_at
from ingest.document import Document, Span
from ingest.normalize import readable
from ingest.places import boxes, place_at
from qa import abstain
from qa.answer import Answer, Citation, Statement
from qa.passage import shown
from qa.question import Question
from qa.quote import quotes
from qa.reader import Finding, Findings

_CITATIONS = 3
_PIECES = 2  # of one long list, so that another place is always shown beside it
_ANSWER = 200
_ITEM = 160
_BULLETS = "・•●○■□◆◇▪‣➢- 　"  # an item that brings its own
_MARK = re.compile(r"(?:[・•●○■□◆◇▪‣➢✓✔☑\s]|-(?=\s))+")  # not the minus of a number


def answer(question: Question, found: Findings) -> Answer:
    """The answer that the findings support, or a refusal with the nearest passages."""
    verdict = abstain.judge(question, found)
    best = _distinct(found.best)
    cited = [(finding, span) for finding in best for span in quotes(finding.place)[:_PIECES]][:_CITATIONS]
    citations = tuple(_citation(n, finding, span) for n, (finding, span) in enumerate(cited, 1))
    if verdict.refused:
        return Answer(question.text, verdict.reason, True, verdict.confidence, nearest=citations)
    numbers = {id(finding): n for n, (finding, _) in reversed(list(enumerate(cited, 1)))}
    text, statements, highlights = "", [], []
    for finding in best:
        if id(finding) not in numbers:
            break
        line, bold = _statement(finding)
        if text and (len(text) + len(line) >= _ANSWER or not _adds(best[0], finding)):
            continue
        start = len(text) + 1 if text else 0
        text = f"{text}\n{line}" if text else line
        statements.append(Statement(Span(start, len(text)), numbers[id(finding)]))
        if bold:
            highlights.append(Span(start + bold.start, start + bold.end))
    return Answer(
        question.text,
        text,
        False,
        verdict.confidence,
        citations,
        statements=tuple(statements),
        highlights=tuple(highlights),
    )


# A further statement is shown when it is nearly as good as the first: log-odds.
_NEARLY = 1.5


def _adds(first: Finding, finding: Finding) -> bool:
    return {first.place.form, finding.place.form} <= {
        "sentence",
        "pair",
    } and first.score - finding.score <= _NEARLY


def _distinct(findings: tuple[Finding, ...]) -> list[Finding]:
    """The best findings whose quotes do not overlap and do not repeat each other's words."""
    kept: list[Finding] = []
    places: list[tuple[str, Span]] = []
    texts: set[str] = set()
    for finding in findings:
        document = finding.place.passage.document
        span = quotes(finding.place)[0]
        text = shown(document, finding.place.span)
        taken = any(document.id == other and span.overlaps(there) for other, there in places)
        if taken or text in texts:
            continue
        kept.append(finding)
        places.append((document.id, span))
        texts.add(text)
        if len(kept) == _CITATIONS:
            break
    return kept


def _citation(n: int, finding: Finding, span: Span) -> Citation:
    place = finding.place
    return cited(n, place.passage.document, span, abstain.probability(finding), place.span.start)


def cited(n: int, document: Document, span: Span, score: float = 0.0, where: int | None = None) -> Citation:
    """The citation of a span of a document.

    :param where: the position whose heading path it names; the span's start if None
    """
    at = span.start if where is None else where
    section = section_at(document.sections, at)
    place = place_at(document.places, max(at, span.start))
    return Citation(
        n=n,
        document=document.name,
        title=document.title,
        section=section.path,
        page=place.page if place else section.page,
        start=span.start,
        end=span.end,
        quote=span.of(document.text),
        score=score,
        document_id=document.id,
        place=place.name if place else "",
        boxes=tuple((page, *box) for page, box in boxes(document.places, span)),
    )


def _statement(finding: Finding) -> tuple[str, Span | None]:
    """The line to show for a finding and the span in it to show in bold."""
    place = finding.place
    document = place.passage.document
    if place.form == "cell":
        value = shown(document, place.span)
        line = f"{place.header}：{value}"
        return line, Span(len(line) - len(value), len(line))
    if place.form == "list" and place.enumeration is not None:
        items = [
            f"・{_cut(shown(document, item).lstrip(_BULLETS), _ITEM)}" for item in place.enumeration.items
        ]
        lead = place.enumeration.lead
        return "\n".join([shown(document, lead), *items] if lead else items), None
    view = readable(document.text, place.span)
    bold = None
    if finding.answer is not None:
        start, end = view.within(finding.answer)
        bold = Span(start, end) if start < end else None
    return _clipped(*_bare(view.text.replace("\n", " "), bold))


def _bare(text: str, bold: Span | None) -> tuple[str, Span | None]:
    """The text without the mark of an item before it."""
    found = _MARK.match(text)
    cut = found.end() if found else 0
    if cut == len(text) or (bold is not None and bold.start < cut):
        return text, bold
    return text[cut:], Span(bold.start - cut, bold.end - cut) if bold else None


def _clipped(text: str, bold: Span | None) -> tuple[str, Span | None]:
    """At most `_ANSWER` characters around the bold words, cut at clause borders."""
    if len(text) <= _ANSWER:
        return text, bold
    middle = (bold.start + bold.end) // 2 if bold else 0
    start = max(0, min(middle - _ANSWER // 2, len(text) - _ANSWER + 2))
    border = (
        max(text.find(mark, start, bold.start if bold else start) for mark in "、。・ ") + 1 if start else 0
    )
    start = border or start
    end = min(len(text), start + _ANSWER - 2)
    stop = max(text.rfind(mark, bold.end if bold else start + _ANSWER // 2, end) for mark in "、。・ ") + 1
    end = stop if stop > start and end < len(text) else end
    head, tail = "…" if start else "", "…" if end < len(text) else ""
    if bold:
        shift = len(head) - start
        bold = Span(max(bold.start, start) + shift, min(bold.end, end) + shift)
    return head + text[start:end] + tail, bold


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
