"""Reads a scenario's file together with the parents that it extends, each checked by itself."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from sim.base.errors import ScenarioError
from sim.base.tables import within
from sim.scenario.explain import checked_file
from sim.scenario.nodes import Node, Problems, short
from sim.scenario.prior_tables import table_path
from sim.scenario.read_yaml import read_text
from sim.scenario.sources import Source, builtin_folder, parent_of

_SWEEP = re.compile(r"\A(?:[ \t]*(?:#.*)?\n)*sweep[ \t]*:")
"""How a sweep file begins (``studies/designs/sweep_file.py``)."""
_OF_FILES = ("extends", "about", "takes", "choice")
"""Keys that say something of a file, and nothing of the scenario."""


@dataclass(frozen=True)
class Layer:
    """One file of a scenario."""

    source: Source
    tree: Node
    """Without ``extends``, ``about``, ``takes`` and ``choice``."""
    about: Node | None = None
    """Whom it is about besides its candidate."""
    takes: Node | None = None
    """Which chains of its parent it takes; all that the parent has if it does not say."""
    choice: str | None = None
    """Of a structural variant: what it decides."""


def read_layers(root: Source, problems: Problems) -> list[Layer]:
    """A scenario and everything that it extends, the most distant parent first.

    Each file has been checked against the grammar; what is wrong is noted, and marked in the trees.

    :raises ScenarioError: a file that cannot be read at all, a parent that is not there, or a circle.
    """
    layers: list[Layer] = []
    seen: list[Source] = []
    source: Source | None = root
    while source is not None:
        seen.append(source)
        problems.order(source.label, source.builtin and source is not root)
        if source is root and isinstance(source.content, str) and _SWEEP.search(source.content):
            said = "a sweep file, not a scenario"
            raise ScenarioError([f"{source.label}:1: {said}; allowed: accession sweep {source.label}"])
        try:
            tree, read = _read(source, root, problems), source
            if (at := tree.get("extends")) is not None and at.text() is None:
                raise ScenarioError([])  # told; what is missing would follow from it
            source = parent_of(tree, seen)
        except ScenarioError as error:
            raise ScenarioError(problems.sorted() + error.problems) from None
        own = tree.with_value({k: node for k, node in tree.items() if k not in _OF_FILES})
        layers.insert(0, Layer(read, own, tree.get("about"), tree.get("takes"), tree.text("choice")))
    return layers


def _read(source: Source, root: Source, problems: Problems) -> Node:
    tree = (
        _sound(source.content, source.label) if source.builtin and isinstance(source.content, str) else None
    )
    if tree is None:
        tree = checked_file(source.tree(problems), problems)
    return _place_tables(tree, source, root, problems)


@lru_cache(maxsize=32)
def _sound(text: str, label: str) -> Node | None:
    """The checked tree of a file, kept, since many have one parent; ``None`` if something is wrong with it."""
    problems = Problems()
    tree = checked_file(read_text(text, label, problems), problems)
    return None if problems else tree


def _place_tables(tree: Node, source: Source, root: Source, problems: Problems) -> Node:
    """Makes the tables that a file names relative to the folder of the scenario that is being loaded."""

    def placed(table: Node) -> Node:
        at = table.get("file")
        file = at.text() if at is not None else None
        if at is None or file is None:
            return table
        own = within(source.folder, file)
        if own is None or not own.is_file():
            return table
        builtin = table_path(file, builtin_folder(), builtin_folder())
        if builtin is not None:
            problems.add(
                at, f"a built-in table is called {short(file)} too", allowed="another name for this one"
            )
        inside = own.relative_to(root.folder.resolve()) if own.is_relative_to(root.folder.resolve()) else None
        return table if inside is None else _changed(table, "file", at.with_value(inside.as_posix()))

    parameters = tree.get("parameters")
    if parameters is None or source.builtin:
        return tree
    for name, parameter in parameters.items():
        prior = parameter.get("prior")
        table = prior.get("table") if prior is not None else None
        if prior is not None and table is not None:
            new = _changed(parameter, "prior", _changed(prior, "table", placed(table)))
            parameters = _changed(parameters, name, new)
    return _changed(tree, "parameters", parameters)


def _changed(node: Node, key: str, child: Node) -> Node:
    return replace(node, value={**dict(node.items()), key: child})
