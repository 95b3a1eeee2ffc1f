"""The web chat: asks the façade and draws; everything it shows comes from this machine.

`python app.py` is `tenkyo serve`.
"""

from __future__ import annotations

import logging
import os
import sys
import tomllib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any

# Set before Gradio is loaded: it would otherwise report its use and look for a newer version.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

import gradio as gr
from tqdm import tqdm

from ingest.document import Document
from ingest.errors import TenkyoError
from qa import Answer, Conversation, FileReport, Tenkyo, render
from qa.render import Turn

_HERE = Path(__file__).parent
_LONGEST = 500  # characters of a question; longer ones are pasted documents
_AT_ONCE = 4  # questions answered at the same time; others wait in line
_STAGES = {"search": "検索中…", "read": "読解中…"}
_FAILED = "うまくいきませんでした。もう一度お試しください（詳しくはサーバーの記録にあります）。"

Ask = Callable[[Callable[[str], None]], Answer]
Drawn = tuple[Any, ...]


@dataclass(slots=True)
class Session:
    """One reader's conversation; lives in Gradio's per-session state and nowhere else."""

    conversation: Conversation
    turns: list[Turn] = field(default_factory=list)


def serve(index: str | Path, host: str = "127.0.0.1", port: int = 7860, model: str | None = None) -> int:
    """Open the chat on `host`:`port` and stay until stopped; an empty index gets the bundled corpus first.

    :raises UnusableIndex: the index cannot be opened
    """
    tenkyo = Tenkyo.open(index, model)
    if not tenkyo.documents():
        _add_bundled(tenkyo)
    page = build(tenkyo)
    page.queue(default_concurrency_limit=_AT_ONCE)
    try:
        page.launch(
            server_name=host,
            server_port=port,
            share=False,
            quiet=True,
            prevent_thread_lock=True,
            ssr_mode=False,
            footer_links=[],
            favicon_path=_HERE / "qa" / "chat.svg",
            theme=_theme(),
            css=(_HERE / "qa" / "chat.css").read_text(encoding="utf-8"),
            head="<script>document.documentElement.lang = 'ja'</script>",
        )
    except OSError as error:
        hint = "--port で別の番号を指定してください"
        raise TenkyoError(f"{host}:{port}", "このアドレスでは待ち受けできません", hint) from error
    print(f"http://{host}:{port} をブラウザーで開いてください（終わるには Ctrl+C）", flush=True)
    # Models are loaded by the first question: let that be ours, while the reader is still typing.
    Thread(target=tenkyo.ask, args=("何が書かれていますか",), daemon=True).start()
    page.block_thread()
    return 0


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


class Chat:
    """What the page's buttons do, over one open index shared by all readers."""

    def __init__(self, tenkyo: Tenkyo) -> None:
        self._tenkyo = tenkyo

    def opened(self) -> Drawn:
        """On loading the page: the choice of documents and the welcome, as the index is now."""
        documents = self._tenkyo.documents()
        choices = [(document.title or document.name, document.id) for document in documents]
        return gr.update(choices=choices, value=[]), render.welcome(len(documents), _examples(documents))

    def ask(self, question: str, wanted: list[str] | None, session: Session | None) -> Iterator[Drawn]:
        """Draw the stages and then the answer: (conversation, session, question box)."""
        session = session or Session(self._tenkyo.conversation())
        asked = (question or "").strip()
        if notice := self._refused(asked):
            yield render.log((*session.turns, Turn(asked[:_LONGEST], notice=notice))), session, gr.skip()
            return
        session.turns.append(Turn(asked, notice=_STAGES["search"], busy=True))
        yield render.log(session.turns), session, ""
        conversation = session.conversation
        try:
            for step in _staged(lambda tell: conversation.ask(asked, wanted or None, tell)):
                done = isinstance(step, Answer)
                session.turns[-1] = (
                    Turn(asked, step)
                    if isinstance(step, Answer)
                    else Turn(asked, notice=_STAGES[step], busy=True)
                )
                yield render.log(session.turns), session, gr.skip() if done else ""
        except TenkyoError as error:
            session.turns[-1] = Turn(asked, notice=str(error))
        except Exception:  # the last door before the reader: a line instead of a page that waits for ever
            logging.getLogger("tenkyo").exception("question failed")
            session.turns[-1] = Turn(asked, notice=_FAILED)
        yield render.log(session.turns), session, gr.skip()

    def again(self, wanted: list[str] | None, session: Session | None) -> Iterator[Drawn]:
        """Ask the last question anew; for when the choice of documents has changed."""
        if session is None or not session.turns:
            yield gr.skip(), session, gr.skip()
            return
        last = session.turns.pop()
        if last.answer is not None:
            del session.conversation.turns[-1:]
        yield from self.ask(last.question, wanted, session)

    def clear(self) -> Drawn:
        """Forget the conversation: (conversation, session, source panel, question box)."""
        documents = self._tenkyo.documents()
        return render.welcome(len(documents), _examples(documents)), None, render.nothing_opened(), ""

    def show(self, session: Session | None, event: gr.EventData) -> str:
        """The source panel for the citation pressed."""
        turn, _, n = str(event.cite).partition(":")
        answer = session.turns[int(turn)].answer if session and int(turn) < len(session.turns) else None
        listed = (answer.nearest if answer.abstained else answer.citations) if answer else ()
        citation = next((citation for citation in listed if citation.n == int(n)), None)
        if answer is None or citation is None:
            return render.nothing_opened()
        if citation.document_id not in {document.id for document in self._tenkyo.documents()}:
            return render.notice("この文書は更新されたか、索引から消されました。もう一度質問してください。")
        document = self._tenkyo.document(citation.document_id)
        return render.source(document, citation, render.telling(answer))

    def _refused(self, asked: str) -> str:
        """Why a question is not looked up at all; "" if it is."""
        if not asked:
            return "質問を入力してください。"
        if len(asked) > _LONGEST:
            return f"質問が長すぎます（{len(asked)} 文字）。{_LONGEST} 文字以内で入力してください。"
        if not self._tenkyo.documents():
            return "まだ文書がありません。端末で tenkyo index フォルダ名 を実行して登録してください。"
        return ""


def _staged(ask: Ask) -> Iterator[str | Answer]:
    """Names of the stages as they begin, then the answer."""
    stages: SimpleQueue[str | None] = SimpleQueue()
    with ThreadPoolExecutor(max_workers=1) as thread:
        answer = thread.submit(ask, stages.put)
        answer.add_done_callback(lambda _: stages.put(None))
        while (stage := stages.get()) is not None:
            yield stage
        yield answer.result()


def _examples(documents: Sequence[Document]) -> list[str]:
    """Questions to start from: each document's `question` in its catalogue, else one about its aim."""
    suggested = [_suggested(Path(document.path)) for document in documents]
    aims = [f"{document.title or document.name}の目的は何ですか" for document in documents]
    return (list(filter(None, suggested)) or aims)[:5]


def _suggested(path: Path) -> str:
    try:
        catalogue = tomllib.loads((path.parent / "catalog.toml").read_text(encoding="utf-8-sig"))
        rows = {row["file"]: row for row in catalogue["document"]}
        return str(rows[path.name]["question"])
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError):
        return ""  # no catalogue, or it suggests nothing: `ingest` says what is wrong with a broken one


def build(tenkyo: Tenkyo) -> gr.Blocks:
    """The page over an open index; nothing is served yet."""
    chat = Chat(tenkyo)
    page = gr.Blocks(title="典拠 Tenkyo", analytics_enabled=False, fill_width=True)
    with page:
        session = gr.State(None)
        gr.HTML(render.TITLE, apply_default_css=False, elem_id="title")
        with gr.Row(elem_id="chat"):
            with gr.Column(scale=3, min_width=300, elem_id="left"):
                script = (_HERE / "qa" / "chat.js").read_text(encoding="utf-8")
                log = gr.HTML("", apply_default_css=False, elem_id="log", js_on_load=script)
                box, wanted, again, clear = _composer()
            with gr.Column(scale=2, min_width=300, elem_id="right"):
                panel = gr.HTML(render.nothing_opened(), apply_default_css=False, elem_id="source")
        # No overlay of Gradio's over the page, and no endpoints beside it.
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        drawn = [log, session, box]
        asking = [
            box.submit(chat.ask, [box, wanted, session], drawn, **quiet),
            again.click(chat.again, [wanted, session], drawn, **quiet),
            log.select(_example, None, box, **quiet).then(chat.ask, [box, wanted, session], drawn, **quiet),
        ]
        clear.click(chat.clear, None, [log, session, panel, box], cancels=asking, **quiet)
        log.click(chat.show, session, panel, **quiet).then(None, js="() => window.tenkyo.reveal()")
        page.load(chat.opened, None, [wanted, log], **quiet)
    return page


def _example(event: gr.EventData) -> str:
    return str(event.question)


def _composer() -> tuple[gr.Textbox, gr.Dropdown, gr.Button, gr.Button]:
    """The question box, the choice of documents, and the buttons for again and clear."""
    box = gr.Textbox(
        label="質問",
        show_label=False,
        container=False,
        placeholder="質問を入力してください",
        submit_btn="質問する",
        max_lines=4,
        autofocus=True,
        elem_id="question",
    )
    with gr.Row(elem_id="tools"):
        wanted = gr.Dropdown(
            choices=[],
            multiselect=True,
            label="対象の文書（選ばなければすべて）",
            scale=4,
            min_width=260,
            elem_id="documents",
        )
        again = gr.Button("もう一度", scale=1, min_width=90, elem_id="again")
        clear = gr.Button("会話を消す", scale=1, min_width=90, elem_id="clear")
    return box, wanted, again, clear


if __name__ == "__main__":
    from qa.cli import main

    sys.exit(main(["serve", *sys.argv[1:]]))
