"""What a file takes for granted of its parents: that it has one, and what it changes there by name."""

from __future__ import annotations

from dataclasses import replace

from sim.scenario.expand import Draft
from sim.scenario.nodes import BROKEN, Node, Problems, closest, is_number
from sim.scenario.schema import File

EXTENDS = "extends"
EXPLAINS = ("unit", "basis", "source")
"""What a parameter says beside its number; a child that changes a parent's may leave them out."""


def check_parent(tree: Node, extends: bool, problems: Problems) -> None:
    """Notes that a file that only changes something does not say what.

    :param extends: whether it has a parent.
    :raises ScenarioError: if that is so, for all else would follow from it.
    """
    if extends or not isinstance(tree.value, dict):
        return
    known = File.known_keys()
    strangers = [key for key in tree.value if key not in known]
    if any(closest(key, [EXTENDS]) for key in strangers):
        problems.raise_if_any()  # told as an unknown key
    meant = {closest(key, known) for key in strangers}
    missing = [key for key in File.required() if key not in tree.value and key not in meant]
    if len(missing) > 2 and "schema" not in missing:
        problem = f"no 'extends', and without it {', '.join(missing)} are missing"
        allowed = "'extends: baseline' or another scenario, or all of these keys"
        problems.add(replace(tree, line=tree.line and 1), problem, allowed=allowed)
        problems.raise_if_any()


def check_strays(draft: Draft) -> None:
    """Notes parameters, steps and moves that look like a change of a parent's, but no parent has one of that name.

    To be called before the check for missing keys, which would name the keys only.
    """
    _check_stray_parameters(draft)
    steps = draft.section("ladder").parts()
    names = [name for step in steps if (name := step.text("step")) is not None and step.get("kind")]
    for step in steps:
        name = step.text("step")
        if name is not None and step.get("kind") is None:
            problem = f"missing key 'kind', and no parent has a step {name!r}"
            allowed = "decision, wait, ratification"
            draft.problems.add(step, problem, allowed=allowed, near=closest(name, names), kind="kind")
    chains = [chain for _, chain in draft.section("chains").items()]
    chains += [chain for voter in draft.voters.values() for _, chain in voter.items()]
    for chain in chains:
        moves = listed.parts() if (listed := chain.get("moves")) is not None else []
        known = [name for move in moves if (name := move.text("name")) is not None and move.get("from")]
        for move in moves:
            name = move.text("name")
            if name is not None and move.get("from") is None:
                problem = f"missing key 'from', and no parent has a move {name!r}"
                draft.problems.add(move, problem, near=closest(name, known), kind="from")


def _check_stray_parameters(draft: Draft) -> None:
    """Marks what it tells as broken, so that nothing more is said of it."""
    section = draft.section("parameters")
    whole = {name for name, node in section.items() if all(node.get(key) for key in EXPLAINS)}
    strays = {}
    for name, node in section.items():
        near = closest(name, whole)
        if name in whole or near is None or not (is_number(node.value) or isinstance(node.value, dict)):
            continue
        said = "a number alone" if is_number(node.value) else "something is left out"
        problem = f"{said}, but no parent says its unit, basis and source"
        allowed = "{value: …, unit: …, basis: …, source: …}"
        draft.problems.add(node, problem, allowed=allowed, near=near, kind="stray")
        strays[name] = node.with_value(BROKEN)
    if strays:
        kept = {name: strays.get(name, node) for name, node in section.items()}
        parts = {**dict(draft.top.items()), "parameters": replace(section, value=kept)}
        draft.top = draft.top.with_value(parts)
