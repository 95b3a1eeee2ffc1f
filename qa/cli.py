"""The `tenkyo` command: arguments and exit codes.

0 done, 1 some inputs failed (each named), 2 wrong usage or unusable index.
"""

from __future__ import annotations

import argparse
import importlib
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from index.open import place
from ingest.errors import TenkyoError
from ingest.shard import Shard
from qa import commands

_DONE, _UNUSABLE = 0, 2
Verbs: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


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
    verbs = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--index",
        type=place,
        default=place(os.environ.get("TENKYO_INDEX", ".tenkyo")),
        metavar="DIR",
        help="索引のフォルダ（既定: 環境変数 TENKYO_INDEX、なければ .tenkyo）か、Milvus の http://ホスト:19530",
    )
    common.add_argument(
        "--model",
        metavar="NAME",
        help="埋め込みモデル（sentence-transformers のパスか名前。既定: 同梱モデル）",
    )

    index = verbs.add_parser(
        "index", parents=[common], help="文書を登録・更新する（変わらない文書は処理しない）"
    )
    index.add_argument("paths", nargs="+", type=_path, metavar="PATH", help="ファイルまたはフォルダ")
    index.add_argument(
        "-v", "--verbose", action="store_true", help="文書ごとの読み取り状態（表、文字化けなど）も表示する"
    )
    index.add_argument(
        "--watch", action="store_true", help="終了せず、変更のたびに索引を更新し続ける（終わるには Ctrl+C）"
    )
    index.add_argument(
        "--shard",
        type=_shard,
        metavar="N/M",
        help="M 個に分けたうちの N 番目のファイルだけを登録する（Milvus に何台かで登録するとき）",
    )
    index.set_defaults(run=commands.index)

    ask = verbs.add_parser("ask", parents=[common], help="質問する")
    ask.add_argument("question", nargs="?", metavar="QUESTION", help="日本語の質問文")
    ask.add_argument("--json", action="store_true", help="JSON で出力する")
    ask.add_argument(
        "--batch", type=Path, metavar="IN.jsonl", help='一行に一問 {"id", "question"} のファイル'
    )
    ask.add_argument("--out", type=Path, metavar="OUT.jsonl", help="--batch の出力先（既定: 標準出力）")
    commands.add_writer_options(ask)
    ask.set_defaults(run=commands.ask, parser=ask)

    _add_keeping(verbs, common)
    _add_serving(verbs, common)
    return parser


def _add_keeping(verbs: Verbs, common: argparse.ArgumentParser) -> None:
    """The commands that look after an index."""
    doctor = verbs.add_parser("doctor", parents=[common], help="索引を調べ、直せるところを直す")
    doctor.set_defaults(run=commands.doctor)
    saving = verbs.add_parser(
        "backup", parents=[common], help="索引を一つのファイルに保存する（使用中でもよい）"
    )
    saving.add_argument("file", type=_path, metavar="FILE", help="保存先のファイル")
    saving.set_defaults(run=commands.back_up)
    restore = verbs.add_parser("restore", parents=[common], help="backup のファイルから索引を元に戻す")
    restore.add_argument("file", type=_path, metavar="FILE", help="backup で作ったファイル")
    restore.set_defaults(run=commands.restore)

    docs = verbs.add_parser("docs", help="登録した文書を見る・消す")
    actions = docs.add_subparsers(dest="action", required=True, metavar="list|show|remove")
    listing = actions.add_parser("list", parents=[common], help="一覧")
    listing.set_defaults(run=commands.docs_list)
    show = actions.add_parser("show", parents=[common], help="見出しと題名などを表示する")
    show.add_argument("name", metavar="NAME", help="ファイル名・パス・ID")
    show.set_defaults(run=commands.docs_show)
    remove = actions.add_parser("remove", parents=[common], help="索引から消す（元のファイルは消えない）")
    remove.add_argument("name", nargs="+", metavar="NAME", help="ファイル名・パス・ID")
    remove.set_defaults(run=commands.docs_remove)


def _add_serving(verbs: Verbs, common: argparse.ArgumentParser) -> None:
    """The commands that open an index to others."""
    serve = verbs.add_parser(
        "serve", parents=[common], help="ブラウザの対話画面を開く（python app.py と同じ）"
    )
    serve.add_argument("--host", default="127.0.0.1", help="待ち受けるアドレス（既定: 127.0.0.1）")
    serve.add_argument("--port", type=_port, default=7860, help="ポート（既定: 7860）")
    serve.add_argument(
        "--auth",
        type=Path,
        metavar="FILE",
        help="ログインを求める。名前とパスワードのファイル（tenkyo passwd で作る）",
    )
    serve.add_argument(
        "--user-header",
        default="",
        metavar="NAME",
        help="リバースプロキシがログイン済みの名前を入れるヘッダー（例: X-Forwarded-User）",
    )
    serve.add_argument(
        "--proxy",
        action="append",
        metavar="ADDRESS",
        help="--user-header を信じる相手のアドレス（くり返せる。既定: 127.0.0.1 と ::1）",
    )
    serve.add_argument(
        "--allow-host",
        action="append",
        metavar="NAME",
        help="ログインなしのとき、この機械の名前のほかに受け付けるホスト名（くり返せる）",
    )
    serve.add_argument(
        "--rate",
        metavar="N/UNIT",
        help="一人あたりの質問の上限（例: 60/minute。既定: ログインありなら 60/minute）",
    )
    serve.add_argument("--read-only", action="store_true", help="画面から文書を追加・削除できないようにする")
    serve.add_argument(
        "--state",
        type=Path,
        metavar="DIR",
        help="画面から加えた文書と評価を置くフォルダ（既定: 索引のフォルダ、Milvus では .tenkyo-state）",
    )
    _add_watching(serve)
    commands.add_writer_options(serve)
    serve.set_defaults(run=commands.serve, parser=serve)

    passwd = verbs.add_parser("passwd", help="serve --auth のファイルに名前とパスワードを書く")
    passwd.add_argument("file", type=_path, metavar="FILE", help="ファイル（なければ作る）")
    passwd.add_argument("name", metavar="NAME", help="ログインの名前")
    passwd.set_defaults(run=commands.passwd)
    verbs.add_parser("eval", help="評価する（python -m eval と同じ。tenkyo eval --help）", add_help=False)


def _add_watching(serve: argparse.ArgumentParser) -> None:
    """What others may see of a running server."""
    serve.add_argument(
        "--metrics-from",
        action="append",
        metavar="ADDRESS",
        help="この機械のほかに /metrics を読めるアドレス（くり返せる。例: 10.0.0.7 や 10.0.0.0/8）",
    )
    serve.add_argument(
        "--log",
        choices=("text", "json"),
        default="text",
        help="標準エラーの記録: 失敗だけを一行ずつ（text、既定）か、質問ごとに一行の JSON",
    )
    serve.add_argument(
        "--log-questions", action="store_true", help="記録に質問の文も書く（既定では書かない）"
    )


def _shard(given: str) -> Shard:
    try:
        return Shard.parse(given)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _port(given: str) -> int:
    if not given.isascii() or not given.isdigit() or int(given[:6]) > 65535:
        raise argparse.ArgumentTypeError(f"ポートは 0 から 65535 の数です: {given}")
    return int(given)


def _path(given: str) -> Path:
    if not given.strip():
        raise argparse.ArgumentTypeError("ファイルまたはフォルダの名前が空です")
    return Path(given)


if __name__ == "__main__":
    raise SystemExit(main())
