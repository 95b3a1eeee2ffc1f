"""The numbers and dates of a sentence against its source's: the same, of the same thing, bounded alike."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qa.grounds.facts import FRAME, Facts, Quantity, facts
from qa.grounds.source import Unit

_HARD = frozenset({"以上", "以下", "未満", "超", "以内", "以前", "以降", "前", "後"})


def _bounds_differ(mine: str, theirs: str) -> bool:
    return mine != theirs and (
        mine in _HARD or (theirs in _HARD and theirs not in ("前", "後")) or bool(mine and theirs)
    )


def wrong_days(mine: Facts, theirs: Facts, context: Facts) -> Iterator[str]:
    """Why dates of a sentence are not the source's; a year may stand in the headings."""
    for day in mine.days:
        there = [other for other in theirs.days if day.term in other.terms]
        if there:
            if len(there) < sum(day.term == again.term for again in mine.days):
                yield f"「{day.span.of(mine.text)}」が原文より多い"
            elif all(_bounds_differ(day.bound, other.bound) for other in there):
                yield f"「{day.span.of(mine.text)}{day.bound}」の前後が原文と違う"
            continue
        year, _, rest = day.term.partition("年")
        above = {term for other in context.days for term in other.terms}
        same_year = f"{year}年" in above and not theirs.days
        # 令和3年 in the heading and 9月1日 in the sentence is a date too.
        parts = [part for part in re.findall(r"\d+[月日]", rest)]
        said = {f"{other.value}{other.unit}" for other in theirs.quantities}
        if not (same_year and (day.term in above or (parts and set(parts) <= said))):
            yield f"「{day.span.of(mine.text)}」が原文にない"


def wrong_quantities(mine: Facts, unit: Unit, context: Facts, whole: str) -> Iterator[str]:
    """Why numbers of a sentence are not the unit's, in value, unit, bound, or in what they are of."""
    theirs = facts(unit.text)
    inside = [day.span for day in mine.days]
    for number in mine.quantities:
        if any(number.span.overlaps(span) for span in inside):
            continue
        shown = number.span.of(mine.text)
        there = [other for other in theirs.quantities if _same(number, other, unit, theirs, context)]
        if not there:
            yield f"「{shown}」が原文にない"
        elif all(_bounds_differ(number.bound, other.bound) for other in there):
            yield f"「{shown}{number.bound}」は原文では「{there[0].span.of(theirs.text)}{there[0].bound}」"
        elif len(there) < sum(
            number.value == again.value and number.unit == again.unit for again in mine.quantities
        ):
            yield f"「{shown}」が原文より多い"
        elif unit.in_table:
            if not _of_cell(unit, whole):
                yield f"「{shown}」は表の別の行か列の値"
        elif all(_of_another(number, other, mine, theirs) for other in there):
            yield f"「{shown}」は原文では別のものの数"


def _same(mine: Quantity, other: Quantity, unit: Unit, theirs: Facts, context: Facts) -> bool:
    if mine.value == other.value and (mine.unit == other.unit or (unit.in_table and not mine.unit)):
        return True
    if other.unit or mine.bare != other.bare or other.scale not in ("", mine.scale):
        return False
    # A bare number of a table whose header says (億円).
    name = (mine.scale if not other.scale else "") + mine.unit
    return unit.in_table and (name in theirs.flat or name in context.flat)


def _of_cell(unit: Unit, whole: str) -> bool:
    """Whether the sentence names the row and the column of the cell and no other row or column better."""
    said = facts(whole)
    for header, all_of_them in ((unit.row, unit.rows), (unit.column, unit.columns)):
        named = _named(header, said)
        if facts(header).words and (not named or any(_named(other, said) > named for other in all_of_them)):
            return False
        terms = {term for day in said.days for term in day.terms}
        if said.days and any(day.term not in terms for day in facts(header).days):
            return False
    return True


def _named(header: str, said: Facts) -> float:
    words = facts(header).words
    return len(words & said.words) / len(words) if words else 0.0


def _of_another(mine: Quantity, there: Quantity, said: Facts, theirs: Facts) -> bool:
    """Whether the words beside a number stand, in the source, beside another number of the same unit."""
    rivals = [other for other in theirs.quantities if other.unit == there.unit and other.value != there.value]
    if not rivals:
        return False
    words = facts(_before(mine, said)).words - FRAME
    shared = _topic(theirs.text)

    def share(number: Quantity) -> float:
        beside = facts(_before(number, theirs)).words - shared - FRAME
        return len(words & beside) / len(beside) if beside else 0.0

    own = share(there)
    bare = not facts(_before(there, theirs)).words - shared - FRAME
    return not bare and any(share(rival) > own for rival in rivals)


def _before(number: Quantity, text: Facts) -> str:
    """The words before a number, back to the number of the same unit before it or to the sentence's start."""
    others = [
        q.span.end for q in text.quantities if q.unit == number.unit and q.span.end <= number.span.start
    ]
    stop = max(text.text.rfind("。", 0, number.span.start) + 1, *others, 0)
    return text.text[stop : number.span.start]


def _topic(text: str) -> frozenset[str]:
    """Words of a topic that holds for all of a sentence: 利用者数は、東京が300人、大阪が200人."""
    head, mark, rest = text.partition("は")
    return facts(head).words if mark and "は" not in rest and len(head) < 40 else frozenset()
