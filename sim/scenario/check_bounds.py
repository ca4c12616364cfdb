"""Notes what goes beyond the bounds of a scenario (``bounds.py``): counts, dates, and rates that a draw may reach."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from sim.scenario import bounds
from sim.scenario.calendar import parse_every
from sim.scenario.expand import Draft
from sim.scenario.nodes import Node
from sim.scenario.prior_tables import Tables
from sim.scenario.schema import Parameter, Prior

_DAYS = {"day": 1.0, "week": 7.0, "month": 30.4, "year": 365.25}


def check_bounds(draft: Draft) -> None:
    """Notes too many of anything, and a run that is too long."""
    top = draft.top
    _check_run(draft)
    world, parameters = draft.section("chains"), draft.section("parameters")
    own = [
        chain for voter in draft.voters.values() for name, chain in voter.items() if name != "ratification"
    ]
    moves = [
        at for _, chain in [*world.items(), *((("", chain)) for chain in own)] if (at := chain.get("moves"))
    ]
    counts = [
        (top.get("members"), len(draft.voters), bounds.MOST_VOTERS, "voters"),
        (world, len(dict(world.items())) + len(own), bounds.MOST_CHAINS, "chains"),
        (draft.section("events"), len(draft.section("events").parts()), bounds.MOST_EVENTS, "events"),
        (draft.section("watch"), len(draft.section("watch").parts()), bounds.MOST_WATCHES, "watches"),
        (parameters, len(dict(parameters.items())), bounds.MOST_PARAMETERS, "parameters"),
        *((at, len(at.parts()), bounds.MOST_MOVES, "moves") for at in moves),
    ]  # fmt: skip
    for node, count, most, what in counts:
        if node is not None and count > most:
            draft.problems.add(node, f"{count} {what}", allowed=f"at most {most}", kind=f"most {what}")


def _check_run(draft: Draft) -> None:
    start, horizon = draft.top.day("start"), draft.top.day("horizon")
    at = draft.top.get("horizon")
    if start is None or horizon is None or at is None:
        return
    last = min(
        date(min(start.year + bounds.MOST_YEARS, 9000), start.month, min(start.day, 28)), bounds.LAST_DAY
    )
    if horizon > last:
        problem = f"{horizon} is more than {bounds.MOST_YEARS} years after the start"
        cause = draft.top.get("start")
        draft.problems.add(at, problem, allowed=f"{last} at the latest", cause=cause)
        return
    dates = {name: _count(calendar, horizon) for name, calendar in draft.section("calendar").items()}
    if sum(dates.values()) > bounds.MOST_DATES:
        most = max(dates, key=lambda name: dates[name])
        problem = f"some {round(sum(dates.values())):,} dates up to the horizon in all calendars"
        allowed = f"at most {bounds.MOST_DATES:,}"
        draft.problems.add(draft.section("calendar").get(most) or at, problem, allowed=allowed)


def _count(calendar: Node, horizon: date) -> float:
    """How many dates a calendar has, nearly."""
    dates, then = calendar.get("dates"), calendar.get("then")
    given = [
        node.value for node in (dates.parts() if dates is not None else []) if isinstance(node.value, date)
    ]
    every = then.text("every") if then is not None else None
    first = (then.day("from") if then is not None else None) or max(given, default=None)
    if every is None or first is None or first > horizon:
        return len(given)
    amount, unit = parse_every(every)
    return len(given) + (horizon - first).days / (amount * _DAYS[unit])


def check_rates(
    draft: Draft, rates: Iterable[list[float | str]], parameters: Mapping[str, Parameter], tables: Tables
) -> None:
    """Notes rates that draws of their parameters take beyond the bound.

    :param rates: the factors of each rate that names a parameter.
    """
    section = draft.section("parameters")
    for factors in rates:
        named = [factor for factor in factors if isinstance(factor, str) and factor in parameters]
        most = 1.0
        for factor in factors:
            most *= (
                _most(parameters[factor], tables)
                if isinstance(factor, str) and factor in parameters
                else (factor if isinstance(factor, float) else 1.0)
            )
        if most > bounds.MOST_A_YEAR and named:
            nodes = [node for name in named if (node := section.get(name)) is not None]
            at = max(nodes, key=lambda node: _most(parameters[str(node.path[-1])], tables), default=section)
            at = at.get("times") or at.get("prior") or at.get("value") or at
            problem = f"rates of up to {most:.6g} a year"
            allowed = f"at most {bounds.MOST_A_YEAR:g} a year for each move"
            draft.problems.add(at, problem, allowed=allowed, kind="rate")


def _most(parameter: Parameter, tables: Tables) -> float:
    """The largest value that a parameter is drawn with; the middle, if there is no largest one."""
    if parameter.prior is None:
        return float(parameter.value or 0.0)
    return _most_of(parameter.prior, tables) * (parameter.times or 1.0)


def _most_of(prior: Prior, tables: Tables) -> float:
    if prior.table is not None:
        column = tables.get(prior.table.file, {}).get(prior.table.column)
        return 0.0 if column is None else float(column.max())
    if prior.uniform is not None:
        return prior.uniform.high
    if prior.triangular is not None:
        return prior.triangular.high
    if prior.gamma is not None:
        return prior.gamma.shape / prior.gamma.rate
    if prior.lognormal is not None:
        return prior.lognormal.median
    return prior.normal.mean if prior.normal is not None else 1.0
