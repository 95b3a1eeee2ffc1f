"""The room's public names."""

from __future__ import annotations

import index


def test_the_shop_window_shows_exactly_what_it_says() -> None:
    assert index.__all__ == ["Encoder", "FileReport", "Hit", "Index"]
    assert all(hasattr(index, name) for name in index.__all__)
