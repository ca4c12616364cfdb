"""Imports point one way: a module may import from its own layer or from those below it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

LAYERS: tuple[tuple[str, ...], ...] = (
    ("sim.errors", "sim.defaults", "sim.words", "sim.reference"),
    ("sim.compiled",),
    ("sim.draws",),
    ("sim.rules", "sim.facts"),
    ("sim.scenario",),
    ("sim.model",),
    ("sim.slots", "sim.worlds", "sim.compiler", "sim.paths"),
    ("sim.engines",),
    ("sim.commonest", "sim.intervals", "sim.story"),
    ("sim.estimate", "sim.results"),
    ("sim.report", "sim.study", "sim.history"),
    ("sim.commands",),
    ("sim.cli",),
)
"""From the bottom up."""

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "sim").rglob("*.py"))


def name_of(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def layer_of(module: str) -> int | None:
    for rank, names in enumerate(LAYERS):
        if any(module == name or module.startswith(name + ".") for name in names):
            return rank
    return None


def imported(file: Path) -> set[str]:
    """Modules of the package that a file imports, but for those that only types need."""
    tree = ast.parse(file.read_text("utf-8"))
    only_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for inner in ast.walk(node)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in only_types:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in found if layer_of(name) is not None}


def test_every_module_has_a_layer() -> None:
    assert [m for m in map(name_of, MODULES) if m != "sim" and layer_of(m) is None] == []


@pytest.mark.parametrize("file", MODULES, ids=name_of)
def test_imports_point_down(file: Path) -> None:
    own = layer_of(name_of(file))
    if own is None:  # the package itself offers the verbs lazily
        assert imported(file) == set()
        return
    assert {name for name in imported(file) if (layer_of(name) or 0) > own} == set()


def test_draws_import_nothing_of_the_model() -> None:
    assert imported(ROOT / "sim" / "draws.py") == {
        "sim.compiled",
        "sim.compiled.compiled",
        "sim.compiled.inlined",
    }


def test_the_replay_imports_nothing_of_the_compiled_engine() -> None:
    other = {"sim.engines.montecarlo", "sim.engines.kernel", "sim.engines.packed"}
    for file in (ROOT / "sim" / "engines").glob("replay*.py"):
        assert imported(file) & other == set()


def test_a_wrong_import_is_found(tmp_path: Path) -> None:
    file = tmp_path / "draws.py"
    file.write_text("from sim.estimate import Tally\n")
    assert "sim.estimate" in imported(file)
