"""Notes names that would be there twice in the files of a run: two columns, or two figures, of one name."""

from __future__ import annotations

from collections.abc import Iterable

from sim.scenario.names import PREFIXES, blockers_figure, trajectory_columns
from sim.scenario.nodes import Node
from sim.scenario.schema import RESERVED_KEYS
from sim.scenario.scope import Scope

START = "start"
WORLD = "world"
OTHER = "any other name"


def check_names(scope: Scope) -> None:
    """Notes steps, watches and parameters whose columns or figures have the name of others, or of ours."""
    problems = scope.draft.problems
    steps = {name: node for node in scope.draft.section("ladder").parts() if (name := node.text("step"))}
    watched = {name: node for node in scope.draft.section("watch").parts() if (name := _watched(node))}
    for name, node in scope.draft.section("parameters").items():
        if name == WORLD or name.startswith("probability_"):
            problems.add(
                node, f"a parameter cannot be called {name!r}: a column has that name", allowed=OTHER
            )
    taken = set()
    for name, node in steps.items():
        if name in (START, "weight") or name.startswith(PREFIXES):
            problems.add(node, f"a step cannot be called {name!r}", allowed=OTHER, key="step")
            taken.add(name)
    first: dict[str, str | None] = {}
    kept = [name for name in steps if name not in taken]
    for column, owner in trajectory_columns(kept, list(watched), len(scope.draft.voters)):
        if column not in first:
            first[column] = owner
        elif owner not in taken and owner is not None:
            taken.add(owner)
            node = steps.get(owner) or watched[owner]
            problems.add(node, _twice(column, owner, first[column]), allowed=OTHER, key=_key(node))
    _check_figures([(name, steps[name]) for name in kept if name not in taken], scope)


def _check_figures(steps: Iterable[tuple[str, Node]], scope: Scope) -> None:
    """Files of figures: some systems do not tell large letters from small ones."""
    first: dict[str, str] = {}
    for name, node in steps:
        other = first.setdefault(blockers_figure(name).casefold(), name)
        if other != name:
            problem = f"the steps {name!r} and {other!r} would share a figure"
            scope.draft.problems.add(node, problem, allowed=OTHER, key="step")


def _twice(column: str, owner: str, other: str | None) -> str:
    if "=" in owner:
        return (
            f"the watches of {owner} and {other} would share the column {column!r}"
            if other
            else f"the column {column!r} is there already"
        )
    if other is None:
        return f"a step cannot be called {owner!r}"
    return f"a step cannot be called {owner!r} beside {other!r}, whose column {column!r} is"


def _key(node: Node) -> str | None:
    return "step" if node.get("step") is not None else None


def _watched(node: Node) -> str | None:
    """``GRC.stance=recognises``, as the model calls it."""
    chain, state = node.text("chain"), node.text("state")
    if chain and state:
        return f"{chain}={state}"
    voter = node.text("voter")
    own = [(key, child.text()) for key, child in node.items() if key not in RESERVED_KEYS]
    return f"{voter}.{own[0][0]}={own[0][1]}" if voter and len(own) == 1 and own[0][1] else None
