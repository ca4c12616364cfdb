"""Notes levers that could not be pulled: names that are not there, and numbers that their places do not allow."""

from __future__ import annotations

from collections.abc import Mapping

from sim.scenario.amounts import ROLES
from sim.scenario.expand import Draft
from sim.scenario.fields import Reading
from sim.scenario.happenings import happening, is_event
from sim.scenario.nodes import BROKEN, Node, closest, is_number
from sim.scenario.ranges import Columns, check_scaled
from sim.scenario.schema import Parameter


def check_levers(
    draft: Draft, reading: Reading, parameters: Mapping[str, Parameter], columns: Columns
) -> None:
    """Notes what is wrong with the names and numbers of levers; their events are checked with the others.

    :param reading: every number of the scenario that names a parameter, and what it is for.
    """
    for name, lever in draft.section("levers").items():
        if name in draft.voters:
            problem = f"a lever cannot be called {name!r}: that is a voter's own change of stance"
            draft.problems.add(lever, problem, allowed="any other name")
        _check_once(draft, lever)
        values = lever.get("values")
        found = dict(values.items()) if values is not None else {}
        for parameter, at in found.items():
            if parameter not in parameters:
                near = closest(parameter, parameters)
                draft.problems.add(at, f"{parameter!r} is not a parameter", allowed=parameters, near=near)
        _check_values(draft, reading, found, parameters, columns)


def _check_once(draft: Draft, lever: Node) -> None:
    """A study gives each happening one day."""
    events, first = lever.get("events"), dict[str, Node]()
    for event in events.parts() if events is not None else ():
        written = event.plain()
        if isinstance(written, dict) and BROKEN not in written.values() and is_event(written):
            name = happening(written)
            if first.setdefault(name, event) is not event:
                draft.problems.add(event, f"{name} twice", allowed="each happening once in a lever")


def _check_values(
    draft: Draft, reading: Reading, values: Mapping[str, Node], parameters: Mapping[str, Parameter],
    columns: Columns,
) -> None:  # fmt: skip
    """Notes numbers that a place in the scenario does not allow, as far as no draw decides."""
    known: dict[str, float | None] = dict(reading.parameters or {})
    for name, at in values.items():
        times, has = at.get("times"), parameters.get(name)
        if has is None:
            continue
        if times is None:
            known[name] = float(str(at.value)) if is_number(at.value) else None
        elif has.prior is not None:
            prior = has.prior.model_dump(exclude_none=True)
            check_scaled(times, name, prior, has.unit, columns, draft.problems)
        elif has.value is not None and is_number(times.value):
            known[name] = has.value * float(str(times.value))
    pulled = Reading(known)
    for role, factors in reading.amounts:
        own = [factor for factor in factors if isinstance(factor, str) and factor in values]
        amount = pulled.amount(factors) if own else None
        if amount is not None and not ROLES[role].fits(amount):
            at = values[own[0]]
            place = " x ".join(f if isinstance(f, str) else f"{f:g}" for f in factors)
            said = f"{amount:.6g}" if len(factors) == 1 else f"{place} would be {amount:.6g}"
            draft.problems.add(at, said, allowed=ROLES[role].allowed(amount), kind="lever")
