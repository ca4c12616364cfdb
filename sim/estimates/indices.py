"""What moves a probability: first-order indices from worlds that were drawn anyway, the luck within worlds taken out.

W worlds with a share of hits each are a sample of what is not known and of what follows from it. The first-order index
of a parameter (or of several together, a block) is the part of the variance of the probability over worlds that goes
with it alone:  S = Var(E[p | x]) / Var(p).

Var(E[p | x]) is estimated by regression of the shares on a *basis* of functions of x: Legendre polynomials of its rank,
or one function for each category. What a basis of k functions explains of pure noise is taken off, world by world
(h e^2 / (1 - h), with h the leverage and e the residual), so worlds may scatter more in some places than in others.
Var(p) is the variance of the shares less the mean binomial variance within worlds. Chance within worlds is in the
residuals, and so out of the numerator, too; worlds must not share trajectories.

The error is that of the influence function of the ratio (which worlds were drawn), and of what k functions explain by
accident, which counts where an index is near 0. :func:`by_bins` is a second opinion without polynomials.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import sqrt

import numpy as np

from sim.estimates.products import orthonormal, product
from sim.model.model import Floats, Ints

DEGREE = 8
"""Of polynomials in one parameter, if there are worlds enough."""
WORLDS_A_TERM, WORLDS_A_BLOCK_TERM = 25, 8
"""Worlds for each function of a basis: in one parameter, in all columns of a block."""
MOST_TERMS = 128
"""Functions of a block, however many worlds there are."""
BINS = 32
SWEEPS = 8
MOST_LEVERAGE = 0.9
"""Of a world in a fit of many things."""
TINY = 1e-9
"""Part of a function that is new beside others: less is rounding."""


@dataclass(frozen=True)
class Shares:
    """The shares of W worlds that take a step, and how much of their variance is chance within worlds."""

    share: Floats
    """[W]"""
    noise: Floats
    """[W] binomial variance of each share; 0 where probabilities are known."""

    @classmethod
    def counted(cls, hits: Ints, totals: Ints) -> Shares:
        """From hits and trajectories of each world [W]; a world needs two trajectories."""
        share = hits / totals
        return cls(share, share * (1 - share) / np.maximum(totals - 1, 1))

    @classmethod
    def solved(cls, chances: Floats) -> Shares:
        """From the probabilities themselves [W]."""
        return cls(chances, np.zeros_like(chances))

    def __len__(self) -> int:
        return len(self.share)

    @cached_property
    def mean(self) -> float:
        """The probability."""
        return float(self.share.mean())

    @cached_property
    def between(self) -> float:
        """Variance over worlds of their true probabilities; may come out below 0 where there is none."""
        alike = self.share.min() == self.share.max()  # said outright, since rounding would leave a variance
        return float((0.0 if alike else self.share.var(ddof=1)) - self.noise.mean())

    @property
    def between_error(self) -> float:
        """Its standard error."""
        return float(((self.share - self.mean) ** 2 - self.noise).std(ddof=1) / sqrt(len(self)))

    @property
    def told_apart(self) -> bool:
        """Whether worlds differ by more than chance and two errors."""
        return self.between > 2 * self.between_error


# --- bases ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Basis:
    """Functions of what is not known, at W worlds: orthonormal, each with mean 0."""

    functions: Floats
    """[W, k]"""
    leverage: Floats
    """[W] how far a world pulls its own fitted value."""

    @property
    def size(self) -> int:
        """How many functions."""
        return int(self.functions.shape[1])

    def fitted(self, rows: Floats) -> Floats:
        """What the functions explain of [P, W]."""
        return product(product(rows, self.functions), self.functions.T)

    def squared(self, rows: Floats) -> Floats:
        """[P, k] the sum of each of [P, W] times the square of each function."""
        return product(rows, np.square(self.functions))


@dataclass(frozen=True)
class Partition:
    """The basis of :func:`categories`, of which no function need be written out: they may be thousands.

    The fit is the mean of each category. In the order of the categories, the first of them last, function j is a number
    at all worlds of category j, another at those of all that follow, and 0 before: the orthonormal ones in that order.
    """

    category: Ints
    """[W] numbers from 0."""
    count: Ints
    """[c] worlds of each."""

    @classmethod
    def of(cls, codes: Floats | Ints) -> Partition:
        """Of a code [W] for each world."""
        _, category, count = np.unique(codes, return_inverse=True, return_counts=True)
        return cls(category, count)

    @property
    def size(self) -> int:
        """How many functions."""
        return len(self.count) - 1

    @cached_property
    def leverage(self) -> Floats:
        """[W] how far a world pulls its own fitted value."""
        found: Floats = 1 / self.count[self.category] - 1 / len(self.category)
        return found

    @property
    def functions(self) -> Floats:
        """[W, k] written out."""
        return basis_of(categories(self.category)).functions

    def _sums(self, rows: Floats) -> Floats:
        """[P, c] the sum over the worlds of each category."""
        return np.stack([np.bincount(self.category, row, len(self.count)) for row in rows])

    def fitted(self, rows: Floats) -> Floats:
        """What the functions explain of [P, W]."""
        means = self._sums(rows) / self.count - rows.mean(axis=1, keepdims=True)
        return np.asarray(means[:, self.category])

    def squared(self, rows: Floats) -> Floats:
        """[P, k] the sum of each of [P, W] times the square of each function."""
        sums, count = (np.roll(of, -1, axis=-1) for of in (self._sums(rows), self.count))
        after, rest = (np.cumsum(of[..., ::-1], axis=-1)[..., ::-1][..., 1:] for of in (sums, count))
        here, own = sums[..., :-1], count[:-1]
        return np.asarray((here * rest / own + after * own / rest) / (own + rest))


def basis_of(functions: Floats) -> Basis:
    """The basis that functions [W, …] span together, in their order; what follows from others is left out."""
    made = orthonormal(functions - functions.mean(axis=0), TINY)
    return Basis(made, np.square(made).sum(axis=1))


def of_ranks(worlds: int, degree: int) -> Basis:
    """Polynomials of the rank: a function at world w is its value for the w-th lowest."""
    return basis_of(polynomials((2 * np.arange(worlds) + 1) / worlds - 1, degree))


def polynomials(x: Floats, degree: int) -> Floats:
    """[W, degree] Legendre polynomials from the first on, at x [W] between -1 and 1."""
    made = np.ones((degree + 1, len(x)))
    made[1] = x
    for d in range(1, degree):
        made[d + 1] = ((2 * d + 1) * x * made[d] - d * made[d - 1]) / (d + 1)
    return made[1:].T


def categories(codes: Floats | Ints) -> Floats:
    """[W, c - 1] one function for each category that occurs, but the first."""
    return np.asarray(codes[:, None] == np.unique(codes)[None, 1:], dtype=np.float64)


def degree_for(worlds: int, columns: int = 1) -> int:
    """Of polynomials in each of so many columns; 0 if there are too few worlds for any."""
    if columns == 1:
        return min(DEGREE, worlds // WORLDS_A_TERM)
    if columns > worlds // 3:
        return 0
    terms = min(worlds // WORLDS_A_BLOCK_TERM, MOST_TERMS)
    return min(DEGREE, max(1, terms // columns))


# --- indices --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Indices:
    """Shares of the variance over worlds; noise may carry one below 0 or above 1."""

    value: Floats
    """[P]"""
    error: Floats
    """[P] standard errors."""


def first_order(basis: Basis | Partition, shares: Shares, order: Ints | None = None) -> Indices:
    """The part of the variance over worlds that goes with what the basis is made of.

    :param order: [P, W] the world that each row of the basis stands for, in P cases; as they are if not given (P = 1).
    :raises ValueError: worlds do not differ, so that there is no variance to take parts of.
    """
    order = np.arange(len(shares))[None] if order is None else order
    centred = (shares.share - shares.mean)[order]
    residual = centred - basis.fitted(centred)
    left_out = residual / np.maximum(1 - basis.leverage, 1 / len(shares))
    accident = np.square(basis.squared(residual * left_out)).sum(axis=1)
    return _explained(centred, residual, basis.leverage, accident, shares, shares.noise[order])


def additive(bases: Sequence[Basis | Partition], shares: Shares) -> Indices:
    """The part that goes with independent things, each of a basis, in sum: what each does whatever the others are.

    It is read off one fit, which is surer than the sum of indices: in a sample independent things go together a little.
    """
    centred = shares.share - shares.mean
    residual, leverage = centred[None].copy(), np.zeros(len(shares))
    for _ in range(SWEEPS):  # to the fit of all at once, for their functions are not quite orthogonal
        for basis in bases:
            residual -= basis.fitted(residual)
    for basis in bases:
        leverage += basis.leverage
    leverage = np.minimum(leverage, MOST_LEVERAGE)
    noise = residual**2 / (1 - leverage)
    accident = sum(np.square(basis.squared(noise)).sum() for basis in bases)
    return _explained(centred[None], residual, leverage, np.array([accident]), shares, shares.noise[None])


def _explained(
    centred: Floats, residual: Floats, leverage: Floats, accident: Floats, shares: Shares, noise: Floats
) -> Indices:
    """What P fits explain of the variance over worlds, and how sure that is.

    :param centred, residual, noise: [P, W]; :param leverage: [W].
    :param accident: [P] squares of the variances of all coefficients.
    """
    worlds, between = len(shares), shares.between
    if between <= 0:
        raise ValueError("the shares of the worlds do not differ by more than chance within them")
    left_out = residual / np.maximum(1 - leverage, 1 / worlds)  # of each world from the fit to the others
    fitted = np.square(centred) - np.square(residual)
    own = np.einsum("pw,w->p", residual * left_out, leverage)
    value = (fitted.sum(axis=1) - own) / (worlds - 1) / between
    influence = np.square(centred) - np.square(left_out) - value[:, None] * (np.square(centred) - noise)
    drawn = influence.var(axis=1, ddof=1) / worlds
    accident = 2 * accident / worlds**2
    # where nothing is there, influence is made of these sums, too, and counts them twice
    return Indices(value, np.sqrt(np.maximum(drawn - accident, accident)) / between)


def by_bins(order: Ints, shares: Shares, bins: int = BINS) -> Floats:
    """[P] the first-order index of each parameter from means in equally filled bins.

    :param order: [P, W] worlds in the order of each parameter.
    """
    worlds = len(shares)
    centred = (shares.share - shares.mean)[order]
    edges = np.linspace(0, worlds, min(bins, worlds // 2) + 1).astype(np.int64)
    size = np.diff(edges)
    mean = np.add.reduceat(centred, edges[:-1], axis=1) / size
    spread = (np.add.reduceat(centred**2, edges[:-1], axis=1) - size * mean**2) / (size - 1)
    weight = size / worlds
    noise = spread / size * (1 - weight)
    found: Floats = (weight * (mean**2 - noise)).sum(axis=1) / shares.between
    return found
