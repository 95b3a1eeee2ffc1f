"""The documents as HTML: what is registered, in what state, and what became of the files just added."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from index import FileReport
from ingest import health
from ingest.document import Document
from ingest.normalize import fold
from qa.chat.inert import attribute, name, text
from qa.chat.narrow import collection, year
from qa.chat.words import JA, Words

# Rows drawn at once; to see the others one searches.
_ROWS = 200
_LONGEST = 200  # characters of what is searched for


def matching(documents: Iterable[Document], wanted: str) -> list[Document]:
    """The documents in whose facts every word stands: title, file, publisher, collection, date, year."""
    words = set(fold(wanted[:_LONGEST]).lower().split())
    return [
        document
        for document in documents
        if not words or all(word in facts for facts in [_facts(document)] for word in words)
    ]


def _facts(document: Document) -> str:
    facts = (
        document.title,
        document.name,
        document.publisher,
        collection(document),
        document.issued,
        year(document),
    )
    return fold("\n".join(facts)).lower()


def table(documents: Sequence[Document], changeable: bool, words: Words = JA) -> str:
    """The table of documents; each row's button carries `data-remove="id"`."""
    heads = [words.title, words.collection, words.publisher, words.issued, words.state]
    columns = "".join(f'<th scope="col">{text(head)}</th>' for head in heads)
    last = f'<th scope="col"><span class="unseen">{text(words.remove)}</span></th>' if changeable else ""
    rows = "".join(_row(document, changeable, words) for document in documents[:_ROWS])
    more = f"<p>… +{len(documents) - _ROWS}</p>" if len(documents) > _ROWS else ""
    return (
        f'<p class="count" role="status">{text(words.found.format(n=len(documents)))}</p>'
        f'<div class="scroll" tabindex="0" role="region" aria-label="{attribute(words.documents)}">'
        f'<table class="documents"><thead><tr>{columns}{last}</tr></thead><tbody>{rows}</tbody></table>'
        f"</div>{more}"
    )


def _row(document: Document, changeable: bool, words: Words) -> str:
    title = document.title or document.name
    button = (
        f'<td><button type="button" class="quiet" data-remove="{attribute(document.id)}" '
        f'aria-label="{attribute(f"{words.remove}: {document.name}")}">{text(words.remove)}</button></td>'
        if changeable
        else ""
    )
    return (
        f'<tr><th scope="row" lang="ja">{name(title)}<small>{name(document.name)}</small></th>'
        f'<td lang="ja">{name(collection(document))}</td><td lang="ja">{name(document.publisher)}</td>'
        f'<td lang="ja">{name(document.issued)}</td>'
        f'<td lang="ja">{text(health.line(document.health))}</td>{button}</tr>'
    )


def reports(found: Sequence[FileReport], line: str = "", words: Words = JA) -> str:
    """What became of each file, and above it where the work stands."""
    said = "".join(
        f'<li class="{report.status}"><b>{name(Path(report.path).name)}</b> '
        f"{text(words.statuses[report.status])}{_detail(report)}</li>"
        for report in found
    )
    head = f"<p>{name(line)}</p>" if line else ""
    listed = f'<ul class="reports" lang="ja">{said}</ul>' if said else ""
    return f'<div role="status">{head}{listed}</div>' if head or listed else ""


def _detail(report: FileReport) -> str:
    lines = [report.message, *report.worries] if report.status == "failed" else list(report.worries)
    return "".join(f"<small>{name(line)}</small>" for line in lines if line)


def removed(line: str, undo: bool, words: Words = JA) -> str:
    """A line about a change, with the way back."""
    button = f' <button type="button" class="quiet" data-undo>{text(words.undo)}</button>' if undo else ""
    return f'<p role="status">{name(line)}{button}</p>'
