"""Shapes made of shapes: mappings and lists."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field

from sim.scenario.nodes import BROKEN, Node, closest, short
from sim.scenario.shapes import NAME, Json, Shape, Walk, check


@dataclass(frozen=True)
class Record:
    """A mapping with known keys, and perhaps further ones of one shape."""

    fields: Mapping[str, Shape]
    required: tuple[str, ...] = ()
    extra: Shape | None = None
    extra_name: str = ""
    one_of: tuple[str, ...] = ()
    """Exactly one of these keys must be given."""
    title: str = ""
    """Name of the definition in the JSON Schema, if it is used more than once."""
    hints: Mapping[str, str] = field(default_factory=dict)
    """Required key -> what may stand there, for who has left it out."""

    def check(self, node: Node, walk: Walk) -> None:
        """See :class:`Shape`."""
        if not isinstance(node.value, dict):
            walk.reject(node, f"{short(node)} is not a mapping", f"the keys {', '.join(self._keys())}")
            return
        for key, child in node.items():
            shape = self.fields.get(key, self.extra)
            if shape is None or (key not in self.fields and not re.match(NAME, key)):
                walk.reject(
                    child, f"unknown key {short(key)}", ", ".join(self._keys()), closest(key, self.fields)
                )
            else:
                check(shape, child, walk)
        self._one_of(node, walk)
        if walk.complete:
            for key in self.required:
                if key not in node.value:
                    walk.problems.add(node, f"missing key {key!r}", allowed=self.hints.get(key), kind=key)

    def _one_of(self, node: Node, walk: Walk) -> None:
        assert isinstance(node.value, dict)
        given = [key for key in self.one_of if key in node.value]
        if len(given) > 1:
            walk.reject(node, f"{' and '.join(given)} together", f"only one of {', '.join(self.one_of)}")
        if walk.complete and self.one_of and not given:
            walk.problems.add(node, "nothing given", allowed=f"one of {', '.join(self.one_of)}")

    def _keys(self) -> list[str]:
        return [*self.fields, *([self.extra_name] if self.extra else [])]

    def json(self, defs: dict[str, Json]) -> Json:
        """See :class:`Shape`."""
        if not self.title:
            return self._json(defs)
        if self.title not in defs:
            defs[self.title] = {}
            defs[self.title] = self._json(defs)
        return {"$ref": f"#/$defs/{self.title}"}

    def _json(self, defs: dict[str, Json]) -> Json:
        out: Json = {
            "type": "object",
            "properties": {key: shape.json(defs) for key, shape in self.fields.items()},
            "additionalProperties": self.extra.json(defs) if self.extra else False,
        }
        if len(self.one_of) > 1:
            out["allOf"] = [
                {"not": {"required": [a, b]}} for i, a in enumerate(self.one_of) for b in self.one_of[i + 1 :]
            ]
        return out


@dataclass(frozen=True)
class MapOf:
    """A mapping from names that the author chooses."""

    value: Shape
    what: str
    shares: bool = False
    """Whether its numbers must add up to 1."""

    def check(self, node: Node, walk: Walk) -> None:
        """See :class:`Shape`."""
        if not isinstance(node.value, dict):
            walk.reject(node, f"{short(node)} is not a mapping", f"{self.what} with a value each")
            return
        if self.shares and not node.value:
            walk.reject(node, "nothing given", f"{self.what} with a share each")
        for key, child in node.items():
            if re.match(NAME, key):
                check(self.value, child, walk)
            else:
                walk.reject(child, f"{short(key)} is not a name", "letters, digits, _ and -, a letter first")
        if self.shares and not any(child in walk.bad for _, child in node.items()):
            walk.shares.append((node, [child for _, child in node.items()]))

    def json(self, defs: dict[str, Json]) -> Json:
        """See :class:`Shape`."""
        return {
            "type": "object",
            "propertyNames": {"pattern": NAME},
            "additionalProperties": self.value.json(defs),
            **({"minProperties": 1} if self.shares else {}),
        }


@dataclass(frozen=True)
class ListOf:
    """A list, no two items of which have the same key."""

    item: Shape
    what: str
    least: int = 0
    key: Callable[[Node], Hashable] = lambda node: None
    """What makes an item; items of which it is ``None`` may repeat."""

    def check(self, node: Node, walk: Walk) -> None:
        """See :class:`Shape`."""
        if not isinstance(node.value, list):
            walk.reject(node, f"{short(node)} is not a list", f"a list of {self.what}")
            return
        if len(node.value) < self.least:
            walk.reject(node, "an empty list", f"a list of {self.what}")
        seen: dict[Hashable, Node] = {}
        for item in node.value:
            check(self.item, item, walk)
            key = None if item in walk.bad else self.key(item)
            if key is not None and key in seen:
                first = f"first given on line {seen[key].line}"
                said = short(item) if not isinstance(item.value, dict) else _key_text(key)
                walk.reject(item, f"repeated: {said}, {first}", f"each of the {self.what} once")
            elif key is not None:
                seen[key] = item

    def json(self, defs: dict[str, Json]) -> Json:
        """See :class:`Shape`."""
        out: Json = {"type": "array", "items": self.item.json(defs)}
        return {**out, "minItems": self.least} if self.least else out


def _key_text(key: Hashable) -> str:
    return " to ".join(map(str, key)) if isinstance(key, tuple) else str(key)


@dataclass(frozen=True)
class ByType:
    """One shape for a plain value, another for a mapping, another for a list."""

    scalar: Shape | None = None
    mapping: Shape | None = None
    list: Shape | None = None

    def check(self, node: Node, walk: Walk) -> None:
        """See :class:`Shape`."""
        kind = (
            "mapping"
            if isinstance(node.value, dict)
            else "list"
            if isinstance(node.value, list)
            else "scalar"
        )
        shape: Shape | None = getattr(self, kind)
        if shape is None and kind == "scalar":
            shape = self.mapping or self.list
        if shape is None:
            shape = self.scalar or self.mapping or self.list
        assert shape is not None
        check(shape, node, walk)

    def json(self, defs: dict[str, Json]) -> Json:
        """See :class:`Shape`."""
        return {"anyOf": [s.json(defs) for s in (self.scalar, self.mapping, self.list) if s is not None]}


def prune(node: Node, bad: set[Node]) -> Node:
    """The tree with every bad node marked as broken, so that later checks see only sound parts.

    The names of what is broken stay: whoever uses them has made no mistake.
    """
    if node in bad:
        return node.with_value(BROKEN)
    if isinstance(node.value, dict):
        return node.with_value({key: prune(child, bad) for key, child in node.value.items()})
    if isinstance(node.value, list):
        return node.with_value([prune(child, bad) for child in node.value])
    return node
