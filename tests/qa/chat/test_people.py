"""Who may come in: passwords, the proxy's header, and programs that use the tools."""

from __future__ import annotations

import base64
import io
import os
import stat
from pathlib import Path

import pytest

from ingest.errors import TenkyoError
from qa.chat import people
from qa.chat.gate import Door, hosts
from qa.chat.people import Passwords, Rate
from qa.cli import main


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "people"
    people.write(made, "甲野", "ひみつ")
    return made


def test_the_right_password_comes_in_and_nothing_else(file: Path) -> None:
    passwords = Passwords(file)
    assert passwords.check("甲野", "ひみつ")
    for name, given in (("甲野", "ひみ"), ("甲野", ""), ("乙野", "ひみつ"), ("乙野", ""), ("", "")):
        assert not passwords.check(name, given)


def test_the_file_holds_no_password_and_is_for_its_owner_alone(file: Path) -> None:
    assert "ひみつ" not in file.read_text(encoding="utf-8")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_new_password_holds_at_once_and_leaves_the_others(file: Path) -> None:
    people.write(file, "乙野", "べつ")
    passwords = Passwords(file)
    people.write(file, "甲野", "あたらしい")
    os.utime(file, ns=(1, 1))
    assert passwords.check("甲野", "あたらしい")
    assert not passwords.check("甲野", "ひみつ")
    assert passwords.check("乙野", "べつ")


def test_a_name_that_is_tried_over_and_over_has_to_wait(file: Path) -> None:
    passwords = Passwords(file)
    assert all(passwords.check("甲野", "ひみつ") for _ in range(12)), "what is right does not count"
    assert not any(passwords.check("甲野", str(n)) for n in range(12))
    assert not passwords.check("甲野", "ひみつ")
    assert passwords.check("甲野", "ひみつ", "10.0.0.9"), "a stranger elsewhere locks nobody out"
    assert not any(passwords.check(str(n), "x", "10.0.0.8") for n in range(40))
    assert not passwords.check("甲野", "ひみつ", "10.0.0.8"), "new names do not help whoever guesses"


def test_who_leaves_the_file_is_signed_out(file: Path) -> None:
    people.write(file, "乙野", "べつ")
    passwords = Passwords(file)
    passwords.tokens = {"t1": "甲野", "t2": "乙野"}
    passwords.forget()
    assert set(passwords.tokens) == {"t1", "t2"}
    file.write_text("".join(line for line in file.open(encoding="utf-8") if line.startswith("乙野")))
    os.utime(file, ns=(2, 2))
    passwords.forget()
    assert passwords.tokens == {"t2": "乙野"}


@pytest.mark.parametrize("text", ["甲野", "甲野:plain", ":$argon2id$x"])
def test_a_file_of_another_form_is_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "people").write_text(text, encoding="utf-8")
    with pytest.raises(TenkyoError, match="people:1"):
        Passwords(tmp_path / "people")
    with pytest.raises(TenkyoError, match="読めません"):
        Passwords(tmp_path / "none")


def test_only_a_trusted_proxy_s_word_counts() -> None:
    door = Door(header="X-Forwarded-User", proxies=frozenset({"127.0.0.1"}))
    assert door.vouched("127.0.0.1", {"x-forwarded-user": "甲野"}) == "甲野"
    assert door.vouched("10.0.0.9", {"x-forwarded-user": "甲野"}) is None
    assert door.vouched("127.0.0.1", {}) is None


def test_programs_sign_in_as_people_do(file: Path) -> None:
    door = Door(Passwords(file))

    def basic(given: str) -> dict[str, str]:
        return {"authorization": "Basic " + base64.b64encode(given.encode()).decode()}

    assert door.admits("10.0.0.9", basic("甲野:ひみつ")) == "甲野"
    for headers in ({}, basic("甲野:違う"), basic("甲野"), {"authorization": "Basic ***"}):
        assert door.admits("127.0.0.1", headers) is None
    assert Door().admits("10.0.0.9", {}) == "10.0.0.9"


def test_a_limit_that_cannot_be_read_is_one_line() -> None:
    with pytest.raises(TenkyoError, match="60/minute"):
        Rate("たくさん")
    assert all(Rate("").allows("甲") for _ in range(1000))


def test_another_site_s_page_gets_nowhere() -> None:
    alone = Door(hosts=hosts("127.0.0.1", (), signing_in=False))
    assert alone.refuses("GET", {"host": "127.0.0.1:7860"}) == ""
    assert alone.refuses("GET", {"host": "[::1]:7860"}) == ""
    assert "unknown host" in alone.refuses("GET", {"host": "evil.example:7860"})
    assert "unknown host" in alone.refuses("GET", {})
    foreign = {"host": "localhost:7860", "origin": "https://evil.example"}
    assert "another site" in alone.refuses("POST", foreign)
    assert alone.refuses("POST", {"host": "localhost:7860", "origin": "http://localhost:7860"}) == ""
    named = Door(hosts=hosts("127.0.0.1", ("docs.city.example",), signing_in=False))
    assert named.refuses("GET", {"host": "docs.city.example"}) == ""
    assert Door(hosts=hosts("0.0.0.0", (), signing_in=False)).refuses("GET", {"host": "any.example"}) == ""


def test_the_command_writes_a_name_and_password_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "people"
    monkeypatch.setattr("sys.stdin", io.StringIO("ひみつ\n"))
    assert main(["passwd", str(file), "甲野"]) == 0
    assert "甲野" in capsys.readouterr().out
    assert Passwords(file).check("甲野", "ひみつ")
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    assert main(["passwd", str(file), "乙野"]) == 2
    assert "パスワードが空です" in capsys.readouterr().err
    assert main(["passwd", str(file), "a:b"]) == 2


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--auth", "none"], "パスワードのファイルを読めません"),
        (["--rate", "often"], "回数の制限として読めません"),
        (["--llm-url", "ftp://x", "--llm-model", "m"], "サーバーの URL ではありません"),
        (["--llm-url", "http://127.0.0.1:9/v1"], "モデル名がありません"),
    ],
)
def test_a_wrong_option_of_serve_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    assert main(["serve", "--index", str(tmp_path / "index"), "--port", "0", *options]) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len([line for line in lines if line.startswith("tenkyo:")]) == 1
    assert said in lines[-1]
