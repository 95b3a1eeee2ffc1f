"""The house rules that a machine can check: one way, one door per library, small files, true windows."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("ingest", "index", "qa", "eval", "app")
# What each room may import of the house; qa.cli loads app and eval by name, when their commands are called.
MAY_IMPORT = {
    "ingest": {"ingest"},
    "index": {"ingest", "index"},
    "qa": {"ingest", "index", "qa"},
    "eval": {"ingest", "index", "qa", "eval"},
    "app": {"ingest", "index", "qa"},
}
# The recipes beside the weights are run by hand, never imported at run time, and have doors of their own.
RECIPES = ("index/train", "qa/train")
DOORS = {
    "fugashi": {"ingest/mecab.py"},
    "faiss": {"index/nearest.py"},
    "sentence_transformers": {"index/embed.py", "index/mecab_static.py"},
    "gradio": {"app.py", *(f"qa/chat/{name}.py" for name in ("api", "desk", "front", "page", "talk"))},
    "starlette": {"app.py", "qa/chat/tools.py"},
    "mcp": {"qa/chat/tools.py"},
    "argon2": {"qa/chat/people.py"},
    "limits": {"qa/chat/people.py"},
    "pypdfium2": {"ingest/readers/pdf.py", "ingest/readers/picture.py"},
    "docx": {
        "ingest/readers/docx.py",
        "ingest/readers/numbering.py",
        "eval/formats.py",
        "qa/chat/export.py",
    },
    "pptx": {"ingest/readers/pptx.py"},
    "openpyxl": {"ingest/readers/xlsx.py"},
    "watchfiles": {"ingest/watch.py"},
    "openai": {"qa/generate.py", "eval/judge.py"},
    "prometheus_client": {"qa/chat/measures.py"},
    "pymilvus": {"index/milvus_client.py"},
    "grpc": {"index/milvus_client.py"},
    "milvus_lite": {"index/milvus_lite.py"},
}
LONGEST_FILE, LONGEST_FUNCTION = 300, 60

FILES = sorted([*(f for room in ROOMS[:-1] for f in (ROOT / room).rglob("*.py")), ROOT / "app.py"])
NAMES = [str(file.relative_to(ROOT)) for file in FILES]
each_file = pytest.mark.parametrize("name", NAMES)


def _tree(name: str) -> ast.Module:
    return ast.parse((ROOT / name).read_text(encoding="utf-8"), name)


def _imports(name: str) -> Iterator[str]:
    """Every module imported anywhere in the file: at the top, in functions, under TYPE_CHECKING."""
    for node in ast.walk(_tree(name)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}:{node.lineno}: a relative import; name the room"
            yield node.module or ""


def _room(module: str) -> str:
    return module.split(".")[0]


@each_file
def test_imports_run_against_the_arrows_only(name: str) -> None:
    room = Path(name).parts[0].removesuffix(".py")
    imported = {_room(module) for module in _imports(name)} & set(ROOMS)
    assert imported <= MAY_IMPORT[room]


@each_file
def test_a_recipe_is_imported_by_recipes_only(name: str) -> None:
    if name.startswith(RECIPES):
        return
    assert not [module for module in _imports(name) if module.replace(".", "/").startswith(RECIPES)]


@each_file
def test_one_library_has_one_door(name: str) -> None:
    if name.startswith(RECIPES):
        return
    imported = {_room(module) for module in _imports(name)}
    assert not [library for library, doors in DOORS.items() if library in imported and name not in doors]


@each_file
def test_a_module_opens_with_a_line_that_says_what_room_it_is(name: str) -> None:
    source = (ROOT / name).read_text(encoding="utf-8")
    if not source.strip():
        return
    docstring = ast.get_docstring(_tree(name))
    assert docstring and docstring.splitlines()[0].strip()


@each_file
def test_files_and_functions_are_small(name: str) -> None:
    lines = (ROOT / name).read_text(encoding="utf-8").count("\n")
    assert lines <= LONGEST_FILE, f"{lines} lines: split where the idea splits"
    for node in ast.walk(_tree(name)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= LONGEST_FUNCTION, f"{node.name}: {length} lines"


@pytest.mark.parametrize("room", ROOMS[:-1])
def test_a_room_shows_in_its_window_exactly_what_it_sells(room: str) -> None:
    window = importlib.import_module(room)
    shown = set(getattr(window, "__all__", ()))
    assert all(hasattr(window, name) for name in shown)
    imported = {
        alias.asname or alias.name
        for node in _tree(f"{room}/__init__.py").body
        if isinstance(node, ast.ImportFrom) and node.module != "__future__"
        for alias in node.names
    }
    assert imported == shown


def test_nothing_reaches_the_network_or_a_hub_on_its_own() -> None:
    network = {"requests", "httpx", "urllib3", "aiohttp", "huggingface_hub", "socket"}
    for name in set(NAMES) - {"eval/load.py"}:  # which asks the server it is told to
        assert not {_room(module) for module in _imports(name)} & network, name
