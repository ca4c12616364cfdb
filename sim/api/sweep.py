"""``sweep``: a scenario at every point of a grid of parameters, with the same luck at each."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sim.api.result import DrawnResult, Folder, with_dates
from sim.api.scenario import Setting, Source, load
from sim.api.scenario import over as over_facts
from sim.base.defaults import DEFAULT_SEED
from sim.base.errors import OptionError
from sim.base.progress import Progress, silent
from sim.base.reading import read_day
from sim.base.words import chance_range, counted
from sim.studies.design import Design
from sim.studies.designs.asked import by_file, by_options
from sim.studies.designs.sweep_file import ReadSweep, SweepFile, is_sweep_file, read_sweep_file
from sim.studies.options import Sampling
from sim.studies.prepare import prepare
from sim.studies.sweep.answer import Sweep
from sim.studies.sweep.rows import COLUMNS
from sim.studies.sweep.showing import shown
from sim.studies.sweep.shown import Shown
from sim.studies.sweep.study import sweep as run_design

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


class SweepResult(DrawnResult):
    """A finished sweep."""

    def __init__(self, sweep: Sweep, folder: Folder) -> None:
        self.sweep = sweep
        self._folder = folder

    def lines(self) -> list[str]:
        """What was swept, and between which ends the last step lies by the date looked at."""
        s = self.sweep
        shares = s.rows(s.by, s.step, ["probability"])["probability"].to_pylist()
        return [
            f"{s.model.title} ({s.model.name}): {counted(len(s.design), 'point')} of {', '.join(s.axes)}; at each "
            f"{counted(s.trajectories, 'trajectory')} in {counted(s.worlds, 'world')}, seed {s.seed}",
            f"{s.step} by {s.by}: {chance_range(min(shares), max(shares))}"
            if shares
            else "no point could be run",
        ]

    def table(self) -> pd.DataFrame:
        """One row for each point, step and date: probability, its errors, and the difference to the first point."""
        return with_dates(self.sweep.table, "date")

    @cached_property
    def shown(self) -> Shown:
        """What the page shows of it, as a record: ranges by axis, a map, lines, and the points at the ends."""
        return shown(self.sweep)

    def axes(self) -> pd.DataFrame:
        """One row for each value of each axis (or part of its range): the mean over all points there, and its ends.

        Columns: ``axis``, ``value``, ``points``, ``mean``, ``least``, ``greatest``, ``error``.
        """
        import pandas as pd

        rows = [
            (axis.name, level.name, level.rows, level.mean, level.least, level.greatest, level.error)
            for axis in self.shown.axes
            for level in axis.levels
        ]
        return pd.DataFrame(rows, columns=["axis", "value", "points", "mean", "least", "greatest", "error"])

    def draw(self, ax: Axes | None = None, figure: str | None = None) -> Axes:
        """Draws the step and date looked at.

        :param figure: ``map`` (of the first two axes of a grid), ``lines`` (over the first one), ``points`` (of a
            sample or table) or ``axes`` (how far each of them moves the answer); the first that there is, if not given.
        :raises OptionError: a figure that this sweep does not have.
        """
        from sim.report.sweep_sheets import draw

        return draw(self.shown, ax, figure)

    def _draw_into(self, folder: Path) -> None:
        from sim.report.sweep_page import write_page

        write_page(folder, self.sweep)


def sweep(
    scenario: Source,
    grid: Mapping[str, object] | None = None,
    *,
    over: Mapping[str, object] | None = None,
    sample: str | None = None,
    points: int | None = None,
    table: str | Path | Mapping[str, object] | pd.DataFrame | None = None,
    design: str | Path | Design | None = None,
    trajectories: int | None = None,
    worlds: int | None = None,
    seed: int | None = None,
    overrides: Mapping[str, Setting] | None = None,
    threads: int | None = None,
    by: date | str | int | None = None,
    step: str | None = None,
    out: str | Path | None = None,
    facts: str | Path | None = None,
    executor: Executor | None = None,
    fresh: bool = False,
    progress: Progress = silent,
) -> SweepResult:
    """Runs every point of a design and compares each with the first.

    :param scenario: a scenario; or a sweep file, which names its scenario and its points.
    :param grid: name -> values, of which every combination is a point: of a parameter numbers (a prior is then fixed),
        factors such as ``"x2"`` (a prior is then scaled) or quantiles of its prior (``"q0.05"``); of a happening
        (``"settlement=comprehensive"``) dates or ``"never"``; of a lever ``"yes"``, ``"no"`` or dates; of a structural
        choice names of variants or ``"none"``. Text as on the command line will do: ``"0.01:0.3:5:log"``, ``"all"``.
    :param over: name -> range to draw points from, each with every point of the grid: ``"0.01..0.3:log"``,
        ``"x0.5..x2"``, ``"q0.05..q0.95"``, ``"prior"``; or values that are equally likely.
    :param sample: ``"sobol"`` (unless given), ``"lhs"`` or ``"morris"``; :param points: how many (128 unless given).
    :param table: points of one's own: a CSV file, a data frame or columns by name, with a column for each axis.
    :param design: a sweep file, for another scenario than its own; or a design made in Python.
    :param trajectories: at each point (200,000 unless given); ``worlds`` likewise (1000; 1 if nothing is uncertain).
    :param by: the date (or year, for its end) that figures show, the horizon if not given.
    :param step: the step that they show, the last if not given.
    :param out: a folder for files, page and figures; what is there of the same sweep is not run again. A temporary one
        if not given.
    :param facts: a folder with tables of one's own (``members.csv``, …) in place of the built-in ones of that name.
    :param executor: who runs the points (``concurrent.futures``), each on one thread; this process if not given.
    :param fresh: whether what is there of a sweep, finished or not, is given up.
    :param progress: told how many points are done, again and again.
    :raises AccessionError: bad input (exit code 2) or files that cannot be written (1).
    """
    from sim.report.sweep_page import write_page

    folder = Folder(out)
    file = _file(scenario, design)
    if (file is not None or design is not None) and (grid or over or sample or points or table is not None):
        raise OptionError("<design>: says which points; allowed: without <grid>, <over> and <table>")
    said = file.content if file is not None else SweepFile(sweep=1)
    named = file.scenario() if file is not None and design is None else scenario
    if named is None:
        raise OptionError(f"{scenario}: names no scenario; allowed: one that says scenario: NAME")
    settings = {**(file.settings() if file is not None else {}), **(overrides or {})}
    chosen_by = read_day(by, "by")
    options = Sampling(
        trajectories=said.trajectories if trajectories is None else trajectories,
        worlds=said.worlds if worlds is None else worlds,
        seed=next(each for each in (seed, said.seed, DEFAULT_SEED) if each is not None),
        threads=threads,
    )
    with over_facts(facts, named):
        base = prepare(load(named, settings), options.worlds, options.seed)
        if isinstance(design, Design):
            made_of = design
        else:
            asked = by_file(file) if file is not None else by_options(grid, over, sample, points, table)
            made_of = asked.design(base, COLUMNS)
        made = run_design(
            base,
            made_of,
            options,
            by=chosen_by or said.by,
            step=step or said.step,
            out=folder.path,
            progress=progress,
            figures=None if out is None else write_page,
            executor=executor,
            fresh=fresh,
        )
    return SweepResult(made, folder)


def _file(scenario: Source, design: object) -> ReadSweep | None:
    """The sweep file that is named, if any."""
    if isinstance(design, str | Path):
        return read_sweep_file(Path(design))
    if design is None and isinstance(scenario, str | Path) and is_sweep_file(scenario):
        return read_sweep_file(Path(scenario))
    return None
