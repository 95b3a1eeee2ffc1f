"""Pulling the plug: a writer killed at any moment leaves the old or the new whole state, and nothing else."""

from __future__ import annotations

import multiprocessing
import random
from collections.abc import Iterator
from multiprocessing.connection import Connection, wait
from pathlib import Path

from index import Index
from index.doctor import examine
from ingest.document import Document
from tests.index.seeded import SeededEncoder, document

KILLS = 220
NAMES = [f"/docs/{n}.txt" for n in range(6)]
_LATEST = 0.04  # seconds after its first write that a writer lives at most


def version(path: str, n: int) -> Document:
    """The n-th text of a file; each sentence says which it is."""
    return document(
        path,
        ("甲", f"{path}の第{n}版の予算は{n}億円である。" * 4),
        ("乙", f"第{n}版の人員は{n}名である。" * 4),
    )


def steps(seed: int) -> Iterator[tuple[str, str, int]]:
    """What a writer does, without end: add or replace, or remove."""
    rng = random.Random(seed)
    while True:
        yield rng.choice(("add", "add", "add", "remove", "rename")), rng.choice(NAMES), rng.randrange(1000)


def write_until_killed(folder: Path, seed: int, told: Connection) -> None:
    """Add, replace, move and remove documents; says so when the first write is done."""
    index = Index.open(folder, encoder=SeededEncoder())
    for n, (what, path, number) in enumerate(steps(seed)):
        held = {one.path: one.id for one in index.documents()}
        if what == "add":
            index.add([version(path, number), version(NAMES[(number + 1) % len(NAMES)], number)])
        elif path in held and what == "remove":
            index.remove([held[path]])
        elif path in held:
            index.rename(held[path], version("/docs/moved.txt", number))
        index.search("予算は何億円か")  # writes the derived file too
        if not n:
            told.send_bytes(b"!")


def test_a_writer_killed_at_any_moment_leaves_a_whole_index(tmp_path: Path) -> None:
    folder, rng = tmp_path / "index", random.Random(5)
    Index.open(folder, encoder=SeededEncoder()).close()
    # Forked from a process that has everything loaded and no threads yet.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.index.test_kill"])
    seen: set[int] = set()
    for kill in range(KILLS):
        heard, told = context.Pipe(duplex=False)
        child = context.Process(target=write_until_killed, args=(folder, kill, told), daemon=True)
        child.start()
        told.close()
        # Every second writer dies on its way in, wherever opening and the first write have come to.
        if kill % 2:
            assert heard.poll(60), "the writer never wrote"
        wait([child.sentinel], rng.random() * _LATEST)
        child.kill()
        child.join()
        heard.close()
        seen.add(check(folder))
    assert len(seen) > KILLS // 10, "writers never came to write: nothing was tested"


def check(folder: Path) -> int:
    """Open what a killed writer left and look at every part of it; returns the generation."""
    index = Index.open(folder, encoder=SeededEncoder())
    try:
        for listed in index.documents():
            whole = index.document(listed.id)
            number = int(whole.text.split("第")[1].split("版")[0])
            written = version(whole.text.split("の第")[0].removeprefix("甲\n"), number)
            assert whole.text == written.text, "a text of neither version"
            chunks = index.chunks(listed.id)
            assert chunks and all(chunk.span.of(whole.text).strip() for chunk in chunks)
            hits = index.search(f"第{number}版の予算", documents=[listed.id])
            assert hits and hits[0].dense_rank and hits[0].lexical_rank
    finally:
        index.close()
    assert all(finding.what.startswith("書きかけ") for finding in examine(folder))
    with (folder / "tenkyo.sqlite3").open("rb") as ledger:
        return hash(ledger.read())
