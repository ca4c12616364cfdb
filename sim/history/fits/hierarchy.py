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

from sim.history.fits.weibull import Windows, log_likelihood
from sim.history.samples import Array, effective_size, resampled

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


class _Problem:
    """The joint log density and its Gaussian approximations, for many values of the spreads at once.

    Effects are (centre, tilt, u of each member, v of each wave); ``hyper`` is (log s_u, log s_v, bend).
    """

    def __init__(self, spells: Windows) -> None:
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


@dataclass
class _Proposal:
    """Points of the grid with weights; around each mode a multivariate t of the standardised effects."""

    problem: _Problem
    cells: Array
    modes: Array
    factors: Array
    """Cholesky factors of the curvatures: standardised effects are factor^T (effects - mode)."""
    weights: Array
    """Log weight of each point; its Laplace weight to begin with."""
    mean: Array
    spread: Array

    def draw(self, count: int, rng: np.random.Generator) -> tuple[NDArray[np.intp], Array, Array, Array]:
        """Points, standardised effects, effects, and log importance weights of ``count`` proposals."""
        size = self.problem.size
        root = np.linalg.cholesky(self.spread)
        picked = np.sort(resampled(self.weights, count, rng))
        normal = rng.standard_normal((count, size))
        stretch = np.sqrt(FREEDOM / rng.chisquare(FREEDOM, count))[:, None]
        standard = self.mean + stretch * (normal @ root.T)
        effects, log_weights = np.empty_like(standard), np.empty(count)
        for cell in np.unique(picked):
            mine = picked == cell
            effects[mine] = self.modes[cell] + np.linalg.solve(self.factors[cell].T, standard[mine].T).T
            hyper = np.broadcast_to(self.cells[cell], (int(mine.sum()), 3))
            log_weights[mine] = self.problem.log_joint(hyper, effects[mine])
        square = ((normal * stretch) ** 2).sum(axis=1)
        log_weights += 0.5 * (FREEDOM + size) * np.log1p(square / FREEDOM)
        log_weights -= self.weights[picked] + _half_log_det(self.factors)[picked]
        return picked, standard, effects, log_weights

    def adapt(self, picked: NDArray[np.intp], standard: Array, log_weights: Array) -> None:
        """Moves towards the weighted sample; the largest weights are cut, for one draw must not decide."""
        cut = np.sort(log_weights)[-max(len(log_weights) // 600, 2)]
        weights = np.exp(np.minimum(log_weights, cut) - cut)
        weights /= weights.sum()
        self.mean = weights @ standard
        centred = standard - self.mean
        spread = centred.T @ (centred * weights[:, None])
        self.spread = 0.9 * spread + 0.1 * np.diag(np.diag(spread))
        found = np.bincount(picked, weights, minlength=len(self.cells)) + 1e-300
        before = self.weights - np.logaddexp.reduce(self.weights)
        self.weights = np.logaddexp(np.log(0.3) + before, np.log(0.7 * found))


def _half_log_det(factors: Array) -> Array:
    result: Array = np.log(np.diagonal(factors, axis1=1, axis2=2)).sum(axis=1)
    return result


def posterior(spells: Windows, count: int, rng: np.random.Generator, factor: int = 12) -> Posterior:
    """``count`` draws, resampled from ``factor * count`` weighted proposals.

    Two rounds of as many proposals go before, from which the proposal learns (mean and covariance of the
    effects, weights of the grid's points); only the last round is used.
    """
    problem = _Problem(spells)
    cells = _cells()
    modes, curvatures = problem.modes(cells)
    factors = np.asarray(np.linalg.cholesky(curvatures), dtype=np.float64)
    weights = problem.log_joint(cells, modes) - _half_log_det(factors)
    size = problem.size
    proposal = _Proposal(problem, cells, modes, factors, weights, np.zeros(size), np.eye(size))
    for _ in range(2):
        picked, standard, _, log_weights = proposal.draw(count * factor, rng)
        proposal.adapt(picked, standard, log_weights)
    picked, _, effects, log_weights = proposal.draw(count * factor, rng)
    kept = resampled(log_weights, count, rng)
    chosen, hyper, waves_from = effects[kept], cells[picked[kept]], 2 + spells.members
    return Posterior(
        centre=chosen[:, 0],
        tilt=chosen[:, 1],
        bend=hyper[:, 2],
        member=chosen[:, 2:waves_from],
        wave=chosen[:, waves_from:],
        spreads=np.exp(hyper[:, :2]),
        effective_size=effective_size(log_weights),
        proposals=count * factor,
    )
