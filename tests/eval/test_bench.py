"""What someone sees who measures speed: likely text, true places, one process each, a table that goes on."""

from __future__ import annotations

import json
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from eval.__main__ import main
from eval.arguments import CORPUS
from eval.baselines import Missing
from eval.bench import memory
from eval.bench.engines import Bm25s, Engine, Fts5
from eval.bench.likeness import likeness, of_source
from eval.bench.page import html, text
from eval.bench.plot import loglog
from eval.bench.promises import promises
from eval.bench.questions import Place, known_items, read_questions, write_questions
from eval.bench.run import Plan, measure
from eval.bench.source import Source, read_source
from eval.bench.subjects import SUBJECTS, Job, made
from eval.bench.texts import Texts, write_texts
from ingest.errors import UnreadableFile
from ingest.read import chunks, read

CHUNKS = 300


@pytest.fixture(scope="module")
def source() -> Source:
    return read_source([CORPUS])


@pytest.fixture(scope="module")
def texts(source: Source, tmp_path_factory: pytest.TempPathFactory) -> Texts:
    return write_texts(source, CHUNKS, tmp_path_factory.mktemp("texts"))


def files_of(texts: Texts) -> list[Path]:
    return Job(texts.folder, texts.folder).files()


def test_the_same_seed_writes_the_same_documents_and_another_seed_others(
    source: Source, texts: Texts, tmp_path: Path
) -> None:
    again = write_texts(source, CHUNKS, tmp_path / "again")
    other = write_texts(source, CHUNKS, tmp_path / "other", seed=1)
    written = [file.read_bytes() for file in files_of(texts)]
    assert [file.read_bytes() for file in files_of(again)] == written
    assert [file.read_bytes() for file in files_of(other)] != written


def test_a_smaller_folder_is_the_beginning_of_a_larger_one(
    source: Source, texts: Texts, tmp_path: Path
) -> None:
    small = files_of(write_texts(source, CHUNKS // 3, tmp_path))
    assert [file.read_text("utf-8") for file in small] == [
        file.read_text("utf-8") for file in files_of(texts)[: len(small)]
    ]


def test_documents_become_about_as_many_chunks_as_asked_for(texts: Texts) -> None:
    made = sum(len(chunks(read(file))) for file in files_of(texts))
    assert CHUNKS * 0.85 <= made <= CHUNKS * 1.3


def test_generated_text_has_the_words_of_its_source_about_as_often(source: Source, texts: Texts) -> None:
    lines = [line for file in files_of(texts) for line in file.read_text("utf-8").splitlines()]
    wanted = likeness(of_source(source))
    made = likeness(line for line in lines if line.endswith("。"))
    assert made.slope == pytest.approx(wanted.slope, abs=0.15)
    assert made.top == pytest.approx(wanted.top, abs=0.05)
    assert made.terms == pytest.approx(wanted.terms, rel=0.2)
    assert made.distinct / made.tokens > 0.5 * wanted.distinct / wanted.tokens


def test_generated_sentences_are_new(source: Source, texts: Texts) -> None:
    old = set(of_source(source))
    made = [
        f"{sentence}。"
        for file in files_of(texts)
        for line in file.read_text("utf-8").splitlines()
        if line.endswith("。")
        for sentence in line.split("。")
    ]
    assert sum(sentence in old for sentence in made) / len(made) < 0.1


def test_a_folder_without_japanese_is_one_line_saying_so(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("nothing here", encoding="utf-8")
    with pytest.raises(UnreadableFile, match="日本語の文がありません"):
        read_source([tmp_path])


def test_a_question_is_made_of_the_words_at_its_place(texts: Texts, tmp_path: Path) -> None:
    files = {file.name: file.read_text("utf-8") for file in files_of(texts)}
    known = known_items(files_of(texts), 20)
    assert len(known) == 20
    for words, clause in zip(known[::2], known[1::2], strict=True):
        there = files[words.place.document][words.place.start : words.place.end]
        assert words.question.split("、")[0] in there
        there = files[clause.place.document][clause.place.start : clause.place.end]
        assert clause.question[:8] == there[:8]
    write_questions(tmp_path / "q.jsonl", known)
    assert read_questions(tmp_path / "q.jsonl") == known == known_items(files_of(texts), 20)


def test_a_place_is_found_by_whatever_holds_half_of_it() -> None:
    place = Place("a", 100, 200)
    assert place.found_in(Place("a", 0, 150))
    assert place.found_in(Place("a", 120, 130))
    assert not place.found_in(Place("a", 0, 149))
    assert not place.found_in(Place("b", 100, 200))


PASSAGES = [["予算", "要求"], ["予算", "執行", "予算"], ["図書", "館|法"], ["執行", "報告"]]


@pytest.mark.parametrize("engine_type", [Fts5, Bm25s])
def test_an_engine_finds_passages_by_their_terms_and_those_added_later(
    engine_type: type[Engine], tmp_path: Path
) -> None:
    pytest.importorskip("bm25s" if engine_type is Bm25s else "sqlite3")
    engine_type(tmp_path).build(PASSAGES)
    engine = engine_type(tmp_path)
    engine.open()
    assert engine.search(["館|法", "無い"], 4) == [2]
    assert set(engine.search(["予算"], 4)) == {0, 1}
    engine.add([["新しい", "予算"]], len(PASSAGES))
    assert engine.search(["新しい"], 4) == [4]
    assert set(engine.search(["予算"], 5)) == {0, 1, 4}


def test_memory_counts_the_processes_that_a_process_starts_even_in_sessions_of_their_own() -> None:
    hold = "x = bytearray(60_000_000); print(flush=True); input()"
    started = f"[sys.executable, '-c', {hold!r}], start_new_session=True"
    program = f"import subprocess, sys; subprocess.run({started})"
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        held = memory.of_tree(parent.pid)
        assert len(memory.members(parent.pid)) == 2
        parent.communicate(b"\n")
    assert 60_000_000 < held.anonymous < 120_000_000
    assert memory.of_tree(parent.pid).total == 0


def row(size: int, subject: str, **figures: object) -> dict[str, object]:
    return {"size": size, "subject": subject, "program": "", **figures}


def test_promises_are_held_against_the_figures() -> None:
    own = {"characters_per_second": 600.0, "p50_ms": 2.0, "recall": 0.9, "first_s": 6.0, "add_s": 0.5}
    rows = [
        row(1000, "tenkyo", memory={"anonymous": 2e9, "file": 1e9}, **own),
        row(1000, "fugashi", characters_per_second=1000.0, p50_ms=0.1),
        row(1000, "encoder", p50_ms=0.4),
        row(1000, "faiss", p50_ms=0.5),
        row(1000, "lexical", p50_ms=0.6),
        row(1000, "bm25s", characters_per_second=500.0, p50_ms=3.0, recall=0.9),
        row(1000, "txtai", characters_per_second=500.0, p50_ms=1.0, recall=0.8),
        row(1000, "langchain", failed="600 秒で終わらない"),
    ]
    kept = {each.text: each.kept for each in promises(rows, 1000)}
    assert list(kept.values()) == [True, True, True, False, True, False, True, False]
    assert [name for name in kept if "LangChain" in name] == []
    facts = {"1000": {"chunks": 1, "documents": 1, "characters": 1}}
    shown = text({"program": "", "texts": facts, "results": rows})
    assert "LangChain FAISS + BM25（1,000 チャンク）: 600 秒で終わらない" in shown
    assert "Tenkyo*" not in shown
    assert "Tenkyo*" in text({"program": "newer", "texts": facts, "results": rows})
    alone = promises([row(1000, "tenkyo", p50_ms=2.0)], 1000)
    assert [each.kept for each in alone] == [None, True, None, None, None, None]


def test_a_plot_is_well_formed_and_names_every_line() -> None:
    plot = loglog("題<", ("x", "y"), {"甲&": ("own", [(1e3, 2.0), (1e6, 50.0)]), "乙": ("p0", [(1e3, 0.03)])})
    words = " ".join(ElementTree.fromstring(plot).itertext())
    assert "甲&" in words and "乙" in words and "10⁶" in words
    assert loglog("空", ("x", "y"), {"甲": ("own", [])}) == ""


def test_a_stopped_run_goes_on_and_what_fails_once_is_not_tried_at_more(tmp_path: Path) -> None:
    file, told = tmp_path / "report.json", list[str]()
    plan = Plan([40], ["fugashi"], tmp_path / "work", None, 120, 8 << 30)
    first = measure(plan, [CORPUS], file, told.append)
    assert first["results"][0]["characters_per_second"] > 0
    assert first["results"][0]["p50_ms"] > 0
    assert not list((tmp_path / "work").iterdir())
    told.clear()
    hasty = Plan([40, 60, 80], ["fugashi", "bm25s"], tmp_path / "work", None, 0.0, 8 << 30)
    found = measure(hasty, [CORPUS], file, told.append)["results"]
    assert [(each["size"], each["subject"]) for each in found] == [
        (40, "fugashi"),
        (40, "bm25s"),
        (60, "fugashi"),
        (60, "bm25s"),
        (80, "fugashi"),
        (80, "bm25s"),
    ]
    assert "characters_per_second" in found[0]
    assert all("秒で終わらない" in each["failed"] for each in found[1:])
    assert "40 チャンクで" in found[3]["failed"]
    assert sum("bm25s" in line for line in told) == 1
    assert json.loads(file.read_text("utf-8"))["results"] == found


def test_the_command_measures_tenkyo_and_writes_the_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["bench", "--sizes", "40", "--only", "tenkyo,fugashi", "--limit", "0", "--out", str(tmp_path)]
    assert main(arguments) == 0
    shown = capsys.readouterr().out
    assert "Tenkyo" in shown and "fugashi だけの 60% 以上" in shown
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))
    own = report["results"][0]
    assert own["recall"] > 0.8 and own["add_s"] > 0 and own["disk"] > 0
    assert own["memory"]["anonymous"] > 10_000_000
    page = (tmp_path / "report.html").read_text("utf-8")
    assert page == html(report) and "<svg" in page and "もとの文章" in page
    assert "チャンク（" in text(report).splitlines()[0]
    assert "http://" not in page and "https://" not in page


def test_a_name_that_cannot_be_measured_is_told_with_those_that_can(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", "--only", "elastic", "--limit", "0", "--out", str(tmp_path)]) == 2
    assert "tenkyo" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["bench", "--sizes", "0"])


@pytest.mark.parametrize("name", SUBJECTS)
def test_every_subject_can_be_made_where_its_library_is_installed(name: str, tmp_path: Path) -> None:
    try:
        made(name, Job(tmp_path, tmp_path))
    except Missing as library:
        pytest.skip(f"{library} is not installed")
