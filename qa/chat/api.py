"""The same for programs: `ask`, `search` and `list_documents` over HTTP and as MCP tools, through Gradio."""

from __future__ import annotations

from typing import Any

import gradio as gr
from gradio.events import api

from ingest.errors import TenkyoError
from qa.chat.library import collection, narrowed
from qa.chat.people import Rate
from qa.chat.talk import LONGEST, person
from qa.tenkyo import Tenkyo

_MOST_HITS = 50


class Api:
    """Gradio reads the types and docstrings of these functions: they are what a program is told."""

    def __init__(self, tenkyo: Tenkyo, rate: Rate) -> None:
        self._tenkyo, self._rate = tenkyo, rate

    def offer(self) -> None:
        """Give the page being built its endpoints."""
        for offered in (self.ask, self.search, self.list_documents):
            api(offered, api_name=offered.__name__, api_description=offered.__doc__)

    def ask(
        self, question: str, documents: list[str] | None = None, request: gr.Request | None = None
    ) -> dict[str, Any]:
        """Answer a question, in Japanese, from the registered documents only.

        Every statement of "answer" rests on "citations": "quote" is the original's own text at [start, end)
        of "document". When "abstained" is true the documents do not hold the answer; "nearest" then lists
        passages that are close and claim nothing.

        Args:
            question: The question, in Japanese, at most 500 characters.
            documents: File names to stay within; leave out to search them all.
        """
        self._admit(question, request)
        return self._tenkyo.ask(question, self._ids(documents)).to_dict()

    def search(
        self,
        question: str,
        k: int = 10,
        documents: list[str] | None = None,
        request: gr.Request | None = None,
    ) -> list[dict[str, Any]]:
        """Find the passages closest to a question, best first, without reading them for an answer.

        Args:
            question: The question or keywords, in Japanese, at most 500 characters.
            k: How many passages, from 1 to 50.
            documents: File names to stay within; leave out to search them all.
        """
        self._admit(question, request)
        hits = self._tenkyo.search(question, max(1, min(int(k), _MOST_HITS)), self._ids(documents))
        found = []
        for hit in hits:
            document = self._tenkyo.document(hit.chunk.document_id)
            found.append(
                {
                    "document": document.name,
                    "title": document.title,
                    "section": list(hit.chunk.section_path),
                    "start": hit.chunk.span.start,
                    "end": hit.chunk.span.end,
                    "text": hit.chunk.span.of(document.text),
                    "score": round(float(hit.score), 4),
                }
            )
        return found

    def list_documents(self) -> list[dict[str, Any]]:
        """List the registered documents: file name, title, publisher, date of issue and collection."""
        return [
            {
                "document": document.name,
                "title": document.title,
                "publisher": document.publisher,
                "issued": document.issued,
                "collection": collection(document),
            }
            for document in self._tenkyo.documents()
        ]

    def _admit(self, question: str, request: gr.Request | None) -> None:
        """:raises gr.Error: the question is none, too long, or one too many"""
        if not question.strip():
            raise gr.Error("質問が空です", print_exception=False)
        if len(question) > LONGEST:
            raise gr.Error(f"質問が長すぎます（上限 {LONGEST} 文字）", print_exception=False)
        if not self._rate.allows(person(request)):
            raise gr.Error("質問が続きすぎています。少し待ってください", print_exception=False)

    def _ids(self, names: list[str] | None) -> list[str] | None:
        """:raises gr.Error: there is no document of such a name"""
        if not names:
            return None
        held = self._tenkyo.documents()
        unknown = set(names) - {document.name for document in held}
        if unknown:
            error = TenkyoError(
                sorted(unknown)[0], "その名前の文書はありません", "list_documents で確かめてください"
            )
            raise gr.Error(str(error), print_exception=False)
        return narrowed(held, {document.id for document in held if document.name in names}, ())
