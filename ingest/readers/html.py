"""Web pages: the main content with headings, lists and tables; no menus, scripts or readings over kanji."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree
from lxml import html as lxml_html

from ingest.content import Content, Draft, Merged, one_line
from ingest.errors import UnreadableFile
from ingest.readers.text import decode


def _tags(names: str) -> frozenset[str]:
    return frozenset(names.split())


_SKIPPED = _tags("""
    script style noscript template svg math canvas select button textarea iframe object head rt rp rtc nav""")
_ASIDE = _tags("header footer aside")
_BLOCKS = _tags("""
    address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption
    figure footer form h1 h2 h3 h4 h5 h6 header hr html legend li main menu ol p pre section summary table
    tbody td tfoot th thead tr ul""")
_APART = _tags("p blockquote pre dl ul ol figure section article address fieldset details")
_MAIN = re.compile(
    r"(?:main|content|contents|honbun|article)(?:[-_]?(?:area|body|main|inner|contents?))?$", re.I
)
_MENU = re.compile(
    r"(?:^|[-_ ])(?:g?nav|navi|menu|breadcrumbs?|pankuzu|topicpath|sns|share|footer|sidebar|skip)(?:$|[-_ ])",
    re.I,
)
_HIDDEN = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.I)
_SPACE = re.compile(r"[ \t\r\n\f]+")
_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w-]{2,20})", re.I)
_DEEPEST = 200
_MOST_SPAN = 100  # rows or columns that one cell may claim


def content(path: Path, data: bytes) -> Content:
    """A page's text.

    :raises UnreadableFile: no text, or in no encoding that Japanese text comes in
    """
    text = _decoded(path, data)
    draft = Draft()
    title = write(draft, text)
    if not draft.length:
        raise UnreadableFile(path, "ページに文章がありません", "本文のあるページを保存してください")
    return draft.done(title=title if not draft.titles else "")


def write(draft: Draft, source: str) -> str:
    """Write a page's main content down; returns what the page calls itself."""
    # lxml declines text that declares its encoding, and text is what this is.
    source = re.sub(r"^\s*<\?xml[^>]*\?>", "", source)
    parser = lxml_html.HTMLParser(huge_tree=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = lxml_html.document_fromstring(source.replace("\0", ""), parser=parser)
    except (etree.ParserError, ValueError, AssertionError):
        return ""
    _Writer(draft).block(_main(root), 0)
    draft.blank()
    title = root.find(".//title")
    return one_line(title.text or "")[:100] if title is not None else ""


def _decoded(path: Path, data: bytes) -> str:
    said = _CHARSET.search(data[:4096])
    if said:
        try:
            return data.decode(said[1].decode("ascii"))
        except (UnicodeDecodeError, LookupError):
            pass  # what a page says of itself is often wrong
    return decode(path, data)


def _main(root: Any) -> Any:
    """The element that holds the page's own text: what it marks as that, if it holds enough of it."""
    body = root.find("body")
    body = root if body is None else body
    whole = _size(body)
    marked = [*root.iter("main"), *root.xpath("//*[@role='main']")]
    marked += [
        node for node in root.iter("article", "div", "section", "td") if _MAIN.match(node.get("id") or "")
    ]
    articles = list(root.iter("article"))
    marked += articles if len(articles) == 1 else []
    return next((node for node in marked if _size(node) >= 0.3 * whole), body)


def _size(node: Any) -> int:
    return sum(len(piece.strip()) for piece in node.itertext())


class _Writer:
    """Walks a page and writes its text, one block a line."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._line: list[str] = []

    def _flush(self, mark: str = "") -> None:
        """Write the open line; `mark` is that of the list item it begins."""
        pieces = [_SPACE.sub(" ", one_line(piece)) for piece in "".join(self._line).split("\v")]
        text = "\n".join(piece for piece in pieces if piece)
        self._line.clear()
        if text:
            self._draft.item(mark + text) if mark else self._draft.paragraph(text)

    def block(self, node: Any, depth: int, marks: tuple[str, ...] = ()) -> None:
        """Everything inside an element; `marks` is what stands before its first line."""
        mark = marks[0] if marks else ""
        self._text(node.text)
        for child in node:
            if isinstance(child.tag, str) and depth < _DEEPEST:
                tag = child.tag.lower()
                if not _is_skipped(child, tag):
                    if tag in _BLOCKS and self._written():
                        self._flush(mark)
                        mark = ""
                    before = self._draft.length
                    self._child(child, tag, depth, mark)
                    if self._draft.length > before:
                        mark = ""
            self._text(child.tail)
        if node.tag in _BLOCKS or not depth:
            self._flush(mark)

    def _written(self) -> bool:
        if "".join(self._line).strip():
            return True
        self._line.clear()
        return False

    def _text(self, text: str | None) -> None:
        if text:
            self._line.append(text.replace("\v", " "))

    def _child(self, node: Any, tag: str, depth: int, mark: str) -> None:
        if tag == "br":
            self._line.append("\v")
        elif len(tag) == 2 and tag[0] == "h" and tag[1] in "123456":
            text = _inline(node)
            if text:
                self._draft.heading(text, int(tag[1]))
        elif tag == "table":
            self._table(node, depth)
        elif tag == "pre":
            self._draft.blank()
            for line in "".join(node.itertext()).splitlines():
                self._draft.paragraph(line)
            self._draft.blank()
        elif tag in ("ul", "ol"):
            self._list(node, tag, depth)
        elif tag in _APART:
            self._draft.blank()
            self.block(node, depth + 1, (mark,) if mark else ())
            self._draft.blank()
        else:
            self.block(node, depth + 1, (mark,) if mark else ())

    def _list(self, node: Any, tag: str, depth: int) -> None:
        nested = node.getparent() is not None and node.getparent().tag == "li"
        if not nested:
            self._draft.blank()
        start = node.get("start") or "1"
        number = int(start) if start.isdigit() else 1
        for item in node:
            if item.tag != "li" or _is_skipped(item, "li"):
                continue
            self.block(item, depth + 1, (f"{number}. " if tag == "ol" else "・",))
            number += 1
        if not nested:
            self._draft.blank()

    def _table(self, table: Any, depth: int) -> None:
        rows, header = _grid(table)
        width = max(map(len, rows), default=0)
        if width < 2 or table.find(".//table") is not None or table.get("role") == "presentation":
            for cell in table.iter("td", "th"):
                if next(cell.iterancestors("table")) is table:
                    self._draft.blank()
                    self.block(cell, depth + 1)
            self._draft.blank()
            return
        caption = table.find("caption")
        self._draft.table(rows, header or None, caption=_inline(caption) if caption is not None else "")


def _is_skipped(node: Any, tag: str) -> bool:
    if tag in _SKIPPED or node.get("hidden") is not None or node.get("aria-hidden") == "true":
        return True
    if _HIDDEN.search(node.get("style") or "") or node.get("role") in ("navigation", "banner", "search"):
        return True
    if tag in _ASIDE and next(node.iterancestors("article", "main", "section"), None) is None:
        return True
    named = f"{node.get('id') or ''} {node.get('class') or ''}"
    return tag in ("div", "ul", "ol", "section", "p") and bool(_MENU.search(named)) and _is_links(node)


def _is_links(node: Any) -> bool:
    """Whether most of an element's words are links."""
    linked = sum(_size(link) for link in node.iter("a"))
    return linked * 2 >= _size(node)


def _pieces(node: Any) -> Iterator[str]:
    if node.text:
        yield node.text
    for child in node:
        if isinstance(child.tag, str) and not _is_skipped(child, child.tag):
            if child.tag == "br" or child.tag in _BLOCKS:
                yield "\n"
            yield from _pieces(child)
            if child.tag in _BLOCKS:
                yield "\n"
        if child.tail:
            yield child.tail


def _inline(node: Any) -> str:
    """An element's text on one line."""
    return one_line(re.sub(r"[ \t\r\f]*\n\s*", "\n", "".join(_pieces(node)))).strip()


def _grid(table: Any) -> tuple[list[list[Merged | None]], int]:
    """The table's cells, merged ones going on below, and how many of the first rows hold headers only."""
    rows: list[list[Merged | None]] = []
    below: dict[tuple[int, int], Merged | None] = {}
    header = 0
    for y, row in enumerate(row for row in table.iter("tr") if next(row.iterancestors("table")) is table):
        cells: list[Merged | None] = []
        own = [cell for cell in row if cell.tag in ("td", "th")]
        for cell in own:
            while (y, len(cells)) in below:
                cells.append(below[y, len(cells)])
            high, wide = (_span(cell.get(name)) for name in ("rowspan", "colspan"))
            made = Merged(_inline(cell))
            for line in range(1, high):
                below |= {(y + line, len(cells) + n): made if n == 0 else None for n in range(wide)}
            cells += [made, *([None] * (wide - 1))]
        while (y, len(cells)) in below:
            cells.append(below[y, len(cells)])
        headed = bool(own) and (all(cell.tag == "th" for cell in own) or row.getparent().tag == "thead")
        header += headed and header == y
        rows.append(cells)
    return rows, header if header < len(rows) else 0


def _span(said: str | None) -> int:
    return max(1, min(int(said), _MOST_SPAN)) if said and said.isdigit() else 1
