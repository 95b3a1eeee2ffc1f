"""The web chat: opens the index, puts the page over it and serves it; everything comes from this machine.

`python app.py` is `tenkyo serve`; what the page shows and does is in `qa/chat/`.
"""

from __future__ import annotations

import os
import sys
from contextlib import redirect_stdout
from dataclasses import asdict
from io import StringIO
from pathlib import Path
from threading import Thread
from typing import Any

# Set before Gradio is loaded: it would otherwise report its use and look for a newer version.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

import gradio as gr
from starlette.middleware import Middleware
from starlette.requests import Request
from tqdm import tqdm

from index.open import on_milvus
from ingest.errors import TenkyoError
from ingest.limits import LIMITS
from qa import FileReport, Tenkyo
from qa.chat import journal
from qa.chat.api import Api
from qa.chat.desk import Desk
from qa.chat.front import Front
from qa.chat.gate import Door, Gate, hosts
from qa.chat.health import Glance, Health
from qa.chat.library import Library
from qa.chat.measures import Measures
from qa.chat.page import build
from qa.chat.people import Passwords, Rate
from qa.chat.probes import Probes, readers
from qa.chat.serving import Serving
from qa.chat.talk import Talk
from qa.chat.tools import Tools
from qa.chat.watch import Watch

_HERE = Path(__file__).parent
_PAGE = _HERE / "qa" / "chat"
_AT_ONCE = 4  # questions answered at the same time; others wait in line


def serve(serving: Serving) -> int:
    """Open the chat and stay until stopped; an empty index gets the bundled corpus first.

    :raises TenkyoError: the index cannot be opened, the address is taken, or the passwords cannot be read
    """
    door = Door(
        Passwords(serving.passwords) if serving.passwords else None,
        serving.user_header,
        frozenset(serving.proxies),
        hosts(serving.host, serving.hosts, bool(serving.passwords or serving.user_header)),
    )
    scrapers = readers(door, serving.metrics_from)
    tenkyo = Tenkyo.open(serving.index, serving.model, serving.writer)
    library = Library(tenkyo, serving.folder, not serving.read_only)
    serving.folder.mkdir(parents=True, exist_ok=True)
    library.tidy()
    if not tenkyo.documents():
        _add_bundled(tenkyo)
    health = Health(tenkyo.state if on_milvus(serving.index) else Glance(Path(serving.index)))
    measures = Measures(health.state)
    page, tools = assemble(tenkyo, library, serving, Watch(measures, health.state))
    probes = Middleware(Probes, health=health, measures=measures, readers=scrapers)
    page.queue(default_concurrency_limit=_AT_ONCE)
    try:
        with redirect_stdout(StringIO()):  # Gradio's own lines, in English and about other things
            application, *_ = page.launch(**_launching(serving, door, tools, probes))
        if door.passwords:
            door.passwords.tokens = application.tokens
    except OSError as error:
        address = f"{serving.host}:{serving.port}"
        hint = "--port で別の番号を指定してください"
        raise TenkyoError(address, "このアドレスでは待ち受けできません", hint) from error
    journal.configure(serving.log, serving.log_questions)  # only now: Gradio and others set theirs up above
    print(
        f"http://{serving.host}:{serving.port} をブラウザーで開いてください（終わるには Ctrl+C）", flush=True
    )
    journal.event("started", **asdict(health.state()), read_only=serving.read_only)
    Thread(target=_warm, args=(tenkyo, health), daemon=True).start()
    page.block_thread()
    return 0


def _warm(tenkyo: Tenkyo, health: Health) -> None:
    """Models are loaded by the first question: let that be ours, while the reader is still typing."""
    health.warm(
        lambda: tenkyo.ask("何が書かれていますか", written=False),
        lambda error: journal.trouble("warm-up", error),
    )
    journal.event("ready")


def assemble(tenkyo: Tenkyo, library: Library, serving: Serving, watch: Watch) -> tuple[gr.Blocks, Tools]:
    """The page over an open index, and the tools beside it; nothing is served yet.

    :raises TenkyoError: the limit of questions cannot be read
    """
    rate = Rate(serving.limit)
    talk = Talk(tenkyo, serving.folder, rate, watch)
    desk = Desk(tenkyo, library, rate)
    model = serving.writer.model if serving.writer else ""
    front = Front(tenkyo, talk, desk, model, library.writable)
    api = Api(tenkyo, rate, watch)
    return build(talk, desk, front, api), Tools(api)


def _launching(serving: Serving, door: Door, tools: Tools, probes: Middleware) -> dict[str, Any]:
    """What Gradio is told."""
    script = (_PAGE / "page.js").read_text(encoding="utf-8")
    told: dict[str, Any] = {
        "server_name": serving.host,
        "server_port": serving.port,
        "share": False,
        "quiet": True,
        "prevent_thread_lock": True,
        "ssr_mode": False,
        "footer_links": [],
        "favicon_path": _PAGE / "icon.svg",
        "theme": _theme(),
        "css": (_PAGE / "page.css").read_text(encoding="utf-8"),
        "head": f"<script>document.documentElement.lang = 'ja';\n{script}</script>",
        "max_file_size": LIMITS.bytes,
        "app_kwargs": {
            "middleware": [probes, Middleware(Gate, door=door)],
            "routes": [tools.route],
            "lifespan": tools.running,
        },
    }
    # The true peer must be seen: uvicorn would put what anyone on this machine reports in its place.
    os.environ.setdefault("FORWARDED_ALLOW_IPS", "")
    if door.header:

        def signed_in(request: Request) -> str | None:
            return door.vouched(request.client.host if request.client else "", request.headers)

        told["auth_dependency"] = signed_in
    elif door.passwords:
        told["auth"] = door.passwords.check
        told["auth_message"] = "典拠 Tenkyo"
    return told


def _add_bundled(tenkyo: Tenkyo) -> None:
    with tqdm(desc="登録", unit="件", file=sys.stderr, disable=None) as bar:

        def progress(report: FileReport, total: int) -> None:
            bar.total = total
            bar.update()

        tenkyo.add(_HERE / "corpus", progress=progress)


def _theme() -> gr.themes.Base:
    # Plain names are the reader's own fonts; Gradio's default fonts would be fetched.
    fonts = ("system-ui", "Hiragino Sans", "Noto Sans CJK JP", "Noto Sans JP", "Yu Gothic UI", "sans-serif")
    return gr.themes.Base(
        primary_hue="blue", neutral_hue="slate", font=fonts, font_mono=("ui-monospace", "monospace")
    )


if __name__ == "__main__":
    from qa.cli import main

    sys.exit(main(["serve", *sys.argv[1:]]))
