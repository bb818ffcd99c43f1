"""The rules of ARCHITECTURE.md that a machine can hold."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PROGRAM = ("app", "offline_cache", "contracts", "resources", "benchmarks")
LONGEST_FILE = 400
LONGEST_FUNCTION = 50
LONGEST_TOUR = 150
FORBIDDEN_CALLS = {
    "exec": "a nested Qt loop stops the engine's: use open() and finished",
    "exec_": "a nested Qt loop stops the engine's: use open() and finished",
    "processEvents": "it runs slots in the middle of others",
}
# Names of folders of one machine, written so that this file does not hold them.
FOREIGN_PATHS = tuple(f"/{name}/" for name in ("work", "root"))
HEAVY = ("web3", "eth_account", "aiohttp", "cv2", "numpy", "PySide6", "sqlite_utils", "hypothesis")


@cache
def tracked() -> tuple[Path, ...]:
    found = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False, text=True
    )
    if found.returncode:  # an unpacked archive
        return tuple(path for path in python_files())
    return tuple(ROOT / name for name in found.stdout.split("\0") if (ROOT / name).is_file())


def python_files() -> Iterator[Path]:
    for folder in PROGRAM:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if not {"node_modules", "test"} & set(path.relative_to(ROOT).parts):
                yield path


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def each_node(*kinds: type[ast.AST]) -> Iterator[tuple[Path, ast.AST]]:
    for path in python_files():
        for node in ast.walk(tree_of(path)):
            if isinstance(node, kinds):
                yield path.relative_to(ROOT), node


def test_layers_hold() -> None:
    code = "from importlinter.cli import lint_imports_command as run; run()"
    found = subprocess.run(
        [sys.executable, "-c", code, "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        check=False,
        text=True,
    )
    assert found.returncode == 0, found.stdout + found.stderr


def test_packaging_is_no_package() -> None:
    # It would shadow the library of that name, which pip and pytest import.
    assert not list((ROOT / "packaging").rglob("__init__.py"))


def test_nothing_runs_a_nested_event_loop() -> None:
    found = [
        f"{path}:{node.lineno}: .{node.func.attr}(): {FORBIDDEN_CALLS[node.func.attr]}"
        for path, node in each_node(ast.Call)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in FORBIDDEN_CALLS
    ]
    assert not found


def test_no_thread_is_terminated() -> None:
    # A terminated thread keeps its locks. Processes may be: the embedded node is one.
    found = [
        f"{path}:{node.lineno}"
        for path, node in each_node(ast.Call)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "terminate"
        and path != Path("app/chain/node_keeper.py")
    ]
    assert not found


def test_bugs_are_caught_by_the_one_handler_only() -> None:
    found = [
        f"{path}:{node.lineno}"
        for path, node in each_node(ast.ExceptHandler)
        if isinstance(node, ast.ExceptHandler)
        and path != Path("app/diagnostics.py")
        and (node.type is None or "Exception" in _names(node.type))
    ]
    assert not found, "name what may go wrong; a bug rises"


def _names(expression: ast.expr) -> set[str]:
    return {node.id for node in ast.walk(expression) if isinstance(node, ast.Name)}


def test_files_are_short() -> None:
    found = {
        str(path.relative_to(ROOT)): length
        for path in python_files()
        if (length := len(path.read_text("utf-8").splitlines())) > LONGEST_FILE
    }
    assert not found


def test_functions_are_short() -> None:
    found = {
        f"{path}:{node.lineno} {node.name}": node.end_lineno - node.lineno + 1
        for path, node in each_node(ast.FunctionDef, ast.AsyncFunctionDef)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION
    }
    assert not found


def test_no_state_at_module_level() -> None:
    found = [f"{path}:{node.lineno}: global" for path, node in _globals()]
    for path in python_files():
        for node in tree_of(path).body:
            found += [
                f"{path.relative_to(ROOT)}:{node.lineno}: {name}"
                for name in _assigned(node)
                if not name.strip("_").isupper() and name != "__all__" and _may_change(node)
            ]
    assert not found


def _globals() -> Iterator[tuple[Path, ast.Global]]:
    for path, node in each_node(ast.Global):
        if isinstance(node, ast.Global):
            yield path, node


def _assigned(node: ast.stmt) -> list[str]:
    targets = node.targets if isinstance(node, ast.Assign) else []
    if isinstance(node, ast.AnnAssign):
        targets = [node.target]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _may_change(node: ast.stmt) -> bool:
    value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
    literals = (ast.Dict, ast.List, ast.Set, ast.DictComp, ast.ListComp, ast.SetComp)
    makers = {"dict", "list", "set", "defaultdict", "deque", "Lock", "Event"}
    if isinstance(value, ast.Call):
        return bool(_names(value.func) & makers)
    return isinstance(value, literals)


def test_every_package_says_what_it_is_for() -> None:
    found = [
        str(path.relative_to(ROOT))
        for path in python_files()
        if path.name == "__init__.py" and not ast.get_docstring(tree_of(path))
    ]
    assert not found


def test_the_tour_names_every_package() -> None:
    tour = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    rooms = [
        path.relative_to(ROOT)
        for folder in ("app", "offline_cache", "contracts", "resources", "benchmarks")
        for path in (ROOT / folder, *(ROOT / folder).iterdir())
        if (path / "__init__.py").is_file() and (folder == "app" or path.parent == ROOT)
    ]
    assert len(rooms) > len(PROGRAM)
    assert [str(room) for room in rooms if f"`{room}" not in tour] == []
    assert len(tour.splitlines()) <= LONGEST_TOUR


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_python_locks_name_no_host_and_pin_every_hash(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    pins = [line for line in text.splitlines() if "==" in line and not line.startswith((" ", "#"))]
    assert "http" not in text.replace("aiohttp", "").replace("httpx", "").replace("httpcore", "")
    assert "--index-url" not in text
    assert len(pins) > 20
    assert text.count("--hash=sha256:") >= len(pins)


def test_node_locks_name_no_host() -> None:
    lock = json.loads((ROOT / "contracts" / "package-lock.json").read_text("utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    assert [name for name, entry in packages.items() if "integrity" not in entry] == []


def test_no_file_names_a_folder_of_one_machine() -> None:
    found = []
    for path in tracked():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}: {name}" for name in FOREIGN_PATHS if name in text]
    assert not found


@pytest.mark.parametrize("module", ["app.bootstrap", "app.cli"])
def test_starting_loads_nothing_heavy(module: str) -> None:
    code = f"import sys, {module}; print(*sorted(set(sys.argv[1:]) & set(sys.modules)))"
    found = subprocess.run(
        [sys.executable, "-c", code, *HEAVY], cwd=ROOT, capture_output=True, check=True, text=True
    )
    assert found.stdout.split() == []
