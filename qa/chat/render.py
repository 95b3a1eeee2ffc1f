"""Answers and sources as HTML for the chat page; every text of a document or a reader is escaped here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from ingest.document import Document, Span
from qa.answer import Answer, Citation

# Characters shown on either side of a quote in the source panel: about a screenful in all.
_AROUND = 600
# Characters before the telling words from which on they are left out of a preview: two of its three lines.
_SKIPPED = 80
# Confidence in words. Words, not figures: a reader should look at the source, not trust a percentage.
_WORDS = ((0.85, "高い"), (0.7, "中くらい"), (0.0, "低い（出典を確かめてください）"))
# Glyphs of symbol fonts that old slides use for bullets have no shape in other fonts. The character stays in
# the page's text, so that a quote remains the original; the style sheet draws a bullet in its place.
_PRIVATE = re.compile(r"([\ue000-\uf8ff])")


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and what came of it: an answer, or a line (`notice`) while or instead."""

    question: str
    answer: Answer | None = None
    notice: str = ""
    busy: bool = False


TITLE = "<h1>典拠 Tenkyo</h1><p>文書に質問すると、原文のその箇所を示して答えます。</p>"


def text(plain: str) -> str:
    """Escaped for HTML, and for the page's own templates, which know `{` and `$`."""
    safe = escape(plain).replace("{", "&#123;").replace("$", "&#36;").replace("`", "&#96;")
    return _PRIVATE.sub(r'<span class="glyph">\1</span>', safe)


def attribute(plain: str) -> str:
    """As `text`, for the inside of a quoted attribute."""
    return text(_PRIVATE.sub("・", plain)).replace("\n", "&#10;")


def where(citation: Citation) -> str:
    """Title, page and heading path on one line, plain."""
    page = (citation.where,) if citation.where else ()
    return " › ".join((citation.title or citation.document, *page, *citation.section))


def log(turns: Sequence[Turn]) -> str:
    """The conversation so far; citation buttons carry `data-cite="turn:n"`."""
    drawn = "".join(_turn(number, turn) for number, turn in enumerate(turns))
    return f'<div class="log" role="log" aria-live="polite">{drawn}</div>'


def _turn(number: int, turn: Turn) -> str:
    question = f'<h2 class="question"><span class="unseen">質問: </span>{text(turn.question)}</h2>'
    body = (
        f'<p class="notice">{text(turn.notice)}</p>' if turn.answer is None else _answer(number, turn.answer)
    )
    busy = ' aria-busy="true"' if turn.busy else ""
    understood = ""
    if turn.answer is not None and turn.answer.question.strip() != turn.question.strip():
        understood = f'<p class="understood">「{text(turn.answer.question)}」として探しました。</p>'
    return f'<section class="turn"{busy}>{question}{understood}{body}</section>'


def _answer(turn: int, answer: Answer) -> str:
    sources = answer.nearest if answer.abstained else answer.citations
    label = "近い記述（答えではありません）" if answer.abstained else "出典"
    listed = "".join(f"<li>{_source(turn, citation, telling(answer))}</li>" for citation in sources)
    sure = "" if answer.abstained else f'<span class="sure">確からしさ: {_words(answer.confidence)}</span>'
    seconds = (
        f"<span>{answer.timings_ms['total'] / 1000:.2f} 秒</span>" if "total" in answer.timings_ms else ""
    )
    copy = f'<button type="button" data-copy="{attribute(copied(answer))}">コピー</button>'
    kind = "answer refused" if answer.abstained else "answer"
    heading = f'<h3 class="label">{label}</h3><ol class="sources">{listed}</ol>' if sources else ""
    return (
        f'<div class="{kind}"><div class="said">{_said(turn, answer)}</div>'
        f'<p class="meta">{sure}{seconds}{copy}</p>{heading}</div>'
    )


def _said(turn: int, answer: Answer) -> str:
    """The answer's text by lines, the answering words bold and a numbered button after each statement."""
    lines, start = [], 0
    for line in answer.text.split("\n"):
        kind = "line item" if line.startswith("・") else "line"
        lines.append(f'<span class="{kind}">{_line(turn, answer, Span(start, start + len(line)))}</span>')
        start += len(line) + 1
    return "".join(lines)


def _line(turn: int, answer: Answer, line: Span) -> str:
    marks: list[tuple[int, int, str]] = []  # place, order among marks of one place, markup
    for span in answer.highlights:
        if len(span) and span.overlaps(line):
            marks += [(max(span.start, line.start), 2, "<strong>"), (min(span.end, line.end), 0, "</strong>")]
    for statement in answer.statements:
        if line.start <= statement.span.end - 1 <= line.end:
            marks.append((min(statement.span.end, line.end), 1, _number(turn, statement.citation)))
    parts, done = [], line.start
    for place, _, markup in sorted(marks):
        parts += [text(answer.text[done:place]), markup]
        done = place
    return "".join((*parts, text(answer.text[done : line.end])))


def _number(turn: int, n: int) -> str:
    return (
        f'<button type="button" class="cite" data-cite="{turn}:{n}" aria-label="出典{n}を開く">{n}</button>'
    )


def _source(turn: int, citation: Citation, words: Sequence[str]) -> str:
    return (
        f'<button type="button" class="source" data-cite="{turn}:{citation.n}">'
        f'<span class="n">{citation.n}</span><span class="where">{text(where(citation))}</span>'
        f'<span class="quote">{_preview(citation.quote, words)}</span></button>'
    )


def _words(confidence: float) -> str:
    return next(words for least, words in _WORDS if confidence >= least or least == 0.0)


def copied(answer: Answer) -> str:
    """What the copy button puts on the clipboard: the answer and its sources, plain."""
    lines = [answer.text]
    for citation in () if answer.abstained else answer.citations:
        lines += ["", f"[{citation.n}] {where(citation)}（{citation.document}）", citation.quote]
    return "\n".join(lines)


def telling(answer: Answer) -> list[str]:
    """The answering words, or where none are marked the statements: what to stress inside a quote."""
    spans = answer.highlights or tuple(statement.span for statement in answer.statements)
    lines = (line for span in spans for line in span.of(answer.text).split("\n"))
    return [line.removeprefix("・") for line in lines if line.strip("・ 　")]


def _preview(quote: str, words: Sequence[str]) -> str:
    """The quote for a few lines of room: what stands well before the telling words is there but not drawn."""
    telling = _stressed(quote, words)
    found = telling and telling.search(quote)
    first = found.start() if found else 0
    cut = max(quote.rfind("\n", 0, first), quote.rfind("。", 0, first)) + 1
    if cut < _SKIPPED:
        return _quote(quote, words)
    return f'<span class="skip">{text(quote[:cut])}</span>{_quote(quote[cut:], words)}'


def _quote(quote: str, words: Sequence[str]) -> str:
    """The quote with the telling words bold where they stand in it; its text stays the same."""
    telling = _stressed(quote, words)
    if telling is None:
        return text(quote)
    pieces = telling.split(quote)
    return "".join(f"<strong>{text(p)}</strong>" if i % 2 else text(p) for i, p in enumerate(pieces))


def _stressed(quote: str, words: Sequence[str]) -> re.Pattern[str] | None:
    """What to stress: the words, over the original's line breaks; not where they are nearly all of it."""
    solid = {"".join(word.split()) for word in words}
    told = sorted((word for word in solid if 0 < len(word) < 0.8 * len(quote)), key=len, reverse=True)
    return re.compile(f"({'|'.join(map(_over_breaks, told))})") if told else None


def _over_breaks(word: str) -> str:
    return r"\s*".join(map(re.escape, word))


def source(document: Document, citation: Citation, words: Sequence[str] = ()) -> str:
    """The source panel: the heading path, the quote marked, and the text around it, as written.

    :param words: to stress inside the quote
    """
    around = _around(document.text, Span(citation.start, citation.end))
    before = ("…" if around.start else "") + document.text[around.start : citation.start]
    after = document.text[citation.end : around.end] + ("…" if around.end < len(document.text) else "")
    facts = " ・ ".join(filter(None, (document.publisher, document.issued, document.name)))
    steps = [citation.where] if citation.where else []
    path = "".join(f"<li>{text(heading)}</li>" for heading in (*steps, *citation.section))
    trail = f'<ol class="path" aria-label="見出し">{path}</ol>' if path else ""
    return (
        f'<article class="panel" tabindex="-1" aria-label="出典{citation.n}">'
        f'<header><button type="button" class="back" data-back>↑ 回答に戻る</button>'
        f'<h2><span class="n">{citation.n}</span>{text(document.title or document.name)}</h2>'
        f'<p class="facts">{text(facts)}</p>{trail}</header>'
        f'<div class="original" tabindex="0">{text(before)}<mark>{_quote(citation.quote, words)}</mark>'
        f"{text(after)}</div></article>"
    )


def _around(whole: str, quote: Span) -> Span:
    """The quote with its neighbourhood, cut at line ends where one is near."""
    start, end = max(0, quote.start - _AROUND), min(len(whole), quote.end + _AROUND)
    if start and (line := whole.find("\n", start, quote.start)) >= 0:
        start = line + 1
    if end < len(whole) and (line := whole.rfind("\n", quote.end, end)) >= 0:
        end = line
    return Span(start, end)


def nothing_opened() -> str:
    """The source panel before a citation is chosen."""
    return notice("出典の番号を押すと、原文のその箇所がここに開きます。")


def notice(line: str) -> str:
    """The source panel when there is something to say instead of a source."""
    return f'<article class="panel empty"><p>{text(line)}</p></article>'


def welcome(documents: int, examples: Sequence[str]) -> str:
    """The empty conversation: what can be asked, or how to add documents."""
    if not documents:
        return (
            '<div class="welcome"><p>まだ文書がありません。端末で <code>tenkyo index フォルダ名</code> '
            "を実行して文書を登録してから、このページを読み直してください。</p></div>"
        )
    asked = "".join(
        f'<li><button type="button" data-ask="{attribute(question)}">{text(question)}</button></li>'
        for question in examples
    )
    return (
        f'<div class="welcome"><p>{documents} 件の文書について質問できます。'
        "答えには必ず原文の該当箇所が付きます。"
        f'文書に書かれていないことには答えません。</p><h2 class="label">質問の例</h2><ul>{asked}</ul></div>'
    )
