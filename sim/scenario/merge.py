"""Lays one scenario over another, and ``everyone`` under each voter.

Mappings merge by key; ladder steps by ``step``; moves by ``name``, else by from and to; events are
appended; everything else is one value and is replaced: lists (the events of a lever too), and the mappings that
only make sense whole (``prior``/``value``/``between``, ``law``, ``start``, ``to``, ``rule``, ``by``, ``lag``,
``members``).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace
from datetime import date

from sim.scenario.nodes import BROKEN, Node, is_number
from sim.scenario.schema import move_key, step_key
from sim.scenario.whose import SLOTS, claimed

Merge = Callable[[Node, Node], Node]


def merge_file(parent: Node, child: Node) -> Node:
    """The scenario that ``child`` makes of ``parent``.

    Members are those of the start: if a child changes the start alone, the allies of that day.
    """
    return _mapping(
        parent,
        _with_members(parent, child),
        {
            "parameters": _each(merge_parameter),
            "chains": _each(merge_chain),
            "voters": _each(merge_voter),
            "ladder": lambda p, c: _keyed(p, c, step_key, merge_step),
            "calendar": _each(lambda p, c: _mapping(p, c, {"then": _by_key})),
            "events": _appended,
            "levers": _each(lambda p, c: _mapping(p, c, {"values": _by_key})),
        },
    )


def _with_members(parent: Node, child: Node) -> Node:
    """The child with the allies of its own start, if the parent has those of its start and the child gives none."""
    start, members = child.get("start"), parent.get("members")
    if start is None or members is None or child.get("members") is not None or not members.get("on"):
        return child
    if not isinstance(start.value, date) or members.day("on") != parent.day("start"):
        return child
    moved = replace(members, value={**dict(members.items()), "on": start}, file=start.file, line=start.line)
    return child.with_value({**dict(child.items()), "members": moved})


def merge_parameter(parent: Node, child: Node) -> Node:
    """A number alone changes the value; ``value``, ``prior`` and ``between`` take each other's place, ``times`` scales.

    A number without a basis and a source of its own is the user's (``whose.py``).
    """
    if not isinstance(parent.value, dict):
        return _replaced(parent, child)
    if is_number(child.value):
        child = child.with_value({"value": child})
    if not isinstance(child.value, dict):
        return _replaced(parent, child)
    slot = set(SLOTS)
    kept, before = dict(parent.value), None
    if slot & child.value.keys():
        before = next((kept.pop(key) for key in list(kept) if key in slot), None)
        kept.pop("times", None)
    merged: dict[str, Node] = {}
    for key, node in child.items():
        old = before if key in slot else kept.get(key)
        merged[key] = node if old is None else _scaled(old, node) if key == "times" else _replaced(old, node)
    first = {key: merged.pop(key) for key in list(merged) if key in slot}
    return parent.with_value({**first, **kept, **merged, **claimed(parent, child)})


def _scaled(parent: Node, child: Node) -> Node:
    """A factor over a factor."""
    if not is_number(parent.value) or not is_number(child.value):
        return _replaced(parent, child)
    return _replaced(parent, child.with_value(float(str(parent.value)) * float(str(child.value))))


def merge_chain(parent: Node, child: Node) -> Node:
    """Moves one by one; ``start`` and the ``to`` of a redraw whole."""
    return _mapping(
        parent, child, {"moves": lambda p, c: _keyed(p, c, move_key, merge_move), "redrawn": _by_key}
    )  # fmt: skip


def merge_move(parent: Node, child: Node) -> Node:
    """``when`` by chain; ``scaled_by`` by chain and state."""
    return _mapping(parent, child, {"when": _by_key, "scaled_by": _each(_by_key)})


def merge_voter(parent: Node, child: Node) -> Node:
    """Chain by chain; the law of the ratification whole."""
    if not isinstance(parent.value, dict) or not isinstance(child.value, dict):
        return _replaced(parent, child)
    chains = dict.fromkeys(child.value, merge_chain)
    return _mapping(parent, child, {**chains, "ratification": _by_key})


def merge_step(parent: Node, child: Node) -> Node:
    """A step of another kind replaces the parent's."""
    if child.get("kind") is not None and child.text("kind") != parent.text("kind"):
        return _replaced(parent, child)
    return _mapping(
        parent, child, {
            "when": _by_key, "unless": _by_key, "awaits": _by_key, "needs": _by_key, "obstruction": _by_key,
        },
    )  # fmt: skip


def _replaced(parent: Node, child: Node) -> Node:
    """The child's; what is broken there has been told, and the parent's stands, so that nothing follows from it."""
    return parent if child.value is BROKEN else replace(child, was=parent)


def _mapping(parent: Node, child: Node, how: dict[str, Merge]) -> Node:
    """Merges two mappings by key; a key that ``how`` does not name is replaced."""
    if not isinstance(parent.value, dict) or not isinstance(child.value, dict):
        return _replaced(parent, child)
    merged = dict(parent.value)
    for key, node in child.items():
        old = merged.get(key)
        merged[key] = node if old is None else how.get(key, _replaced)(old, node)
    return parent.with_value(merged)


def _by_key(parent: Node, child: Node) -> Node:
    return _mapping(parent, child, {})


def _each(merge: Merge) -> Merge:
    """Merges the entries of two mappings from names with ``merge``."""

    def merged(parent: Node, child: Node) -> Node:
        return _mapping(parent, child, {key: merge for key, _ in child.items()})

    return merged


def _keyed(
    parent: Node, child: Node, key: Callable[[Callable[[str], str | None]], Hashable], merge: Merge
) -> Node:
    """Merges two lists item by item; what is new comes last, in order."""
    if not isinstance(parent.value, list) or not isinstance(child.value, list):
        return _replaced(parent, child)
    items = list(parent.value)
    keys = [key(item.text) for item in items]
    places = {same: place for place, same in enumerate(keys) if same is not None}
    for item in child.value:
        place = places.get(key(item.text))
        if place is None:
            items.append(item)
        else:
            items[place] = merge(items[place], item)
    return parent.with_value(items)


def _appended(parent: Node, child: Node) -> Node:
    if not isinstance(parent.value, list) or not isinstance(child.value, list):
        return _replaced(parent, child)
    return parent.with_value([*parent.value, *child.value])
