"""Rates of things that happen once: partial pooling of disputes, in closed form and on a grid.

Dispute i has a constant rate drawn from Gamma(shape, rate). Averaged over that draw it is unsettled at age
t with chance (rate / (rate + t)) ** shape. A :class:`Mixture` is a weighted set of such Gamma
distributions: the prior of (shape, rate), and after :func:`updated` the posterior. Limits: one cell gives a
Gamma posterior for one dispute; an infinite shape gives one rate for all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammainc, gammaincinv

from sim.history.fits.fitted import DRAWS
from sim.history.sampling import Array, middles, normalised

SHAPES = np.exp(np.linspace(np.log(0.02), np.log(100), 71))
MEANS = np.exp(np.linspace(np.log(3e-4), np.log(10), 71))
RATES = np.exp(np.linspace(np.log(1e-16), np.log(20), 1500))
"""Rates per year at which distribution functions are tabulated."""
AHEAD = 10.0
"""Years for which chances are quoted."""


@dataclass(frozen=True)
class Dispute:
    """One dispute under observation from ``entry`` to ``age`` (years since its clock started)."""

    name: str
    family: str
    similar: str
    entry: float
    age: float
    settled: bool
    horizon: float
    """Years from the start of the clock to the last day of the facts."""


@dataclass(frozen=True)
class Mixture:
    """Gamma(shape, rate) distributions of rates with weights that sum to 1; arrays of shape (cells,)."""

    shape: Array
    rate: Array
    weight: Array


def log_likelihoods(rows: Iterable[Dispute], shape: Array, rate: Array) -> Array:
    """Log likelihoods given that a dispute had not settled when it entered; shape (disputes, cells)."""
    return np.array(
        [
            shape * np.log((rate + row.entry) / (rate + row.age))
            + (np.log(shape) - np.log(rate + row.age) if row.settled else 0.0)
            for row in rows
        ]
    ).reshape(-1, len(shape))


def cells(shapes: Array = SHAPES, means: Array = MEANS, width: float = 1.0) -> Mixture:
    """The grid with its prior as weights; ``width`` multiplies the prior's standard deviations."""
    shape, mean = (axis.ravel() for axis in np.meshgrid(shapes, means, indexing="ij"))
    log_prior = -0.5 * (np.log(shape) / width) ** 2 - 0.5 * (np.log(mean / 0.05) / (1.5 * width)) ** 2
    return Mixture(shape, shape / mean, normalised(log_prior))


def updated(prior: Mixture, log_likelihood: Array) -> Mixture:
    """The prior's weights times a likelihood (log, per cell)."""
    with np.errstate(divide="ignore"):
        return Mixture(prior.shape, prior.rate, normalised(np.log(prior.weight) + log_likelihood))


def pooled(rows: Iterable[Dispute], prior: Mixture | None = None) -> Mixture:
    """Posterior of the distribution that the disputes' rates come from."""
    grid = prior or cells()
    return updated(grid, log_likelihoods(rows, grid.shape, grid.rate).sum(axis=0))


def aged(mixture: Mixture, years: float) -> Mixture:
    """The rate of one dispute of the kind that has gone ``years`` without settling."""
    return Mixture(mixture.shape, mixture.rate + years, mixture.weight)


def chance(mixture: Mixture, years: float = AHEAD) -> float:
    """Chance that a dispute with a rate from the mixture settles within ``years``."""
    stays = (mixture.rate / (mixture.rate + years)) ** mixture.shape
    return float(1 - mixture.weight @ stays)


def mean(mixture: Mixture) -> float:
    """Mean rate per year."""
    return float(mixture.weight @ (mixture.shape / mixture.rate))


def quantiles(mixture: Mixture, count: int = DRAWS) -> Array:
    """The ``count`` middle quantiles of the rate, increasing: a sample without sampling error."""
    kept = mixture.weight > 1e-9
    below = np.zeros(len(RATES))
    for shape, rate, weight in zip(
        mixture.shape[kept], mixture.rate[kept], mixture.weight[kept], strict=True
    ):
        below += weight * gammainc(shape, rate * RATES)
    below /= mixture.weight[kept].sum()
    return np.exp(np.interp(middles(count), below, np.log(RATES)))


def gamma_quantiles(shape: float, rate: float, count: int = DRAWS) -> Array:
    """The same for one Gamma distribution, exactly."""
    return np.asarray(gammaincinv(shape, middles(count)) / rate)


def weibull(rows: Iterable[Dispute], years: float) -> tuple[Array, Array, Array]:
    """One law for all disputes, hazard growing or falling with age: powers, rates ahead, weights (cells,).

    Cumulative hazard a (t / 10) ** power; prior of log a normal (log 0.5, 1.5), of log power normal (0, 0.5).
    A rate ahead is the average hazard from ``years`` to ``years`` + :data:`AHEAD`.
    """
    power, level = (
        axis.ravel()
        for axis in np.meshgrid(
            np.exp(np.linspace(-2.5, 1.5, 121)), np.exp(np.linspace(-4, 3, 121)), indexing="ij"
        )
    )
    log_weight = -0.5 * (np.log(power) / 0.5) ** 2 - 0.5 * (np.log(level / 0.5) / 1.5) ** 2
    log_weight -= level * (years / 10) ** power
    for row in rows:
        log_weight -= level * ((row.age / 10) ** power - (row.entry / 10) ** power)
        if row.settled:
            log_weight += np.log(level * power / 10) + (power - 1) * np.log(row.age / 10)
    ahead = level * (((years + AHEAD) / 10) ** power - (years / 10) ** power) / AHEAD
    return power, ahead, normalised(log_weight)


def weighted_quantiles(values: Array, weights: Array, at: ArrayLike) -> Array:
    """Quantiles of weighted points at the probabilities ``at``."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order]) - weights[order] / 2
    return np.asarray(np.interp(np.asarray(at), reached, values[order]))
