"""Documents changed from the page: added, declined, replaced, removed, and every change taken back."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import FileReport
from ingest.errors import TenkyoError
from qa import Tenkyo
from qa.chat import library as shelves
from qa.chat import narrow
from qa.chat.desk import Desk
from qa.chat.library import Facts, Library
from qa.chat.people import Rate
from qa.chat.session import Changes
from tests.qa.chat.conftest import event, request

RULES = "# 文書取扱規程\n\n## 保存\n決裁文書は十年間保存する。\n"
NEWER = "# 文書取扱規程\n\n## 保存\n決裁文書は三十年間保存する。\n"


@pytest.fixture
def library(tenkyo: Tenkyo, tmp_path: Path) -> Library:
    return Library(tenkyo, tmp_path / "index")


def file(folder: Path, name: str, text: str = RULES) -> Path:
    folder.mkdir(exist_ok=True)
    made = folder / name
    made.write_text(text, encoding="utf-8")
    return made


def names(tenkyo: Tenkyo) -> set[str]:
    return {document.name for document in tenkyo.documents()}


def test_an_upload_is_asked_about_at_once_and_carries_what_was_said_of_it(
    library: Library, tenkyo: Tenkyo, tmp_path: Path
) -> None:
    facts = Facts("規程集", '総務"課"\\', "令和2年4月1日")
    library.add([file(tmp_path / "持込", "規程（案）.md")], facts)
    answer = tenkyo.ask("決裁文書は何年間保存しますか")
    assert "十年間" in answer.text
    added = next(document for document in tenkyo.documents() if document.name == "規程（案）.md")
    assert added.publisher == '総務"課"\\'
    assert narrow.collection(added) == "規程集"
    assert narrow.year(added) == "2020"
    assert ("collection", "規程集") in narrow.conditions(tenkyo.documents())
    kept = narrow.narrowed(tenkyo.documents(), (), ["collection:規程集", "year:2020", "year:1999"])
    assert kept == [added.id]


def test_one_bad_file_costs_only_itself(library: Library, tenkyo: Tenkyo, tmp_path: Path) -> None:
    given_ = [
        file(tmp_path / "持込", "よい.md"),
        file(tmp_path / "持込", "空.txt", ""),
        file(tmp_path / "持込", "絵.png"),
        file(tmp_path / "持込", "こわれ.pdf", "%PDF-1.4 ない"),
    ]
    said: list[FileReport] = []
    library.add(given_, Facts(), tell=said.append)
    assert [report.status for report in said] == ["added", "failed", "failed", "failed"]
    assert all(str(tmp_path) not in report.message for report in said), (
        "the server's folders are nobody's business"
    )
    assert names(tenkyo) == {"案内.md", "よい.md"}
    assert {kept.name for kept in (tmp_path / "index" / "uploads").rglob("*.*")} == {
        "よい.md",
        "catalog.toml",
    }


def test_a_replacement_answers_in_the_old_one_s_place_and_can_be_undone(
    library: Library, tenkyo: Tenkyo, tmp_path: Path
) -> None:
    library.add([file(tmp_path / "持込", "規程.md")], Facts("規程集"))
    old = next(document for document in tenkyo.documents() if document.name == "規程.md")
    (change,) = library.add([file(tmp_path / "持込", "規程改正.md", NEWER)], Facts(), replaces=old.id)
    assert names(tenkyo) == {"案内.md", "規程改正.md"}
    assert "三十年間" in tenkyo.ask("決裁文書は何年間保存しますか").text
    library.undo(change)
    assert names(tenkyo) == {"案内.md", "規程.md"}
    assert "三十年間" not in tenkyo.ask("決裁文書は何年間保存しますか").text


def test_a_file_of_the_same_name_takes_its_place_and_a_broken_one_does_not(
    library: Library, tenkyo: Tenkyo, tmp_path: Path
) -> None:
    library.add([file(tmp_path / "持込", "規程.md")], Facts("規程集"))
    said: list[FileReport] = []
    library.add([file(tmp_path / "持込", "規程.md", " ")], Facts("規程集"), tell=said.append)
    assert said[0].status == "failed"
    assert "十年間" in tenkyo.ask("決裁文書は何年間保存しますか").text
    (change,) = library.add([file(tmp_path / "持込", "規程.md", NEWER)], Facts("規程集"))
    assert "三十年間" in tenkyo.ask("決裁文書は何年間保存しますか").text
    library.undo(change)
    assert "三十年間" not in tenkyo.ask("決裁文書は何年間保存しますか").text


def test_a_removed_document_comes_back_and_a_file_elsewhere_is_never_touched(
    library: Library, tenkyo: Tenkyo, tmp_path: Path
) -> None:
    library.add([file(tmp_path / "持込", "規程.md")], Facts())
    for document in list(tenkyo.documents()):
        change = library.remove(document.id)
        assert document.name not in names(tenkyo)
        assert library.undo(change).status == "added"
        assert document.name in names(tenkyo)
    assert (tmp_path / "案内.md").is_file() and (tmp_path / "持込" / "規程.md").is_file()


def test_what_a_stop_interrupted_is_taken_up_at_the_next_start(
    library: Library, tenkyo: Tenkyo, tmp_path: Path
) -> None:
    library.add([file(tmp_path / "持込", "規程.md"), file(tmp_path / "持込", "別.md", NEWER)], Facts("集"))
    uploads = tmp_path / "index" / "uploads" / "集"
    (uploads / "規程.md").unlink()  # the plug was pulled after the file went and before the index knew
    file(uploads, "新.md", NEWER + "\n附則\n")  # and here before the index was told
    Library(tenkyo, tmp_path / "index").tidy()
    assert names(tenkyo) == {"案内.md", "別.md", "新.md"}


def test_read_only_is_read_only(tenkyo: Tenkyo, tmp_path: Path) -> None:
    library = Library(tenkyo, tmp_path / "index", writable=False)
    desk = Desk(tenkyo, library, Rate(""))
    assert "data-remove" not in desk.table("", "ja")
    drawn, _, _ = desk.remove(None, "", "ja", event(document=tenkyo.documents()[0].id))
    assert "変えられません" in drawn
    given_ = [str(file(tmp_path / "持込", "規程.md"))]
    *_, (_, drawn, _, _) = desk.add(given_, "", "", "", "", None, "", "ja", request())
    assert "変えられません" in drawn
    assert names(tenkyo) == {"案内.md"}


def test_the_page_tells_what_becomes_of_each_file_and_offers_the_way_back(
    library: Library, tenkyo: Tenkyo, tmp_path: Path
) -> None:
    desk = Desk(tenkyo, library, Rate(""))
    given_ = [str(file(tmp_path / "持込", name)) for name in ("一.md", "二.png")]
    steps = list(desk.add(given_, "", "集", "", "", None, "", "ja", request()))
    assert "登録中… 二.png（2/2）" in steps[0][1]
    _, drawn, table, changes = steps[-1]
    assert "追加しました" in drawn and "登録できません" in drawn
    document = next(document for document in tenkyo.documents() if document.name == "一.md")
    assert f'data-remove="{document.id}"' in table
    drawn, table, changes = desk.remove(changes, "", "ja", event(document=document.id))
    assert "data-undo" in drawn and document.id not in table
    drawn, table, changes = desk.undo(changes, "", "ja")
    assert "元に戻しました" in drawn and document.id in table
    assert isinstance(changes, Changes)
    assert desk.remove(changes, "", "ja", event(document="nobody"))[0]


def test_documents_are_found_by_any_of_their_facts(library: Library, tenkyo: Tenkyo, tmp_path: Path) -> None:
    library.add([file(tmp_path / "持込", "規程.md")], Facts("集", "総務課", "2020-04-01"))
    desk = Desk(tenkyo, library, Rate(""))
    for wanted, found in (("規程", 1), ("総務課　２０２０", 1), ("総務課 1999", 0), ("", 2), ("MD", 2)):
        assert f"{found} 件の文書" in desk.table(wanted, "ja")


@pytest.mark.parametrize("name", ["../外", "a/b", ".隠", "改\n行", "C:", "長" * 200])
def test_a_collection_s_name_stays_in_its_folder(library: Library, tmp_path: Path, name: str) -> None:
    with pytest.raises(TenkyoError, match="コレクションの名前"):
        library.add([file(tmp_path / "持込", "規程.md")], Facts(name))
    assert not (tmp_path / "外").exists()


@given(st.text(max_size=300))
def test_any_file_name_stays_in_its_folder(given_: str) -> None:
    name = shelves._file_name(given_)
    assert name and not re.search(r"[/\\\x00-\x1f]", name) and not name.startswith(".")
    assert len(name.encode("utf-8", "replace")) <= 255


def test_a_failed_replacement_changes_nothing_at_all(
    library: Library, tenkyo: Tenkyo, tmp_path: Path
) -> None:
    library.add([file(tmp_path / "持込", "規程.md")], Facts("集", "総務課", "2020-04-01"))
    folder = tmp_path / "index" / "uploads" / "集"
    before = {kept.name: kept.read_bytes() for kept in folder.iterdir()}
    library.add([file(tmp_path / "持込", "規程.md", " ")], Facts("集", "別の課\ud800", "1999-01-01"))
    assert {kept.name: kept.read_bytes() for kept in folder.iterdir()} == before


def test_what_others_added_meanwhile_is_not_overwritten_by_undo(
    library: Library, tenkyo: Tenkyo, tmp_path: Path
) -> None:
    library.add([file(tmp_path / "持込", "規程.md")], Facts("集"))
    mine = next(document for document in tenkyo.documents() if document.name == "規程.md")
    change = library.remove(mine.id)
    library.add([file(tmp_path / "持込", "規程.md", NEWER)], Facts("集"))
    with pytest.raises(TenkyoError, match="そのあとで追加"):
        library.undo(change)
    assert "三十年間" in tenkyo.ask("決裁文書は何年間保存しますか").text


def test_one_collection_s_catalogue_is_not_another_s(library: Library, tmp_path: Path) -> None:
    for name in ("甲集", "乙集"):
        library.add([file(tmp_path / "持込", "同じ.md")], Facts(name))
    library.add([file(tmp_path / "持込", "別.md", NEWER)], Facts("甲集", "甲の課"))
    library.add([file(tmp_path / "持込", "同じ.md")], Facts("乙集"))
    assert "甲の課" not in (tmp_path / "index" / "uploads" / "乙集" / "catalog.toml").read_text(
        encoding="utf-8"
    )


def test_two_files_of_one_name_are_not_taken_for_one(library: Library, tmp_path: Path) -> None:
    said: list[FileReport] = []
    given_ = [file(tmp_path / "一", "規程.md"), file(tmp_path / "二", "規程.md", NEWER)]
    library.add(given_, Facts("集"), tell=said.append)
    assert [report.status for report in said] == ["added", "failed"]
    assert "同じ名前" in said[1].message
