"""How sure a probability is: from shares of trajectories, world by world, to errors and intervals.

If a step is reached in ``hits[w]`` of the ``totals[w]`` trajectories of world w, then
* the probability is the mean over worlds of ``hits / totals``;
* ``mc_error`` is its standard error, ``mc_error_within`` the part of it that chance within worlds makes
  (more trajectories shrink that part, only more worlds shrink the rest);
* ``credible_90`` holds the 5 % and 95 % quantiles of G, the distribution over worlds of the *true*
  probability of a world. Quantiles of the shares are too far apart, for a share of K trajectories is the
  world's probability plus binomial noise. To take the noise out, start from the Beta distribution that has
  the mean of the shares and their variance less the binomial part, and improve it ``STEPS`` times by
      G_new(cell) = mean over worlds of  Pr(cell | hits_w, totals_w; G_old),
  the expectation-maximisation step for mixtures. A smooth start and an early stop keep G from being fitted
  to the noise. With large K one step gives the plain quantiles; with small K the Beta shape carries more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import accumulate
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from sim.base.errors import OptionError

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
Ends = tuple[float, float]
"""The lower and the upper end of an interval."""

TAIL = 0.05
ENDS = np.array([TAIL, 1 - TAIL])  # levels of the ends of a 90 % interval
FEWEST_WORLDS = 100  # a 5 % tail of fewer worlds is a handful of draws
FEWEST_PER_WORLD = 10  # below this the shares say next to nothing about the shape of G
STEPS = 10  # more follow noise, fewer stay too close to a Beta shape (see docs)
COUNTED_RATHER = 16_384  # so many numbers are counted faster than sorted
LARGEST_GRID, LARGEST_CELLS = 400, 512  # bound the work; noise is still resolved at 10,000 a world


@dataclass(frozen=True, slots=True)
class ShareEstimate:
    """One probability with what is not known about it.

    ``credible_error`` is the standard error of each end of ``credible_90``; both are None with fewer than 100
    worlds, or fewer than 10 trajectories in some world. ``probability`` need not lie inside ``credible_90``:
    the mean of a very skewed distribution can be above its 95 % quantile.
    """

    probability: float
    mc_error: float
    mc_error_within: float
    credible_90: tuple[float, float] | None
    credible_error: tuple[float, float] | None
    worlds: int
    trajectories: int


@dataclass(frozen=True, slots=True)
class _Shares:
    """Distinct (hits, totals) pairs in sorted order, so that the order of worlds cannot matter."""

    hits: FloatArray
    totals: FloatArray
    count: FloatArray  # worlds that have this pair
    angles: FloatArray  # share = sin(angle)^2; binomial noise has nearly the same size at every angle
    worlds: int
    mean: float  # over worlds, of the share
    variance: float  # of the share over worlds, W-1 in the denominator; 0 for one world
    noise: float  # mean over worlds of the binomial variance of a share
    per_world: float  # mean number of trajectories

    @property
    def unsure(self) -> float:
        """What chance can pass off as variance between worlds: one standard error of the noise."""
        return self.noise * sqrt(2 / self.worlds)

    @property
    def between(self) -> float:
        """Variance between worlds of their true probabilities, never below what chance alone would show."""
        return max(self.variance - self.noise, self.unsure)


def check_worlds(worlds: int, uncertain: bool = True, per_world: int | None = None) -> None:
    """Refuse a number of worlds that could not say how uncertain a probability is.

    One world is fine where nothing is uncertain. Of an uncertain scenario it would be one guess at all that is not
    known, with an error that speaks of chance alone.

    Raises:
        OptionError: none; fewer than 100, but for one of a scenario that is not ``uncertain``; or fewer than 10
            trajectories ``per_world``, if given.
    """
    if worlds < FEWEST_WORLDS and (uncertain or worlds != 1):
        raise OptionError(
            f"<worlds>: {worlds} is too few for a credible interval, whose ends are quantiles over worlds; at "
            f"least {FEWEST_WORLDS} are needed, 500 or more are advised (or 1, if no parameter has a prior)."
        )
    if per_world is not None and per_world < FEWEST_PER_WORLD and worlds > 1:
        raise OptionError(
            f"<trajectories>: {per_world} per world is too few to tell worlds apart from chance; at least "
            f"{FEWEST_PER_WORLD} are needed, that is {FEWEST_PER_WORLD * worlds} for {worlds} worlds."
        )


def summarise_share(hits: IntArray, totals: IntArray) -> ShareEstimate:
    """Probability, errors and credible interval of one event.

    Args: for each world [W], ``hits``, the trajectories in which the event happened, and ``totals``, all its
    trajectories (at least 1; they need not be equal).

    Raises:
        ValueError: shapes that differ, no worlds, or counts outside 0 <= hits <= totals.
    """
    if hits.ndim != 1 or hits.shape != totals.shape or hits.size == 0:
        raise ValueError(f"hits {hits.shape} and totals {totals.shape} must both have shape [W], W >= 1")
    if (totals < 1).any() or (hits < 0).any() or (hits > totals).any():
        raise ValueError("every world needs 0 <= hits <= totals and totals >= 1")
    shares = _collect(hits, totals)
    mc_error, within = _mc_errors(shares)
    enough = shares.worlds >= FEWEST_WORLDS and totals.min() >= FEWEST_PER_WORLD
    ends, errors = _credible(shares) if enough else (None, None)
    return ShareEstimate(shares.mean, mc_error, within, ends, errors, shares.worlds, int(totals.sum()))


def summarise_curve(hits: IntArray, totals: IntArray) -> list[ShareEstimate]:
    """The same for a cumulative curve of D dates: ``hits`` of shape [W, D], ``totals`` of shape [W].

    What happened by one date happened by the next, so the interval ends may not fall: where an estimate
    would, the end stays at its highest value so far and keeps the larger error.

    Raises:
        ValueError: as :func:`summarise_share`, or hits that decrease along D.
    """
    if hits.ndim != 2 or (np.diff(hits, axis=1) < 0).any():
        raise ValueError("hits must have shape [W, D] and may not decrease from one date to the next")
    return list(accumulate((summarise_share(column, totals) for column in hits.T), _keep_up))


def summarise_exact(chances: FloatArray) -> ShareEstimate:
    """The same from the probabilities [W] themselves: no chance within worlds, so nothing is taken out.

    ``mc_error`` is then what the drawing of worlds leaves (0 for one world), and the error of an end of the
    interval only that of a rank (see ``_errors_of_ends``).
    """
    worlds, mean = len(chances), float(chances.mean())
    error = float(chances.std(ddof=1) / sqrt(worlds)) if worlds > 1 else 0.0
    if worlds < FEWEST_WORLDS:
        return ShareEstimate(mean, error, 0.0, None, None, worlds, 0)
    low, high = np.quantile(chances, ENDS).tolist()
    below, above = rank_errors(chances).tolist()
    return ShareEstimate(mean, error, 0.0, (low, high), (below, above), worlds, 0)


def rank_errors(values: FloatArray) -> FloatArray:
    """Standard errors [2] of the 5 % and 95 % quantiles of ``values`` [W]: which worlds were drawn.

    The slope of the quantiles is read over one, two and three errors of the level; the steepest counts.
    """
    rank = sqrt(TAIL * (1 - TAIL) / len(values))
    reach = rank * np.array([[1.0], [2.0], [3.0]])
    upper, lower = np.minimum(ENDS + reach, 1.0), np.maximum(ENDS - reach, 0.0)
    gap = np.quantile(values, upper) - np.quantile(values, lower)
    errors: FloatArray = (gap * rank / (upper - lower)).max(axis=0)
    return errors


def _keep_up(before: ShareEstimate, now: ShareEstimate) -> ShareEstimate:
    """Raise the interval ends of ``now`` to those of the date before, where they are lower."""
    if not (now.credible_90 and now.credible_error and before.credible_90 and before.credible_error):
        return now
    ends, errors = list(now.credible_90), list(now.credible_error)
    for side, floor in enumerate(before.credible_90):
        if ends[side] < floor:
            ends[side], errors[side] = floor, max(errors[side], before.credible_error[side])
    return replace(now, credible_90=(ends[0], ends[1]), credible_error=(errors[0], errors[1]))


def _collect(hits: IntArray, totals: IntArray) -> _Shares:
    h, n, weight = (part.astype(float) for part in _pairs(hits, totals))
    share, worlds = h / n, int(hits.size)
    mean = float((weight * share).sum() / worlds)
    alike = share.min() == share.max()  # said outright, since rounding would leave a variance of about 1e-34
    variance = 0.0 if alike else float((weight * (share - mean) ** 2).sum() / (worlds - 1))
    noise = float((weight * share * (1 - share) / np.maximum(n - 1, 1)).sum() / worlds)
    per_world = float(totals.sum() / worlds)
    return _Shares(h, n, weight, np.arcsin(np.sqrt(share)), worlds, mean, variance, noise, per_world)


def _pairs(hits: IntArray, totals: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """The distinct pairs of hits and totals, in order, and how many worlds have each."""
    most = int(totals.max())
    if most == totals.min():
        found, count = _distinct(hits, most + 1)
        return found, np.full(len(found), most), count
    base = most + 1  # each pair as one number, which sorts faster than pairs
    pairs, count = _distinct(hits.astype(np.int64) * base + totals, base * base)
    return pairs // base, pairs % base, count


def _distinct(numbers: IntArray, most: int) -> tuple[IntArray, IntArray]:
    """The distinct ones of numbers from 0 to below ``most``, in order, and how many there are of each."""
    if most > COUNTED_RATHER:
        return np.unique(numbers, return_counts=True)
    counts = np.bincount(numbers)
    found = np.flatnonzero(counts)
    return found, counts[found]


def _mc_errors(shares: _Shares) -> tuple[float, float]:
    """Standard error of the probability, sd(shares) / sqrt(W), and the part made by chance within worlds.

    That part is sqrt(sum p_w (1 - p_w) / (K_w - 1)) / W, not let above the whole. With one world, or the same
    share in all, worlds tell nothing of the error. The standard deviation of the Jeffreys posterior of one
    proportion stands in, which is about 0.7 / n, and not 0, where no trajectory or every one was a hit.
    """
    if shares.variance == 0.0:
        a, b = shares.count @ shares.hits + 0.5, shares.count @ (shares.totals - shares.hits) + 0.5
        alone = float(np.sqrt(a * b / (a + b + 1)) / (a + b))
        return alone, alone
    whole = sqrt(shares.variance / shares.worlds)
    mixed = shares.totals.max() == 1  # one trajectory a world: chance and worlds cannot be told apart
    return whole, whole if mixed else min(whole, sqrt(shares.noise / shares.worlds))


def _credible(shares: _Shares) -> tuple[tuple[float, float], tuple[float, float]]:
    """The 5 % and 95 % quantiles of G and their errors."""
    if shares.mean in (0.0, 1.0):  # nothing to separate; half a hit in a world is what could have been missed
        return (shares.mean, shares.mean), (0.5 / shares.per_world, 0.5 / shares.per_world)
    edges = _grid_edges(shares)
    early, late = _average_posteriors(shares, edges)
    ends, errors = _quantile(ENDS, late, edges), _errors_of_ends(shares, edges, early, late)
    return (float(ends[0]), float(ends[1])), (float(errors[0]), float(errors[1]))


def _grid_edges(shares: _Shares) -> FloatArray:
    """Angles [M + 1] that bound the grid cells: the range of the shares, two cells to a unit of noise."""
    blur = 0.5 / sqrt(shares.per_world)  # standard deviation of the angle of a share
    low = max(0.0, float(shares.angles.min()) - blur)
    high = min(np.pi / 2, float(shares.angles.max()) + blur)
    return np.linspace(low, high, int(np.clip(np.ceil(2 * (high - low) / blur), 60, LARGEST_GRID)) + 1)


def _beta_masses(shares: _Shares, grid: FloatArray) -> FloatArray:
    """The Beta distribution of the same mean and between-world variance, on angles [M], summing to 1."""
    strength = max(shares.mean * (1 - shares.mean) / shares.between - 1, 0.05)
    a, b = shares.mean * strength, (1 - shares.mean) * strength
    log_density = (2 * a - 1) * np.log(np.sin(grid)) + (2 * b - 1) * np.log(np.cos(grid))
    mass: FloatArray = np.exp(
        np.maximum(log_density - log_density.max(), -100)
    )  # never 0: worlds may lie there
    return mass / float(mass.sum())


def _average_posteriors(shares: _Shares, edges: FloatArray) -> tuple[FloatArray, FloatArray]:
    """G as cell masses [M], after half of the steps and after all of them.

    Worlds whose shares differ by less than a quarter of the noise are treated as one, which bounds the work.
    Sums go through einsum, not the matrix library, whose last bit depends on the number of threads.
    """
    grid, width = (edges[1:] + edges[:-1]) / 2, edges[-1] - edges[0]
    number = min(int(np.ceil(8 * sqrt(shares.per_world) * width)), LARGEST_CELLS)
    cell = np.clip(((shares.angles - edges[0]) / width * number).astype(int), 0, number - 1)
    there = np.bincount(cell) > 0
    count = np.bincount(cell, shares.count)[there]
    hits = np.bincount(cell, shares.count * shares.hits)[there] / count
    misses = np.bincount(cell, shares.count * (shares.totals - shares.hits))[there] / count
    log_like = 2 * np.outer(hits, np.log(np.sin(grid))) + 2 * np.outer(misses, np.log(np.cos(grid)))
    like = np.exp(log_like - log_like.max(axis=1, keepdims=True))
    early = mass = _beta_masses(shares, grid)
    share = count / shares.worlds
    for step in range(STEPS):
        early = mass if step == STEPS // 2 else early
        seen = np.einsum("cm,m->c", like, mass)
        mass = mass * np.einsum("cm,c->m", like, share / seen)
    return early, mass


def _quantile(level: FloatArray, mass: FloatArray, edges: FloatArray) -> FloatArray:
    """Probabilities below which G has ``level`` of its mass; outside 0 to 1, the ends of the grid."""
    cumulative = np.concatenate([[0.0], np.cumsum(mass)])
    return np.square(np.sin(np.interp(level, cumulative / cumulative[-1], edges)), dtype=np.float64)


def _errors_of_ends(shares: _Shares, edges: FloatArray, early: FloatArray, late: FloatArray) -> FloatArray:
    """Standard errors of the two ends [2], the root of the sum of the squares of four parts.

    rank: which worlds were drawn. The level of a quantile is known to r = sqrt(0.05 * 0.95 / W), widened by
        sqrt((between + noise) / between) because noise was taken out. The slope of G is read over r, 2r and
        3r and the steepest counts, since a single gap between worlds is a poor guide to it.
    spread: how much of the variance between worlds could be noise, times the way from the mean to the end.
    shape: what the second half of the steps still changed.
    half a hit: near 0 or 1, K trajectories of a world cannot resolve much less than 1 / (2 K).
    """
    r = sqrt(TAIL * (1 - TAIL) / shares.worlds * (1 + shares.noise / shares.between))
    reach = r * np.array([[1.0], [2.0], [3.0]])
    ends, *around = _quantile(np.concatenate([ENDS[None], ENDS + reach, ENDS - reach]), late, edges)
    gap = np.stack(around[: len(reach)]) - np.stack(around[len(reach) :])
    rank = (gap * r / (2 * reach)).max(axis=0)
    spread = shares.unsure / shares.between * np.abs(ends - shares.mean)
    shape = ends - _quantile(ENDS, early, edges)
    half_hit = 0.5 / shares.per_world / (1 + shares.per_world * np.minimum(ends, 1 - ends)) ** 2
    errors: FloatArray = np.sqrt(rank**2 + spread**2 + shape**2 + half_hit**2)
    return errors
