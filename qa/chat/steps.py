"""Long work told step by step: a function that reports becomes a generator of its reports and its result."""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

Step = TypeVar("Step")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Done(Generic[Result]):
    """The end of the work and what it returned."""

    result: Result


def stepwise(
    work: Callable[[Callable[[Step], None]], Result],
    abandoned: Callable[[], None] = lambda: None,
    settle: float = 0.0,
) -> Generator[list[Step] | Done[Result], None, None]:
    """What `work` tells the function it is given, as it tells it, then `Done`; its errors are raised here.

    :param abandoned: called when nobody listens any more, so that the work may stop
    :param settle: seconds; steps that follow each other sooner come together, and with the end not at all
    """
    steps: SimpleQueue[Step | None] = SimpleQueue()
    with ThreadPoolExecutor(max_workers=1) as thread:
        try:
            running = thread.submit(work, steps.put)
            running.add_done_callback(lambda _: steps.put(None))
            while (step := steps.get()) is not None:
                together, ended = _together(steps, step, settle) if settle else ([step], False)
                if ended:
                    break
                yield together
            yield Done(running.result())
        except GeneratorExit:
            abandoned()
            raise


def _together(steps: SimpleQueue[Step | None], first: Step, settle: float) -> tuple[list[Step], bool]:
    """The steps that follow each other closely, and whether the work ended meanwhile."""
    found = [first]
    while True:
        try:
            step = steps.get(timeout=settle)
        except Empty:
            return found, False
        if step is None:
            return found, True
        found.append(step)
