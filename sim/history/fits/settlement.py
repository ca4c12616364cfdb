"""How often does a dispute like that of Serbia and Kosovo end by agreement? From ``seeds/settlements.csv``.

Model. Dispute i has a rate of its own, constant in time, drawn from Gamma(shape, rate); it settles at that
rate until it ends otherwise (conquest, absorption) or was last seen unsettled: both are censoring.
Averaged over the unknown rates, the chance to be unsettled at age t is (rate / (rate + t)) ** shape, so
that the hazard seen from outside falls with age although no dispute's own rate does. A dispute counts from
its first birthday, and not before the list opens (``disputes.LIST_OPENS``): what settles within a year is no
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

from functools import partial

import numpy as np

from sim.facts.read import Facts
from sim.history.fits.disputes import TABLE, disputes, own_years
from sim.history.fits.fitted import DRAWS, Fit
from sim.history.fits.pooling import (
    aged,
    gamma_quantiles,
    pooled,
    quantiles,
    weibull,
    weighted_quantiles,
)
from sim.history.fits.settlement_checks import checks
from sim.history.sampling import middles

FACTS = (TABLE,)


def fit(facts: Facts, seed: int = 1) -> Fit:
    """Draws of the yearly rate of a comprehensive settlement: headline and variants, one column each.

    Each column holds the middle quantiles of its posterior; row i has the same rank in all columns, so that
    variants are compared on the same luck. ``seed`` orders the rows and drives the predictive check.
    """
    rows, years, talks = disputes(facts), own_years(facts), own_years(facts, "talks")
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
        "settlement_rate_talks": quantiles(aged(pooled(disputes(facts, "talks")), talks)),
        "settlement_rate_age": weighted_quantiles(ahead, weight, middles(DRAWS)),
    }
    order = np.random.Generator(np.random.Philox(seed)).permutation(DRAWS)
    method = f"""Gamma-Poisson partial pooling over {len(rows)} disputes, {events} settled by agreement;
        conquest and the end of the facts are censoring, entry at age one is left truncation; grid posterior;
        the target's own {years:.1f} years update its own rate; each column holds the middle quantiles of its
        posterior, and a row has the same rank in all columns."""
    draws = {name: column[order] for name, column in columns.items()}
    return Fit("settlement", FACTS, draws, method, partial(checks, facts, rows, columns, seed))
