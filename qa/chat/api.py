"""The same for programs: `ask`, `search` and `list_documents`, over HTTP through Gradio."""

from __future__ import annotations

from typing import Any

import gradio as gr
from gradio.events import api

from ingest.errors import TenkyoError
from qa.chat.asker import Asker, asker
from qa.chat.narrow import collection, narrowed
from qa.chat.people import Rate
from qa.chat.talk import LONGEST
from qa.chat.watch import Watch
from qa.tenkyo import Tenkyo

_MOST_HITS = 50


class Api:
    """Gradio reads the types and docstrings of these functions: they are what a program is told.

    What they raise the page's doorway turns into what a program is told of errors.
    """

    def __init__(self, tenkyo: Tenkyo, rate: Rate, watch: Watch | None = None) -> None:
        self._tenkyo, self._rate, self._watch = tenkyo, rate, watch or Watch()

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
        return self.answer(question, documents, asker(request, "api"))

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
        return self.passages(question, k, documents, asker(request, "api"))

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

    def answer(self, question: object, documents: object, who: Asker) -> dict[str, Any]:
        """What `ask` gives.

        :raises TenkyoError: the question or the documents are none, or it is one question too many
        """
        asked, within = self._admitted(question, who), self._ids(documents)
        return self._watch.asked(who, asked, lambda: self._tenkyo.ask(asked, within)).to_dict()

    def passages(self, question: object, k: object, documents: object, who: Asker) -> list[dict[str, Any]]:
        """What `search` gives.

        :raises TenkyoError: as `answer`, and `k` is no number
        """
        asked = self._admitted(question, who)
        if not isinstance(k, int | float) or isinstance(k, bool):
            raise TenkyoError("k", "数ではありません", f"1 から {_MOST_HITS} の数にしてください")
        found = []
        for hit in self._tenkyo.search(asked, int(max(1, min(k, _MOST_HITS))), self._ids(documents)):
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

    def _admitted(self, question: object, who: Asker) -> str:
        """:raises TenkyoError: the question is none, too long, or one too many"""
        if not isinstance(question, str) or not question.strip():
            raise TenkyoError("question", "質問の文がありません", "日本語の質問文を文字列で渡してください")
        if len(question) > LONGEST:
            raise TenkyoError(
                "question", f"質問が長すぎます（{len(question)} 文字）", f"{LONGEST} 文字以内にしてください"
            )
        if not self._rate.allows(who.name):
            raise TenkyoError("question", "質問が続きすぎています", "少し待ってからもう一度お試しください")
        return question.strip()

    def _ids(self, names: object) -> list[str] | None:
        """:raises TenkyoError: these are no names, or there is no document of such a name"""
        if not names:
            return None
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise TenkyoError("documents", "ファイル名の並びではありません", "文字列の配列で渡してください")
        held = self._tenkyo.documents()
        unknown = set(names) - {document.name for document in held}
        if unknown:
            hint = "list_documents で名前を確かめてください"
            raise TenkyoError(sorted(unknown)[0], "その名前の文書はありません", hint)
        return narrowed(held, {document.id for document in held if document.name in names}, ())
