"""``bids``: a candidate's bids for several organisations, in the same futures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from sim.api.result import Folder, StoredResult, chosen, with_dates
from sim.api.scenario import Setting, Source, load, over
from sim.base.defaults import DEFAULT_SEED
from sim.base.progress import Progress, silent
from sim.base.words import counted
from sim.studies.bids import bids as in_the_same_futures
from sim.studies.bids_answer import FILE, TRAJECTORIES, Bids, read_bids
from sim.studies.options import Sampling

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


class BidsResult(StoredResult):
    """Finished bids: each by date, which comes first, one given another."""

    def __init__(self, bids: Bids, folder: Folder) -> None:
        self.bids = bids
        """The content of ``bids.json``."""
        self._folder = folder

    def lines(self) -> list[str]:
        """What was run, and each bid by the horizon."""
        from sim.report.bids_prose import answer

        b = self.bids
        last = len(next(iter(b.bids[0].milestones.values())).by) - 1
        head = f"{len(b.bids)} bids in the same futures, {b.start} to {b.horizon}"
        return [
            f"{head}; {counted(b.trajectories, 'future')} in {counted(b.worlds, 'world')}, seed {b.seed}",
            *answer(b, [last]),
        ]

    def table(self) -> pd.DataFrame:
        """One row for each bid, step and date: probability, its 90 % credible interval, its error."""
        return with_dates(self.bids.probabilities(), "date")

    def first(self) -> pd.DataFrame:
        """One row for each race (of the last or the first steps), bid and date: the chance that it came first."""
        return with_dates(self.bids.first(), "date")

    def conditional(self) -> pd.DataFrame:
        """One row for each ordered pair of bids and date: one bid in the futures with and without the other."""
        return with_dates(self.bids.conditional(), "date")

    def trajectories(self) -> pd.DataFrame:
        """One row for each future: years since the start of every bid's steps and of what happens to shared chains."""
        import pandas as pd

        return pd.read_parquet(self._folder.file(TRAJECTORIES)).set_index("trajectory")

    def draw(self, what: str = "bids", ax: Axes | None = None) -> Axes:
        """Draws ``bids`` (each by date) or ``first`` (which comes first).

        :raises OptionError: there is no such figure.
        """
        from sim.report.bids_figure import draw_bids, draw_first

        drawings: dict[str, Callable[[Bids, Axes | None], Axes]] = {"bids": draw_bids, "first": draw_first}
        return chosen("what", what, drawings)(self.bids, ax)

    def save(self, folder: str | Path, page: bool = True) -> Path:
        """Copies all files into a folder, with page and figure unless these are not wanted.

        :raises RunError: the folder cannot be written, or holds anything but results.
        """
        from sim.report.bids_page import write_page

        return self._folder.save(folder, (lambda at: write_page(at, self.bids)) if page else None)


def bids(
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
) -> BidsResult:
    """Runs a candidate's bids for several organisations in the same futures.

    :param trajectories: of each bid (200,000 unless given); ``worlds`` likewise (1000).
    :param overrides: parameter -> value in all of them.
    :param out: a folder for files and page, written whole or not at all; a temporary one if not given.
    :param facts: a folder with tables of one's own (``members.csv``, …) in place of the built-in ones of that name.
    :raises AccessionError: bad input (exit code 2) or files that cannot be written (1).
    """
    from sim.report.bids_page import write_page

    folder = Folder(out)
    with over(facts, first, *others):
        made = in_the_same_futures(
            *(load(scenario, overrides) for scenario in (first, *others)),
            options=Sampling(trajectories=trajectories, worlds=worlds, seed=seed, threads=threads),
            out=folder.path,
            progress=progress,
            pages=None if out is None else write_page,
        )
    return BidsResult(made, folder)


def read_bids_result(folder: Path) -> BidsResult:
    """Bids that were written into a folder.

    :raises RunError: they cannot be read.
    """
    found = Folder(folder)
    found.file(FILE)
    return BidsResult(read_bids(folder), found)
