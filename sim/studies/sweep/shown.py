"""What is shown of a sweep, as records: ranges by axis, a map of two axes, lines over one, the ends, rows of a table.

Screens, figures and the page read these records, and calculate nothing but positions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sim.base import records
from sim.estimates.intervals import Ends
from sim.results.files import SHOWN
from sim.studies.design import Cell, DesignRecord
from sim.studies.named import TitledScenario

SCHEMA = 1
FILE = SHOWN


@dataclass(frozen=True)
class RowShown:
    """One row of the design by the date looked at."""

    number: int
    """In the design, from 0."""
    cells: tuple[Cell, ...]
    """One for each axis."""
    probability: float
    """Of the step looked at."""
    credible_90: Ends | None
    mc_error: float
    difference: float
    """From row 0, with its standard error under common luck."""
    difference_error: float
    steps: tuple[float, ...]
    """Probability of each step of the ladder."""


@dataclass(frozen=True)
class Level:
    """All rows with one value of an axis, or with a value in one part of its range."""

    at: float | None
    """The value, or the middle of the part; a day as its proleptic ordinal; None if it is neither number nor day."""
    name: str
    """``0.01``, ``0.01 to 0.03``, ``never``."""
    rows: int
    mean: float
    """Of the probability of the step looked at, over the rows; the least and the greatest."""
    least: float
    greatest: float
    error: float
    """Standard error of the mean, held against row 0 and as one of many rows that could have been drawn."""


@dataclass(frozen=True)
class AxisShown:
    """What the points say of one axis, whatever the others are."""

    name: str
    kind: str
    """``number``, ``day``, ``variant`` or ``lever``."""
    log: bool
    """Whether its numbers are better read on a logarithmic scale."""
    levels: tuple[Level, ...]
    moved: float
    """The greatest mean of a level less the least one."""
    error: float
    """Its standard error at most."""

    @property
    def ordered(self) -> bool:
        """Whether all its levels are numbers or days."""
        return all(level.at is not None for level in self.levels)

    @property
    def unclear(self) -> bool:
        """Whether what it moves is within two standard errors."""
        return self.moved < 2 * self.error


@dataclass(frozen=True)
class MapPanel:
    """Probabilities over two axes, where other axes are held."""

    held: Mapping[str, Cell]
    cells: tuple[tuple[float | None, ...], ...]
    """For each value of the axis upwards, along the axis to the right; None for a point that failed."""
    errors: tuple[tuple[float | None, ...], ...]
    """Their standard errors."""


@dataclass(frozen=True)
class MapShown:
    """A map of the first two axes of a grid, once for each value of the third and fourth."""

    x: str
    y: str
    xs: tuple[Cell, ...]
    ys: tuple[Cell, ...]
    panels: tuple[MapPanel, ...]
    others: Mapping[str, Cell]
    """Further axes, held at their first values."""
    ordered: bool
    """Whether both axes are numbers or days in ascending order, so that lines can be drawn between cells."""
    without_panel: int = 0
    """Values of the third and fourth axis that have no panel."""
    thinned: bool = False
    """Whether not all values of the two axes are here, but some that are evenly spread."""


@dataclass(frozen=True)
class LineShown:
    """Probabilities over the first axis of a grid: of the step looked at for one value of the second, or of a step."""

    name: str
    probability: tuple[float | None, ...]
    """For each value of the axis; None for a point that failed."""
    low: tuple[float | None, ...]
    """Ends of the 90 % credible interval, where there is one."""
    high: tuple[float | None, ...]


@dataclass(frozen=True)
class LinesShown:
    """Lines over the first axis of a grid."""

    x: str
    xs: tuple[Cell, ...]
    by: str
    """The axis that differs from line to line; empty if it is the steps."""
    lines: tuple[LineShown, ...]
    others: Mapping[str, Cell]


@dataclass(frozen=True)
class Failure:
    """A row that could not be run."""

    number: int
    said: str
    error: str


@dataclass(frozen=True)
class Shown:
    """What is shown of a sweep: one step by one date."""

    schema: int
    scenario: TitledScenario
    design: DesignRecord
    start: date
    horizon: date
    by: date
    step: str
    steps: tuple[str, ...]
    seed: int
    trajectories: int
    """At each point; ``worlds`` likewise."""
    worlds: int
    failed: int
    failures: tuple[Failure, ...]
    """The first of them."""
    first: str
    """Row 0 in words."""
    least: tuple[RowShown, ...]
    """The rows with the least probabilities, the least first."""
    greatest: tuple[RowShown, ...]
    """Those with the greatest, the greatest first."""
    axes: tuple[AxisShown, ...]
    """In the order of the design; those that do not vary are left out."""
    map: MapShown | None
    lines: LinesShown | None
    rows: tuple[RowShown, ...]
    """All rows that ran, or so many of them, evenly spread."""
    ran: int
    """How many ran."""
    ratios: tuple[float, float] | None
    """Of squared errors of differences with separate luck and with common luck, the least and the greatest."""
    warnings: tuple[str, ...] = ()

    def by_movement(self) -> list[AxisShown]:
        """The axes, those that move the answer most first; those that are unclear last, in their own order."""
        return sorted(self.axes, key=lambda axis: 0.0 if axis.unclear else -axis.moved)


def read_shown(folder: Path) -> Shown:
    """:raises RunError: it is not there, or another version wrote it."""
    return records.read(folder / FILE, Shown)
