"""What only a store on a server has to do: be unreachable in one line, and be filled by many at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from index import Index
from index.milvus import MilvusIndex
from index.open import open_index, place
from index.update import update
from ingest.errors import UnusableIndex
from tests.index.milvus_server import Serving, free_port, serving
from tests.index.seeded import AGENCY, SeededEncoder, document

_COLLECTIONS = ("tenkyo_documents", "tenkyo_texts", "tenkyo_chunks", "tenkyo_doubts")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with serving(tmp_path_factory.mktemp("milvus")) as running:
        yield running


def one_line(raised: pytest.ExceptionInfo[UnusableIndex]) -> str:
    said = str(raised.value)
    assert "\n" not in said and said.endswith("）")
    return said


@pytest.mark.parametrize(
    "written",
    [
        "http://",
        "ftp://host:19530",
        "http://host:99999",
        "http://host:port",
        "milvus:///folder",
        "http://[::1",
    ],
)
def test_a_wrong_address_gets_one_line(written: str) -> None:
    with pytest.raises(UnusableIndex) as raised:
        open_index(place(written), "none")
    assert "のように指定してください" in one_line(raised)


def test_a_server_that_is_not_there_gets_one_line_without_the_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("index.milvus_client._CONNECTING", 0.5)
    with pytest.raises(UnusableIndex, match="つながりません") as raised:
        open_index(place(f"http://root:secret@127.0.0.1:{free_port()}"), "none")
    assert "secret" not in one_line(raised)


def test_a_server_that_stops_answering_gets_one_line_and_is_used_again_when_it_does(
    server: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.milvus_client._ANSWERING", 1.0)
    index = MilvusIndex.open(f"{server.uri}/stopping", encoder=SeededEncoder())
    index.add([AGENCY])
    os.kill(server.process.pid, signal.SIGSTOP)
    try:
        with pytest.raises(UnusableIndex, match="応じません") as raised:
            index.search("デジタル庁")
        one_line(raised)
    finally:
        os.kill(server.process.pid, signal.SIGCONT)
    monkeypatch.setattr("index.milvus_client._ANSWERING", 30.0)
    assert index.search("デジタル庁")
    index.close()


_WITHOUT = """
import sys
from index.open import open_index
from ingest.errors import UnusableIndex

sys.modules[sys.argv[1]] = None  # as if it were not installed
try:
    open_index(sys.argv[2], "none")
except UnusableIndex as error:
    print(error)
"""


@pytest.mark.parametrize("package", ["pymilvus", "milvus_lite"])
def test_a_missing_package_gets_one_line_that_says_what_to_install(package: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", _WITHOUT, package, str(tmp_path / "x.db")]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert "tenkyo[milvus]" in said.stdout and said.stdout.count("\n") == 1 and not said.stderr


def test_a_lite_file_that_another_process_has_open_gets_one_line(tmp_path: Path) -> None:
    with serving(tmp_path / "x.db"), pytest.raises(UnusableIndex, match="他のプロセス") as raised:
        open_index(str(tmp_path / "x.db"), "none")
    one_line(raised)


def test_what_looks_like_a_folder_is_one_and_an_address_keeps_its_slashes(tmp_path: Path) -> None:
    assert place("索引") == Path("索引") and place("http://host:19530") == "http://host:19530"
    assert isinstance(open_index(tmp_path / "索引", "none"), Index)


@pytest.mark.parametrize("address", ["milvus://{}/索引.db", "{}/索引.db"])
def test_a_lite_file_is_opened_by_its_path(address: str, tmp_path: Path) -> None:
    index = open_index(place(address.format(tmp_path)), "none")
    assert isinstance(index, MilvusIndex) and index.documents() == []
    index.close()


_DYING = """
import sys
from index.milvus import MilvusIndex
from tests.index.seeded import AGENCY, GARDEN, SeededEncoder, document

index = MilvusIndex.open(sys.argv[1], encoder=SeededEncoder())
long = "".join(f"第{n}条　デジタル庁の発足は{n}番の日である。" for n in range(6_000))
index.add([document(AGENCY.path, ("設置", long)), GARDEN])
"""


def test_what_a_dead_writer_left_is_never_shown_and_swept_by_the_next(
    server: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = f"{server.uri}/dying"
    index = MilvusIndex.open(where, encoder=SeededEncoder())
    index.add([AGENCY])
    own = len(index.chunks(AGENCY.id))
    with subprocess.Popen([sys.executable, "-c", _DYING, where]) as writer:
        while index._server.count("tenkyo_chunks") == own:
            assert writer.poll() is None
        writer.kill()
    assert index._server.count("tenkyo_chunks") > own
    assert [one.id for one in index.documents()] == [AGENCY.id]
    assert index.document(AGENCY.id) == AGENCY
    assert {hit.chunk.document_id for hit in index.search("デジタル庁の発足と朝顔")} == {AGENCY.id}
    monkeypatch.setattr("index.milvus_editions._DEAD", 0)
    index.add([AGENCY])
    assert {name: index._server.count(name) for name in _COLLECTIONS} == {
        "tenkyo_documents": 1,
        "tenkyo_texts": 1,
        "tenkyo_chunks": own,
        "tenkyo_doubts": 0,
    }
    index.close()


def test_the_ranking_is_that_of_the_local_store(tmp_path: Path) -> None:
    many = [
        document(
            f"/docs/{n}.txt", (f"第{n}号", f"補助金の上限額は{n * 7}万円、申請は市役所で行う。" * (n % 4 + 1))
        )
        for n in range(60)
    ]
    local = Index.open(tmp_path / "local", encoder=SeededEncoder())
    milvus = MilvusIndex.open(str(tmp_path / "x.db"), encoder=SeededEncoder())
    for index in (local, milvus):
        index.add(many)
    for query in ("第31号の上限額", "申請の上限が84万円の補助金", "第7号でお金はどこでもらえるか"):
        ours, theirs = (index.search(query, 10) for index in (milvus, local))
        assert ours[0].chunk == theirs[0].chunk
        assert len({hit.chunk.id for hit in ours} & {hit.chunk.id for hit in theirs}) >= 6
    words = ["上限", "補助", "鯨", "市|役所"]
    assert milvus.rarity(words) == pytest.approx(local.rarity(words))
    local.close()
    milvus.close()


_WORKER = """
import sys
from functools import partial
from pathlib import Path
from index.milvus import MilvusIndex
from index.update import update
from ingest.shard import Shard, shard
from tests.index.seeded import SeededEncoder

index = MilvusIndex.open(sys.argv[1], encoder=SeededEncoder("none", 0))
reports = update(index, [Path(sys.argv[3])], part=partial(shard, of=Shard.parse(sys.argv[2])))
print(sum(report.status == "added" for report in reports))
index.close()
"""


def test_two_workers_fill_one_server_and_nothing_is_missing_or_doubled(
    server: Serving, tmp_path: Path
) -> None:
    folder = tmp_path / "文書"
    folder.mkdir()
    for n in range(60):
        (folder / f"要綱{n}.txt").write_text(
            f"第{n}号要綱\n\n補助金の上限額は{n + 1}万円とする。", encoding="utf-8"
        )
    where = f"{server.uri}/shared"
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", _WORKER, where, f"{number}/2", str(folder)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in (1, 2)
    ]
    added = [int(worker.communicate(timeout=120)[0]) for worker in workers]
    assert sum(added) == 60 and min(added) > 10
    index = MilvusIndex.open(where, encoder=SeededEncoder("none", 0))
    assert sorted(one.name for one in index.documents()) == sorted(file.name for file in folder.iterdir())
    assert index._server.count("tenkyo_chunks") == sum(len(index.chunks(one.id)) for one in index.documents())
    assert {report.status for report in update(index, [folder])} == {"unchanged"}
    hit = index.search("第37号要綱")[0]
    assert index.document(hit.chunk.document_id).name == "要綱37.txt"
    index.close()
