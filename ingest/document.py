"""The nouns of the house: a document and its parts, each a span of the original text.

`Document.text` is the text as decoded, never altered. Every part carries a `Span` in Unicode code
points of that text, so `span.of(document.text)` is always the original's own characters.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

UNSTAMPED = (-1, -1)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range `[start, end)` of code points of a document's text."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """The characters of `text` at this span."""
        return text[self.start : self.end]

    def __len__(self) -> int:
        return self.end - self.start

    def __contains__(self, other: Span) -> bool:
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: Span) -> bool:
        """Whether the two ranges share a character."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and the text under it, up to the next heading of any level.

    Sections stand in text order and together cover the whole text. `path` holds the headings from
    outermost to innermost as a reader sees them (no marks, wraps joined); it is empty before the first.
    """

    path: tuple[str, ...]
    span: Span
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of a table; `row` and `column` are its header texts as a reader sees them ("" if none)."""

    span: Span
    row: str
    column: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table's whole span, its header lines included, and its value cells in reading order."""

    span: Span
    cells: tuple[Cell, ...]
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Enumeration:
    """A run of parallel items; `lead` is the line that announces them ("次の三つ", a heading), if any.

    Item spans hold the item's text without its marker and with what is nested below it.
    """

    span: Span
    lead: Span | None
    items: tuple[Span, ...]


Box = tuple[float, float, float, float]  # left, top, right, bottom; points from the page's top left corner


@dataclass(frozen=True, slots=True)
class Place:
    """Where a stretch of text stands in a file that has pages, slides, sheets or rows.

    :param page: page or slide, from 1; None where the format has none
    :param name: the place in a reader's words where that is no page: "スライド 3", "予算!B4"
    :param box: the stretch on its page, for a PDF
    :param edges: where its characters begin, and the last ends, along the line; empty if not known
    :param vertical: whether the line runs downwards
    """

    span: Span
    page: int | None = None
    name: str = ""
    box: Box | None = None
    edges: tuple[float, ...] = ()
    vertical: bool = False


@dataclass(frozen=True, slots=True)
class Health:
    """How well a file could be read: what a user must know before trusting a search in it.

    :param unmapped: share of characters that stand for no character anyone wrote (broken fonts)
    :param unknown: share of words MeCab's dictionary does not know
    :param tables: tables found; `lost` is how many of a table's look could not be read as one
    :param pages: pages or slides, None where the format has none; `blank` lists those without text
    :param notes: what was passed over or repaired, one clause each
    """

    unmapped: float = 0.0
    unknown: float = 0.0
    tables: int = 0
    lost: int = 0
    pages: int | None = None
    blank: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """One version of one file.

    :param id: names this version: changes when the path or the bytes change
    :param name: the file's name, shown in citations
    :param path: where it was read from, absolute
    :param content_hash: hex digest of the bytes
    :param issued: date as the publisher writes it ("2019年5月"), "" if unknown
    :param stamp: size in bytes and time of last change in nanoseconds of the file when it was read; the same
        stamp means the same file. (-1, -1) where that could be false
    """

    id: str
    name: str
    path: str
    content_hash: str
    text: str
    title: str
    publisher: str = ""
    issued: str = ""
    sections: tuple[Section, ...] = ()
    tables: tuple[Table, ...] = ()
    enumerations: tuple[Enumeration, ...] = ()
    places: tuple[Place, ...] = ()
    health: Health = Health()
    stamp: tuple[int, int] = UNSTAMPED


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage that is searched for as one: whole sentences of one section."""

    id: int
    document_id: str
    span: Span
    section_path: tuple[str, ...]


def chunk_id(document_id: str, span: Span) -> int:
    """A positive 63-bit id, the same for the same place in the same document version."""
    digest = blake2b(f"{document_id}:{span.start}:{span.end}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


@dataclass(frozen=True, slots=True)
class Picture:
    """A page as it looks: `data` is a WebP file; `width` and `height` of the page in points, as in `Box`."""

    page: int
    width: float
    height: float
    data: bytes
