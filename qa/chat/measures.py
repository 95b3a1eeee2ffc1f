"""What is counted and timed, for Prometheus; the only door to prometheus_client. No text, no names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import get_args

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from index.contract import State
from ingest.errors import TenkyoError
from qa.chat.asker import Door

# Seconds. Searching takes some milliseconds, reading a tenth of a second, a language model up to a minute.
_BUCKETS = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_STAGES = ("search", "read", "compose", "write", "total")
_OUTCOMES = ("answered", "refused", "failed")


# The time at which each series began: twice as many series, and nobody asks for them.
disable_created_metrics()  # type: ignore[no-untyped-call]


class Measures:
    """The counters of one server, in a registry of their own."""

    def __init__(self, state: Callable[[], State] | None = None) -> None:
        """:param state: looks at the index, at every scrape; raises TenkyoError when it cannot be read"""
        self._registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self._registry)
        self._questions = Counter(
            "tenkyo_questions", "Questions by outcome and by where they came in.", ["outcome", "by"],
            registry=self._registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "tenkyo_question_seconds", "Time a question took, by stage.", ["stage"],
            buckets=_BUCKETS, registry=self._registry,
        )  # fmt: skip
        self._in_flight = Gauge(
            "tenkyo_questions_in_flight", "Questions being answered now.", registry=self._registry
        )
        # There from the start: a rate over a series that appears with its first event misses that event.
        for outcome in _OUTCOMES:
            for by in get_args(Door):
                self._questions.labels(outcome, by)
        for stage in _STAGES:
            self._seconds.labels(stage)
        if state is not None:
            self._registry.register(_OfIndex(state))

    def in_flight(self) -> AbstractContextManager[object]:
        """For as long as a question is being answered."""
        return self._in_flight.track_inprogress()

    def asked(self, outcome: str, by: Door, milliseconds: Mapping[str, float]) -> None:
        """Count a question.

        :param outcome: "answered", "refused" or "failed"
        :param milliseconds: by stage, as far as it came
        """
        self._questions.labels(outcome, by).inc()
        for stage, spent in milliseconds.items():
            if stage in _STAGES:
                self._seconds.labels(stage).observe(spent / 1000)

    def exposed(self, accept: str) -> tuple[bytes, str]:
        """All of it as Prometheus reads it, and the type of that.

        :param accept: the request's header, which may ask for OpenMetrics
        """
        encode, kind = choose_encoder(accept)
        return encode(self._registry), kind


class _OfIndex(Collector):
    """The index as it is when somebody looks."""

    def __init__(self, state: Callable[[], State]) -> None:
        self._state = state

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            state = self._state()
        except TenkyoError:
            state = None
        readable = int(state is not None)
        yield GaugeMetricFamily("tenkyo_index_readable", "Whether the index can be read.", readable)
        if state is None:
            return
        yield GaugeMetricFamily("tenkyo_index_generation", "Generation of the index.", state.generation)
        yield GaugeMetricFamily("tenkyo_documents", "Documents in the index.", state.documents)
        yield GaugeMetricFamily("tenkyo_chunks", "Chunks in the index.", state.chunks)
