"""What ``sensitivity.json`` holds: what is not known of a scenario, and what of it moves the answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sim.base import records
from sim.estimates.moving import STANDS_OUT, Moving, Part
from sim.studies.named import TitledScenario

SCHEMA = 1
FILE = "sensitivity.json"
NUMBER, STARTS, STRUCTURE = "number", "start", "structure"
"""What a bar of a tornado is of."""


@dataclass(frozen=True)
class Shift:
    """The probability of a step by a date at an end of a bar, and how far that is from the scenario itself."""

    probability: float
    difference: float
    error: float
    """Standard error of the difference, luck in common."""

    @property
    def told_apart(self) -> bool:
        """Whether it is more than noise, though many are looked at."""
        return abs(self.difference) > STANDS_OUT * self.error


@dataclass(frozen=True)
class SwingEnd:
    """One end of a bar."""

    said: str
    """``5 %``, ``95 %``, a state, or the title of a structural variant."""
    value: float | None
    """Of the parameter there."""
    shifts: tuple[Shift, ...] = ()
    """For each target; none if it could not be run."""
    refused: str = ""
    """Why it could not."""


@dataclass(frozen=True)
class Swing:
    """A bar: a parameter at both ends of its prior, a start in each state, or a structural choice made otherwise."""

    name: str
    label: str
    kind: str
    """``number``, ``start`` or ``structure``."""
    basis: str
    """Of a parameter."""
    trajectories: int
    """Of each end."""
    ends: tuple[SwingEnd, ...]

    def shifts(self, target: int) -> list[Shift]:
        """Of the ends that could be run."""
        return [end.shifts[target] for end in self.ends if end.shifts]

    def width(self, target: int) -> float:
        """From the lowest to the highest of both ends and the scenario itself."""
        moved = [0.0, *(shift.difference for shift in self.shifts(target))]
        return max(moved) - min(moved)


@dataclass(frozen=True)
class Tornado:
    """Every number at both ends of its prior, every structural choice made otherwise, with the same luck."""

    few: int
    """Trajectories of each end of every bar …"""
    many: int
    """… and of those that turn out widest."""
    base: tuple[Shift, ...]
    """The scenario itself, with many trajectories, for each target."""
    swings: tuple[Swing, ...]

    def ranked(self, target: int) -> list[Swing]:
        """Bars that are more than noise, the widest first."""
        kept = [s for s in self.swings if any(shift.told_apart for shift in s.shifts(target))]
        return sorted(kept, key=lambda swing: -swing.width(target))


@dataclass(frozen=True)
class BlockTotal:
    """What a block has to do with a probability, alone and with all others."""

    block: str
    total: Part
    """What would be left to know if all but this were known."""
    alone: Part


@dataclass(frozen=True)
class Totals:
    """Total indices by Jansen's formula and first-order ones by Saltelli's, from runs of a Sobol' design."""

    rows: int
    each: int
    """Trajectories of each row."""
    targets: tuple[tuple[BlockTotal, ...], ...]
    """For each target its blocks; none where rows do not differ by more than chance."""


@dataclass(frozen=True)
class Effect:
    """Elementary effects of a block, as differences of probabilities."""

    block: str
    ordered: bool
    """Whether it is one number, so that up and down mean something."""
    mean: float
    """Where it is put up; 0 of a block without order."""
    mean_error: float
    size: float
    """Mean size; noise does not add to it."""
    size_error: float
    spread: float
    """Standard deviation over rows: large where what it does depends on the others, or is not steady."""


@dataclass(frozen=True)
class Morris:
    """Elementary effects: the luck of one block moved by half, all else as it was."""

    rows: int
    each: int
    targets: tuple[tuple[Effect, ...], ...]
    """For each target its blocks."""


@dataclass(frozen=True, kw_only=True)
class Sensitivity:
    """What moves the answers of a scenario."""

    schema: int
    scenario: TitledScenario
    seed: int
    trajectories: int
    """0 where worlds were solved."""
    worlds: int
    start: date
    horizon: date
    first: Moving
    """From the worlds of a run: first-order indices."""
    tornado: Tornado | None = None
    """None in a run's own folder, and where it was not wanted."""
    totals: Totals | None = None
    """Where it was wanted."""
    morris: Morris | None = None
    """Where it was wanted."""


def read_sensitivity(folder: Path) -> Sensitivity:
    """What a folder of results holds of it.

    :raises RunError: nothing, or it cannot be read.
    """
    return records.read(folder / FILE, Sensitivity)
