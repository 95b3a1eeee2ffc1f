"""The two commands about speed: what was asked for is measured, and the report written."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eval.arguments import CORPUS, SHIPPED
from eval.bench.page import html, text
from eval.bench.run import GB, Plan, measure
from eval.bench.subjects import SUBJECTS, Kind
from eval.table import lines
from ingest.errors import TenkyoError

# Committed with this repository, each open: see the README beside them.
_FOLDERS = (CORPUS, SHIPPED.parent / "others", SHIPPED.parent / "calibration")


def bench(options: argparse.Namespace) -> str:
    """The tables of `make bench`.

    :raises TenkyoError: a subject has no such name, or there is no text to begin with
    """
    return text(_measured(options, _chosen(options.only, ("tenkyo", "part", "peer"))))


def stages(options: argparse.Namespace, questions: Sequence[str]) -> str:
    """The table of what an answer's stages cost on real documents."""
    from eval.bench.stages import measure as measured  # loads torch

    found = measured(options.corpus, questions)
    rows = [["段階(ms)", "p50", "p95", "p99"]]
    rows += [[stage, *(f"{v:.1f}" for v in times.values())] for stage, times in found["latency_ms"].items()]
    return f"回答の段階（{found['questions']} 問、{options.corpus}）\n{lines(rows)}"


def engines(options: argparse.Namespace) -> str:
    """The tables of the lexical engines, with their recall@1 on public data where it is given."""
    report = _measured(options, _chosen(None, ("engine",)))
    shown = text(report)
    if options.public:
        from eval.bench.recall import recalls

        rows = [["recall@1", options.public.name]]
        rows += [[name, f"{value:.4f}"] for name, value in recalls(options.public).items()]
        shown += f"\n\n{lines(rows)}"
    return shown


def _chosen(only: Sequence[str] | None, kinds: Sequence[Kind]) -> list[str]:
    unknown = set(only or ()) - SUBJECTS.keys()
    if unknown:
        raise TenkyoError("、".join(sorted(unknown)), "測れません", f"選べるもの: {' '.join(SUBJECTS)}")
    return list(only) if only else [name for name, entry in SUBJECTS.items() if entry.kind in kinds]


def _measured(options: argparse.Namespace, subjects: Sequence[str]) -> dict[str, Any]:
    file: Path = options.out / "report.json"
    if options.fresh:
        file.unlink(missing_ok=True)
    plan = Plan(
        sizes=options.sizes,
        subjects=subjects,
        work=options.work or options.out / "work",
        data=options.data,
        seconds=options.cap_seconds,
        bytes=int(options.cap_gb * GB),
    )
    report = measure(plan, _FOLDERS, file, lambda line: print(f"eval: {line}", file=sys.stderr, flush=True))
    page = options.out / "report.html"
    page.write_text(html(report), encoding="utf-8")
    print(f"eval: {file} と {page} を書きました", file=sys.stderr)
    return report
