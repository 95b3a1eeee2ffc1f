"""What the page's documents tab does: adding, replacing, finding, removing, and taking that back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from index import FileReport
from ingest.errors import TenkyoError
from qa.chat import journal, listing
from qa.chat.asker import HEADER, person
from qa.chat.library import Change, Facts, Library
from qa.chat.people import Rate
from qa.chat.session import Changes, brought
from qa.chat.steps import Done, stepwise
from qa.chat.words import Words, words
from qa.tenkyo import Tenkyo

Drawn = tuple[Any, ...]


class Desk:
    """The documents' buttons, over the library of one index."""

    def __init__(self, tenkyo: Tenkyo, library: Library, rate: Rate) -> None:
        self._tenkyo, self._library, self._rate = tenkyo, library, rate

    def table(self, wanted: str, language: str) -> str:
        """The documents found for some words; all for none."""
        found = listing.matching(self._tenkyo.documents(), wanted or "")
        return listing.table(found, self._library.writable, words(language))

    def add(
        self,
        files: list[str] | None,
        replaces: str | None,
        collection: str | None,
        publisher: str,
        issued: str,
        changes: Changes | None,
        wanted: str,
        language: str,
        request: gr.Request,
    ) -> Iterator[Drawn]:
        """Draw what becomes of each file: (files, reports, documents, changes)."""
        said, changes = words(language), changes or Changes()
        if not files or not self._rate.allows(person(request)):
            line = said.too_often if files else said.choose_files
            yield gr.skip(), listing.reports([], line, said), gr.skip(), changes
            return
        paths = [Path(file) for file in files]
        facts = Facts(collection or "", publisher or "", issued or "")
        found: list[FileReport] = []
        undo = False
        try:
            for step in stepwise(self._work(paths, facts, replaces or "")):
                if isinstance(step, Done):
                    changes.made += step.result
                    undo = bool(step.result)
                    break
                found += step
                yield (
                    gr.skip(),
                    listing.reports(found, _progress(paths, found, said), said),
                    gr.skip(),
                    changes,
                )
            drawn = listing.reports(found, said.done, said)
            if undo:
                drawn += listing.removed("", True, said)
            yield None, drawn, self.table(wanted, language), changes
        except (TenkyoError, KeyError) as error:
            line = said.gone if isinstance(error, KeyError) else str(error)
            yield gr.skip(), listing.reports(found, line, said), gr.skip(), changes
        except Exception as error:  # the last door before the reader
            journal.trouble("files", error, request=getattr(request, "headers", {}).get(HEADER))
            yield gr.skip(), listing.reports(found, said.failed, said), gr.skip(), changes

    def remove(self, changes: Changes | None, wanted: str, language: str, event: gr.EventData) -> Drawn:
        """Take a document out: (reports, documents, changes)."""
        said, changes = words(language), changes or Changes()
        try:
            change = self._library.remove(brought(event, "document"))
        except KeyError:
            return listing.reports([], said.gone, said), self.table(wanted, language), changes
        except TenkyoError as error:
            return listing.reports([], str(error), said), gr.skip(), changes
        changes.made.append(change)
        line = said.removed.format(name=change.name)
        return listing.removed(line, True, said), self.table(wanted, language), changes

    def undo(self, changes: Changes | None, wanted: str, language: str) -> Drawn:
        """Take the last change back: (reports, documents, changes)."""
        said, changes = words(language), changes or Changes()
        if not changes.made:
            return gr.skip(), gr.skip(), changes
        change = changes.made.pop()
        try:
            report = self._library.undo(change)
            failed = report.message if report.status == "failed" else ""
        except TenkyoError as error:
            failed = error.reason
        line = said.cannot_undo.format(reason=failed) if failed else said.undone.format(name=change.name)
        return listing.removed(line, bool(changes.made), said), self.table(wanted, language), changes

    def _work(
        self, paths: list[Path], facts: Facts, replaces: str
    ) -> Callable[[Callable[[FileReport], None]], list[Change]]:
        return lambda tell: self._library.add(paths, facts, replaces, tell)


def _progress(paths: list[Path], found: list[FileReport], said: Words) -> str:
    if len(found) == len(paths):
        return said.done
    return said.registering.format(name=paths[len(found)].name, n=len(found) + 1, total=len(paths))
