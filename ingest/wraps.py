"""Where a hard-wrapped line runs on: "why were these two lines read as one?"

A line break is only a wrap when the sentence goes on behind it. That is judged from the two lines and from
the lines around them: text that was wrapped at a width has many lines of nearly that width.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from ingest.aligned import is_spread
from ingest.document import Span
from ingest.view import Edit

_NEWLINE = "\r\n|[\n\r\f\v\x85\u2028\u2029]"
_NEWLINES = re.compile(_NEWLINE)
_BREAK = re.compile(rf"({_NEWLINE})\s*")
# How much of the text on either side of a span is looked at: about forty wrapped lines.
_AROUND = 3000
_NEAR = 16
# Columns; a full-width character is two. A shorter line is a label or a table's cell: in a list's item or
# beside commas, alone, and among blank lines.
_ITEM, _COLUMN, _PROSE, _SPACED_PROSE = 24, 16, 32, 40
# Blank lines that a sentence can run over: double spacing and a page's end.
_BLANKS = 3

_NUMERAL = "0-9０-９一二三四五六七八九十百"
_OPENS = re.compile(
    rf"""[○●◯◎◉■□◆◇▪▫◼◻▲△▼▽★☆✓✔✗➡➢➤➔⇒→⇨※☞☐☑❑❒❖•‣◦⁃＊・･§●◦\ue000-\uf8ff]
    | [-‐–—−*+]\s | [*＊]+[0-9０-９] | [①-⓿❶-➓㊀-㊉⑴-⒵Ⅰ-ⅿ]
    | [(（](?:[{_NUMERAL}]{{1,3}}|[a-zａ-ｚア-ン]|[ivx]{{1,4}})[)）]
    | [0-9０-９]{{1,3}}(?:[.．)）](?![0-9０-９])|[、，]|[-－.．][0-9０-９]{{1,2}}[.．\s　])
    | [a-zA-Zａ-ｚＡ-Ｚア-ン][.．)）]\s? | [ivxIVX]{{1,4}}[.．)）]\s | [ア-ン][\s　]
    | 第[{_NUMERAL}]+(?:[章節款編部]|条(?:の[{_NUMERAL}]+)?|回)(?![のでにはをがと、から～〜及])
    | [【＜<《〔]| [(（]?(?:注|参考|出典|出所|備考)[{_NUMERAL}]*[)）:：] | (?:附則|別表|別紙|別添|目次)
    | \#{{1,6}}\s | ``` | >\s""",
    re.X,
)
_STOPS, _CLOSERS = tuple("。！？!?：:；;．"), "）)」』】〕]］\"”'’*"
_FULL_STOP = re.compile(r"[A-Za-z0-9)\]\"'][.][\"')\]]*$")
_HEADING_ENDS = ("】", "＞", ">", "》", "**")
_HASHES = re.compile(r"#{1,6}\s")
_ALONE = re.compile(rf"^[-－–—\s]*[{_NUMERAL}]{{1,4}}[-－–—\s]*$|^[-=_*・‥…─━―]{{3,}}$")
_GLYPH = re.compile("[^0-9０-９a-zA-Zａ-ｚＡ-Ｚア-ン①-⓿❶-➓㊀-㊉⑴-⒵Ⅰ-ⅿ第(（]")
_OPENING, _CLOSING = re.compile(r"[（(「『［\[〔]"), re.compile(r"[）)」』］\]〕]")
# An end that cannot end a heading or a sentence, and a start that cannot start one.
_DANGLES = re.compile(
    r"(?:[、，,・「『（(［〔①-⑳／/]|(?<![もこひとま])[をのがにへやで]|(?<!こ)と|[^とで]は"
    "|及び|並びに|又は|または|および)$"
)
_DANGLING = 3  # characters at most
_CONTINUES = re.compile(
    "[、。，．）)」』］〕ーぁぃぅぇぉっゃゅょゎァィゥェォッャュョんンを々%％]|の(?!り|ぞ|べ)|等[をのにがは、）)]"
    "|[がにはともで](?=[一-龯ァ-ヶ、，])"
)
_TORN = re.compile("[、。，）」』］〕ーぁぃぅぇぉっゃゅょゎァィゥェォッャュョ々]")
_KATAKANA = re.compile("[ァ-ヴーｦ-ﾟ]")
# Words that begin sentences, not the rest of a word.
_BEGINS = re.compile(
    "また|まず|なお|この|これ|その|それ|さら|しかし|ただし|よって|したが|そこ|ここ|あら|いず|もは|たと|すべ|だが"
)
_HIRAGANA = re.compile("[ぁ-ん]")


class _Line(NamedTuple):
    """What can be told from one line alone; `width` in columns. The properties few are asked for."""

    text: str
    width: int
    table: bool
    closed: bool

    @property
    def opens(self) -> bool:
        return _opens(self.text)

    @property
    def numbered(self) -> bool:
        return self.opens and _GLYPH.match(self.text) is None

    @property
    def heading(self) -> bool:
        return self.text.endswith(_HEADING_ENDS) or _HASHES.match(self.text) is not None

    @property
    def dangles(self) -> bool:
        return _DANGLES.search(self.text, max(0, len(self.text) - _DANGLING)) is not None

    @property
    def unclosed(self) -> bool:
        return len(_OPENING.findall(self.text)) > len(_CLOSING.findall(self.text))

    @property
    def alone(self) -> bool:
        return _ALONE.match(self.text) is not None


@lru_cache(maxsize=4096)
def _line(text: str) -> _Line:
    # UTF-8 gives ASCII one byte and Japanese three: the mean of bytes and characters is the width.
    width = (len(text.encode("utf-8", "surrogatepass")) + len(text)) // 2
    table = "\t" in text or text.count("|") > 1 or is_spread(text)
    closed = text.rstrip(_CLOSERS).endswith(_STOPS) or _FULL_STOP.search(text) is not None
    return _Line(text, width, table, closed)


@lru_cache(maxsize=4096)
def _opens(text: str) -> bool:
    return _OPENS.match(text) is not None


@dataclass(frozen=True, slots=True)
class _Region:
    """The non-blank lines around a span, with their places and the number of blank lines behind each."""

    lines: list[_Line]
    ends: list[int]
    blanks: list[int]

    def near(self, index: int) -> list[_Line]:
        return [line for line in self.lines[max(0, index - _NEAR) : index + _NEAR] if not line.table]

    def block(self, index: int) -> tuple[int, int]:
        """First and last index of the unbroken run of lines without blank ones between them."""
        first = last = index
        while first > 0 and index - first < _NEAR and not self.blanks[first - 1]:
            first -= 1
        while last + 1 < len(self.lines) and last - index < _NEAR and not self.blanks[last]:
            last += 1
        return first, last


def wraps(text: str, span: Span) -> list[Edit]:
    """What makes the lines of a span continuous: a wrap goes, another line end becomes one newline.

    Trailing white space and blank lines go too; indentation stays except behind a wrap.
    """
    breaks = list(_BREAK.finditer(text, span.start, span.end))
    if not breaks:
        return []
    region = _region(text, span)
    index = 0
    edits: list[Edit] = []
    for found in breaks:
        start = found.start()
        while start > span.start and text[start - 1].isspace():
            start -= 1
        while index < len(region.ends) and region.ends[index] <= found.start():
            index += 1
        glue = _glue(region, index - 1)
        if glue is not None:
            edits.append(Edit(start, found.end(), glue))
        elif found[0] != "\n" or start < found.start():
            edits.extend(_tidied(text, found, start))
    return edits


def _tidied(text: str, found: re.Match[str], start: int) -> Iterator[Edit]:
    """What makes a line's end one newline."""
    newline, end = found.end(1), found.end()
    if start < found.start():
        yield Edit(start, found.start(), "")
    if found[1] != "\n":
        yield Edit(found.start(), newline, "\n")
    *_, last = [newline, *(blank.end() for blank in _NEWLINES.finditer(text, newline, end))]
    if last > newline:
        yield Edit(newline, last, "")


def _region(text: str, span: Span) -> _Region:
    start, end = max(0, span.start - _AROUND), min(len(text), span.end + _AROUND)
    lines: list[_Line] = []
    ends: list[int] = []
    blanks: list[int] = []
    position = start
    for found in _BREAK.finditer(text, start, end):
        if content := text[position : found.start()].strip():
            lines.append(_line(content))
            ends.append(found.start())
            blanks.append(_blanks(found[0]))
        position = found.end()
    if content := text[position:end].strip():
        lines.append(_line(content))
        ends.append(end)
        blanks.append(0)
    return _Region(lines, ends, [*blanks[:-1], _BLANKS + 1])


@lru_cache(maxsize=256)
def _blanks(between: str) -> int:
    return len(_NEWLINES.findall(between.replace("\r\n", "\n"))) - 1


def _glue(region: _Region, index: int) -> str | None:
    """What a wrap between this line and the next is read as; None when it is not a wrap."""
    if not 0 <= index < len(region.lines) - 1:
        return None
    line, after, blanks = region.lines[index], region.lines[index + 1], region.blanks[index]
    if blanks > _BLANKS or line.table or line.closed or line.heading or line.alone:
        return None
    if after.table or after.opens or after.alone:
        return None
    if not (_torn(line, after) or _wrapped(region, index)):
        return None
    return " " if _spaced(line.text[-1]) and _spaced(after.text[0]) else ""


def _spaced(character: str) -> bool:
    """Whether a script's words stand apart: not so kana, kanji and full-width forms."""
    return (character < "\u2e80" and character not in "“”‘’…—") or "\uac00" <= character <= "\ud7a3"


def _torn(line: _Line, after: _Line) -> bool:
    """Whether the break is inside brackets or inside a word, whatever the lines around look like."""
    if line.unclosed and _CLOSING.search(after.text):
        return line.width >= 8
    return _TORN.match(after.text) is not None and line.width >= 8


def _wrapped(region: _Region, index: int) -> bool:
    """Whether the lines around make a wrap likely: closely spaced ones are judged by their block, widely
    spaced ones by the width of all near by."""
    blanks = region.blanks[max(0, index - _NEAR) : index + _NEAR]
    wide = len(blanks) - blanks.count(0) > 0.7 * len(blanks)
    if region.blanks[index] == 0 and not (wide and _full_width(region, index)):
        return _wrapped_closely(region, index)
    return _wrapped_widely(region, index)


def _wrapped_closely(region: _Region, index: int) -> bool:
    line, after = region.lines[index], region.lines[index + 1]
    if (line.dangles and line.width >= 8) or (line.width >= 12 and _CONTINUES.match(after.text)):
        return True
    first, last = region.block(index)
    block = [each for each in region.lines[first : last + 1] if not each.table]
    widest = max(each.width for each in block)
    punctuated = any("、" in each.text or "。" in each.text for each in block)
    if line.width < (_COLUMN if punctuated else _ITEM) or line.width < 0.8 * widest:
        return False
    if _same_word(line.text[-1], after.text):
        return True
    if after.text[0].isdecimal() or (line.text[-1] in "）)」』" and not _HIRAGANA.match(after.text)):
        return False
    if any(each.opens for each in region.lines[first : index + 1]) and line.width >= 0.85 * widest:
        return line.width >= _ITEM
    return line.width >= max(_PROSE, 0.9 * widest) and _alike(region, index, line.width) >= 3


def _same_word(end: str, start: str) -> bool:
    """Whether a break between these is likely inside a word: Latin, katakana, or kanji and its kana."""
    if end.isascii() or start[0].isascii():
        return start[0].islower() and (end.islower() or end == "-")
    if _KATAKANA.match(end):
        return _KATAKANA.match(start) is not None
    return _HIRAGANA.match(start) is not None and not _HIRAGANA.match(end) and not _BEGINS.match(start)


def _alike(region: _Region, index: int, width: int) -> int:
    """How many lines near by are about as wide and break off too."""
    return sum(width - 4 <= each.width <= width + 4 and not each.closed for each in region.near(index))


def _full_width(region: _Region, index: int) -> int:
    """The columns at which the text around is wrapped; 0 when its lines have no common width."""
    near = region.near(index)
    widths = sorted(each.width for each in near)
    width = widths[len(widths) * 9 // 10]
    if width < _SPACED_PROSE or widths[-1] > 1.2 * width:
        return 0
    full = sum(each.width >= width - 6 and not each.closed for each in near)
    return width if full >= 4 and full >= 0.2 * len(near) else 0


def _wrapped_widely(region: _Region, index: int) -> bool:
    """For lines with blank ones between them: only where the text around is spaced so, or after a comma."""
    line, after = region.lines[index], region.lines[index + 1]
    if line.text[-1] in "、，" and region.blanks[index] <= 1 and not line.opens:
        return True
    width = _full_width(region, index)
    if not width:
        return False
    if line.numbered and (line.text[-1] in "へに" or after.width >= width - 6 or after.closed):
        # A heading that fills its line is followed by a paragraph, an item that does by its short rest.
        return (line.dangles and line.text[-1] not in "へに") or _CONTINUES.match(after.text) is not None
    if line.dangles or _CONTINUES.match(after.text):
        return line.width >= 8
    if _same_word(line.text[-1], after.text) and line.width >= 0.8 * width and not line.opens:
        return True
    return line.width >= width - (2 if line.opens else 6)
