"""Dates in 和暦 and 西暦, in one form that both are searched by: "why is R3.9.1 found as 2021年?"

Only what names its year is a date: `9月1日`, `1/3`, `5.0`, `R2-D2` and `S3` are not.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from ingest.document import Span
from ingest.normalize import folded

# The year before each era's first and its last year in that era; the current one is open.
_ERAS = {
    "明治": (1867, 45),
    "大正": (1911, 15),
    "昭和": (1925, 64),
    "平成": (1988, 31),
    "令和": (2018, 99),
}
_FIRST_DAYS = {
    "明治": date(1868, 1, 25),
    "大正": date(1912, 7, 30),
    "昭和": date(1926, 12, 25),
    "平成": date(1989, 1, 8),
    "令和": date(2019, 5, 1),
}
_LETTERS = {"M": "明治", "T": "大正", "S": "昭和", "H": "平成", "R": "令和"}
_KANJI = {digit: value for value, digit in enumerate("〇一二三四五六七八九")}

_NUMBER = r"(?:元|\d{1,2}|[一二三四五六七八九十〇]{1,4})"
_SMALL = r"(?:\d{1,2}|[一二三四五六七八九十]{1,3})"
# A number that runs on from digits, or from a decimal point or comma behind digits, is no year.
_FREE = r"(?<!\d)(?<!\d[.,])"
_MONTH_DAY = (
    rf"(?:\s{{0,3}}(?P<month>{_SMALL})\s{{0,3}}月(?!間)(?:\s{{0,3}}(?P<day>{_SMALL})\s{{0,3}}日(?!間))?)?"
)
# 年間 and 年前 measure time and 年代 is a decade.
# 2019（令和元）年度
_ASIDE = rf"(?:\s?\((?:西暦)?\s?(?:\d{{4}}|(?:明治|大正|昭和|平成|令和){_NUMBER})\))?"
_YEAR_END = rf"{_ASIDE}\s{{0,3}}年(?!間|代|前(?![半期後]))(?:(?P<fiscal>度)|{_MONTH_DAY})"
_MARKED = r"(?P<mark>[./-])(?P<m>\d{1,2})(?:(?P=mark)(?P<d>\d{1,2}))?(?![\d/])(?!-\d)(?!\.\d)"

# What a date can begin with: the patterns are tried only there.
_ERA_SIGN, _WESTERN_SIGN = re.compile("[明大昭平令MTSHR]"), re.compile("[12一二F]")
_ERA = re.compile(
    rf"(?:(?P<era>明治|大正|昭和|平成|令和)\s{{0,3}}|(?<![A-Za-z0-9.])(?P<letter>[MTSHR])\.?)(?P<year>{_NUMBER})"
    rf"(?:{_YEAR_END}|{_MARKED}|(?P<open>(?=\s?[~・、,-]\s?{_NUMBER}\s?年)))"
)
# 平成28年度から30年度、平成24・25年: the second year is of the same era.
_AGAIN = re.compile(rf"(?:\s?(?:から|[~・、,-]|及び|又は|と)\s?)(?P<year>{_NUMBER}){_YEAR_END}")
_WESTERN = re.compile(
    rf"{_FREE}(?:(?P<year>1[0-9]\d\d|2[01]\d\d)|(?<![〇一二三四五六七八九十百千])(?P<kanji>[一二][〇一二三四五六七八九]{{3}}))"
    rf"(?:{_YEAR_END}|(?P<open>(?=\s?[~・、,-]\s?\d{{4}}\s?年)))"
    r"|FY\s?(?P<fy>20\d\d)(?!\d)"
    rf"|(?<![\d./A-Za-z_=-])(?P<numeric>(?:19|20)\d\d){_MARKED}"
)


@dataclass(frozen=True, slots=True)
class DateMention:
    """A date in a text; `terms` in 西暦, ("2021年", "2021年9月") or ("2020年度", "2020年")."""

    span: Span
    terms: tuple[str, ...]


def dates(text: str) -> list[DateMention]:
    """The dates of `text` in order, spans in `text` as given (full-width forms and ㍻ need not be folded)."""
    view = folded(text)
    found = [*_era_dates(view.text), *_western_dates(view.text)]
    mentions = [DateMention(view.span(start, end), terms) for start, end, terms in found]
    return sorted(mentions, key=lambda mention: mention.span)


def years(terms: Iterable[str]) -> tuple[int, ...]:
    """The distinct years of terms as `dates` gives them, in order of first mention."""
    return tuple(dict.fromkeys(int(term.partition("年")[0]) for term in terms))


def in_era(day: date) -> str:
    """A day in 和暦, 令和元年5月1日; "" before the first era here."""
    era = next((name for name in reversed(_FIRST_DAYS) if _FIRST_DAYS[name] <= day), None)
    if era is None:
        return ""
    number = day.year - _ERAS[era][0]
    return f"{era}{'元' if number == 1 else number}年{day.month}月{day.day}日"


def otherwise(written: str, year: int) -> str:
    """A year as written, 2021年度 or 令和3年9月, in the other calendar; unchanged where there is no other."""
    era = next((name for name in reversed(_ERAS) if _ERAS[name][0] < year), None)
    if era is None:
        return written
    number = year - _ERAS[era][0]
    western, japanese = f"{year}年", f"{era}{'元' if number == 1 else number}年"
    if western in written:
        return written.replace(western, japanese, 1)
    return _ERA_YEAR.sub(western, written, count=1)


_ERA_YEAR = re.compile(rf"(?:明治|大正|昭和|平成|令和)\s{{0,3}}{_NUMBER}\s{{0,3}}年")
_Found = tuple[int, int, tuple[str, ...]]


def _found(pattern: re.Pattern[str], sign: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """The matches of a pattern, each of which begins with a sign."""
    position = 0
    while begin := sign.search(text, position):
        match = pattern.match(text, begin.start())
        position = match.end() if match else begin.end()
        if match:
            yield match


def _era_dates(text: str) -> Iterator[_Found]:
    for match in _found(_ERA, _ERA_SIGN, text):
        letter = match["letter"]
        era = match["era"] or _LETTERS[letter]
        if letter and not _lettered(match):
            continue
        year = _era_year(era, match["year"])
        if year is None:
            continue
        date = _date(match, year)
        if date is None:
            continue
        yield date
        position = match.end()
        while again := _AGAIN.match(text, position):
            year = _era_year(era, again["year"])
            following = _date(again, year) if year else None
            if following is None:
                break
            yield again.start("year"), following[1], following[2]
            position = again.end()


def _lettered(match: re.Match[str]) -> bool:
    """Whether a letter before a number means an era: H25.9 does; S3.5 and R2-5 may be anything."""
    if match["open"] is not None or not match["year"].isdecimal():
        return False
    return (
        match["mark"] is None or match["d"] is not None or (match["letter"] in "HR" and match["mark"] == ".")
    )


def _western_dates(text: str) -> Iterator[_Found]:
    for match in _found(_WESTERN, _WESTERN_SIGN, text):
        if match["fy"]:
            yield match.start(), match.end(), (f"{match['fy']}年度", f"{match['fy']}年")
            continue
        mark, day = match["mark"], match["d"]
        # 2021.1 is a number and 2010-12 a range of years; 2020/5 and 2020-05 are months.
        if day is None and (mark == "." or (mark == "-" and not match["m"].startswith("0"))):
            continue
        kanji = match["kanji"]
        year = int(
            "".join(str(_KANJI[digit]) for digit in kanji) if kanji else match["year"] or match["numeric"]
        )
        if date := _date(match, year):
            yield date


def _date(match: re.Match[str], year: int) -> _Found | None:
    """The date of a match as far as it is possible: 2021年2月30日 is read as 2021年2月."""
    groups = match.groupdict()
    start, terms = match.start(), [f"{year}年"]
    if groups["fiscal"]:
        return start, match.end(), (f"{year}年度", f"{year}年")
    marked = groups.get("m") is not None
    month, day = (groups["m"], groups["d"]) if marked else (groups["month"], groups["day"])
    if month is None:
        return start, match.end(), tuple(terms)
    number = _number(month)
    if number is None or not 1 <= number <= 12:
        return None if marked else (start, match.start("month"), tuple(terms))
    terms.append(f"{terms[0]}{number}月")
    if day is None:
        return start, match.end(), tuple(terms)
    of_month = _number(day)
    if of_month is None or not 1 <= of_month <= monthrange(year, number)[1]:
        return None if marked else (start, match.start("day"), tuple(terms))
    return start, match.end(), (*terms, f"{terms[-1]}{of_month}日")


def _era_year(era: str, written: str) -> int | None:
    before, last = _ERAS[era]
    number = 1 if written == "元" else _number(written)
    return before + number if number and number <= last else None


def _number(written: str) -> int | None:
    """12, 十二, 二五 or 二十五; None for what is no number under a hundred."""
    if written.isdecimal():
        return int(written)
    if "十" not in written:
        return int("".join(str(_KANJI[digit]) for digit in written)) if len(written) <= 2 else None
    tens, _, ones = written.partition("十")
    if len(tens) > 1 or len(ones) > 1 or "〇" in tens + ones:
        return None
    return (_KANJI[tens] if tens else 1) * 10 + (_KANJI[ones] if ones else 0)
