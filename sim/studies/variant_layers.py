"""The structural variants as layers: what each changes, whether a scenario can take it, and in words.

A variant is a built-in scenario of a few lines on top of the baseline that names a ``choice``: what it decides
otherwise. Of two variants of one choice only one can hold; those of different choices can be combined. A variant can
be laid over any scenario that has the parts that it changes, and that does not itself say something else about them:
over a scenario that fixes the settlement rate, a variant of the evidence behind that rate would undo what the
scenario asks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from sim.base.words import listed, number, plain, step_name
from sim.scenario.load import Scenario, with_and_without
from sim.scenario.nodes import Path
from sim.scenario.sources import choices

ALONE = "Choices with one variant each"
"""The heading of variants whose choice has no other."""
_HEAD = ("schema", "title", "question")
_NUMBER = ("value", "prior", "times")


class _Missing(Enum):
    MISSING = "missing"


MISSING = _Missing.MISSING
"""What stands for a part that is not there."""


@dataclass(frozen=True)
class Change:
    """A part of a scenario that a variant says otherwise than its parents."""

    path: Path
    """Of the part; a step of the ladder goes by its name. A parameter is one part: its value or prior."""
    before: object
    after: object


@dataclass(frozen=True, eq=False)
class Layer:
    """A variant and what it changes."""

    name: str
    choice: str
    """What it decides; variants of one choice exclude one another."""
    group: str
    """Its heading where variants are listed."""
    title: str
    question: str
    changes: tuple[Change, ...]
    sources: Mapping[str, str]
    """Parameter -> what the variant's own file says of its source."""

    @property
    def parametric(self) -> bool:
        """Whether it changes nothing but what is said of parameters that are there."""
        return all(
            change.path[0] == "parameters" and len(change.path) == 2 and change.before is not MISSING
            for change in self.changes
        )

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters that it changes."""
        return tuple(str(change.path[1]) for change in self.changes if change.path[0] == "parameters")

    def goes_with(self, other: Layer) -> bool:
        """Whether both can hold: they decide different things, and neither changes what the other does."""
        apart = all(
            a.path[: len(b.path)] != b.path[: len(a.path)] for a in self.changes for b in other.changes
        )
        return self.choice != other.choice and apart


def layers() -> list[Layer]:
    """The built-in structural variants, choice by choice: the choices with most variants first."""
    found = choices()
    counts = Counter(found.values())
    ordered = sorted(found, key=lambda name: (-counts[found[name]], found[name], name))
    return [_layer(name, found[name], found[name] if counts[found[name]] > 1 else ALONE) for name in ordered]


def _layer(name: str, choice: str, group: str) -> Layer:
    before, after = with_and_without(name)
    title = str(after["title"]).removeprefix("Variant: ")
    found = tuple(changes(before, after))
    sources = {
        p: " ".join(str(spec["source"]).split())
        for p, spec in after.get("parameters", {}).items()
        if spec.get("source") != before.get("parameters", {}).get(p, {}).get("source")
    }
    question = " ".join(str(after["question"]).split())
    return Layer(name, choice, group, title[:1].upper() + title[1:], question, found, sources)


# --- what is different ----------------------------------------------------------------------------------


def changes(before: object, after: object, path: Path = ()) -> Iterator[Change]:
    """The smallest parts in which two trees differ; what only the first has is no change."""
    if path[:1] == ("parameters",) and len(path) == 2:
        if _number(before) != _number(after):
            yield Change(path, _number(before), _number(after))
        return
    first, second = _children(before), _children(after)
    if first is None or second is None:
        if before != after:
            yield Change(path, before, after)
        return
    for key, child in second.items():
        if path or key not in _HEAD:
            yield from changes(first.get(key, MISSING), child, (*path, key))


def _children(part: object) -> Mapping[str, object] | None:
    """Parts by name: those of a mapping, or the steps of a ladder."""
    if isinstance(part, dict):
        return part
    if isinstance(part, list) and part and all(isinstance(item, dict) and "step" in item for item in part):
        return {str(item["step"]): item for item in part}
    return None


def _number(parameter: object) -> object:
    if isinstance(parameter, dict):
        return {key: parameter[key] for key in _NUMBER if key in parameter}
    return parameter


def part_of(tree: object, path: Path) -> object:
    """The part of a tree at a path, or MISSING."""
    for depth, key in enumerate(path):
        children = _children(tree)
        if children is None or key not in children:
            return MISSING
        tree = children[str(key)]
        if path[:1] == ("parameters",) and depth == 1:
            return _number(tree)
    return tree


# --- whether a scenario can take it ---------------------------------------------------------------------


def obstacle(layer: Layer, scenario: Scenario) -> str:
    """Why a variant cannot be laid over a scenario; empty if it can."""
    found = [(change, part_of(scenario.tree, change.path)) for change in layer.changes]
    missing = [
        _absent(scenario.tree, change.path)
        for change, own in found
        if own is MISSING and change.before is not MISSING
    ]
    if missing:
        return f"the scenario has no {listed(list(dict.fromkeys(missing)))}"
    if all(own == change.after for change, own in found):
        return "the scenario is like this already"
    own_words = [_named(c.path) for c, own in found if own not in (c.before, c.after)]
    if own_words:
        return f"the scenario sets the {listed(own_words)} itself, which the variant would undo"
    return ""


def _absent(tree: object, path: Path) -> str:
    """The first part on the way that is not there: ``parameter “peer pull”``."""
    depth = next(depth for depth in range(1, len(path) + 1) if part_of(tree, path[:depth]) is MISSING)
    return _named(path[: max(depth, min(2, len(path)))])


def _named(path: Path) -> str:
    kinds = {"parameters": "parameter", "ladder": "step", "chains": "chain", "voters": "voter"}
    first, *rest = (str(key) for key in path)
    if not rest:
        return plain(first)
    words = f"{kinds.get(first, first)} “{plain(rest[0])}”"
    return words if len(rest) == 1 or first == "parameters" else f"{words} ({plain(' '.join(rest[1:]))})"


# --- in words -------------------------------------------------------------------------------------------


def differs(layer: Layer) -> str:
    """What a variant changes, in one line."""
    said: list[str] = []
    alike: dict[tuple[str, str], list[str]] = {}
    for change in layer.changes:
        kind, *rest = (str(key) for key in change.path)
        drawn = kind == "parameters" and not (isinstance(change.after, dict) and "value" in change.after)
        if drawn and rest[0] in layer.sources:
            said.append(f"{plain(rest[0])}: {layer.sources[rest[0]]}")
        elif kind == "parameters":
            alike.setdefault((_value(change.after), _value(change.before)), []).append(plain(rest[0]))
        elif kind == "ladder" and rest[1:] == ["needs", "stance"]:
            said.append(
                f"{step_name(rest[0])}: asks of every ally the stance “{change.after}”, not “{change.before}”"
            )
        else:
            said.append(f"{_named(change.path)}: {_value(change.after)} instead of {_value(change.before)}")
    said += [f"{listed(names)}: {after} instead of {before}" for (after, before), names in alike.items()]
    text = "; ".join(said)
    return text[:1].upper() + text[1:]


def _value(part: object) -> str:
    if isinstance(part, dict) and "value" in part:
        return number(float(part["value"]))
    if isinstance(part, dict) and "prior" in part:
        return "values drawn from the fit" if "table" in part["prior"] else "values drawn from a prior"
    return "nothing" if part is MISSING or part is None else str(part)
