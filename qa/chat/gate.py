"""What every request must bring and every reply carries: "who may reach this server, from which page?"

Plain ASGI, as https://asgi.readthedocs.io describes it: a middleware around the whole application.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from anyio import CapacityLimiter, to_thread

from qa.chat import journal
from qa.chat.asker import ASKER, HEADER, Asker, numbered
from qa.chat.people import Passwords, from_proxy

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Any, Send], Awaitable[None]]

# The page needs its own scripts and styles; nothing may be loaded from, or sent to, any other place.
_HEADERS = [
    (
        b"content-security-policy",
        b"default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'; connect-src 'self' data: blob:; "
        b"frame-ancestors 'self'; form-action 'self'; base-uri 'self'; object-src 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
]
_TOOLS = "/mcp"
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Door:
    """How people are known: by a file of passwords, or by the header of a trusted proxy, or not at all.

    :param hosts: names under which the server may be spoken to; empty is any. A page elsewhere can have its
        own name point at this machine ("DNS rebinding"): where nobody signs in, that must not open the door
    """

    passwords: Passwords | None = None
    header: str = ""
    proxies: frozenset[str] = frozenset()
    hosts: frozenset[str] = frozenset()

    def vouched(self, peer: str, headers: Mapping[str, str]) -> str | None:
        """The name in the proxy's header, if a proxy of ours sent it."""
        return from_proxy(self.header, self.proxies, peer, headers)

    def admits(self, peer: str, headers: Mapping[str, str]) -> str | None:
        """Under which name a program may use the tools; None if it may not.

        It signs in as people do; with passwords that is HTTP Basic (RFC 7617). Takes the time of a hash.
        """
        if self.header:
            return self.vouched(peer, headers)
        if self.passwords is None:
            return peer
        kind, _, given = headers.get("authorization", "").partition(" ")
        try:
            name, _, password = base64.b64decode(given, validate=True).decode("utf-8").partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        return name if kind.lower() == "basic" and self.passwords.check(name, password, peer) else None

    def refuses(self, method: str, headers: Mapping[str, str]) -> str:
        """Why a request is turned away whoever sends it; "" if it is not."""
        host = headers.get("host", "")
        if self.hosts and host_of(headers) not in self.hosts:
            return f"unknown host {host!r}: start with --allow-host to be reached under that name"
        origin = urlsplit(headers.get("origin", "")).netloc
        if method == "POST" and origin and origin not in (host, headers.get("x-forwarded-host", host)):
            return "sent by a page of another site"
        return ""


def host_of(headers: Mapping[str, str]) -> str:
    """The name, without port, under which the server is spoken to; "" if there is none."""
    try:
        return urlsplit(f"//{headers.get('host', '')}").hostname or ""
    except ValueError:  # a bracket without its other one
        return ""


def hosts(bound: str, allowed: tuple[str, ...], signing_in: bool) -> frozenset[str]:
    """The names under which a server is spoken to: this machine's own if it has no other, and `allowed`."""
    if signing_in or (bound not in _HERE and not allowed):
        return frozenset()
    return _HERE | {bound, *allowed}


class Gate:
    """The middleware."""

    def __init__(self, app: Application, door: Door) -> None:
        self._app, self._door = app, door
        # A hash takes a whole core for a moment: attempts wait for each other and not the readers for them.
        self._hashing = CapacityLimiter(1)

    async def __call__(self, scope: Scope, receive: Any, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        listed = [(key.decode("latin-1").lower(), value.decode("latin-1")) for key, value in scope["headers"]]
        headers = dict(listed)
        number = numbered(headers.get(HEADER, ""))
        named = (HEADER.encode(), number.encode())
        scope["headers"] = [*(pair for pair in scope["headers"] if pair[0].lower() != named[0]), named]
        begun = False

        async def with_headers(message: MutableMapping[str, Any]) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                message["headers"] = [*message.get("headers", []), *_HEADERS, named]
            await send(message)

        peer = str((scope.get("client") or ("",))[0])
        reason = self._door.refuses(scope["method"], headers)
        if self._door.header and sum(key == self._door.header.lower() for key, _ in listed) > 1:
            reason = "more than one name of the signed-in user"
        if reason:
            await _said(with_headers, 403, reason)
            return
        if self._door.passwords:
            self._door.passwords.forget()
        if scope["path"] == _TOOLS or scope["path"].startswith(f"{_TOOLS}/"):
            name = await to_thread.run_sync(self._door.admits, peer, headers, limiter=self._hashing)
            if name is None:
                await _said(
                    with_headers, 401, "sign in first", (b"www-authenticate", b'Basic realm="Tenkyo"')
                )
                return
            ASKER.set(Asker("mcp", name, number))
        try:
            await self._app(scope, receive, with_headers)
        except Exception as error:
            journal.trouble("request", error, request=number)
            if begun:
                raise  # half of a reply must not look like a whole one
            await _said(with_headers, 500, f"something went wrong; the server's log has it under {number}")


async def _said(send: Send, status: int, line: str, *more: tuple[bytes, bytes]) -> None:
    head = [(b"content-type", b"text/plain; charset=utf-8"), *more]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": line.encode()})
