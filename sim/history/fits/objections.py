"""How often allies object to a step for reasons other than recognition, and for how long.

Evidence: ``milestones.csv`` (steps that passed) and ``blocks.csv`` (NATO steps that were held up). An
objection is seen only when a step comes up, which is also how the model reads it; so the unit is the *bid*: a
candidate's step on the day it came up, that is, the first day of its block, or the day it passed. Bids that
came up on one day, or whose blocks carry one ``decision`` in the table, are one decision of weight one, split
over its bids (Madrid 1997: two of five). All unblocked entries into the Partnership for Peace are one
decision, the open invitation of January 1994. The number of blockers does not count: seven allies on Ukraine
and Georgia are one objection.

Left out: blocks for recognition (that is the stance) and for identity (Greece and the name, which is to a
candidate what recognition is to Kosovo, so counting it here would count it twice); activities of partners;
obstruction after signature (the ratification fit). The action plan of Bosnia and Herzegovina and its
activation are one episode. One episode (Croatia 1994) names no ally; it counts. Blocks of the kind
``conditions`` count, and the readiness fit takes their time out in turn.

Model: each ally's chain none -> raised (rate a), raised -> none (rate b), in its long-run state when a step
comes up, so that among n allies one at least objects with L = 1 - (b / (a + b))^n; lengths are exponential, open
ones censored. n is today's number of allies for all years: objections are counted by decision, and nothing
says that a larger alliance meets more of them. Some objections are not of that kind but *brief*: a lever in
other business that ends with rate c once the price is paid. With a share r of brief ones a step meets some
objection with chance L / (1 - r), and a length comes from one law or the other without being told which. Prior
1 / sqrt(a b) for the lasting kind, Beta(1, 2) for r, lognormal for c; grid, likelihood weighted by decision (a
length by its decision's share among the lengths).

What the model does with it: lasting objections are the chain of every ally. New brief ones are in the chance
that a meeting is held. Of an objection that was raised just now nobody knows of which kind it is: a scenario
that starts with one can let it be brief with chance r (``objection_brief``; the cases of Finland and Sweden do).

Choices that matter, the first and the last made after seeing results: with the number of allies at the time,
some objection would meet a step in 0.59 of cases instead of 0.46. Counted by bid it is 0.18 (``checks``),
without Croatia 1994 0.43, with blocks for identity 0.53. The length of the lasting kind hardly changes: a mean
of eight to nine years in each. The first form had one kind of length; it gave Finland and Sweden in May 2022
less than 1 % for what happened, and the second kind was added after that was seen. One short decision of seven
cannot carry it (log likelihood in ``checks``), so its numbers lean on what was seen in other bodies.

Judged: share and length of brief objections. Of 19 objections in consensus bodies with dates, gathered for their
fame and not by a rule, eight were over other business. Beta(1, 2) says one in three and little else. The
lengths of the seven that are not Ankara's of 2022 (6, 10, 22, 24, 32, 48 and 159 days: European Union six,
alliance planning 2003) have a mean of 43 days, which is 8.5 a year; the factor of two either way is ours.

Judged: Hungary today (``hungary_objects``), Beta(2, 5). It voted against Kosovo in the Council of Europe (24
April 2023) and alone in the NATO Parliamentary Assembly (27 May 2024), under a government that was replaced
on 9 May 2026; the line of the new one was not found. About even odds that such a line would have been an
objection in the Council, times about even odds that it stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.optimize import minimize

from sim.base.dates import DAYS_PER_YEAR, years_between
from sim.facts.frozen import until
from sim.facts.read import Facts, Row
from sim.history.fits.fitted import DRAWS, Fit
from sim.history.record import followed, nato_blocks
from sim.history.sampling import Array, from_grid, middles, rounded, shares, summary

FACTS = ("blocks", "members", "milestones")
METHOD = (
    "Two-state chain of each ally in its long-run state when a step comes up; lengths of two kinds, lasting and "
    "brief, exponential, with censoring; likelihood weighted by decision, on a grid; share and length of the "
    "brief kind on judged priors; hungary_objects is a judged Beta(2, 5)."
)
STEPS = ("pfp", "map", "invitation")
GATES = {"pfp": "pfp", "map": "map", "map_activation": "map", "invitation": "invitation"}
NOT_OBJECTIONS = ("recognition", "identity")
HUNGARY = (2.0, 5.0)
BRIEF_SHARE = (1.0, 2.0)
"""Judged prior of the share of brief objections: a Beta law."""
BRIEF_ENDS = (8.5, 0.4)
"""Judged prior of the rate at which these end: median per year, sigma of its logarithm."""


@dataclass(frozen=True)
class Bid:
    """A candidate's step on the day it came up; ``length`` (years) if held up, ``open`` if it still is."""

    candidate: str
    step: str
    day: date
    decision: str
    length: float | None
    open: bool


def bids(facts: Facts) -> list[Bid]:
    """All bids that count, objected ones first."""
    held = _episodes(nato_blocks(facts, gates=GATES))
    taken = {(rows[0]["candidate"], GATES[rows[0]["gate"]]) for rows in held}
    found = [_objected(facts, rows) for rows in held if rows[0]["kind"] not in NOT_OBJECTIONS]
    same_day = {(bid.step, bid.day): bid.decision for bid in found}
    for row in facts.tables["milestones"]:
        step = row["milestone"]
        if step not in STEPS or not row["date"] or (row["country"], step) in taken:
            continue
        day = row.day("date")
        own = "open invitation 1994" if step == "pfp" else same_day.get((step, day), f"{step} {day}")
        found.append(Bid(row["country"], step, day, own, None, False))
    return found


def _episodes(rows: Sequence[Row]) -> list[list[Row]]:
    """Blocks joined where one candidate's next one at the same step starts on the day the last one ended."""
    result: list[list[Row]] = []
    for row in sorted(rows, key=lambda r: (r["candidate"], GATES[r["gate"]], r.day("start"))):
        last = result[-1][-1] if result else None
        if (
            last is not None
            and (last["candidate"], GATES[last["gate"]]) == (row["candidate"], GATES[row["gate"]])
            and last["end"] == row["start"]
        ):
            result[-1].append(row)
        else:
            result.append([row])
    return result


def _objected(facts: Facts, rows: Sequence[Row]) -> Bid:
    first, last = rows[0], followed(facts, rows[-1])
    start = first.day("start")
    return Bid(
        first["candidate"],
        GATES[first["gate"]],
        start,
        first["decision"],
        years_between(start, last.day),
        not last.over,
    )


@dataclass(frozen=True)
class BidCounts:
    """Weighted counts, each decision one, and the lengths (years) of objections with their weights."""

    came_up: float
    objected: float
    length: Array
    weight: Array
    ended: NDArray[np.bool_]

    @property
    def ends(self) -> float:
        """Lengths that ended."""
        return float(self.weight[self.ended].sum())

    @property
    def years(self) -> float:
        """Years under an objection."""
        return float((self.weight * self.length).sum())


def evidence(found: Sequence[Bid], by_decision: bool = True) -> BidCounts:
    """The counts of some bids, each decision weighing one (or each bid, for comparison)."""
    held = [bid for bid in found if bid.length is not None]
    ask = shares([bid.decision for bid in found]) if by_decision else np.ones(len(found))
    last = shares([bid.decision for bid in held]) if by_decision else np.ones(len(held))
    return BidCounts(
        float(ask.sum()),
        float(ask[[bid.length is not None for bid in found]].sum()),
        np.array([bid.length or 0.0 for bid in held]),
        last,
        np.array([not bid.open for bid in held], dtype=bool),
    )


class Rates(NamedTuple):
    """Arrays that broadcast: onset (of one ally) and end of lasting objections, both per year; the share of
    objections that are brief, and the rate at which these end, per year.
    """

    onset: Array
    ends: Array
    brief: Array
    brief_ends: Array


def log_likelihood(seen: BidCounts, allies: int, rates: Rates) -> Array:
    """Log likelihood of rates; minus infinity where some objection would be more than certain."""
    _, ends, brief, brief_ends = rates
    chance = any_of(allies, rates)
    with np.errstate(divide="ignore", invalid="ignore"):
        value: Array = np.where(
            chance < 1,
            (seen.came_up - seen.objected) * np.log1p(-chance) + seen.objected * np.log(chance),
            -np.inf,
        )
    lengths: Array = np.zeros(())  # apart: they do not depend on the onset, whose axis is the longest
    for length, weight, over in zip(seen.length, seen.weight, seen.ended, strict=True):
        lasting = (1 - brief) * np.where(over, ends, 1.0) * np.exp(-ends * length)
        lengths = lengths + weight * np.log(
            lasting + brief * np.where(over, brief_ends, 1.0) * np.exp(-brief_ends * length)
        )
    return value + lengths


def posterior(seen: BidCounts, allies: int, count: int, rng: np.random.Generator) -> Rates:
    """Joint draws of the four numbers. Axes of the brief kind are quantiles of its priors."""
    cells = [middles(n) for n in (24, 12)]
    axes = [np.linspace(np.log(2e-5), np.log(0.2), 121), np.linspace(np.log(0.005), np.log(3.0), 81), *cells]
    grid = np.meshgrid(*axes, indexing="ij", sparse=True)
    density = log_likelihood(seen, allies, _rates(*grid)) + 0.5 * (grid[0] + grid[1])
    return _rates(*from_grid(density, axes, count, rng))


def _rates(log_onset: Array, log_ends: Array, brief: Array, brief_ends: Array) -> Rates:
    middle, spread = BRIEF_ENDS
    return Rates(
        np.exp(log_onset), np.exp(log_ends),
        stats.beta(*BRIEF_SHARE).ppf(brief), stats.lognorm(spread, scale=middle).ppf(brief_ends),
    )  # fmt: skip


def any_of(allies: int, rates: Rates) -> Array:
    """Chance that some objection, brief or lasting, meets a step that comes up."""
    result: Array = lasting(allies, rates) / (1 - rates.brief)
    return result


def lasting(allies: int, rates: Rates) -> Array:
    """Chance that at least one of some allies has a lasting objection when a step comes up."""
    result: Array = -np.expm1(-allies * np.log1p(rates.onset / rates.ends))
    return result


def lasts(rates: Rates, years: float) -> Array:
    """Chance that an objection lasts longer than some years."""
    result: Array = (1 - rates.brief) * np.exp(-rates.ends * years) + rates.brief * np.exp(
        -rates.brief_ends * years
    )
    return result


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


def checks(found: Sequence[Bid], allies: int, rates: Rates) -> dict[str, object]:
    """Counts, the forecast for today's allies, and the chance under the fit of what happened (or longer)."""
    seen, one_each = evidence(found), evidence(found, by_decision=False)
    history: dict[str, object] = {}
    for bid in found:
        if bid.length is not None:
            chance = any_of(allies, rates) * lasts(rates, bid.length)
            name = f"{bid.candidate} {bid.step} {bid.day.year}"
            history[name] = [round(bid.length, 1), rounded(chance.mean(), 2)]
    by_bid = posterior(one_each, allies, DRAWS, np.random.Generator(np.random.Philox(7)))
    return {
        "decisions (came up, objected, ended, years)": _counts(seen),
        "bids (came up, objected, ended, years)": _counts(one_each),
        "chance_somebody_objects": summary(any_of(allies, rates)),
        "new_lasting_objections_per_year": summary(allies * rates.onset),
        "years_of_a_lasting_objection": summary(1.0 / rates.ends),
        "brief_share": summary(rates.brief),
        "days_of_a_brief_objection": summary(DAYS_PER_YEAR / rates.brief_ends),
        "chance_somebody_objects_by_bid": summary(any_of(allies, by_bid)),
        "years_of_a_lasting_objection_by_bid": summary(1.0 / by_bid.ends),
        "gain_of_a_second_kind": round(second_kind(seen), 2),
        "chance_of_history (years; somebody objects and for at least as long)": history,
    }


def _counts(seen: BidCounts) -> list[float]:
    return [round(x, 2) for x in (seen.came_up, seen.objected, seen.ends, seen.years)]


def fit(facts: Facts, seed: int = 1) -> Fit:
    """The table ``objections``: 2,000 joint draws."""
    rng = np.random.Generator(np.random.Philox(seed))
    found, allies = bids(facts), len(facts.members_on(until(facts)))
    rates = posterior(evidence(found), allies, DRAWS, rng)
    draws = {
        "objection_rate": rates.onset,
        "objection_ends": rates.ends,
        "objection_today": rates.onset / (rates.onset + rates.ends),
        "objection_brief": rates.brief,
        "brief_ends": rates.brief_ends,
        "hungary_objects": rng.beta(*HUNGARY, DRAWS),
    }
    return Fit("objections", FACTS, draws, METHOD, partial(checks, found, allies, rates))
