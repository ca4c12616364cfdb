"""What a user asks of a sweep, by options, by a file or from Python, as one thing; and the design that it makes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.base.errors import OptionError
from sim.studies.design import Design
from sim.studies.designs.checking import check
from sim.studies.designs.making import Named, full_grid, sample
from sim.studies.designs.places import OPTIONS, Places, TablePlaces
from sim.studies.designs.sampled import DEFAULT_SEED, SOBOL
from sim.studies.designs.sweep_file import ReadSweep
from sim.studies.designs.table import Given, from_columns, from_file
from sim.studies.designs.table import table as points_of
from sim.studies.points import Points
from sim.studies.prepare import Prepared

if TYPE_CHECKING:
    import pandas as pd

DEFAULT_POINTS = 128


@dataclass(frozen=True)
class Asked:
    """Which points are wanted, not yet held against a scenario."""

    grid: Named | None = None
    over: Named | None = None
    sample: str = SOBOL
    points: int = DEFAULT_POINTS
    seed: int = DEFAULT_SEED
    table: Given | None = None
    places: Places = OPTIONS

    def design(self, base: Prepared, taken: Collection[str] = ()) -> Design:
        """The design, whose first point has been seen to be possible.

        :param taken: names of columns that the tables of a study have already.
        :raises AccessionError: naming every mistake.
        """
        places = self.places
        made: Design
        if self.table is not None:
            made = points_of(self.table, base, taken)
            places = TablePlaces(self.table.label, [line for line, _ in self.table.rows])
        elif self.over:
            made = sample(self.sample, self.points, self.over, base, self.seed, self.grid, taken, places)
        else:
            made = full_grid(self.grid or {}, base, taken, places)
        check(made, Points(base), places)
        return made


def by_options(
    grid: Named | None = None,
    over: Named | None = None,
    sample: str | None = None,
    points: int | None = None,
    table: str | Path | Mapping[str, Any] | pd.DataFrame | None = None,
) -> Asked:
    """What options ask for.

    :param table: a CSV file, a data frame, or columns by name.
    :raises OptionError: options that do not go together; :raises ScenarioError: a table that cannot be read.
    """
    if table is not None and (grid or over):
        raise OptionError(f"<table>: together with {'<grid>' if grid else '<over>'}; allowed: a table alone")
    if not over:
        for name, given in (("sample", sample), ("points", points)):
            if given is not None:
                raise OptionError(f"<{name}> {given}: nothing to sample; allowed: with <over> NAME=RANGE")
    if table is None and grid is None and not over:
        raise OptionError(
            "<grid>: no points; allowed: <grid> NAME=A,B,C, <over> NAME=RANGE, both, <table>, or <design>"
        )
    if table is not None:
        return Asked(table=from_file(Path(table)) if isinstance(table, str | Path) else from_columns(table))
    method, number = SOBOL if sample is None else sample, DEFAULT_POINTS if points is None else points
    return Asked(grid, over, method, number)


def by_file(read: ReadSweep) -> Asked:
    """What a sweep file asks for.

    :raises ScenarioError: a table that is not there or cannot be read.
    """
    path, drawn = read.table(), read.content.sample
    if path is not None:
        return Asked(table=from_file(path), places=read.places)
    grid, over = read.axes("grid") or None, read.axes("over") or None
    if drawn is None:
        return Asked(grid, places=read.places)
    return Asked(grid, over, drawn.method, drawn.points, drawn.seed, places=read.places)
