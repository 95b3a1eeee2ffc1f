"""The `tenkyo` command: arguments and exit codes.

0 done, 1 some inputs failed (each named), 2 wrong usage or unusable index.
"""

from __future__ import annotations

import argparse
import importlib
import io
import json
import os
import sys
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from index import backup
from index.doctor import examine
from ingest import health
from ingest.errors import TenkyoError
from ingest.watch import changes
from qa.answer import Answer
from qa.batch import ask_all
from qa.tenkyo import FileReport, Tenkyo

_DONE, _SOME_FAILED, _UNUSABLE = 0, 1, 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; errors go to standard error as one line each."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] == ["eval"]:
        # Loaded by name: nothing may import eval, and its own parser takes it from here.
        return int(importlib.import_module("eval.__main__").main(arguments[1:]) or 0)
    # A terminal that knows ASCII only still gets its answer, the rest of it as "?".
    if isinstance(sys.stdout, io.TextIOWrapper) and isinstance(sys.stderr, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
        sys.stderr.reconfigure(errors="backslashreplace")
    options = _parser().parse_args(arguments)
    try:
        done = int(options.run(options))
        sys.stdout.flush()  # while an error can still be told
        return done
    except TenkyoError as error:
        print(f"tenkyo: {error}", file=sys.stderr)
        return _UNUSABLE
    except BrokenPipeError:
        # The reader of our output (head, less) has gone: nothing is wrong.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _DONE
    except OSError as error:
        print(f"tenkyo: 標準出力: 書けません（{error.strerror or error}）", file=sys.stderr)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _UNUSABLE
    except KeyboardInterrupt:
        print("tenkyo: 中断しました（ここまでに登録した文書はそのまま使えます）", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tenkyo",
        description="典拠 — 日本語の文書に質問し、原文の該当箇所つきの答えを得る",
        epilog="例: tenkyo index corpus/ ののち tenkyo ask 'デジタル庁はいつ発足しますか'",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--index",
        type=Path,
        default=Path(os.environ.get("TENKYO_INDEX", ".tenkyo")),
        metavar="DIR",
        help="索引のフォルダ（既定: 環境変数 TENKYO_INDEX、なければ .tenkyo）",
    )
    common.add_argument(
        "--model",
        metavar="NAME",
        help="埋め込みモデル（sentence-transformers のパスか名前。既定: 同梱モデル）",
    )

    index = commands.add_parser(
        "index", parents=[common], help="文書を登録・更新する（変わらない文書は処理しない）"
    )
    index.add_argument("paths", nargs="+", type=_path, metavar="PATH", help="ファイルまたはフォルダ")
    index.add_argument("-v", "--verbose", action="store_true", help="文書ごとの読み取り状態（表、文字化けなど）も表示する")
    index.add_argument("--watch", action="store_true", help="終了せず、変更のたびに索引を更新し続ける（終わるには Ctrl+C）")
    index.set_defaults(run=_index)

    ask = commands.add_parser("ask", parents=[common], help="質問する")
    ask.add_argument("question", nargs="?", metavar="QUESTION", help="日本語の質問文")
    ask.add_argument("--json", action="store_true", help="JSON で出力する")
    ask.add_argument(
        "--batch", type=Path, metavar="IN.jsonl", help='一行に一問 {"id", "question"} のファイル'
    )
    ask.add_argument("--out", type=Path, metavar="OUT.jsonl", help="--batch の出力先（既定: 標準出力）")
    ask.set_defaults(run=_ask, parser=ask)

    doctor = commands.add_parser("doctor", parents=[common], help="索引を調べ、直せるところを直す")
    doctor.set_defaults(run=_doctor)
    saving = commands.add_parser("backup", parents=[common], help="索引を一つのファイルに保存する（使用中でもよい）")
    saving.add_argument("file", type=_path, metavar="FILE", help="保存先のファイル")
    saving.set_defaults(run=_backup)
    restore = commands.add_parser("restore", parents=[common], help="backup のファイルから索引を元に戻す")
    restore.add_argument("file", type=_path, metavar="FILE", help="backup で作ったファイル")
    restore.set_defaults(run=_restore)

    docs = commands.add_parser("docs", help="登録した文書を見る・消す")
    actions = docs.add_subparsers(dest="action", required=True, metavar="list|show|remove")
    listing = actions.add_parser("list", parents=[common], help="一覧")
    listing.set_defaults(run=_docs_list)
    show = actions.add_parser("show", parents=[common], help="見出しと題名などを表示する")
    show.add_argument("name", metavar="NAME", help="ファイル名・パス・ID")
    show.set_defaults(run=_docs_show)
    remove = actions.add_parser("remove", parents=[common], help="索引から消す（元のファイルは消えない）")
    remove.add_argument("name", nargs="+", metavar="NAME", help="ファイル名・パス・ID")
    remove.set_defaults(run=_docs_remove)

    serve = commands.add_parser(
        "serve", parents=[common], help="ブラウザの対話画面を開く（python app.py と同じ）"
    )
    serve.add_argument("--host", default="127.0.0.1", help="待ち受けるアドレス（既定: 127.0.0.1）")
    serve.add_argument("--port", type=_port, default=7860, help="ポート（既定: 7860）")
    serve.set_defaults(run=_serve)
    commands.add_parser("eval", help="評価する（python -m eval と同じ。tenkyo eval --help）", add_help=False)
    return parser


def _port(given: str) -> int:
    if not given.isascii() or not given.isdigit() or int(given[:6]) > 65535:
        raise argparse.ArgumentTypeError(f"ポートは 0 から 65535 の数です: {given}")
    return int(given)


def _path(given: str) -> Path:
    if not given.strip():
        raise argparse.ArgumentTypeError("ファイルまたはフォルダの名前が空です")
    return Path(given)


def _index(options: argparse.Namespace) -> int:
    tenkyo = Tenkyo.open(options.index, options.model)
    done = _updated(tenkyo, options)
    if options.watch:
        print("変更を見守っています（終わるには Ctrl+C）", flush=True)
        for _ in changes(options.paths):
            done = _updated(tenkyo, options)
    return done


def _updated(tenkyo: Tenkyo, options: argparse.Namespace) -> int:
    with tqdm(desc="登録", unit="件", file=sys.stderr, disable=None) as bar:

        def progress(report: FileReport, total: int) -> None:
            bar.total = total
            bar.update()

        reports = tenkyo.add(*options.paths, progress=progress)
    for report in reports:
        if report.status == "failed":
            print(f"tenkyo: {report.message}", file=sys.stderr)
        elif report.worries:
            print(_inert(f"{Path(report.path).name}: 注意: {'。'.join(report.worries)}"), file=sys.stderr)
        elif report.health and options.verbose:
            print(_inert(f"{Path(report.path).name}: {report.health}"))
    names = {
        "added": "追加", "updated": "更新", "renamed": "移動", "unchanged": "変更なし", "removed": "削除", "failed": "失敗",
    }  # fmt: skip
    counts = {status: sum(report.status == status for report in reports) for status in names}
    print(
        "、".join(f"{names[status]} {n} 件" for status, n in counts.items() if n)
        or "読める文書がありませんでした",
        flush=True,
    )
    return _SOME_FAILED if counts["failed"] or not reports else _DONE


def _ask(options: argparse.Namespace) -> int:
    if (options.question is None) == (options.batch is None):
        options.parser.error("質問文か --batch IN.jsonl のどちらか一つを指定してください")
    if options.batch:
        return _batch(options)
    if options.out:
        options.parser.error("--out は --batch とともに指定してください")
    tenkyo = Tenkyo.open(options.index, options.model)
    answer = tenkyo.ask(options.question)
    print(json.dumps(answer.to_dict(), ensure_ascii=False, indent=2) if options.json else _written(answer))
    return _DONE


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
    return "\n".join(lines)


def _inert(text: str) -> str:
    """Text in which nothing steers a terminal: control characters, one for one, as U+FFFD."""
    return "".join("\ufffd" if unicodedata.category(c) in ("Cc", "Cs") and c != "\n" else c for c in text)


def _batch(options: argparse.Namespace) -> int:
    tenkyo = Tenkyo.open(options.index, options.model)
    return _SOME_FAILED if ask_all(tenkyo, options.batch, options.out) else _DONE


def _docs_list(options: argparse.Namespace) -> int:
    for document in Tenkyo.open(options.index, options.model).documents():
        facts = (document.id, document.name, document.title, document.publisher, document.issued)
        print("\t".join(map(_inert, facts)))
    return _DONE


def _docs_show(options: argparse.Namespace) -> int:
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


def _docs_remove(options: argparse.Namespace) -> int:
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


def _doctor(options: argparse.Namespace) -> int:
    found = examine(options.index, options.model)
    for finding in found:
        print(_inert(f"{'直しました' if finding.repaired else '直せません'}: {finding.what}"))
    if not found:
        print("問題はありません")
    return _DONE if all(finding.repaired for finding in found) else _SOME_FAILED


def _backup(options: argparse.Namespace) -> int:
    size = backup.save(options.index, options.file)
    print(f"保存しました: {options.file}（{size / 1024 / 1024:.1f} MB）")
    return _DONE


def _restore(options: argparse.Namespace) -> int:
    count = backup.restore(options.file, options.index)
    print(f"元に戻しました: 文書 {count} 件")
    return _DONE


def _serve(options: argparse.Namespace) -> int:
    # Loaded by name: app imports qa, so qa may not import app.
    return int(
        importlib.import_module("app").serve(options.index, options.host, options.port, options.model) or 0
    )


if __name__ == "__main__":
    raise SystemExit(main())
