"""Writes scenarios: a merged one with its origins, and the beginning of a new one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from textwrap import wrap
from typing import Any

import numpy as np

from sim.base.errors import ScenarioError
from sim.scenario.emit import WIDTH, emit, flow, scalar
from sim.scenario.judged import JudgedNumber, judged_numbers
from sim.scenario.load import Scenario
from sim.scenario.nodes import Origin, is_number, path_text, short
from sim.scenario.nodes import Path as TreePath
from sim.scenario.ranges import of_probability
from sim.scenario.schema import Parameter
from sim.scenario.sources import builtin_folder

_MOST_REPLACED = 70


def show_text(loaded: Scenario) -> str:
    """The merged scenario as YAML that loads to the same digest; each number says where it was written.

    A judged number says as well how far it could be off and what would change it.
    """
    facts, judged = _facts_under(loaded.tree), judged_in(loaded)

    def remark(path: TreePath) -> str:
        if path[0] == "parameters" and path[2:] == ("basis",):
            return _papers(judged[str(path[1])]) if path[1] in judged else ""
        numbers = facts.get(path, [])
        places = dict.fromkeys(str(loaded.origins[at]) for at in numbers)
        return "; ".join([", ".join(places), *_replaced(loaded.tree, loaded.origins, path, bool(numbers))])

    head = f"# {loaded.name}: everything merged; behind each number is where it was written.\n"
    return head + emit(loaded.tree, remark)


def _facts_under(tree: Any) -> dict[TreePath, list[TreePath]]:
    """For each part of a tree, the numbers and dates in it."""
    found: dict[TreePath, list[TreePath]] = {}
    for at, value in _leaves(tree):
        for depth in range(1, len(at) + 1) if _is_fact(value) else ():
            found.setdefault(at[:depth], []).append(at)
    return found


def judged_in(loaded: Scenario) -> dict[str, JudgedNumber]:
    """Name -> papers of the parameters that are judged and came from the built-in scenario that has them."""
    found = {}
    for row in judged_numbers():
        given = loaded.content.parameters.get(row.parameter)
        at = loaded.origins.get(("parameters", row.parameter, "basis"))
        if given is not None and given.basis == "judged" and at and _is_builtin(at.file, row, loaded):
            found[row.parameter] = row
    return found


def _is_builtin(label: str, row: JudgedNumber, loaded: Scenario) -> bool:
    """Whether a file of that label is the built-in one, and not one of the user's with the same name."""
    name = f"{row.scenario}.yaml"
    own = loaded.folder.resolve() != builtin_folder().resolve() and (loaded.folder / name).exists()
    return label == f"built-in {name}" or (label == name and not own)


def _papers(row: JudgedNumber) -> str:
    """The comment behind a judged basis, over several lines."""
    indent = " " * 4
    more = wrap(f"would change it: {row.would_change_it}", WIDTH - len(indent) - 2)
    first = f"{row.scenario}.yaml: a {row.range_of} of {row.low:g} to {row.high:g} can be defended"
    return "\n".join([first, *(f"{indent}# {line}" for line in more)])


def _is_fact(value: Any) -> bool:
    return is_number(value) or isinstance(value, date)


def _leaves(value: Any, path: TreePath = ()) -> list[tuple[TreePath, Any]]:
    if isinstance(value, dict):
        return [leaf for key, child in value.items() for leaf in _leaves(child, (*path, key))]
    if isinstance(value, list):
        return [leaf for number, child in enumerate(value) for leaf in _leaves(child, (*path, number))]
    return [(path, value)]


def _replaced(tree: Any, origins: Mapping[TreePath, Origin], path: TreePath, wanted: bool) -> list[str]:
    """What the numbers on a line replaced in a parent."""
    if not wanted:
        return []
    said = []
    for at, origin in origins.items():
        if at[: len(path)] == path and origin.replaced is not None and origin.replaced != _at(tree, at):
            text = flow(origin.replaced)
            text = text if len(text) <= _MOST_REPLACED else text[:_MOST_REPLACED] + "…"
            said.append(f"replaces {text} ({origin.replaced_at})")
    return said


def _at(tree: Any, path: TreePath) -> Any:
    for part in path:
        tree = tree[part]
    return tree


def show_data(loaded: Scenario) -> dict[str, Any]:
    """The merged scenario as plain data for JSON: dates as text, the origin of every number, and what is
    said of judged ones in ``judged.csv``.
    """
    origins = {
        path_text(path): {
            "at": str(loaded.origins[path]),
            **({"replaced": _plain(old)} if (old := loaded.origins[path].replaced) is not None else {}),
        }
        for path, value in _leaves(loaded.tree)
        if _is_fact(value)
    }
    return {
        "name": loaded.name,
        "digest": loaded.digest,
        "scenario": _plain(loaded.tree),
        "origins": origins,
        "judged": {
            name: {key: value for key, value in asdict(row).items() if key not in ("scenario", "parameter")}
            for name, row in judged_in(loaded).items()
        },
        "warnings": list(loaded.warnings),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(child) for key, child in value.items()}
    if isinstance(value, list):
        return [_plain(child) for child in value]
    return value.isoformat() if isinstance(value, date) else value


# --- a new scenario ------------------------------------------------------------------------------------


_LATIN = str.maketrans(
    {"ß": "ss", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "æ": "ae", "œ": "oe", "þ": "th", "\u0131": "i"}
)
_MOST_LETTERS = 80
_TAKEN = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
"""Names that some systems keep for devices."""


def file_name(name: str) -> str:
    """A name that is safe for a file: small letters, digits and hyphens.

    Accents go (``Türkiye`` is ``turkiye``); letters of other scripts stay.

    :raises ScenarioError: nothing is left of it.
    """
    small = name.removesuffix(".yaml").casefold().translate(_LATIN)
    bare = unicodedata.normalize("NFC", "".join(map(_without_accent, unicodedata.normalize("NFC", small))))
    kept = "".join(letter if letter.isalnum() or unicodedata.combining(letter) else "-" for letter in bare)
    safe = re.sub("-+", "-", kept).strip("-")[:_MOST_LETTERS].strip("-")
    if not safe or safe in _TAKEN:
        raise ScenarioError(
            [f"{short(name)} is no name for a scenario; allowed: letters and digits, such as athens-soon"]
        )
    return safe


def _without_accent(letter: str) -> str:
    """A Latin letter without its accents; any other as it is."""
    first = unicodedata.normalize("NFKD", letter)[:1]
    return first if first.isascii() else letter


def title_of(name: str) -> str:
    """A title from a name as it was typed: ``Türkiye and NATO``, ``Athens soon``."""
    bare = " ".join(re.sub(r"[-_\s]+", " ", name.removesuffix(".yaml")).split())[:_MOST_LETTERS]
    clean = "".join(letter for letter in bare if letter.isprintable())
    return clean[:1].upper() + clean[1:]


def new_text(name: str, extends: str, parent: Scenario) -> str:
    """A short scenario that extends ``parent`` and shows, as comments, what can be changed."""
    title = name.replace("-", " ").capitalize()
    head = f"""\
# {title}: what is not said here is as in {parent.name}.
#   accession validate {name}.yaml     says whether this can be run
#   accession show {name}.yaml         writes out all of it, and where each number comes from
schema: 1
title: {scalar(title)}
question: {scalar(f"What changes against {parent.name}?")}
extends: {scalar(extends)}
"""
    return "\n".join([head, _parameter_part(parent), _event_part(parent), _calendar_part(parent)])


def _parameter_part(parent: Scenario) -> str:
    parameters = parent.content.parameters
    if not parameters:
        return "# The parent has no parameters.\n"
    name = next(
        (n for n, p in parameters.items() if p.prior is None or p.prior.table is None), next(iter(parameters))
    )
    given = parent.tree["parameters"][name]
    key = "value" if "value" in given else "prior"
    at = parent.origins[("parameters", name, key)]
    parameter = parameters[name]
    return f"""\
# Parameters. This one ({parameter.unit}; {parameter.basis}) is as it was. Another number would take
# the place of its {key} and be called yours, unless basis and source are given with it:
#   {name}: {_central(parameter, parent):.3g}
# In place of the number, {{times: 0.5}} scales what is there, as uncertain as it was.
{_range_comment(parameter, _central(parameter, parent))}parameters:
  {name}:
    {key}: {flow(given[key])}  # as in {at}
""" + (f"    times: {given['times']}\n" if "times" in given else "")


def _range_comment(parameter: Parameter, middle: float) -> str:
    """A range around the middle, as a comment; nothing around 0."""
    law = None if parameter.prior is None else next(iter(parameter.prior.model_dump(exclude_none=True)))
    high = (1 + middle) / 2 if of_probability(law, parameter.unit) else 1.5 * middle
    ends = f"[{middle / 2:.3g}, {high:.3g}]"
    return (
        f"# In place of it, {{between: {ends}}} are the 5 % and 95 % of what is possible.\n" if middle else ""
    )


def _central(parameter: Parameter, parent: Scenario) -> float:
    """A value in the middle of what is thought possible."""
    prior = parameter.prior
    if prior is None:
        return float(parameter.value or 0.0)
    if prior.gamma:
        return prior.gamma.shape / prior.gamma.rate
    if prior.beta:
        return prior.beta.a / (prior.beta.a + prior.beta.b)
    if prior.lognormal or prior.logitnormal:
        return (prior.lognormal or prior.logitnormal).median  # type: ignore[union-attr]
    if prior.normal:
        return prior.normal.mean
    if prior.uniform:
        return (prior.uniform.low + prior.uniform.high) / 2
    if prior.triangular:
        return prior.triangular.mode
    assert prior.table is not None
    return float(np.median(parent.tables[prior.table.file][prior.table.column]))


def _event_part(parent: Scenario) -> str:
    scenario = parent.content
    middle = scenario.start + (scenario.horizon - scenario.start) / 10
    code, voter = next(
        ((code, voter) for code, voter in scenario.voters.items() if voter.stance.moves),
        next(iter(scenario.voters.items())),
    )
    lines = [f"  - {{on: {middle}, voter: {code}, stance: {voter.stance.states[-1]}}}"]
    for name, chain in scenario.chains.items():
        lines.insert(0, f"  - {{on: {middle}, chain: {name}, state: {chain.states[-1]}}}")
        break
    told = f"Events: what is fixed on a date, from {scenario.start} to {scenario.horizon}"
    return f"# {told}.\n# events:\n" + "".join(f"# {line}\n" for line in lines)


def _calendar_part(parent: Scenario) -> str:
    calendars = parent.tree.get("calendar", {})
    if not calendars:
        return "# The parent has no calendar.\n"
    name, calendar = next(iter(calendars.items()))
    dates = calendar.get("dates", [])[-3:]
    kept = {"dates": dates} if dates else {"then": calendar["then"]}
    told = "Calendars: a list of dates takes the place of the parent's"
    return f"# {told}.\n# calendar:\n#   {name}: {flow(kept)}\n"
