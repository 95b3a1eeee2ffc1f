"""An OpenAI-compatible server writes a draft, piece by piece; the only door to openai in this room."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING, Any

from ingest.errors import TenkyoError

if TYPE_CHECKING:
    from openai import Stream
    from openai.types.chat import ChatCompletionChunk

Message = dict[str, str]
_POLL = 0.1  # seconds between looks at the stop sign and the clock


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a server is waited for, in seconds, and how much it may write.

    :param first: until the first piece; a model on a CPU reads the prompt for a while
    :param between: between two pieces
    :param whole: from the request to the last piece
    :param characters: of a draft; what comes after is not read
    :param thought: characters of what a model thinks before it writes; more is a failure
    :param retries: of a request that was refused for now or did not get through
    """

    connect: float = 3.0
    first: float = 60.0
    between: float = 15.0
    whole: float = 180.0
    characters: int = 4000
    thought: int = 60_000
    retries: int = 2


class WriterFailed(Exception):
    """No whole draft came; the message is the reason in Japanese, up to 「ため」."""


@dataclass(frozen=True, slots=True)
class _Ended:
    """The last thing that arrives: why it ended, "" when the draft is whole."""

    failure: str = ""


@dataclass(frozen=True, slots=True)
class _Thinking:
    """So many characters of thought that the server sends apart from the draft."""

    length: int


_Arrival = str | _Thinking | _Ended
_OPEN, _CLOSE = "<think>", "</think>"


class _Draft:
    """Cuts a draft at its limit and leaves out the thoughts before it."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._held = ""  # what may be the beginning of a mark
        self._started = self._inside = False
        self._written = self._thought = 0

    @property
    def full(self) -> bool:
        """Whether no more is read."""
        return self._written >= self._limits.characters

    def think(self, length: int) -> None:
        """Counts thoughts.

        :raises WriterFailed: there are too many
        """
        self._thought += length
        if self._thought > self._limits.thought:
            raise WriterFailed("生成サーバーの思考が長すぎるため")

    def take(self, piece: str) -> str:
        """What of a piece belongs to the draft; a mark may come in several pieces.

        :raises WriterFailed: the model thinks too much
        """
        text = self._held + piece
        self._held = ""
        if not self._started and not self._inside:
            begun = text.lstrip()
            if begun.startswith(_OPEN):
                self._inside, text = True, begun[len(_OPEN) :]
            elif _OPEN.startswith(begun):
                self._held = begun
                return ""
            else:
                self._started = True
        if self._inside:
            thought, closed, text = text.partition(_CLOSE)
            if not closed:
                kept = len(_CLOSE) - 1
                self._held = thought[-kept:]
                self.think(max(0, len(thought) - kept))
                return ""
            self.think(len(thought))
            self._inside, self._started = False, True
        text = text[: self._limits.characters - self._written]
        self._written += len(text)
        return text


class Writer:
    """One model on one server, llama.cpp, Ollama, vLLM or a cloud; may be shared between threads."""

    def __init__(self, url: str, model: str, key: str | None = None, limits: Limits | None = None) -> None:
        """:param key: the server's key; None is TENKYO_LLM_KEY or OPENAI_API_KEY, where one is set

        :raises TenkyoError: the openai library is not installed
        """
        try:
            from openai import OpenAI, Timeout
        except ImportError as error:
            hint = "pip install 'tenkyo[llm]' で入れてください"
            raise TenkyoError("openai", "ライブラリーがありません", hint) from error
        self.model = model
        self.limits = limits or Limits()
        self._client = OpenAI(
            base_url=url,
            api_key=key or os.environ.get("TENKYO_LLM_KEY") or os.environ.get("OPENAI_API_KEY") or "none",
            timeout=Timeout(self.limits.first, connect=self.limits.connect),
            max_retries=0,  # the client would go on asking when nobody waits any more
        )

    def pieces(self, messages: Sequence[Message], stop: Event) -> Iterator[str]:
        """The draft's pieces, without thoughts; ends within a tenth of a second once `stop` is set.

        :raises WriterFailed: the server cannot be reached, refuses, stalls, breaks off or makes no sense
        """
        arrivals: SimpleQueue[_Arrival] = SimpleQueue()
        unheard = Event()
        if stop.is_set():
            return
        # A thread of its own: nothing wakes one that waits for a stalled server.
        Thread(target=self._receive, args=(messages, arrivals, unheard), daemon=True).start()
        begun = last = monotonic()
        patience, draft = self.limits.first, _Draft(self.limits)
        try:
            while not stop.is_set() and not draft.full:
                now = monotonic()
                if now - last > patience or now - begun > self.limits.whole:
                    raise WriterFailed("生成サーバーが時間内に応答しないため")
                try:
                    arrived = arrivals.get(timeout=_POLL)
                except Empty:
                    continue
                if isinstance(arrived, _Ended):
                    if arrived.failure:
                        raise WriterFailed(arrived.failure)
                    return
                last, patience = monotonic(), self.limits.between
                if isinstance(arrived, _Thinking):
                    draft.think(arrived.length)
                elif text := draft.take(arrived):
                    yield text
        finally:
            unheard.set()

    def _receive(self, messages: Sequence[Message], arrivals: SimpleQueue[_Arrival], unheard: Event) -> None:
        for attempt in range(self.limits.retries + 1):
            try:
                finished = self._read(messages, arrivals, unheard)
            except (
                Exception
            ) as error:  # whatever a server made of the protocol: the answer is extractive then
                if attempt < self.limits.retries and _passing(error) and not unheard.wait(0.5 * 2**attempt):
                    continue
                arrivals.put(_Ended(_reason(error)))
                return
            arrivals.put(_Ended("" if finished else _BROKEN))
            return

    def _read(self, messages: Sequence[Message], arrivals: SimpleQueue[_Arrival], unheard: Event) -> bool:
        """Whether the draft came to its end."""
        finished = False
        with self._stream(messages) as stream:
            for chunk in stream:
                if unheard.is_set():
                    return True
                for choice in chunk.choices[:1]:
                    # vLLM and others send thoughts in a field of their own.
                    thought = getattr(choice.delta, "reasoning_content", None)
                    if thought:
                        arrivals.put(_Thinking(len(str(thought))))
                    if choice.delta.content:
                        arrivals.put(str(choice.delta.content))
                    finished = finished or choice.finish_reason is not None
        return finished

    def _stream(self, messages: Sequence[Message]) -> Stream[ChatCompletionChunk]:
        from openai import BadRequestError

        listed: Any = list(messages)
        make = self._client.chat.completions.create
        try:
            return make(model=self.model, messages=listed, stream=True, temperature=0)
        except BadRequestError:  # some models take no temperature
            return make(model=self.model, messages=listed, stream=True)


_BROKEN = "生成サーバーの応答が途中で切れたか読めないため"


def _passing(error: Exception) -> bool:
    """Whether a request may get through a little later; none of it has been read yet."""
    import openai

    if isinstance(error, openai.APITimeoutError):
        return False
    return isinstance(error, openai.APIConnectionError | openai.RateLimitError | openai.InternalServerError)


def _reason(error: Exception) -> str:
    import openai

    unreachable = isinstance(error, openai.APIConnectionError)
    timed_out = isinstance(error, openai.APITimeoutError) or type(error).__name__ == "ReadTimeout"
    if timed_out and type(error.__cause__).__name__ != "ConnectTimeout":
        return "生成サーバーが時間内に応答しないため"
    if unreachable:
        return "生成サーバーに接続できないため"
    if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
        return "生成サーバーに認証を拒まれたため"
    if isinstance(error, openai.NotFoundError):
        return "生成サーバーに指定のモデルか URL がないため"
    if isinstance(error, openai.RateLimitError):
        return "生成サーバーが混み合っているため"
    if isinstance(error, openai.APIStatusError):
        return "生成サーバーがエラーを返したため"
    return _BROKEN
