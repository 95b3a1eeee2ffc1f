"""Sizes and subjects one after the other, each in a process of its own, within a time and a memory cap."""

from __future__ import annotations

import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from eval.bench import memory
from eval.bench.likeness import likeness, of_source
from eval.bench.prepared import prepare
from eval.bench.questions import known_items, write_questions
from eval.bench.source import Source, read_source
from eval.bench.subjects import SUBJECTS, Job
from eval.bench.texts import Texts, write_texts
from eval.run import program

_QUESTIONS = 200
_LATER = 5
_LOOK = 0.25  # seconds between two looks at a process's memory
GB = 10**9

Row = dict[str, Any]
# What a report goes on with.
_KEPT: Mapping[str, Callable[[], Any]] = {"texts": dict, "results": list}


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be measured.

    :param sizes: chunks, ascending
    :param subjects: names of `SUBJECTS`, in order
    :param work: a folder for texts and indexes; what is in it goes when a size is done
    :param data: a folder of larger open texts, or None
    :param seconds: for one phase of one subject
    :param bytes: of memory, resident, for one subject
    """

    sizes: Sequence[int]
    subjects: Sequence[str]
    work: Path
    data: Path | None
    seconds: float
    bytes: int


def measure(plan: Plan, folders: Sequence[Path], file: Path, tell: Callable[[str], None]) -> dict[str, Any]:
    """Everything measured, what `file` already held included; it is written anew after each subject.

    :param folders: documents that the generated ones are made from
    :raises UnreadableFile: there is no Japanese text in them
    """
    report = _begun(plan, file)
    source: Source | None = None
    for size in plan.sizes:
        left = [name for name in plan.subjects if not _is_done(report, size, name)]
        if not left:
            continue
        source = source or read_source(folders, plan.data)
        with _folder(plan.work, plan.data, size) as place:
            tell(f"{size:,} チャンク: 文書を作っています")
            texts = _texts(source, size, place)
            facts = {"chunks": texts.chunks, "documents": texts.documents, "characters": texts.characters}
            report["texts"].setdefault(str(size), facts | _compared(source, texts))
            if any(SUBJECTS[name].given for name in left):
                tell(f"{size:,} チャンク: 部品に渡す語とベクトルを作っています")
                made = prepare(texts.folder, Job(texts.folder, place).files())
                report["texts"][str(size)]["chunks"] = len(made)
            for name in left:
                row = _gave_up(report, size, name)
                if row is None:
                    tell(f"{size:,} チャンク: {SUBJECTS[name].title}")
                    row = one(name, Job(texts.folder, place / "index" / name), plan)
                _put(report, {"size": size, "subject": name, "program": report["program"], **row})
                _write(file, report)
    return report


def _begun(plan: Plan, file: Path) -> dict[str, Any]:
    """What `file` holds, where it is of this machine and of these texts."""
    report: dict[str, Any] = {"machine": machine(), "data": str(plan.data), "program": program()}
    before = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    same = all(before.get(key) == report[key] for key in ("machine", "data"))
    return {**report, **{key: before[key] if same else empty() for key, empty in _KEPT.items()}}


def one(name: str, job: Job, plan: Plan) -> Row:
    """One subject: indexed in one process, asked in the next; its index is removed again."""
    facts = json.loads((job.texts / "texts.json").read_text(encoding="utf-8"))
    job.folder.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(job.folder, ignore_errors=True)  # of a run that was stopped
    try:
        row = _phase("build", name, job, plan)
        if row.get("build_s"):
            row["characters_per_second"] = facts["characters"] / row["build_s"]
        row["disk"] = memory.on_disk(job.folder) if job.folder.exists() else 0
        if "failed" not in row:
            asked = _phase("ask", name, job, plan)
            row |= {f"{key}_asking" if key in ("peak", "cpu_s") else key: asked[key] for key in asked}
        return row
    finally:
        shutil.rmtree(job.folder, ignore_errors=True)


def _phase(phase: str, name: str, job: Job, plan: Plan) -> Row:
    """Its figures, with the most memory it held; or why there are none, under "failed"."""
    command = [sys.executable, "-m", "eval.bench.process", phase, name, str(job.texts), str(job.folder)]
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        child = subprocess.Popen(
            command, stdout=out, stderr=errors, text=True, env=_environment(), start_new_session=True
        )
        peak, used, why = _watched(child, plan)
        out.seek(0)
        errors.seek(0)
        lines = out.read().splitlines()
        if not why and child.returncode:
            said = errors.read().strip().splitlines() or [f"exit {child.returncode}"]
            why = said[-1][:300]
    if why:
        return {"failed": why, "peak": peak.total}
    found: Row = json.loads(lines[-1])
    if "missing" in found:
        why = f"{found['missing']} がありません: pip install 'tenkyo[baselines]'"
        return {"failed": why, "missing": found["missing"]}
    return {**found, "peak": peak.total, "cpu_s": used}


def _watched(child: subprocess.Popen[str], plan: Plan) -> tuple[memory.Memory, float, str]:
    """The most memory the process and its children held, their CPU seconds, and why it was ended, or ""."""
    begun, peak, why = monotonic(), memory.Memory(), ""
    used: dict[int, float] = {}
    try:
        while child.poll() is None:
            now = memory.of_tree(child.pid)
            used |= memory.cpu_seconds(child.pid)
            peak = max(peak, now, key=lambda held: held.total)
            if monotonic() - begun > plan.seconds:
                why = f"{plan.seconds:.0f} 秒で終わらない"
            elif now.total > plan.bytes:
                why = f"メモリー {plan.bytes / GB:.0f} GB を超える"
            if why:
                break
            with suppress(subprocess.TimeoutExpired):
                child.wait(_LOOK)
    finally:
        for process in memory.members(child.pid):
            with suppress(OSError):
                os.kill(process, signal.SIGKILL)
        child.wait()
    return peak, sum(used.values()), why


def _environment() -> dict[str, str]:
    root = str(Path(__file__).parents[2])
    path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PYTHONPATH": path, "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}


def _texts(source: Source, size: int, place: Path) -> Texts:
    texts = write_texts(source, size, place / "texts")
    files = Job(texts.folder, place).files()
    write_questions(texts.folder / "questions.jsonl", known_items(files, _QUESTIONS))
    later = list((texts.folder / "later").iterdir())
    write_questions(texts.folder / "later.jsonl", known_items(later, _LATER))
    return texts


def _compared(source: Source, texts: Texts) -> Row:
    """The generated text beside what it was made from."""
    return {
        "source": asdict(likeness(of_source(source))),
        "generated": asdict(likeness(_lines(Job(texts.folder, texts.folder).files()))),
    }


def _lines(files: Iterable[Path]) -> Iterator[str]:
    """The paragraphs: what was made from sentences."""
    for file in files:
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.endswith("。"):
                yield from (f"{sentence}。" for sentence in line.split("。") if sentence)


@contextmanager
def _folder(work: Path, data: Path | None, size: int) -> Iterator[Path]:
    """A folder for one size, removed with all in it when the size is done; kept where it was stopped."""
    place = work / (f"{size}-{data.name}" if data else f"{size}")
    place.mkdir(parents=True, exist_ok=True)
    yield place
    shutil.rmtree(place)


def machine() -> Row:
    """What the figures hold for."""
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GB
    cores = min(2, len(os.sched_getaffinity(0)))
    return {"cpu": model, "cores": cores, "memory_gb": round(gigabytes), "python": platform.python_version()}


def is_stale(row: Mapping[str, Any], now: str) -> bool:
    """Whether another version of the program made it."""
    return SUBJECTS[row["subject"]].ours and row["program"] != now


def _is_done(report: Row, size: int, name: str) -> bool:
    """Whether it need not be measured again; a library that was missing may be here by now."""
    return any(
        (row["size"], row["subject"]) == (size, name)
        and "missing" not in row
        and not is_stale(row, report["program"])
        for row in report["results"]
    )


def _put(report: Row, row: Row) -> None:
    """Write a row in place of an earlier one of the same."""
    key = row["size"], row["subject"]
    report["results"] = [old for old in report["results"] if (old["size"], old["subject"]) != key] + [row]


def _gave_up(report: Row, size: int, name: str) -> Row | None:
    """Who could not do a smaller size is not asked for a larger one."""
    for row in report["results"]:
        failed = row["subject"] == name and row["size"] < size and "failed" in row
        if failed and not is_stale(row, report["program"]):
            return {"failed": f"{row['size']:,} チャンクで: {row['failed']}"}
    return None


def _write(file: Path, report: dict[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    aside = file.with_suffix(".part")
    aside.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    aside.replace(file)
