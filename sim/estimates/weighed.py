"""A run with tilted rates: rare things made frequent, and each trajectory weighed for it.

The moves whose rate names a parameter are simulated at a given rate a year or more while they are open. Every
trajectory has a weight, the likelihood ratio of the true law to the simulated one, so that the mean of weight times
indicator is the true probability: unbiased, and not divided by the sum of the weights. What happened by some time
is weighed with the ratio up to then, not up to the end, which would only add noise.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from sim.base.dates import report_dates, years_between
from sim.base.errors import OptionError, choice
from sim.engines.paths import Paths, TiltedPaths
from sim.estimates.intervals import ShareEstimate
from sim.estimates.outcomes import Outcomes
from sim.estimates.tally import bin_ends
from sim.model.model import Floats, Model

LEFT_OUT = (
    "Rates are tilted and trajectories weighed, so the noise within a world is not binomial: no credible interval "
    "is given. Medians, ways, blockers, last to move and to ratify, paths, and what came before are left out."
)


MOST_OF_VARIANCE = 0.15
"""Share of the sum of squared weights that the largest may have: more, and the error rests on it alone."""
FEWEST_EFFECTIVE = 25
"""Trajectories of equal weight that would say as much: with fewer, the error of the error is too large."""
MOST_ERRORS, MOST_AWAY = 4.0, 0.05
"""The mean weight may be away from 1 by so many of its errors, or by so much."""


LARGEST_WEIGHT = 1e140
"""A weight counts as this at most, so that sums of squares are numbers; with one like it nothing is reliable anyway."""


@dataclass(frozen=True)
class Tilted:
    """How rates were tilted, and how good the weights are."""

    least_rates: tuple[str, ...]
    """``NAME=RATE``."""
    mean_weight: float
    """Near 1, unless the tilt is so strong that few trajectories carry nearly all of the weight."""
    mean_weight_error: float
    left_out: str
    effective: Mapping[str, float]
    """By step (or substitute) that is taken at all: trajectories of equal weight that say as much by the horizon."""
    reliable: bool
    doubts: tuple[str, ...]
    """Why the estimates and their errors are not to be believed; empty if they are."""


def least_rates(model: Model, tilt: Sequence[str]) -> Floats:
    """The least rate of each move, shape (M,), from assignments NAME=RATE; 0 where nothing is asked for.

    :raises OptionError: not of that form, not a positive number, or no move has that parameter in its rate.
    """
    least = np.zeros(len(model.moves.rate))
    factors = [model.recipes[slot].factors for slot in model.moves.rate]
    known = sorted({name for names in factors for name in names if isinstance(name, str)})
    for assignment in tilt:
        name, _, text = assignment.partition("=")
        try:
            rate = float(text)
        except ValueError:
            rate = math.nan
        if not (0.0 < rate < math.inf):
            raise OptionError(f"<tilt> {assignment}: allowed: NAME=RATE with a rate a year above 0")
        if name not in known:
            raise OptionError(f"<tilt> {assignment}: no move has {name!r} in its rate; {choice(name, known)}")
        for move, names in enumerate(factors):
            if name in names:
                least[move] = max(least[move], rate)
    return least


class WeighedTally:
    """Sums of weights over trajectories of a model with S steps, K substitutes, R watched entries, D dates, W worlds.

    O = S + K + R outcomes are counted; see :class:`Outcomes`.
    """

    def __init__(self, model: Model, worlds: int, tilt: Sequence[str]) -> None:
        self.model, self.worlds, self.trajectories, self.tilt = model, worlds, 0, tuple(tilt)
        self.outcomes = Outcomes.of(model)
        self.dates = report_dates(model.start, model.horizon)
        self.bin_days, self._bin_edges = bin_ends(model)
        self._edges = np.array([years_between(model.start, day) for day in self.dates])
        outcomes, self._taken = len(self.outcomes.names), len(self.outcomes.taken)
        self.sums = np.zeros((outcomes, worlds, len(self.dates)))
        """[O, W, D] of the weights of those in which it came about in the interval that ends on a date."""
        self.squares = np.zeros((outcomes, len(self.dates)))
        """[O, D] of the squares of the same, over all worlds."""
        self.largest = np.zeros(outcomes)
        """[O] the largest weight of those in which it came about by the horizon."""
        self.totals = np.zeros(worlds, np.int64)
        self._bins = np.zeros((self._taken, len(self.bin_days)))
        """[S+K, B] of the weights of those that took the step (or substitute) in the bin that ends on a day."""
        self.whole = np.zeros(2)
        """Of the weights up to the end, and of their squares."""

    def add(self, paths: Paths) -> None:
        """Takes in a block of paths."""
        assert isinstance(paths, TiltedPaths)
        self.trajectories += len(paths)
        self.totals += np.bincount(paths.world, minlength=self.worlds)
        whole = np.minimum(paths.weights[:, 0], LARGEST_WEIGHT)
        self.whole += whole.sum(), np.square(whole).sum()
        width = len(self.dates)
        every = zip(self.outcomes.times(paths).T, self.outcomes.weights(paths).T, strict=True)
        for outcome, (times, whole) in enumerate(every):
            weights = np.minimum(whole, LARGEST_WEIGHT)
            slot = np.searchsorted(self._edges, times, side="left")
            inside = slot < width
            cells = paths.world[inside] * width + slot[inside]
            flat = np.bincount(cells, weights[inside], minlength=self.worlds * width)
            self.sums[outcome] += flat.reshape(self.worlds, width)
            self.squares[outcome] += np.bincount(slot[inside], weights[inside] ** 2, minlength=width)
            self.largest[outcome] = max(self.largest[outcome], weights[inside].max(initial=0.0))
            if outcome < self._taken:
                at = np.searchsorted(self._bin_edges, times, side="left")
                inside = at < len(self.bin_days)
                self._bins[outcome] += np.bincount(at[inside], weights[inside], minlength=len(self.bin_days))

    def bins(self) -> tuple[list[date], Floats]:
        """The days on which bins end, and the probability [S+K, B] that the step (or substitute) is taken in each."""
        return self.bin_days, self._bins / self.trajectories

    def by_horizon(self) -> Floats:
        """[W, S+K] the estimate of each world's probability that the step (or substitute) is taken by the horizon."""
        taken = self.sums[: self._taken].sum(axis=2)
        return np.asarray((taken / np.maximum(self.totals, 1)).T)

    def curve(self, outcome: int) -> list[ShareEstimate]:
        """Estimates at each date; the error is that of the mean over worlds, as in any run."""
        means = np.cumsum(self.sums[outcome], axis=1) / self.totals[:, None]
        squares = np.cumsum(self.squares[outcome])
        return [self._estimate(means[:, d], float(squares[d])) for d in range(len(self.dates))]

    def _estimate(self, means: Floats, squares: float) -> ShareEstimate:
        """One probability; ``squares`` of all weights (worlds differ by one trajectory at most: taken as equal)."""
        worlds, each = self.worlds, self.trajectories / self.worlds
        mean = float(means.mean())
        spent = max(squares / each - float(np.square(means).sum()), 0.0) / worlds
        within = math.sqrt(spent / max(each - 1, 1) / worlds)
        whole = float(means.std(ddof=1)) / math.sqrt(worlds) if worlds > 1 else within
        within = whole if each < 2 else min(within, whole)
        return ShareEstimate(mean, whole, within, None, None, worlds, self.trajectories)

    def median(self, outcome: int) -> None:
        """There is none: weights are of moments, not of trajectories."""

    def tilted(self) -> Tilted:
        """What the summary says of the weights."""
        mean = float(self.whole[0] / self.trajectories)
        spread = max(float(self.whole[1] / self.trajectories) - mean**2, 0.0)
        error = math.sqrt(spread / self.trajectories)
        totals, squares = self.sums.sum(axis=(1, 2)), self.squares.sum(axis=1)
        effective, found = {}, [*_of_mean(mean, error)]
        for i, step in enumerate(self.outcomes.taken):
            if squares[i] > 0.0:
                effective[step] = float(totals[i] ** 2 / squares[i])
                found += _of_step(step, effective[step], float(self.largest[i] ** 2 / squares[i]))
        return Tilted(self.tilt, mean, error, LEFT_OUT, effective, not found, tuple(found))


def _of_mean(mean: float, error: float) -> Iterator[str]:
    """What speaks against weights of this mean, which is 1 by law."""
    if not abs(mean - 1.0) <= max(MOST_ERRORS * error, MOST_AWAY):
        yield f"the mean weight is {mean:.2g}, and would be 1 if no weighty trajectory were missed"


def _of_step(step: str, effective: float, largest: float) -> Iterator[str]:
    """What speaks against an estimate that rests on so many trajectories of equal weight.

    :param largest: the share that one weight has in the sum of the squares.
    """
    if largest > MOST_OF_VARIANCE:
        yield f"{step}: one trajectory makes {100 * largest:.0f} % of the squared error"
    elif effective < FEWEST_EFFECTIVE:
        yield f"{step}: the weights leave no more than {effective:.0f} trajectories of equal weight"
