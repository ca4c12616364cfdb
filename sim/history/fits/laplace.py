"""Draws of many effects given a few hyperparameters: Laplace approximations on a grid, then importance resampling.

Given the hyperparameters the effects are close to normal. At each point of a grid over the hyperparameters they are
drawn from a multivariate t around their mode, scaled by the curvature there; every draw then gets the importance
weight of the exact density.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sim.history.sampling import Array, resampled

NEWTON_STEPS = 25
FREEDOM = 8.0
"""Of the multivariate t that proposes the effects: tails no thinner than the target's."""
ROUNDS = 2
"""From which the proposal learns before the draws that are used."""


class Target(Protocol):
    """A density of hyperparameters (G, h) and effects (G, size), for many of each at once."""

    @property
    def mean(self) -> Array:
        """Prior mean of the effects (size,), where the search for the modes begins."""
        ...

    def log_density(self, hyper: Array, effects: Array) -> Array:
        """Logarithm (G,), up to one constant."""
        ...

    def slope(self, hyper: Array, effects: Array) -> tuple[Array, Array]:
        """Gradient by the effects (G, size), and the negative Hessian (G, size, size), made positive definite."""
        ...


@dataclass(frozen=True)
class Weighted:
    """Draws of hyperparameters (n, h) and effects (n, size) with log importance weights (n,)."""

    hyper: Array
    effects: Array
    log_weights: Array


def weighted(target: Target, grid: Array, count: int, rng: np.random.Generator) -> Weighted:
    """``count`` draws, hyperparameters from the points of ``grid`` (points, h).

    Some rounds of as many draws go before, from which the proposal learns (mean and covariance of the effects,
    weights of the points).
    """
    proposal = _Proposal(target, grid)
    for _ in range(ROUNDS):
        picked, standard, _, log_weights = proposal.draw(count, rng)
        proposal.adapt(picked, standard, log_weights)
    picked, _, effects, log_weights = proposal.draw(count, rng)
    return Weighted(grid[picked], effects, log_weights)


def modes(target: Target, hyper: Array) -> tuple[Array, Array]:
    """Modes of the effects (G, size) and curvatures there (G, size, size), by Newton's method in short steps."""
    effects = np.tile(target.mean, (len(hyper), 1))
    for _ in range(NEWTON_STEPS):
        gradient, curvature = target.slope(hyper, effects)
        step = np.linalg.solve(curvature, gradient[..., None])[..., 0]
        longest = np.abs(step).max(axis=1, keepdims=True)
        effects = effects + step * np.minimum(1.0, 0.5 / np.maximum(longest, 1e-12))
        if longest.max() < 1e-3:
            break
    return effects, curvature


class _Proposal:
    """Points of the grid with weights; around each mode a multivariate t of the standardised effects.

    Standardised effects are factor^T (effects - mode), with the Cholesky factor of the curvature.
    """

    def __init__(self, target: Target, grid: Array) -> None:
        self.target, self.grid = target, grid
        self.modes, curvatures = modes(target, grid)
        self.factors = np.asarray(np.linalg.cholesky(curvatures), dtype=np.float64)
        self.half_log_det: Array = np.log(np.diagonal(self.factors, axis1=1, axis2=2)).sum(axis=1)
        self.weights = target.log_density(grid, self.modes) - self.half_log_det
        """Log weight of each point; its Laplace weight to begin with."""
        size = self.modes.shape[1]
        self.mean, self.spread = np.zeros(size), np.eye(size)

    def draw(self, count: int, rng: np.random.Generator) -> tuple[NDArray[np.intp], Array, Array, Array]:
        """Points, standardised effects, effects, and log importance weights of ``count`` proposals."""
        size = len(self.mean)
        root = np.linalg.cholesky(self.spread)
        picked = np.sort(resampled(self.weights, count, rng))
        normal = rng.standard_normal((count, size))
        stretch = np.sqrt(FREEDOM / rng.chisquare(FREEDOM, count))[:, None]
        standard = self.mean + stretch * (normal @ root.T)
        effects, log_weights = np.empty_like(standard), np.empty(count)
        for point in np.unique(picked):
            mine = picked == point
            effects[mine] = self.modes[point] + np.linalg.solve(self.factors[point].T, standard[mine].T).T
            hyper = np.broadcast_to(self.grid[point], (int(mine.sum()), self.grid.shape[1]))
            log_weights[mine] = self.target.log_density(hyper, effects[mine])
        square = ((normal * stretch) ** 2).sum(axis=1)
        log_weights += 0.5 * (FREEDOM + size) * np.log1p(square / FREEDOM)
        log_weights -= self.weights[picked] + self.half_log_det[picked]
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
        found = np.bincount(picked, weights, minlength=len(self.grid)) + 1e-300
        before = self.weights - np.logaddexp.reduce(self.weights)
        self.weights = np.logaddexp(np.log(0.3) + before, np.log(0.7 * found))
