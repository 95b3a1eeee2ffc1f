"""`python -m eval`: arguments and exit codes (0 done, 1 some lines skipped, 2 wrong usage)."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tqdm import tqdm

from eval.cases import SPLITS, Case, given, of_split, read_answers, read_cases
from eval.found import retrieval
from eval.metrics import estimate
from eval.report import JUDGED
from eval.run import Journal, ask_all, program, score, write
from eval.table import differing, lines, table
from ingest.errors import TenkyoError

SHIPPED = Path(__file__).parent / "datasets" / "corpus_ja.jsonl"
CORPUS = Path(__file__).parent.parent / "corpus"
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
  python -m eval bench                               段階ごとの時間と取り込みの速さ
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


class _Stop(Exception):
    """Ends the command with one line to the user."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one evaluation command; messages and progress go to standard error."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] == ["calibrate"]:
        from eval import calibrate  # has a parser of its own, and loads torch

        return calibrate.main(arguments[1:])
    options = _parser().parse_args(arguments or ["run"])
    try:
        return int(options.command(options))
    except (_Stop, TenkyoError) as error:
        return _fail(str(error))
    except BrokenPipeError:
        # The reader of our output (head, less) has gone: nothing is wrong.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        return _fail(f"{error.filename}: 読み書きできません。パスと権限を確かめてください ({error.strerror})")
    except KeyboardInterrupt:
        return _fail("中断しました")


def _fail(message: str) -> int:
    print(f"eval: {message}", file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m eval", description=_ABOUT, formatter_class=layout)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, function: Any, text: str, after: str = _DATASET) -> argparse.ArgumentParser:
        found = commands.add_parser(name, help=text, description=text, epilog=after, formatter_class=layout)
        found.set_defaults(command=function)
        return found

    one = command("run", _run, "問いを索引に尋ねて採点し、報告 (HTML・JSON・CSV) と回答を書く")
    one.add_argument("dataset", type=Path, nargs="?", default=SHIPPED, help="問いの JSONL (既定: 同梱)")
    one.add_argument("--index", type=Path, default=INDEX, metavar="DIR", help=f"索引 (既定: {INDEX})")
    one.add_argument("--model", metavar="NAME", help="索引を作ったときの埋め込みモデル")
    one.add_argument("--limit", type=int, metavar="N", help="最初の N 問だけ")
    one.add_argument("--judge-url", metavar="URL", help="OpenAI 互換サーバーにも採点させる (既定: させない)")
    one.add_argument("--judge-model", metavar="NAME", default="default", help="そのモデル名")
    _common(one, default_out=REPORTS)

    one = command("score", _score, "tenkyo ask --batch の出力を採点する")
    one.add_argument("dataset", type=Path, help="問いの JSONL")
    one.add_argument("answers", type=Path, help="tenkyo ask --batch の出力")
    one.add_argument("--corpus", type=Path, metavar="DIR", help="原文のフォルダ。引用が原文どおりかも調べる")
    _common(one, default_out=None)

    one = command("questions", _questions, "tenkyo ask --batch の入力を標準出力に書く")
    one.add_argument("dataset", type=Path, help="問いの JSONL")
    one.add_argument("--split", choices=SPLITS, default="all", help="使う半分 (既定: all)")
    one = command("compare", _compare, "二つの評価を比べ、差の検定と、変わった問いを示す", after="")
    one.add_argument("before", type=Path, help="前の評価 (run の --out か report.json)")
    one.add_argument("after", type=Path, help="後の評価")
    one.add_argument("--json", action="store_true", help="表の代わりに JSON を書く")
    one = command("baselines", _baselines, "よく使われる道具で作った検索を、同じ文書と問いで測る")
    one.add_argument("dataset", type=Path, nargs="?", default=SHIPPED, help="問いの JSONL (既定: 同梱)")
    one.add_argument("--corpus", type=Path, default=CORPUS, metavar="DIR", help="文書 (既定: 同梱)")
    one.add_argument("--split", choices=SPLITS, help="使う半分 (既定: 同梱は dev、ほかは all)")
    for name, function, text in (
        ("retrieval", _retrieval, "公開の読解データで検索を測る: 段落ごとに一文書、BM25・密ベクトル・併用"),
        ("reading", _reading, "公開の読解データで読解器を測る: 完全一致、文字 F1、速さ"),
    ):
        one = command(name, function, text, after="")
        one.add_argument("file", type=Path, help="データのファイル (.xz も可)。beir はフォルダ")
        forms = ("squad", "beir", "jsonl") if function is _retrieval else ("squad", "jsonl")
        one.add_argument("--format", choices=forms, default="squad", help="データの形式 (既定: squad)")
        one.add_argument("--limit", type=int, metavar="N", help="最初の N 問だけ")
        one.add_argument("--model", metavar="NAME", help="埋め込みモデル (既定: 同梱)")
    one = command("bench", _bench, "段階ごとの時間 (p50/p95) と取り込みの速さを測る", after="")
    one.add_argument("--corpus", type=Path, default=CORPUS, metavar="DIR", help="文書 (既定: 同梱)")
    one.add_argument("--dataset", type=Path, default=SHIPPED, help="問いの JSONL (既定: 同梱)")
    one.add_argument("--limit", type=int, default=40, metavar="N", help="問いの数 (既定: 40)")
    commands.add_parser("calibrate", help="読解器の重みと確信度を dev の問いで決め直す", add_help=False)
    return parser


def _common(parser: argparse.ArgumentParser, default_out: Path | None) -> None:
    parser.add_argument("--split", choices=SPLITS, help="使う半分 (既定: 同梱は dev、ほかは all)")
    parser.add_argument("--out", type=Path, default=default_out, metavar="DIR", help="書き出し先")
    parser.add_argument("--json", action="store_true", help="表の代わりに報告の JSON を標準出力に書く")


def _cases(options: argparse.Namespace) -> tuple[list[Case], int]:
    """The chosen cases and the number of lines skipped, each of them named."""
    cases, broken = read_cases(options.dataset)
    for message in broken:
        print(f"eval: {message}", file=sys.stderr)
    # The test half is for reporting: it is used only when asked for.
    if options.split is None:
        options.split = "dev" if options.dataset.resolve() == SHIPPED else "all"
    chosen = of_split(cases, options.split)
    limit = getattr(options, "limit", None)
    chosen = chosen if limit is None else chosen[:limit]
    if not chosen:
        raise _Stop(f"{options.dataset}: 使える問いがありません。--split か行の形を直してください")
    return chosen, len(broken)


def _run(options: argparse.Namespace) -> int:
    from qa import Tenkyo  # loads torch, which the other commands do without

    cases, skipped = _cases(options)
    tenkyo = Tenkyo.open(options.index, options.model)
    if options.dataset.resolve() == SHIPPED:
        tenkyo.add(CORPUS)
    texts = {document.name: tenkyo.document(document.id).text for document in tenkyo.documents()}
    if not texts:
        raise _Stop(f"{options.index}: 索引に文書がありません。先に tenkyo index で文書を登録してください")
    about = _about(options)
    state = {"index": str(options.index.resolve()), "documents": sorted(d.id for d in tenkyo.documents())}
    journal = Journal(options.out, {**about, **state, "program": program()})
    done = journal.taken_up()
    if done:
        print(f"eval: 前回の続きから始めます（{len(done)} 問は回答済み）", file=sys.stderr)
    tenkyo.ask(cases[0].question)  # loads the models, which is no part of answering
    with tqdm(total=len(cases), desc="質問", unit="問", file=sys.stderr) as bar:

        def told(answers: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
            for answer in answers:
                bar.update()
                yield answer

        asked = journal.kept(told(ask_all(tenkyo, cases, done)))
    found, _ = score(cases, map(given, asked), about, texts)
    found["retrieval"], ranks = retrieval(tenkyo, cases)
    for question in found["questions"]:
        question["rank"] = ranks.get(question["id"])
    if options.judge_url:
        _judge(options, found)
    _show(options, found)
    for path in write(options.out, found):
        print(f"eval: {path} を書きました", file=sys.stderr)
    return 1 if skipped else 0


def _judge(options: argparse.Namespace, found: dict[str, Any]) -> None:
    """Add a language model's marks, under names of their own, to every answered question."""
    from eval.judge import Judge

    judge = Judge(options.judge_url, options.judge_model)
    answered = [q for q in found["questions"] if q["answerable"] and not q["abstained"]]
    for question in tqdm(answered, desc="LLM採点", unit="問", file=sys.stderr):
        question["figures"] |= judge.opinion(question)
    for name in JUDGED:
        marks = [q["figures"][name] for q in answered if name in q["figures"]]
        if marks:
            found["overall"][name] = asdict(estimate(marks))


def _score(options: argparse.Namespace) -> int:
    cases, skipped = _cases(options)
    answers, broken = read_answers(options.answers)
    for message in broken:
        print(f"eval: {message}", file=sys.stderr)
    found, missing = score(cases, answers, _about(options), _texts(options.corpus))
    if not found["n"]:
        raise _Stop(f"{options.answers}: 問いと id の合う回答がありません")
    if missing:
        names = "、".join(missing[:5]) + (" ほか" if len(missing) > 5 else "")
        print(f"eval: 回答のない {len(missing)} 問を除いて採点しました ({names})", file=sys.stderr)
    _show(options, found)
    if options.out:
        write(options.out, found)
    return 1 if skipped or broken or missing else 0


def _texts(folder: Path | None) -> dict[str, str] | None:
    if folder is None:
        return None
    from ingest.read import SUFFIXES, read

    files = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in SUFFIXES]
    return {path.name: read(path).text for path in files}


def _about(options: argparse.Namespace) -> dict[str, Any]:
    return {"dataset": options.dataset.name, "split": options.split}


def _show(options: argparse.Namespace, found: Mapping[str, Any]) -> None:
    print(json.dumps(found, ensure_ascii=False, indent=1) if options.json else table(found))


def _baselines(options: argparse.Namespace) -> int:
    from eval.baselines import BASELINES, Missing, measure

    cases, skipped = _cases(options)
    texts = _texts(options.corpus) or {}
    if not texts:
        raise _Stop(f"{options.corpus}: 文書がありません")
    rows = [["作り方", "根拠@1", "根拠@3", "正解", "中央値ms"]]
    for name, build in BASELINES.items():
        try:
            found = measure(build(texts), cases)
        except Missing as missing:
            print(f"eval: {name}: {missing} がありません。pip install 'tenkyo[baselines]'", file=sys.stderr)
            continue
        shares = [f"{found[key]:.1%}" for key in ("evidence@1", "evidence@3", "contains")]
        rows.append([name, *shares, f"{found['ms']:.1f}"])
    print(lines(rows))
    return 1 if skipped else 0


def _compare(options: argparse.Namespace) -> int:
    from eval.compare import changed, differences, read_run

    try:
        before, after = read_run(options.before), read_run(options.after)
    except ValueError as error:
        raise _Stop(str(error)) from error
    found, moved = differences(before, after), changed(before, after)
    if not found:
        raise _Stop("二つの評価に共通の問いがありません。同じ問いのファイルで評価してください")
    if options.json:
        rows = {"figures": [asdict(each) for each in found], "changed": [asdict(each) for each in moved]}
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return 0
    print(differing(found))
    for each in moved:
        print(f"\n[{each.id}] {each.question}\n  {each.verdicts[0]} → {each.verdicts[1]}")
        print(
            "".join(
                f"  {mark} {' '.join(text.split())}\n" for mark, text in zip("-+", each.answers, strict=True)
            ),
            end="",
        )
    return 0


def _questions(options: argparse.Namespace) -> int:
    cases, skipped = _cases(options)
    for case in cases:
        line = {"id": case.id, "question": case.question}
        if case.conversation is not None:
            line["conversation"] = case.conversation
        print(json.dumps(line, ensure_ascii=False))
    return 1 if skipped else 0


def _retrieval(options: argparse.Namespace) -> int:
    from eval.retrieval import measure

    print(
        json.dumps(
            measure(options.file, options.limit, options.model, options.format), ensure_ascii=False, indent=1
        )
    )
    return 0


def _reading(options: argparse.Namespace) -> int:
    from eval.reading import measure

    print(json.dumps(measure(options.file, options.limit, form=options.format), ensure_ascii=False, indent=1))
    return 0


def _bench(options: argparse.Namespace) -> int:
    from eval.bench import measure

    options.split = "all"
    cases, skipped = _cases(options)
    found = measure(options.corpus, [case.question for case in cases])
    print(json.dumps(found, ensure_ascii=False, indent=1))
    return 1 if skipped else 0


if __name__ == "__main__":
    sys.exit(main())
