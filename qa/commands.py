"""What the commands of `tenkyo` do, each with the exit code it ends with."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
import unicodedata
from functools import partial
from getpass import getpass
from pathlib import Path

from tqdm import tqdm

from index import FileReport, backup
from index.doctor import examine
from index.open import on_milvus
from ingest import health
from ingest.errors import TenkyoError
from ingest.shard import shard
from ingest.watch import changes
from qa.answer import Answer
from qa.batch import ask_all
from qa.generate import Writer
from qa.tenkyo import Tenkyo

_DONE, _SOME_FAILED = 0, 1


def index(options: argparse.Namespace) -> int:
    tenkyo = Tenkyo.open(options.index, options.model)
    if not options.watch:
        return _updated(tenkyo, options)
    done = None
    for _ in changes(options.paths):
        if done is None:
            print("変更を見守っています（終わるには Ctrl+C）", flush=True)
        done = _updated(tenkyo, options)
    return _updated(tenkyo, options) if done is None else done


def _updated(tenkyo: Tenkyo, options: argparse.Namespace) -> int:
    part = partial(shard, of=options.shard) if options.shard else None
    with (
        tqdm(desc="登録", unit="件", file=sys.stderr, disable=None) as bar,
        tqdm(desc="整理", unit="件", file=sys.stderr, disable=None, delay=1) as tidying,
    ):

        def progress(report: FileReport, total: int) -> None:
            bar.total = total
            bar.update()

        def settling(done: int, total: int) -> None:
            tidying.total = total
            tidying.update(done - tidying.n)

        reports = tenkyo.add(*options.paths, progress=progress, settling=settling, part=part)
    for report in reports:
        if report.status == "failed":
            print(f"tenkyo: {_line(report.message)}", file=sys.stderr)
        elif report.worries:
            print(_line(f"{Path(report.path).name}: 注意: {'。'.join(report.worries)}"), file=sys.stderr)
        elif report.health and options.verbose:
            print(_line(f"{Path(report.path).name}: {report.health}"))
    names = {
        "added": "追加", "updated": "更新", "renamed": "移動", "unchanged": "変更なし", 
        "removed": "削除", "failed": "失敗",
    }  # fmt: skip
    counts = {status: sum(report.status == status for report in reports) for status in names}
    print(
        "、".join(f"{names[status]} {n} 件" for status, n in counts.items() if n)
        or "読める文書がありませんでした",
        flush=True,
    )
    return _SOME_FAILED if counts["failed"] or not reports else _DONE


def ask(options: argparse.Namespace) -> int:
    if (options.question is None) == (options.batch is None):
        options.parser.error("質問文か --batch IN.jsonl のどちらか一つを指定してください")
    if options.batch:
        return _batch(options)
    if options.out:
        options.parser.error("--out は --batch とともに指定してください")
    tenkyo = Tenkyo.open(options.index, options.model, writer_of(options))
    answer = tenkyo.ask(options.question)
    print(json.dumps(answer.to_dict(), ensure_ascii=False, indent=2) if options.json else _written(answer))
    return _DONE


def add_writer_options(parser: argparse.ArgumentParser) -> None:
    """The options that name a language model's server, for every command that answers."""
    parser.add_argument(
        "--llm-url",
        default=os.environ.get("TENKYO_LLM_URL", ""),
        metavar="URL",
        help="回答を書く OpenAI 互換サーバー（例: http://127.0.0.1:11434/v1。既定: 環境変数 TENKYO_LLM_URL、"
        "なければ原文の抜き書きだけで答える）。鍵は環境変数 TENKYO_LLM_KEY か OPENAI_API_KEY",
    )
    parser.add_argument(
        "--llm-model",
        default=os.environ.get("TENKYO_LLM_MODEL", ""),
        metavar="NAME",
        help="そのモデル名（既定: 環境変数 TENKYO_LLM_MODEL）",
    )


def writer_of(options: argparse.Namespace) -> Writer | None:
    """The writer that the options name; None when they name no server.

    :raises TenkyoError: a server without a model, an address that is none, or no openai library
    """
    if not options.llm_url:
        return None
    if not options.llm_url.startswith(("http://", "https://")):
        raise TenkyoError(
            options.llm_url, "サーバーの URL ではありません", "http:// か https:// で始めてください"
        )
    if not options.llm_model:
        raise TenkyoError(options.llm_url, "モデル名がありません", "--llm-model で指定してください")
    return Writer(options.llm_url, options.llm_model)


def _written(answer: Answer) -> str:
    """An answer for a terminal: statements with their numbers, then the sources."""
    bold = ("\033[1m", "\033[0m") if sys.stdout.isatty() else ("", "")
    marks = [(span.start, bold[0]) for span in answer.highlights] + [
        (span.end, bold[1]) for span in answer.highlights
    ]
    marks += [(statement.span.end, f" [{statement.citation}]") for statement in answer.statements]
    text = _inert(answer.text)
    for position, mark in sorted(marks, key=lambda item: -item[0]):
        text = text[:position] + mark + text[position:]
    lines = [text, ""]
    if answer.abstained and answer.nearest:
        lines.append("近い記述（答えではありません）:")
    for citation in answer.nearest if answer.abstained else answer.citations:
        path = " › ".join(filter(None, (citation.where, *citation.section)))
        source = f"[{citation.n}] {citation.title}（{citation.document}）{' ' + path if path else ''}"
        lines += [_inert(source), _inert(f"    {' '.join(citation.quote.split())}")]
    if answer.written_by:
        dropped = f"、確かめられず省いた文 {answer.dropped}" if answer.dropped else ""
        lines += ["", _inert(f"（文章: {answer.written_by}。すべての文を原文と照合しました{dropped}）")]
    if answer.note:
        lines += ["", _inert(f"（{answer.note}）")]
    return "\n".join(lines)


def _inert(text: str) -> str:
    """Text in which nothing steers a terminal: control characters and those of direction as U+FFFD."""
    return "".join(
        "\ufffd" if (unicodedata.category(c) in ("Cc", "Cs") and c != "\n") or c in _TURNS else c
        for c in text
    )


# Marks that turn the direction of writing: a name that holds one is not what it looks like.
_TURNS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _line(text: str) -> str:
    """As `_inert`, on one line whatever a file is called."""
    return _inert(text).replace("\n", "\ufffd")


def _batch(options: argparse.Namespace) -> int:
    tenkyo = Tenkyo.open(options.index, options.model, writer_of(options))
    return _SOME_FAILED if ask_all(tenkyo, options.batch, options.out) else _DONE


def docs_list(options: argparse.Namespace) -> int:
    for document in Tenkyo.open(options.index, options.model).documents():
        facts = (document.id, document.name, document.title, document.publisher, document.issued)
        print("\t".join(map(_inert, facts)))
    return _DONE


def docs_show(options: argparse.Namespace) -> int:
    tenkyo = Tenkyo.open(options.index, options.model)
    found = [d for d in tenkyo.documents() if options.name in (d.name, d.path, d.id)]
    if not found:
        raise TenkyoError(
            options.name, "その名前の文書はありません", "tenkyo docs list で名前を確かめてください"
        )
    for document in map(tenkyo.document, (d.id for d in found)):
        print(_inert(document.title))
        print(_inert(f"  ファイル: {document.path}\n  発行: {document.publisher} {document.issued}"))
        print(f"  文字数: {len(document.text)}  列挙: {len(document.enumerations)}")
        print(_inert(f"  状態: {health.line(document.health)}"))
        for section in document.sections:
            if section.path:
                print("  " * len(section.path) + _inert(f"- {section.path[-1]}"))
    return _DONE


def docs_remove(options: argparse.Namespace) -> int:
    tenkyo = Tenkyo.open(options.index, options.model)
    failed = False
    for name in options.name:
        gone = tenkyo.remove(name)
        if not gone:
            failed = True
            error = TenkyoError(
                name, "その名前の文書はありません", "tenkyo docs list で名前を確かめてください"
            )
            print(f"tenkyo: {error}", file=sys.stderr)
        for document in gone:
            print(f"消しました: {document.name}")
    return _SOME_FAILED if failed else _DONE


def _folder(options: argparse.Namespace) -> Path:
    """The index's folder, for what is done to files.

    :raises TenkyoError: the index is on Milvus
    """
    if on_milvus(options.index):
        hint = "Milvus の道具（Milvus Backup など）を使うか、--index で索引のフォルダを指定してください"
        raise TenkyoError(options.index, "Milvus の索引にはできません", hint)
    return Path(options.index)


def doctor(options: argparse.Namespace) -> int:
    found = examine(_folder(options), options.model)
    for finding in found:
        print(_inert(f"{'直しました' if finding.repaired else '直せません'}: {finding.what}"))
    if not found:
        print("問題はありません")
    return _DONE if all(finding.repaired for finding in found) else _SOME_FAILED


def back_up(options: argparse.Namespace) -> int:
    size = backup.save(_folder(options), options.file)
    print(f"保存しました: {options.file}（{size / 1024 / 1024:.1f} MB）")
    return _DONE


def restore(options: argparse.Namespace) -> int:
    count = backup.restore(options.file, _folder(options))
    print(f"元に戻しました: 文書 {count} 件")
    return _DONE


def serve(options: argparse.Namespace) -> int:
    if options.auth and options.user_header:
        options.parser.error("--auth と --user-header はどちらか一つを指定してください")
    # Loaded with this command only: Gradio takes seconds. app imports qa, so qa loads it by name.
    from qa.chat.serving import Serving

    proxies = {"proxies": tuple(options.proxy)} if options.proxy else {}
    serving = Serving(
        index=options.index,
        state=options.state,
        host=options.host,
        port=options.port,
        model=options.model,
        writer=writer_of(options),
        passwords=options.auth,
        user_header=options.user_header,
        hosts=tuple(options.allow_host or ()),
        rate=options.rate,
        read_only=options.read_only,
        metrics_from=tuple(options.metrics_from or ()),
        log=options.log,
        log_questions=options.log_questions,
        **proxies,
    )
    return int(importlib.import_module("app").serve(serving) or 0)


def passwd(options: argparse.Namespace) -> int:
    from qa.chat import people

    if sys.stdin.isatty():
        password = getpass("パスワード: ")
        if password != getpass("もう一度: "):
            raise TenkyoError(options.name, "二つのパスワードが違います", "もう一度実行してください")
    else:
        password = sys.stdin.readline().rstrip("\n")
    people.write(options.file, options.name, password)
    print(f"書きました: {options.file}（{options.name}）")
    return _DONE
