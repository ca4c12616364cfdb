"""What a part of a scenario file may look like: a small grammar of shapes.

A shape does two things: it checks a node, saying exactly what is wrong with it, and it describes itself as
JSON Schema. So the error messages and the schema that editors use cannot drift apart. Names that must exist
elsewhere in the scenario (states, chains, voters, …) are not known here; ``check.py`` sees to those.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from sim.scenario.nodes import BROKEN, Node, Problems, closest, path_text, short

Json = dict[str, Any]

NAME = r"^[A-Za-z][A-Za-z0-9_-]*$"
REST = "rest"


@dataclass
class Walk:
    """One pass over a tree."""

    problems: Problems
    complete: bool
    """Whether required keys must be there: a file that extends another may leave them out."""
    bad: set[Node] = field(default_factory=set)
    """Nodes that are not what they should be; they have been reported."""
    numbers: list[tuple[Node, str]] = field(default_factory=list)
    """Every number found, and its role: factor, rate, positive, probability."""
    shares: list[tuple[Node, list[Node]]] = field(default_factory=list)
    """Every set of numbers that must add up to 1, with the node that holds them."""

    def reject(self, node: Node, problem: str, allowed: str, near: str | None = None) -> None:
        """Reports a node and marks it as bad."""
        self.bad.add(node)
        self.problems.add(node, problem, allowed=allowed, near=near)


class Shape(Protocol):
    """A part of the grammar."""

    def check(self, node: Node, walk: Walk) -> None:
        """Reports what is wrong with a node that is there."""

    def json(self, defs: dict[str, Json]) -> Json:
        """JSON Schema of this part; definitions that are used more than once go to ``defs``."""


# --- scalars -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Text:
    """Any text that is not empty (unless allowed)."""

    empty: bool = False

    def check(self, node: Node, walk: Walk) -> None:
        """See :class:`Shape`."""
        if isinstance(node.value, str):
            if not self.empty and not node.value.strip():
                walk.reject(node, "empty text", "some text")
        else:
            walk.reject(node, f"{short(node)} is not text", "text (put it in quotes)")

    def json(self, defs: dict[str, Json]) -> Json:
        """See :class:`Shape`."""
        return {"type": "string"} if self.empty else {"type": "string", "minLength": 1}


@dataclass(frozen=True)
class Name:
    """A name of something: a state, a chain, a parameter, a voter's code."""

    what: str = "a name"

    def check(self, node: Node, walk: Walk) -> None:
        """See :class:`Shape`."""
        if not isinstance(node.value, str):
            quotes = " (in quotes: YAML reads the bare word as something else)"
            hint = quotes if isinstance(node.value, bool) or node.value is None else ""
            walk.reject(node, f"{short(node)} is not {self.what}", f"{self.what}{hint}")
        elif not re.match(NAME, node.value):
            walk.reject(node, f"{short(node)} is not {self.what}", "letters, digits, _ and -, a letter first")

    def json(self, defs: dict[str, Json]) -> Json:
        """See :class:`Shape`."""
        return {"type": "string", "pattern": NAME}


@dataclass(frozen=True)
class Choice:
    """One of a few values."""

    values: tuple[str | int | bool, ...]
    instead: str = ""
    """What else could be written, in words."""

    def check(self, node: Node, walk: Walk) -> None:
        """See :class:`Shape`."""
        if not any(node.value == v and type(node.value) is type(v) for v in self.values):
            names = [short(v).strip("'") for v in self.values]
            near = closest(node.value, names) if isinstance(node.value, str) else None
            allowed = ", ".join(names) + (f"; {self.instead}" if self.instead else "")
            walk.reject(node, f"{short(node)}", allowed, near)

    def json(self, defs: dict[str, Json]) -> Json:
        """See :class:`Shape`."""
        return {"enum": list(self.values)}


@dataclass(frozen=True)
class Pattern:
    """Text of a certain form."""

    pattern: str
    allowed: str

    def check(self, node: Node, walk: Walk) -> None:
        """See :class:`Shape`."""
        if not isinstance(node.value, str) or not re.match(self.pattern, node.value):
            walk.reject(node, f"{short(node)}", self.allowed)

    def json(self, defs: dict[str, Json]) -> Json:
        """See :class:`Shape`."""
        return {"type": "string", "pattern": self.pattern}


class Day:
    """A date without quotes."""

    def check(self, node: Node, walk: Walk) -> None:
        """See :class:`Shape`."""
        if not isinstance(node.value, date):
            walk.reject(node, f"{short(node)} is not a date", "a date without quotes, such as 2027-07-07")

    def json(self, defs: dict[str, Json]) -> Json:
        """See :class:`Shape`."""
        # editors hand a YAML date to the schema as text
        return {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}


@dataclass(frozen=True)
class Literal:
    """A number written out; whole numbers only if ``whole``."""

    role: str = "factor"
    whole: bool = False

    def check(self, node: Node, walk: Walk) -> None:
        """See :class:`Shape`."""
        value = node.value
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            walk.reject(node, f"{short(node)} is not a number", _RANGE[self.role].words)
        elif self.whole and value != int(value):
            walk.reject(node, f"{short(node)} is not a whole number", "whole numbers from 0")
        else:
            check_range(node, value, self.role, walk)

    def json(self, defs: dict[str, Json]) -> Json:
        """See :class:`Shape`."""
        return {"type": "integer" if self.whole else "number", **_RANGE[self.role].json}


@dataclass(frozen=True)
class Range:
    """The numbers that a role allows."""

    words: str
    json: Json
    holds: Callable[[float], bool]


_RANGE = {
    "any": Range("a number", {}, lambda x: True),
    "factor": Range("0 or more", {"minimum": 0}, lambda x: x >= 0),
    "rate": Range("0 or more, per year", {"minimum": 0}, lambda x: x >= 0),
    "positive": Range("more than 0", {"exclusiveMinimum": 0}, lambda x: x > 0),
    "probability": Range("0 to 1", {"minimum": 0, "maximum": 1}, lambda x: 0 <= x <= 1),
}


def check_range(node: Node, value: float, role: str, walk: Walk) -> None:
    """Reports a number that its role does not allow."""
    if not _RANGE[role].holds(value):
        word = " is negative" if value < 0 else "" if role != "probability" else " is not a probability"
        walk.reject(node, f"{value:.6g}{word}", _RANGE[role].words)


@dataclass(frozen=True)
class Number:
    """A literal, the name of a parameter, or a list of these (their product); perhaps ``rest``."""

    role: str = "factor"
    rest: bool = False

    def check(self, node: Node, walk: Walk) -> None:
        """See :class:`Shape`."""
        if isinstance(node.value, list):
            if not node.value:
                walk.reject(node, "an empty list", "numbers and parameters to multiply")
            for factor in node.value:
                if isinstance(factor.value, list) or factor.value == REST:
                    walk.reject(factor, f"{short(factor)} as a factor", "a number or a parameter")
                else:
                    # each factor of a probability may be above 1; their product may not
                    self._factor(factor, walk, "factor" if self.role == "probability" else self.role)
        elif node.value == REST and not self.rest:
            walk.reject(node, "'rest' without others to be the rest of", "a number or a parameter")
        else:
            self._factor(node, walk, self.role)
        if node not in walk.bad and not any(factor in walk.bad for factor in node.parts()):
            walk.numbers.append((node, self.role))

    def _factor(self, node: Node, walk: Walk, role: str) -> None:
        value = node.value
        if value is BROKEN:
            walk.bad.add(node)
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            check_range(node, value, role, walk)
        elif not isinstance(value, str):
            walk.reject(node, f"{short(node)} is not a number", f"{_RANGE[role].words}, or a parameter")
        elif not re.match(NAME, value):
            quoted = "a number without quotes" if _looks_numeric(value) else "a number or a parameter"
            walk.reject(node, f"{short(node)} is not a number", quoted)

    def json(self, defs: dict[str, Json]) -> Json:
        """See :class:`Shape`."""
        name = f"{self.role}-or-rest" if self.rest else self.role
        if name not in defs:
            factor: list[Json] = [{"type": "number", "minimum": 0}, {"type": "string", "pattern": NAME}]
            alone: Json = {"type": "number", **_RANGE[self.role].json}
            product: Json = {"type": "array", "minItems": 1, "items": {"anyOf": factor}}
            defs[name] = {"anyOf": [alone, factor[1], product]}
        return {"$ref": f"#/$defs/{name}"}


def _looks_numeric(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def check(shape: Shape, node: Node, walk: Walk) -> None:
    """Checks a node unless it is known to be broken; an absent value is an error of its own."""
    if node.value is BROKEN:
        walk.bad.add(node)
    elif node.value is None:
        walk.reject(node, "nothing is given", f"a value (or no {path_text(node.path[-1:]) or 'key'} at all)")
    else:
        shape.check(node, walk)
