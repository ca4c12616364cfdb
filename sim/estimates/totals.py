"""Total indices and elementary effects from runs of a design, the luck within its rows taken out.

Of N rows, A and B are two independent draws of everything that is not known, and AB_k is A with thing k as it is in B.
With f(X) the probability in a row's world, V its variance over rows and f^ the share of m trajectories:

* total (Jansen):    T_k = mean((f(AB_k) - f(A))^2) / 2 V: what would be left to know if all but k were known;
* first (Saltelli):  S_k = mean((f(B) - mean f) (f(AB_k) - f(A))) / V: what goes with k alone.

AB_k and A share their trajectories' luck, so their difference is known better than either, and is exactly 0 where k
does nothing; B has other trajectories. The variance of each difference of shares, from its pairs, is taken off its
square, and binomial variance off V. Errors are those of N independent rows; a low-discrepancy design does better.

Morris' elementary effects are such differences over few rows: their mean (does the answer rise with k), their mean
size, and their standard deviation over rows (does what k does depend on the others). The sign of an effect comes from
one half of the trajectories and its size from the other, so that noise does not pass for size.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from sim.estimates.indices import Indices
from sim.model.model import Floats

Hits = NDArray[np.bool_]
"""[N, m] whether a trajectory of a row takes the step."""


@dataclass(frozen=True)
class Spread:
    """A and B: the shares of their rows, and the variance over rows of the probability itself."""

    first: Floats
    other: Floats
    """[N] shares."""
    noise: Floats
    """[N] mean binomial variance of both."""

    @classmethod
    def of(cls, first: Hits, other: Hits) -> Spread:
        """From the trajectories of A and of B."""
        shares = [hits.mean(axis=1) for hits in (first, other)]
        m = first.shape[1]
        noise = sum(share * (1 - share) for share in shares) / 2 / (m - 1)
        return cls(shares[0], shares[1], np.asarray(noise))

    @property
    def mean(self) -> float:
        """The probability."""
        return float(self.first.mean() + self.other.mean()) / 2

    @property
    def squares(self) -> Floats:
        """[N] squares about the mean, noise off; their mean is the variance."""
        about = (np.square(self.first - self.mean) + np.square(self.other - self.mean)) / 2
        return np.asarray(about - self.noise)

    @property
    def variance(self) -> float:
        """Over rows."""
        return float(self.squares.mean())


@dataclass(frozen=True)
class Difference:
    """f(AB_k) - f(A) in each row, from paired trajectories."""

    value: Floats
    noise: Floats
    """[N] variance of each, by chance within the row."""
    halves: tuple[Floats, Floats]
    """The same by either half of the trajectories."""

    @classmethod
    def of(cls, first: Hits, changed: Hits) -> Difference:
        """From the trajectories of A and of AB_k."""
        pairs = changed.astype(np.int8) - first.astype(np.int8)
        half = pairs.shape[1] // 2
        return cls(
            pairs.mean(axis=1),
            pairs.var(axis=1, ddof=1) / pairs.shape[1],
            (pairs[:, :half].mean(axis=1), pairs[:, half:].mean(axis=1)),
        )


def exact_difference(first: Floats, changed: Floats) -> Difference:
    """Where probabilities are known [N]."""
    value = changed - first
    return Difference(value, np.zeros_like(value), (value, value))


def jansen(spread: Spread, difference: Difference) -> Indices:
    """The total index of what was changed."""
    return _ratio((np.square(difference.value) - difference.noise) / 2, spread)


def saltelli(spread: Spread, difference: Difference) -> Indices:
    """The first-order index of what was changed."""
    return _ratio((spread.other - spread.mean) * difference.value, spread)


def _ratio(parts: Floats, spread: Spread) -> Indices:
    """[1] mean of the parts over the variance.

    :raises ValueError: rows do not differ, so that there is no variance to take parts of.
    """
    variance = spread.variance
    if variance <= 0:
        raise ValueError("the rows of the design do not differ by more than chance within them")
    value = float(parts.mean()) / variance
    error = float((parts - value * spread.squares).std(ddof=1)) / sqrt(len(parts)) / variance
    return Indices(np.array([value]), np.array([error]))


@dataclass(frozen=True)
class Effects:
    """What a change of one thing does over the rows of a design, as differences of probabilities."""

    mean: float
    """Where it is put up; 0 where up means nothing."""
    mean_error: float
    size: float
    """Mean of the sizes; never more than is there, and 0 on average where nothing is."""
    size_error: float
    spread: float
    """Standard deviation over rows, chance within them taken out."""


def effects(difference: Difference, up: Floats) -> Effects:
    """Elementary effects of one thing.

    :param up: [R] 1 where it was put up, -1 where down, 0 where that means nothing.
    """
    rows = len(difference.value)
    signed = difference.value * up
    one, other = difference.halves
    size = (np.sign(one) * other + np.sign(other) * one) / 2
    around = difference.value if not up.any() else signed
    spread = float(around.var(ddof=1) - difference.noise.mean())
    return Effects(
        mean=float(signed.mean()),
        mean_error=float(signed.std(ddof=1)) / sqrt(rows),
        size=float(size.mean()),
        size_error=float(size.std(ddof=1)) / sqrt(rows),
        spread=sqrt(max(spread, 0.0)),
    )
