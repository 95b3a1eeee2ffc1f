"""One reader's side of the chat: the conversation, what is open beside it, and changes that can be undone."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Event

from qa.chat.library import Change
from qa.chat.places import View
from qa.chat.render import Turn
from qa.tenkyo import Conversation


@dataclass(slots=True)
class Session:
    """Lives in Gradio's state of one open page and nowhere else.

    :param stop: set to have the answer now being written given up
    """

    conversation: Conversation
    turns: list[Turn] = field(default_factory=list)
    opened: View | None = None
    stop: Event = field(default_factory=Event)


@dataclass(slots=True)
class Changes:
    """Changes to documents that this reader made, the last one first to be undone."""

    made: list[Change] = field(default_factory=list)
