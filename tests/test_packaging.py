"""An installed wheel holds what a checkout holds: rooms, documents, models, the page, the command."""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("ingest", "index", "qa", "eval", "corpus")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this tree, built from a copy so that no `build/` of earlier days gets in."""
    if int(importlib.metadata.version("setuptools").split(".")[0]) < 77:
        pytest.skip("the build backend is not installed: `make test` brings it")
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    for name in (*ROOMS, "app.py", "pyproject.toml", "README.md", "LICENSE"):
        here = ROOT / name
        if here.is_dir():
            shutil.copytree(here, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(here, source / name)
    _pip("wheel", "--no-build-isolation", "--wheel-dir", str(folder), str(source))
    return next(folder.glob("tenkyo-*.whl"))


def _pip(command: str, *arguments: str) -> None:
    quiet = ("-q", "--no-deps", "--no-index", "--disable-pip-version-check")
    subprocess.run([sys.executable, "-m", "pip", command, *quiet, *arguments], check=True)


def test_the_wheel_holds_every_file_that_is_needed_at_run_time(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    wanted = {"app.py", "corpus/catalog.toml", "qa/chat/page.css", "qa/chat/page.js", "qa/chat/icon.svg"}
    for room in ROOMS:
        wanted |= {str(file.relative_to(ROOT)) for file in (ROOT / room).rglob("*.py")}
    wanted |= {str(file.relative_to(ROOT)) for file in (ROOT / "corpus").glob("*.txt")}
    for models in ("index/models", "qa/models"):
        wanted |= {str(file.relative_to(ROOT)) for file in (ROOT / models).rglob("*") if file.is_file()}
    assert wanted <= inside, sorted(wanted - inside)
    assert not [name for name in inside if name.startswith(("tests/", "docs/", ".venv/"))]


def test_an_installed_wheel_answers_from_its_own_corpus(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    _pip("install", "--target", str(site), str(wheel))
    assert (site / "bin" / "tenkyo").exists()
    program = (
        "import app, pathlib, qa; from qa import Tenkyo;"
        "corpus = pathlib.Path(app.__file__).parent / 'corpus';"
        "assert 'site' in qa.__file__, qa.__file__;"
        "t = Tenkyo.open('index'); reports = t.add(corpus);"
        "assert len(reports) == 5 and all(r.status == 'added' for r in reports), reports;"
        "assert t.documents()[0].title; print(t.ask('情報処理推進機構とは何ですか').text)"
    )
    environment = {**os.environ, "PYTHONPATH": str(site), "HF_HUB_OFFLINE": "1"}
    asked = subprocess.run(
        [sys.executable, "-P", "-c", program],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert asked.returncode == 0, asked.stderr
    assert asked.stdout.strip()


def test_the_locks_pin_every_version_and_name_no_machine() -> None:
    pinned: dict[str, str] = {}
    for name in ("requirements.lock", "requirements-test.lock"):
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
            if line.startswith("#"):
                continue
            assert re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9][0-9A-Za-z.]*", line), line
            package, version = line.split("==")
            pinned[re.sub(r"[-_.]+", "-", package).lower()] = version
    assert not [package for package in pinned if package.startswith(("nvidia", "cuda", "triton", "torch"))]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [
        *project["dependencies"],
        # Tools of the training recipes and libraries to compare with are for those who ask for them.
        *(
            wanted
            for name, extra in project["optional-dependencies"].items()
            if name not in ("train", "baselines")
            for wanted in extra
        ),
    ]
    names = {re.split(r"[<>=,; ]", requirement)[0].lower() for requirement in wanted}
    assert names - {"torch"} <= pinned.keys()


def test_versions_agree() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
