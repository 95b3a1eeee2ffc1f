"""PDF: glyphs, rules and outline of each page; the only door to PDFium. `ingest.pages` reads them."""

from __future__ import annotations

import ctypes
import math
import unicodedata
from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from ingest.content import Content, Draft
from ingest.document import Box
from ingest.errors import UnreadableFile
from ingest.limits import LIMITS
from ingest.pages import flow
from ingest.pages.glyphs import Glyph, Rule, Sheet
from ingest.pages.lines import GUESSED
from ingest.pages.repair import broken, repaired
from ingest.readers import ocr

_THIN = 2.0  # points: a filled rectangle no thicker than this is a line
_MOST_PATHS = 6000  # of a page: a map has more, and no tables in it
_UNMAPPED = "\ufffd"
_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl"}


def content(path: Path, data: bytes) -> Content:
    """A PDF's text with the page and box of every line; scanned pages only where Tesseract is.

    :raises UnreadableFile: encrypted, damaged, too long, or scanned without anything to recognise it
    """
    document = opened(path, data)
    try:
        if len(document) > LIMITS.pages:
            raise UnreadableFile(
                path,
                f"ページが多すぎます（{len(document):,} ページ、上限 {LIMITS.pages:,}）",
                "ファイルを分けて登録してください",
            )
        draft = Draft()
        sheets = []
        characters = 0
        for n in range(len(document)):
            sheets.append(_sheet(document, n))
            characters += len(sheets[-1].glyphs)
            if characters > 2 * LIMITS.characters:
                break  # `ingest.read` says that it is too long
        sheets = _mended(draft, sheets)
        scanned = [
            sheet.number for sheet in sheets if not sheet.glyphs and _has_picture(document, sheet.number - 1)
        ]
        if scanned:
            sheets = ocr.recognised(
                path, draft, sheets, scanned, lambda n, dots: _picture(document, n - 1, dots)
            )
        blank = flow.write(draft, sheets, list(_outline(document)))
        if not draft.length:
            raise UnreadableFile(path, "文字のあるページがありません", ocr.HINT)
        return draft.done(pages=len(document), blank=blank)
    except pdfium.PdfiumError as error:
        raise broken_file(path) from error
    finally:
        document.close()


def broken_file(path: Path) -> UnreadableFile:
    """What to say of a PDF that PDFium gives up on."""
    return UnreadableFile(
        path, "PDF として壊れています（途中で切れているなど）", "元のソフトで書き出し直してください"
    )


def opened(path: Path, data: bytes) -> Any:
    """PDFium's document; to be closed.

    :raises UnreadableFile: no PDF, damaged, or behind a password
    """
    start = data.find(b"%PDF-", 0, 1024)
    if start < 0:
        raise UnreadableFile(path, "PDF ではありません", "拡張子と中身が合っているか確かめてください")
    try:
        document = pdfium.PdfDocument(data)
        document.init_forms()
        return document
    except pdfium.PdfiumError as error:
        if raw.FPDF_GetLastError() == raw.FPDF_ERR_PASSWORD or "password" in str(error).lower():
            raise UnreadableFile(
                path, "パスワードで保護されています", "保護を解除した PDF を登録してください"
            ) from error
        raise broken_file(path) from error


def _sheet(document: Any, n: int) -> Sheet:
    """One page; a page that PDFium cannot load is an empty one."""
    try:
        page = document[n]
    except pdfium.PdfiumError:
        return Sheet(n + 1, 595.0, 842.0, ())
    try:
        place = _Placing(page)
        text = page.get_textpage()
        try:
            glyphs = tuple(_glyphs(text, place))
        finally:
            text.close()
        return Sheet(n + 1, place.width, place.height, glyphs, tuple(_rules(page, place)))
    except pdfium.PdfiumError:
        return Sheet(n + 1, 595.0, 842.0, ())
    finally:
        page.close()


class _Placing:
    """From a page's own coordinates to points from the top left corner of what is seen of it."""

    def __init__(self, page: Any) -> None:
        self.width, self.height = page.get_size()
        self._turn = page.get_rotation() % 360
        self._left, self._bottom, self._right, self._top = page.get_cropbox()

    def box(self, left: float, bottom: float, right: float, top: float) -> Box:
        """Left, top, right, bottom on the page as seen."""
        a, b = self._point(left, bottom), self._point(right, top)
        return (min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1]))

    def _point(self, x: float, y: float) -> tuple[float, float]:
        if self._turn == 90:
            return y - self._bottom, x - self._left
        if self._turn == 180:
            return self._right - x, y - self._bottom
        if self._turn == 270:
            return self._top - y, self._right - x
        return x - self._left, self._top - y


def _glyphs(text: Any, place: _Placing) -> Iterator[Glyph]:
    """The characters of a page in the order in which they are drawn, those that can be seen on it."""
    left, bottom, right, top = (ctypes.c_double() for _ in range(4))
    loose, matrix = raw.FS_RECTF(), raw.FS_MATRIX()
    high = ""
    last: Glyph | None = None
    for n in range(raw.FPDFText_CountChars(text)):
        code = raw.FPDFText_GetUnicode(text, n)
        if raw.FPDFText_IsGenerated(text, n) == 1:
            if code == 0x20 and last is not None:
                yield last._replace(text=GUESSED, left=last.right)
            continue
        if 0xD800 <= code < 0xDC00:
            high = chr(code)
            continue
        character = chr(code) if code else _UNMAPPED
        if high:
            character = (high + character).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            high = ""
        if character in "\r\n\t\u00ad\u200b\ufeff\x02" or (character < " " and code):
            continue
        if raw.FPDFText_GetLooseCharBox(text, n, loose):
            box = place.box(loose.left, loose.bottom, loose.right, loose.top)
        elif raw.FPDFText_GetCharBox(text, n, left, right, bottom, top):
            box = place.box(left.value, bottom.value, right.value, top.value)
        else:
            continue
        if box[2] < 0 or box[3] < 0 or box[0] > place.width or box[1] > place.height:
            continue  # beside the page
        raw.FPDFText_GetMatrix(text, n, matrix)
        size = raw.FPDFText_GetFontSize(text, n) * math.sqrt(abs(matrix.a * matrix.d - matrix.b * matrix.c))
        seen = max(box[2] - box[0], box[3] - box[1])
        size = size if 0.3 * seen < size < 20 * seen else seen
        if unicodedata.east_asian_width(character) in "WFA":
            box = _whole(box, size)
        last = Glyph(_LIGATURES.get(character, character), *box, size or 1.0)
        yield last


def _whole(box: Box, size: float) -> Box:
    """The full square of a character of which only the ink is known, as 日 and ・ in some fonts."""
    left, top, right, bottom = box
    x, y = (left + right) / 2, (top + bottom) / 2
    if max(right - left, bottom - top) > 1.2 * size:
        return box
    if right - left < 0.85 * size:
        left, right = x - size / 2, x + size / 2
    if bottom - top < 0.85 * size:
        top, bottom = y - size / 2, y + size / 2
    return (left, top, right, bottom)


def _rules(page: Any, place: _Placing) -> Iterator[Rule]:
    """Lines drawn on a page, and the edges of its rectangles."""
    drawn = page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH], max_depth=4)
    for item in islice(drawn, _MOST_PATHS):
        matrix = raw.FS_MATRIX()
        raw.FPDFPageObj_GetMatrix(item.raw, matrix)
        points: list[tuple[float, float]] = []
        for kind, x, y, closes in _segments(item.raw, matrix):
            if kind == raw.FPDF_SEGMENT_MOVETO:
                yield from _edges(points, place)
                points = [(x, y)]
            elif kind == raw.FPDF_SEGMENT_LINETO and points:
                points.append((x, y))
            else:
                points = []
            if closes and points:
                points.append(points[0])
        yield from _edges(points, place)


def _segments(item: Any, matrix: Any) -> Iterator[tuple[int, float, float, bool]]:
    x, y = ctypes.c_float(), ctypes.c_float()
    for n in range(min(raw.FPDFPath_CountSegments(item), 2000)):
        segment = raw.FPDFPath_GetPathSegment(item, n)
        if not raw.FPDFPathSegment_GetPoint(segment, x, y):
            continue
        a, b = x.value, y.value
        yield (
            raw.FPDFPathSegment_GetType(segment),
            matrix.a * a + matrix.c * b + matrix.e,
            matrix.b * a + matrix.d * b + matrix.f,
            bool(raw.FPDFPathSegment_GetClose(segment)),
        )


def _edges(points: list[tuple[float, float]], place: _Placing) -> Iterator[Rule]:
    """The straight edges of a path; a rectangle as thin as a line is one line."""
    if len(points) < 2:
        return
    xs, ys = [x for x, _ in points], [y for _, y in points]
    left, top, right, bottom = place.box(min(xs), min(ys), max(xs), max(ys))
    if right - left <= _THIN or bottom - top <= _THIN:
        middle_x, middle_y = (left + right) / 2, (top + bottom) / 2
        if right - left > bottom - top:
            yield Rule(left, middle_y, right, middle_y)
        else:
            yield Rule(middle_x, top, middle_x, bottom)
        return
    for (x0, y0), (x1, y1) in pairwise(points):
        if abs(x0 - x1) < 0.5 or abs(y0 - y1) < 0.5:
            yield Rule(*place.box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)))


def _mended(draft: Draft, sheets: list[Sheet]) -> list[Sheet]:
    """The pages with the characters of fonts without a map put right."""
    text = "".join(glyph.text for sheet in sheets for glyph in sheet.glyphs)
    if not broken(text):
        return sheets
    draft.notes.append("壊れた文字対応表のかなと記号を直しました")
    return [
        Sheet(
            s.number, s.width, s.height, tuple(g._replace(text=repaired(g.text)) for g in s.glyphs), s.rules
        )
        for s in sheets
    ]


def _outline(document: Any) -> Iterator[tuple[int, str, int]]:
    """Page, words and level of each bookmark."""
    try:
        for bookmark in document.get_toc(max_depth=6):
            target = bookmark.get_dest()
            page = target.get_index() if target is not None else None
            if page is not None:
                yield page + 1, bookmark.get_title(), bookmark.level + 1
    except (pdfium.PdfiumError, UnicodeDecodeError):
        return  # an outline is a help, never the text


def _has_picture(document: Any, n: int) -> bool:
    """Whether a page shows a picture, as a scanned one does."""
    page = document[n]
    try:
        return next(iter(page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=4)), None) is not None
    finally:
        page.close()


def _picture(document: Any, n: int, dots: int) -> Any:
    """A page as a picture in shades of grey, with so many dots an inch."""
    page = document[n]
    try:
        return page.render(scale=dots / 72, grayscale=True).to_pil()
    finally:
        page.close()
