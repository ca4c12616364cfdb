"""``sweep``: a scenario at every point of a grid of parameters, with the same luck at each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from sim.api.result import Folder, Result, with_dates
from sim.api.scenario import Setting, Source, load, over
from sim.base.defaults import DEFAULT_SEED
from sim.base.words import chance_range
from sim.studies.options import Sampling
from sim.studies.prepare import Progress, silent
from sim.studies.sweep.answer import Sweep
from sim.studies.sweep.study import sweep as run_grid

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


class SweepResult(Result):
    """A finished sweep."""

    def __init__(self, sweep: Sweep, folder: Folder) -> None:
        self.sweep = sweep
        self._folder = folder

    @property
    def folder(self) -> Path:
        """Where the files are; a temporary place unless the sweep had a folder (``out``)."""
        return self._folder.path

    def lines(self) -> list[str]:
        """What was swept, and between which ends the last step lies by the date looked at."""
        s = self.sweep
        shares = s.rows(s.by, s.step, ["probability"])["probability"].to_pylist()
        return [
            f"{s.model.title} ({s.model.name}): {len(s.design):,} points of {', '.join(s.axes)}; at each "
            f"{s.trajectories:,} trajectories in {s.worlds:,} worlds, seed {s.seed}",
            f"{s.step} by {s.by}: {chance_range(min(shares), max(shares))}",
        ]

    def table(self) -> pd.DataFrame:
        """One row for each point, step and date: probability, its errors, and the difference to the first point."""
        return with_dates(self.sweep.table, "date")

    def draw(self, ax: Axes | None = None) -> Axes:
        """Draws the step and date looked at: lines over one parameter, shades over two."""
        from sim.report.style import canvas
        from sim.report.sweep_figures import draw_heat, draw_line

        s = self.sweep
        ax = canvas(7.0, 4.0).add_subplot() if ax is None else ax
        drawing = draw_line if len(s.axes) == 1 else draw_heat
        return drawing(ax, s.table, s.by, s.step)

    def save(self, folder: str | Path, figures: bool = True) -> Path:
        """Copies all files into a folder, with the figures unless these are not wanted.

        :raises RunError: the folder cannot be written, or holds anything but results.
        """
        from sim.report.sweep_figures import write_figures

        return self._folder.save(folder, (lambda at: write_figures(at, self.sweep)) if figures else None)


def sweep(
    scenario: Source,
    grid: Mapping[str, Sequence[Setting]],
    *,
    trajectories: int | None = None,
    worlds: int | None = None,
    seed: int = DEFAULT_SEED,
    overrides: Mapping[str, Setting] | None = None,
    threads: int | None = None,
    by: date | str | None = None,
    step: str | None = None,
    out: str | Path | None = None,
    facts: str | Path | None = None,
    progress: Progress = silent,
) -> SweepResult:
    """Runs every point of a grid and compares each with the first.

    :param grid: parameter -> values (a prior is then fixed), or factors such as ``"x2"`` (a prior is then scaled).
    :param trajectories: at each point (200,000 unless given); ``worlds`` likewise (1000; 1 if nothing is uncertain).
    :param by: the date that figures show, the horizon if not given; :param step: the step, the last if not given.
    :param out: a folder for files and figures, written whole or not at all; a temporary one if not given.
    :param facts: a folder with tables of one's own (``members.csv``, …) in place of the built-in ones of that name.
    :param progress: told 1 for each point that is done.
    :raises AccessionError: bad input (exit code 2) or files that cannot be written (1).
    """
    from sim.report.sweep_figures import write_figures

    folder = Folder(out)
    with over(facts, scenario):
        made = run_grid(
            load(scenario, overrides),
            grid,
            Sampling(trajectories=trajectories, worlds=worlds, seed=seed, threads=threads),
            by=date.fromisoformat(by) if isinstance(by, str) else by,
            step=step,
            out=folder.path,
            progress=progress,
            figures=None if out is None else write_figures,
        )
    return SweepResult(made, folder)
