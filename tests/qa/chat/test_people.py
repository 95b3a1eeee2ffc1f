"""Who may come in: passwords, the proxy's header, and programs that use the tools."""

from __future__ import annotations

import base64
import os
import stat
from pathlib import Path

import pytest

from ingest.errors import TenkyoError
from qa.chat import people
from qa.chat.gate import Door
from qa.chat.people import Passwords, Rate


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
    assert not any(passwords.check("甲野", str(n)) for n in range(12))
    assert not passwords.check("甲野", "ひみつ")


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

    assert door.admits("10.0.0.9", basic("甲野:ひみつ"))
    for headers in ({}, basic("甲野:違う"), basic("甲野"), {"authorization": "Basic ***"}):
        assert not door.admits("127.0.0.1", headers)
    assert Door().admits("10.0.0.9", {})


def test_a_limit_that_cannot_be_read_is_one_line() -> None:
    with pytest.raises(TenkyoError, match="60/minute"):
        Rate("たくさん")
    assert all(Rate("").allows("甲") for _ in range(1000))
