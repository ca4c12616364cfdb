"""Finds scenario files, what they say of themselves, and the parents that they extend.

Nothing is checked here, so that a list of scenarios costs no more than their first lines.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

from sim.base.data import data_folder
from sim.base.errors import ScenarioError
from sim.base.hints import offer
from sim.base.tables import Unreadable, whole_file, within
from sim.scenario.nodes import Node, Problems, closest, short
from sim.scenario.plain import read_mapping
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
            source = parent_of(tree, seen)
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


def parent_of(tree: Node, seen: list[Source]) -> Source | None:
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
