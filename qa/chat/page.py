"""The page: what stands where, and which handler each event goes to. Nothing is decided here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from inspect import isgeneratorfunction
from pathlib import Path
from typing import Any

import gradio as gr

from ingest.errors import TenkyoError, UnusableIndex
from ingest.read import SUFFIXES
from qa.chat import journal, panel, render
from qa.chat.api import Api
from qa.chat.desk import Desk
from qa.chat.front import Front, drop
from qa.chat.session import brought
from qa.chat.talk import Talk
from qa.chat.words import JA

_HERE = Path(__file__).parent
# No overlay of Gradio's over the page, and no endpoints beside those of `qa.chat.api`.
_QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


@dataclass(frozen=True, slots=True)
class Hidden:
    """What the page remembers and does not show."""

    session: gr.State
    changes: gr.State
    language: gr.Textbox
    address: gr.Textbox
    saved: gr.JSON


@dataclass(frozen=True, slots=True)
class Asking:
    """The tab of the conversation."""

    tab: gr.Tab
    log: gr.HTML
    source: gr.HTML
    question: gr.Textbox
    documents: gr.Dropdown
    conditions: gr.Dropdown
    narrow: gr.Accordion
    write: gr.Checkbox
    again: gr.Button
    stop: gr.Button
    clear: gr.Button
    export: gr.Accordion
    exports: dict[str, gr.Button]


@dataclass(frozen=True, slots=True)
class Shelves:
    """The tab of the documents."""

    tab: gr.Tab
    upload: gr.Accordion
    files: gr.File
    replaces: gr.Dropdown
    collection: gr.Dropdown
    publisher: gr.Textbox
    issued: gr.Textbox
    register: gr.Button
    reports: gr.HTML
    find: gr.Textbox
    table: gr.HTML


def build(talk: Talk, desk: Desk, front: Front, api: Api) -> gr.Blocks:
    """The page over its handlers; nothing is served yet."""
    # What was uploaded is copied into the library: Gradio's own copies go within the hour.
    page = gr.Blocks(title="典拠 Tenkyo", analytics_enabled=False, fill_width=True, delete_cache=(600, 3600))
    with page:
        api.offer()  # first, or the page's own handlers would take the names
        hidden = Hidden(
            session=gr.State(None),
            changes=gr.State(None),
            language=gr.Textbox("ja", visible=False),
            address=gr.Textbox("", visible=False),
            saved=gr.JSON(visible=False),
        )
        title = gr.HTML(render.title(JA), apply_default_css=False, elem_id="title")
        with gr.Tabs(elem_id="tabs"):
            asking = _asking(front.model)
            shelves = _shelves(front.writable)
        _talk(asking, hidden, talk)
        _desk(shelves, asking, hidden, desk, front)
        labelled = [title, *_labelled(asking), *_labelled(shelves)]
        loaded = page.load(
            front.opened,
            hidden.address,
            [hidden.language, asking.log, *labelled],
            js="() => window.location.search",
            **_QUIET,
        )
        loaded.then(
            talk.linked,
            [hidden.address, hidden.session, hidden.language],
            [asking.source, hidden.session],
            js="(address, session, language) => [window.tenkyo.opened(language), session, language]",
            **_QUIET,
        ).then(None, js="() => window.tenkyo.reveal(false)")
        for handler in page.fns.values():
            if handler.fn is not None:
                handler.fn = _guarded(handler.fn)
    return page


def _guarded(handler: Callable[..., Any]) -> Callable[..., Any]:
    """The handler, but what goes wrong in it is a line to the reader and one in the log, and no trace."""

    @wraps(handler)
    def once(*given: Any, **named: Any) -> Any:
        with _doorway():
            return handler(*given, **named)

    @wraps(handler)
    def again(*given: Any, **named: Any) -> Any:
        with _doorway():
            yield from handler(*given, **named)

    return again if isgeneratorfunction(handler) else once


@contextmanager
def _doorway() -> Iterator[None]:
    """:raises gr.Error: in place of any other error"""
    try:
        yield
    except gr.Error:
        raise
    except TenkyoError as error:
        if isinstance(error, UnusableIndex):  # nothing that the reader could have done otherwise
            journal.trouble("request", error)
        raise gr.Error(str(error), print_exception=False) from error
    except Exception as error:
        journal.trouble("request", error)
        raise gr.Error(JA.failed, print_exception=False) from error


def _labelled(tab: Asking | Shelves) -> list[Any]:
    """The components of a tab whose words change with the language, as `Front` gives them."""
    if isinstance(tab, Asking):
        return [
            tab.tab, tab.source, tab.question, tab.documents, tab.conditions, tab.narrow, tab.write,
            tab.again, tab.stop, tab.clear, tab.export,
        ]  # fmt: skip
    return [
        tab.tab, tab.upload, tab.files, tab.replaces, tab.collection, tab.publisher, tab.issued, tab.register,
        tab.find, tab.table,
    ]  # fmt: skip


def _asking(model: str) -> Asking:
    with gr.Tab(JA.ask_tab, id="ask") as tab, gr.Row(elem_id="chat"):
        with gr.Column(scale=3, min_width=300, elem_id="left"):
            log = _html("", "log", "conversation")
            question = gr.Textbox(
                label=JA.question,
                show_label=False,
                container=False,
                placeholder=JA.placeholder,
                submit_btn=JA.send,
                max_lines=4,
                autofocus=True,
                elem_id="question",
            )
            write = gr.Checkbox(
                bool(model), label=JA.written.format(model=model), visible=bool(model), elem_id="write"
            )
            with gr.Row(elem_id="tools"):
                again, stop, clear = (
                    gr.Button(
                        label, scale=1, min_width=90, elem_id=name, visible=name != "stop" or bool(model)
                    )
                    for name, label in (("again", JA.again), ("stop", JA.stop), ("clear", JA.clear))
                )
            with gr.Accordion(JA.narrow, open=False, elem_id="narrow") as narrow, gr.Row():
                documents = gr.Dropdown([], multiselect=True, label=JA.documents, elem_id="documents")
                conditions = gr.Dropdown([], multiselect=True, label=JA.conditions, elem_id="conditions")
            with gr.Accordion(JA.export, open=False, elem_id="export") as export, gr.Row():
                exports = {
                    kind: gr.Button(label, size="sm", elem_id=f"export-{kind}")
                    for kind, label in (("md", "Markdown"), ("docx", "Word"), ("csv", "CSV"))
                }
        with gr.Column(scale=2, min_width=300, elem_id="right"):
            source = _html(panel.nothing_opened(), "source", "panel")
    return Asking(
        tab, log, source, question, documents, conditions, narrow, write, again, stop, clear, export, exports
    )  # fmt: skip


def _shelves(writable: bool) -> Shelves:
    with gr.Tab(JA.documents_tab, id="documents") as tab:
        with gr.Accordion(JA.upload, open=True, visible=writable, elem_id="upload") as upload:
            files = gr.File(
                label=drop(JA.drop),
                file_count="multiple",
                file_types=sorted(SUFFIXES),
                height=150,
                elem_id="files",
            )
            with gr.Row():
                collection = gr.Dropdown(
                    [], label=JA.into, info=JA.into_hint, allow_custom_value=True, elem_id="into"
                )
                replaces = gr.Dropdown(
                    [(JA.replaces_none, "")],
                    value="",
                    label=JA.replaces,
                    allow_custom_value=True,  # a page may outlive the server that gave it its choices
                    elem_id="replaces",
                )
                publisher = gr.Textbox(label=JA.publisher, max_length=100, elem_id="publisher")
                issued = gr.Textbox(label=JA.issued, info=JA.issued_hint, max_length=40, elem_id="issued")
            register = gr.Button(JA.register, variant="primary", elem_id="register")
        reports = _html("", "reports", "reports")
        find = gr.Textbox(label=JA.find, elem_id="find")
        table = _html("", "table", "table")
    return Shelves(
        tab, upload, files, replaces, collection, publisher, issued, register, reports, find, table
    )


def _html(value: str, name: str, script: str) -> gr.HTML:
    """A part drawn by ours; `page.js` says what its buttons do."""
    hook = f"window.tenkyo.{script}(element, trigger)"
    return gr.HTML(value, apply_default_css=False, elem_id=name, js_on_load=hook)


def _talk(asking: Asking, hidden: Hidden, talk: Talk) -> None:
    under = [asking.write, asking.documents, asking.conditions, hidden.session, hidden.language]
    drawn = [asking.log, hidden.session, asking.question]
    asking.question.submit(talk.ask, [asking.question, *under], drawn, **_QUIET)
    asking.again.click(talk.again, under, drawn, **_QUIET)
    asking.log.edit(talk.mended, under, drawn, **_QUIET)
    picked = asking.log.select(_picked, None, asking.question, **_QUIET)
    picked.then(talk.ask, [asking.question, *under], drawn, **_QUIET)
    asking.stop.click(talk.stop, hidden.session, None, **_QUIET)
    asking.clear.click(
        talk.clear, [hidden.session, hidden.language], [*drawn[:2], asking.source, asking.question], **_QUIET
    )
    at_hand = [hidden.session, hidden.language]
    asking.log.like(talk.judge, at_hand, [asking.log, hidden.session], **_QUIET)
    for event, show in ((asking.log.click, talk.show), (asking.source.select, talk.leaf)):
        event(show, at_hand, asking.source, **_QUIET).then(None, js="() => window.tenkyo.reveal(true)")
    for kind, button in asking.exports.items():
        saved = button.click(_saving(talk, kind), at_hand, hidden.saved, **_QUIET)
        saved.then(None, hidden.saved, js="(file) => window.tenkyo.save(file)")


def _saving(talk: Talk, kind: str) -> Callable[..., Any]:
    def save(session: Any, language: str) -> Any:
        return talk.save(kind, session, language)

    return save


def _desk(shelves: Shelves, asking: Asking, hidden: Hidden, desk: Desk, front: Front) -> None:
    search = [shelves.find, hidden.language]
    change = [hidden.changes, *search]
    drawn = [shelves.reports, shelves.table, hidden.changes]
    facts = [shelves.files, shelves.replaces, shelves.collection, shelves.publisher, shelves.issued]
    choices = [asking.documents, asking.conditions, shelves.replaces, shelves.collection]
    adding = shelves.register.click(desk.add, [*facts, *change], [shelves.files, *drawn], **_QUIET)
    removing = shelves.table.delete(desk.remove, change, drawn, **_QUIET)
    undoing = shelves.reports.undo(desk.undo, change, drawn, **_QUIET)
    for changed in (adding, removing, undoing):
        changed.then(front.choices, [asking.documents, asking.conditions, hidden.language], choices, **_QUIET)
    shelves.find.change(desk.table, search, shelves.table, **_QUIET)
    shelves.tab.select(desk.table, search, shelves.table, **_QUIET)
    # Somebody else may have added documents meanwhile.
    asking.tab.select(
        front.choices, [asking.documents, asking.conditions, hidden.language], choices, **_QUIET
    )


def _picked(event: gr.EventData) -> str:
    return brought(event, "question")
