"""Many people at one running chat, each asking as the page does: how long it takes, whose answer it is."""

from __future__ import annotations

import json
import re
import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import unescape
from statistics import quantiles
from typing import Any

import httpx

from ingest.errors import TenkyoError

_QUESTION = re.compile(r'<h2 class="question"><span class="unseen">[^<]*</span>(.*?)</h2>')
_TURNS = 6  # questions of one conversation, then the person begins a new one
_SECONDS = 60.0  # for one answer, before it counts as an error


@dataclass(slots=True)
class Load:
    """What a crowd met with.

    :param seconds: of each answer, from the question to the last thing drawn
    :param errors: what went wrong, one line each
    :param mixed: answers in whose conversation stood another person's question, or not all of one's own
    """

    users: int
    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    mixed: int = 0

    def quantile(self, share: float) -> float:
        """The time within which this share of the answers was there."""
        if len(self.seconds) < 2:
            return self.seconds[0] if self.seconds else float("nan")
        return quantiles(self.seconds, n=100, method="inclusive")[max(0, min(98, round(100 * share) - 1))]

    def line(self) -> str:
        """All of it in one line."""
        most = max(self.seconds, default=float("nan"))
        return (
            f"{self.users} 人、{len(self.seconds)} 問: 中央値 {self.quantile(0.5):.2f} 秒、"
            f"p95 {self.quantile(0.95):.2f} 秒、最大 {most:.2f} 秒、"
            f"エラー {len(self.errors)}、履歴の混入 {self.mixed}"
            + "".join(f"\n  {line}" for line in self.errors[:5])
        )


def crowd(url: str, questions: Sequence[str], users: int, seconds: float) -> Load:
    """Let so many people ask one question after the other for so long.

    :raises TenkyoError: no chat of ours is there
    """
    address = url.rstrip("/")
    try:
        settings = httpx.get(f"{address}/config", timeout=10.0).json()
        submit = next(
            dependency
            for dependency in settings["dependencies"]
            if any(event == "submit" for _, event in dependency["targets"])
        )
    except (httpx.HTTPError, ValueError, KeyError, StopIteration) as error:
        raise TenkyoError(url, "典拠のチャットが見つかりません", "tenkyo serve で開いてください") from error
    load = Load(users)
    lock = threading.Lock()
    end = time.monotonic() + seconds
    people = [
        threading.Thread(target=_person, args=(address, submit, questions[n::users], end, load, lock))
        for n in range(users)
    ]
    for person in people:
        person.start()
    for person in people:
        person.join()
    return load


def _person(
    address: str,
    submit: dict[str, Any],
    questions: Sequence[str],
    end: float,
    load: Load,
    lock: threading.Lock,
) -> None:
    """Ask until the time is over, and see that the conversation is one's own."""
    asked: list[str] = []
    session = secrets.token_hex(6)
    with httpx.Client(timeout=_SECONDS) as client:
        while time.monotonic() < end:
            if len(asked) == _TURNS:
                asked, session = [], secrets.token_hex(6)
            asked.append(
                questions[len(load.seconds) % len(questions)] if questions else "何が書かれていますか"
            )
            begun = time.monotonic()
            try:
                page = _asked(client, address, submit, session, asked[-1])
            except (httpx.HTTPError, ValueError) as error:
                with lock:
                    load.errors.append(f"{type(error).__name__}: {error}")
                asked.pop()
                continue
            shown = [unescape(re.sub("<[^>]*>", "", found)) for found in _QUESTION.findall(page)]
            with lock:
                load.seconds.append(time.monotonic() - begun)
                load.mixed += shown != asked


def _asked(client: httpx.Client, address: str, submit: dict[str, Any], session: str, question: str) -> str:
    """The conversation as drawn once the answer is there.

    :raises ValueError: the server says that it failed
    """
    given: list[Any] = [question, False, [], [], None, "ja"]
    body = {"data": given, "fn_index": submit["id"], "session_hash": session}
    joined = client.post(f"{address}/gradio_api/queue/join", json=body)
    joined.raise_for_status()
    for message in _messages(client, f"{address}/gradio_api/queue/data?session_hash={session}"):
        if message["msg"] == "process_completed":
            if not message["success"]:
                raise ValueError(f"{message.get('output')}")
            return str(message["output"]["data"][0])
    raise ValueError("答えの途中で切れました")


def _messages(client: httpx.Client, address: str) -> Iterator[dict[str, Any]]:
    with client.stream("GET", address) as stream:
        for line in stream.iter_lines():
            if line.startswith("data:"):
                yield json.loads(line.removeprefix("data:"))
