"""Which blocks are headings: marked ones with a body, titles standing alone, never a table of contents."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise

from ingest.contents import contents, key
from ingest.lines import Block, blocks, columns, wrap
from ingest.marks import LAW_RANK, NUMBER_RANK, unmarked

_RUNS_ON, _GOES_ON = tuple("をにがはで、，"), tuple("を、。：:）)")
_LONGEST = 60  # characters of a heading with a mark
_LONGEST_TITLE = 46  # of one without
_SENTENCE_ENDS = (*"！？!?、，：:／/", "です", "ます", "である", "した", "する", "せよ")
_NOT_A_TITLE = re.compile(
    r"(?:[をにがはでともや、，・（(「『【＋+]|から|まで|より|など|等|により|ため)$"
    r"|^[、。）)」』】〕］ぁ-ぉっゃゅょをー→⇒⇨➡↓↑←=＝+＋&＆/／@%％]"
    r"|^[\d０-９,，.．\s%％〜～\-－年月日時分円億兆万千百人件社約（）()／/:：]+$"
    r"|https?://|@|電話|^(?:TEL|FAX|URL|E-?mail)|[=＝→⇒]\s*\S+$|を(?:[一-龥々ァ-ヶー・]+[にでへと])?[一-龥々ァ-ヶー]{2,8}$|^[（(][^（）()]*[）)]$|(?:19|20)\d\d年.*(?:入社|卒業)|^〒"
)
# A clause (…は、…が必要), an amount, a label with its value (会社名：…, 【場所】東京), a remark in brackets.
_CLAUSE_OR_LABEL = re.compile(
    r"[がは][一-龥々ァ-ヶー]{1,8}$|[がはもりて]、|[0-9０-９]\s?[億兆万千]?円|^[（(～〜]|^【[^】]*】(?!の)|^[^：:]{1,12}[：:]"
    r"|^(?:では|には|とは|から|まで|など|により|における|について|による)"
)
_DATE_LINE = re.compile(
    r"(?:令和|平成|昭和|大正|明治|(?:19|20)\d\d)\s*[\d０-９元一-十]*\s*年?[^。]{0,12}[月日]\s*(?:[（(][^）)]*[）)])?$"
)
_NAME = re.compile(r"(?:氏|様|殿|先生|君)(?:\s*[（(].*[）)])?$")
_JAPANESE = re.compile(r"[ぁ-んァ-ヶ一-龥々]")
_ARTICLE = re.compile(
    r"(第[^条]{1,8}条(?:の[^\s　（(]{1,3})*)[\s　]*"
    r"([（(][^（）()]{1,40}(?:[（(][^（）()]{0,40}[）)][^（）()]{0,40})?[）)])?"
)
_COUNTED = re.compile(r"[Ⅰ-Ⅻ①-⑳]\s*[.．、]?\s*\S")
_CIRCLES = ("symbol●", "symbol○", "symbol◎")
_ANNOUNCES = re.compile(
    r"(?:次の|以下|下記|つの|とおり|通り|挙げ|列挙|示す|ある|いずれか|すべて|全て|事項|場合).{0,30}[。：:]?$|[：:]$"
)
_CAPTION = re.compile(r"^[（(]([^（）()]{1,30})[）)]$")
# Titles that only name a part of what the title above is about: they go under it.
PART_LIKE = re.compile(
    r"(?:(?:事業|制度|施策|政策|取組|調査|研究|本|今後|現在)の?|お|ご)?"
    r"(?:内容|概要|目的|背景|目標|成果目標|成果|効果|課題|現状|対応策?|解決策|対策|条件|要件|対象|対象者|期間|方法|手順|手続き?|注意事項|"
    r"イメージ|スケジュール|体制|今後|経緯|必要書類|持ち物|費用|料金|場所|日時|申込み?|申込方法|問い?合わ?せ先?|採択事例|事例|効果|留意点|備考|"
    r"今後の(?:方向性|予定|対応|課題)|実施状況|普及等状況|ポイント|目的・概要|現状・課題|現状と課題)"
    r"(?:\s*[（(].{0,24}[）)])?$"
)
WEAK = ("symbol", "bracket")
PLAIN = "md0"


def heading_text(text: str, block: Block) -> str:
    """A heading as a reader sees it: the caption of an article, else the whole block without its markup."""
    written = unmarked(block.span.of(text))
    mark = block.mark
    if mark is not None and mark.kind == "条":
        found = _ARTICLE.match(written)
        if found:
            rest = written[found.end() :].strip()
            short = rest if rest and len(rest) <= 30 and "。" not in rest and not found[2] else ""
            return f"{found[1]}{found[2] or ''}" + (f" {short}" if short else "")
    if mark is not None and mark.kind.startswith("bracket"):
        return written
    return written


def _underlined(text: str, block: Block) -> bool:
    """Whether a block over a line of === or --- is a Markdown heading."""
    words = block.span.of(text)
    return (
        block.kind == "text"
        and block.lines == 1
        and block.mark is None
        and len(words) < 80
        and "。" not in words
    )


class Context:
    """The blocks of one text and what can be said about the neighbours of each.

    :param named: what the format says of the blocks that begin there: md1 to md6, md0 for no heading
    """

    def __init__(self, text: str, named: Mapping[int, str]) -> None:
        self.text = text
        # Who uses styles or tags for headings leaves none to be told by its look alone.
        self.styled = sum(level != PLAIN for level in named.values()) > 1
        everything = blocks(text)
        self.blocks = [block for block in everything if block.kind not in ("page", "rule")]
        self.named = dict(named) | {
            block.span.start: "md1" if text[rule.span.start] == "=" else "md2"
            for block, rule in pairwise(everything)
            if rule.kind == "rule"
            and rule.gap == 0
            and text[rule.span.start] in "=-"
            and _underlined(text, block)
        }
        listed = contents(text)
        self.contents = listed[0] if listed else None
        self.entries = frozenset(entry for entry in listed[1] if len(entry) > 2) if listed else frozenset()
        # Where every line is followed by a blank one, only a larger gap sets something apart.
        self.gap = 2 if wrap(text).spaced else 1
        self._written: dict[int, str] = {}

    def written(self, index: int) -> str:
        """The text of a block as a reader sees it, cut where it is too long to matter."""
        if index not in self._written:
            span = self.blocks[index].span
            self._written[index] = unmarked(self.text[span.start : min(span.end, span.start + 400)])
        return self._written[index]

    def in_contents(self, index: int) -> bool:
        """Whether a block lies in the table of contents."""
        return self.contents is not None and self.blocks[index].span in self.contents

    def listed(self, index: int) -> bool:
        """Whether the table of contents names this block."""
        if not self.entries:
            return False
        written = self.written(index)
        return len(written) <= _LONGEST + 20 and key(written) in self.entries

    def is_prose(self, index: int) -> bool:
        """Whether a block is a sentence, a list item, a row or a note: something a heading can stand over."""
        block = self.blocks[index]
        if block.kind == "row" or (
            block.mark is not None and (block.mark.is_bullet or block.mark.kind == "note")
        ):
            return block.mark is None or block.mark.kind != "note"
        written = self.written(index)
        return (
            "。" in written
            or len(written) > _LONGEST
            or (len(written) > 24 and written.endswith(_SENTENCE_ENDS))
        )


def is_heading(context: Context, index: int) -> bool:
    """Whether a block is a heading, by its own look; lists of weak marks are settled by `headings`."""
    block = context.blocks[index]
    if block.kind == "row" or context.in_contents(index):
        return False
    mark = block.mark
    if block.span.start in context.named:
        return context.named[block.span.start] != PLAIN
    if mark is None:
        return context.listed(index) or (not context.styled and _is_title(context, index))
    if mark.kind in ("note", "caption") or mark.is_bullet:
        return False
    if mark.kind.startswith("md"):
        return True
    written = context.written(index)
    if mark.kind == "条":
        return True
    if len(written) > _LONGEST + (20 if mark.kind in LAW_RANK else 0) or "。" in written or "\t" in written:
        return False
    if mark.kind in LAW_RANK or mark.kind == "appendix":
        return not written.endswith(_RUNS_ON)
    if mark.kind == "question":
        return True
    bare = written[mark.end :] if not mark.kind.startswith("bracket") else written
    if not bare.strip() and mark.kind not in ("reference", "step"):
        return False
    if context.listed(index):
        return True
    if written.endswith(_SENTENCE_ENDS) or bare.startswith(_GOES_ON):
        return False
    if mark.kind.startswith("bracket") and "http" in written:
        return False
    if mark.kind in ("roman", "circled") and _COUNTED.search(bare):
        return False  # several headings or items on one line
    if mark.kind in NUMBER_RANK and (not _JAPANESE.search(bare) and len(bare) < 3):
        return False
    return has_body(context, index)


def has_body(context: Context, index: int) -> bool:
    """Whether something stands under a block before the next block of its own kind."""
    mark = context.blocks[index].mark
    if index + 1 >= len(context.blocks):
        return False
    following = context.blocks[index + 1]
    if mark is not None and following.mark is not None and following.mark.kind == mark.kind:
        return False
    if mark is not None and following.mark is not None and mark.kind.startswith("symbol"):
        before = context.blocks[index - 1].mark if index else None
        beside = before is not None and before.kind.startswith("symbol") and context.blocks[index].gap == 0
        if beside or (mark.kind in _CIRCLES and following.mark.kind in _CIRCLES):
            return False
    if following.mark is not None and (
        following.mark.kind in LAW_RANK or following.mark.kind.startswith("md")
    ):
        return False
    if mark is not None and following.mark is not None and mark.kind in NUMBER_RANK:
        below = NUMBER_RANK.get(following.mark.kind, 99)
        if below < NUMBER_RANK[mark.kind] and not context.is_prose(index + 1):
            return following.mark.number == 1
    return True


def _is_title(context: Context, index: int) -> bool:
    """A short line without a mark, alone between blank lines or on top of its text."""
    block = context.blocks[index]
    if block.lines > 2:
        return False
    written = context.written(index)
    if not 2 <= len(written) <= _LONGEST_TITLE or columns(written) < 4:
        return False
    if written.endswith(_SENTENCE_ENDS) or "。" in written or _NOT_A_TITLE.search(written):
        return False
    if not _JAPANESE.search(written) and len(written) < 6:
        return False
    if (
        _CLAUSE_OR_LABEL.search(written)
        or _DATE_LINE.search(written)
        or _NAME.search(written)
        or written.count(" ") > 4
    ):
        return False
    if any(
        written.count(opening) != written.count(closing)
        for opening, closing in ("「」", "（）", "［］", "()")
    ):
        return False
    if index > 0 and block.gap < context.gap:
        before = context.blocks[index - 1]
        if context.gap > 1 or not context.is_prose(index - 1) or before.mark is None:
            return False
    return _stands_over(context, index)


def _stands_over(context: Context, index: int) -> bool:
    """Whether what follows a title is its text: prose at once, or another title with prose after it."""
    if index + 1 >= len(context.blocks):
        return False
    following, written = context.blocks[index + 1], context.written(index)
    if following.mark is not None and following.mark.kind in ("note", "caption"):
        return False
    if context.is_prose(index + 1) or PART_LIKE.match(written):
        return True
    if following.mark is not None and not following.mark.is_bullet:
        return following.gap > 0 or following.mark.kind.startswith(WEAK)
    if following.gap == 0 or context.blocks[index].gap == 0:
        return False
    if len(written) < 6 and not PART_LIKE.match(written):
        return False
    # Two or three titles over one another (slide, box, label): the last must have prose.
    for ahead in range(index + 1, min(index + 4, len(context.blocks))):
        if context.is_prose(ahead) or context.blocks[ahead].mark is not None:
            return True
        if len(context.written(ahead)) > _LONGEST_TITLE or context.blocks[ahead].gap == 0:
            return False
    return False


def caption_before(context: Context, index: int) -> str:
    """The caption of an article where it stands on the line before: （定義） over 第二条; "" if none."""
    if index == 0 or context.blocks[index].mark is None:
        return ""
    mark = context.blocks[index].mark
    if mark is None or mark.kind != "条":
        return ""
    found = _CAPTION.match(context.written(index - 1))
    return f"（{found[1]}）" if found else ""


def is_lead(text: str, block: Block, item: Block) -> bool:
    """Whether a block announces the list that begins with the next one."""
    if block.kind != "text" or item.gap > 3:
        return False
    written = unmarked(text[max(block.span.end - 300, block.span.start) : block.span.end])
    if _ANNOUNCES.search(written):
        return True
    return (
        len(written) <= _LONGEST and "。" not in written and (block.mark is None or not block.mark.is_bullet)
    )
