"""What a reader of an answer must be told besides: steps that lay behind the candidate, and hindsight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from sim.base.words import day, listed, step_name
from sim.facts.frozen import FACTS_UNTIL
from sim.scenario.load import LoadedScenario
from sim.scenario.schema import Decision, Parameter, Scenario, Wait

FITTED = "fitted"


def remarks(loaded: LoadedScenario) -> dict[str, Any]:
    """Keys of a summary that are there only where they say something: ``behind``, steps that are passed at the
    start for certain; ``facts_until``, the day up to which the facts go, if the run starts before it and has
    numbers fitted to them.
    """
    scenario = loaded.scenario
    found: dict[str, Any] = {}
    if steps := behind(scenario):
        found["behind"] = steps
    fitted = any(spec.basis == FITTED for spec in scenario.parameters.values())
    if fitted and scenario.start < FACTS_UNTIL:
        found["facts_until"] = FACTS_UNTIL.isoformat()
    return found


def behind(scenario: Scenario) -> list[str]:
    """The first steps of a ladder that are waived with certainty, or are waits of no days after such; none if
    that is all of them.
    """
    found: list[str] = []
    for step in scenario.ladder:
        waived = isinstance(step, Decision) and _amount(step.waived, scenario.parameters) == 1
        passed = isinstance(step, Wait) and _amount(step.law.fixed, scenario.parameters) == 0
        if not waived and not passed:
            return found
        found.append(step.step)
    return []


def _amount(number: Any, parameters: Mapping[str, Parameter]) -> float | None:
    """The value of a number that does not depend on a draw; None if it does or is not there."""
    if number is None:
        return None
    factors = number if isinstance(number, list) else [number]
    values = [parameters[f].value if isinstance(f, str) and f in parameters else f for f in factors]
    if any(not isinstance(value, int | float) for value in values):
        return None
    return float(prod(value for value in values if isinstance(value, int | float)))


def ahead(steps: Sequence[str], summary: Mapping[str, Any]) -> list[str]:
    """Those steps that did not lie behind the candidate."""
    return [step for step in steps if step not in summary.get("behind", ())]


def sentences(summary: Mapping[str, Any]) -> list[str]:
    """What is said of both, a line each."""
    found: list[str] = []
    if steps := summary.get("behind"):
        found.append(f"Passed before the start: {listed([step_name(step) for step in steps])}.")
    if until := summary.get("facts_until"):
        found.append(
            f"Fitted numbers know history up to {day(until)}: a forecast made on {day(summary['start'])} would have "
            "known less (accession hindcast --cases fits them again)."
        )
    return found
