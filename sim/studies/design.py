"""Designs: which points a study runs. Axes are the columns of the table of points; a row has a cell for each.

A design is a sequence, however large: rows are made when they are asked for. Row 0 is what the others are held against.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from math import prod
from typing import ClassVar

from sim.base.records import text
from sim.scenario.setting import Set
from sim.studies.points import NOTHING, Point

Cell = float | str
"""A number; or a day (``2028-06-01``), ``never``, the name of a variant, ``none``, ``yes`` or ``no``."""
NEVER, NONE = "never", "none"
YES, NO = "yes", "no"


class Axis(ABC):
    """One column of the table of points."""

    @property
    @abstractmethod
    def name(self) -> str:
        """What the column is called."""

    kind: ClassVar[str]
    """What it changes, and so what its cells are: ``number``, ``day``, ``variant`` or ``lever``."""

    @abstractmethod
    def change(self, cell: Cell) -> Point:
        """What a cell of the column changes."""


@dataclass(frozen=True)
class NumberAxis(Axis):
    """A parameter: numbers that take its place, factors of it (``times``), or quantiles of its own prior."""

    kind: ClassVar[str] = "number"
    parameter: str
    key: str = "value"

    @property
    def name(self) -> str:
        """See :class:`Axis`; no parameter is called so."""
        return self.parameter if self.key == "value" else f"{self.parameter} ({self.key})"

    def change(self, cell: Cell) -> Point:
        """See :class:`Axis`."""
        return Point(numbers={self.parameter: Set(self.key, (float(cell),))})


@dataclass(frozen=True)
class DayAxis(Axis):
    """A happening (``settlement=comprehensive``): its day, or ``never``."""

    kind: ClassVar[str] = "day"
    happening: str

    @property
    def name(self) -> str:
        """See :class:`Axis`."""
        return self.happening

    def change(self, cell: Cell) -> Point:
        """See :class:`Axis`."""
        return Point(events={self.happening: None if cell == NEVER else date.fromisoformat(str(cell))})


@dataclass(frozen=True)
class VariantAxis(Axis):
    """A structural choice: one of its variants, or ``none``."""

    kind: ClassVar[str] = "variant"
    choice: str

    @property
    def name(self) -> str:
        """See :class:`Axis`."""
        return self.choice

    def change(self, cell: Cell) -> Point:
        """See :class:`Axis`."""
        return NOTHING if cell == NONE else Point(variants=(str(cell),))


@dataclass(frozen=True)
class LeverAxis(Axis):
    """A lever: ``yes``, pulled as it says; ``no``, not."""

    kind: ClassVar[str] = "lever"
    lever: str
    point: Point

    @property
    def name(self) -> str:
        """See :class:`Axis`."""
        return self.lever

    def change(self, cell: Cell) -> Point:
        """See :class:`Axis`."""
        return self.point if cell == YES else NOTHING


@dataclass(frozen=True)
class AxisRecord:
    """An axis as a file of results says it."""

    name: str
    kind: str
    """See :class:`Axis`."""
    cells: tuple[Cell, ...] = ()
    """Its values, where they are the same for all rows; empty for a range and for a table."""
    between: tuple[Cell, Cell] | None = None
    """Of a range: its ends."""
    scale: str = "linear"
    """Of a range: ``linear``, or ``log`` where equal ratios are equally likely."""
    sampled: bool = False
    """Whether its values are drawn; else every combination is made."""


@dataclass(frozen=True)
class DesignRecord:
    """What a design is: two designs of one record have the same rows."""

    kind: str
    """``grid``, ``sobol``, ``lhs``, ``morris`` or ``table``."""
    points: int
    axes: tuple[AxisRecord, ...]
    seed: int | None = None
    """Of a sample."""
    rows: str | None = None
    """SHA-256 (hex) of the cells of a table."""

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of all this."""
        return sha256(text(self).encode()).hexdigest()


@dataclass(frozen=True)
class Row:
    """One row of a design."""

    cells: tuple[Cell, ...]
    point: Point


class Design(ABC, Sequence[Row]):
    """Axes, and rows with a cell for each."""

    axes: tuple[Axis, ...]

    @property
    @abstractmethod
    def record(self) -> DesignRecord:
        """What it is, to be stored."""

    @abstractmethod
    def cells(self, row: int) -> tuple[Cell, ...]:
        """The cells of a row, 0 to len - 1."""

    def row(self, number: int) -> Row:
        """A row, and what it changes."""
        cells, point = self.cells(number), NOTHING
        for axis, cell in zip(self.axes, cells, strict=True):
            point = point.with_(axis.change(cell))
        return Row(cells, point)

    def __getitem__(self, at: int) -> Row:  # type: ignore[override]  # no slices
        if not -len(self) <= at < len(self):
            raise IndexError(at)
        return self.row(at % len(self))

    def __iter__(self) -> Iterator[Row]:
        return map(self.row, range(len(self)))


@dataclass(frozen=True)
class FullGrid(Design):
    """Every combination of values, the last axis running fastest."""

    axes: tuple[Axis, ...]
    values: tuple[tuple[Cell, ...], ...]
    """Of each axis."""

    def __len__(self) -> int:
        return prod(map(len, self.values))

    @property
    def record(self) -> DesignRecord:
        """See :class:`Design`."""
        axes = zip(self.axes, self.values, strict=True)
        made = tuple(AxisRecord(axis.name, axis.kind, values) for axis, values in axes)
        return DesignRecord("grid", len(self), made)

    def cells(self, row: int) -> tuple[Cell, ...]:
        """See :class:`Design`."""
        found: list[Cell] = []
        for values in reversed(self.values):
            row, at = divmod(row, len(values))
            found.append(values[at])
        return tuple(reversed(found))


@dataclass(frozen=True)
class Table(Design):
    """Rows one by one: of a sample, or of a user's own table."""

    axes: tuple[Axis, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def record(self) -> DesignRecord:
        """See :class:`Design`."""
        axes = tuple(AxisRecord(axis.name, axis.kind) for axis in self.axes)
        return DesignRecord("table", len(self), axes, rows=sha256(text(self.rows).encode()).hexdigest())

    def cells(self, row: int) -> tuple[Cell, ...]:
        """See :class:`Design`."""
        return self.rows[row]
