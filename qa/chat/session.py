"""One reader's side of the chat: the conversation, what is open beside it, and changes that can be undone."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Any

from qa.chat.library import Change
from qa.chat.places import View
from qa.chat.render import Turn
from qa.tenkyo import Conversation


@dataclass(slots=True)
class Session:
    """Lives in Gradio's state of one open page and nowhere else.

    :param stop: set to have the answer now being written given up
    :param asking: held while a question is answered: one after the other
    :param closed: whether the reader has cleared the conversation, of which nothing is drawn any more
    """

    conversation: Conversation
    turns: list[Turn] = field(default_factory=list)
    opened: View | None = None
    stop: Event = field(default_factory=Event)
    asking: Lock = field(default_factory=Lock)
    closed: bool = False


@dataclass(slots=True)
class Changes:
    """Changes to documents that this reader made, the last one first to be undone."""

    made: list[Change] = field(default_factory=list)


_LONGEST = 1000  # characters of what an event of the page brings


def brought(event: Any, key: str) -> str:
    """What Gradio's event brings under a name; "" if nothing, or more than any of ours would."""
    data = event._data if isinstance(event._data, dict) else {}
    said = str(data.get(key, ""))
    return said if len(said) <= _LONGEST else ""
