"""The question in a passage's own calendar: the network sees characters, where 2021年 is not 令和3年."""

from __future__ import annotations

from ingest.dates import dates, otherwise, years


def as_said(folded: str, text: str) -> str:
    """The question with the years that the passage gives in the other calendar put as they stand there."""
    for mention in reversed(dates(folded)):
        written = mention.span.of(folded)
        other = otherwise(written, years(mention.terms)[0])
        if _year_of(written) not in text and _year_of(other) in text:
            folded = folded[: mention.span.start] + other + folded[mention.span.end :]
    return folded


def _year_of(written: str) -> str:
    return written.partition("年")[0] + "年"
