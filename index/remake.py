"""Documents stay and all that was made of them is made again: a newer format, newer weights, damage."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator

from index import embed, records, store
from index.agreement import agree, model_of
from index.sentences import Sentences
from index.store import Ledger
from ingest.document import Document

# Documents made at a time.
_TOGETHER = 64


def remake(ledger: Ledger, sentences: Sentences) -> None:
    """Make chunks, terms and vectors of every document anew, all of them or none.

    :raises ModelMismatch: if they were made with another model that is not one of ours
    """
    used = model_of(sentences.encoder())
    with ledger.writing() as db:
        built = store.model(db)
        if not store.is_older(db) and built == used:
            return  # another process was first
        store.renew(db)
        if built is not None and not embed.is_bundled(built.name):
            agree(ledger.folder, built, used)
        store.remember_model(db, used)
        for _ in remade(db, sentences, [document.id for document in records.documents(db)]):
            pass


def remade(db: sqlite3.Connection, sentences: Sentences, ids: Collection[str]) -> Iterator[Document]:
    """Make those of some documents anew, and say of each that it is done."""
    listed = list(ids)
    for first in range(0, len(listed), _TOGETHER):
        found = [records.document(db, identity) for identity in listed[first : first + _TOGETHER]]
        documents = [document for document in found if document is not None]
        records.insert(db, sentences.embedded(sentences.entries(documents)))
        yield from documents
