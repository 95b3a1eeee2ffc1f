"""Links to a place of a document: "what does this address open, after the document has changed?" """

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode

from ingest.document import Document, Span
from ingest.places import place_at
from qa.answer import Citation
from qa.chat.words import Words
from qa.compose import cited
from qa.tenkyo import Tenkyo

# Characters of a quote that a link carries, to find the place again in a later version of the document.
_REMEMBERED = 24
_AT = re.compile(r"(\d{1,9})-(\d{1,9})")


@dataclass(frozen=True, slots=True)
class View:
    """What is open beside the conversation.

    :param citation: the place; `n` 0 where it was opened by a link
    :param cite: "turn:n" of the conversation, "" if opened by a link
    :param count: how many sources the answer lists, to go from one to the next
    :param told: words to stress inside the quote
    :param page: the page to show as printed; None where the format has none
    :param remark: a line above the text
    """

    document: Document
    citation: Citation
    cite: str = ""
    count: int = 0
    told: Sequence[str] = field(default=())
    page: int | None = None
    remark: str = ""


def link(document: Document, span: Span) -> str:
    """The page's own address of a place: it opens the same view for whoever may see the page."""
    fields = {
        "doc": document.id,
        "at": f"{span.start}-{span.end}",
        "name": document.name,
        "text": span.of(document.text)[:_REMEMBERED],
    }
    return "?" + urlencode({key: value.encode("utf-8", "replace") for key, value in fields.items()})


def find(tenkyo: Tenkyo, address: str, words: Words) -> View | str | None:
    """What a page's address asks to be opened: a view, a line why it cannot be, None when it asks nothing.

    Of a document that has changed the place is where its words now stand.

    :param address: the query of the page's address, as "?doc=…"
    """
    asked = {key: values[0] for key, values in parse_qs(address.removeprefix("?")).items()}
    if "doc" not in asked:
        return None
    held = tenkyo.documents()
    known = [document for document in held if document.id == asked["doc"]]
    same = known or [document for document in held if document.name == asked.get("name")]
    if not same:
        return words.no_such_link
    document = tenkyo.document(same[0].id)
    at = _AT.fullmatch(asked.get("at", ""))
    span = Span(*map(int, at.groups())) if at else Span(0, 0)
    remark = ""
    if not known or not 0 <= span.start < span.end <= len(document.text):
        remembered = asked.get("text", "")
        start = document.text.find(remembered) if remembered else -1
        length = min(len(span), len(document.text) - start) if start >= 0 else 0
        span = Span(max(start, 0), max(start, 0) + max(length, 0))
        remark = "" if start >= 0 else words.changed
    citation = cited(0, document, span)
    place = place_at(document.places, span.start)
    return View(document, citation, page=place.page if place else None, remark=remark)
