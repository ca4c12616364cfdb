"""A scenario given as plain Python data: the same tree as from a file, with paths in place of lines."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date, datetime

from sim.base.errors import ScenarioError
from sim.scenario.nodes import BROKEN, Node, Path, Problems, Scalar
from sim.scenario.read_yaml import MOST_DEPTH, hidden_letter, is_whole_text

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def read_mapping(data: Mapping[str, object], label: str, problems: Problems) -> Node:
    """The tree of a mapping; what a scenario cannot hold is noted in ``problems`` and marked as broken.

    Text such as ``2027-07-07`` is a date, as in a file, so that data from JSON can be used as well.

    :raises ScenarioError: nested too deep, or within itself.
    """
    return _node(data, label, (), problems)


def _node(value: object, label: str, path: Path, problems: Problems) -> Node:
    if len(path) > MOST_DEPTH:
        raise ScenarioError([f"{label}: nested too deep; allowed: at most {MOST_DEPTH} levels"])
    if hasattr(value, "tolist"):  # NumPy's arrays and numbers
        value = value.tolist()
    if isinstance(value, Mapping):
        children: dict[str, Node] = {}
        for key, child in value.items():
            if isinstance(key, str) and key:
                children[key] = _node(child, label, (*path, key), problems)
            else:
                at = Node(None, label, None, path)
                problems.add(at, f"the key {key!r} is not a name", allowed="names, as text")
        return Node(children, label, None, path)
    if isinstance(value, (list, tuple)):
        items = [_node(item, label, (*path, number), problems) for number, item in enumerate(value)]
        return Node(items, label, None, path)
    return Node(_scalar(value, label, path, problems), label, None, path)


def _scalar(value: object, label: str, path: Path, problems: Problems) -> Scalar:
    at = Node(None, label, None, path)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        if not is_whole_text(value):
            problems.add(at, "half of a surrogate pair", allowed="whole characters")
            return BROKEN
        if (letter := hidden_letter(value)) is not None:
            problems.add(at, f"a control character ({letter})", allowed="printable text")
            return BROKEN
        return _date_or_text(value, at, problems)
    if isinstance(value, (int, float)):
        if -(2**53) < value < 2**53:
            return value
        return _large(value, at, problems)
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    kind = type(value).__name__
    problems.add(
        at, f"a value of type {kind!r}", allowed="text, numbers, true, false, dates, lists, mappings"
    )
    return BROKEN


def _large(value: float, at: Node, problems: Problems) -> Scalar:
    """A number beyond the whole ones that a float64 can hold, if it is finite."""
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if math.isfinite(number):
        return number
    problems.add(at, f"{str(value)[:40]} is not finite", allowed="finite numbers")
    return BROKEN


def _date_or_text(value: str, at: Node, problems: Problems) -> Scalar:
    if not _ISO_DATE.fullmatch(value):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError:
        problems.add(at, f"{value!r} is not a date", allowed="a day that exists, such as 2027-07-07")
        return BROKEN
