"""The report as one HTML page that needs nothing else: plots, tables, every question, failures first."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from eval import charts
from eval.report import OUTCOMES, outcome
from eval.table import by_type, overall

_GOOD = frozenset({"正しく拒否", "正解"})
_RISK = "リスク・カバレッジ: 確かな順に答えたときの誤りの割合"
_KINDS_SHOWN = "evidence@3"


def html(report: Mapping[str, Any]) -> str:
    """The page for a report."""
    folder = Path(__file__).parent
    environment = Environment(loader=FileSystemLoader(folder), autoescape=True, trim_blocks=True)
    asked = [{**question, "verdict": outcome(question)} for question in report["questions"]]
    asked.sort(key=lambda question: OUTCOMES.index(question["verdict"]))
    for question in asked:
        question["good"] = question["verdict"] in _GOOD
    return environment.get_template("page.html").render(
        report=report,
        plots=[(caption, Markup(plot)) for caption, plot in _plots(report)],
        overall=overall(report),
        kinds=by_type(report),
        verdicts=OUTCOMES,
        questions=asked,
    )


def risk_coverage(report: Mapping[str, Any]) -> str:
    """The share of wrong answers when only the surest are given, as an SVG."""
    curves = report["curves"]
    risk = list(zip(curves["coverage"], curves["risk"], strict=True))
    return charts.lines(_RISK, ("答えた割合", "誤りの割合"), {"誤りの割合": risk})


def _plots(report: Mapping[str, Any]) -> list[tuple[str, str]]:
    kinds = [
        (kind, figure["value"], figure["low"], figure["high"])
        for kind, figures in report["by_type"].items()
        for figure in [figures.get(_KINDS_SHOWN) or figures.get("refused")]
        if figure
    ]
    plots = [("種類別: 根拠が引用3件以内（答えのない問いは拒否）", charts.bars("種類別", kinds))]
    curves = report["curves"]
    if curves["coverage"]:
        plots.append((_RISK, risk_coverage(report)))
    bins = [(each["confidence"], each["right"]) for each in curves["reliability"]]
    if bins:
        caption = "確信度の信頼性: 点線に近いほど言葉どおり"
        series = {"正解の割合": bins, "理想": [(0.0, 0.0), (1.0, 1.0)]}
        plots.append((caption, charts.lines(caption, ("確信度", "正解の割合"), series)))
    times = sorted(question["ms"] for question in report["questions"] if question["ms"] is not None)
    if times:
        top = times[min(len(times) - 1, int(len(times) * 0.99))]
        caption = f"応答時間の分布（右端は 99% 点 {top:.0f} ミリ秒）"
        points = [(min(time / top, 1), (n + 1) / len(times)) for n, time in enumerate(times)]
        axes = (f"時間（100% = {top:.0f} ミリ秒）", "これまでに答えた割合")
        plots.append((caption, charts.lines(caption, axes, {"累積": points})))
    return plots


def write_csv(report: Mapping[str, Any], path: Path) -> None:
    """One line a question, for spreadsheets: verdict, answer, figures."""
    names = sorted({name for question in report["questions"] for name in question["figures"]})
    head = ("id", "type", "verdict", "question", "answer", "wanted", "confidence", "ms")
    # The mark tells Excel that it is UTF-8.
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file)
        table.writerow((*head, *names))
        for question in report["questions"]:
            row = {**question, "verdict": outcome(question), "wanted": " / ".join(question["wanted"])}
            figures = [question["figures"].get(name, "") for name in names]
            table.writerow([*(_plain(row[key]) for key in head), *figures])


def _plain(value: object) -> object:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@") else value
