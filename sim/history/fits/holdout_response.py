"""How fast states recognise once the parent has settled, and how many not even then: the GDR after 1972.

Evidence (``normalisations.csv``): 14 of 14 allies recognised the GDR within 2.7 years of the German Basic
Treaty, half within 30 days. The clock runs from the settlement. What counts as one is said by ``settlements.csv``
alone: a text counts if it ended its dispute by agreement on that day. The inter-Korean summit of 2000 did not (a
joint declaration on reunification, families and exchanges, without recognition or a treaty): that of twelve
allies and members of the European Union without ties to Pyongyang eight followed it within nine months, two later
and two not yet, is evidence on an interim text, and not read here.

Model: of states that did not move before, one never recognises with probability ``settled_never_share``; else it
does at ``rate`` times its own effect, which is lognormal around 1 with the spread that the four have in the model.
Judged: the likelihood counts with :data:`WEIGHT` (states that decide in one month are not independent, and
only one settlement stands behind the 14), and the rate is discounted for the four (:data:`DISCOUNT`): in 1972
the parent was an ally and wanted its friends to follow, here three of four have reasons at home. Priors: flat
in the logarithm of the rate, Jeffreys for the share. None of the 14 stayed out, so the share is what its prior
leaves, and scenarios call what comes of it judged.
"""

from __future__ import annotations

import numpy as np

from sim.base.dates import years_between
from sim.facts.read import Facts, Row
from sim.history.fits.disputes import AGREED
from sim.history.record import followed
from sim.history.sampling import Array, from_grid, middles

WEIGHT = 0.3
"""Of the 14 states' likelihood: they count like four."""
DISCOUNT = (0.4, 0.5)
"""Median and sigma of a lognormal factor on the rate: two and a half times slower (90 %: 1.1 to 5.7)."""
SOFTENING = (2.0, 0.3)
"""Letting a status-neutral step pass costs less than recognition: so many times its rate (median, sigma)."""
LOG_RATES = np.linspace(np.log(0.05), np.log(30.0), 136)
"""Up to one in twelve days on average. A bound is needed: with a single settlement behind it the tail of the rate
reaches as far as the grid, and what a scenario may hold ends at a thousand a year."""
FASTEST = 36.525
"""Per year: within ten days is as fast as any, and times the effects of single states a scenario may hold little more.
Only facts frozen early, of which little is known, draw such rates."""
ANGLES = middles(80) * np.pi / 2
"""The share is the squared sine, on which Jeffreys' prior is flat."""
NODES = 31


def is_settlement(facts: Facts, row: Row) -> bool:
    """Whether a row's text ended its dispute by agreement; else it is an interim text."""
    return any(
        dispute["dispute"] == row["dispute"]
        and dispute["end"] == row["agreed"]
        and dispute["kind_of_end"] in AGREED
        for dispute in facts.tables["settlements"]
    )


def times(facts: Facts, settled: bool = True) -> tuple[Array, Array]:
    """Years from a settlement (or from an interim text) to recognition, and years for which those that have not
    recognised were seen not to.
    """
    came: list[float] = []
    waiting: list[float] = []
    for row in facts.tables["normalisations"]:
        if is_settlement(facts, row) is settled:
            seen = followed(facts, row, "recognised")
            (came if seen.over else waiting).append(years_between(row.day("agreed"), seen.day))
    return np.array(came), np.array(waiting)


def log_likelihood(came: Array, waiting: Array, log_rate: Array, never: Array, spread: float) -> Array:
    """Of times and of those still waiting, for rates (first axis) and shares of never-movers (second).

    ``spread`` is the standard deviation of the states' log effects, integrated out.
    """
    points, weights = np.polynomial.hermite_e.hermegauss(NODES)
    weights = weights / weights.sum()
    rate = np.exp(log_rate[:, None] + spread * points[None, :])
    total = np.zeros((len(log_rate), len(never)))
    for time in came:
        density = (rate * np.exp(-rate * time)) @ weights
        total += np.log(density)[:, None] + np.log1p(-never)[None, :]
    for time in waiting:
        left = np.exp(-rate * time) @ weights
        total += np.log(never[None, :] + (1.0 - never[None, :]) * left[:, None])
    return total


def response(
    facts: Facts,
    count: int,
    rng: np.random.Generator,
    spread: float,
    weight: float = WEIGHT,
    discount: tuple[float, float] = DISCOUNT,
) -> dict[str, Array]:
    """Joint draws: ``settled_never_share``, ``settled_rate``, ``settled_softening_rate`` (per year),
    ``precedent_rate`` (per year, before the discount).
    """
    came, waiting = times(facts)
    surface = weight * log_likelihood(came, waiting, LOG_RATES, np.sin(ANGLES) ** 2, spread)
    log_rate, angle = from_grid(surface, [LOG_RATES, ANGLES], count, rng)
    slower = np.log(discount[0]) + discount[1] * rng.standard_normal(count)
    softening = np.log(SOFTENING[0]) + SOFTENING[1] * rng.standard_normal(count)
    return {
        "settled_never_share": np.sin(angle) ** 2,
        "precedent_rate": np.exp(log_rate),
        "settled_rate": np.minimum(np.exp(log_rate + slower), FASTEST),
        "settled_softening_rate": np.minimum(np.exp(log_rate + slower + softening), FASTEST),
    }
