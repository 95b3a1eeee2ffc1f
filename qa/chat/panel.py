"""The original beside the answer as HTML: the page as printed with the quote boxed, and the text laid out."""

from __future__ import annotations

from base64 import b64encode

from ingest.document import Document, Picture, Span
from qa.chat.inert import attribute, name, text
from qa.chat.places import View, link
from qa.chat.render import place, stressed
from qa.chat.words import JA, Words

# Characters shown on either side of a quote: a few screenfuls in all. A short document is shown whole.
_AROUND, _WHOLE = 3000, 12_000


def source(view: View, picture: Picture | str | None = None, words: Words = JA) -> str:
    """The panel for a view.

    :param picture: the page as printed, or in a line why it cannot be shown
    """
    document, citation = view.document, view.citation
    label = words.source.format(n=citation.n) if citation.n else words.linked
    number = f'<span class="n">{citation.n}</span>' if citation.n else ""
    facts = " ・ ".join(map(name, filter(None, (document.publisher, document.issued, document.name))))
    steps = [place(citation, words)] if citation.where else []
    path = "".join(f"<li>{text(heading)}</li>" for heading in (*steps, *citation.section))
    trail = f'<ol class="path" lang="ja" aria-label="{attribute(words.headings)}">{path}</ol>' if path else ""
    printed = isinstance(picture, Picture)
    views = _views(words) if printed else ""
    lost = [words.not_drawn.format(reason=picture)] if isinstance(picture, str) else []
    remarks = "".join(f'<p class="facts">{text(line)}</p>' for line in (*filter(None, [view.remark]), *lost))
    sheet = _sheet(view, picture, words) if isinstance(picture, Picture) else ""
    hidden = " hidden" if printed else ""
    return (
        f'<article class="panel" tabindex="-1" aria-label="{attribute(label)}" '
        f'data-cite="{attribute(view.cite)}">'
        f'<header>{_bar(view, words)}<h2 lang="ja">{number}{name(document.title or document.name)}</h2>'
        f'<p class="facts">{facts}</p>{trail}{remarks}{views}</header>{sheet}'
        f'<div class="original" lang="ja" tabindex="0" role="region" aria-label="{attribute(words.as_text)}" '
        f'data-pane="text"{hidden}>{_laid_out(view)}</div></article>'
    )


def _bar(view: View, words: Words) -> str:
    """Back to the answer, from one source to the next, and the link to this place."""
    parts = [f'<button type="button" class="back" data-back>{text(words.back)}</button>']
    n = view.citation.n
    if view.count > 1:
        for step, sign, label in ((-1, "‹", words.previous), (1, "›", words.following)):
            off = "" if 1 <= n + step <= view.count else " disabled"
            parts.append(
                f'<button type="button" data-step="{step}" aria-label="{attribute(label)}" '
                f'title="{attribute(label)}"{off}>{sign}</button>'
            )
    address = link(view.document, Span(view.citation.start, view.citation.end))
    parts.append(
        f'<button type="button" class="link" data-link="{attribute(address)}" '
        f'data-done="{attribute(words.copied)}" data-failed="{attribute(words.not_copied)}">'
        f"{text(words.link)}</button>"
    )
    return f'<div class="bar">{"".join(parts)}</div>'


def _views(words: Words) -> str:
    return (
        '<div class="views" role="group">'
        f'<button type="button" data-view="page" aria-pressed="true">{text(words.as_printed)}</button>'
        f'<button type="button" data-view="text" aria-pressed="false">{text(words.as_text)}</button></div>'
    )


def _sheet(view: View, picture: Picture, words: Words) -> str:
    """The page as printed; the boxes over it are in hundredths of its width and height."""
    x, y = 100 / picture.width, 100 / picture.height
    boxes = "".join(
        f'<span class="box" style="left:{left * x:.2f}%;top:{top * y:.2f}%;'
        f'width:{(right - left) * x:.2f}%;height:{(bottom - top) * y:.2f}%"></span>'
        for page, left, top, right, bottom in view.citation.boxes
        if page == picture.page
    )
    said = words.page_of.format(n=picture.page, title=view.document.title or view.document.name)
    marked = f'<span class="unseen">{text(words.quoted)}: {text(view.citation.quote)}</span>' if boxes else ""
    pages = view.document.health.pages or picture.page
    turns = "".join(
        f'<button type="button" data-page="{picture.page + step}" aria-label="{attribute(label)}"'
        f"{'' if 1 <= picture.page + step <= pages else ' disabled'}>{sign}</button>"
        for step, sign, label in ((-1, "‹", words.earlier_page), (1, "›", words.later_page))
    )
    data = b64encode(picture.data).decode("ascii")
    return (
        f'<div class="sheet" tabindex="0" role="region" aria-label="{attribute(words.as_printed)}" '
        f'data-pane="page"><div class="pages">{turns}<span>{picture.page} / {pages}</span></div>'
        f'<div class="paper"><img alt="{attribute(said)}" src="data:image/webp;base64,{data}">'
        f"{boxes}{marked}</div></div>"
    )


def _laid_out(view: View) -> str:
    """The text around the quote with its headings set off, the quote marked; its characters as written."""
    document, quote = view.document, Span(view.citation.start, view.citation.end)
    around = _around(document.text, quote)
    before = ("…" if around.start else "") + _headed(document, Span(around.start, quote.start))
    after = _headed(document, Span(quote.end, around.end)) + ("…" if around.end < len(document.text) else "")
    marked = f"<mark>{stressed(quote.of(document.text), view.told)}</mark>" if len(quote) else ""
    return before + marked + after


def _headed(document: Document, part: Span) -> str:
    """A part of the text, escaped, with the first line of each section that begins in it as a heading."""
    pieces, done = [], part.start
    for section in document.sections:
        if not section.path or not part.start <= section.span.start < part.end:
            continue
        whole = section.span.of(document.text)
        start = section.span.start + len(whole) - len(whole.lstrip())
        stop = document.text.find("\n", start)
        stop = min(section.span.end, part.end) if stop < 0 else stop
        if done <= start < stop <= part.end:
            level = min(len(section.path), 4)
            heading = text(document.text[start:stop])
            pieces += [
                text(document.text[done:start]),
                f'<span class="heading level{level}">{heading}</span>',
            ]
            done = stop
    return "".join((*pieces, text(document.text[done : part.end])))


def _around(whole: str, quote: Span) -> Span:
    """The quote with its neighbourhood, cut at line ends where one is near."""
    if len(whole) <= _WHOLE:
        return Span(0, len(whole))
    start, end = max(0, quote.start - _AROUND), min(len(whole), quote.end + _AROUND)
    if start and (line := whole.find("\n", start, quote.start)) >= 0:
        start = line + 1
    if end < len(whole) and (line := whole.rfind("\n", quote.end, end)) >= 0:
        end = line
    return Span(start, end)


def nothing_opened(words: Words = JA) -> str:
    """The panel before a citation is chosen."""
    return notice(words.nothing_opened)


def notice(line: str) -> str:
    """The panel when there is something to say instead of a source."""
    return f'<article class="panel empty"><p>{text(line)}</p></article>'
