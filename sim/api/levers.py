"""``levers``: what each choice is worth, alone and with others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from sim.api.result import DrawnResult, Folder, with_dates
from sim.api.scenario import Setting, Source, load, over
from sim.base.defaults import DEFAULT_SEED
from sim.base.progress import Progress, silent
from sim.base.reading import read_day
from sim.base.words import chance, counted, points_more
from sim.studies.lever_answer import COLUMNS, FILE, LeversAnswer, read_levers
from sim.studies.levers import TRAJECTORIES
from sim.studies.levers import levers as pull
from sim.studies.options import Sampling

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


class LeversResult(DrawnResult):
    """What each choice is worth."""

    def __init__(self, answer: LeversAnswer, folder: Folder) -> None:
        self.answer = answer
        """The content of ``levers.json``."""
        self._folder = folder

    def lines(self) -> list[str]:
        """What was asked, and what each lever alone is worth for the step and date looked at."""
        a, base = self.answer, self.answer.base()
        alone = [
            f"{one.name} {points_more(a.at(one).worth, a.at(one).worth_error)}"
            for one in a.pulled
            if len(one.levers) == 1
        ]
        return [
            f"{a.scenario.title} ({a.scenario.name}): levers pulled on {a.on}; {len(a.pulled) + 1} runs of "
            f"{counted(a.trajectories, 'trajectory')} in {counted(a.worlds, 'world')} with the same luck, "
            f"seed {a.seed}",
            f"{a.step} by {a.by}: {chance(base.probability, a.trajectories, base.mc_error)} without; "
            f"percentage points (error): {', '.join(alone)}",
        ]

    def table(self) -> pd.DataFrame:
        """One row for each set of levers, step and date; those without any lever first."""
        import pandas as pd

        numbers = dict.fromkeys(COLUMNS[4:], float)
        return with_dates(pd.DataFrame(self.answer.rows(), columns=list(COLUMNS)).astype(numbers), "date")

    def draw(self, ax: Axes | None = None) -> Axes:
        """Draws what each set of levers is worth for the step and date looked at."""
        from sim.report.levers_figure import draw_levers

        return draw_levers(self.answer, ax)

    def _draw_into(self, folder: Path) -> None:
        from sim.report.levers_figure import write_figures

        write_figures(folder, self.answer)


def levers(
    scenario: Source,
    on: date | str | None = None,
    *,
    step: str | None = None,
    by: date | str | int | None = None,
    names: Sequence[str] = (),
    trajectories: int = TRAJECTORIES,
    worlds: int | None = None,
    seed: int = DEFAULT_SEED,
    overrides: Mapping[str, Setting] | None = None,
    threads: int | None = None,
    out: str | Path | None = None,
    facts: str | Path | None = None,
    progress: Progress = silent,
) -> LeversResult:
    """Lets every holdout change its stance on a day, alone, in pairs and together; so with the scenario's own levers.

    :param on: the day, of levers that have none of their own; the next meeting of the first step if not given.
    :param step: the step that is shown, the last if not given; :param by: the date, the horizon if not given.
    :param names: voters and levers of which all sets are tried; all levers if not given.
    :param trajectories: with each set of levers; ``worlds`` likewise (1000; 1 if nothing is uncertain).
    :param out: a folder for files and figures, written whole or not at all; a temporary one if not given.
    :param facts: a folder with tables of one's own (``members.csv``, …) in place of the built-in ones of that name.
    :param progress: told 1 for each run that is done.
    :raises AccessionError: bad input (exit code 2) or files that cannot be written (1).
    """
    from sim.report.levers_figure import write_figures

    folder = Folder(out)
    with over(facts, scenario):
        made = pull(
            load(scenario, overrides),
            Sampling(trajectories=trajectories, worlds=worlds, seed=seed, threads=threads),
            read_day(on, "on"),
            step,
            read_day(by, "by"),
            names,
            out=folder.path,
            progress=progress,
            figures=None if out is None else write_figures,
        )
    return LeversResult(made, folder)


def read_pulled(folder: Path) -> LeversResult:
    """Levers that were written into a folder.

    :raises RunError: it cannot be read.
    """
    found = Folder(folder)
    found.file(FILE)
    return LeversResult(read_levers(folder), found)
