"""``given``: a finished run asked about futures in which something else happens."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from sim.api.result import DrawnResult, Folder, with_dates
from sim.api.run import RunResult
from sim.base import records
from sim.base.progress import Progress, silent
from sim.studies.asked import asked_run
from sim.studies.before import FILE as BEFORE
from sim.studies.before import Before
from sim.studies.before import before as looked_back
from sim.studies.given import given as asked_given
from sim.studies.given_answer import FILE, Given

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

Asked = str | Path | RunResult
"""A run: what ``run`` returned, or the folder that it has written."""


class GivenResult(DrawnResult):
    """A probability under a condition, by date."""

    def __init__(self, given: Given, folder: Folder) -> None:
        self.given = given
        """The content of ``given.json``."""
        self._folder = folder

    def lines(self) -> list[str]:
        """The condition, and the step with it, without it and in all futures."""
        from sim.report.given_prose import answer, head, warning

        return [*head(self.given.asked), answer(self.given), *warning(self.given)]

    def table(self) -> pd.DataFrame:
        """One row for each date: the step in all futures (``overall``), with the condition (``given``), ``without``.

        Each has its standard error; ``_futures`` counts futures, ``_effective`` how many independent ones they are
        worth; ``difference`` is with less without, ``worlds_alone`` what selecting worlds alone would make. NaN: too
        few futures.
        """
        return with_dates(self.given.table(), "date")

    def draw(self, ax: Axes | None = None) -> Axes:
        """Draws the probability over time: with the condition, without it, and in all futures."""
        from sim.report.given_figures import draw_given

        return draw_given(self.given, ax)

    def _draw_into(self, folder: Path) -> None:
        from sim.report.given_figures import write_given_figure

        write_given_figure(folder, self.given)


def given(
    run: Asked,
    condition: str,
    *,
    step: str | None = None,
    by: str | date | None = None,
    out: str | Path | None = None,
    progress: Progress = silent,
) -> GivenResult:
    """How likely a step of a finished run is in the futures that meet a condition, beside the others and all.

    :param run: what ``run`` returned, or the folder that it has written.
    :param condition: such as ``"settlement=comprehensive by 2030 and not pfp"``.
    :param step: a step, substitute or watched entry; the first step ahead that the condition does not name if None.
    :param by: the date that is told first; one ten years ahead if None.
    :param out: a folder for files and figure, written whole or not at all; a temporary one if not given.
    :raises OptionError: the condition cannot be read or holds in too few futures, or the run kept no trajectories.
    :raises RunError: the run's files cannot be read, or the answer's written.
    """
    from sim.report.given_figures import write_given_figure

    folder = Folder(out)
    made = asked_given(
        asked_run(_folder_of(run)), condition, step, by, folder.path, progress,
        None if out is None else write_given_figure,
    )  # fmt: skip
    return GivenResult(made, folder)


class BeforeResult(DrawnResult):
    """What came before, in the futures that meet a condition."""

    def __init__(self, before: Before, folder: Folder) -> None:
        self.before = before
        """The content of ``before.json``."""
        self._folder = folder

    def lines(self) -> list[str]:
        """The condition, when it is met, and in which order things came."""
        from sim.report.before_prose import NO_CAUSE, in_order, opening, orders

        return [*opening(self.before), *in_order(self.before), *orders(self.before), NO_CAUSE]

    def table(self) -> pd.DataFrame:
        """One row for each step, substitute and watched entry: in which share it came ``before``, and was ``first``.

        ``earliest``, ``median`` and ``latest`` are months (5, 50, 95 % of those that came before), ``years_before_…``
        how long before; ``by_date`` the share by ``date``, before or after, ``all_futures`` the same of all futures.
        """
        return with_dates(self.before.table(), "date", "earliest", "median", "latest")

    def draw(self, ax: Axes | None = None) -> Axes:
        """Draws when each happening came about, with its share."""
        from sim.report.before_figure import draw_before

        return draw_before(self.before, ax)

    def _draw_into(self, folder: Path) -> None:
        from sim.report.before_figure import write_before_figure

        write_before_figure(folder, self.before)


def before(
    run: Asked, condition: str, *, out: str | Path | None = None, progress: Progress = silent
) -> BeforeResult:
    """What had come about in the futures of a finished run before they met a condition: when, in which order.

    :param run: what ``run`` returned, or the folder that it has written.
    :param condition: such as ``"membership by 2045"``.
    :param out: a folder for files and figure, written whole or not at all; a temporary one if not given.
    :raises OptionError: the condition cannot be read or holds in too few futures, or the run kept no trajectories.
    :raises RunError: the run's files cannot be read, or the answer's written.
    """
    from sim.report.before_figure import write_before_figure

    folder = Folder(out)
    figures = None if out is None else write_before_figure
    made = looked_back(asked_run(_folder_of(run)), condition, folder.path, progress, figures)
    return BeforeResult(made, folder)


def read_before(folder: Path) -> BeforeResult:
    """An answer that was written into a folder.

    :raises RunError: it cannot be read.
    """
    found = Folder(folder)
    return BeforeResult(records.read(found.file(BEFORE), Before), found)


def _folder_of(run: Asked) -> Path:
    return run.folder if isinstance(run, RunResult) else Path(run)


def read_given(folder: Path) -> GivenResult:
    """An answer that was written into a folder.

    :raises RunError: it cannot be read.
    """
    found = Folder(folder)
    return GivenResult(records.read(found.file(FILE), Given), found)
