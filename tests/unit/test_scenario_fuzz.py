"""Whatever is done to a scenario, loading it ends in a scenario or in a message for its author."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.base.errors import ScenarioError
from sim.scenario.emit import emit
from sim.scenario.write import new_text, show_text
from tests.unit.scenario_samples import TOUR, load

TREE = load(TOUR).tree
EXAMPLES = pytest.mark.parametrize("examples", [40, pytest.param(120, marks=pytest.mark.exhaustive)])


def places(value: Any, path: tuple = ()) -> list[tuple]:
    found = [path] if path else []
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, child in children:
        found += places(child, (*path, key))
    return found


PLACES = places(TREE)
WORDS = [
    "rest",
    "peers",
    "ladder",
    "stance",
    "none",
    "GRC",
    "XKX",
    "NATO",
    "settlement",
    "on",
    "joins",
    "everyone",
    "",
    "é",
]
KEYS = st.sampled_from([*WORDS, *sorted({str(path[-1]) for path in PLACES})])
JUNK = st.recursive(
    st.one_of(
        KEYS,
        st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
        st.none(),
        st.booleans(),
        st.integers(-3, 10**20),
        st.floats(allow_nan=False, allow_infinity=False),
        st.dates(date(1, 1, 1)),
        st.sampled_from(PLACES).map(lambda path: at(TREE, path)),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=4,
)


def at(tree: Any, path: tuple) -> Any:
    for part in path:
        tree = tree[part]
    return tree


def mutated(tree: Any, path: tuple, how: str, junk: Any, key: str) -> None:
    try:
        parent = at(tree, path[:-1])
        if how == "replace":
            parent[path[-1]] = junk
        elif how == "delete":
            del parent[path[-1]]
        elif how == "rename" and isinstance(parent, dict):
            parent[key] = parent.pop(path[-1])
        elif how == "add" and isinstance(parent, dict):
            parent[key] = junk
        elif how == "add":
            parent.append(junk)
        else:
            parent.insert(0, copy.deepcopy(parent[-1]))
    except (KeyError, IndexError, TypeError, AttributeError):
        # an earlier change took the place away
        pass


CHANGES = st.tuples(
    st.sampled_from(PLACES), st.sampled_from(["replace", "delete", "rename", "add", "repeat"]), JUNK, KEYS
)


def explained(error: ScenarioError) -> None:
    """Every problem has its line, and none is told twice."""
    assert error.problems
    assert len(error.problems) == len(set(error.problems))
    for problem in error.problems:
        assert re.match(r"test\.yaml:\d+: .|and \d+ more$", problem), problem


def loads_or_explains(text: str) -> None:
    try:
        loaded = load(text)
    except ScenarioError as error:
        explained(error)
        return
    assert load(show_text(loaded)).digest == loaded.digest
    assert new_text("x", "x.yaml", loaded)


def some(examples: int, check: Callable[..., None], **drawn: st.SearchStrategy[Any]) -> None:
    """Checks so many examples."""
    limits = settings(max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    limits(given(**drawn)(check))()


@EXAMPLES
def test_a_changed_tree_loads_or_is_explained(examples: int) -> None:
    def check(changes: list[tuple[tuple, str, Any, str]]) -> None:
        tree = copy.deepcopy(TREE)
        for path, how, junk, key in changes:
            mutated(tree, path, how, junk, key)
        loads_or_explains(emit(tree, lambda path: ""))

    some(examples, check, changes=st.lists(CHANGES, min_size=1, max_size=3))


@EXAMPLES
def test_changed_text_loads_or_is_explained(examples: int) -> None:
    def check(start: int, length: int, text: str) -> None:
        loads_or_explains(TOUR[:start] + text + TOUR[start + length :])

    marks = st.sampled_from(list("\n\t :-{}[],'\"#&*!|>%@`?ae0.1~<\\\x07é\u2028"))
    start, length = st.integers(0, len(TOUR)), st.integers(0, 20)
    some(examples, check, start=start, length=length, text=st.text(marks, max_size=6))


@EXAMPLES
def test_any_text_at_all_loads_or_is_explained(examples: int) -> None:
    def check(text: str) -> None:
        try:
            load(text)
        except ScenarioError as error:
            explained(error)

    some(examples, check, text=st.text(max_size=60))
