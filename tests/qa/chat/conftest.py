"""A small library open for the chat's handlers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import gradio as gr
import pytest

from qa import Tenkyo

TEXT = """# 図書館の利用案内

## 開館時間
中央図書館は午前九時に開館し、午後八時に閉館する。

## 貸出
一人が借りられる本は十冊までである。返却の期限は二週間後とする。
"""


@pytest.fixture
def tenkyo(tmp_path: Path) -> Iterator[Tenkyo]:
    """An index in `tmp_path / "index"` that holds one document."""
    (tmp_path / "案内.md").write_text(TEXT, encoding="utf-8")
    opened = Tenkyo.open(tmp_path / "index")
    opened.add(tmp_path / "案内.md")
    yield opened
    opened.close()


def event(**data: object) -> Any:
    """What Gradio brings of a press in the page."""
    return gr.EventData(None, data)


def request(user: str | None = None, host: str = "127.0.0.1", **headers: str) -> Any:
    """What Gradio brings of who asks."""
    return cast(Any, SimpleNamespace(username=user, client=SimpleNamespace(host=host), headers=headers))
