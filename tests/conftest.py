"""Settings that hold for every test: no index of the reader's own, no network, no stopwatch."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

# A model that is missing must fail at once, not be looked for on a hub.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
# An example that is slow on a busy machine is no failure; in CI the same examples are drawn every time.
settings.register_profile("tenkyo", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("tenkyo")


@pytest.fixture(autouse=True)
def _own_index(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TENKYO_INDEX", raising=False)
