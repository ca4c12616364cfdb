"""Weibull waiting times with effects of member and of wave, from interval-censored spells.

A spell of member i in wave w lies between ``low`` and ``high`` days. Its log scale is ``centre + u_i + v_w``,
its log shape ``tilt + bend v_w``; u_i ~ N(0, s_u), v_w ~ N(0, s_v). The shape may go with the pace because
urgent protocols are taken up at once and trail off (shape near 1), while ordinary ones take months and end
together. Priors (weak, judged): tilt ~ N(0, 0.3), bend ~ N(0, 0.5), centre ~ N(log 120, 1.5); s_u and s_v
half-normal(0.5, 0.8).

The effects given (s_u, s_v, bend) are close to normal, so they are drawn from a Laplace approximation at each
cell of a grid over (log s_u, log s_v, bend); every draw then gets the importance weight of the exact
posterior.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from sim.history.fit.spells import Array, effective_size, resampled

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
NEWTON_STEPS = 25
FREEDOM = 8.0
"""Of the multivariate t that proposes the effects: tails no thinner than the target's."""


@dataclass(frozen=True)
class Spells:
    """Interval-censored spells: member and wave as indices, bounds in days (``low`` may be 0)."""

    member: NDArray[np.intp]
    wave: NDArray[np.intp]
    low: Array
    high: Array
    members: int
    waves: int

    def without(self, wave: int) -> Spells:
        """The spells of all other waves (indices stay)."""
        keep = self.wave != wave
        return Spells(
            self.member[keep], self.wave[keep], self.low[keep], self.high[keep], self.members, self.waves
        )


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


def log_likelihood(low: Array, high: Array, log_shape: Array, log_scale: Array) -> tuple[Array, Array, Array]:
    """Log probability of each spell; its gradient (2, …) and Hessian (3, …) by (log scale, log shape).

    ``low`` and ``high`` are (spells,), the others (G, spells). With H = (t / scale)^shape the probability is
    exp(-H_low) - exp(-H_high). The Hessian's rows are scale-scale, scale-shape, shape-shape.
    """
    shape = np.exp(log_shape)
    with np.errstate(divide="ignore"):
        exponents = [np.clip(shape * (np.log(t) - log_scale), -700.0, 300.0) for t in (low, high)]
    at_low, at_high = np.exp(exponents[0]), np.exp(exponents[1])
    gap = np.maximum(at_high - at_low, 1e-300)
    inside = -np.expm1(-gap)
    first, second = np.zeros((2, *gap.shape)), np.zeros((3, *gap.shape))
    for hazard, log_hazard, weight in (
        (at_low, exponents[0], 1.0 / inside),
        (at_high, exponents[1], -np.exp(-gap) / inside),
    ):
        d_scale, d_shape = -shape * hazard, hazard * log_hazard
        first -= weight * np.stack([d_scale, d_shape])
        second += weight * np.stack(
            [
                d_scale**2 - shape**2 * hazard,
                d_scale * d_shape + shape * hazard * (1.0 + log_hazard),
                d_shape**2 - d_shape * (1.0 + log_hazard),
            ]
        )
    second -= np.stack([first[0] ** 2, first[0] * first[1], first[1] ** 2])
    return np.log(inside) - at_low, first, second


class _Problem:
    """The joint log density and its Gaussian approximations, for many values of the spreads at once.

    Effects are (centre, tilt, u of each member, v of each wave); ``hyper`` is (log s_u, log s_v, bend).
    """

    def __init__(self, spells: Spells) -> None:
        self.spells = spells
        self.size = 2 + spells.members + spells.waves
        self.u, self.v = slice(2, 2 + spells.members), slice(2 + spells.members, self.size)
        self.by_member = np.eye(spells.members)[spells.member]
        self.by_wave = np.eye(spells.waves)[spells.wave]
        self.mean = np.zeros(self.size)
        self.mean[0] = CENTRE

    def precision(self, hyper: Array) -> Array:
        """Prior precision of the effects (G, size) for ``hyper`` (G, 3)."""
        inverse = np.repeat(np.exp(-2 * hyper[:, :2]), [self.spells.members, self.spells.waves], axis=1)
        fixed = np.tile([CENTRE_SPREAD**-2, TILT_SPREAD**-2], (len(hyper), 1))
        return np.hstack([fixed, inverse])

    def derivatives(self, hyper: Array, effects: Array) -> tuple[Array, Array, Array]:
        """:func:`log_likelihood` of all spells at given effects (G, size)."""
        wave = effects[:, self.v][:, self.spells.wave]
        log_scale = effects[:, :1] + effects[:, self.u][:, self.spells.member] + wave
        log_shape = effects[:, 1:2] + hyper[:, 2:] * wave
        return log_likelihood(self.spells.low, self.spells.high, log_shape, log_scale)

    def log_joint(self, hyper: Array, effects: Array) -> Array:
        """Exact log density of data, effects, log spreads and bend, up to one constant."""
        value, _, _ = self.derivatives(hyper, effects)
        precision = self.precision(hyper)
        normal = 0.5 * (np.log(precision) - precision * (effects - self.mean) ** 2).sum(axis=1)
        spread, bend = hyper[:, :2], hyper[:, 2]
        prior = (spread - 0.5 * (np.exp(spread) / SPREADS) ** 2).sum(axis=1) - 0.5 * (bend / BEND_SPREAD) ** 2
        result: Array = value.sum(axis=1) + normal + prior
        return result

    def _curvature(self, hyper: Array, second: Array) -> Array:
        """Negative Hessian of the log likelihood (G, size, size), its part that is not concave left out."""
        own, other = np.maximum(-second[0], 1e-12), np.maximum(-second[2], 0.0)
        limit = 0.99 * np.sqrt(own * other)
        cross = np.clip(-second[1], -limit, limit)
        bend = hyper[:, 2:]
        scale_wave, shape_wave = own + bend * cross, cross + bend * other
        result = np.zeros((len(hyper), self.size, self.size))
        result[:, 0, 0], result[:, 0, 1], result[:, 1, 1] = own.sum(1), cross.sum(1), other.sum(1)
        result[:, 0, self.u], result[:, 1, self.u] = own @ self.by_member, cross @ self.by_member
        result[:, 0, self.v], result[:, 1, self.v] = scale_wave @ self.by_wave, shape_wave @ self.by_wave
        result[:, 2 + self.spells.member, self.v.start + self.spells.wave] = scale_wave
        result += result.transpose(0, 2, 1)
        diagonal = np.arange(self.size)
        result[:, diagonal[:2], diagonal[:2]] /= 2
        result[:, diagonal[self.u], diagonal[self.u]] = own @ self.by_member
        result[:, diagonal[self.v], diagonal[self.v]] = (scale_wave + bend * shape_wave) @ self.by_wave
        return result

    def modes(self, hyper: Array) -> tuple[Array, Array]:
        """Modes of the effects (G, size) and curvatures (G, size, size) there, by Newton's method.

        The curvature leaves out what is not concave; the importance weights make up for it.
        """
        effects, precision = np.tile(self.mean, (len(hyper), 1)), self.precision(hyper)
        diagonal = np.arange(self.size)
        for _ in range(NEWTON_STEPS):
            _, first, second = self.derivatives(hyper, effects)
            curvature = self._curvature(hyper, second)
            curvature[:, diagonal, diagonal] += precision
            gradient = -precision * (effects - self.mean)
            gradient[:, 0] += first[0].sum(1)
            gradient[:, 1] += first[1].sum(1)
            gradient[:, self.u] += first[0] @ self.by_member
            gradient[:, self.v] += (first[0] + hyper[:, 2:] * first[1]) @ self.by_wave
            step = np.linalg.solve(curvature, gradient[..., None])[..., 0]
            longest = np.abs(step).max(axis=1, keepdims=True)
            effects = effects + step * np.minimum(1.0, 0.5 / np.maximum(longest, 1e-12))
            if longest.max() < 1e-3:
                break
        return effects, curvature


def _cells() -> Array:
    """Points of the grid over (log s_u, log s_v, bend)."""
    return np.array(list(product(*(np.linspace(low, high, points) for low, high, points in GRID))))


def posterior(spells: Spells, count: int, rng: np.random.Generator, factor: int = 60) -> Posterior:
    """``count`` draws, resampled from ``factor * count`` weighted proposals.

    A proposal takes a point of the grid in proportion to its Laplace weight, and effects from a
    multivariate t around the mode there.
    """
    problem = _Problem(spells)
    cells = _cells()
    modes, curvatures = problem.modes(cells)
    factors = np.linalg.cholesky(curvatures)
    half_log_det = np.log(np.diagonal(factors, axis1=1, axis2=2)).sum(axis=1)
    cell_weight = problem.log_joint(cells, modes) - half_log_det
    proposals = count * factor
    picked = np.sort(resampled(cell_weight, proposals, rng))
    hyper = cells[picked]
    normal = rng.standard_normal((proposals, problem.size))
    stretch = np.sqrt(FREEDOM / rng.chisquare(FREEDOM, proposals))
    effects = np.empty_like(normal)
    log_weights = np.empty(proposals)
    for cell in np.unique(picked):
        mine = picked == cell
        spread = np.linalg.solve(factors[cell].T, normal[mine].T).T
        effects[mine] = modes[cell] + stretch[mine, None] * spread
        log_weights[mine] = problem.log_joint(hyper[mine], effects[mine])
    square = (normal**2).sum(axis=1) * stretch**2
    log_proposal = cell_weight[picked] + half_log_det[picked]
    log_weights -= log_proposal - 0.5 * (FREEDOM + problem.size) * np.log1p(square / FREEDOM)
    kept = resampled(log_weights, count, rng)
    chosen, waves_from = effects[kept], 2 + spells.members
    return Posterior(
        centre=chosen[:, 0],
        tilt=chosen[:, 1],
        bend=hyper[kept, 2],
        member=chosen[:, 2:waves_from],
        wave=chosen[:, waves_from:],
        spreads=np.exp(hyper[kept, :2]),
        effective_size=effective_size(log_weights),
        proposals=proposals,
    )
