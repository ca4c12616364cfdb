"""What a reader of an answer must be told besides: steps that lay behind the candidate, and hindsight."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from math import prod
from typing import Any

from sim.estimates.summary import UnderWay
from sim.facts.frozen import FACTS_UNTIL
from sim.scenario.schema import Decision, Parameter, RatificationStep, ScenarioContent, Wait

FITTED = "fitted"


def facts_until(scenario: ScenarioContent) -> date | None:
    """The day up to which the facts go, if the run starts before it and has numbers fitted to them."""
    fitted = any(spec.basis == FITTED for spec in scenario.parameters.values())
    return FACTS_UNTIL if fitted and scenario.start < FACTS_UNTIL else None


def behind(scenario: ScenarioContent) -> tuple[str, ...]:
    """The first steps of a ladder that are waived with certainty, or are waits of no days after such; none if
    that is all of them.
    """
    found: list[str] = []
    for step in scenario.ladder:
        waived = isinstance(step, Decision) and _amount(step.waived, scenario.parameters) == 1
        passed = isinstance(step, Wait) and _amount(step.law.fixed, scenario.parameters) == 0
        if not waived and not passed:
            return tuple(found)
        found.append(step.step)
    return ()


def under_way(scenario: ScenarioContent) -> UnderWay | None:
    """The step that has lasted for some time at the start; there is at most one."""
    for step in scenario.ladder:
        since = None if isinstance(step, Decision) else step.since
        if since is not None and since < scenario.start:
            outstanding = step.outstanding if isinstance(step, RatificationStep) else None
            return UnderWay(step.step, since, None if outstanding is None else tuple(outstanding))
    return None


def _amount(number: Any, parameters: Mapping[str, Parameter]) -> float | None:
    """The value of a number that does not depend on a draw; None if it does or is not there."""
    if number is None:
        return None
    factors = number if isinstance(number, list) else [number]
    values = [parameters[f].value if isinstance(f, str) and f in parameters else f for f in factors]
    if any(not isinstance(value, int | float) for value in values):
        return None
    return float(prod(value for value in values if isinstance(value, int | float)))
