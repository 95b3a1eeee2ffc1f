"""The conversation as HTML: questions, answers with numbered sources, and what can be done with each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.document import Span
from qa.answer import Answer, Citation
from qa.chat.inert import attribute, name, text
from qa.chat.words import JA, Words

# Characters before the telling words from which on they are left out of a preview: two of its three lines.
_SKIPPED = 80
# Characters of a quote that stand in the balloon over a number.
_BALLOON = 160
# From which confidence on which word is used. Words, not figures: look at the source, not at a percentage.
_SURE = (0.85, 0.7, 0.0)


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and what came of it: an answer, or a line (`notice`) while or instead.

    :param verdict: what the reader thought of the answer: "useful", "wrong" or ""
    :param remark: what became of that, in the reader's words
    """

    question: str
    answer: Answer | None = None
    notice: str = ""
    busy: bool = False
    verdict: str = ""
    remark: str = ""


def title(words: Words, user: str = "") -> str:
    """The head of the page, with the way to the other language and, signed in, out."""
    other = "en" if words.language == "ja" else "ja"
    leave = f'<a href="logout">{text(words.sign_out)}（{name(user)}）</a>' if user else ""
    return (
        f'<div class="head"><div><h1>典拠 Tenkyo</h1><p>{text(words.tagline)}</p></div>'
        f'<nav><a href="?lang={other}" lang="{other}" hreflang="{other}">{words.other}</a>{leave}</nav></div>'
    )


def where(citation: Citation, words: Words = JA) -> str:
    """Title, page and heading path on one line, plain."""
    page = (place(citation, words),) if citation.where else ()
    return " › ".join((citation.title or citation.document, *page, *citation.section))


def place(citation: Citation, words: Words) -> str:
    """Page, slide, sheet or cell as a reader calls it."""
    return words.page.format(n=citation.page) if not citation.place and citation.page else citation.where


def log(turns: Sequence[Turn], words: Words = JA) -> str:
    """The conversation so far; citation buttons carry `data-cite="turn:n"`."""
    drawn = "".join(_turn(number, turn, words) for number, turn in enumerate(turns))
    return f'<div class="log" role="log" aria-live="polite" tabindex="-1">{drawn}</div>'


def _turn(number: int, turn: Turn, words: Words) -> str:
    asked = f'<span class="unseen">{text(words.asked)}</span>{text(turn.question)}'
    draft = "" if turn.answer is None else _answer(number, turn, turn.answer, words)
    notice = f'<p class="notice">{text(turn.notice)}</p>' if turn.notice else ""
    busy = ' aria-busy="true"' if turn.busy else ""
    understood = ""
    if turn.answer is not None and turn.answer.question.strip() != turn.question.strip():
        understood = _understood(number, turn.answer.question, words)
    return (
        f'<section class="turn"{busy}><h2 class="question">{asked}</h2>{understood}{draft}{notice}</section>'
    )


def _understood(number: int, question: str, words: Words) -> str:
    """The question as it was searched for; the page's script makes a field of it when it is to be mended."""
    said = text(words.understood.format(question=question))
    return (
        f'<p class="understood">{said} <button type="button" class="quiet" data-mend="{number}" '
        f'data-question="{attribute(question)}" data-label="{attribute(words.mend_label)}" '
        f'data-send="{attribute(words.send)}">{text(words.mend)}</button></p>'
    )


def _answer(number: int, turn: Turn, answer: Answer, words: Words) -> str:
    sources = answer.nearest if answer.abstained else answer.citations
    listed = "".join(f"<li>{_source(number, citation, telling(answer), words)}</li>" for citation in sources)
    label = words.nearest if answer.abstained else words.sources
    heading = f'<h3 class="label">{text(label)}</h3><ol class="sources">{listed}</ol>' if sources else ""
    refused = f'<p class="refusal">{text(words.refused)}</p>' if answer.abstained and words.refused else ""
    kind = "answer refused" if answer.abstained else "answer"
    about = "".join(f'<p class="about">{text(line)}</p>' for line in _about(answer, words))
    meta = "" if turn.busy else _meta(number, turn, answer, words)
    return (
        f'<div class="{kind}">{refused}<div class="said" lang="ja">{_said(number, answer, words)}</div>'
        f"{about}{meta}{heading}</div>"
    )


def _about(answer: Answer, words: Words) -> list[str]:
    """How the answer came about, where that is worth a line."""
    lines = [answer.note] if answer.note else []
    if answer.written_by:
        lines.append(words.by_model.format(model=answer.written_by))
    if answer.dropped:
        lines.append(words.dropped.format(n=answer.dropped))
    return lines


def _meta(number: int, turn: Turn, answer: Answer, words: Words) -> str:
    """Confidence, time, and the buttons to copy and to judge the answer."""
    sure = words.sureness[next(n for n, least in enumerate(_SURE) if answer.confidence >= least or not least)]
    parts = [] if answer.abstained else [f'<span class="sure">{text(words.sure + sure)}</span>']
    if "total" in answer.timings_ms:
        parts.append(f"<span>{words.seconds.format(seconds=answer.timings_ms['total'] / 1000)}</span>")
    parts.append(
        f'<button type="button" class="quiet" data-copy="{attribute(copied(answer, words))}" '
        f'data-done="{attribute(words.copied)}" data-failed="{attribute(words.not_copied)}">'
        f"{text(words.copy)}</button>"
    )
    for verdict, label in (("useful", words.useful), ("wrong", words.wrong)):
        pressed = "true" if turn.verdict == verdict else "false"
        parts.append(
            f'<button type="button" class="quiet" data-verdict="{number}:{verdict}" '
            f'aria-pressed="{pressed}">{text(label)}</button>'
        )
    remark = f'<p class="remark" role="status">{text(turn.remark)}</p>' if turn.remark else ""
    return f'<div class="meta">{"".join(parts)}</div>{remark}'


def _said(turn: int, answer: Answer, words: Words) -> str:
    """The answer's text by lines, the answering words bold and a numbered button after each statement."""
    lines, start = [], 0
    for line in answer.text.split("\n"):
        kind = "line item" if line.startswith("・") else "line"
        span = Span(start, start + len(line))
        lines.append(f'<span class="{kind}">{_line(turn, answer, span, words)}</span>')
        start += len(line) + 1
    return "".join(lines)


def _line(turn: int, answer: Answer, line: Span, words: Words) -> str:
    told = telling(answer)
    quotes = {citation.n: _balloon(citation.quote, told) for citation in answer.citations}
    marks: list[tuple[int, int, str]] = []  # place, order among marks of one place, markup
    for span in answer.highlights:
        if len(span) and span.overlaps(line):
            marks += [(max(span.start, line.start), 2, "<strong>"), (min(span.end, line.end), 0, "</strong>")]
    for statement in answer.statements:
        if line.start <= statement.span.end - 1 <= line.end:
            button = _number(turn, statement.citation, quotes.get(statement.citation, ""), words)
            marks.append((min(statement.span.end, line.end), 1, button))
    parts, done = [], line.start
    for where_, _, markup in sorted(marks):
        parts += [text(answer.text[done:where_]), markup]
        done = where_
    return "".join((*parts, text(answer.text[done : line.end])))


def _number(turn: int, n: int, quote: str, words: Words) -> str:
    """A citation's number; the quote stands in a balloon over it for mouse and keyboard alike."""
    return (
        f'<button type="button" class="cite" data-cite="{turn}:{n}" '
        f'aria-label="{attribute(words.open_source.format(n=n))}">{n}'
        f'<span class="balloon" aria-hidden="true">{text(quote)}</span></button>'
    )


def _balloon(quote: str, told: Sequence[str]) -> str:
    """A few lines of a quote, from the sentence on that holds the telling words."""
    stress = _stressed(quote, told)
    found = stress.search(quote) if stress else None
    cut = _sentence_start(quote, found.start()) if found else 0
    shown = ("… " if cut else "") + " ".join(quote[cut:].split())
    return shown if len(shown) <= _BALLOON else shown[: _BALLOON - 1] + "…"


def _sentence_start(quote: str, place: int) -> int:
    return max(quote.rfind("\n", 0, place), quote.rfind("。", 0, place)) + 1


def _source(turn: int, citation: Citation, told: Sequence[str], words: Words) -> str:
    return (
        f'<button type="button" class="source" data-cite="{turn}:{citation.n}">'
        f'<span class="n">{citation.n}</span><span class="where">{name(where(citation, words))}</span>'
        f'<span class="quote" lang="ja">{_preview(citation.quote, told)}</span></button>'
    )


def copied(answer: Answer, words: Words = JA) -> str:
    """What the copy button puts on the clipboard: the answer and its sources, plain."""
    lines = [answer.text]
    for citation in () if answer.abstained else answer.citations:
        lines += ["", f"[{citation.n}] {where(citation, words)}（{citation.document}）", citation.quote]
    return "\n".join(lines)


def telling(answer: Answer) -> list[str]:
    """The answering words, or where none are marked the statements: what to stress inside a quote."""
    spans = answer.highlights or tuple(statement.span for statement in answer.statements)
    lines = (line for span in spans for line in span.of(answer.text).split("\n"))
    return [line.removeprefix("・") for line in lines if line.strip("・ 　")]


def _preview(quote: str, told: Sequence[str]) -> str:
    """The quote for a few lines of room: what stands well before the telling words is there but not drawn."""
    stress = _stressed(quote, told)
    found = stress and stress.search(quote)
    first = found.start() if found else 0
    cut = _sentence_start(quote, first)
    if cut < _SKIPPED:
        return stressed(quote, told)
    return f'<span class="skip">{text(quote[:cut])}</span>{stressed(quote[cut:], told)}'


def stressed(quote: str, told: Sequence[str]) -> str:
    """The quote with the telling words bold where they stand in it; its text stays the same."""
    stress = _stressed(quote, told)
    if stress is None:
        return text(quote)
    pieces = stress.split(quote)
    return "".join(f"<strong>{text(p)}</strong>" if i % 2 else text(p) for i, p in enumerate(pieces))


def _stressed(quote: str, told: Sequence[str]) -> re.Pattern[str] | None:
    """What to stress: the words, over the original's line breaks; not where they are nearly all of it."""
    solid = {"".join(word.split()) for word in told}
    kept = sorted((word for word in solid if 0 < len(word) < 0.8 * len(quote)), key=len, reverse=True)
    return re.compile(f"({'|'.join(map(_over_breaks, kept))})") if kept else None


def _over_breaks(word: str) -> str:
    return r"\s*".join(map(re.escape, word))


def welcome(documents: int, examples: Sequence[str], words: Words = JA) -> str:
    """The empty conversation: what can be asked, or how to add documents."""
    if not documents:
        return f'<div class="welcome"><p>{text(words.no_documents)}</p></div>'
    asked = "".join(
        f'<li><button type="button" data-ask="{attribute(question)}" lang="ja">{text(question)}</button></li>'
        for question in examples
    )
    return (
        f'<div class="welcome"><p>{text(words.welcome.format(n=documents))}</p>'
        f'<h2 class="label">{text(words.examples)}</h2><ul>{asked}</ul></div>'
    )
