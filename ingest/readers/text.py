"""Bytes of a plain text file become text: "why was this file read as EUC-JP, or not read?"

Nothing is guessed that can be known: byte order marks and escape sequences first, then UTF-8, which hardly
any other encoding satisfies by chance. CP932 and EUC-JP do overlap, so that both are decoded strictly and the
one that reads more like Japanese counts.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from functools import lru_cache
from pathlib import Path

from ingest.errors import UnreadableFile

# Enough of a file to judge by; decoding itself is always of the whole and strict.
_SAMPLE = 1 << 16
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_KINDS = (
    (b"%PDF-", "PDF"),
    (b"PK\x03\x04", "ZIP 形式（Word・Excel・PowerPoint を含む）"),
    (b"\xd0\xcf\x11\xe0", "旧形式の Office 文書"),
    (b"\x89PNG", "PNG 画像"),
    (b"\xff\xd8\xff", "JPEG 画像"),
    (b"GIF8", "GIF 画像"),
    (b"\x1f\x8b", "gzip 圧縮ファイル"),
    (b"7z\xbc\xaf", "7-Zip 圧縮ファイル"),
    (b"\x7fELF", "実行ファイル"),
)
# JIS X 0208 and 0201 are switched by these escape sequences; nothing else uses them.
_ISO_2022_JP = re.compile(rb"\x1b(?:\$[@B]|\([BJI])")
_CONTROL = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f]")
_SAVE_AS = "UTF-8 で保存し直してください"


def decode(path: Path, data: bytes) -> str:
    """The text of a file's bytes, nothing altered but a byte order mark removed.

    :param path: named in errors only
    :raises UnreadableFile: empty, not text, or not valid in any encoding that Japanese text comes in
    """
    for magic, kind in _KINDS:
        if data.startswith(magic):
            raise UnreadableFile(
                path, f"{kind}でありテキストではありません", "テキストにして保存し直してください"
            )
    text = _decoded(path, data)
    if not any(_seen(character) for character in text):
        raise UnreadableFile(path, "中身がありません", "本文のあるファイルを指定してください")
    if "\0" in text:
        raise _binary(path)
    return text


def _seen(character: str) -> bool:
    """Whether a reader sees anything there: not so white space, marks of direction, joiners."""
    return unicodedata.category(character)[0] not in "ZC" or character == "\0"


def _decoded(path: Path, data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                marked = data[len(mark) :].decode(encoding)
            except UnicodeDecodeError as error:
                raise _broken(path, encoding.upper(), len(mark) + error.start) from error
            # Two bytes can stand at the head of anything, and most pairs of bytes are some character.
            if len(mark) == 2 and _unassigned(marked[:_SAMPLE]) > 0.05:
                raise _binary(path)
            return marked
    if (text := _utf16(data)) is not None:
        return text
    if b"\0" in data or len(_CONTROL.findall(data[:_SAMPLE])) > len(data[:_SAMPLE]) // 50:
        raise _binary(path)
    if _ISO_2022_JP.search(data) and data.isascii():
        try:
            return data.decode("iso2022_jp_ext")
        except UnicodeDecodeError as error:
            raise _broken(path, "ISO-2022-JP", error.start) from error
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        return _legacy(path, data, error)


def _unassigned(text: str) -> float:
    """Share of the text that is no character of any script: private, unassigned, control."""
    strange = sum(unicodedata.category(c) in ("Cn", "Co", "Cc") and not c.isspace() for c in text)
    return strange / max(1, len(text))


def _utf16(data: bytes) -> str | None:
    """UTF-16 without a mark: every other byte is that of ASCII (zero) or of kana (0x30)."""
    sample = data[: _SAMPLE & ~1]
    if len(data) % 2:
        return None
    best, share = None, 0.8
    for encoding, high in (("utf-16-le", 1), ("utf-16-be", 0)):
        highs = sample[high::2]
        if (highs.count(0) + highs.count(0x30)) * 10 < len(highs) * 3:
            continue
        text = sample.decode(encoding, "replace")
        # Digits of an ASCII text are 0x30 too: kana, or the zeros of ASCII, must show.
        seen = len(_KANA.findall(text)) + highs.count(0)
        if seen * 5 >= len(text) and (plausible := _plausible(text)) > share:
            best, share = encoding, plausible
    try:
        return data.decode(best) if best else None
    except UnicodeDecodeError:
        return None


def _legacy(path: Path, data: bytes, as_utf8: UnicodeDecodeError) -> str:
    """EUC-JP or CP932, whichever is valid and reads like Japanese."""
    best, share = "", 0.0
    for encoding in ("euc_jp", "cp932", "euc_jis_2004"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if (plausible := _plausible(text[:_SAMPLE])) > share:
            best, share = text, plausible
    # UTF-8 with a broken byte may be valid as something else, but does not read so.
    if _nearly_utf8(data, as_utf8) and share < 0.95:
        raise _broken(path, "UTF-8", as_utf8.start) from as_utf8
    if share > 0.5:
        return best
    raise UnreadableFile(path, "文字コードを判別できません", _SAVE_AS) from as_utf8


def _nearly_utf8(data: bytes, error: UnicodeDecodeError) -> bool:
    """Whether most of what is not ASCII is valid UTF-8."""
    sample = data[max(0, error.start - _SAMPLE) : error.start + _SAMPLE]
    text = sample.decode("utf-8", "replace")
    return text.count("\ufffd") * 4 <= sum(character >= "\x80" for character in text)


_KANA = re.compile("[ぁ-んァ-ヶー、。]")
_COMMON = re.compile("[ぁ-んァ-ヶー、。「」『』（）【】・々〇０-９Ａ-Ｚａ-ｚ，．：％－〜～　○●◎■□◆◇△▲※→…①-⑳]")
_KANJI = re.compile("[一-龠]")
_HALF_WIDTH = re.compile("[｡-ﾟ]")


@lru_cache(maxsize=1 << 14)
def _everyday(kanji: str) -> bool:
    """Whether a kanji is of JIS level 1, the three thousand in everyday use."""
    return kanji.encode("cp932", "ignore") < b"\x98\x73"


def _plausible(text: str) -> float:
    """How much of the text beyond ASCII reads like Japanese: 0 to 1.

    The wrong one of CP932 and EUC-JP gives half-width kana, rare kanji and symbols, hardly ever hiragana.
    """
    beyond = "".join(character for character in text if character >= "\x80")
    if not beyond:
        return 1.0
    everyday = sum(map(_everyday, _KANJI.findall(beyond)))
    return (len(_COMMON.findall(beyond)) + everyday + 0.6 * len(_HALF_WIDTH.findall(beyond))) / len(beyond)


def _broken(path: Path, encoding: str, offset: int) -> UnreadableFile:
    return UnreadableFile(
        path, f"{encoding} として読めないバイトがあります（先頭から {offset} バイトの位置）", _SAVE_AS
    )


def _binary(path: Path) -> UnreadableFile:
    return UnreadableFile(
        path, "テキストではありません（バイナリーデータ）", "テキストのファイルを指定してください"
    )
