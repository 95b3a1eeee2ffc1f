"""The dev half is answered no worse than it was, beyond what chance allows."""

from __future__ import annotations

import json

import pytest

from eval.__main__ import main
from eval.arguments import SHIPPED
from eval.report import TRACKED

KEPT = json.loads(SHIPPED.parent.with_name("tracked.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def overall(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, float]]:
    folder = tmp_path_factory.mktemp("dev")
    arguments = ["run", str(SHIPPED), "--split", "dev", "--index", str(folder / "index")]
    assert main([*arguments, "--out", str(folder)]) == 0
    found: dict[str, dict[str, float]] = json.loads((folder / "report.json").read_text(encoding="utf-8"))[
        "overall"
    ]
    return found


@pytest.mark.parametrize("name", TRACKED)
def test_no_tracked_figure_falls_below_its_interval(overall: dict[str, dict[str, float]], name: str) -> None:
    assert overall[name]["value"] >= KEPT[name]["low"]
