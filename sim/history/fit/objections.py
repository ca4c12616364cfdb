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
comes up, so that among n allies one at least objects with 1 - (b / (a + b))^n; lengths are exponential, open
ones censored. n is today's number of allies for all years: objections are counted by decision, and nothing
says that a larger alliance meets more of them. Prior 1 / sqrt(a b), grid, likelihood weighted by decision (a
length by its decision's share among the lengths). Brief objections over other business are in the chance that
a meeting is held; one short episode does not carry a second kind (log likelihood in ``checks``).

Choices that matter, the first made after seeing results: with the number of allies at the time, some
objection would meet a step in 0.59 of cases instead of 0.47. Counted by bid it is 0.18 (``checks``),
without Croatia 1994 0.43, with blocks for identity 0.53. The length hardly changes: a mean of seven to
eight years in each.

Judged: Hungary today (``hungary_objects``), Beta(2, 5). It voted against Kosovo in the Council of Europe (24
April 2023) and alone in the NATO Parliamentary Assembly (27 May 2024), under a government that was replaced
on 9 May 2026; the line of the new one was not found. About even odds that such a line would have been an
objection in the Council, times about even odds that it stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from scipy.optimize import minimize

from sim.facts import Facts, Row
from sim.history.fit.spells import (
    Array,
    ended,
    from_grid,
    middle,
    nato_blocks,
    shares,
    summary,
    years,
)
from sim.history.fit.tables import DRAWS, Fit
from sim.history.frozen import until

NAME = "objections"
FACTS = ("blocks", "members", "milestones")
STEPS = ("pfp", "map", "invitation")
GATES = {"pfp": "pfp", "map": "map", "map_activation": "map", "invitation": "invitation"}
NOT_OBJECTIONS = ("recognition", "identity")
HUNGARY = (2.0, 5.0)


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
    found = [_objected(rows, until(facts)) for rows in held if rows[0]["kind"] not in NOT_OBJECTIONS]
    same_day = {(bid.step, bid.day): bid.decision for bid in found}
    for row in facts.tables["milestones"]:
        step = row["milestone"]
        if step not in STEPS or not row["date"] or (row["country"], step) in taken:
            continue
        day = middle(row["date"])
        own = "open invitation 1994" if step == "pfp" else same_day.get((step, day), f"{step} {day}")
        found.append(Bid(row["country"], step, day, own, None, False))
    return found


def _episodes(rows: Sequence[Row]) -> list[list[Row]]:
    """Blocks joined where one candidate's next one at the same step starts on the day the last one ended."""
    result: list[list[Row]] = []
    for row in sorted(rows, key=lambda r: (r["candidate"], GATES[r["gate"]], middle(r["start"]))):
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


def _objected(rows: Sequence[Row], followed: date) -> Bid:
    first, last = rows[0], rows[-1]
    start = middle(first["start"])
    return Bid(
        first["candidate"],
        GATES[first["gate"]],
        start,
        first["decision"],
        years(start, ended(last, followed)),
        not last["end"],
    )


@dataclass(frozen=True)
class Evidence:
    """Weighted counts, each decision one: came up, met an objection; lengths that ended, years under one."""

    came_up: float
    objected: float
    ended: float
    years: float


def evidence(found: Sequence[Bid], by_decision: bool = True) -> Evidence:
    """The counts of some bids, each decision weighing one (or each bid, for comparison)."""
    held = [bid for bid in found if bid.length is not None]
    ask = shares([bid.decision for bid in found]) if by_decision else np.ones(len(found))
    last = shares([bid.decision for bid in held]) if by_decision else np.ones(len(held))
    return Evidence(
        float(ask.sum()),
        float(ask[[bid.length is not None for bid in found]].sum()),
        float(last[[not bid.open for bid in held]].sum()),
        float((last * [bid.length or 0.0 for bid in held]).sum()),
    )


def log_likelihood(seen: Evidence, allies: int, onset: Array, ends: Array) -> Array:
    """Log likelihood at rates per year (arrays that broadcast)."""
    free = -allies * np.log1p(onset / ends)
    value: Array = (seen.came_up - seen.objected) * free + seen.objected * np.log(-np.expm1(free))
    return value + seen.ended * np.log(ends) - seen.years * ends


def rates(seen: Evidence, allies: int, count: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Draws of onset and end, both per year (of one ally; of one objection)."""
    axes = [np.linspace(np.log(2e-5), np.log(0.2), 151), np.linspace(np.log(0.005), np.log(3.0), 121)]
    onset, ends = np.exp(axes[0])[:, None], np.exp(axes[1])[None, :]
    density = log_likelihood(seen, allies, onset, ends) + 0.5 * (axes[0][:, None] + axes[1][None, :])
    log_onset, log_ends = from_grid(density, axes, count, rng)
    return np.exp(log_onset), np.exp(log_ends)


def any_of(allies: int, onset: Array, ends: Array) -> Array:
    """Chance that at least one of some allies objects when a step comes up."""
    result: Array = -np.expm1(-allies * np.log1p(onset / ends))
    return result


def second_kind(found: Sequence[Bid]) -> float:
    """Log likelihood that a mixture of two exponential lengths gains over one (it costs two more numbers)."""
    held = [bid for bid in found if bid.length is not None]
    if all(bid.open for bid in held):
        return 0.0
    weight = shares([bid.decision for bid in held])
    length = np.array([bid.length for bid in held])
    still = np.array([bid.open for bid in held])

    def log_density(brief: float, fast: float, slow: float) -> float:
        rate = np.array([fast, slow])[:, None]
        part = np.array([brief, 1.0 - brief])[:, None] * np.where(still, 1.0, rate) * np.exp(-rate * length)
        return float((weight * np.log(part.sum(axis=0))).sum())

    slow = float((weight * ~still).sum() / (weight * length).sum())
    starts = [(-1.7, 2.0, np.log(slow)), (0.0, 0.0, np.log(slow))]

    def loss(x: Array) -> float:
        fast, gentle = np.exp(np.clip(x[1:], -9, 6))
        return -log_density(float(1 / (1 + np.exp(-x[0]))), float(fast), float(gentle))

    best = min(minimize(loss, np.array(start), method="Nelder-Mead").fun for start in starts)
    return float(-best - log_density(0.5, slow, slow))


def checks(found: Sequence[Bid], allies: int, onset: Array, ends: Array) -> dict[str, object]:
    """Counts, the forecast for today's allies, and the chance under the fit of what happened (or longer)."""
    seen, one_each = evidence(found), evidence(found, by_decision=False)
    history: dict[str, object] = {}
    for bid in found:
        if bid.length is not None:
            chance = any_of(allies, onset, ends) * np.exp(-ends * bid.length)
            name = f"{bid.candidate} {bid.step} {bid.day.year}"
            history[name] = [round(bid.length, 1), float(f"{chance.mean():.2g}")]
    by_bid = rates(one_each, allies, DRAWS, np.random.Generator(np.random.Philox(7)))
    return {
        "decisions (came up, objected, ended, years)": [round(x, 2) for x in vars(seen).values()],
        "bids (came up, objected, ended, years)": [round(x, 2) for x in vars(one_each).values()],
        "chance_somebody_objects": summary(any_of(allies, onset, ends)),
        "new_objections_per_year": summary(allies * onset),
        "years_of_an_objection": summary(1.0 / ends),
        "chance_somebody_objects_by_bid": summary(any_of(allies, *by_bid)),
        "years_of_an_objection_by_bid": summary(1.0 / by_bid[1]),
        "gain_of_a_second_kind": round(second_kind(found), 2),
        "chance_of_history (years; somebody objects and for at least as long)": history,
    }


def fit(facts: Facts, seed: int = 1) -> Fit:
    """The table ``objections``: 2,000 joint draws."""
    rng = np.random.Generator(np.random.Philox(seed))
    found, allies = bids(facts), len(facts.members_on(until(facts)))
    onset, ends = rates(evidence(found), allies, DRAWS, rng)
    draws = {
        "objection_rate": onset,
        "objection_ends": ends,
        "objection_today": onset / (onset + ends),
        "hungary_objects": rng.beta(*HUNGARY, DRAWS),
    }
    method = (
        "Two-state chain of each ally in its long-run state when a step comes up, exponential lengths with "
        "censoring, likelihood weighted by decision, on a grid; hungary_objects is a judged Beta(2, 5)."
    )
    return Fit(NAME, FACTS, draws, method, checks(found, allies, onset, ends))
