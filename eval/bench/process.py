"""`python -m eval.bench.process`: one subject's one phase, in a process of its own; figures to stdout."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from eval.baselines import Missing
from eval.bench import memory
from eval.bench.questions import Known, read_questions
from eval.bench.subjects import Job, K, Subject, made

# All questions are asked once before they are timed: a server in use does not wait for its disk.
_WARM_SECONDS = 60.0
# A subject that needs long for one question is not asked all of them.
_SECONDS, _LEAST = 60.0, 20
# Questions on the added document: one that is found shows that it is there.
_TRIES = 5


def build(subject: Subject) -> dict[str, Any]:
    """Seconds to index everything, from files to an index on disk."""
    begun = perf_counter()
    try:
        chunks = subject.build()
    except NotImplementedError:
        return {}
    return {"build_s": perf_counter() - begun, "chunks": chunks}


def ask(name: str, job: Job, questions: Sequence[Known]) -> dict[str, Any]:
    """Opening, searching, adding."""
    begun = perf_counter()
    subject = made(name, job)
    try:
        subject.open()
    except NotImplementedError:  # a part that keeps nothing
        return {}
    opened = perf_counter() - begun
    subject.ready()
    again = perf_counter()
    subject.search(questions[0].question)
    first = perf_counter() - again
    found: dict[str, Any] = {"open_s": opened, "first_s": opened + first}
    found |= _queries(subject, questions)
    found["memory"] = asdict(memory.of_tree(os.getpid()))
    return found | _added(subject, job)


def _queries(subject: Subject, questions: Sequence[Known]) -> dict[str, Any]:
    begun = perf_counter()
    for known in questions:
        subject.search(known.question)
        if perf_counter() - begun > _WARM_SECONDS:
            break
    times: list[float] = []
    passages, documents = [], []
    for known in questions:
        begun = perf_counter()
        found = subject.search(known.question)
        times.append(perf_counter() - begun)
        try:
            places = subject.places(found)[:K]
        except NotImplementedError:
            places = None
        if places is not None:
            passages.append(any(known.place.found_in(place) for place in places))
            documents.append(any(known.place.document == place.document for place in places))
        if len(times) >= _LEAST and sum(times) > _SECONDS:
            break
    apart: dict[str, list[float]] = {}
    for known in questions[: len(times)]:
        for part, run in subject.parts(known.question).items():
            begun = perf_counter()
            run()
            apart.setdefault(part, []).append(perf_counter() - begun)
    p50, p99 = np.percentile(times, (50, 99)) * 1000
    found = {"questions": len(times), "p50_ms": float(p50), "p99_ms": float(p99)}
    if apart:
        found["parts_p50_ms"] = {part: float(np.median(each)) * 1000 for part, each in apart.items()}
    if passages:
        found |= {"recall": float(np.mean(passages)), "document_recall": float(np.mean(documents))}
    return found


def _added(subject: Subject, job: Job) -> dict[str, Any]:
    """Seconds from giving one more document until it is found; None where it never was."""
    later = read_questions(job.texts / "later.jsonl")[:_TRIES]
    file = next((job.texts / "later").iterdir())
    begun = perf_counter()
    try:
        subject.add(file)
    except NotImplementedError:
        return {}
    for known in later:
        found = subject.search(known.question)
        if any(place.document == file.name for place in subject.places(found)):
            return {"add_s": perf_counter() - begun}
    return {"add_s": None}


def main(argv: Sequence[str]) -> None:
    """Arguments: the phase, the subject, the folder of texts, the folder of its index."""
    phase, name, texts, folder = argv
    # The same two cores for all, however many there are; libraries choose their threads by what they see.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])
    job = Job(Path(texts), Path(folder))
    try:
        if phase == "build":
            found = build(made(name, job))
        else:
            found = ask(name, job, read_questions(job.texts / "questions.jsonl"))
    except (ModuleNotFoundError, Missing) as missing:
        found = {"missing": getattr(missing, "name", None) or str(missing)}
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1:])
