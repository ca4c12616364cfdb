"""How long candidates take between steps when nobody holds them up; and how often the action plan is waived.

Evidence: ``milestones.csv`` and ``blocks.csv``. From a spell the time under a NATO block at the same step is
taken out, because the model has objections of its own; a candidate blocked all the time has no spell.
- *plan*: Partnership for Peace to action plan, one stage. The plan exists since April 1999; its founding
  round is no waiting time and is left out. The clock starts with PfP, or with the declared wish to join
  (application, else intensified dialogue) where PfP is older than the plan. Georgia and Ukraine are followed
  until they were blocked.
- *reform*: action plan to invitation, two equal stages. Bosnia and Herzegovina counts from the activation of
  its plan and is open. North Macedonia's clock stops where its block begins (April 2008), when allies called
  it ready. Countries whose clocks stopped on one day are one decision of weight one, split over them (the
  five of 2002 that had not been blocked since 1997; three of 2008). Prior rate^(-1/2), grid, likelihood
  weighted by decision.

*map_waived*: plans granted and plans waived are counted by decision (waived: Finland and Sweden, and Ukraine
in 2023); the waived ones at half weight (judged: armies already integrated, or a war), Jeffreys prior.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

import numpy as np

from sim.base.dates import years_between
from sim.facts.frozen import until
from sim.facts.read import Facts
from sim.history.fits.fitted import DRAWS, Fit
from sim.history.record import followed, milestone, nato_blocks
from sim.history.sampling import Array, from_grid, shares, summary

FACTS = ("blocks", "milestones")
METHOD = (
    "Exponential (plan) and two-stage (reform) waiting times on unblocked spells with censoring, "
    "likelihood weighted by decision, on a grid; waivers as a Beta of counts, waived ones at half weight."
)
PLAN_SINCE = date(1999, 4, 15)
"""The Washington summit of April 1999, as the table's dates of that month are read."""
STAGES = {"plan": 1, "reform": 2}
WAIVED_WEIGHT = 0.5


@dataclass(frozen=True)
class Unblocked:
    """Years without a block; ``stopped`` is the day the clock stopped, None while it runs."""

    country: str
    years: float
    stopped: date | None
    reached: bool
    """Whether it ended with the step (otherwise censored)."""


def _unblocked(
    facts: Facts, country: str, gates: Sequence[str], start: date, end: date
) -> tuple[float, date | None]:
    """Years from start to end without a block, and the day from which the rest of the time was blocked.

    After a block whose end is not known no time counts as unblocked.
    """
    total, stopped = years_between(start, end), None
    for row in nato_blocks(facts, country, gates):
        block = followed(facts, row)
        low, high = max(row.day("start"), start), min(block.day, end) if block.over else end
        if high > low:
            total -= years_between(low, high)
            if high == end:
                stopped = low
    return total, stopped


def to_plan(facts: Facts) -> list[Unblocked]:
    """From the Partnership for Peace to the action plan, candidates since the plan exists."""
    result = []
    for country in _countries(facts):
        entered, granted = milestone(facts, country, "pfp"), milestone(facts, country, "map")
        if entered is None or (granted is not None and granted <= PLAN_SINCE):
            continue
        if granted is None and milestone(facts, country, "map_requested") is None:
            continue
        start = entered
        if entered < PLAN_SINCE:
            wish = milestone(facts, country, "membership_applied", "intensified_dialogue", "map_requested")
            start = max(PLAN_SINCE, wish or PLAN_SINCE)
        blocked = min(
            (row.day("start") for row in nato_blocks(facts, country, ["map"])), default=until(facts)
        )
        length, stopped = _unblocked(facts, country, ["map"], start, granted or blocked)
        day = stopped or granted or (blocked if blocked < until(facts) else None)
        result.append(Unblocked(country, length, day, granted is not None))
    return result


def to_invitation(facts: Facts) -> list[Unblocked]:
    """From the action plan (its activation, where that was held up) to the invitation."""
    result = []
    for country in _countries(facts):
        start, invited = milestone(facts, country, "map"), milestone(facts, country, "invitation")
        if start is None:
            continue
        gates = ["map_activation", "invitation"]
        length, stopped = _unblocked(facts, country, gates, start, invited or until(facts))
        if length > 0:
            result.append(Unblocked(country, length, stopped or invited, invited is not None))
    return result


def _countries(facts: Facts) -> list[str]:
    return list(dict.fromkeys(row["country"] for row in facts.tables["milestones"]))


def decisions(waits: Sequence[Unblocked]) -> Array:
    """Weight of each wait: those that stopped on one day share one; an open one has its own."""
    return shares([str(wait.stopped or wait.country) for wait in waits])


def rate(
    waits: Sequence[Unblocked], weights: Array, stages: int, count: int, rng: np.random.Generator
) -> Array:
    """Draws of the rate per year of each of ``stages`` equal stages."""
    axis = np.linspace(np.log(0.01), np.log(5.0), 801)
    density = 0.5 * axis
    for wait, weight in zip(waits, weights, strict=True):
        done = np.exp(axis) * wait.years
        survived = np.log(sum(done**k / _factorial(k) for k in range(stages))) - done
        reached = stages * axis + (stages - 1) * np.log(wait.years) - done
        density = density + weight * (reached if wait.reached else survived)
    (draws,) = from_grid(density, [axis], count, rng)
    return np.exp(draws)


def _factorial(k: int) -> float:
    return float(np.prod(np.arange(1, k + 1)))


def waivers(facts: Facts) -> tuple[int, int]:
    """Decisions since 1999 that granted an action plan, and that waived one (invited or cleared without)."""
    countries = _countries(facts)
    granted = {day for c in countries if (day := milestone(facts, c, "map")) is not None}
    skipped = {
        day
        for c in countries
        if (day := milestone(facts, c, "invitation")) is not None
        and day > PLAN_SINCE
        and milestone(facts, c, "map") is None
    }
    cleared = {row["end"] for row in nato_blocks(facts, gates=["map"]) if "waived" in row["resolved_by"]}
    return len(granted), len(skipped) + len(cleared)


def checks(
    waits: Mapping[str, Sequence[Unblocked]], granted: int, waived: int, draws: Mapping[str, Array]
) -> dict[str, object]:
    """The waits, their weights, and what each rate says of a new candidate."""
    found: dict[str, object] = {}
    for name, each in waits.items():
        of_rate, stages = draws[f"{name}_rate"], STAGES[name]
        by_country = rate(each, np.ones(len(each)), stages, DRAWS, np.random.Generator(np.random.Philox(7)))
        total = np.random.Generator(np.random.Philox(8)).gamma(stages, 1.0 / of_rate)
        found |= {
            f"{name}_spells": {
                w.country: [round(w.years, 1), "reached" if w.reached else "open"] for w in each
            },
            f"{name}_decisions": round(float(decisions(each).sum()), 1),
            f"{name}_rate": summary(of_rate),
            f"{name}_rate_by_country": summary(by_country),
            f"{name}_years_of_a_new_candidate": summary(total),
        }
    return found | {
        "plans_granted": granted, "plans_waived": waived, "map_waived": summary(draws["map_waived"]),
    }  # fmt: skip


def fit(facts: Facts, seed: int = 1) -> Fit:
    """The table ``readiness``: 2,000 draws."""
    rng = np.random.Generator(np.random.Philox(seed))
    waits = {"plan": to_plan(facts), "reform": to_invitation(facts)}
    draws = {
        f"{name}_rate": rate(each, decisions(each), STAGES[name], DRAWS, rng) for name, each in waits.items()
    }
    granted, waived = waivers(facts)
    draws["map_waived"] = rng.beta(0.5 + WAIVED_WEIGHT * waived, 0.5 + granted, DRAWS)
    return Fit("readiness", FACTS, draws, METHOD, partial(checks, waits, granted, waived, draws))
