"""Weibull waiting times with effects of member and of wave, from interval-censored windows.

A window of member i in wave w lies between ``low`` and ``high`` days. Its log scale is ``centre + u_i + v_w``,
its log shape ``tilt + bend v_w``; u_i ~ N(0, s_u), v_w ~ N(0, s_v). The shape may go with the pace because
urgent protocols are taken up at once and trail off (shape near 1), while ordinary ones take months and end
together. Priors (weak, judged): tilt ~ N(0, 0.3), bend ~ N(0, 0.5), centre ~ N(log 120, 1.5); s_u and s_v
half-normal(0.5, 0.8).

The effects are drawn given (s_u, s_v, bend) on a grid of these, see :mod:`sim.history.fits.laplace`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from sim.history.fits.laplace import weighted
from sim.history.fits.weibull import Windows, derivatives, log_likelihood
from sim.history.sampling import Array, effective_size, resampled

CENTRE, CENTRE_SPREAD, TILT_SPREAD = float(np.log(120.0)), 1.5, 0.3
SPREADS = np.array([0.5, 0.8])
"""Scales of the half-normal priors of the spreads of members and of waves."""
BEND_SPREAD = 0.5
GRID = (
    (float(np.log(0.06)), float(np.log(0.7)), 6),
    (float(np.log(0.3)), float(np.log(2.0)), 7),
    (-0.1, 0.9, 11),
)
"""Ends and points of the grid over log s_u, log s_v and the bend (steps finer than the posterior is wide)."""


@dataclass(frozen=True)
class Posterior:
    """Joint draws, one row each; ``member`` and ``wave`` have one column for each member or wave."""

    centre: Array
    tilt: Array
    bend: Array
    member: Array
    wave: Array
    spreads: Array
    """Columns s_u, s_v."""
    effective_size: float
    """Of the importance weights, before resampling."""
    proposals: int

    def shape_at(self, effect: Array) -> Array:
        """Shape that goes with a wave's effect on the log scale (one value for each draw)."""
        result: Array = np.exp(self.tilt + self.bend * effect)
        return result


class _Density:
    """The joint density of data, effects and hyperparameters, a :class:`~sim.history.fits.laplace.Target`.

    Effects are (centre, tilt, u of each member, v of each wave); ``hyper`` is (log s_u, log s_v, bend). The log
    scale and log shape of every window are linear in the effects: ``effects @ scale.T`` and ``effects @ (tilt +
    bend * wave).T``, with designs (windows, size) of zeros and ones.
    """

    def __init__(self, windows: Windows) -> None:
        self.windows = windows
        members, waves = np.eye(windows.members)[windows.member], np.eye(windows.waves)[windows.wave]
        one, none = np.ones((len(windows.low), 1)), np.zeros((len(windows.low), 1))
        self.scale = np.hstack([one, none, members, waves])
        self.tilt = np.hstack([none, one, 0.0 * members, 0.0 * waves])
        self.wave = np.hstack([none, none, 0.0 * members, waves])
        self.mean = np.zeros(self.scale.shape[1])
        self.mean[0] = CENTRE
        pairs = ((self.scale, self.scale), (self.scale, self.tilt), (self.scale, self.wave),
                 (self.tilt, self.tilt), (self.tilt, self.wave), (self.wave, self.wave))  # fmt: skip
        self.products = [_product(one, other) for one, other in pairs]

    def precision(self, hyper: Array) -> Array:
        """Prior precision of the effects (G, size) for ``hyper`` (G, 3)."""
        counts = [self.windows.members, self.windows.waves]
        inverse = np.repeat(np.exp(-2 * hyper[:, :2]), counts, axis=1)
        fixed = np.tile([CENTRE_SPREAD**-2, TILT_SPREAD**-2], (len(hyper), 1))
        return np.hstack([fixed, inverse])

    def logs(self, hyper: Array, effects: Array) -> tuple[Array, Array]:
        """Log shape and log scale of each window (G, windows)."""
        log_shape = effects @ self.tilt.T + hyper[:, 2:] * (effects @ self.wave.T)
        return log_shape, effects @ self.scale.T

    def log_density(self, hyper: Array, effects: Array) -> Array:
        """Exact, up to one constant."""
        value = log_likelihood(self.windows.low, self.windows.high, *self.logs(hyper, effects))
        precision = self.precision(hyper)
        normal = 0.5 * (np.log(precision) - precision * (effects - self.mean) ** 2).sum(axis=1)
        spread, bend = hyper[:, :2], hyper[:, 2]
        prior = (spread - 0.5 * (np.exp(spread) / SPREADS) ** 2).sum(axis=1) - 0.5 * (bend / BEND_SPREAD) ** 2
        result: Array = value.sum(axis=1) + normal + prior
        return result

    def slope(self, hyper: Array, effects: Array) -> tuple[Array, Array]:
        """The curvature leaves out what is not concave in single windows; importance weights make up for it."""
        first, second = derivatives(self.windows.low, self.windows.high, *self.logs(hyper, effects))
        precision, bend = self.precision(hyper), hyper[:, 2:]
        gradient = first[0] @ self.scale + first[1] @ self.tilt + (bend * first[1]) @ self.wave
        own, other = np.maximum(-second[0], 1e-12), np.maximum(-second[2], 0.0)
        limit = 0.99 * np.sqrt(own * other)
        cross = np.clip(-second[1], -limit, limit)
        weights = (own, cross, bend * cross, other, bend * other, bend**2 * other)
        flat = sum(weight @ product for weight, product in zip(weights, self.products, strict=True))
        size = len(self.mean)
        curvature = np.reshape(flat, (len(hyper), size, size))
        curvature[:, range(size), range(size)] += precision
        return gradient - precision * (effects - self.mean), curvature


def _product(one: Array, other: Array) -> Array:
    """Of each window, the symmetric product of its rows in two designs, (windows, size * size)."""
    outer = one[:, :, None] * other[:, None, :]
    both = outer if one is other else outer + outer.transpose(0, 2, 1)
    return both.reshape(len(one), -1)


def _grid() -> Array:
    """Points over (log s_u, log s_v, bend)."""
    return np.array(list(product(*(np.linspace(low, high, points) for low, high, points in GRID))))


def posterior(windows: Windows, count: int, rng: np.random.Generator, factor: int = 12) -> Posterior:
    """``count`` draws, resampled from ``factor * count`` weighted ones."""
    found = weighted(_Density(windows), _grid(), count * factor, rng)
    kept = resampled(found.log_weights, count, rng)
    effects, hyper, waves_from = found.effects[kept], found.hyper[kept], 2 + windows.members
    return Posterior(
        centre=effects[:, 0],
        tilt=effects[:, 1],
        bend=hyper[:, 2],
        member=effects[:, 2:waves_from],
        wave=effects[:, waves_from:],
        spreads=np.exp(hyper[:, :2]),
        effective_size=effective_size(found.log_weights),
        proposals=count * factor,
    )
