"""How often does a dispute like that of Serbia and Kosovo end by agreement? From ``seeds/settlements.csv``.

Model. Dispute i has a rate of its own, constant in time, drawn from Gamma(shape, rate); it settles at that
rate until it ends otherwise (conquest, absorption) or the facts end (:data:`FREEZE`): both are censoring.
Averaged over the unknown rates, the chance to be unsettled at age t is (rate / (rate + t)) ** shape, so
that the hazard seen from outside falls with age although no dispute's own rate does. A dispute counts from
its first birthday, and not before the list opens (:data:`LIST_OPENS`): what settles within a year is no
frozen dispute and is not in the table. Each row's likelihood is therefore conditional on being unsettled
when it enters.

Priors (judged, weak): log of the mean rate normal around 5 % a year with standard deviation 1.5; log of the
shape normal around 0 with standard deviation 1 (a coefficient of variation between rates of 1, 90 % range
0.4 to 2.3). The posterior is summed on a grid, without sampling. The target is in the list *because* it is
unsettled, so its record says nothing about the others; it only updates its own rate: Gamma(shape, rate +
its years).

Clock. From the separation, the refusal of recognition, or the end of the war in which the separation was
fought; later wars and pauses do not stop it. The variant ``talks`` starts at the first talks known instead.

What it cannot see: famous disputes are over-represented, those that vanished quickly are missing, and which
disputes are like this one is judged. Ends were coded with hindsight. Dates known to the month or year count
as the middle of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np

from sim.facts.frozen import until
from sim.facts.read import Facts, Row, bounds
from sim.history.fits.pooling import (
    AHEAD,
    Array,
    Mixture,
    Spell,
    aged,
    cells,
    chance,
    gamma_quantiles,
    log_likelihoods,
    mean,
    middles,
    pooled,
    quantiles,
    updated,
    weibull,
    weighted_quantiles,
)
from sim.history.fits.tables import DRAWS, Fit

FREEZE = date(2026, 11, 24)
"""Last day of the facts, unless they are frozen earlier: who is unsettled is unsettled on this day.

Later than ``frozen.FACTS_UNTIL``: the day of the fit, up to which what is open is taken to have stayed open.
With FACTS_UNTIL instead the target has 18.4 years behind it, not 18.8, and settles within ten in 0.154, not 0.152.
"""
LIST_OPENS = date(1945, 10, 24)
"""The Charter of the United Nations; older disputes enter the list on this day."""
ENTRY_AGE = 1.0
"""Age in years at which a dispute enters the list."""
AGREED = ("settlement", "normalisation")
TABLE = "settlements"


def _middle(text: str) -> float:
    first, last = bounds(text)
    return (first.toordinal() + last.toordinal()) / 2


def _years(row: Row, clock: str, freeze: date) -> float:
    """Years from the row's clock to its end or the freeze."""
    end = _middle(row["end"]) if row["end"] else float(freeze.toordinal())
    return (end - _middle(row[clock] or row["start"])) / 365.25


def own_years(facts: Facts, clock: str = "start") -> float:
    """Years for which the target has been unsettled, by one of the clocks ``start`` and ``talks``."""
    freeze = until(facts, FREEZE)
    return next(_years(row, clock, freeze) for row in facts.tables[TABLE] if row["similar"] == "target")


def spells(facts: Facts, clock: str = "start", entry: float = ENTRY_AGE) -> tuple[Spell, ...]:
    """The reference disputes in the table's order, without those that ended before they could enter."""
    found = []
    freeze = until(facts, FREEZE)
    for row in facts.tables[TABLE]:
        begins = _middle(row[clock] or row["start"])
        birthday = _middle(row["start"]) + 365.25 * entry
        enters = (max(birthday, LIST_OPENS.toordinal(), begins) - begins) / 365.25
        age, agreed = _years(row, clock, freeze), row["kind_of_end"] in AGREED
        if row["similar"] != "target" and age > enters:
            horizon = (freeze.toordinal() - begins) / 365.25
            found.append(Spell(row["dispute"], row["family"], row["similar"], enters, age, agreed, horizon))
    return tuple(found)


def settled_within(rows: Iterable[Spell], mixture: Mixture, years: float, seed: int) -> tuple[int, Array]:
    """Disputes settled before age ``years``: seen, and replicated from the posterior (DRAWS,)."""
    rng = np.random.Generator(np.random.Philox(seed))
    at_risk = [row for row in rows if row.entry < years]
    seen = sum(row.settled and row.age <= years for row in at_risk)
    cell = rng.choice(len(mixture.weight), size=DRAWS, p=mixture.weight)
    shape, rate = mixture.shape[cell], mixture.rate[cell]
    count = np.zeros(DRAWS)
    for row in at_risk:
        stays = ((rate + row.entry) / (rate + min(years, row.horizon if row.settled else row.age))) ** shape
        count += rng.random(DRAWS) > stays
    return seen, count


def left_out(
    rows: tuple[Spell, ...], label: Callable[[Spell], str], years: float
) -> dict[str, tuple[float, float]]:
    """Mean rate and chance within :data:`AHEAD` years when the rows of one label are left out, by label."""
    grid = cells()
    each = log_likelihoods(rows, grid.shape, grid.rate)
    result = {}
    for name in dict.fromkeys(map(label, rows)):
        keep = np.array([label(row) != name for row in rows])
        mixture = aged(updated(grid, each[keep].sum(axis=0)), years)
        result[name] = (mean(mixture), chance(mixture))
    return result


def _short(value: float) -> float:
    return float(f"{value:.3g}")


def _extremes(left: dict[str, tuple[float, float]]) -> dict[str, list[Any]]:
    ends = (min(left, key=lambda name: left[name][1]), max(left, key=lambda name: left[name][1]))
    return {
        word: [name, *map(_short, left[name])] for word, name in zip(("lowest", "highest"), ends, strict=True)
    }


def _missing(age: float, settled: bool) -> Spell:
    """A dispute that the list might have overlooked."""
    return Spell("missing", "missing", "distant", ENTRY_AGE, age, settled, age)


def _choices(facts: Facts, rows: tuple[Spell, ...], years: float) -> dict[str, float]:
    """Chance within :data:`AHEAD` years under other choices of list, prior and event."""
    wide = cells(width=2)
    one_state = {row["dispute"] for row in facts.tables[TABLE] if row["left_state"] == "yes"}
    full = {row["dispute"] for row in facts.tables[TABLE] if row["kind_of_end"] == "settlement"}
    found = {f"entry at {age} years": pooled(spells(facts, entry=age)) for age in (0, 2, 5)} | {
        "prior twice as wide": pooled(rows, wide),
        "normalisation not counted": pooled(
            replace(row, settled=row.settled and row.dispute in full) for row in rows
        ),
        "absorbed counted as unsettled to this day": pooled(
            row if row.settled else replace(row, age=row.horizon) for row in rows
        ),
        "one had left the state of the other": pooled(row for row in rows if row.dispute in one_state),
        "two of three likenesses": pooled(row for row in rows if row.similar != "distant"),
        "ten quiet settlements at age 3 missing": pooled((*rows, *[_missing(3.0, True)] * 10)),
        "ten disputes open at age 30 missing": pooled((*rows, *[_missing(30.0, False)] * 10)),
    }
    return {name: _short(chance(aged(mixture, years))) for name, mixture in found.items()}


def checks(facts: Facts, rows: tuple[Spell, ...], columns: dict[str, Array], seed: int) -> dict[str, Any]:
    """Counts, chances by variant, what leaving out does, and what the model would have predicted."""
    years, talks = own_years(facts), own_years(facts, "talks")
    everyone = pooled(rows)
    seen, replicated = settled_within(rows, everyone, talks, seed)
    late = [row for row in rows if row.age > years]
    late_years = sum(row.age - max(years, row.entry) for row in late)
    power, _, weight = weibull(rows, years)
    spread = (0.05, 0.5, 0.95)
    return {
        "disputes": len(rows),
        "settled": sum(row.settled for row in rows),
        "exposure_years": _short(sum(row.age - row.entry for row in rows)),
        "target_years": _short(years),
        "target_years_of_talks": _short(talks),
        "mean_rate": {name: _short(column.mean()) for name, column in columns.items()},
        "chance_in_10_years": {
            name: _short(float(-np.expm1(-AHEAD * column).mean())) for name, column in columns.items()
        },
        "one_dispute_left_out": _extremes(left_out(rows, lambda row: row.dispute, years)),
        "one_family_left_out": _extremes(left_out(rows, lambda row: row.family, years)),
        "other_choices_chance_in_10_years": _choices(facts, rows, years),
        "settled_within_years_of_talks": {
            "seen": seen,
            "replicated_5_50_95": [int(value) for value in np.quantile(replicated, spread)],
            "share_of_replications_at_most_seen": _short(float((replicated <= seen).mean())),
        },
        "beyond_target_age": {
            "disputes": len(late),
            "settled": sum(row.settled for row in late),
            "exposure_years": _short(late_years),
        },
        "shape_5_50_95": [_short(v) for v in weighted_quantiles(everyone.shape, everyone.weight, spread)],
        "weibull_power_5_50_95": [_short(v) for v in weighted_quantiles(power, weight, spread)],
    }


def fit(facts: Facts, seed: int = 1) -> Fit:
    """Draws of the yearly rate of a comprehensive settlement: headline and variants, one column each.

    Each column holds the middle quantiles of its posterior; row i has the same rank in all columns, so that
    variants are compared on the same luck. ``seed`` orders the rows and drives the predictive check.
    """
    rows, years, talks = spells(facts), own_years(facts), own_years(facts, "talks")
    everyone = pooled(rows)
    events, exposure = sum(row.settled for row in rows), sum(row.age - row.entry for row in rows)
    _, ahead, weight = weibull(rows, years)
    columns = {
        "settlement_rate": quantiles(aged(everyone, years)),
        "settlement_rate_own": gamma_quantiles(0.5, talks),
        "settlement_rate_third": gamma_quantiles(1 / 3, talks),
        "settlement_rate_one": gamma_quantiles(1.0, talks),
        "settlement_rate_similar": quantiles(aged(pooled(r for r in rows if r.similar == "close"), years)),
        "settlement_rate_pooled": gamma_quantiles(0.5 + events, exposure + years),
        "settlement_rate_talks": quantiles(aged(pooled(spells(facts, "talks")), talks)),
        "settlement_rate_age": weighted_quantiles(ahead, weight, middles()),
    }
    order = np.random.Generator(np.random.Philox(seed)).permutation(DRAWS)
    return Fit(
        name="settlement",
        facts=(TABLE,),
        draws={name: column[order] for name, column in columns.items()},
        method=f"""Gamma-Poisson partial pooling over {len(rows)} disputes, {events} settled by agreement;
        conquest and the end of the facts are censoring, entry at age one is left truncation; grid posterior;
        the target's own {years:.1f} years update its own rate; each column holds the middle quantiles of its
        posterior, and a row has the same rank in all columns.""",
        checks=checks(facts, rows, columns, seed),
    )
