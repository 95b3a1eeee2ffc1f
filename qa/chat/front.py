"""The page as it opens: in whose language, with which choices."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

import gradio as gr

from ingest.limits import LIMITS
from ingest.read import SUFFIXES
from qa.chat import narrow, panel, render
from qa.chat.desk import Desk
from qa.chat.talk import Talk
from qa.chat.words import Words, words
from qa.tenkyo import Tenkyo

# Documents offered by name: a browser that is given tens of thousands stands still. Collection, publisher and
# year narrow to any of the others.
_CHOICES = 1000


class Front:
    """What every reader meets first.

    :param model: the name of the language model that may word answers, "" if there is none
    :param writable: whether documents may be changed from the page
    """

    def __init__(self, tenkyo: Tenkyo, talk: Talk, desk: Desk, model: str, writable: bool) -> None:
        self._tenkyo, self._talk, self._desk = tenkyo, talk, desk
        self.model, self.writable = model, writable

    def opened(self, address: str, request: gr.Request) -> list[Any]:
        """Everything that depends on the language and on the documents there are, in the page's order."""
        asked = parse_qs((address or "").removeprefix("?")).get("lang", [])
        headers = getattr(request, "headers", {})
        said = words(asked[0] if asked else headers.get("accept-language"))
        user = str(getattr(request, "username", None) or "")
        documents, conditions, replaces, collection = self.choices([], [], said.language)
        return [
            said.language,
            self._talk.welcome(said),
            render.title(said, user),
            *self._asking(said, documents, conditions),
            *self._shelves(said, replaces, collection),
        ]

    def choices(self, ids: list[str] | None, chosen: list[str] | None, language: str) -> list[Any]:
        """What there is to choose from now; what was chosen stays so if it is still there.

        Updates of the choice of documents, of conditions, of the document to replace and of the collection.
        """
        said, held = words(language), self._tenkyo.documents()
        listed = [one for at, one in enumerate(held) if at < _CHOICES or one.id in (ids or ())]
        titles = [(document.title or document.name, document.id) for document in listed]
        kinds = {"collection": said.collection, "publisher": said.publisher, "year": said.years}
        found = [(f"{kinds[kind]}: {value}", f"{kind}:{value}") for kind, value in narrow.conditions(held)]
        known, keys = {document.id for document in held}, {key for _, key in found}
        return [
            gr.update(choices=titles, value=[one for one in ids or () if one in known]),
            gr.update(choices=found, value=[one for one in chosen or () if one in keys]),
            gr.update(choices=[(said.replaces_none, ""), *titles], value=""),
            gr.update(choices=sorted({narrow.collection(document) for document in held})),
        ]

    def _asking(self, said: Words, documents: Any, conditions: Any) -> list[Any]:
        return [
            gr.update(label=said.ask_tab),
            panel.nothing_opened(said),
            gr.update(label=said.question, placeholder=said.placeholder, submit_btn=said.send),
            documents | {"label": said.documents},
            conditions | {"label": said.conditions},
            gr.update(label=said.narrow),
            gr.update(label=said.written.format(model=self.model)),
            gr.update(value=said.again),
            gr.update(value=said.stop),
            gr.update(value=said.clear),
            gr.update(label=said.export),
        ]

    def _shelves(self, said: Words, replaces: Any, collection: Any) -> list[Any]:
        return [
            gr.update(label=said.documents_tab),
            gr.update(label=said.upload),
            gr.update(label=drop(said.drop)),
            replaces | {"label": said.replaces},
            collection | {"label": said.into, "info": said.into_hint},
            gr.update(label=said.publisher),
            gr.update(label=said.issued, info=said.issued_hint),
            gr.update(value=said.register),
            gr.update(label=said.find),
            self._desk.table("", said.language),
        ]


def drop(line: str) -> str:
    """What the field for files says: the kinds that can be read and how large they may be."""
    kinds = " ".join(sorted(suffix.removeprefix(".") for suffix in SUFFIXES))
    return line.format(kinds=kinds, limit=LIMITS.bytes // 1024 // 1024)
