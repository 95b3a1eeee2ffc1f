"""What every reply of the server carries, and who may reach what Gradio's own sign-in does not cover.

Plain ASGI, as https://asgi.readthedocs.io describes it: a middleware around the whole application.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

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
_TOOLS = "/gradio_api/mcp"


@dataclass(frozen=True, slots=True)
class Door:
    """How people are known: by a file of passwords, or by the header of a trusted proxy, or not at all."""

    passwords: Passwords | None = None
    header: str = ""
    proxies: frozenset[str] = frozenset()

    def vouched(self, peer: str, headers: Mapping[str, str]) -> str | None:
        """The name in the proxy's header, if a proxy of ours sent it."""
        return from_proxy(self.header, self.proxies, peer, headers)

    def admits(self, peer: str, headers: Mapping[str, str]) -> bool:
        """Whether a program may use the tools: it signs in too.

        With passwords that is HTTP Basic (RFC 7617).
        """
        if self.header:
            return self.vouched(peer, headers) is not None
        if self.passwords is None:
            return True
        kind, _, given = headers.get("authorization", "").partition(" ")
        try:
            name, _, password = base64.b64decode(given, validate=True).decode("utf-8").partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return False
        return kind.lower() == "basic" and self.passwords.check(name, password)


class Gate:
    """The middleware."""

    def __init__(self, app: Application, door: Door) -> None:
        self._app, self._door = app, door

    async def __call__(self, scope: Scope, receive: Any, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *_HEADERS]
            await send(message)

        headers = {key.decode("latin-1").lower(): value.decode("latin-1") for key, value in scope["headers"]}
        peer = (scope.get("client") or ("",))[0]
        if _TOOLS in scope["path"] and not self._door.admits(peer, headers):
            start = [(b"content-type", b"text/plain"), (b"www-authenticate", b'Basic realm="Tenkyo"')]
            await with_headers({"type": "http.response.start", "status": 401, "headers": start})
            await send({"type": "http.response.body", "body": b"sign in first"})
            return
        await self._app(scope, receive, with_headers)
