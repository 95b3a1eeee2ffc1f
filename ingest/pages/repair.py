"""Broken character maps: "why does this PDF say 䛾 where の is printed?" """

from __future__ import annotations

# Fonts embedded without a map give the glyph's number in MS Gothic and MS Mincho as if it were a character.
# Kana and full-width forms stand in those fonts in Unicode's own order, so that whole ranges are shifted.
_SHIFTED = (
    (0x3041, 0x3093, 0x46D1),  # ぁ to ん
    (0x30A1, 0x30FE, 0x472F),  # ァ to ヾ
    (0xFF01, 0xFF5E, 0x47FD),  # ！ to ～
    (0x3001, 0x3003, 0x46B8),  # 、 。 〃
    (0x300C, 0x300F, 0x46C2),  # 「 」 『 』
)
_MAP = {shifted + n: first + n for first, last, shifted in _SHIFTED for n in range(last - first + 1)}
# One such kanji may be a name; a document whose font is broken has one in nearly every line.
_SURE = 5


def broken(text: str) -> bool:
    """Whether a document's characters come from a font without a map."""
    kana = sum("\u3041" <= character <= "\u30fe" for character in text)
    shifted = sum(ord(character) in _MAP for character in text)
    return shifted >= _SURE and shifted * 50 > kana


def repaired(character: str) -> str:
    """The character that is printed."""
    return chr(_MAP.get(ord(character), ord(character))) if len(character) == 1 else character
