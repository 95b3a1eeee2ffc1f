"""Chunks: whole sentences of one section, about 200 MeCab tokens, the heading path beside them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ingest.analysis import analysed
from ingest.document import Cell, Chunk, Document, Section, Span, chunk_id
from ingest.marks import unmarked
from ingest.mecab import analyse
from ingest.normalize import fold, searchable
from ingest.sentences import sentences

AIM, LIMIT = 200, 320  # tokens, set by the task
TINY = 60  # a section below this is joined with its neighbours
# Alone, a passage may be cut into a few tokens more than inside its text: stay that much below the limit.
_LIMIT = 306


class _Counter:
    """Token borders of a document, as bare numbers."""

    def __init__(self, text: str) -> None:
        found = analysed(text)
        # ① is three tokens of the view and one character of the text: no border runs through it.
        first = np.diff(found.starts, prepend=-1) > 0
        last = np.diff(found.starts, append=len(text)) > 0
        self.starts: list[int] = found.starts[first].tolist()
        self.ends: list[int] = found.ends[last].tolist()
        dropped = list(_dropped(text, self.starts, self.ends))
        if dropped:
            self.starts = sorted([*self.starts, *(start for start, _ in dropped)])
            self.ends = sorted([*self.ends, *(end for _, end in dropped)])

    def count(self, span: Span) -> int:
        return bisect_left(self.starts, span.end) - bisect_left(self.starts, span.start)

    def cut(self, span: Span) -> list[Span]:
        """Pieces of at most `_LIMIT` tokens, cut on token borders and as even as possible."""
        total = self.count(span)
        if total <= _LIMIT:
            return [span]
        first = bisect_left(self.starts, span.start)
        pieces = -(-total // AIM)
        borders = [first + total * piece // pieces for piece in range(1, pieces)]
        starts = [span.start, *(self.starts[border] for border in borders)]
        ends = [*(self.ends[border - 1] for border in borders), span.end]
        return [Span(start, end) for start, end in zip(starts, ends, strict=True)]


def _dropped(text: str, starts: list[int], ends: list[int]) -> Iterator[tuple[int, int]]:
    """Tokens of what the view leaves out, markup for one: whoever is shown a chunk gets them too."""
    for start, end in zip([0, *ends], [*starts, len(text)], strict=True):
        if start < end and not (gap := text[start:end]).isspace():
            found = analyse(gap)
            yield from zip((found.starts + start).tolist(), (found.ends + start).tolist(), strict=True)


@dataclass(frozen=True, slots=True)
class _Part:
    """A section and the sentences that begin in it."""

    path: tuple[str, ...]
    spans: list[Span]
    tokens: int


def chunks(document: Document) -> list[Chunk]:
    """The chunks of a document in text order; they do not overlap and hold every sentence."""
    text = document.text
    everything = sentences(text, Span(0, len(text)))
    counter = _Counter(text)
    kept = _kept_together(document)
    done: list[Chunk] = []
    for group in _groups(_parts(document, everything, counter)):
        atoms = _atoms([span for part in group for span in part.spans], kept, counter)
        for piece in _pack(atoms, counter):
            done.append(Chunk(chunk_id(document.id, piece), document.id, piece, _path(group, piece, counter)))
    return done


def _groups(parts: list[_Part]) -> list[list[_Part]]:
    """Parts that share chunks: tiny neighbouring sections joined."""
    groups: list[list[_Part]] = []
    for index, part in enumerate(parts):
        following = parts[index + 1].path if index + 1 < len(parts) else ()
        if groups and _joins(groups[-1], part, following):
            groups[-1].append(part)
        else:
            groups.append([part])
    return groups


def _joins(group: list[_Part], part: _Part, following: tuple[str, ...]) -> bool:
    """Whether a section goes with the ones before it.

    A heading with little under it belongs to what follows, so a tiny group is carried forward until it has
    body; a tiny section after a full group stays behind only when it is no nearer kin to what follows.
    """
    total = sum(member.tokens for member in group)
    if total < TINY:
        return True
    if part.tokens >= TINY or _is_above(part.path, following):
        return False
    before, after = _kinship(group[-1].path, part.path), _kinship(part.path, following)
    return before > after or (before == after and (total + part.tokens <= AIM or not following))


def _parts(document: Document, everything: list[Span], counter: _Counter) -> list[_Part]:
    sections = document.sections or (Section((), Span(0, len(document.text))),)
    starts = [section.span.start for section in sections]
    spans: list[list[Span]] = [[] for _ in sections]
    for span in everything:
        # A sentence belongs where it begins.
        spans[max(bisect_right(starts, span.start) - 1, 0)].append(span)
    return [
        _Part(section.path, inside, sum(map(counter.count, inside)))
        for section, inside in zip(sections, spans, strict=True)
        if inside
    ]


def _is_above(path: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return len(path) < len(other) and other[: len(path)] == path


def _kinship(path: tuple[str, ...], other: tuple[str, ...]) -> int:
    shared = 0
    for mine, theirs in zip(path, other, strict=False):
        if mine != theirs:
            break
        shared += 1
    return shared


def _path(group: list[_Part], piece: Span, counter: _Counter) -> tuple[str, ...]:
    """The path a reader wants to see over a chunk of joined sections.

    A heading joined with what stands under it: the innermost path, whose beginning is the outer one.
    Siblings: their common parent, which is true of every sentence. Strangers: the largest one's.
    """
    paths: list[tuple[str, ...]] = []
    sizes: list[int] = []
    for part in group:
        start, end = max(part.spans[0].start, piece.start), min(part.spans[-1].end, piece.end)
        if start < end:
            paths.append(part.path)
            sizes.append(counter.count(Span(start, end)))
    deepest = max(paths, key=len)
    if all(deepest[: len(path)] == path for path in paths):
        return deepest
    common = deepest[: min(_kinship(deepest, path) for path in paths)]
    return common or paths[sizes.index(max(sizes))]


def _kept_together(document: Document) -> list[Span]:
    """Spans of lists with their leads, and of tables, in text order without overlap."""
    spans = [table.span for table in document.tables]
    for listed in document.enumerations:
        start = listed.span.start
        if listed.lead is not None and 0 <= start - listed.lead.end < 400:
            start = listed.lead.start
        spans.append(Span(start, listed.span.end))
    kept: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return kept


def _atoms(spans: list[Span], kept: list[Span], counter: _Counter) -> list[Span]:
    """What is not torn if it can be helped: a sentence; a list with its lead or a table that fits."""
    starts = [span.start for span in kept]
    atoms: list[Span] = []
    members: list[Span] = []
    current = -1
    for span in [*spans, None]:
        place = bisect_right(starts, span.start) - 1 if span is not None else -1
        if span is not None and place >= 0 and span.end > kept[place].end:
            place = -1
        if members and (place != current or place < 0):
            atoms.extend(_bound(members, counter))
            members = []
        if span is not None:
            members.append(span)
        current = place
    return atoms


def _bound(members: list[Span], counter: _Counter) -> list[Span]:
    whole = Span(members[0].start, members[-1].end)
    if counter.count(whole) <= _LIMIT:
        return [whole]
    return [piece for span in members for piece in counter.cut(span)]


def _pack(atoms: list[Span], counter: _Counter) -> list[Span]:
    """Fill chunks up to `AIM` tokens; none is left tiny where its neighbour can share."""
    pieces: list[list[Span]] = []
    for atom in atoms:
        if pieces:
            tokens = counter.count(_hull([*pieces[-1], atom]))
            if tokens <= AIM or (tokens <= _LIMIT and counter.count(_hull(pieces[-1])) < TINY):
                pieces[-1].append(atom)
                continue
        pieces.append([atom])
    if len(pieces) > 1 and counter.count(_hull(pieces[-1])) < TINY:
        _share(pieces, counter)
    return [_hull(piece) for piece in pieces]


def _share(pieces: list[list[Span]], counter: _Counter) -> None:
    """Give a tiny last piece to the one before, or take from that one what makes both readable."""
    before, last = pieces[-2], pieces[-1]
    if counter.count(_hull([*before, *last])) <= _LIMIT:
        before.extend(pieces.pop())
        return
    while len(before) > 1 and counter.count(_hull(last)) < TINY:
        if counter.count(_hull([before[-1], *last])) > _LIMIT:
            return
        last.insert(0, before.pop())


def _hull(spans: list[Span]) -> Span:
    return Span(spans[0].start, spans[-1].end)


def heading(document: Document, path: tuple[str, ...]) -> str:
    """What stands over a chunk, searched with it: the document's title and the path of headings."""
    return fold(" ".join(part for part in (document.title, *path) if part))


def rows(document: Document, chunk: Chunk) -> list[str]:
    """What the cells of tables in a chunk are searched by: "row column value", one each."""
    first = bisect_right(document.tables, chunk.span.start, key=lambda table: table.span.end)
    last = bisect_left(document.tables, chunk.span.end, key=lambda table: table.span.start)
    return [
        fold(
            " ".join(part for part in (cell.row, cell.column, unmarked(cell.span.of(document.text))) if part)
        )
        for table in document.tables[first:last]
        for cell in _within(table.cells, chunk.span)
    ]


def search_text(document: Document, chunk: Chunk) -> str:
    """What is indexed, never quoted: heading, searchable view, rows."""
    view = searchable(document.text, chunk.span).text
    return "\n".join([heading(document, chunk.section_path), view, *rows(document, chunk)])


def _within(cells: tuple[Cell, ...], span: Span) -> tuple[Cell, ...]:
    first = bisect_left(cells, span.start, key=lambda cell: cell.span.start)
    last = bisect_right(cells, span.end, key=lambda cell: cell.span.end)
    return cells[first:last]
