"""Samples: Sobol' sequences, Latin hypercubes and Morris trajectories, each crossed with a grid where there is one.

More points of a Sobol' sequence, or more Morris trajectories, keep the first ones. A Latin hypercube has one value in
each of N equal parts of every axis, so that one of more points is another one altogether.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.base.hints import near_name
from sim.scenario.setting import Unreadable
from sim.studies.design import Axis, AxisRecord, Cell, Design, DesignRecord, FullGrid
from sim.studies.designs.axes import Refused
from sim.studies.designs.places import POINTS, SAMPLE, Mistake
from sim.studies.designs.values import Given, Span

Floats = NDArray[np.float64]
SOBOL, LHS, MORRIS = "sobol", "lhs", "morris"
METHODS = (SOBOL, LHS, MORRIS)
DEFAULT_SEED = 1
MOST_SOBOL = 2**30
MORRIS_LEVELS = 4
"""Of each axis: 0, 1/3, 2/3 and 1; a step is two thirds, as Morris has it."""
_BLOCK = 1024
NO_GRID = FullGrid((), ())
"""One point, of no axes."""


@dataclass(frozen=True)
class Sample(Design):
    """Points drawn from the ranges of axes; every point of a grid at each, the grid running fastest."""

    method: str
    """``sobol``, ``lhs`` or ``morris``."""
    draws: int
    """Points of the sample, without the grid."""
    seed: int
    sampled: tuple[Axis, ...]
    over: tuple[Given, ...]
    """Of each sampled axis: its range, or values that are equally likely."""
    grid: FullGrid = NO_GRID

    @property
    def axes(self) -> tuple[Axis, ...]:  # type: ignore[override]  # a field elsewhere
        """See :class:`Design`: those of the grid first."""
        return (*self.grid.axes, *self.sampled)

    def __len__(self) -> int:
        return self.draws * len(self.grid)

    @property
    def record(self) -> DesignRecord:
        """See :class:`Design`."""
        pairs = zip(self.sampled, self.over, strict=True)
        axes = (*self.grid.record.axes, *(_recorded(axis, given) for axis, given in pairs))
        return DesignRecord(self.method, len(self), axes, self.seed)

    @cached_property
    def _units(self) -> Units:
        kinds: dict[str, type[SobolUnits | HypercubeUnits | MorrisUnits]] = {
            SOBOL: SobolUnits, LHS: HypercubeUnits, MORRIS: MorrisUnits,
        }  # fmt: skip
        return kinds[self.method](self.draws, len(self.sampled), self.seed)

    def units(self, draw: int) -> Floats:
        """Where a point of the sample lies in the unit cube, shape (sampled axes,)."""
        return self._units.row(draw)

    def cells(self, row: int) -> tuple[Cell, ...]:
        """See :class:`Design`."""
        draw, at = divmod(row, len(self.grid))
        units = self.units(draw).tolist()
        drawn = (self._cell(given, u) for given, u in zip(self.over, units, strict=True))
        return (*self.grid.cells(at), *drawn)

    def _cell(self, given: Given, u: float) -> Cell:
        if isinstance(given, Span):
            # the levels of a trajectory begin and end with the range; a prior has no ends, so the middles of quarters
            inner = self.method == MORRIS and given.whole
            return given.at((u * (MORRIS_LEVELS - 1) + 0.5) / MORRIS_LEVELS if inner else u)
        return given.cells[min(int(u * len(given.cells)), len(given.cells) - 1)]


def _recorded(axis: Axis, given: Given) -> AxisRecord:
    if isinstance(given, Span):
        scale = "log" if given.log else "linear"
        ends = (0.0, 1.0) if given.whole else (given.at(0.0), given.at(1.0))
        return AxisRecord(axis.name, axis.kind, (), ends, scale, sampled=True)
    return AxisRecord(axis.name, axis.kind, given.cells, sampled=True)


def wrong_sample(method: str, points: int, axes: int) -> Mistake | None:
    """A method that is not there, or a number of points that it does not make; None if nothing is wrong."""
    if method not in METHODS:
        return Mistake(SAMPLE, method, Refused("not a way of sampling", METHODS, near_name(method, METHODS)))
    allowed = ""
    if points < 1:
        allowed = "1 or more"
    elif method == SOBOL and points > MOST_SOBOL:
        allowed = f"at most {MOST_SOBOL} of a Sobol' sequence"
    elif method == MORRIS and points % (axes + 1):
        fewer, more = points // (axes + 1) * (axes + 1), -(-points // (axes + 1)) * (axes + 1)
        near = f"{fewer} or {more}" if fewer else f"{more}"
        allowed = (
            f"a multiple of {axes + 1}, such as {near}, as a Morris trajectory over {axes} "
            f"{'axis' if axes == 1 else 'axes'} has {axes + 1} points"
        )
    return Mistake(POINTS, "", Unreadable(f"{points}", allowed)) if allowed else None


def sample_remarks(design: Sample) -> Iterator[str]:
    """What a user should know of a number of points."""
    n = design.draws
    if design.method == SOBOL and n & (n - 1):
        below = 1 << (n.bit_length() - 1)
        yield (
            f"points {n}: a Sobol' sequence covers its axes evenly at powers of two, such as {below} or {2 * below}"
        )


# --- units ----------------------------------------------------------------------------------------------


class Units(ABC):
    """N points of the unit cube of d dimensions."""

    def __init__(self, points: int, axes: int, seed: int) -> None:
        self.points, self.axes, self.seed = points, axes, seed

    @abstractmethod
    def row(self, number: int) -> Floats:
        """A point, shape (d,)."""


class SobolUnits(Units):
    """A scrambled Sobol' sequence, made in blocks: reading it in order keeps one block."""

    _engine: Any = None
    _first = 0
    _made = 0
    _block: Floats = np.empty((0, 0))

    def row(self, number: int) -> Floats:
        """See :class:`Units`."""
        if not self._first <= number < self._first + len(self._block):
            self._first = number // _BLOCK * _BLOCK
            self._block = self._from(self._first)
        found: Floats = self._block[number - self._first]
        return found

    def _from(self, first: int) -> Floats:
        from scipy.stats import qmc

        if self._engine is None or self._made > first:
            generator = np.random.default_rng(self.seed)
            self._engine, self._made = qmc.Sobol(self.axes, scramble=True, seed=generator), 0
        if first > self._made:
            self._engine.fast_forward(first - self._made)
        found: Floats = self._engine.random(min(_BLOCK, MOST_SOBOL - first))  # blocks are powers of two
        self._made = first + len(found)
        return found


class HypercubeUnits(Units):
    """A Latin hypercube."""

    @cached_property
    def _all(self) -> Floats:
        from scipy.stats import qmc

        generator = np.random.default_rng(self.seed)
        found: Floats = qmc.LatinHypercube(self.axes, seed=generator).random(self.points)
        return found

    def row(self, number: int) -> Floats:
        """See :class:`Units`."""
        found: Floats = self._all[number]
        return found


class MorrisUnits(Units):
    """Trajectories of d + 1 points, each of which differs from the one before it by one axis."""

    def row(self, number: int) -> Floats:
        """See :class:`Units`."""
        which, step = divmod(number, self.axes + 1)
        found: Floats = self.trajectory(which)[step]
        return found

    def trajectory(self, which: int) -> Floats:
        """The points of a trajectory, shape (d + 1, d); it depends on its number alone."""
        generator = np.random.default_rng([self.seed, which])
        levels, delta = MORRIS_LEVELS, MORRIS_LEVELS / (2 * (MORRIS_LEVELS - 1))
        low = generator.integers(levels // 2, size=self.axes) / (levels - 1)
        up = generator.integers(2, size=self.axes).astype(bool)
        when = generator.permutation(self.axes)
        moved = np.arange(self.axes + 1)[:, None] > when[None, :]
        return low + delta * np.where(up, moved, ~moved)
