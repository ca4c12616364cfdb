"""What the fit of the settlement depends on, and whether it would have foretold what was seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from sim.facts.read import Facts
from sim.history.fits.disputes import ENTRY_AGE, TABLE, disputes, own_years
from sim.history.fits.fitted import DRAWS
from sim.history.fits.pooling import (
    AHEAD,
    Dispute,
    Mixture,
    aged,
    cells,
    chance,
    log_likelihoods,
    mean,
    pooled,
    updated,
    weibull,
    weighted_quantiles,
)
from sim.history.sampling import Array, rounded


def settled_within(rows: Iterable[Dispute], mixture: Mixture, years: float, seed: int) -> tuple[int, Array]:
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
    rows: tuple[Dispute, ...], label: Callable[[Dispute], str], years: float
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


def _extremes(left: dict[str, tuple[float, float]]) -> dict[str, list[Any]]:
    ends = (min(left, key=lambda name: left[name][1]), max(left, key=lambda name: left[name][1]))
    return {
        word: [name, *map(rounded, left[name])]
        for word, name in zip(("lowest", "highest"), ends, strict=True)
    }


def _missing(age: float, settled: bool) -> Dispute:
    """A dispute that the list might have overlooked."""
    return Dispute("missing", "missing", "distant", ENTRY_AGE, age, settled, age)


def _choices(facts: Facts, rows: tuple[Dispute, ...], years: float) -> dict[str, float]:
    """Chance within :data:`AHEAD` years under other choices of list, prior and event."""
    wide = cells(width=2)
    one_state = {row["dispute"] for row in facts.tables[TABLE] if row["left_state"] == "yes"}
    full = {row["dispute"] for row in facts.tables[TABLE] if row["kind_of_end"] == "settlement"}
    found = {f"entry at {age} years": pooled(disputes(facts, entry=age)) for age in (0, 2, 5)} | {
        "prior twice as wide": pooled(rows, wide),
        "normalisation not counted": pooled(
            replace(row, settled=row.settled and row.name in full) for row in rows
        ),
        "absorbed counted as unsettled to this day": pooled(
            row if row.settled else replace(row, age=row.horizon) for row in rows
        ),
        "one had left the state of the other": pooled(row for row in rows if row.name in one_state),
        "two of three likenesses": pooled(row for row in rows if row.similar != "distant"),
        "ten quiet settlements at age 3 missing": pooled((*rows, *[_missing(3.0, True)] * 10)),
        "ten disputes open at age 30 missing": pooled((*rows, *[_missing(30.0, False)] * 10)),
    }
    return {name: rounded(chance(aged(mixture, years))) for name, mixture in found.items()}


def checks(facts: Facts, rows: tuple[Dispute, ...], columns: dict[str, Array], seed: int) -> dict[str, Any]:
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
        "exposure_years": rounded(sum(row.age - row.entry for row in rows)),
        "target_years": rounded(years),
        "target_years_of_talks": rounded(talks),
        "mean_rate": {name: rounded(column.mean()) for name, column in columns.items()},
        "chance_in_10_years": {
            name: rounded(float(-np.expm1(-AHEAD * column).mean())) for name, column in columns.items()
        },
        "one_dispute_left_out": _extremes(left_out(rows, lambda row: row.name, years)),
        "one_family_left_out": _extremes(left_out(rows, lambda row: row.family, years)),
        "other_choices_chance_in_10_years": _choices(facts, rows, years),
        "settled_within_years_of_talks": {
            "seen": seen,
            "replicated_5_50_95": [int(value) for value in np.quantile(replicated, spread)],
            "share_of_replications_at_most_seen": rounded(float((replicated <= seen).mean())),
        },
        "beyond_target_age": {
            "disputes": len(late),
            "settled": sum(row.settled for row in late),
            "exposure_years": rounded(late_years),
        },
        "shape_5_50_95": [rounded(v) for v in weighted_quantiles(everyone.shape, everyone.weight, spread)],
        "weibull_power_5_50_95": [rounded(v) for v in weighted_quantiles(power, weight, spread)],
    }
