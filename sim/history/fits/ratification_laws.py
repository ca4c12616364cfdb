"""The smaller laws of ratification (lag, talks, obstruction), and the table's columns from all of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
from scipy.special import log_ndtr
from scipy.stats import t as student

from sim.history.fits.hierarchy import Posterior
from sim.history.fits.waves import Wave
from sim.history.sampling import Array, from_grid

DECISION_SPREAD = 0.4
TALKS_SINCE = date(1997, 1, 1)
TALKS_FREEDOM = 3.0
OBSTRUCTORS = ("TUR", "HUN")
BASE_SHARES = (0.5, 0.5, 2.0)
"""Of the Dirichlet law of who obstructs: each of the two, and all others together."""


def lag_law(lags: Sequence[tuple[float, float]], count: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Median (days) and spread of the lag to membership, from bounds; prior log median ~ N(log 15, 1),
    log spread ~ N(log 0.8, 0.5).
    """
    centre, log_spread = np.linspace(np.log(2), np.log(120), 81), np.linspace(np.log(0.2), np.log(3), 61)
    m, s = centre[:, None], np.exp(log_spread)[None, :]
    value = -0.5 * (m - np.log(15)) ** 2 - 0.5 * ((log_spread - np.log(0.8)) / 0.5) ** 2
    for low, high in lags:
        upper = log_ndtr((np.log(high) - m) / s)
        lower = log_ndtr((np.log(max(low, 0.5)) - m) / s)
        value = value + upper + np.log(-np.expm1(np.minimum(lower - upper, -1e-12)))
    median, spread = from_grid(value, [centre, log_spread], count, rng)
    return np.exp(median), np.exp(spread)


def talks_law(days: Sequence[float], count: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Centre (days) and scale of the talks; flat in the centre, log scale ~ N(log 0.5, 0.5)."""
    centre, log_scale = np.linspace(np.log(20), np.log(500), 81), np.linspace(np.log(0.1), np.log(2), 61)
    m, s = centre[:, None, None], np.exp(log_scale)[None, :, None]
    value = (
        student.logpdf((np.log(np.array(days)) - m) / s, TALKS_FREEDOM).sum(axis=2) - len(days) * log_scale
    )
    value = value - 0.5 * ((log_scale - np.log(0.5)) / 0.5) ** 2
    median, scale = from_grid(value, [centre, log_scale], count, rng)
    return np.exp(median), np.exp(scale)


def obstruction_law(days: Sequence[float], count: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Median (days) and spread of an obstruction; ``days`` are those of one decision (or none)."""
    centre, log_spread = np.linspace(np.log(60), np.log(2500), 81), np.linspace(np.log(0.1), np.log(1.5), 61)
    m, s = centre[:, None], np.exp(log_spread)[None, :]
    value = -0.5 * ((m - np.log(365)) / 0.6) ** 2 - 0.5 * (s / 0.5) ** 2 + np.log(s)
    if days:
        logs = np.log(np.array(days))
        variance = s**2 / len(days) + DECISION_SPREAD**2
        value = value - 0.5 * np.log(variance) - 0.5 * (logs.mean() - m) ** 2 / variance
        value = value - (len(days) - 1) * np.log(s) - 0.5 * ((logs - logs.mean()) ** 2).sum() / s**2
    median, spread = from_grid(value, [centre, log_spread], count, rng)
    return np.exp(median), np.hypot(np.exp(spread), DECISION_SPREAD)


def columns(
    rounds: Sequence[Wave], post: Posterior, members: Sequence[str], rng: np.random.Generator
) -> dict[str, Array]:
    """The table's columns from the posterior of the windows and the smaller laws of the same waves."""
    count = len(post.centre)
    obstructed = [wave for wave in rounds if wave.obstructions]
    half = 1.0 / len(OBSTRUCTORS)
    weights = [b + half * len(obstructed) for b in BASE_SHARES[:-1]] + [BASE_SHARES[-1]]
    by_whom = rng.dirichlet(weights, count)
    pace = post.spreads[:, 1] * rng.standard_normal(count)
    result = {
        "ratification_shape": post.shape_at(pace),
        "ratification_scale": np.exp(post.centre),
        "protocol_factor": np.exp(pace),
    }
    result |= {f"member_factor_{name}": np.exp(post.member[:, i]) for i, name in enumerate(members)}
    result["obstruction_chance"] = rng.beta(0.5 + len(obstructed), 0.5 + len(rounds) - len(obstructed), count)
    result |= {f"obstruction_{name}": by_whom[:, i] for i, name in enumerate(OBSTRUCTORS)}
    longest = [days for wave in obstructed for days in wave.obstructions]
    result["obstruction_median"], result["obstruction_spread"] = obstruction_law(longest, count, rng)
    lags = [lag for wave in rounds for lag in wave.lags]
    result["deposit_median"], result["deposit_spread"] = lag_law(lags, count, rng)
    talks = [wave.talks for wave in rounds if wave.signed >= TALKS_SINCE]
    result["talks_median"], result["talks_spread"] = talks_law(talks, count, rng)
    return result
