"""How the code is laid out: what every module owes its reader, and who may import whom."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

LINES_AT_MOST = 300
LINES_OF_A_FUNCTION_AT_MOST = 50
EMPTY_NAMES = {"common", "helper", "helpers", "manager", "misc", "service", "util", "utils"}


def test_every_module_opens_by_saying_what_it_is_for(modules: list[Path]) -> None:
    silent = [path for path in modules if not ast.get_docstring(ast.parse(path.read_text("utf-8")))]

    assert silent == []


def test_no_module_of_the_product_is_longer_than_a_reader_keeps_in_mind(
    root: Path, modules: list[Path]
) -> None:
    lengths = {
        str(path.relative_to(root)): len(path.read_text("utf-8").splitlines())
        for path in modules
        if "tests" not in path.parts
    }

    assert {name: lines for name, lines in lengths.items() if lines > LINES_AT_MOST} == {}


def test_no_function_of_the_product_is_longer_than_a_screen(
    root: Path, modules: list[Path]
) -> None:
    long = [
        f"{path.relative_to(root)}: {node.name} has {_length(node)} lines"
        for path in modules
        if "tests" not in path.parts
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and _length(node) > LINES_OF_A_FUNCTION_AT_MOST
    ]

    assert long == []


def test_no_module_hides_behind_a_name_that_says_nothing(modules: list[Path]) -> None:
    assert [path for path in modules if path.stem in EMPTY_NAMES] == []


def test_imports_point_inwards(root: Path) -> None:
    """The contracts stand in pyproject.toml."""
    linted = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"],
        cwd=root,
        env={**os.environ, "PYTHONWARNINGS": "ignore", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert linted.returncode == 0, linted.stdout + linted.stderr


@pytest.mark.parametrize("room", ["eventstore", "projections"])
def test_rooms_that_other_programs_reach_through_our_name_import_relatively(
    root: Path, rooms: list[str], room: str
) -> None:
    """`ticketledger.eventstore` and `ticketledger.projections` work without our folder on the path.

    An absolute `from projections.x import` works in a checkout and fails in a wheel.
    """
    absolute = [
        f"{path.relative_to(root)} imports {name}"
        for path in sorted((root / room).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        for name in _imported_absolutely(node)
        if name.split(".")[0] in rooms
    ]

    assert absolute == []


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The lines of its statements. A command's options and a docstring are read as a list, not as
    a thread of thought, so they do not count."""
    assert function.end_lineno is not None
    statements = function.body[ast.get_docstring(function) is not None :]
    return function.end_lineno - statements[0].lineno + 1 if statements else 0


def _imported_absolutely(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
        return [node.module]
    return []
