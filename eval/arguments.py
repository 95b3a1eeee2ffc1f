"""What `python -m eval` can be asked: its commands and their arguments, with help that teaches."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path

from eval.cases import SPLITS

SHIPPED = Path(__file__).parent / "datasets" / "corpus_ja.jsonl"
CORPUS = Path(__file__).parent.parent / "corpus"
OTHERS = SHIPPED.parent / "others"
REPORTS = Path("eval/reports")
INDEX = Path(os.environ.get("TENKYO_INDEX", ".tenkyo"))

_ABOUT = """\
Tenkyo の答えを採点する。

  python -m eval                                     同梱の問い(dev)を corpus/ に対して採点
  python -m eval run 問い.jsonl --index .tenkyo        自分の問いを自分の索引で採点
  python -m eval questions 問い.jsonl > in.jsonl       tenkyo ask --batch の入力を作る
  python -m eval score 問い.jsonl out.jsonl            tenkyo ask --batch の出力を採点
  python -m eval compare 前 後                         二つの評価の差と、変わった問い
  python -m eval retrieval --format squad 公開データ.json  検索だけを測る
  python -m eval reading --format squad 公開データ.json    読解だけを測る
  python -m eval baselines                           よく使われる道具との比較
  python -m eval formats                             同じ文書を Word と PDF にして測る
  python -m eval dialogues                           会話の続けての問いを補えているかを測る
  python -m eval bench                               速さ・メモリー・大きさを、部品やほかの道具と並べて測る
  python -m eval engines                             語の検索エンジンを比べる
  python -m eval sizing 文書フォルダ/                    Milvus を何台にするかの計算
  python -m eval feedback --out 問い.jsonl             対話画面の「役に立った」「違う」を問いにする
  python -m eval load http://127.0.0.1:7860          大勢が同時に尋ねたときの速さ
  python -m eval verify                              生成された文の検証: 誤りをいくつ見つけるか
  python -m eval calibrate --help                    読解器の重みと確信度を dev で決め直す
"""
_DATASET = """\
問いのファイルは一行に一つの JSON:
  {"id": "1", "question": "育児休業は何歳まで", "answers": ["2歳", "満2歳"],
   "evidence": [{"document": "就業規則.md", "text": "子が満２歳に達するまで"}]}
answers はどれか一つが回答に含まれれば正解。列挙は "all_of": ["甲", "乙"] ですべてを求める。
文書に答えのない問いは {"id": "2", "question": "…", "answerable": false}。
"type" は種類別の集計に、"split" は dev/test の区別に、"conversation" は続けての問いに使う。
evidence の text は原文のとおりに写す。document はファイル名。
"""

_BENCH = """\
文書は同梱の公開文書から、語の頻度を保って作る。
測ったものは report.json に一つずつ書き足し、止めても続きから測れる。
百万チャンクは --sizes 1000000 (文書だけで約 1 GB、索引と合わせて 10 GB ほどのディスクを使う)。
ほかの道具は pip install "tenkyo[baselines]" で入る。ないものは報告にそう書く。
"""

_Adds = Callable[..., argparse.ArgumentParser]


def parser() -> argparse.ArgumentParser:
    """The parser; `command` of what it parsed names a function of `eval.commands` or `eval.speed`."""
    layout = argparse.RawDescriptionHelpFormatter
    whole = argparse.ArgumentParser(prog="python -m eval", description=_ABOUT, formatter_class=layout)
    commands = whole.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, text: str, after: str = _DATASET) -> argparse.ArgumentParser:
        found = commands.add_parser(name, help=text, description=text, epilog=after, formatter_class=layout)
        found.set_defaults(command=name)
        return found

    _of_answers(command)
    _of_parts(command)
    _of_speed(command)
    commands.add_parser("calibrate", help="読解器の重みと確信度を dev の問いで決め直す", add_help=False)
    return whole


def _of_answers(command: _Adds) -> None:
    """Commands about whole answers to a data set."""
    one = command("run", "問いを索引に尋ねて採点し、報告 (HTML・JSON・CSV) と回答を書く")
    one.add_argument("dataset", type=Path, nargs="?", default=SHIPPED, help="問いの JSONL (既定: 同梱)")
    one.add_argument("--index", type=Path, default=INDEX, metavar="DIR", help=f"索引 (既定: {INDEX})")
    one.add_argument("--model", metavar="NAME", help="索引を作ったときの埋め込みモデル")
    one.add_argument("--limit", type=int, metavar="N", help="最初の N 問だけ")
    one.add_argument("--keep", type=Path, metavar="FILE", help="全体の値を残す: CI はこれより悪いと落ちる")
    one.add_argument("--curve", type=Path, metavar="SVG", help="リスク・カバレッジ曲線だけの図を書く")
    one.add_argument("--judge-url", metavar="URL", help="OpenAI 互換サーバーにも採点させる (既定: させない)")
    one.add_argument("--judge-model", metavar="NAME", default="default", help="そのモデル名")
    _common(one, default_out=REPORTS)

    one = command("score", "tenkyo ask --batch の出力を採点する")
    one.add_argument("dataset", type=Path, help="問いの JSONL")
    one.add_argument("answers", type=Path, help="tenkyo ask --batch の出力")
    one.add_argument("--corpus", type=Path, metavar="DIR", help="原文のフォルダ。引用が原文どおりかも調べる")
    _common(one, default_out=None)

    one = command("questions", "tenkyo ask --batch の入力を標準出力に書く")
    one.add_argument("dataset", type=Path, help="問いの JSONL")
    one.add_argument("--split", choices=SPLITS, default="all", help="使う半分 (既定: all)")
    one = command("compare", "二つの評価を比べ、差の検定と、変わった問いを示す", after="")
    one.add_argument("before", type=Path, help="前の評価 (run の --out か report.json)")
    one.add_argument("after", type=Path, help="後の評価")
    one.add_argument("--json", action="store_true", help="表の代わりに JSON を書く")
    one = command("feedback", "対話画面での「役に立った」「違う」を、問いのファイルにする")
    one.add_argument("--index", type=Path, default=INDEX, metavar="DIR", help=f"索引 (既定: {INDEX})")
    one.add_argument("--out", type=Path, metavar="FILE", help="書き出し先 (既定: 標準出力)")
    one = command("load", "動いているチャットに、大勢が同時に尋ねたときの速さを測る", after="")
    one.add_argument("url", help="チャットのアドレス (例: http://127.0.0.1:7860)")
    one.add_argument("--dataset", type=Path, default=SHIPPED, help="問いの JSONL (既定: 同梱)")
    one.add_argument("--users", type=int, default=20, metavar="N", help="人数 (既定: 20)")
    one.add_argument("--seconds", type=float, default=120, metavar="S", help="続ける秒数 (既定: 120)")
    one = command("baselines", "よく使われる道具で作った検索を、同じ文書と問いで測る")
    one.add_argument("dataset", type=Path, nargs="?", default=SHIPPED, help="問いの JSONL (既定: 同梱)")
    one.add_argument("--corpus", type=Path, default=CORPUS, metavar="DIR", help="文書 (既定: 同梱)")
    one.add_argument("--split", choices=SPLITS, help="使う半分 (既定: 同梱は dev、ほかは all)")
    one = command("formats", "同じ文書を Word と PDF にして、同じ問いで測る (chromium を使う)")
    one.add_argument("dataset", type=Path, nargs="?", default=SHIPPED, help="問いの JSONL (既定: 同梱)")
    one.add_argument("--corpus", type=Path, default=CORPUS, metavar="DIR", help="文書 (既定: 同梱)")
    one.add_argument("--split", choices=SPLITS, help="使う半分 (既定: 同梱は dev、ほかは all)")


def _of_parts(command: _Adds) -> None:
    """Commands about search, reading and single steps alone."""
    for name, text in (
        ("retrieval", "公開の読解データで検索を測る: 段落ごとに一文書、BM25・密ベクトル・併用"),
        ("reading", "公開の読解データで読解器を測る: 完全一致、文字 F1、速さ"),
    ):
        one = command(name, text, after="")
        one.add_argument("file", type=Path, help="データのファイル (.xz も可)。beir はフォルダ")
        forms = ("squad", "beir", "jsonl") if name == "retrieval" else ("squad", "jsonl")
        one.add_argument("--format", choices=forms, default="squad", help="データの形式 (既定: squad)")
        one.add_argument("--limit", type=int, metavar="N", help="最初の N 問だけ")
        one.add_argument("--model", metavar="NAME", help="埋め込みモデル (既定: 同梱)")
    one = command("verify", "文書の文の言い換えと、誤りを一つ入れた文とで、検証が何を通すかを測る", after="")
    one.add_argument(
        "paths", type=Path, nargs="*", default=[CORPUS, OTHERS], metavar="PATH", help="文書 (既定: 同梱)"
    )
    one.add_argument("--split", choices=SPLITS, default="all", help="使う半分 (既定: 両方を別々に)")
    one.add_argument("--failures", type=int, default=0, metavar="N", help="dev の失敗を種類ごとに N 件示す")
    one = command("dialogues", "会話の続けての問いを、前の問いから補えているかを測る", after="")
    one.add_argument("dataset", type=Path, nargs="?", help="会話の JSONL (既定: 同梱)")
    one.add_argument("--split", choices=SPLITS, default="dev", help="使う半分 (既定: dev)")


def _of_speed(command: _Adds) -> None:
    """Commands about speed, memory and size."""
    one = command("bench", "速さ・メモリー・大きさを、部品だけやほかの道具と並べて測る", after=_BENCH)
    one.add_argument("--only", type=_names, default=None, metavar="名,…", help="測るもの (既定: すべて)")
    _measured(one, REPORTS / "bench", "1000,10000")
    one.add_argument("--corpus", type=Path, default=CORPUS, metavar="DIR", help="段階ごとの時間を測る文書")
    one.add_argument("--dataset", type=Path, default=SHIPPED, help="その問いの JSONL (既定: 同梱)")
    one.add_argument("--limit", type=int, default=40, metavar="N", help="その問いの数 (0: 測らない)")
    one = command("sizing", "一チャンクのバイト数と時間を測り、大きな Milvus に要る台数を計算する", after="")
    one.add_argument(
        "folder", nargs="?", type=Path, default=CORPUS, metavar="DIR", help="測る文書 (既定: corpus)"
    )
    one.add_argument("--chunks", type=float, default=1e8, metavar="N", help="チャンクの数 (既定: 1e8)")
    one = command("engines", "語の検索エンジンを、同じ語の並びで比べる", after=_BENCH)
    one.add_argument(
        "--public", type=Path, metavar="FILE", help="recall@1 も測る SQuAD 形式のデータ (.xz も可)"
    )
    _measured(one, REPORTS / "engines", "1000,10000")


def _measured(parser: argparse.ArgumentParser, out: Path, sizes: str) -> None:
    parser.add_argument(
        "--sizes", type=_sizes, default=_sizes(sizes), metavar="N,…", help=f"チャンクの数 (既定: {sizes})"
    )
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="文書のもとに加える text_*.jsonl.xz のフォルダ"
    )
    parser.add_argument(
        "--out", type=Path, default=out, metavar="DIR", help=f"報告の書き出し先 (既定: {out})"
    )
    parser.add_argument(
        "--work", type=Path, metavar="DIR", help="作った文書と索引を置く所 (既定: --out の中)"
    )
    parser.add_argument(
        "--cap-seconds", type=float, default=600, metavar="S", help="一つの段階の上限 (既定: 600)"
    )
    parser.add_argument("--cap-gb", type=float, default=12, metavar="GB", help="メモリーの上限 (既定: 12)")
    parser.add_argument("--fresh", action="store_true", help="前の測定の続きからでなく、初めから測る")


def _names(given: str) -> list[str]:
    return [name for name in given.split(",") if name]


def _sizes(given: str) -> list[int]:
    sizes = sorted({int(size.replace("_", "")) for size in _names(given)})
    if not sizes or sizes[0] < 1:
        raise argparse.ArgumentTypeError("1 以上の数をコンマで並べてください")
    return sizes


def _common(parser: argparse.ArgumentParser, default_out: Path | None) -> None:
    parser.add_argument("--split", choices=SPLITS, help="使う半分 (既定: 同梱は dev、ほかは all)")
    parser.add_argument("--out", type=Path, default=default_out, metavar="DIR", help="書き出し先")
    parser.add_argument("--json", action="store_true", help="表の代わりに報告の JSON を標準出力に書く")
