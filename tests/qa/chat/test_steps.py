"""Long work is told as it goes, in order, and never silently loses its end or its error."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

import pytest

from qa.chat.steps import Done, stepwise


def test_every_step_is_told_and_then_the_result() -> None:
    def work(tell: Callable[[int], None]) -> str:
        for n in range(5):
            tell(n)
        return "fin"

    assert list(stepwise(work)) == [[0], [1], [2], [3], [4], Done("fin")]
    assert list(stepwise(work, settle=5.0)) == [Done("fin")], "nobody can read a step that is over at once"


def test_a_step_that_lasts_is_told_with_those_just_before_it() -> None:
    seen = Event()

    def work(tell: Callable[[str], None]) -> None:
        tell("search")
        tell("read")
        assert seen.wait(20)

    steps = stepwise(work, settle=0.05)
    assert next(steps) == ["search", "read"], "together, for nobody could read the first"
    seen.set()
    assert list(steps) == [Done(None)]


def test_an_error_comes_out_where_the_steps_do() -> None:
    def work(tell: Callable[[str], None]) -> None:
        raise OSError("voll")

    with pytest.raises(OSError, match="voll"):
        list(stepwise(work))


def test_who_stops_listening_is_noticed() -> None:
    given_up = Event()

    def work(tell: Callable[[str], None]) -> None:
        tell("search")
        assert given_up.wait(20)

    steps = stepwise(work, given_up.set)
    assert next(steps) == ["search"]
    steps.close()
    assert given_up.is_set()
