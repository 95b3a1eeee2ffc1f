"""The commands that measure speed and size: `load`, `bench`, `engines`, `sizing`."""

from __future__ import annotations

import argparse
import json

from eval.cases import read_cases
from eval.commands import Stop, chosen


def load(options: argparse.Namespace) -> int:
    """Ask a running chat as many people at once."""
    from eval.load import crowd

    questions = [case.question for case in read_cases(options.dataset)[0]]
    found = crowd(options.url, questions, options.users, options.seconds)
    print(found.line())
    return 1 if found.errors or found.mixed else 0


def bench(options: argparse.Namespace) -> int:
    """Speed, memory and size beside raw parts and other libraries; and an answer's stages."""
    from eval.bench.command import bench, stages

    options.split = "all"
    cases, skipped = chosen(options) if options.limit else ([], 0)
    print(bench(options), flush=True)
    if cases:
        print(f"\n{stages(options, [case.question for case in cases])}")
    return 1 if skipped else 0


def engines(options: argparse.Namespace) -> int:
    """Lexical engines over the same terms."""
    from eval.bench.command import engines

    print(engines(options))
    return 0


def sizing(options: argparse.Namespace) -> int:
    """How large a Milvus has to be, as JSON."""
    try:
        from eval.sizing import measure  # with what talks to Milvus
    except ModuleNotFoundError as error:
        raise Stop(f"{error.name} がありません: pip install 'tenkyo[milvus]' を実行してください") from error
    print(json.dumps(measure(options.folder, options.chunks), ensure_ascii=False, indent=2))
    return 0
