"""What would have to be believed: how far the priors would have to be left for a step to be as likely as asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date as Day
from pathlib import Path

from sim.base import records
from sim.estimates.paired import DatedShare
from sim.studies.named import TitledScenario

SCHEMA = 1
FILE = "believe.json"
FOUND, PERHAPS, NOT_ALONE = "found", "perhaps not", "not by this alone"
UNSEEN, NOTHING = "nothing beyond noise", "changes nothing"
"""Whether one parameter alone gets there."""
COLUMNS = (
    "parameter", "drawn_with", "answer", "quantile", "quantile_error", "value", "unit", "probability",
    "furthest_quantile", "furthest_probability", "furthest_error",
)  # fmt: skip
"""Of ``believe.csv``."""


@dataclass(frozen=True)
class Tried:
    """A parameter fixed at a quantile of its own prior, all else as drawn."""

    quantile: float
    value: float | None
    """None of a block, which has several."""
    probability: float
    mc_error: float


@dataclass(frozen=True)
class Alone:
    """What one parameter (or the rows of one fitted table) can do alone."""

    name: str
    answer: str
    tried: tuple[Tried, ...]
    """From the lowest quantile to the highest."""
    furthest: Tried
    """Of these the one that is furthest on the way to the target."""
    unit: str = ""
    basis: str = ""
    drawn_with: str = ""
    """The table whose other columns are drawn with it, and stay as drawn while it moves alone."""
    block: bool = False
    """Whether it is the rows of a fitted table, in the order of their effect."""
    quantile: float | None = None
    """Where the target is met, the nearest to the middle; None if nowhere."""
    quantile_error: float | None = None
    value: float | None = None
    value_range: tuple[float, float] | None = None
    """The value at one standard error of the quantile below and above."""
    probability: float | None = None


@dataclass(frozen=True)
class ColumnMoved:
    """A column of a fitted table whose rows are drawn from another part: its mean before and after."""

    name: str
    before: float
    after: float


@dataclass(frozen=True)
class Shifted:
    """A prior that is shifted together with others."""

    name: str
    score: float
    """By how many standard scores."""
    quantile: float
    """Where the median of the shifted prior lies in the prior as it is."""
    share: float
    """Of the squared length of the whole shift."""
    value: float | None = None
    """That median."""
    before: float | None = None
    """The median as it is."""
    unit: str = ""
    block: bool = False
    columns: tuple[ColumnMoved, ...] = ()
    """Of a fitted table, the columns that move most."""


@dataclass(frozen=True)
class Together:
    """The smallest shift of all priors at once that gets there, as far as it was found."""

    reached: bool
    length: float
    """Of the shift, in standard scores."""
    length_error: float
    beyond: float
    """Share of what is thought possible that lies as far or farther in that direction."""
    probability: float
    mc_error: float
    shifts: tuple[Shifted, ...]
    """The largest first."""


@dataclass(frozen=True)
class LimitTold:
    """One side of a box."""

    name: str
    lower: bool
    """Whether it is above the value, else below."""
    value: float
    quantile: float
    """Share of worlds at or below (of an upper limit: below) the value."""
    reproduced: float
    """Share of resamples that have such a limit; ``spread`` holds the quartiles of its quantile there."""
    spread: tuple[float, float]
    unit: str = ""
    state: str = ""
    """Of a start that is not known: the state."""


@dataclass(frozen=True)
class BoxTold:
    """Worlds in which the target tends to be met."""

    limits: tuple[LimitTold, ...]
    coverage: float
    """Of the worlds that meet the target (and are in no box before), the share inside."""
    density: float
    """Share of the worlds inside that meet it; ``support`` is their share of all."""
    support: float


@dataclass(frozen=True)
class BeliefAnswer:
    """The content of ``believe.json``."""

    schema: int
    scenario: TitledScenario
    seed: int
    trajectories: int
    """Of each run; ``worlds`` likewise."""
    worlds: int
    start: Day
    horizon: Day
    step: str
    by: Day
    target: float
    above: bool
    """Whether the probability is to be at least the target, else at most."""
    now: DatedShare
    """As the priors are."""
    met: bool
    """Whether the target is met as the priors are; nothing else is then looked for."""
    alone: tuple[Alone, ...] = ()
    """Those that get there first, the least departure first; then the furthest first."""
    together: Together | None = None
    worlds_beyond: float = 0.0
    """Share of worlds whose own probability is beyond the target, chance within worlds taken into account."""
    boxes: tuple[BoxTold, ...] = ()
    tried: tuple[float, float] = (0.01, 0.99)
    """The quantiles between which parameters were moved."""

    def of(self, answer: str) -> list[Alone]:
        """The parameters with an answer."""
        return [one for one in self.alone if one.answer == answer]

    def rows(self) -> Iterator[Sequence[object]]:
        """Rows of ``believe.csv``."""
        for a in self.alone:
            yield (
                a.name, a.drawn_with, a.answer, a.quantile, a.quantile_error, a.value, a.unit, a.probability,
                a.furthest.quantile, a.furthest.probability, a.furthest.mc_error,
            )  # fmt: skip


def read_believe(folder: Path) -> BeliefAnswer:
    """The answer that was written into a folder.

    :raises RunError: it cannot be read.
    """
    return records.read(folder / FILE, BeliefAnswer)
