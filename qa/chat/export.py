"""A conversation with its sources to take away: Markdown, Word and CSV."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from datetime import date

import docx

from qa.answer import Answer
from qa.chat.render import Turn, where
from qa.chat.words import Words

_COLUMNS = (
    "turn", "question", "understood", "answer", "abstained", "confidence", "n", "document", "title",
    "section", "place", "start", "end", "quote",
)  # fmt: skip
# What a spreadsheet would take for a formula.
_FORMULA = re.compile(r"^[=+\-@\t\r＝＋－＠]")
# What XML cannot hold, and with it Word.
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_INDENT = re.compile(r"^[ \t]+", re.M)
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~&])|^(\s*)([-+=])|^(\s*\d+)([.)])", re.M)


def answered(turns: Sequence[Turn]) -> Iterator[tuple[Turn, Answer]]:
    """The turns that came to something."""
    return ((turn, turn.answer) for turn in turns if turn.answer is not None)


def markdown(turns: Sequence[Turn], words: Words) -> bytes:
    """Questions as headings, answers with [n], each source with its quote; nothing in them acts as markup."""
    lines = [f"# 典拠 Tenkyo {date.today().isoformat()}", ""]
    for turn, answer in answered(turns):
        lines += [f"## {_plain(turn.question)}", ""]
        lines += [_plain(_numbered(answer)).replace("\n", "  \n"), ""]
        label = words.nearest if answer.abstained else words.sources
        listed = answer.nearest if answer.abstained else answer.citations
        lines += [f"**{label}**", ""] if listed else []
        for citation in listed:
            lines.append(
                f"{citation.n}. {_plain(where(citation, words))}（{_plain(citation.document)}、"
                f"{citation.start}–{citation.end}）"
            )
            lines += ["", *(f"   > {_plain(line)}" for line in citation.quote.split("\n")), ""]
    return "\n".join(lines).encode("utf-8", "replace")


def table(turns: Sequence[Turn], words: Words) -> bytes:
    """CSV with a row for each source, as spreadsheets read it; an answer without sources has one row."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for number, (turn, answer) in enumerate(answered(turns), 1):
        head = [
            number,
            turn.question,
            answer.question,
            answer.text,
            answer.abstained,
            f"{answer.confidence:.3f}",
        ]
        listed = answer.nearest if answer.abstained else answer.citations
        for citation in listed:
            source = [
                citation.n, citation.document, citation.title, " › ".join(citation.section),
                citation.where, citation.start, citation.end, citation.quote,
            ]  # fmt: skip
            writer.writerow([_cell(value) for value in (*head, *source)])
        if not listed:
            writer.writerow([_cell(value) for value in (*head, *[""] * (len(_COLUMNS) - len(head)))])
    return ("\ufeff" + out.getvalue()).encode("utf-8", "replace")


def word(turns: Sequence[Turn], words: Words) -> bytes:
    """A Word file: questions as headings, answers with [n], sources as a numbered list of quotes."""
    document = docx.Document()
    document.add_heading(f"典拠 Tenkyo {date.today().isoformat()}", 0)
    for turn, answer in answered(turns):
        document.add_heading(_xml(turn.question), 1)
        document.add_paragraph(_xml(_numbered(answer)))
        listed = answer.nearest if answer.abstained else answer.citations
        if listed:
            document.add_paragraph().add_run(words.nearest if answer.abstained else words.sources).bold = True
        for citation in listed:
            line = f"[{citation.n}] {where(citation, words)}（{citation.document}）"
            document.add_paragraph(_xml(line))
            document.add_paragraph(_xml(citation.quote), style="Quote")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


KINDS = {"md": markdown, "docx": word, "csv": table}


def _numbered(answer: Answer) -> str:
    """The answer's text with the number of its source after each statement."""
    text = answer.text
    for statement in sorted(answer.statements, key=lambda one: -one.span.end):
        text = f"{text[: statement.span.end]} [{statement.citation}]{text[statement.span.end :]}"
    return text


def _plain(text: str) -> str:
    """Text that Markdown takes for text: its marks escaped, no line indented into a block of code."""
    safe = _MARKDOWN.sub(lambda m: f"\\{m[1]}" if m[1] else f"{m[2] or m[4] or ''}\\{m[3] or m[5]}", text)
    return _INDENT.sub(lambda m: "\u00a0" * len(m[0]), safe)


def _xml(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)


def _cell(value: object) -> object:
    return "'" + value if isinstance(value, str) and _FORMULA.match(value) else value
