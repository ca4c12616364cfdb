"""How often allies object to a step for reasons other than recognition, and for how long.

Evidence: ``milestones.csv`` (steps that passed) and ``blocks.csv`` (NATO steps that were held up). An
objection is seen only when a step comes up, which is also how the model reads it; so the unit is the *bid*: a
candidate's step on the day it came up, that is, the first day of its block, or the day it passed. Bids that
came up on one day, or whose blocks carry one ``decision`` in the table, are one decision of weight one, split
over its bids (Madrid 1997: two of five). Unblocked entries into the Partnership for Peace within 1994 are one
decision, the open invitation of that January; each later one is a decision of its own, for it came up when its
candidate asked. The number of blockers does not count: seven allies on Ukraine and Georgia are one objection.

Left out: blocks for recognition (that is the stance) and for identity (Greece and the name, which is to a
candidate what recognition is to Kosovo, so counting it here would count it twice); activities of partners;
obstruction after signature (the ratification fit). The action plan of Bosnia and Herzegovina and its
activation are one episode. One episode (Croatia 1994) names no ally; it counts. Blocks of the kind
``conditions`` count, and the readiness fit takes their time out in turn.

Model: each ally's chain none -> raised (rate a), raised -> none (rate b), in its long-run state when a step
comes up, so that among n allies one at least objects with L = 1 - (b / (a + b))^n; lengths are exponential, open
ones censored. There are two kinds of step: the Partnership, and the ladder to membership (action plan and
invitation). Each has its own a, counted from its own decisions; b and what follows are common to both, for
lengths of seven decisions are too few for two laws. n is today's number of allies for all years: objections are
counted by decision, and nothing says that a larger alliance meets more of them. Some objections are not of that
kind but *brief*: a lever in other business that ends with rate c once the price is paid. With a share r of brief
ones a step meets some objection with chance L / (1 - r), and a length comes from one law or the other without
being told which. Prior 1 / sqrt(b) and 1 / sqrt(a) for each kind of step, Beta(1, 2) for r, lognormal for c;
grid, likelihood weighted by decision (a length by its decision's share among the lengths).

What the model does with it: lasting objections are the chain of every ally. New brief ones are in the chance
that a meeting is held. Of an objection that was raised just now nobody knows of which kind it is: a scenario
that starts with one can let it be brief with chance r (``objection_brief``; the cases of Finland and Sweden do).

Choices that matter, made after seeing results. The first two forms took all unblocked entries from 1994 to 2008
for one decision, so that two of three decisions on the Partnership were objected ones, and had one rate for all
steps, which carried fear of Russia at the action plan over to the Partnership: some objection met any step in
0.46 of cases. With later entries as decisions of their own, one rate for all would be 0.29. These and others
(counted by bid, without Croatia 1994) are in ``checks``. With the number of allies at the time all shares are
higher. How long the lasting kind lasts hardly depends on it: a mean of eight to nine years in each. The first form
had one kind of length; it gave Finland and Sweden in May 2022 less than 1 % for what happened, and the second
kind was added after that was seen. One short decision of seven cannot carry it (log likelihood in ``checks``),
so its numbers lean on what was seen in other bodies.

Judged: share and length of brief objections. Of 19 objections in consensus bodies with dates, gathered for their
fame and not by a rule, eight were over other business. Beta(1, 2) says one in three and little else. The
lengths of the seven that are not Ankara's of 2022 (6, 10, 22, 24, 32, 48 and 159 days: European Union six,
alliance planning 2003) have a mean of 43 days, which is 8.5 a year; the factor of two either way is ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.special import logsumexp

from sim.base.dates import years_between
from sim.facts.read import Facts, Row
from sim.history.record import followed, nato_blocks
from sim.history.sampling import Array, from_grid, middles, shares

KINDS = {"pfp": ("pfp",), "ladder": ("map", "invitation")}
"""Kinds of step, each with its own rate of onset."""
STEPS = tuple(step for steps in KINDS.values() for step in steps)
OPEN_INVITATION = 1994
"""Year in which all unblocked entries into the Partnership are one decision."""
GATES = {"pfp": "pfp", "map": "map", "map_activation": "map", "invitation": "invitation"}
NOT_OBJECTIONS = ("recognition", "identity")
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
        own = same_day.get((step, day), f"{step} {day}")
        if step == "pfp" and day.year == OPEN_INVITATION:
            own = f"open invitation {OPEN_INVITATION}"
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


def of_kind(found: Sequence[Bid], kind: str) -> list[Bid]:
    """The bids for one kind of step."""
    return [bid for bid in found if bid.step in KINDS[kind]]


def by_kind(found: Sequence[Bid], by_decision: bool = True) -> dict[str, BidCounts]:
    """The counts for each kind of step."""
    return {kind: evidence(of_kind(found, kind), by_decision) for kind in KINDS}


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
    value: Array = log_meets(seen, allies, rates) + log_lengths(seen, rates)
    return value


def log_meets(seen: BidCounts, allies: int, rates: Rates) -> Array:
    """Of the decisions that met an objection, and that met none."""
    chance = any_of(allies, rates)
    with np.errstate(divide="ignore", invalid="ignore"):
        value: Array = np.where(
            chance < 1,
            (seen.came_up - seen.objected) * np.log1p(-chance) + seen.objected * np.log(chance),
            -np.inf,
        )
    return value


def log_lengths(seen: BidCounts, rates: Rates) -> Array:
    """Of how long objections lasted; does not depend on the onset."""
    _, ends, brief, brief_ends = rates
    lengths: Array = np.zeros(())
    for length, weight, over in zip(seen.length, seen.weight, seen.ended, strict=True):
        lasting = (1 - brief) * np.where(over, ends, 1.0) * np.exp(-ends * length)
        lengths = lengths + weight * np.log(
            lasting + brief * np.where(over, brief_ends, 1.0) * np.exp(-brief_ends * length)
        )
    return lengths


def posterior(
    seen: Mapping[str, BidCounts], allies: int, count: int, rng: np.random.Generator
) -> dict[str, Rates]:
    """Joint draws, by kind of step: onsets differ, the other numbers are the same arrays.

    Axes of the brief kind are quantiles of its priors. Given the common numbers the onsets are independent, so
    each is summed out on its axis first and drawn afterwards.
    """
    onset = np.linspace(np.log(2e-5), np.log(0.2), 121)
    axes = [np.linspace(np.log(0.005), np.log(3.0), 81), *(middles(n) for n in (24, 12))]
    ends, brief, brief_ends = np.meshgrid(*axes, indexing="ij", sparse=True)
    density = 0.5 * ends
    for each in seen.values():
        density = density + log_lengths(each, _rates(onset[0], ends, brief, brief_ends))
        met = _log_onset(each, allies, onset[:, None, None, None], ends, brief, brief_ends)
        density = density + logsumexp(met, axis=0)
    common = from_grid(density, axes, count, rng)
    return {
        kind: _rates(_drawn(_log_onset(each, allies, onset[:, None], *common), onset, rng), *common)
        for kind, each in seen.items()
    }


def _log_onset(seen: BidCounts, allies: int, log_onset: Array, *common: Array) -> Array:
    """Log density of the onset (its logarithm) given the common numbers, up to a constant."""
    value: Array = log_meets(seen, allies, _rates(log_onset, *common)) + 0.5 * log_onset
    return value


def _drawn(log_density: Array, axis: Array, rng: np.random.Generator) -> Array:
    """One value for each column of a density on an even axis, uniform within its cell."""
    below = np.exp(log_density - log_density.max(axis=0)).cumsum(axis=0)
    count = below.shape[1]
    cell = (below < rng.random(count) * below[-1]).sum(axis=0)
    drawn: Array = axis[cell] + (rng.random(count) - 0.5) * (axis[1] - axis[0])
    return drawn


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


def today(rates: Rates) -> Array:
    """Chance that one ally has a lasting objection: the long-run share of its chain."""
    share: Array = rates.onset / (rates.onset + rates.ends)
    return share
