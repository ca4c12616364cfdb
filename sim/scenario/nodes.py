"""A scenario file as a tree that remembers where each part was written.

Every check and every merge works on :class:`Node`, so that an error can name the file, the line and the
path at which the author finds the mistake, whatever was merged into what since.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from typing import Any

from sim.base.errors import ScenarioError
from sim.base.hints import near_name, offer


class Broken(Enum):
    """What stands for a value that could not be read and has been reported."""

    BROKEN = "broken"


BROKEN = Broken.BROKEN
closest = near_name
Scalar = str | int | float | bool | date | None | Broken
Path = tuple[str | int, ...]

MOST_SHOWN = 20
"""Problems listed before the rest are only counted."""


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A value and where it was written. Two nodes are equal only if they are the same one."""

    value: dict[str, Node] | list[Node] | Scalar
    file: str
    line: int | None
    """From 1; ``None`` for what the command line gave."""
    path: Path = ()
    """As written in its own file, for example ``("voters", "everyone", "stance")``."""
    was: Node | None = None
    """What this value replaced when it was merged over a parent."""

    def get(self, key: str) -> Node | None:
        """The node under a key, ``None`` if there is none or this is not a mapping."""
        return self.value.get(key) if isinstance(self.value, dict) else None

    def items(self) -> Iterator[tuple[str, Node]]:
        """Key and node of a mapping; nothing for anything else."""
        if isinstance(self.value, dict):
            yield from self.value.items()

    def parts(self) -> list[Node]:
        """Items of a list; empty for anything else."""
        return self.value if isinstance(self.value, list) else []

    def text(self, key: str | None = None) -> str | None:
        """The value (or that under ``key``) if it is a string."""
        node = self if key is None else self.get(key)
        return node.value if node is not None and isinstance(node.value, str) else None

    def day(self, key: str) -> date | None:
        """The value under ``key`` if it is a date."""
        node = self.get(key)
        return node.value if node is not None and isinstance(node.value, date) else None

    def with_value(self, value: dict[str, Node] | list[Node] | Scalar) -> Node:
        """The same place with another value."""
        return replace(self, value=value)

    def plain(self) -> Any:
        """The value without its places: dict, list, str, int, float, bool, date, None."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def texts(self) -> list[str]:
        """The strings of a list, or the string alone: both ways of naming states."""
        if isinstance(self.value, str):
            return [self.value]
        return [node.value for node in self.parts() if isinstance(node.value, str)]


def is_number(value: object) -> bool:
    """Whether a value is a number; true and false are not."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def path_text(path: Path) -> str:
    """``chains.north.moves[1].rate``; moves count from 0."""
    out = ""
    for part in path:
        name = str(part) if str(part).isprintable() else repr(part)
        out += f"[{part}]" if isinstance(part, int) else f".{name}" if out else name
    return out


def short(value: object) -> str:
    """A value as an error shows it: in quotes if text, and never long."""
    if isinstance(value, Node):
        value = value.plain()
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, date):
        return value.isoformat()
    said = repr(value) if isinstance(value, str) else str(value)
    return said if len(said) <= 60 else said[:56] + "…" + said[-1]


class Problems:
    """Collects what is wrong, so that one attempt reports all of it."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, int, str, str], str] = {}
        self._files: dict[str, int] = {}
        self._builtin: set[str] = set()

    def __bool__(self) -> bool:
        return bool(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def order(self, file: str, builtin: bool = False) -> None:
        """Announces a file: those announced first are reported first.

        :param builtin: whether it is known to be right, so that what is wrong in it follows from what a child says.
        """
        self._files.setdefault(file, len(self._files))
        if builtin:
            self._builtin.add(file)

    def nearer(self, file: str, other: str) -> bool:
        """Whether a file was announced before another one: a child before its parents."""
        return self._files.get(file, len(self._files)) < self._files.get(other, -1)

    def add(
        self,
        node: Node,
        problem: str,
        *,
        allowed: str | Iterable[str] | None = None,
        near: str | None = None,
        key: str | None = None,
        kind: str | None = None,
        cause: Node | None = None,
    ) -> None:
        """Notes a problem at a node (or at a key of it).

        :param allowed: what may stand there, in words or as names.
        :param near: the name that is probably meant.
        :param kind: problems of one kind at one place are the same problem, whatever their wording.
        :param cause: what makes the node wrong; if that stands in a nearer file, it is where the problem is told.
        """
        where = path_text(node.path if key is None else (*node.path, key))
        text = problem
        if cause is not None and cause.file != node.file and self.nearer(cause.file, node.file):
            text = f"{problem}, in {where} ({origin(node)})"
            node, where, kind = cause, path_text(cause.path), kind or "cause"
        text += offer(allowed, near)
        self.order(node.file)
        place = node.file if node.line is None else f"{node.file}:{node.line}"
        whole = f"{place}: {where}: {text}" if where else f"{place}: {text}"
        self._found.setdefault((node.file, node.line or 0, where, kind or problem), whole)

    def sorted(self) -> list[str]:
        """Every problem, file by file, by line.

        What is wrong in a built-in file follows from what is wrong in a child, and is told only if nothing else is.
        """
        found = sorted(self._found.items(), key=lambda item: (self._files[item[0][0]], item[0][1]))
        own = [text for (file, *_), text in found if file not in self._builtin]
        if own or not found:
            return own
        first = next(iter(self._files))
        if first in self._builtin:
            return [text for _, text in found]
        place = first if first.startswith("--") else f"{first}:1"
        return [f"{place}: what is changed here does not fit the parent: {text}" for _, text in found]

    def raise_if_any(self) -> None:
        """:raises ScenarioError: if anything was noted."""
        if not self._found:
            return
        texts = self.sorted()
        more = len(texts) - MOST_SHOWN
        raise ScenarioError(texts[:MOST_SHOWN] + ([f"and {more} more"] if more > 0 else []))


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a part of a scenario was written."""

    file: str
    line: int | None
    replaced: Any = None
    """What it replaced, as plain data; ``None`` if nothing."""
    replaced_at: str = ""
    """Where that was written, for example ``baseline.yaml:12``."""

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}"


def origin(node: Node) -> Origin:
    """The origin of a node."""
    if node.was is None:
        return Origin(node.file, node.line)
    return Origin(node.file, node.line, node.was.plain(), str(origin(node.was)))


def origins(node: Node, path: Path = ()) -> dict[Path, Origin]:
    """Path in the tree -> origin, for every node."""
    found: dict[Path, Origin] = {}

    def add(node: Node, path: Path) -> None:
        found[path] = origin(node)
        for key, child in node.items():
            add(child, (*path, key))
        for number, child in enumerate(node.parts()):
            add(child, (*path, number))

    add(node, path)
    return found


def build(value: Any, file: str, line: int | None, path: Path = ()) -> Node:
    """A tree of nodes for plain data that was not read from a file."""
    if isinstance(value, Mapping):
        return Node({k: build(v, file, line, (*path, k)) for k, v in value.items()}, file, line, path)
    if isinstance(value, list):
        return Node([build(v, file, line, (*path, i)) for i, v in enumerate(value)], file, line, path)
    return Node(value, file, line, path)
