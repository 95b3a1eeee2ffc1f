"""Who asks: through which door, under which name or address, in which request."""

from __future__ import annotations

import re
import secrets
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal

Door = Literal["chat", "api", "mcp"]
HEADER = "x-request-id"
_REQUEST = re.compile(r"[0-9A-Za-z._-]{1,64}")


@dataclass(frozen=True, slots=True)
class Asker:
    """
    :param by: the page, a program over HTTP, or an assistant's tool
    :param name: the name signed in with, else the address: whose questions are counted
    :param request: what the request is called in the log, here and at a proxy
    """

    by: Door
    name: str = ""
    request: str = ""


# Who a request to the tools comes from.
_NOBODY = Asker("mcp")
ASKER: ContextVar[Asker] = ContextVar("asker", default=_NOBODY)


def person(request: Any) -> str:
    """The name signed in with, else the address, of Gradio's request; "" if there is none."""
    client = getattr(request, "client", None)
    return str(getattr(request, "username", None) or getattr(client, "host", None) or "")


def asker(request: Any, by: Door) -> Asker:
    """Who Gradio says has asked."""
    headers = getattr(request, "headers", None) or {}
    return Asker(by, person(request), numbered(headers.get(HEADER, "")))


def numbered(given: str) -> str:
    """A request's number: the one a proxy gave it, if it is fit for a log, else a new one."""
    return given if _REQUEST.fullmatch(given) else secrets.token_hex(8)
