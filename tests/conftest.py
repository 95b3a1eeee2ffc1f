"""Settings that hold for every test: no index of the reader's own, no network, no stopwatch."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright

# A model that is missing must fail at once, not be looked for on a hub.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
# An example that is slow on a busy machine is no failure; in CI the same examples are drawn every time.
settings.register_profile("tenkyo", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("tenkyo")


@pytest.fixture(autouse=True)
def _own_index(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TENKYO_INDEX", raising=False)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One chromium for the whole run: it drives the chat and prints the PDFs that are read."""
    names = ("chromium", "chromium-browser", "google-chrome")
    executable = next(filter(None, map(shutil.which, names)), None)
    if executable is None:
        pytest.skip("chromium is not installed: `make test` installs it on Debian")
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=executable, args=arguments)
        yield made
        made.close()
