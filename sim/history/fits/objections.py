"""The table of objections: its law is in ``objection_law``; here are the draws, the checks and Hungary today.

Judged: Hungary today (``hungary_objects``), Beta(2, 5). It voted against Kosovo in the Council of Europe (24
April 2023) and alone in the NATO Parliamentary Assembly (27 May 2024), under a government that was replaced
on 9 May 2026; the line of the new one was not found. About even odds that such a line would have been an
objection in the Council, times about even odds that it stays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

import numpy as np
from scipy.optimize import minimize

from sim.base.dates import DAYS_PER_YEAR
from sim.facts.frozen import until
from sim.facts.read import Facts
from sim.history.fits.fitted import DRAWS, Fit
from sim.history.fits.objection_law import (
    KINDS,
    Bid,
    BidCounts,
    Rates,
    any_of,
    bids,
    by_kind,
    evidence,
    lasts,
    posterior,
    today,
)
from sim.history.sampling import Array, rounded, summary

X = TypeVar("X")
Y = TypeVar("Y")
FACTS = ("blocks", "members", "milestones")
METHOD = (
    "Two-state chain of each ally in its long-run state when a step comes up, with a rate of onset for each kind of "
    "step (pfp_objection_rate and pfp_objection_today: the Partnership; objection_rate and objection_today: action "
    "plan and invitation) and lengths common to both; lengths of two kinds, lasting and brief, exponential, with "
    "censoring; likelihood weighted by decision, on a grid; share and length of the brief kind on judged priors; "
    "hungary_objects is a judged Beta(2, 5)."
)
HUNGARY = (2.0, 5.0)


def fit(facts: Facts, seed: int = 1) -> Fit:
    """The table ``objections``: 2,000 joint draws."""
    rng = np.random.Generator(np.random.Philox(seed))
    found, allies = bids(facts), len(facts.members_on(until(facts)))
    rates = posterior(by_kind(found), allies, DRAWS, rng)
    ladder, pfp = rates["ladder"], rates["pfp"]
    draws = {
        "objection_rate": ladder.onset,
        "objection_ends": ladder.ends,
        "objection_today": today(ladder),
        "pfp_objection_rate": pfp.onset,
        "pfp_objection_today": today(pfp),
        "objection_brief": ladder.brief,
        "brief_ends": ladder.brief_ends,
        "hungary_objects": rng.beta(*HUNGARY, DRAWS),
    }
    return Fit("objections", FACTS, draws, METHOD, partial(checks, found, allies, rates))


def second_kind(seen: BidCounts) -> float:
    """Log likelihood that a mixture of two exponential lengths gains over one (it costs two more numbers)."""
    if not seen.ended.any():
        return 0.0

    def log_density(brief: float, fast: float, slow: float) -> float:
        rate = np.array([fast, slow])[:, None]
        part = np.where(seen.ended, rate, 1.0) * np.exp(-rate * seen.length)
        return float((seen.weight * np.log(brief * part[0] + (1.0 - brief) * part[1])).sum())

    slow = seen.ends / seen.years
    starts = [(-1.7, 2.0, np.log(slow)), (0.0, 0.0, np.log(slow))]

    def loss(x: Array) -> float:
        fast, gentle = np.exp(np.clip(x[1:], -9, 6))
        return -log_density(float(1 / (1 + np.exp(-x[0]))), float(fast), float(gentle))

    best = min(minimize(loss, np.array(start), method="Nelder-Mead").fun for start in starts)
    return float(-best - log_density(0.5, slow, slow))


def checks(found: Sequence[Bid], allies: int, rates: Mapping[str, Rates]) -> dict[str, object]:
    """Counts, the forecast for today's allies, and the chance under the fit of what happened (or longer)."""
    history: dict[str, object] = {}
    for bid in found:
        if bid.length is not None:
            own = rates[next(kind for kind, steps in KINDS.items() if bid.step in steps)]
            chance = any_of(allies, own) * lasts(own, bid.length)
            name = f"{bid.candidate} {bid.step} {bid.day.year}"
            history[name] = [round(bid.length, 1), rounded(chance.mean(), 2)]
    common = rates["ladder"]
    return {
        "decisions (came up, objected, ended, years)": _each(by_kind(found), _counts),
        "bids (came up, objected, ended, years)": _each(by_kind(found, by_decision=False), _counts),
        "chance_somebody_objects": _each(rates, lambda each: summary(any_of(allies, each))),
        "new_lasting_objections_per_year": _each(rates, lambda each: summary(allies * each.onset)),
        "years_of_a_lasting_objection": summary(1.0 / common.ends),
        "brief_share": summary(common.brief),
        "days_of_a_brief_objection": summary(DAYS_PER_YEAR / common.brief_ends),
        "mean_chance_somebody_objects_otherwise": _otherwise(found, allies),
        "gain_of_a_second_kind": round(second_kind(evidence(found)), 2),
        "chance_of_history (years; somebody objects and for at least as long)": history,
    }


def _otherwise(found: Sequence[Bid], allies: int) -> dict[str, dict[str, float]]:
    """The mean chance under other ways of counting."""
    first = [replace(bid, decision="open invitation") if _entered(bid) else bid for bid in found]
    ways = {
        "by bid": by_kind(found, by_decision=False),
        "without Croatia 1994": by_kind([bid for bid in found if bid.decision != "hrv-pfp-1994"]),
        "one rate for all steps": {"all": evidence(found)},
        "unblocked entries as one decision": by_kind(first),
        "the same, one rate for all steps": {"all": evidence(first)},
    }
    return {way: _each(_again(seen, allies), _mean(allies)) for way, seen in ways.items()}


def _entered(bid: Bid) -> bool:
    return bid.step == "pfp" and bid.length is None


def _again(seen: Mapping[str, BidCounts], allies: int) -> dict[str, Rates]:
    return posterior(seen, allies, DRAWS, np.random.Generator(np.random.Philox(7)))


def _mean(allies: int) -> Callable[[Rates], float]:
    return lambda each: rounded(any_of(allies, each).mean(), 2)


def _each(given: Mapping[str, X], of: Callable[[X], Y]) -> dict[str, Y]:
    return {kind: of(each) for kind, each in given.items()}


def _counts(seen: BidCounts) -> list[float]:
    return [round(x, 2) for x in (seen.came_up, seen.objected, seen.ends, seen.years)]
