"""The report of `make bench`: tables for the terminal, one HTML page with its plots for everybody else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from eval.bench.plot import loglog
from eval.bench.promises import promises, resident_gb
from eval.bench.run import is_stale
from eval.bench.subjects import SUBJECTS, Kind
from eval.table import lines

Row = Mapping[str, Any]

# Column, how it is read from a row, and its plot's caption; what has no value is "–" and no point.
FIGURES: Mapping[str, tuple[Callable[[Row], float | None], str]] = {
    "取込(字/秒)": (lambda row: row.get("characters_per_second"), "取り込み: 1秒あたりの字数"),
    "取込CPU(秒)": (lambda row: row.get("cpu_s"), ""),
    "p50(ms)": (lambda row: row.get("p50_ms"), "検索時間の p50（ミリ秒）"),
    "p99(ms)": (lambda row: row.get("p99_ms"), "検索時間の p99（ミリ秒）"),
    "recall@10": (lambda row: row.get("recall"), ""),
    "常駐(MB)": (
        lambda row: _times(resident_gb(row), 1000),
        "検索後の常駐メモリー（MB、写像したファイルを含む）",
    ),
    "うち固有(MB)": (lambda row: _mega((row.get("memory") or {}).get("anonymous")), ""),
    "取込時最大(MB)": (lambda row: _mega(row.get("peak")), "取り込み中の最大メモリー（MB）"),
    "ディスク(MB)": (lambda row: _mega(row.get("disk")), "索引の大きさ（MB）"),
    "追加(秒)": (lambda row: row.get("add_s"), "1文書を加えて検索に出るまで（秒）"),
    "開く(秒)": (lambda row: row.get("open_s"), ""),
    "初検索(秒)": (lambda row: row.get("first_s"), "開いて最初の検索が終わるまで（秒）"),
}
_MARK = {True: "○", False: "×", None: "－"}
_LINES: Mapping[Kind, Sequence[str]] = {
    "tenkyo": ("own",),
    "part": ("p0 part", "p1 part", "p2 part", "p3 part", "p4 part"),
    "peer": ("p0", "p1", "p2", "p3"),
    "engine": ("p0", "p1", "p2", "p3"),
}


def tables(report: Mapping[str, Any]) -> list[tuple[str, list[list[str]]]]:
    """A table for each size, headings first; then what the figures must show at the largest."""
    sizes = sorted({row["size"] for row in report["results"]})
    found = []
    for size in sizes:
        facts = report["texts"][str(size)]
        title = f"{facts['chunks']:,} チャンク（{facts['documents']:,} 文書、{facts['characters']:,} 字）"
        rows = [row for row in report["results"] if row["size"] == size]
        rows.sort(key=lambda row: list(SUBJECTS).index(row["subject"]))
        found.append((title, [["", *FIGURES], *(_cells(row, report["program"]) for row in rows)]))
    own = [row["size"] for row in report["results"] if row["subject"] == "tenkyo"]
    for size in sorted(own)[-1:]:
        kept = [[each.text, each.measured, _MARK[each.kept]] for each in promises(report["results"], size)]
        found.append((f"約束（{size:,} チャンクで）", [["", "測った値", ""], *kept]))
    return found


def text(report: Mapping[str, Any]) -> str:
    """The tables as lines of text."""
    parts = [f"{title}\n{lines(rows)}" for title, rows in tables(report)]
    if failed := _failed(report["results"]):
        parts.append("\n".join(["測れなかったもの", *(f"  {title}: {why}" for title, why in failed)]))
    return "\n\n".join(parts)


def html(report: Mapping[str, Any]) -> str:
    """The page; it needs nothing else."""
    environment = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)
    return environment.get_template("page.html").render(
        machine=report["machine"],
        plots=[(caption, Markup(plot)) for caption, plot in _plots(report["results"])],
        tables=tables(report),
        likeness=_likeness(report["texts"]),
        failed=_failed(report["results"]),
    )


def _failed(results: Sequence[Row]) -> list[tuple[str, str]]:
    """Who could not be measured at which size, and why."""
    return [
        (f"{SUBJECTS[row['subject']].title}（{row['size']:,} チャンク）", row["failed"])
        for row in results
        if "failed" in row
    ]


def _cells(row: Row, program: str) -> list[str]:
    """A line of a table; what an earlier version of the program was measured at is marked."""
    values = [read(row) for read, _ in FIGURES.values()]
    return [SUBJECTS[row["subject"]].title + "*" * is_stale(row, program), *map(_shown, values)]


def _shown(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _plots(results: Sequence[Row]) -> list[tuple[str, str]]:
    plots = []
    for read, caption in FIGURES.values():
        if not caption:
            continue
        series: dict[str, tuple[str, list[tuple[float, float]]]] = {}
        taken: dict[Kind, int] = {}
        for name, entry in SUBJECTS.items():
            rows = sorted((r for r in results if r["subject"] == name), key=lambda row: row["size"])
            points = [(float(row["size"]), value) for row in rows if (value := read(row))]
            if rows:
                at = taken[entry.kind] = taken.get(entry.kind, -1) + 1
                styles = _LINES[entry.kind]
                series[entry.title] = styles[at % len(styles)], points
        plot = loglog(caption, ("チャンク", ""), series)
        if plot:
            plots.append((caption, plot))
    return plots


def _likeness(texts: Mapping[str, Any]) -> list[list[str]]:
    """The generated text of the largest size beside what it was made from."""
    if not texts:
        return []
    facts = texts[max(texts, key=int)]
    names = {
        "tokens": "数えた語",
        "distinct": "異なる語",
        "once": "そのうち一度きり",
        "slope": "順位と頻度の傾き（両対数）",
        "top": "上位100語の割合",
        "terms": "280字あたりの異なる検索語",
        "pairs": "異なる隣り合い",
    }
    rows = [[title, str(facts["source"][key]), str(facts["generated"][key])] for key, title in names.items()]
    return [["", "もとの文章", "作った文章"], *rows]


def _mega(value: float | None) -> float | None:
    return _times(value, 1e-6) if value else None


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor
