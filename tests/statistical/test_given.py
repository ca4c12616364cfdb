"""Probabilities under a condition against closed forms: two chains, told to a run's folder and asked from it.

False alarms. Each claim is that an estimate lies within Z = 6 of its own standard errors (by world, linearised) of the
true value; with 400 worlds or more the normal law gives a false alarm with chance of the order of 1e-8 for each of the
40 claims. Power: a rate that is a tenth off and weights that are left out are rejected (last tests).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from math import exp
from pathlib import Path

import pytest

from sim.estimates.given import GivenBy, Measured
from sim.scenario.load import load_text
from sim.studies.asked import asked_run
from sim.studies.given import given
from sim.studies.options import Options
from sim.studies.run import run

Z = 6.0
BY = date(2031, 12, 31)
T = (BY - date(2026, 12, 31)).days / 365.25
"""Years to the date that is asked for; the run goes on for as long again."""
SCENARIO = """\
schema: 1
title: Two chains
question: Is the share under a condition the true one?
organisation: NATO
candidate: XKX
start: 2026-12-31
horizon: 2036-12-31
members: [ESP, GRC]
parameters:
{parameters}
chains:
  first: {{states: [off, on], start: off, moves: [{{from: off, to: on, rate: {first}}}]}}
  second: {{states: [off, on], start: off, moves: [{{from: off, to: on, rate: {second}{scaled}}}]}}
voters:
  everyone: {{stance: {{states: [blocks, acquiesces, recognises], start: blocks}}}}
ladder: [{{step: entry, kind: decision, meetings: [council], needs: {{stance: recognises}}}}]
calendar: {{council: {{dates: [2036-12-30]}}}}
watch: [{{chain: first, state: on}}, {{chain: second, state: on}}]
"""
SHAPE, RATE = 2.0, 10.0
"""Of the gamma law of the rate that both chains have in common, in worlds that differ."""
LAM, MU, FACTOR = 0.15, 0.08, 4.0
"""Rates of two chains of which the first makes the second faster."""
ONE = "  {name}: {{value: {value}, unit: per year, basis: judged, source: made up}}\n"


def simulated(folder: Path, text: str, trajectories: int, **options: object) -> Path:
    scenario = load_text(text, "two-chains")
    run(scenario, Options(trajectories=trajectories, seed=5, **options), folder)  # type: ignore[arg-type]
    return folder


@pytest.fixture(scope="module")
def alike(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two chains that are independent once their common rate is known; the worlds differ in it."""
    prior = f"{{prior: {{gamma: {{shape: {SHAPE}, rate: {RATE}}}}}, unit: per year, basis: judged, source: made up}}"
    text = SCENARIO.format(parameters=f"  speed: {prior}", first="speed", second="speed", scaled="")
    return simulated(tmp_path_factory.mktemp("alike") / "run", text, 60_000, worlds=3_000)


@pytest.fixture(scope="module")
def chained() -> str:
    """A chain that makes another faster, at known rates."""
    both = ONE.format(name="lam", value=LAM) + ONE.format(name="mu", value=MU)
    scaled = f", scaled_by: {{first: {{on: {FACTOR}}}}}"
    return SCENARIO.format(parameters=both, first="lam", second="mu", scaled=scaled)


@pytest.fixture(scope="module")
def one_world(chained: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return simulated(tmp_path_factory.mktemp("one") / "run", chained, 60_000)


def asked(folder: Path, condition: str, step: str = "second=on") -> GivenBy:
    return given(asked_run(folder), condition, step, BY).at(BY)


def near(value: float | None, error: float | None, truth: float) -> bool:
    assert value is not None
    assert error is not None
    return abs(value - truth) < Z * error


def measured(found: Measured, truth: float) -> bool:
    return near(found.value, found.error, truth)


# --- worlds that differ -----------------------------------------------------------------------------------


def off(years: float) -> float:
    """That a chain has not moved, over all worlds."""
    return float((RATE / (RATE + years)) ** SHAPE)


def test_all_of_the_difference_is_between_worlds_where_nothing_else_connects_two_chains(alike: Path) -> None:
    found = asked(alike, "first=on by 2031")
    one = 1 - off(T)
    both = 1 - 2 * off(T) + off(2 * T)
    assert measured(found.overall, one)
    assert near(found.given.probability, found.given.error, both / one)
    assert near(found.without.probability, found.without.error, (one - both) / (1 - one))
    assert found.difference is not None
    assert found.picked is not None
    assert measured(found.difference, both / one - (one - both) / (1 - one))
    assert measured(found.picked.worlds_alone, both / one)
    assert measured(found.picked.by_worlds, both / one - one)
    assert measured(found.picked.within_worlds, 0.0)


# --- one world --------------------------------------------------------------------------------------------


def first_then_second(until: float) -> float:
    """The first moves, then the second, both by then."""
    a = LAM + MU
    return LAM * ((1 - exp(-a * until)) / a - exp(-MU * FACTOR * until) * _grown(a - MU * FACTOR, until))


def both_by(until: float) -> float:
    """Both have moved by then, in whichever order."""
    late = exp(-MU * FACTOR * until) * LAM * _grown(LAM + MU - MU * FACTOR, until)
    return 1 - exp(-LAM * until) - late


def _grown(rate: float, until: float) -> float:
    """The integral of exp(-rate s) from 0."""
    return (1 - exp(-rate * until)) / rate if rate else until


def second_by(until: float) -> float:
    return both_by(until) + exp(-LAM * until) * (1 - exp(-MU * until))


CASES: list[tuple[str, Callable[[], tuple[float, float]]]] = [
    ("first=on by 2031", lambda: (both_by(T), 1 - exp(-LAM * T))),
    ("not first=on by 2031", lambda: (second_by(T) - both_by(T), exp(-LAM * T))),
    (
        "first=on before second=on and first=on by 2031",
        lambda: (first_then_second(T), 1 - exp(-LAM * T) - (both_by(T) - first_then_second(T))),
    ),
]
"""Condition -> the probability that the second has moved as well, and that of the condition."""


@pytest.mark.parametrize(("condition", "truth"), CASES)
def test_one_chain_given_the_other(
    condition: str, truth: Callable[[], tuple[float, float]], one_world: Path
) -> None:
    both, of = truth()
    made = given(asked_run(one_world), condition, "second=on", BY)
    found = made.at(BY)
    assert measured(made.asked.likely, of)
    assert near(found.given.probability, found.given.error, both / of)
    assert near(found.without.probability, found.without.error, (second_by(T) - both) / (1 - of))
    assert found.picked is None


def test_a_rate_that_is_a_tenth_off_is_rejected(one_world: Path) -> None:
    found = asked(one_world, "first=on by 2031")
    altered = 1 - (1 - (both_by(T) / (1 - exp(-LAM * T)))) ** 1.1
    assert not near(found.given.probability, found.given.error, altered)


# --- tilted -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", ["lam=0.4", "mu=0.2"])
@pytest.mark.parametrize("case", CASES)
def test_futures_of_a_tilted_run_are_weighed(
    case: tuple[str, Callable[[], tuple[float, float]]], rate: str, chained: str, tmp_path: Path
) -> None:
    condition, truth = case
    folder = simulated(tmp_path / "run", chained, 20_000, tilt=(rate,))
    both, of = truth()
    made = given(asked_run(folder), condition, "second=on", BY)
    found = made.at(BY)
    assert measured(made.asked.likely, of)
    assert near(found.given.probability, found.given.error, both / of)
    assert near(found.without.probability, found.without.error, (second_by(T) - both) / (1 - of))
    unweighed = found.given.futures / 20_000
    assert not near(unweighed, made.asked.likely.error, of) or rate == "mu=0.2"
