"""What was met lately, up to a number: what an answer reads next is seldom far from what it read."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Kept(Generic[Key, Value]):
    """The values used last; safe to share between threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: OrderedDict[Key, Value] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key) -> Value | None:
        """The value, used once more; None if it is not kept."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
            return self._held.get(key)

    def put(self, key: Key, value: Value) -> None:
        """Keep a value, and let go of those not used for longest."""
        with self._lock:
            self._held[key] = value
            self._held.move_to_end(key)
            while len(self._held) > self._most:
                self._held.popitem(last=False)

    def drop(self, keys: Iterable[Key]) -> None:
        """Let go of some; those not kept are passed over."""
        with self._lock:
            for key in keys:
                self._held.pop(key, None)

    def values(self) -> list[Value]:
        """All that is kept."""
        with self._lock:
            return list(self._held.values())
