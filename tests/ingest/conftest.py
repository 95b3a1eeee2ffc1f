"""A browser that prints, for the whole run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.ingest import formats


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with formats.printer() as made:
        yield made
