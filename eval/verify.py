"""How much of what is wrong verification catches, and how much of what is right it drops."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from time import perf_counter

from eval.planted import Statement, made_from, of_cell
from ingest.document import Document
from ingest.mecab import tokenize
from ingest.normalize import fold
from ingest.read import SUFFIXES, chunks, read
from qa.grounds.source import Source, source
from qa.passage import passage
from qa.verify import verify

_SEED = 20
_ERAS = frozenset({"明治", "大正", "昭和", "平成", "令和", "西暦"})  # these are parts of dates
_SHORT, _LONG = 15, 200  # characters of a sentence that is taken
_OF_KIND = 60  # statements of one kind from one document at most


@dataclass(frozen=True, slots=True)
class Outcome:
    """One statement, whether it was let through, why not, and the milliseconds that took."""

    statement: Statement
    document: str
    supported: bool
    reason: str
    ms: float


def halves(paths: Sequence[Path]) -> dict[str, list[Path]]:
    """The documents of the dev and of the test half, of about the same size, the same every time."""
    files = sorted(
        (
            file
            for path in paths
            for file in ([path] if path.is_file() else path.rglob("*"))
            if file.suffix in SUFFIXES
        ),
        key=lambda file: (-file.stat().st_size, file.name),
    )
    # By size, the first to dev, the next two to test, the next two to dev ...
    return {
        "dev": [file for n, file in enumerate(files) if n % 4 in (0, 3)],
        "test": [file for n, file in enumerate(files) if n % 4 in (1, 2)],
    }


def outcomes(paths: Sequence[Path]) -> Iterator[Outcome]:
    """Every statement made from the documents, verified against the passage it was made from."""
    for path in paths:
        document = read(path)
        draw = Random(_SEED)
        by_kind: dict[str, list[tuple[Statement, Source]]] = defaultdict(list)
        for statement, around in _statements(document, draw):
            by_kind[statement.kind].append((statement, around))
        for listed in by_kind.values():
            for statement, around in draw.sample(listed, min(_OF_KIND, len(listed))):
                begun = perf_counter()
                verdict = verify(statement.text, [around])
                ms = (perf_counter() - begun) * 1000
                yield Outcome(statement, document.name, verdict.supported, verdict.reason, ms)


def _statements(document: Document, draw: Random) -> Iterator[tuple[Statement, Source]]:
    names = sorted(
        {
            t.surface
            for t in tokenize(fold(document.text))
            if t.pos[1] == "固有名詞" and len(t.surface) > 1 and t.surface not in _ERAS
        }
    )
    whole = fold(document.text)
    for chunk in chunks(document):
        found = passage(chunk, document)
        around = source(found)
        said = [found.seen(span).replace("\n", " ").strip() for span in found.sentences]
        inside = [any(span.overlaps(table.span) for table in found.tables()) for span in found.sentences]
        for number, sentence in enumerate(said):
            if inside[number] or not _SHORT <= len(sentence) <= _LONG or not sentence.endswith("。"):
                continue
            others = [other for other in said if other != sentence]
            for statement in made_from(sentence, others, names, draw):
                # An error that happens to stand elsewhere in the document is none.
                if not (statement.wrong and statement.text.rstrip("。") in whole):
                    yield statement, around
        for table in found.tables():
            values = [found.seen(cell.span).replace("\n", " ").strip() for cell in table.cells]
            for cell, value in zip(table.cells, values, strict=True):
                if cell.row and cell.column and value and len(value) < 60 and cell.span in found.span:
                    for statement in of_cell(fold(cell.row), fold(cell.column), value, values, draw):
                        yield statement, around


def rows(found: Sequence[Outcome]) -> list[tuple[str, str, int, float]]:
    """By kind: the kind, "caught" or "dropped", how many, and the share of them; totals last."""
    table = []
    for wrong, word in ((True, "caught"), (False, "dropped")):
        of = [outcome for outcome in found if outcome.statement.wrong is wrong]
        kinds = dict.fromkeys(outcome.statement.kind for outcome in of)
        for kind in [*sorted(kinds), "all"]:
            these = [o for o in of if kind in (o.statement.kind, "all")]
            if these:
                table.append((kind, word, len(these), sum(not o.supported for o in these) / len(these)))
    return table


def report(half: str, paths: Sequence[Path], failures: int = 0) -> str:
    """A table of what was caught and dropped by kind, and failures by kind if asked for."""
    found = list(outcomes(paths))
    if not found:
        return f"{half}: 使える文がありません"
    ms = sorted(outcome.ms for outcome in found)
    lines = [f"{half}: 文書 {len(paths)} 件"]
    for kind, word, n, share in rows(found):
        lines.append(f"  {_WORDS[word]}  {kind:<18}{n:>6}{100 * share:>8.1f} %")
    lines.append(f"  一文の検証: 中央値 {ms[len(ms) // 2]:.1f} ms、95% 点 {ms[int(len(ms) * 0.95)]:.1f} ms")
    for kind in dict.fromkeys(outcome.statement.kind for outcome in found):
        bad = [o for o in found if o.statement.kind == kind and o.supported is o.statement.wrong]
        for outcome in bad[:failures]:
            said, origin = outcome.statement.text, outcome.statement.origin
            lines += [f"  [{kind}] {outcome.reason}", f"      文: {said}", f"    原文: {origin}"]
    return "\n".join(lines)


_WORDS = {"caught": "誤りを除いた割合", "dropped": "正しいのに除いた割合"}
