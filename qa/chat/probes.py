"""What machines ask a server: `/healthz`, `/readyz`, `/livez` and `/metrics`; plain ASGI before the gate."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

from anyio import CapacityLimiter, to_thread

from ingest.errors import TenkyoError
from qa.chat.gate import Application, Door, Scope, Send, host_of
from qa.chat.health import Health
from qa.chat.measures import Measures

_LOOPBACK = ("127.0.0.0/8", "::1")
# A request that carries one of these was handed on by a proxy, for somebody else.
_HANDED_ON = ("forwarded", "via", "x-real-ip")


@dataclass(frozen=True, slots=True)
class Readers:
    """Who may read the measurements: whoever speaks to the server directly from one of these networks.

    Headers can only close this door, never open it: a proxy's own address is trusted, not those behind it.
    """

    networks: tuple[IPv4Network | IPv6Network, ...]
    door: Door

    def may(self, peer: str, headers: Mapping[str, str]) -> bool:
        """Whether this peer may, asking as it does."""
        handed_on = any(
            name in (*_HANDED_ON, self.door.header.lower()) or name.startswith("x-forwarded-")
            for name in headers
        )
        address = _address(peer)
        if handed_on or address is None or not any(address in network for network in self.networks):
            return False
        # A page whose own name points at this machine ("DNS rebinding") asks from this machine too.
        host = host_of(headers)
        known = host == "localhost" or host in self.door.hosts or _address(host) is not None
        return known or not address.is_loopback


def readers(door: Door, addresses: tuple[str, ...]) -> Readers:
    """This machine, the proxies trusted with names, and `addresses`, as "10.0.0.7" or "10.0.0.0/8".

    :raises TenkyoError: one of `addresses` is none
    """
    trusted = [proxy for proxy in door.proxies if door.header and _address(proxy)]
    return Readers(tuple(_network(given) for given in (*_LOOPBACK, *trusted, *addresses)), door)


def _network(given: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(given, strict=False)
    except ValueError as error:
        hint = "10.0.0.7 や 10.0.0.0/8 のように書いてください"
        raise TenkyoError(given, "アドレスとして読めません", hint) from error


def _address(given: str) -> Any:
    """The address; an IPv4 one that comes in over IPv6 as itself. None if it is a name."""
    try:
        found = ip_address(given.partition("%")[0])
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back."""

    status: int
    body: bytes
    kind: str = "text/plain; charset=utf-8"


class Probes:
    """The middleware: it stands before the gate, as machines do not sign in."""

    def __init__(self, app: Application, health: Health, measures: Measures, readers: Readers) -> None:
        self._app, self._health, self._measures, self._readers = app, health, measures, readers
        self._paths = {
            "/healthz": self._ready,
            "/readyz": self._ready,
            "/livez": self._alive,
            "/metrics": self._measured,
        }
        # Threads of their own: many questions must not make the server look dead.
        self._threads = CapacityLimiter(2)

    async def __call__(self, scope: Scope, receive: Any, send: Send) -> None:
        asked = self._paths.get(scope["path"]) if scope["type"] == "http" else None
        if asked is None:
            await self._app(scope, receive, send)
            return
        headers = {key.decode("latin-1").lower(): value.decode("latin-1") for key, value in scope["headers"]}
        peer = str((scope.get("client") or ("",))[0])
        if scope["method"] in ("GET", "HEAD"):
            reply = await to_thread.run_sync(asked, peer, headers, limiter=self._threads)
        else:
            reply = Reply(405, b"GET or HEAD")
        head = [
            (b"content-type", reply.kind.encode()),
            (b"content-length", str(len(reply.body)).encode()),
            (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"),
        ]
        await send({"type": "http.response.start", "status": reply.status, "headers": head})
        body = b"" if scope["method"] == "HEAD" else reply.body
        await send({"type": "http.response.body", "body": body})

    def _alive(self, peer: str, headers: Mapping[str, str]) -> Reply:
        """The process answers: there is nothing that starting it anew would mend."""
        return _json(200, {"status": "ok"})

    def _ready(self, peer: str, headers: Mapping[str, str]) -> Reply:
        """The index can be read and asked; where people sign in, strangers learn no more than that."""
        found = self._health.condition()
        door = self._readers.door
        signing_in = bool(door.passwords or door.header)
        told = self._readers.may(peer, headers) or not (signing_in or door.refuses("GET", headers))
        facts: dict[str, object] = {}
        if told and found.state is not None:
            facts = {"generation": found.state.generation, "documents": found.state.documents}
            facts["version"] = _version()
        elif told:
            facts = {"reason": found.reason}
        return _json(200 if found.status == "ok" else 503, {"status": found.status} | facts)

    def _measured(self, peer: str, headers: Mapping[str, str]) -> Reply:
        if not self._readers.may(peer, headers):
            return Reply(403, b"not for this address: start with --metrics-from, and ask without a proxy")
        body, kind = self._measures.exposed(headers.get("accept", ""))
        return Reply(200, body, kind)


def _json(status: int, told: Mapping[str, object]) -> Reply:
    return Reply(status, json.dumps(told, ensure_ascii=False).encode() + b"\n", "application/json")


@cache
def _version() -> str:
    try:
        return version("tenkyo")
    except PackageNotFoundError:  # run from a folder that was never installed
        return ""
