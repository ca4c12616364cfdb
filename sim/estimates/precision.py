"""How many trajectories are enough: looks at fixed numbers of them, and nothing between.

With W worlds the looks are at W * K0 * 2^k trajectories (``FIRST_LOOK`` is K0) and at the most that is allowed,
whatever the blocks and threads. At each, a run stops if

* *reached*: the Monte Carlo error of every step by the horizon is no more than what was asked for; or
* *worlds*: no number of trajectories would do, since for some step the part of its error that worlds make is
  above it alone, and chance within worlds makes no more than a tenth of the squared error; or
* *trajectories*: no more are allowed.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10, sqrt

from sim.base.defaults import FIRST_LOOK
from sim.base.errors import OptionError
from sim.estimates.tally import Tally

SMALL_PART = 0.1
"""Of the squared error: with no more than this from chance within worlds, only worlds are worth adding."""
SMALLEST = 1e-6
"""Less takes more trajectories than a run may have."""
LARGEST = 0.5


def check_precision(precision: float) -> None:
    """:raises OptionError: not an error that a probability can have."""
    if not SMALLEST <= precision < LARGEST:
        raise OptionError(
            f"<precision> {precision:g}: allowed: a Monte Carlo error as a probability, {SMALLEST:f} or more and less "
            f"than {LARGEST} (0.002 is 0.2 percentage points)"
        )


def looks(worlds: int, most: int) -> list[int]:
    """Numbers of trajectories at which a run may stop, in order; the last is ``most``."""
    found = []
    n = worlds * FIRST_LOOK
    while n < most:
        found.append(n)
        n *= 2
    return [*found, most]


@dataclass(frozen=True)
class StepError:
    """The Monte Carlo error of one step by the horizon, and its part from chance within worlds."""

    step: str
    error: float
    within: float

    @property
    def between(self) -> float:
        """The part that only more worlds can shrink."""
        return sqrt(max(self.error**2 - self.within**2, 0.0))

    def beyond(self, precision: float) -> bool:
        """Whether only more worlds would help."""
        return self.between > precision and self.within**2 <= SMALL_PART * self.error**2


@dataclass(frozen=True)
class Stopped:
    """Why a run with a precision to reach stopped, and what would do."""

    asked: float
    stopped: str
    """``reached``, ``worlds`` or ``trajectories``."""
    looks: tuple[int, ...]
    step: str
    """The step with the largest error."""
    mc_error: float
    mc_error_within: float
    worlds_needed: int | None
    """With as many trajectories for each as now."""
    trajectories_needed: int | None
    """In as many worlds as now."""


class Looks:
    """Looks at a tally after fixed numbers of trajectories, at the most ``most``, and says when it is enough."""

    def __init__(self, tally: Tally, precision: float, most: int) -> None:
        self._tally, self._precision = tally, precision
        self.ends = looks(tally.worlds, most)
        self.stopped: Stopped | None = None
        """Why the run stopped."""

    def stop(self) -> bool:
        """Whether the run stops here."""
        n, most = self._tally.trajectories, self.ends[-1]
        if n in self.ends:
            seen = self.ends[: self.ends.index(n) + 1]
            errors = step_errors(self._tally)
            self.stopped = judged(errors, self._precision, seen, self._tally.worlds, most)
        return self.stopped is not None


def step_errors(tally: Tally) -> list[StepError]:
    """The errors of every step, in the order of the ladder."""
    names = tally.model.step_names
    shares = [tally.by_end(number) for number in range(len(names))]
    return [StepError(n, s.mc_error, s.mc_error_within) for n, s in zip(names, shares, strict=True)]


def verdict(errors: list[StepError], precision: float, last: bool) -> str:
    """``reached``, ``worlds``, ``trajectories``, or empty to go on.

    :param last: no more trajectories are allowed.
    """
    above = [step for step in errors if step.error > precision]
    if not above:
        return "reached"
    if any(step.beyond(precision) for step in above):
        return "worlds"
    return "trajectories" if last else ""


def rounded_up(number: float) -> int:
    """To two digits that count: 9,137 -> 9,200."""
    unit: int = 10 ** max(floor(log10(number)) - 1, 0)
    return ceil(number / unit) * unit


def judged(
    errors: list[StepError], precision: float, seen: list[int], worlds: int, most: int
) -> Stopped | None:
    """Why a run stops here; None if it goes on.

    :param seen: the looks up to now, in order; :param most: the last of all.

    What would do is by this run's estimate of its errors; nothing is needed if the precision was reached.
    """
    stopped = verdict(errors, precision, seen[-1] == most)
    if not stopped:
        return None
    worst = max(errors, key=lambda step: step.error)
    above = [step for step in errors if step.error > precision]
    more_worlds = any(step.between >= precision for step in above)
    enough = None
    if above and not more_worlds:
        enough = max(seen[-1] * step.within**2 / (precision**2 - step.between**2) for step in above)
    return Stopped(
        precision,
        stopped,
        tuple(seen),
        worst.step,
        worst.error,
        worst.within,
        rounded_up(worlds * (worst.error / precision) ** 2) if more_worlds else None,
        None if enough is None else rounded_up(enough),
    )
