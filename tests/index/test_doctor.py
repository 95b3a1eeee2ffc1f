"""What an index can be healed of, and how it is kept: doctor, backup, restore."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from index import Index, backup
from index.doctor import examine
from index.folder import FILE
from ingest.errors import UnusableIndex
from tests.index.seeded import AGENCY, GARDEN, SeededEncoder, document

MODEL = "none"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An index of two documents, closed; without a model, so that the doctor can make it anew."""
    index = Index.open(tmp_path / "index", MODEL)
    index.add([AGENCY, GARDEN])
    index.search("朝顔")
    index.close()
    return tmp_path / "index"


def change(folder: Path, statement: str) -> None:
    with closing(sqlite3.connect(folder / FILE)) as db:
        db.execute("PRAGMA foreign_keys = OFF")
        db.execute(statement)
        db.commit()


def found(folder: Path, question: str) -> set[str]:
    with closing(Index.open(folder)) as index:
        return {index.document(hit.chunk.document_id).name for hit in index.search(question)}


def test_a_sound_index_needs_nothing(folder: Path) -> None:
    assert examine(folder) == []


@pytest.mark.parametrize(
    "harm",
    [
        "DELETE FROM passages WHERE document = 1",
        "UPDATE passages SET spans = zeroblob(length(spans))",
        "UPDATE passages SET paths = '[[], [7, 7]]'",
        "DELETE FROM blocks",
        "DELETE FROM segments",
        "UPDATE segments SET ranges = zeroblob(16)",
        "UPDATE segments SET ranges = zeroblob(0)",
        "UPDATE totals SET next_chunk = 1, chunks = 0",
        "DELETE FROM totals",
        "UPDATE passages SET paths = '5'",
        "UPDATE blocks SET data = substr(data, 1, 50)",
        "UPDATE documents SET chunk_count = 1",
    ],
)
def test_what_is_made_of_a_text_is_made_again(folder: Path, harm: str) -> None:
    change(folder, harm)
    assert [finding.repaired for finding in examine(folder)].count(True) >= 1
    assert examine(folder) == []
    assert "agency.txt" in found(folder, "デジタル庁の発足")


def test_rows_of_no_document_go(folder: Path) -> None:
    change(folder, "DELETE FROM documents WHERE number = 1")
    assert examine(folder)[0].repaired
    assert examine(folder) == []


def test_a_document_that_cannot_be_read_is_taken_out_by_name(folder: Path) -> None:
    change(folder, "UPDATE documents SET parts = '{' WHERE number = 1")
    (finding,) = examine(folder)
    assert AGENCY.path in finding.what
    assert found(folder, "朝顔") == {"garden.txt"}


def test_a_torn_derived_file_is_named_and_made_again(tmp_path: Path) -> None:
    with closing(Index.open(tmp_path / "i", encoder=SeededEncoder())) as index:
        index.add([AGENCY, GARDEN])
        before = index.search("朝顔")
    (torn,) = (tmp_path / "i").glob("dense-*.faiss")
    torn.write_bytes(torn.read_bytes()[:-7])
    assert any(torn.name in finding.what for finding in examine(tmp_path / "i"))
    with closing(Index.open(tmp_path / "i", encoder=SeededEncoder())) as index:
        assert index.search("朝顔") == before
    assert examine(tmp_path / "i") == []


def test_a_page_of_nonsense_is_said_to_be_beyond_repair(folder: Path) -> None:
    data = bytearray((folder / FILE).read_bytes())
    data[4096:] = bytes(len(data) - 4096)
    (folder / FILE).write_bytes(data)
    with pytest.raises(UnusableIndex, match=r"壊れ|ではありません"):
        examine(folder)


_AS_VERSION_2 = (
    *(f"DROP TABLE {table}" for table in ("blocks", "segments", "passages", "gone", "totals")),
    *(f"DROP INDEX documents_by_{column}" for column in ("chunk", "content")),
    "CREATE TABLE chunks (number INTEGER PRIMARY KEY AUTOINCREMENT, document INTEGER REFERENCES documents)",
    "CREATE TABLE postings (term TEXT, document INTEGER REFERENCES documents)",
    "INSERT INTO chunks SELECT first_chunk, number FROM documents",
    "UPDATE documents SET facts = json_remove(facts, '$.stamp')",
    "UPDATE meta SET value = '2' WHERE key = 'schema'",
)


def test_an_index_of_the_version_before_is_taken_over(folder: Path, tmp_path: Path) -> None:
    for statement in _AS_VERSION_2:
        change(folder, statement)
    backup.save(folder, tmp_path / "前の版.tenkyo")
    assert examine(folder) == []
    assert found(folder, "朝顔") == {"garden.txt"}
    assert examine(folder) == []
    # Its pages may have had another size.
    with closing(sqlite3.connect(tmp_path / "前の版.tenkyo", isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = DELETE").fetchall()
        db.execute("PRAGMA page_size = 4096")
        db.execute("VACUUM")
    assert backup.restore(tmp_path / "前の版.tenkyo", tmp_path / "new") == 2
    assert found(tmp_path / "new", "朝顔") == {"garden.txt"}
    change(folder, "UPDATE meta SET value = '99' WHERE key = 'schema'")
    with pytest.raises(UnusableIndex, match="形式"):
        Index.open(folder)


def test_a_backup_is_taken_and_put_back_while_others_ask(folder: Path, tmp_path: Path) -> None:
    live = Index.open(folder)
    size = backup.save(folder, tmp_path / "保存.tenkyo")
    assert size == (tmp_path / "保存.tenkyo").stat().st_size
    live.remove([GARDEN.id])
    live.add([document("/docs/new.txt", ("新", "新しい文書の本文である。" * 3))])
    assert live.search("朝顔") == []
    assert backup.restore(tmp_path / "保存.tenkyo", folder) == 2
    assert {one.name for one in live.documents()} == {"agency.txt", "garden.txt"}
    assert live.search("朝顔")[0].chunk.document_id == GARDEN.id
    live.close()
    assert examine(folder) == []


def test_a_backup_is_put_back_where_its_model_is_not(folder: Path, tmp_path: Path) -> None:
    change(folder, "UPDATE meta SET value = '/gone/model' WHERE key = 'model'")
    change(folder, "UPDATE meta SET value = 'its digest' WHERE key = 'fingerprint'")
    backup.save(folder, tmp_path / "保存.tenkyo")
    assert backup.restore(tmp_path / "保存.tenkyo", tmp_path / "new") == 2


def test_vectors_follow_a_restored_index(tmp_path: Path) -> None:
    folder = tmp_path / "i"
    live = Index.open(folder, encoder=SeededEncoder())
    live.add([AGENCY])
    backup.save(folder, tmp_path / "b")
    live.add([GARDEN])
    live.search("朝顔")
    backup.restore(tmp_path / "b", folder)
    live.add([document("/docs/other.txt", ("他", "盆踊りの櫓は広場に組む。" * 3))])
    hits = live.search("盆踊りの櫓")
    assert {hit.chunk.document_id for hit in hits} <= {one.id for one in live.documents()}
    assert hits[0].dense_rank == 1
    live.close()


def test_what_is_no_backup_changes_nothing(folder: Path, tmp_path: Path) -> None:
    for name, data in (
        ("空", b""),
        ("文", "これは保存ではない".encode()),
        ("切", (folder / FILE).read_bytes()[:9000]),
    ):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(UnusableIndex):
            backup.restore(tmp_path / name, folder)
    with pytest.raises(UnusableIndex, match="ありません"):
        backup.restore(tmp_path / "ない", folder)
    assert found(folder, "朝顔") == {"garden.txt"}


def test_a_backup_that_cannot_be_written_leaves_nothing(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UnusableIndex, match="保存できません"):
        backup.save(folder, tmp_path / "ないフォルダ" / "b")
    shutil.rmtree(folder)
    with pytest.raises(UnusableIndex, match="索引がありません"):
        backup.save(folder, tmp_path / "b")
    assert list(tmp_path.iterdir()) == []
