"""Whose a number is: the one place that knows what a user has set.

``merge.py`` marks a number that a layer lays over its parent's without a basis and a source of its own
(:func:`claimed`). :func:`settled` writes ranges out as priors, multiplies factors into values, and says in every such
source what the parent has. Titles, tables, badges, screens, manifests and figures read what came of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as Names
from pathlib import PurePath

from sim.base.words import listed
from sim.base.words import number as in_words
from sim.scenario.laws import Parameter
from sim.scenario.nodes import BROKEN, Node, Problems, is_number, origin
from sim.scenario.ranges import Columns, check_scaled, far, in_short, prior_between, quantiles, replaced_prior
from sim.scenario.setting import SET, OwnNumber, Set

YOURS = "yours"
"""The basis of a number that a user has set."""
SLOTS = ("value", "prior", "between")
"""A parameter is one of these."""
GIVES = (*SLOTS, "times")
"""Keys that change the number itself."""
_PENDING = "set by you"
"""A source that is still to be written."""
MOST_TOLD = 4
"""Changes that a title names."""


# --- while layers are merged ----------------------------------------------------------------------------


def claimed(parent: Node, child: Node) -> dict[str, Node]:
    """Basis and source of a number that a layer lays over its parent's, where it does not give both itself.

    A number of a file that is as it was stays whose it was.
    """
    given = {key: node for key, node in child.items() if key in GIVES}
    basis, source = child.get("basis"), child.get("source")
    if not given or (basis is not None and source is not None):
        return {}
    was = {key: node.plain() for key, node in parent.items() if key in GIVES}
    at = next(iter(given.values()))
    if {key: node.plain() for key, node in given.items()} == was and at.file != SET:
        return {}
    pending = f"{_PENDING} {basis.value}" if basis is not None and basis.value != YOURS else _PENDING
    return {
        "basis": Node(YOURS, at.file, at.line, (*child.path, "basis"), parent.get("basis")),
        "source": source or Node(pending, at.file, at.line, (*child.path, "source")),
    }


# --- when all are merged --------------------------------------------------------------------------------


def settled(top: Node, columns: Columns, problems: Problems) -> Node:
    """The merged tree with ranges as priors, factors multiplied into values, and every source written."""
    parameters = top.get("parameters")
    if parameters is None or not isinstance(parameters.value, dict):
        return top
    made = {name: _settled(name, node, columns, problems) for name, node in parameters.items()}
    return top.with_value({**dict(top.items()), "parameters": parameters.with_value(made)})


def _settled(name: str, node: Node, columns: Columns, problems: Problems) -> Node:
    if not isinstance(node.value, dict):
        return node
    parts, between, times, value = dict(node.value), node.get("between"), node.get("times"), node.get("value")
    source = node.text("source")
    if source is not None and source.startswith(_PENDING):
        called = source.removeprefix(_PENDING).strip()
        said = _source(node, columns) + (f"; called {called} there, without a source" if called else "")
        parts["source"] = parts["source"].with_value(said)
    if between is not None:
        parts = {("prior" if key == "between" else key): part for key, part in parts.items()}
        parts["prior"] = prior_between(between, node.text("unit"), problems)
    if (
        times is not None
        and isinstance((prior := parts.get("prior", node)).value, dict)
        and prior is not node
    ):
        check_scaled(times, name, prior.plain(), node.text("unit"), columns, problems)
    if times is not None and value is not None:
        product = _float(times) * _float(value) if is_number(times.value) else BROKEN
        parts["value"] = Node(product, times.file, times.line, (*times.path[:-1], "value"), value)
        del parts["times"]
    return node.with_value(parts)


def _source(node: Node, columns: Columns) -> str:
    """``set with --set; baseline has 0.03 (fitted)``"""
    at, slot = _latest(node), _slot(node)
    said = "set with --set" if at.file == SET else "set in the scenario"
    if at.path[-1:] == ("times",):
        said += f", times {in_words(_float(at), 6)}"
    if at.path[-1:] == ("between",):
        said += f", 5 % to 95 %: {' to '.join(in_words(_float(end), 6) for end in at.parts())}"
    was = slot if at is not slot else slot.was if slot is not None else None
    basis = node.get("basis")
    before = basis.was.text() if basis is not None and basis.was is not None else None
    if was is None:
        return said
    rests = "" if not before else f", {before}" if isinstance(was.value, dict) else f" ({before})"
    return f"{said}; {_name_of(was)} has {_short(was, columns)}{rests}"


def _float(node: Node) -> float:
    """The number that a node is; 0 if it is none, which is told elsewhere."""
    return float(str(node.value)) if is_number(node.value) else 0.0


def _latest(node: Node) -> Node:
    """The part that was set last: a factor over what is there, else the number itself."""
    return node.get("times") or _slot(node) or node


def _slot(node: Node) -> Node | None:
    return next((node.get(key) for key in SLOTS if node.get(key) is not None), None)


def _name_of(node: Node) -> str:
    """The scenario that a number was written in: ``baseline``."""
    return node.file if node.file == SET else PurePath(node.file.removeprefix("built-in ")).stem


def _short(node: Node, columns: Columns) -> str:
    """A number or prior as a source says it."""
    if isinstance(node.value, dict):
        return in_short(node.plain(), columns)
    if node.parts():
        return " to ".join(str(end.value) for end in node.parts())
    return in_words(_float(node), 4) if is_number(node.value) else "another number"


# --- far outside ----------------------------------------------------------------------------------------


def far_off(top: Node, users: Names[str], columns: Columns) -> list[str]:
    """A warning for every number of the user's files and settings that lies far outside the prior it replaces.

    :param users: labels of these files.
    """
    parameters = top.get("parameters")
    found = []
    for name, node in parameters.items() if parameters is not None else ():
        at = _latest(node)
        if at.file in users and (said := _far(f"parameters.{name}", node, columns)):
            found.append(f"{origin(at)}: {said}")
    return found


def _far(name: str, node: Node, columns: Columns) -> str:
    slot, times = _slot(node), node.get("times")
    if slot is None:
        return ""
    if isinstance(slot.value, dict):
        factor = 1.0 if times is None else _float(times)
        prior = slot if times is not None else replaced_prior(slot)
        middle = quantiles(slot.plain(), (0.5,), columns)
        if prior is None or middle is None:
            return ""
        return far(
            name,
            f"its median, {in_words(factor * middle[0])}, is",
            factor * middle[0],
            prior.plain(),
            columns,
        )
    prior = replaced_prior(slot)
    if prior is None or not is_number(slot.value):
        return ""
    value = _float(slot)
    return far(name, f"{in_words(value, 6)} is", value, prior.plain(), columns)


# --- what is told ---------------------------------------------------------------------------------------


def own_numbers(parameters: Mapping[str, Parameter], columns: Columns) -> tuple[OwnNumber, ...]:
    """Every number that a user has set."""
    return tuple(
        OwnNumber(name, f"{name} {_number(spec, columns)}", " ".join(spec.source.split()))
        for name, spec in parameters.items()
        if spec.basis == YOURS
    )


def _number(spec: Parameter, columns: Columns) -> str:
    if spec.value is not None:
        return f"= {in_words(spec.value, 6)}"
    if spec.times is not None or spec.prior is None:
        return f"times {in_words(spec.times or 1, 6)}"
    return f"= {in_short(spec.prior.model_dump(exclude_none=True), columns)}"


def retitled(top: Node, files: Mapping[str, Sequence[str]], settings: Mapping[str, Set]) -> Node:
    """The merged tree with what was changed in its title and question, where these are a parent's.

    :param files: ``title`` and ``question`` -> names of the user's files that change something and leave it out.
    :param settings: parameter -> what it was set to beside the files.
    """
    said = [setting.told(name) for name, setting in settings.items()]
    changed = {}
    for key, sentence in (("title", "{}, with {}"), ("question", "{} With {}.")):
        node, text = top.get(key), top.text(key)
        told = [*([f"changes of {listed(files[key])}"] if files.get(key) else []), *said]
        if node is None or text is None or not told:
            continue
        more = len(told) - MOST_TOLD
        shown = [*told[:MOST_TOLD], *([f"{more} more"] if more > 0 else [])]
        changed[key] = Node(
            sentence.format(text.strip(), listed(shown)), node.file, node.line, node.path, node
        )
    return top.with_value({**dict(top.items()), **changed}) if changed else top


def stand_in(node: Node, columns: Columns, file: str) -> Node:
    """A parameter whose table was replaced by values from Python."""
    basis, prior = node.get("basis"), node.get("prior")
    if prior is None:
        return node
    was = f", {basis.value}" if basis is not None else ""
    said = f"values given in place of {file}; {_name_of(prior)} has {in_short(prior.plain(), columns)}{was}"
    parts = {"basis": YOURS, "source": said}
    made = {key: Node(text, "tables", None, (*node.path, key), node.get(key)) for key, text in parts.items()}
    return node.with_value({**dict(node.items()), **made})


def far_values(
    name: str, spec: Parameter, values: Iterable[float], times: bool, columns: Columns
) -> list[str]:
    """A warning for each value that lies far outside a parameter's prior, or each factor that takes it there."""
    if spec.prior is None:
        return []
    prior, factor = spec.prior.model_dump(exclude_none=True), spec.times or 1.0
    middle = quantiles(prior, (0.5,), columns) or [0.0]
    found = []
    for value in values:
        at = value * factor * middle[0] if times else value
        what = (
            f"its median times {in_words(value, 6)}, {in_words(at)}, is"
            if times
            else f"{in_words(value, 6)} is"
        )
        found.append(far(name, what, at, prior, columns, factor))
    return [warning for warning in found if warning]
