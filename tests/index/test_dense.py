"""Nearest vectors: always the ledger's, whatever happens to the files made from it."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index import dense, nearest, sealed
from index.dense import Dense
from index.folder import FILE
from index.ranges import Ranges
from index.store import Generation

DIMENSION = 64
PER_DOCUMENT = 50
Documents = Mapping[int, NDArray[np.float16]]


@dataclass(frozen=True)
class Held:
    """A ledger's vectors in memory: first number of each document → its rows; notes what it is asked."""

    documents: Documents
    generation: Generation
    asked: list[int] = field(default_factory=list)

    def alive(self) -> NDArray[np.int64]:
        spans = [(first, len(rows)) for first, rows in sorted(self.documents.items())]
        return np.array(spans, dtype=np.int64).reshape(-1, 2)

    def of(self, ranges: NDArray[np.int64]) -> NDArray[np.float16]:
        table = {first + i: row for first, rows in self.documents.items() for i, row in enumerate(rows)}
        found = [table[number] for first, count in ranges.tolist() for number in range(first, first + count)]
        self.asked.append(len(found))
        return np.array(found, dtype=np.float16).reshape(-1, DIMENSION)

    def without(self, *firsts: int) -> Held:
        return self._next({f: rows for f, rows in self.documents.items() if f not in firsts})

    def plus(self, first: int, rows: NDArray[np.float16]) -> Held:
        return self._next({**self.documents, first: rows})

    def _next(self, documents: Documents) -> Held:
        number = self.generation.number + 1
        return Held(documents, Generation(number, f"token-{number}", self.generation.lineage))

    def best(self, vector: NDArray[np.float32], k: int, within: NDArray[np.int64] | None = None) -> list[int]:
        """What comparing with every single row finds."""
        numbers = np.concatenate([np.arange(f, f + n) for f, n in self.alive()])
        rows = np.concatenate([rows for _, rows in sorted(self.documents.items())]).astype(np.float32)
        if within is not None:
            inside = np.any(
                (numbers[:, None] >= within[:, 0]) & (numbers[:, None] < within.sum(axis=1)), axis=1
            )
            numbers, rows = numbers[inside], rows[inside]
        return [int(n) for n in numbers[np.argsort(-(rows @ vector), kind="stable")[:k]]]


def _rows(seed: int, count: int = PER_DOCUMENT) -> NDArray[np.float16]:
    """Unit rows round a few topics, as sentences lie: not evenly in all directions."""
    random = np.random.default_rng(seed)
    topics = np.random.default_rng(0).standard_normal((12, DIMENSION))
    rows = topics[random.integers(0, 12, count)] + random.standard_normal((count, DIMENSION))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float16)


def _held(documents: int, token: str = "token-1", seed: int = 1) -> Held:
    made = {1 + n * PER_DOCUMENT: _rows(seed * 10_000 + n) for n in range(documents)}
    return Held(made, Generation(1, token))


def _query(seed: int = 7) -> NDArray[np.float32]:
    return np.asarray(_rows(seed, 1)[0], dtype=np.float32)


def _found(vectors: Held, folder: Path, k: int = 10) -> list[int]:
    return [number for number, _ in Dense(folder, DIMENSION).refresh(vectors).search(_query(), k)]


def _files(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.glob("*dense-*"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / FILE).touch()
    return tmp_path


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few thousand chunks are many: what holds for a million holds for them."""
    monkeypatch.setattr(dense, "FLAT", 1_000)
    monkeypatch.setattr(nearest, "FLAT", 1_000)
    monkeypatch.setattr(nearest, "_FEW", 100)
    monkeypatch.setattr(dense, "_TAIL", 400)


def _missing(file: Path) -> None:
    file.unlink()


def _torn(file: Path) -> None:
    data = file.read_bytes()
    file.write_bytes(data[: len(data) // 2])


def _zeroed(file: Path) -> None:
    data = file.read_bytes()
    file.write_bytes(data[:40] + bytes(len(data) - 40))


def _flipped(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 0xFF
    file.write_bytes(bytes(data))


def _empty(file: Path) -> None:
    file.write_bytes(b"")


each_harm = pytest.mark.parametrize("harm", [_missing, _torn, _zeroed, _flipped, _empty])


@each_harm
def test_a_harmed_file_is_made_again_from_the_ledger(harm: Callable[[Path], None], folder: Path) -> None:
    vectors = _held(4)
    assert _found(vectors, folder) == vectors.best(_query(), 10)
    (file,) = folder.glob("dense-*.faiss")
    good = file.read_bytes()
    harm(file)
    assert dense.broken(folder, vectors, DIMENSION) == ([file] if file.exists() else [])
    assert _found(vectors, folder) == vectors.best(_query(), 10)
    assert file.read_bytes() == good
    assert dense.broken(folder, vectors, DIMENSION) == []


def test_a_file_of_another_history_is_not_trusted(folder: Path) -> None:
    _found(_held(4, "theirs", seed=2), folder)
    ours = _held(4, "ours")
    assert _found(ours, folder) == ours.best(_query(), 10)


def test_only_the_present_generation_keeps_a_file(folder: Path) -> None:
    vectors = _held(3)
    (folder / ".dense-left-by-a-killed-writer").write_bytes(b"half")
    _found(vectors, folder)
    assert _files(folder) == ["dense-1.faiss"]
    vectors = vectors.without(1)
    sealed.clean(folder, vectors.generation.number)
    assert _files(folder) == []
    _found(vectors, folder)
    assert _files(folder) == ["dense-2.faiss"]


def test_a_start_with_a_file_reads_no_vectors_from_the_ledger(folder: Path) -> None:
    _found(_held(4), folder)
    again = _held(4)
    _found(again, folder)
    assert sum(again.asked) == 0


@pytest.mark.parametrize("documents", [4, 60])
@pytest.mark.usefixtures("large")
def test_following_an_update_equals_starting_afresh(documents: int, folder: Path) -> None:
    vectors = _held(documents)
    dense.build(folder, vectors, DIMENSION)
    following = Dense(folder, DIMENSION)
    following.refresh(vectors)
    vectors = vectors.plus(1_000_000, _rows(99)).without(1, 101)
    following.refresh(vectors)
    vectors = vectors.plus(1_000_100, _rows(98)).without(1_000_000)
    following.refresh(vectors)
    fresh = Dense(folder, DIMENSION)
    fresh.refresh(vectors)
    for seed in range(20):
        assert following.search(_query(seed), 20) == fresh.search(_query(seed), 20)


def test_an_index_that_cannot_be_written_is_still_searched(tmp_path: Path) -> None:
    vectors = _held(4)
    assert _found(vectors, tmp_path / "nowhere") == vectors.best(_query(), 10)


def test_nothing_is_found_among_no_documents(folder: Path) -> None:
    assert _found(Held({}, Generation(0, "t")), folder) == []
    one = _held(1)
    assert Dense(folder, DIMENSION).search(_query(), 5) == []
    assert Dense(folder, DIMENSION).refresh(one).search(_query(), 5, np.zeros((0, 2), dtype=np.int64)) == []


def _recall(vectors: Held, found: Dense, k: int, within: NDArray[np.int64] | None = None) -> float:
    shares = []
    for seed in range(40):
        got = [number for number, _ in found.search(_query(seed), k, within)]
        shares.append(len(set(got) & set(vectors.best(_query(seed), k, within))) / k)
    return float(np.mean(shares))


@pytest.mark.usefixtures("large")
def test_a_large_index_finds_nearly_all_that_comparing_with_everything_finds(folder: Path) -> None:
    vectors = _held(100)
    assert dense.build(folder, vectors, DIMENSION)
    found = Dense(folder, DIMENSION)
    found.refresh(vectors)
    assert _recall(vectors, found, 10) > 0.9
    for documents in (1, 10, 60):  # one by one, by the finer codes, through the lists
        within = vectors.alive()[-documents:]
        assert _recall(vectors, found, 10, within) > 0.9
        inside = {n for first, count in within for n in range(first, first + count)}
        assert {number for number, _ in found.search(_query(), 30, within)} <= inside


@pytest.mark.usefixtures("large")
def test_a_start_with_a_base_reads_few_vectors_from_the_ledger(folder: Path) -> None:
    vectors = _held(60)
    dense.build(folder, vectors, DIMENSION)
    later = Held(vectors.documents, vectors.generation).plus(1_000_000, _rows(99))
    _found(later, folder)
    assert sum(later.asked) <= 128 + PER_DOCUMENT


@pytest.mark.usefixtures("large")
def test_added_and_removed_documents_show_at_once_beside_a_base(folder: Path) -> None:
    vectors = _held(60)
    dense.build(folder, vectors, DIMENSION)
    index = Dense(folder, DIMENSION)
    before = index.refresh(vectors)
    new = np.tile(_query().astype(np.float16), (3, 1))
    later = vectors.plus(9_000, new)
    assert [number for number, _ in index.refresh(later).search(_query(), 3)] == [9_000, 9_001, 9_002]
    gone = before.search(_query(), 1)[0][0]
    first = 1 + (gone - 1) // PER_DOCUMENT * PER_DOCUMENT
    after = index.refresh(later.without(9_000, first))
    dead = {*range(first, first + PER_DOCUMENT), 9_000, 9_001, 9_002}
    assert not dead & {number for number, _ in after.search(_query(), 3_000)}
    assert not after.search(_query(), 5, np.array([[first, PER_DOCUMENT]]))
    # A question asked of the earlier state still gets the earlier state's answer.
    assert before.search(_query(), 1)[0][0] == gone
    assert [n for n, _ in index.refresh(vectors).search(_query(), 1)] == [gone]


@pytest.mark.usefixtures("large")
@each_harm
def test_a_harmed_base_changes_no_answer(harm: Callable[[Path], None], folder: Path) -> None:
    vectors = _held(30)
    dense.build(folder, vectors, DIMENSION)
    (file,) = folder.glob("dense-base-*.faiss")
    harm(file)
    assert _found(vectors, folder) == vectors.best(_query(), 10)
    assert dense.build(folder, vectors, DIMENSION)
    assert dense.broken(folder, vectors, DIMENSION) == []


@pytest.mark.usefixtures("large")
def test_a_base_of_another_history_is_not_trusted(folder: Path) -> None:
    theirs = _held(30, seed=2)
    dense.build(folder, theirs, DIMENSION)
    ours = _held(30)
    assert _found(ours, folder) == ours.best(_query(), 10)
    restored = Held(theirs.documents, Generation(5, "t", "after a backup was put back"))
    assert _found(restored, folder) == restored.best(_query(), 10)


@pytest.mark.usefixtures("large")
def test_a_base_is_renewed_when_enough_has_changed_and_then_taken_up(folder: Path) -> None:
    vectors = _held(60)
    said: list[tuple[int, int]] = []
    assert dense.build(folder, vectors, DIMENSION, lambda done, size: said.append((done, size)))
    assert said[-1] == (3_000, 3_000)
    reader = Dense(folder, DIMENSION)
    reader.refresh(vectors)
    vectors = vectors.plus(5_000, _rows(97))
    assert not dense.build(folder, vectors, DIMENSION)
    for first in range(1, 600, PER_DOCUMENT):
        vectors = vectors.without(first)
    assert dense.build(folder, vectors, DIMENSION)
    assert _files(folder) == [f"dense-base-{vectors.generation.number}.faiss"]
    vectors = vectors.plus(6_000, _rows(96))
    vectors.asked.clear()
    reader.refresh(vectors)
    assert reader.search(_rows(96)[3].astype(np.float32), 1)[0][0] == 6_003
    assert len(reader.refresh(vectors).parts[-1].members) == PER_DOCUMENT


@pytest.mark.usefixtures("large")
def test_removed_vectors_do_not_stay_in_a_base_for_ever(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors = _held(60)
    dense.build(folder, vectors, DIMENSION)
    assert not dense.build(folder, vectors.without(1), DIMENSION)
    monkeypatch.setattr(dense, "_FORGET", -1.0)
    assert dense.build(folder, vectors.without(1), DIMENSION)
    assert not dense.build(folder, vectors.without(1), DIMENSION)
    few = vectors.without(*[first for first in vectors.documents if first > 500])
    assert not dense.build(folder, few, DIMENSION)
    assert _files(folder) == []


@pytest.mark.usefixtures("large")
def test_threads_may_search_while_one_follows(folder: Path) -> None:
    states = [_held(30)]
    for n in range(20):
        states.append(states[-1].plus(5_000 + n * PER_DOCUMENT, _rows(500 + n)))
    dense.build(folder, states[0], DIMENSION)
    index, wrong = Dense(folder, DIMENSION), list[str]()

    def ask(vectors: Held) -> None:
        alive = {n for first, count in vectors.alive() for n in range(first, first + count)}
        for seed in range(10):
            got = {n for n, _ in index.refresh(vectors).search(_query(seed), 50)}
            if len(got) != 50 or not got <= alive:
                wrong.append(f"{vectors.generation.number}: {len(got)}, {got - alive}")

    threads = [threading.Thread(target=ask, args=(state,)) for state in states]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_the_seal_is_the_same_in_another_process(folder: Path) -> None:
    _found(_held(4), folder)
    code = "import sys; from pathlib import Path; from index import sealed; f = Path(sys.argv[1]);" \
        " assert sealed.read(f) and sealed.digest_holds(f)"  # fmt: skip
    subprocess.run([sys.executable, "-c", code, str(folder / "dense-1.faiss")], check=True, timeout=60)


@pytest.mark.parametrize("seed", range(30))
def test_ranges_say_what_sets_of_numbers_say(seed: int) -> None:
    random = np.random.default_rng(seed)
    one, other = (np.flatnonzero(random.random(80) < share).astype(np.int64) for share in random.random(2))
    ranges, others = Ranges.of(one), Ranges.of(other)
    assert ranges.numbers().tolist() == one.tolist()
    assert ranges.without(others).numbers().tolist() == np.setdiff1d(one, other).tolist()
    common = ranges.positions(others)
    assert ranges.at(common.numbers()).tolist() == np.intersect1d(one, other).tolist()
    assert np.flatnonzero(common.mask(len(ranges))).tolist() == common.numbers().tolist()
