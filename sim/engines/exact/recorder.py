"""What is noted while the joint law is carried forward: when decisions are taken, and when by a substitute.

Between two dates only bypasses climb the ladder. So what a stretch adds to the probability that decision k is taken
came of a bypass of k itself, or of one of an earlier decision after which k was waived: ``added[k]`` is that of
k plus the chance of a waiver times ``added[k - 1]``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from sim.base.dates import DAYS_PER_YEAR
from sim.engines.exact.lengths import AT_ONCE, Times
from sim.engines.exact.reachable import Bools
from sim.model.model import Floats

_SLACK = 1e-9


@dataclass(frozen=True)
class Stretch:
    """Years between two dates in which decisions are bypassed, as a Poisson mixture."""

    since: float
    years: float
    rate: float
    """Of the uniformised chain."""
    taken: Floats
    """[terms, stages] probability that each decision was taken, after so many steps of the chain."""

    def at(self, years: Floats) -> Floats:
        """[times, stages] the same at times within the stretch, counted from its beginning."""
        return mixed(self.rate, years, self.taken)


class Recorder:
    """Notes when each decision was taken.

    :param waived: [stages] the chance of a waiver of each decision up to the last; :param edges: dates for which
        probabilities are wanted, in years, [D].
    """

    def __init__(self, waived: Floats, edges: Floats) -> None:
        self.edges, self._waived, stages = edges, waived, len(waived)
        self.taken = np.zeros((stages, len(edges)))
        """[stages, D] probability that each decision was taken by each date."""
        self.substitute = np.zeros((stages, len(edges)))
        """[stages, D] probability that a substitute stood in place of each decision by each date."""
        self._replaced = np.zeros(stages)
        """The same by now."""
        self._jumps: list[tuple[float, float]] = []
        """Times and probabilities at which the last decision is taken at a meeting, or waived at once."""
        self._stretches: list[Stretch] = []
        """In which the last decision is bypassed."""

    def between(self, now: float, then: float) -> Bools:
        """[D] which dates lie in a stretch: from its beginning on, and before its end."""
        return (self.edges >= now) & (self.edges < then)

    def still(self, inside: Bools, taken: Floats) -> None:
        """Nothing is taken at these dates: what was taken [stages] stays."""
        self.taken[:, inside] = taken[:, None]
        self.substitute[:, inside] = self._replaced[:, None]

    def stream(self, inside: Bools, stretch: Stretch) -> None:
        """Decisions are bypassed at any time of a stretch."""
        for j in np.flatnonzero(inside):
            self.taken[:, j] = stretch.at(np.array([self.edges[j] - stretch.since]))[0]
            self.substitute[:, j] = self._replaced + self._bypassed(self.taken[:, j] - stretch.taken[0])
        if stretch.taken[0, -1] != stretch.taken[-1, -1]:
            self._stretches.append(stretch)

    def passed(self, added: Floats) -> None:
        """A stretch is over, which has added so much to what was taken [stages]."""
        self._replaced = self._replaced + self._bypassed(added)

    def _bypassed(self, added: Floats) -> Floats:
        """[stages] what was bypassed, of what bypasses have added to each decision."""
        return np.asarray(added - self._waived * np.concatenate([[0.0], added[:-1]]))

    def at_once(self, probability: float) -> None:
        """The last decision is taken before anything else."""
        self.jump(AT_ONCE, probability)

    def jump(self, time: float, probability: float) -> None:
        """The last decision is taken at a meeting."""
        if probability > 0:
            self._jumps.append((time, probability))

    def end(self, horizon: float, taken: Floats) -> None:
        """Nothing is carried further."""
        self.still(self.edges >= horizon, taken)

    def decided(self, horizon: float, per_day: int) -> Times:
        """When the last decision was taken."""
        n = int(np.ceil(horizon * DAYS_PER_YEAR)) * per_day + 1
        grid = np.arange(n) / (per_day * DAYS_PER_YEAR)
        smooth = np.zeros(n)
        for stretch in self._stretches:
            last = stretch.taken[:, -1:]
            now, years, done = stretch.since, stretch.years, last - last[0]
            inside, after = np.searchsorted(grid, [now + _SLACK, now + years + _SLACK])
            smooth[inside:after] += mixed(stretch.rate, grid[inside:after] - now, done)[:, 0]
            smooth[after:] += mixed(stretch.rate, np.array([years]), done)[0, 0]
        return Times(tuple((time, 0.0, chance) for time, chance in self._jumps), smooth, per_day)


def mixed(rate: float, years: Floats, powers: Floats) -> Floats:
    """Poisson mixtures of ``powers`` [terms, columns] at times within a stretch: [times, columns]."""
    mean = np.maximum(rate * years, 1e-300)[:, None]
    k = np.arange(len(powers))
    return np.asarray(np.exp(k * np.log(mean) - mean - special.gammaln(k + 1)) @ powers)
