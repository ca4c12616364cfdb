"""``sensitivity``: what moves the answer of a scenario, or of a run that is there already."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from sim.api.result import Folder, StoredResult, chosen, with_dates
from sim.api.run import RunResult
from sim.api.scenario import Setting, Source, load, over
from sim.base.defaults import DEFAULT_SEED
from sim.base.errors import OptionError, RunError
from sim.base.progress import Progress, silent
from sim.base.reading import read_day
from sim.estimates.moving import Target
from sim.report.moving_section import refusals, sentences, told
from sim.studies.options import Sampling
from sim.studies.reopened import is_result
from sim.studies.sensitivity import Wanted, what_moves
from sim.studies.sensitivity_answer import FILE, Sensitivity, Tornado, read_sensitivity
from sim.studies.sensitivity_tables import (
    EFFECT_COLUMNS,
    INDEX_COLUMNS,
    SWING_COLUMNS,
    TOTAL_COLUMNS,
    effect_rows,
    index_rows,
    swing_rows,
    total_rows,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


class SensitivityResult(StoredResult):
    """What moves the answer."""

    def __init__(self, answer: Sensitivity, folder: Folder) -> None:
        self.answer = answer
        """The content of ``sensitivity.json``."""
        self._folder = folder

    def lines(self) -> list[str]:
        """What moves each answer, in words."""
        a = self.answer
        words = [" ".join(sentences(a.first, target, a.trajectories)) for target in told(a.first)]
        return [
            f"What moves the answer of {a.scenario.title} ({a.scenario.name})",
            *words,
            *refusals(a.first),
        ]

    def table(self) -> pd.DataFrame:
        """One row for each answer and thing that is not known: its share of the variance over worlds (``index``), its
        block's, and the probability where it is low and where it is high.
        """
        import pandas as pd

        return with_dates(pd.DataFrame(index_rows(self.answer), columns=list(INDEX_COLUMNS)), "date")

    def tornado(self) -> pd.DataFrame:
        """One row for each answer, number or structural choice, and end: how far the answer moves.

        :raises RunError: it was not wanted.
        """
        import pandas as pd

        rows = swing_rows(self.answer, self._tornado())
        return with_dates(pd.DataFrame(rows, columns=list(SWING_COLUMNS)), "date")

    def totals(self) -> pd.DataFrame:
        """One row for each answer and block: its total index, and alone, from runs of a design.

        :raises RunError: they were not wanted.
        """
        import pandas as pd

        if self.answer.totals is None:
            raise RunError("this was asked without totals; allowed: totals=256")
        rows = total_rows(self.answer, self.answer.totals)
        return with_dates(pd.DataFrame(rows, columns=list(TOTAL_COLUMNS)), "date")

    def effects(self) -> pd.DataFrame:
        """One row for each answer and block: elementary effects by Morris, as differences of probabilities.

        :raises RunError: they were not wanted.
        """
        import pandas as pd

        if self.answer.morris is None:
            raise RunError("this was asked without elementary effects; allowed: morris=64")
        rows = effect_rows(self.answer, self.answer.morris)
        return with_dates(pd.DataFrame(rows, columns=list(EFFECT_COLUMNS)), "date")

    def draw(self, what: str = "indices", step: str | None = None, ax: Axes | None = None) -> Axes:
        """Draws ``indices`` (shares of the variance), ``tornado`` or ``totals`` of one answer.

        :param step: that the answer is of; the first if not given.
        :raises OptionError: there is no such figure or answer.
        """
        from sim.report.moving_figure import draw_moving
        from sim.report.tornado_figure import draw_tornado
        from sim.report.totals_figure import draw_totals

        target, place = self._target(step)

        def indices() -> Axes:
            if target.refused or self.answer.first.refused:
                raise OptionError(f"<what> indices: there are none: {target.refused}")
            return draw_moving(self.answer.first, target, ax)

        figures: dict[str, Callable[[], Axes]] = {
            "indices": indices,
            "tornado": lambda: draw_tornado(self._tornado(), target, place, ax),
            "totals": lambda: draw_totals(self.answer, target, place, ax),
        }
        return chosen("what", what, figures)()

    def save(self, folder: str | Path, page: bool = True) -> Path:
        """Copies all files into a folder, with page and figures unless these are not wanted.

        :raises RunError: the folder cannot be written, or holds anything but results.
        """
        from sim.report.sensitivity_page import write_page

        return self._folder.save(folder, (lambda at: write_page(at, self.answer)) if page else None)

    def _target(self, step: str | None) -> tuple[Target, int]:
        targets = self.answer.first.targets
        if not targets:
            raise OptionError(f"<step>: there is no answer to draw: {self.answer.first.refused}")
        by_step = {target.step: place for place, target in reversed(list(enumerate(targets)))}
        place = 0 if step is None else chosen("step", step, by_step)
        return targets[place], place

    def _tornado(self) -> Tornado:
        if self.answer.tornado is None:
            raise RunError("this was asked without a tornado; allowed: tornado=True")
        return self.answer.tornado


def sensitivity(
    source: Source | RunResult,
    *,
    step: str | None = None,
    by: date | str | int | None = None,
    tornado: bool = True,
    totals: int = 0,
    morris: int = 0,
    trajectories: int | None = None,
    worlds: int | None = None,
    seed: int = DEFAULT_SEED,
    overrides: Mapping[str, Setting] | None = None,
    threads: int | None = None,
    out: str | Path | None = None,
    facts: str | Path | None = None,
    progress: Progress = silent,
) -> SensitivityResult:
    """Says what moves the two answers of a scenario, or one step by one date, and how far.

    :param source: a scenario, or a finished run (its result or its folder), whose worlds and trajectories are used.
    :param step: the step; :param by: the date; of a scenario both answers of its report if neither is given.
    :param tornado: whether each number is run at both ends of its prior, and each structural choice otherwise.
    :param totals: rows (a power of two) of a design for total indices by new runs; :param morris: rows of one for
        elementary effects; 0 for none.
    :param trajectories: of a scenario (200,000 unless given); ``worlds`` likewise (1000).
    :param out: a folder for files, page and figures, written whole or not at all; a temporary one if not given.
    :param facts: a folder with tables of one's own (``members.csv``, …) in place of the built-in ones of that name.
    :param progress: told the number of trajectories that are simulated.
    :raises AccessionError: bad input (exit code 2) or files that cannot be read or written (1).
    """
    from sim.report.sensitivity_page import write_page

    folder = Folder(out)
    stored = source.folder if isinstance(source, RunResult) else source if is_result(source) else None
    options = Sampling(
        trajectories=trajectories, worlds=worlds, seed=seed, threads=threads,
        overrides=(overrides or {}) if stored is not None else {},
    )  # fmt: skip
    with nullcontext() if isinstance(source, RunResult) else over(facts, source):
        made = what_moves(
            load(source, overrides)
            if stored is None and not isinstance(source, RunResult)
            else Path(str(stored)),
            options,
            Wanted(step, read_day(by, "by"), tornado, totals, morris),
            out=folder.path,
            progress=progress,
            pages=None if out is None else write_page,
        )
    return SensitivityResult(made, folder)


def read_moved(folder: Path) -> SensitivityResult:
    """What was written into a folder.

    :raises RunError: it cannot be read.
    """
    found = Folder(folder)
    found.file(FILE)
    return SensitivityResult(read_sensitivity(folder), found)
