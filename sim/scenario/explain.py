"""Reads trees into the types of ``schema.py``, and tells each fault at the line where its value was written."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import ValidationError

from sim.scenario.fields import Reading
from sim.scenario.nodes import BROKEN, Node, Problems, path_text
from sim.scenario.part import Part
from sim.scenario.schema import File, ScenarioContent

P = TypeVar("P", bound=Part)


def checked_file(tree: Node, problems: Problems) -> Node:
    """One file's tree, with every part that is not as the types say noted and marked as broken.

    What is missing may be in a parent, and is no fault yet. The names of what is broken stay: whoever uses them
    has made no mistake.
    """
    try:
        File.model_validate(tree.plain(), context=Reading())
    except ValidationError as error:
        return _pruned(tree, _told(error, tree, problems))
    return tree


def typed(resolved: Node, reading: Reading, problems: Problems) -> ScenarioContent | None:
    """The scenario that a resolved tree holds; ``None`` if it holds none, of which the reasons are noted.

    :param reading: what the scenario defines; it learns which parameters are used.
    """
    return typed_as(ScenarioContent, resolved, reading, problems)


def typed_as(kind: type[P], tree: Node, reading: Reading, problems: Problems) -> P | None:
    """The part of a type that a tree holds; ``None`` if it holds none, of which the reasons are noted."""
    try:
        return kind.model_validate(tree.plain(), context=reading)
    except ValidationError as error:
        _told(error, tree, problems)
        return None


def _told(error: ValidationError, tree: Node, problems: Problems) -> set[Node]:
    """Notes every fault that is not the consequence of another one; returns the nodes that are broken."""
    broken: set[Node] = set()
    for one in error.errors(include_url=False, include_input=False):
        way = _way(tree, one["loc"])
        # keys that are missing are told by the part that misses them
        if one["type"] == "missing" or any(node.value is BROKEN or node in broken for node in way):
            continue
        told = one.get("ctx", {"problem": one["msg"], "allowed": None, "near": None})
        broken |= _tell(told, way, problems, _cause(tree, told, problems))
    return broken


def _cause(tree: Node, told: dict[str, Any], problems: Problems) -> Node | None:
    """The value of the parameter that makes a number wrong: of several, the one in the nearest file."""
    section = tree.get("parameters")
    given = [section.get(name) for name in told.get("through", ())] if section is not None else []
    values = [node.get("value") or node for node in given if node is not None]
    cause: Node | None = None
    for value in values:
        if cause is None or problems.nearer(value.file, cause.file):
            cause = value
    return cause


def _tell(told: dict[str, Any], way: list[Node], problems: Problems, cause: Node | None) -> set[Node]:
    node = way[-1]
    if node.value is None:
        absent = f"a value (or no {path_text(node.path[-1:]) or 'key'} at all)"
        problems.add(node, "nothing is given", allowed=absent)
        return {node}
    problem = told["problem"]
    if "first" in told:
        first = way[-2].parts()[told["first"]]
        where = path_text(first.path) if first.line is None else f"on line {first.line}"
        problem += f", first given {where}"
    problems.add(
        node, problem, allowed=told["allowed"], near=told["near"], kind=told.get("kind"), cause=cause
    )
    return {node} if told.get("breaks", True) else set()


def _way(tree: Node, location: tuple[str | int, ...]) -> list[Node]:
    """The nodes from the top to an error's location, whose names of choices among types are in no tree."""
    way = [tree]
    for part in location:
        value = way[-1].value
        if isinstance(value, dict) and part in value:
            way.append(value[str(part)])
        elif isinstance(value, list) and isinstance(part, int):
            way.append(value[part])
    return way


def _pruned(node: Node, broken: set[Node]) -> Node:
    if node in broken:
        return node.with_value(BROKEN)
    if isinstance(node.value, dict):
        return node.with_value({key: _pruned(child, broken) for key, child in node.value.items()})
    if isinstance(node.value, list):
        return node.with_value([_pruned(child, broken) for child in node.value])
    return node
