"""Finds scenario files and reads them together with the parents that they extend."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import NoReturn

from sim.base.data import data_folder
from sim.base.errors import ScenarioError
from sim.base.hints import offer
from sim.base.tables import Unreadable, whole_file
from sim.scenario.explain import checked_file
from sim.scenario.nodes import Node, Problems, closest, short
from sim.scenario.plain import read_mapping
from sim.scenario.prior_tables import table_path, within
from sim.scenario.read_yaml import MOST_BYTES, decode, hidden_letter, is_whole_text, read_text

SUFFIXES = (".yaml", ".yml")


def builtin_folder() -> Path:
    """Where the built-in scenarios are."""
    return data_folder("scenarios")


def builtin_scenarios() -> dict[str, Path]:
    """Name -> file of every built-in scenario, by name."""
    return {path.stem: path for path in sorted(builtin_folder().glob("*.yaml"))}


@dataclass(frozen=True)
class Source:
    """A scenario's text and where it came from."""

    label: str
    """What errors call the file."""
    folder: Path
    """Where its parents and tables are."""
    content: str | Mapping[str, object]
    """The text of a file, or the scenario as plain data."""
    path: Path | None = None
    """``None`` for what is in no file."""

    @property
    def builtin(self) -> bool:
        """Whether it is one of the built-in scenarios."""
        return self.path is not None and self.folder.resolve() == builtin_folder().resolve()

    def tree(self, problems: Problems) -> Node:
        """The content as a tree that knows where each part was written.

        :raises ScenarioError: text that is not YAML or not a mapping.
        """
        if isinstance(self.content, str):
            return read_text(self.content, self.label, problems)
        return read_mapping(self.content, self.label, problems)


def open_source(source: str | Path) -> Source:
    """The source that a user named: a built-in name, or a path.

    :raises ScenarioError: nothing of that name, a folder, or a file that cannot be read.
    """
    builtin = builtin_scenarios()
    if isinstance(source, str) and source in builtin:
        return _open(builtin[source], f"{source}.yaml")
    path = Path(source)
    try:
        there = source != "" and path.exists()
    except (OSError, ValueError):
        there = False
    if not there:
        raise ScenarioError([_not_found(str(source), path, builtin)])
    return _open(path, str(source))


def _not_found(name: str, path: Path, builtin: dict[str, Path]) -> str:
    near = closest(path.stem if path.suffix in SUFFIXES else name, builtin)
    try:
        if path.suffix not in SUFFIXES and path.with_name(path.name + ".yaml").is_file():
            near = str(path) + ".yaml"
    except (OSError, ValueError):
        pass
    return f"{name[:200]!r}: no such file or built-in scenario{offer(list(builtin) or 'a path', near)}"


def _open(path: Path, label: str) -> Source:
    if not is_whole_text(label):
        raise ScenarioError([f"{label!r}: a name that is not UTF-8; allowed: a file with another name"])
    if "\n" in label or hidden_letter(label) is not None:
        raise ScenarioError(
            [f"{label!r}: a name with a control character; allowed: a file with another name"]
        )
    try:
        data = whole_file(path, "a YAML file", MOST_BYTES)
    except Unreadable as error:
        raise ScenarioError([f"{label}: {error}"]) from None
    return Source(label, path.parent, decode(data, label), path)


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
            source = _parent(tree, seen)
        except ScenarioError as error:
            raise ScenarioError(problems.sorted() + error.problems) from None
        own = tree.with_value({k: node for k, node in tree.items() if k not in _OF_FILES})
        layers.insert(0, Layer(read, own, tree.get("about"), tree.get("takes"), tree.text("choice")))
    return layers


def needed_files(source: str | Path) -> list[Path]:
    """The files that a scenario needs besides the built-in ones: itself, its parents, and their tables.

    :raises ScenarioError: a scenario that cannot be read, or a parent that is not there.
    """
    found: list[Path] = []
    seen: list[Source] = []
    below: Source | None = open_source(source)
    while below is not None and below.path is not None and not below.builtin:
        seen.append(below)
        tree = below.tree(Problems())
        found += [below.path, *_own_tables(tree, below)]
        below = _parent(tree, seen)
    return found


def _own_tables(tree: Node, source: Source) -> list[Path]:
    """Tables that a file names and that lie in its folder or below."""
    found = []
    parameters = tree.get("parameters")
    for _, parameter in parameters.items() if parameters is not None else ():
        prior = parameter.get("prior")
        table = prior.get("table") if prior is not None else None
        file = table.text("file") if table is not None else None
        own = within(source.folder, file) if file is not None else None
        if own is not None and own.is_file():
            found.append(own)
    return found


_SWEEP = re.compile(r"\A(?:[ \t]*(?:#.*)?\n)*sweep[ \t]*:")
"""How a sweep file begins (``studies/designs/sweep_file.py``)."""
_HEAD = re.compile(r"^(?:title|question|choice|extends):.*\n(?:(?:[ \t].*)?\n)*", re.MULTILINE)


def _head(text: str) -> str:
    """What a built-in file says of itself and of its parent, so that not all of it need be read."""
    return "".join(_HEAD.findall(text))


def titles() -> list[tuple[str, str, str]]:
    """Name, title and question of every built-in scenario; what a file does not say is its parent's."""
    rows = []
    for name in builtin_scenarios():
        found: dict[str, str] = {}
        seen: list[Source] = []
        source: Source | None = open_source(name)
        while source is not None and not {"title", "question"} <= found.keys():
            seen.append(source)
            tree = replace(source, content=_head(str(source.content))).tree(Problems())
            found = {key: node.value for key, node in tree.items() if isinstance(node.value, str)} | found
            source = _parent(tree, seen)
        rows.append((name, found.get("title", ""), found.get("question", "")))
    return rows


def choices() -> dict[str, str]:
    """Name -> what it decides, of every built-in structural variant, by name."""
    found: dict[str, str] = {}
    for name in builtin_scenarios():
        source = open_source(name)
        head = replace(source, content=_head(str(source.content))).tree(Problems())
        if choice := head.text("choice"):
            found[name] = choice
    return found


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


def _parent(tree: Node, seen: list[Source]) -> Source | None:
    """The file that a file extends.

    :raises ScenarioError: it is not there, not allowed, or has been extended already.
    """
    at = tree.get("extends")
    if at is None or at.text() is None:
        return None
    name, child = str(at.value), seen[-1]
    builtin = builtin_scenarios()
    allowed = "a built-in name, or a path in the same folder or below"
    if name.endswith(SUFFIXES) or "/" in name:
        path = within(child.folder, name)
        here = sorted(p.name for p in child.folder.glob("*.y*ml") if p != child.path)
        near = closest(name, [*here, *builtin])
        if path is None:
            _refuse(at, f"{short(name)} leads out of the folder", allowed)
        if not path.is_file():
            _refuse(at, f"no file {short(name)}", allowed, near)
        label = str(Path(child.label).parent / name) if child.path is not None else name
    else:
        here = sorted(p.name for p in child.folder.glob("*.y*ml") if p.stem == name)
        if name not in builtin:
            near = here[0] if here else closest(name, builtin)
            _refuse(at, f"no built-in scenario {short(name)}", list(builtin) or "a path", near)
        path, label = builtin[name], f"{name}.yaml"
    resolved = path.resolve()
    labels = [source.label for source in seen]
    if any(source.path is not None and source.path.resolve() == resolved for source in seen):
        _refuse(
            at, f"extends itself: {' -> '.join([*labels, label])}", "parents that do not come round again"
        )
    return _open(path, f"built-in {label}" if label in labels else label)


def _refuse(at: Node, problem: str, allowed: str | list[str], near: str | None = None) -> NoReturn:
    refused = Problems()
    refused.add(at, problem, allowed=allowed, near=near)
    raise ScenarioError(refused.sorted())


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
