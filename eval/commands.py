"""The commands of `python -m eval`: each takes what was parsed and returns its exit code."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tqdm import tqdm

from eval import found as finding
from eval.arguments import CORPUS, SHIPPED
from eval.cases import Case, given, of_split, read_answers, read_cases
from eval.charts import alone
from eval.metrics import estimate
from eval.page import risk_coverage
from eval.report import JUDGED, TRACKED
from eval.run import Journal, ask_all, program, write
from eval.run import score as scored
from eval.table import differing, lines, table


class Stop(Exception):
    """Ends the command with one line to the user."""


def chosen(options: argparse.Namespace) -> tuple[list[Case], int]:
    """The chosen cases and the number of lines skipped, each of them named."""
    cases, broken = read_cases(options.dataset)
    for message in broken:
        print(f"eval: {message}", file=sys.stderr)
    # The test half is for reporting: it is used only when asked for.
    if options.split is None:
        options.split = "dev" if options.dataset.resolve() == SHIPPED else "all"
    picked = of_split(cases, options.split)
    limit = getattr(options, "limit", None)
    picked = picked if limit is None else picked[:limit]
    if not picked:
        raise Stop(f"{options.dataset}: 使える問いがありません。--split か行の形を直してください")
    return picked, len(broken)


def run(options: argparse.Namespace) -> int:
    """Ask a data set, judge the answers, write the report."""
    from qa import Tenkyo  # loads torch, which the other commands do without

    cases, skipped = chosen(options)
    tenkyo = Tenkyo.open(options.index, options.model)
    if options.dataset.resolve() == SHIPPED:
        tenkyo.add(CORPUS)
    texts = {document.name: tenkyo.document(document.id).text for document in tenkyo.documents()}
    if not texts:
        raise Stop(f"{options.index}: 索引に文書がありません。先に tenkyo index で文書を登録してください")
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
    found, _ = scored(cases, map(given, asked), about, texts)
    found["retrieval"], ranks = finding.retrieval(tenkyo, cases)
    for question in found["questions"]:
        question["rank"] = ranks.get(question["id"])
    if options.judge_url:
        _judge(options, found)
    _show(options, found)
    for path in write(options.out, found):
        print(f"eval: {path} を書きました", file=sys.stderr)
    if options.curve:
        options.curve.write_text(alone(risk_coverage(found)), encoding="utf-8")
    if options.keep:
        kept = {name: found["overall"][name] for name in TRACKED if name in found["overall"]}
        options.keep.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
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


def score(options: argparse.Namespace) -> int:
    """Judge answers that were given."""
    cases, skipped = chosen(options)
    answers, broken = read_answers(options.answers)
    for message in broken:
        print(f"eval: {message}", file=sys.stderr)
    found, missing = scored(cases, answers, _about(options), _texts(options.corpus))
    if not found["n"]:
        raise Stop(f"{options.answers}: 問いと id の合う回答がありません")
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


def feedback(options: argparse.Namespace) -> int:
    """Write what readers judged as questions."""
    from eval.feedback import written
    from qa.chat.feedback import kept

    lines = written(kept(options.index))
    if not lines:
        raise Stop(f"{options.index}: まだ「役に立った」「違う」の記録がありません")
    if options.out:
        options.out.write_text(lines, encoding="utf-8")
    else:
        print(lines, end="")
    return 0


def baselines(options: argparse.Namespace) -> int:
    """Other libraries on the same files and questions."""
    from eval.baselines import BASELINES, Missing, measure

    cases, skipped = chosen(options)
    texts = _texts(options.corpus) or {}
    if not texts:
        raise Stop(f"{options.corpus}: 文書がありません")
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


def formats(options: argparse.Namespace) -> int:
    """The same questions to the same documents saved in other formats."""
    from eval.formats import NoBrowser, compared
    from ingest.read import read
    from qa import Tenkyo

    cases, skipped = chosen(options)
    keys = ("evidence@1", "evidence@3", "contains", "refused", "false_refusal")
    rows = [["形式", "引用=原文", "根拠@1", "根拠@3", "正解", "正拒否", "誤拒否"]]
    try:
        for name, found in compared(cases, options.corpus, Tenkyo.open, lambda file: read(file).text):
            whole = found["overall"]
            rows.append([name, *(f"{whole[key]['value']:.1%}" for key in ("verbatim", *keys))])
            print(" ".join(rows[-1]), file=sys.stderr)
    except NoBrowser as missing:
        raise Stop(str(missing)) from missing
    print(lines(rows))
    return 1 if skipped else 0


def compare(options: argparse.Namespace) -> int:
    """Two runs side by side."""
    from eval.compare import changed, differences, read_run

    try:
        before, after = read_run(options.before), read_run(options.after)
    except ValueError as error:
        raise Stop(str(error)) from error
    found, moved = differences(before, after), changed(before, after)
    if not found:
        raise Stop("二つの評価に共通の問いがありません。同じ問いのファイルで評価してください")
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


def questions(options: argparse.Namespace) -> int:
    """A data set as input for batch asking."""
    cases, skipped = chosen(options)
    for case in cases:
        line = {"id": case.id, "question": case.question}
        if case.conversation is not None:
            line["conversation"] = case.conversation
        print(json.dumps(line, ensure_ascii=False))
    return 1 if skipped else 0


def retrieval(options: argparse.Namespace) -> int:
    """Search alone on public data."""
    from eval.retrieval import measure

    found = measure(options.file, options.limit, options.model, options.format)
    print(json.dumps(found, ensure_ascii=False, indent=1))
    return 0


def reading(options: argparse.Namespace) -> int:
    """Reading alone on public data."""
    from eval.reading import measure

    print(json.dumps(measure(options.file, options.limit, form=options.format), ensure_ascii=False, indent=1))
    return 0


def dialogues(options: argparse.Namespace) -> int:
    """Follow-up questions made whole, on scripted conversations."""
    from eval.dialogues import DIALOGUES, told

    try:
        print("\n".join(told(options.dataset or DIALOGUES, options.split)))
    except ValueError as error:
        raise Stop(str(error)) from error
    return 0


def verify(options: argparse.Namespace) -> int:
    """Try the verification of written sentences on what is right and on what is wrong."""
    from eval.verify import halves, report  # loads MeCab and its dictionary

    for half, paths in halves(options.paths).items():
        if paths and options.split in (half, "all"):
            print(report(half, paths, options.failures if half == "dev" else 0), flush=True)
    return 0
