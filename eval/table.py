"""A report as a table for the terminal, columns aligned with full-width characters counted as two."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from eval.compare import Difference
from eval.report import FIGURES, JUDGED

_BY_TYPE = ("evidence@1", "evidence@3", "found@3", "contains", "length", "false_refusal", "refused")
_HEADS = ("種類", "問い", "根拠@1", "根拠@3", "発見@3", "正解", "字数", "誤拒否", "正拒否")

_WHOLE = {"risk_coverage_area": "リスク・カバレッジ面積", "calibration_error": "較正誤差(ECE)"}


def table(report: Mapping[str, Any]) -> str:
    """The figures overall with their 95 % intervals, by type, and the latency, as lines of text."""
    parts = [lines([("指標", "値", "95%区間", "問い"), *overall(report)]), lines(by_type(report))]
    if report["latency_ms"]:
        stages = [("時間(ms)", "p50", "p95", "p99")]
        stages += [(name, *(f"{v:.1f}" for v in p.values())) for name, p in report["latency_ms"].items()]
        parts.append(lines(stages))
    return "\n\n".join(parts)


def overall(report: Mapping[str, Any]) -> list[tuple[str, str, str, str]]:
    """Name, value, 95 % interval and number of questions of every figure over all questions."""
    figures = report["overall"]
    rows = [
        (title, *_interval(name, figures[name]))
        for name, title in {**FIGURES, **JUDGED}.items()
        if name in figures
    ]
    for name, title in _WHOLE.items():
        if figures.get(name) is not None:
            rows.append((title, f"{figures[name]:.3f}", "", ""))
    rows += [(f"検索 {name}", f"{value:.3f}", "", "") for name, value in report.get("retrieval", {}).items()]
    return rows


def by_type(report: Mapping[str, Any]) -> list[Sequence[str]]:
    """The figures of each type of question, headings first."""
    return [_HEADS, *((kind, *_cells(figures)) for kind, figures in report["by_type"].items())]


def differing(found: Sequence[Difference]) -> str:
    """Two runs side by side: each figure before and after, the difference, and how likely that is chance."""
    rows = [("指標", "前", "後", "差", "p値", "問い")]
    for each in found:
        change = each.after - each.before
        shown = f"{change:+.0f}" if each.name == "length" else f"{change * 100:+.1f}"
        values = (_value(each.name, each.before), _value(each.name, each.after), shown, f"{each.p:.3f}")
        rows.append((FIGURES[each.name], *values, str(each.n)))
    return lines(rows)


def _interval(name: str, figure: Mapping[str, float]) -> tuple[str, str, str]:
    return (
        _value(name, figure["value"]),
        f"{_value(name, figure['low'])}–{_value(name, figure['high'])}",
        str(int(figure["n"])),
    )


def _cells(figures: Mapping[str, Any]) -> list[str]:
    values = [_value(name, figures[name]["value"]) if name in figures else "" for name in _BY_TYPE]
    return [str(figures["n"]), *values]


def _value(name: str, value: float) -> str:
    return f"{value:.0f}" if name == "length" else f"{value:.1%}"


def lines(rows: Sequence[Sequence[str]]) -> str:
    """Rows as aligned columns, the first to the left, the others to the right."""
    widths = [max(_width(row[column]) for row in rows) for column in range(len(rows[0]))]
    cells = ([_pad(row[0], widths[0], left=True), *map(_pad, row[1:], widths[1:])] for row in rows)
    return "\n".join("  ".join(row).rstrip() for row in cells)


def _pad(text: str, width: int, left: bool = False) -> str:
    space = " " * (width - _width(text))
    return text + space if left else space + text


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
