"""Can this server be asked, and of what? Looked up without asking a question or waiting for a writer."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from index import store
from index.contract import State
from index.folder import FILE, connect, existing, spoken
from index.store import Generation
from ingest.errors import TenkyoError, UnusableIndex

_STARTING = "モデルを読み込んでいます"
_AGAIN = 5.0  # seconds until models that could not be loaded are tried once more


@dataclass(frozen=True, slots=True)
class Condition:
    """
    :param status: "ok", "starting" or "unavailable"
    :param reason: why it is not "ok", one line
    :param state: of the index, if it is
    """

    status: str
    reason: str = ""
    state: State | None = None


class Glance:
    """Looks at an index on this machine over a connection of its own: nobody else is in its way."""

    def __init__(self, folder: Path) -> None:
        """:raises UnusableIndex: there is no index"""
        self._folder = folder
        self._file = self._found()
        self._last: tuple[Generation, State] | None = None

    def __call__(self) -> State:
        """The state now; takes a fraction of a millisecond while the generation stays the same.

        :raises UnusableIndex: the index is gone, another one lies in its place, or it cannot be read
        """
        if self._found() != self._file:
            hint = "サーバーを起動しなおしてください"
            raise UnusableIndex(self._folder, "索引のファイルが入れかわっています", hint)
        with spoken(self._folder), closing(connect(self._folder)) as db:
            db.execute("BEGIN")
            db.execute("SELECT EXISTS (SELECT 1 FROM documents)").fetchone()
            try:
                now, last = store.generation(db), self._last
            except (KeyError, ValueError) as error:
                raise UnusableIndex(self._folder, "索引が壊れています（世代の番号がありません）") from error
            if last is not None and last[0] == now:
                return last[1]
            counted = "SELECT count(*), coalesce(sum(chunk_count), 0) FROM documents"
            state = State(now.number, *db.execute(counted).fetchone())
        self._last = now, state
        return state

    def _found(self) -> tuple[int, int]:
        """What tells the file from another of its name.

        :raises UnusableIndex: there is none
        """
        try:
            found = os.stat(existing(self._folder) / FILE)
        except OSError as error:
            raise UnusableIndex(self._folder, f"索引を読めません（{error.strerror}）") from error
        return found.st_dev, found.st_ino


class Health:
    """Whether the server is ready; it is so once a first question has loaded the models."""

    def __init__(self, state: Callable[[], State], pause: float = _AGAIN) -> None:
        """:param state: looks at the index; raises TenkyoError when it cannot be read"""
        self.state, self._pause = state, pause
        self._ready = Event()
        self._why = ""

    def warm(self, ask: Callable[[], object], tell: Callable[[Exception], None]) -> None:
        """Ask a first question, again and again until it is answered; for a thread of its own.

        :param tell: called with what stood in the way
        """
        while not self._ready.is_set():
            try:
                ask()
            except Exception as error:  # whatever it is, it is told, and may pass
                self._why = error.reason if isinstance(error, TenkyoError) else "モデルを読み込めません"
                tell(error)
                self._ready.wait(self._pause)
            else:
                self._ready.set()

    def condition(self) -> Condition:
        """How the server is now."""
        try:
            state = self.state()
        except TenkyoError as error:
            return Condition("unavailable", error.reason)  # not its subject: where the index lies
        if self._ready.is_set():
            return Condition("ok", state=state)
        return Condition("unavailable", self._why) if self._why else Condition("starting", _STARTING)
