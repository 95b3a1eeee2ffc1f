"""`ask`, `search` and `list_documents` as tools of the Model Context Protocol; the only door to mcp."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeVar

from anyio import to_thread
from mcp.server.fastmcp import FastMCP
from mcp.server.fastmcp.exceptions import ToolError
from mcp.server.transport_security import TransportSecuritySettings
from starlette.routing import Mount

from ingest.errors import TenkyoError
from qa.chat.api import Api
from qa.chat.asker import ASKER

PATH = "/mcp"
Result = TypeVar("Result")


class Tools:
    """A server of tools within the chat's own: Streamable HTTP at `PATH`, nothing kept between requests."""

    def __init__(self, api: Api) -> None:
        # Who may come in, and under which name of the host, is the gate's to say.
        open_to_all = TransportSecuritySettings(enable_dns_rebinding_protection=False)
        self._server = FastMCP(
            "tenkyo",
            instructions="Answers from Japanese documents; every statement cites the original's own words.",
            stateless_http=True,
            json_response=True,
            streamable_http_path="/",
            transport_security=open_to_all,
            log_level="WARNING",
        )
        self._api = api
        for tool in (self.ask, self.search, self.list_documents):
            self._server.add_tool(tool, description=getattr(api, tool.__name__).__doc__)
        self.route = Mount(PATH, app=self._server.streamable_http_app())

    @asynccontextmanager
    async def running(self, app: object) -> AsyncIterator[None]:
        """For as long as the application runs."""
        async with self._server.session_manager.run():
            yield

    async def ask(self, question: str, documents: list[str] | None = None) -> dict[str, Any]:
        return await _apart(partial(self._api.answer, question, documents, ASKER.get()))

    async def search(
        self, question: str, k: int = 10, documents: list[str] | None = None
    ) -> list[dict[str, Any]]:
        return await _apart(partial(self._api.passages, question, k, documents, ASKER.get()))

    async def list_documents(self) -> list[dict[str, Any]]:
        return await _apart(self._api.list_documents)


async def _apart(work: Callable[[], Result]) -> Result:
    """In a thread: others are served meanwhile.

    :raises ToolError: what a program is told when it asked for something that cannot be
    """
    try:
        return await to_thread.run_sync(work)
    except TenkyoError as error:
        raise ToolError(str(error)) from error
