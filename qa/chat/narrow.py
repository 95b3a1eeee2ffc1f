"""What documents can be chosen by: publisher, year, and collection, the folder a document lies in."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from pathlib import Path

from ingest.dates import dates, years
from ingest.document import Document


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
