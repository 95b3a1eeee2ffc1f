"""What the page can say: the words that every language of it must have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Language = Literal["ja", "en"]


@dataclass(frozen=True, slots=True)
class Words:
    """One language of the page. `{…}` are filled in with `str.format`."""

    language: Language
    tagline: str
    other: str  # the name of the other language, in that language
    sign_out: str
    # Asking
    ask_tab: str
    question: str
    placeholder: str
    send: str
    asked: str
    again: str
    stop: str
    clear: str
    export: str
    written: str
    narrow: str
    documents: str
    conditions: str
    years: str
    narrowed: str
    searching: str
    reading: str
    writing: str
    empty: str
    too_long: str
    no_documents: str
    too_often: str
    failed: str
    busy: str
    # Answers
    sources: str
    nearest: str
    refused: str
    open_source: str
    sure: str
    sureness: tuple[str, str, str]
    seconds: str
    copy: str
    copied: str
    not_copied: str
    understood: str
    mend: str
    mend_label: str
    useful: str
    wrong: str
    thanks: str
    not_kept: str
    by_model: str
    dropped: str
    # Sources
    nothing_opened: str
    gone: str
    changed: str
    no_such_link: str
    linked: str
    source: str
    headings: str
    back: str
    previous: str
    following: str
    link: str
    as_printed: str
    as_text: str
    page: str
    page_of: str
    earlier_page: str
    later_page: str
    not_drawn: str
    quoted: str
    # The empty conversation
    welcome: str
    examples: str
    # Documents
    documents_tab: str
    upload: str
    drop: str
    into: str
    into_hint: str
    replaces: str
    replaces_none: str
    publisher: str
    issued: str
    issued_hint: str
    register: str
    find: str
    all_of_them: str
    found: str
    title: str
    collection: str
    state: str
    remove: str
    removed: str
    undo: str
    undone: str
    cannot_undo: str
    read_only: str
    choose_files: str
    registering: str
    done: str
    statuses: Mapping[str, str]
