"""What a file takes for granted of its parents: that it has one, and what it changes there by name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sim.scenario.expand import Countries, Draft
from sim.scenario.layers import Layer
from sim.scenario.nodes import BROKEN, Node, Problems, closest, is_number
from sim.scenario.schema import File

EXTENDS = "extends"
ANYONE = "anyone"
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


def check_candidate(layers: list[Layer], facts: Countries, problems: Problems) -> bool:
    """Notes a candidate that a file changes under a parent that is about another one; whether there is such a one.

    Every file that names a candidate is about it, and what it says of steps, chains and voters was written for it; but
    for one that says ``about: anyone``, or other codes.

    :param layers: the file and its parents, the most distant one first.
    """

    def named(codes: Iterable[str]) -> str:
        known = facts.countries
        return " and ".join(f"{c} ({facts.country_name(c)})" if c in known else c for c in codes)

    about, of = None, ""
    for layer in layers:
        at, code = layer.tree.get("candidate"), layer.tree.text("candidate")
        if at is not None and code is not None and about is not None and code not in about:
            problem = (
                f"{named([code])}, but {of} is about {named(about)}, and so are its steps, chains and voters"
            )
            ways = "'extends: candidate' ('accession new NAME --from candidate'), which is about anyone"
            problems.add(at, problem, allowed=f"{ways}; or {', '.join(about)}")
            return True
        if code is not None or layer.about is not None:
            about, of = _about(layer), layer.source.label
    return False


def is_template(layers: list[Layer]) -> bool:
    """Whether a file can be extended with any candidate."""
    saying = (layer for layer in reversed(layers) if layer.about is not None or layer.tree.get("candidate"))
    return any(_about(layer) is None for layer in [*saying][:1])


def _about(layer: Layer) -> list[str] | None:
    """Whom a file is about; ``None``: anyone."""
    if layer.about is not None and (layer.about.text() == ANYONE or layer.about.value is BROKEN):
        return None
    own = layer.tree.text("candidate")
    others = layer.about.texts() if layer.about is not None else []
    return list(dict.fromkeys([*([own] if own else []), *others]))


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
        if name in whole or not (is_number(node.value) or isinstance(node.value, dict)):
            continue
        if (near := closest(name, whole)) is None:
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
