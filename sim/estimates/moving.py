"""What moves an answer, as records: each thing that is not known, alone and by block, for a step by a date.

Kept in a run's folder (``sensitivity.json``), and the first part of what ``accession sensitivity`` finds.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

from sim.estimates.intervals import Ends
from sim.estimates.rankings import TOLD_APART

STANDS_OUT = 3.0
"""Standard errors; of 80 things that do nothing, some one reaches them in one sample of ten."""
Z90 = 1.6448536269514722
"""Standard errors on either side of a 90 % interval."""


@dataclass(frozen=True)
class Where:
    """The worlds in which something is low, high, or in a state."""

    which: str
    """``lowest tenth``, ``highest tenth``, or the state."""
    worlds: int
    end: float | None
    """Where the tenth ends: the highest of the lowest, the lowest of the highest; None of a state."""


@dataclass(frozen=True)
class NotKnown:
    """Something that is not known."""

    name: str
    label: str
    """In words."""
    block: str
    basis: str
    """``fitted``, ``literature``, ``judged`` or ``yours``; of a start that of its chances, if these are parameters."""
    where: tuple[Where, ...]
    """From low to high, or by state."""
    start: bool = False
    """Whether it is what a chain starts in, and no parameter."""


@dataclass(frozen=True)
class Part:
    """A share of the variance of the probability over worlds."""

    index: float
    """Noise may carry it below 0."""
    error: float

    @property
    def stands_out(self) -> bool:
        """Whether it is more than noise, though many are looked at."""
        return self.index > STANDS_OUT * self.error

    @property
    def ends_90(self) -> Ends:
        """The 90 % interval, within 0 to 1."""
        low, high = (min(max(self.index + side * self.error, 0.0), 1.0) for side in (-Z90, Z90))
        return low, high


@dataclass(frozen=True)
class Alone(Part):
    """What one thing that is not known has to do with the probability."""

    by_bins: float | None
    """The index by a second estimator; None of a start, whose states are no matter of estimators."""
    probability: tuple[float, ...]
    """In the worlds of each ``where``."""
    probability_error: tuple[float, ...]

    @property
    def rises(self) -> float:
        """Probability at the last ``where`` less that at the first, if that is more than noise; else 0."""
        apart = self.probability[-1] - self.probability[0]
        first, *_, last = self.probability_error
        return apart if abs(apart) > TOLD_APART * sqrt(first**2 + last**2) else 0.0


@dataclass(frozen=True, kw_only=True)
class Target:
    """What moves the probability of a step by a date."""

    step: str
    date: dt.date
    probability: float | None = None
    spread: float = 0.0
    """Standard deviation over worlds of their probabilities, chance within worlds taken out."""
    refused: str = ""
    """Why there are no indices."""
    alone: tuple[Alone, ...] = ()
    """Of each thing that is not known, in their order."""
    blocks: Mapping[str, Part | None] | None = None
    """By block: all that belongs to it together; None with too few worlds for so much."""
    together: Part | None = None
    """Sum over blocks: what is left of 1 is in what they do together."""


@dataclass(frozen=True)
class Moving:
    """What is not known, and what of it moves the answers."""

    unknowns: tuple[NotKnown, ...]
    targets: tuple[Target, ...]
    refused: str = ""
    """Why there is nothing of this."""
