"""Imports point one way: the folders stand in the order of the story, and each imports only from those before it."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Set
from functools import cache
from pathlib import Path

import pytest

from sim.base.compiled import SOURCES

FOLDERS = (
    "base", "facts", "scenario", "model", "engines", "estimates", "results", "studies", "history", "report", "pages",
    "api", "commands", "cli",
)  # fmt: skip
"""Facts and scenario → model → engines → estimates → results → studies, history → report, pages → commands."""

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "sim").rglob("*.py"))


def name_of(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = {name_of(file): file for file in MODULES}


def place_of(module: str) -> int | None:
    """The place of a module's folder in the story; None for the package itself."""
    parts = module.split(".")
    return FOLDERS.index(parts[1]) if len(parts) > 1 and parts[0] == "sim" and parts[1] in FOLDERS else None


@cache
def imported(file: Path) -> frozenset[str]:
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
            full = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in NAMES else node.module for name in full}
    return frozenset(found & NAMES.keys())


def circle(graph: Mapping[str, Set[str]]) -> list[str]:
    """Some modules that import one another in a circle; empty if there are none."""
    done: set[str] = set()

    def visit(name: str, way: list[str]) -> list[str]:
        if name in way:
            return [*way[way.index(name) :], name]
        if name not in done:
            for other in sorted(graph[name]):
                if found := visit(other, [*way, name]):
                    return found
            done.add(name)
        return []

    return next((found for name in sorted(graph) if (found := visit(name, []))), [])


def test_every_module_has_its_place() -> None:
    assert [name for name in NAMES if name != "sim" and place_of(name) is None] == []


@pytest.mark.parametrize("name", NAMES)
def test_imports_point_down(name: str) -> None:
    others = imported(NAMES[name]) - {"sim"}
    own = place_of(name)
    if own is None:  # the package itself holds the version and nothing else
        assert others == set()
        return
    assert {other for other in others if (place_of(other) or 0) > own} == set()


def test_nothing_imports_in_a_circle() -> None:
    assert circle({name: imported(file) - {name} for name, file in NAMES.items()}) == []


def test_draws_import_nothing_of_the_model() -> None:
    assert imported(NAMES["sim.model.draws"]) == {"sim.base.compiled"}


def test_each_engine_stands_alone() -> None:
    for name in NAMES:
        own = name.split(".")[:3]
        if own[:2] == ["sim", "engines"] and len(own) > 2 and own[2] != "paths":
            engines = {other for other in imported(NAMES[name]) if other.startswith("sim.engines.")}
            assert {other for other in engines if other.split(".")[:3] != own} <= {"sim.engines.paths"}, name


def test_the_digest_of_compiled_code_covers_what_is_built_into_it() -> None:
    """Compiled files, and whatever of the model they read constants from."""
    listed = {name_of(file) for file in SOURCES}
    reach = {"sim.engines.montecarlo.trajectory"}
    while more := {o for n in reach for o in imported(NAMES[n])} - reach:
        reach |= more
    assert reach <= listed
    compiling = {name for name, file in NAMES.items() if "sim.base.compiled" in imported(file)}
    assert compiling <= listed


def test_a_wrong_import_is_found(tmp_path: Path) -> None:
    file = tmp_path / "draws.py"
    file.write_text("from sim.estimates.tally import Tally\n")
    assert imported(file) == {"sim.estimates.tally"}
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == ["b", "c", "b"]
