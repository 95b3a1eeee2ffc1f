"""Long work told step by step: a function that reports becomes a generator of its reports and its result."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Generic, TypeVar

Step = TypeVar("Step")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Done(Generic[Result]):
    """The end of the work and what it returned."""

    result: Result


def stepwise(
    work: Callable[[Callable[[Step], None]], Result], abandoned: Callable[[], None] = lambda: None
) -> Iterator[Step | Done[Result]]:
    """What `work` tells the function it is given, as it tells it, then `Done`; its errors are raised here.

    :param abandoned: called when nobody listens any more, so that the work may stop
    """
    steps: SimpleQueue[Step | None] = SimpleQueue()
    with ThreadPoolExecutor(max_workers=1) as thread:
        try:
            running = thread.submit(work, steps.put)
            running.add_done_callback(lambda _: steps.put(None))
            while (step := steps.get()) is not None:
                yield step
            yield Done(running.result())
        except GeneratorExit:
            abandoned()
            raise
