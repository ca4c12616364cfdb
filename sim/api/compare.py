"""``compare``: scenarios side by side, with the same luck in all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from sim.api.result import DrawnResult, Folder, chosen, with_dates
from sim.api.scenario import Setting, Source, load, over
from sim.base.defaults import DEFAULT_SEED
from sim.base.progress import Progress, silent
from sim.base.words import counted, listed, points_more
from sim.studies.compare import compare as side_by_side
from sim.studies.comparison import FILE, Comparison, read_comparison
from sim.studies.options import Sampling

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    Drawing = Callable[[Comparison, str | None, Axes | None], Axes]


class ComparisonResult(DrawnResult):
    """A finished comparison: how each scenario differs from the first."""

    def __init__(self, comparison: Comparison, folder: Folder) -> None:
        self.comparison = comparison
        """The content of ``compare.json``."""
        self._folder = folder

    def lines(self) -> list[str]:
        """What was compared, and the difference in the last step by the last date."""
        c = self.comparison
        others = listed([pair.scenario for pair in c.comparisons])
        found = [
            f"{counted(c.trajectories, 'trajectory')} of each in {counted(c.worlds, 'world')} with the same luck, "
            f"seed {c.seed}"
        ]
        for pair in c.comparisons:
            step, last = next(reversed([(step, d.by[-1]) for step, d in pair.steps.items()]))
            more = points_more(last.difference, last.difference_error)
            found.append(f"{pair.scenario}: {step} by {last.date} {more} percentage points")
        return [f"{others} against {c.scenarios[0].name}, {c.start} to {c.horizon}", *found]

    def table(self) -> pd.DataFrame:
        """One row for each scenario but the first, step and date: the difference and what is known of its errors."""
        return with_dates(self.comparison.differences(), "date")

    def probabilities(self) -> pd.DataFrame:
        """One row for each scenario, step and date."""
        return with_dates(self.comparison.probabilities(), "date")

    def futures(self) -> pd.DataFrame:
        """In which share of futures a step comes earlier, later, only here or only there, luck being equal."""
        return self.comparison.futures()

    def draw(self, what: str = "differences", step: str | None = None, ax: Axes | None = None) -> Axes:
        """Draws ``differences`` or ``probabilities`` of a step, the last if not given.

        :raises OptionError: there is no such figure.
        """
        from sim.report.comparison_figures import draw_differences, draw_probabilities

        drawings: dict[str, Drawing] = {"differences": draw_differences, "probabilities": draw_probabilities}
        return chosen("what", what, drawings)(self.comparison, step, ax)

    def _draw_into(self, folder: Path) -> None:
        from sim.report.comparison_figures import write_figures

        write_figures(folder, self.comparison)


def compare(
    first: Source,
    *others: Source,
    trajectories: int | None = None,
    worlds: int | None = None,
    seed: int = DEFAULT_SEED,
    overrides: Mapping[str, Setting] | None = None,
    out: str | Path | None = None,
    threads: int | None = None,
    facts: str | Path | None = None,
    progress: Progress = silent,
) -> ComparisonResult:
    """Runs scenarios side by side and says how each of ``others`` differs from ``first``.

    :param trajectories: of each scenario (200,000 unless given); ``worlds`` likewise (1000; 1 if nothing is uncertain).
    :param overrides: parameter -> value in all of them.
    :param out: a folder for files and figures, written whole or not at all; a temporary one if not given.
    :param facts: a folder with tables of one's own (``members.csv``, …) in place of the built-in ones of that name.
    :raises AccessionError: bad input (exit code 2) or files that cannot be written (1).
    """
    from sim.report.comparison_figures import write_figures

    folder = Folder(out)
    with over(facts, first, *others):
        made = side_by_side(
            *(load(scenario, overrides) for scenario in (first, *others)),
            options=Sampling(trajectories=trajectories, worlds=worlds, seed=seed, threads=threads),
            out=folder.path,
            progress=progress,
            figures=None if out is None else write_figures,
        )
    return ComparisonResult(made, folder)


def read_compared(folder: Path) -> ComparisonResult:
    """A comparison that was written into a folder.

    :raises RunError: it cannot be read.
    """
    found = Folder(folder)
    found.file(FILE)
    return ComparisonResult(read_comparison(folder), found)
