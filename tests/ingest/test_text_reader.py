"""Whatever a Japanese text file comes as, it is read exactly or refused in one clear line."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import UnreadableFile
from ingest.readers.text import decode

_PATH = Path("資料.txt")
_SENTENCE = "デジタル庁は、令和3年9月1日に発足した。\r\n予算は（約）1,236億円である。\n"
_SHORT = [
    "こんにちは",
    "日本語",
    "特許庁\n",
    "総務省",
    "あ",
    "テスト",
    "価格は100円",
    "第１章　総則",
    "index.html 電話 : 1",
]
_JAPANESE = st.text(
    alphabet="あいうえおかがきくこさしすせそたてとなにのはもやらりれをんアイウエカスタテトラリルンー、。「」"
    "日本国人年大十二本中長出三時行見月分後前生五間上東四今金九入学高円子外八六下来気小七山話女北午百書先名川千水半男西電校語"
    "土木聞食車何南万毎白天母火右読友左休父雨省庁法令和予算0123456789ABCabc \n",
    min_size=12,
    max_size=200,
)


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "cp932", "euc_jp", "iso2022_jp", "utf-16", "utf-16-le", "utf-16-be", "utf-32"],
)
def test_every_usual_encoding_is_read_exactly(encoding: str) -> None:
    assert decode(_PATH, _SENTENCE.encode(encoding)) == _SENTENCE


@pytest.mark.parametrize("text", _SHORT)
@pytest.mark.parametrize("encoding", ["utf-8", "cp932", "euc_jp", "iso2022_jp"])
def test_even_a_word_or_two_is_read_in_the_right_encoding(text: str, encoding: str) -> None:
    assert decode(_PATH, text.encode(encoding)) == text


@given(_JAPANESE.filter(lambda text: sum("ぁ" <= c <= "ン" for c in text) >= 3))
def test_japanese_prose_survives_any_encoding(text: str) -> None:
    for encoding in ("utf-8", "cp932", "euc_jp", "iso2022_jp", "utf-16"):
        assert decode(_PATH, text.encode(encoding)) == text


def test_vendor_characters_and_half_width_kana_are_read() -> None:
    text = "①髙橋㈱のﾃﾞｰﾀは～№５㎡です。\n"
    assert decode(_PATH, text.encode("cp932")) == text


def test_line_ends_and_odd_characters_are_kept_as_they_are() -> None:
    text = "一行目\r\n二行目\r\f\ufeff三\u3000\u200b行目\x85"
    assert decode(_PATH, b"\xef\xbb\xbf" + text.encode()) == text


@pytest.mark.parametrize(
    "data", [b"", b" \r\n\t", b"\xef\xbb\xbf", "\u3000\n".encode(), "\n".encode("utf-16")]
)
def test_an_empty_file_is_said_to_be_empty(data: bytes) -> None:
    with pytest.raises(UnreadableFile, match="中身がありません"):
        decode(_PATH, data)


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.7\n...",
        b"PK\x03\x04\x14\x00\x06\x00",
        b"\x89PNG\r\n\x1a\n\x00\x00",
        b"\xff\xd8\xff\xe0\x00\x10JFIF",
        b"text\0with\0zeros and more text",
        bytes(range(256)) * 8,
    ],
)
def test_what_is_not_text_is_named_as_such(data: bytes) -> None:
    with pytest.raises(UnreadableFile, match="テキストではありません"):
        decode(_PATH, data)


def test_a_broken_byte_in_utf8_is_named_by_its_place() -> None:
    good = ("これは正しい文章です。" * 40).encode()
    with pytest.raises(UnreadableFile, match=f"UTF-8 .*{len(good)} バイト"):
        decode(_PATH, good + b"\x82" + good)


def test_a_torn_utf16_file_is_refused() -> None:
    with pytest.raises(UnreadableFile, match="UTF-16"):
        decode(_PATH, "日本語".encode("utf-16")[:-1])


def test_other_legacy_encodings_are_not_taken_for_japanese() -> None:
    with pytest.raises(UnreadableFile, match="文字コードを判別できません"):
        decode(_PATH, "café au lait déjà vu".encode("latin-1"))


@given(st.binary(max_size=300))
def test_any_bytes_give_text_or_one_line(data: bytes) -> None:
    try:
        assert decode(_PATH, data)
    except UnreadableFile as error:
        assert "\n" not in str(error)
        assert str(error).startswith("資料.txt: ")


@pytest.mark.parametrize("encoding", ["utf-8", "cp932"])
def test_fifty_megabytes_on_one_line_are_read_quickly(encoding: str) -> None:
    line = "長い一行の文書です、改行はない。"
    data = (line * (50_000_000 // len(line.encode(encoding)) + 1)).encode(encoding)
    started = time.perf_counter()
    assert decode(_PATH, data).startswith(line)
    assert time.perf_counter() - started < 10
