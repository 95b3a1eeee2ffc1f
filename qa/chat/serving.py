"""How the chat is to be served: what `tenkyo serve` was told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from index.open import on_milvus
from qa.generate import Writer

# Per person once people sign in; before that all share one address, a proxy's for one.
_SIGNED_IN = "60/minute"


@dataclass(frozen=True, slots=True)
class Serving:
    """
    :param state: folder for what the chat keeps; None is the index's, for one on Milvus `.tenkyo-state`
    :param writer: a language model that may word answers
    :param passwords: file of names and hashed passwords, as `tenkyo passwd` writes it
    :param user_header: header in which a reverse proxy names who is signed in; believed of `proxies` alone
    :param hosts: further names under which the server may be spoken to where nobody signs in
    :param rate: how many questions a person may ask, as "60/minute"; None is that for those signed in
    :param metrics_from: addresses or networks that may read `/metrics`, beside this machine
    :param log: "json" for a line an event, "text" for one when something fails
    :param log_questions: whether the log may hold the text of questions
    """

    index: str | Path
    state: Path | None = None
    host: str = "127.0.0.1"
    port: int = 7860
    model: str | None = None
    writer: Writer | None = None
    passwords: Path | None = None
    user_header: str = ""
    proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    hosts: tuple[str, ...] = ()
    rate: str | None = None
    read_only: bool = False
    metrics_from: tuple[str, ...] = ()
    log: str = "text"
    log_questions: bool = False

    @property
    def folder(self) -> Path:
        """Where uploaded documents, what was removed, and feedback are kept."""
        return self.state or (Path(".tenkyo-state") if on_milvus(self.index) else Path(self.index))

    @property
    def limit(self) -> str:
        """The limit of questions that holds."""
        if self.rate is not None:
            return self.rate
        return _SIGNED_IN if self.passwords or self.user_header else ""
