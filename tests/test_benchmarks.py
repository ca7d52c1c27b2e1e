"""Benchmarks are run by hand: that what they import is there, in functions too, is seen here."""

import ast
import importlib
from importlib.util import find_spec
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
FILES = sorted(BENCHMARKS.glob("*.py"))


def names_of(file: Path) -> set[str]:
    """Returns the names that a file defines or imports at its top."""
    names: set[str] = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {
                n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)
            }
    return names


def missing(node: ast.Import | ast.ImportFrom) -> list[str]:
    """Returns what is imported and is not there: modules, and names of ours."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names if not is_there(alias.name.split(".")[0])]
    module, names = str(node.module), [alias.name for alias in node.names]
    if module.split(".")[0] == "mienet":
        found = importlib.import_module(module)
        folders = map(Path, getattr(found, "__path__", []))
        files = {file.stem for folder in folders for file in folder.iterdir()}
        return [
            f"{module}.{name}" for name in names if name not in files and not hasattr(found, name)
        ]
    if not is_there(module.split(".")[0]):
        return [module]
    beside = BENCHMARKS / f"{module}.py"
    return [name for name in names if beside in FILES and name not in names_of(beside)]


def is_there(module: str) -> bool:
    return BENCHMARKS / f"{module}.py" in FILES or find_spec(module) is not None


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_a_benchmark_imports_is_there(file: Path) -> None:
    nodes = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    imports = [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]
    assert [name for node in imports for name in missing(node)] == []
