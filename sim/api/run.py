"""``run``: one scenario, from its name to an answer with its files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim.api.result import Folder, StoredResult, chosen, with_dates
from sim.api.scenario import Setting, Source, load, over
from sim.api.told import told
from sim.base import records
from sim.base.defaults import DEFAULT_SEED
from sim.base.errors import RunError
from sim.base.progress import Progress, silent
from sim.base.words import chance, counted, substitute_for
from sim.estimates.summary import Summary
from sim.results.files import read_summary
from sim.results.trajectories import read_trajectories, read_worlds
from sim.studies.inputs import Inputs
from sim.studies.options import Options
from sim.studies.run import run as simulate
from sim.studies.variants_answer import FILE as VARIANTS
from sim.studies.variants_answer import Variants, read_variants

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


class RunResult(StoredResult):
    """A finished run: its answer, and the files behind it."""

    def __init__(self, summary: Summary, folder: Folder) -> None:
        self.summary = summary
        """The content of ``summary.json``: every probability with its errors, blockers, commonest paths."""
        self._folder = folder

    def lines(self) -> list[str]:
        """What was run, and the probability of each step by the horizon."""
        s = self.summary
        made = (
            f"{counted(s.trajectories, 'trajectory')} in {counted(s.worlds, 'world')}"
            if s.exact is None
            else "solved exactly"
        )
        ends = (
            f"{name} {chance(m.by[-1].probability, s.trajectories, m.by[-1].mc_error)}"
            for name, m in s.milestones.items()
        )
        beside = (
            f"{substitute_for(name)} (not counted) {chance(m.by[-1].probability, s.trajectories, m.by[-1].mc_error)}"
            for name, m in s.substitutes.items()
        )
        return [
            f"{s.scenario.title} ({s.scenario.name}), {s.start} to {s.horizon}; {made}, seed {s.seed}",
            f"by {s.horizon}: {', '.join((*ends, *beside))}",
        ]

    def table(self) -> pd.DataFrame:
        """One row for each step and date: probability, ``low`` and ``high`` (90 % credible interval), ``mc_error``.

        A substitute is not the step, and has rows of its own: ``substitute for <step>``.
        """
        return with_dates(self.summary.probabilities(), "date")

    def blockers(self) -> pd.DataFrame:
        """Who blocked: one row for each step, year and voter, with the share of that year's meetings."""
        import pandas as pd

        names = self._names()
        rows = [
            (step, year.year, names.get(code, code), share, year.meetings)
            for step, found in self.summary.blockers.items()
            for year in found.by_year
            for code, share in year.share.items()
        ]
        return pd.DataFrame(rows, columns=["step", "year", "voter", "share", "meetings"])

    def came_before(self) -> pd.DataFrame:
        """What had come about before the first step ahead, and the last one, in the futures that take it by ``date``.

        One row for each step and happening: the share of these futures in which it came ``before``; the step by the
        date in the futures ``given`` that (by then) and ``without`` it; standard errors; NaN where they are too few.
        Empty of exact and tilted runs.
        """
        import pandas as pd

        rows = [
            (
                found.step, found.date.isoformat(), p.name, found.futures,
                *(value for c in (p.before, p.given, p.without) for value in (c.probability, c.error)),
            )
            for found in self.summary.came_before
            for p in found.precursors
        ]  # fmt: skip
        numbers = [f"{side}{end}" for side in ("before", "given", "without") for end in ("", "_error")]
        table = pd.DataFrame(rows, columns=["step", "date", "happening", "futures", *numbers])
        return with_dates(table.astype(dict.fromkeys(numbers, float)), "date")

    def trajectories(self) -> pd.DataFrame:
        """One row for each trajectory: the day of each step (NaT: not within the horizon), how it was taken, and who
        blocked it at the last meeting at which it was due.

        :raises RunError: the run kept no trajectories.
        """
        if not self._folder.has("trajectories.parquet"):
            raise RunError("this run kept no trajectories (engine exact, or keep='summary')")
        stored = read_trajectories(self._folder.file("trajectories.parquet").parent)
        return told(stored, self.summary.start, list(self.summary.milestones), list(self._names()))

    def worlds(self) -> pd.DataFrame:
        """One row for each world: every parameter, and the probability of each step by the horizon."""
        table: pd.DataFrame = read_worlds(self._folder.file("worlds.parquet").parent)
        return table

    def draw(self, what: str = "probability", step: str | None = None, ax: Axes | None = None) -> Axes:
        """Draws one figure of the report.

        :param what: probability, futures, blockers, ladder, last to move, or last to ratify.
        :param step: of the ladder; the last if not given.
        :param ax: axes to draw on; new ones if not given.
        :raises OptionError: there is no such figure or step.
        """
        from sim.report import figures, onto
        from sim.report.marks import Drawing, Panel

        summary, names = self.summary, self._names()
        name = list(summary.milestones)[-1] if step is None else step
        chosen("step", name, dict(summary.milestones))
        figure: Callable[[Panel], None] = chosen(
            "what",
            what,
            {
                "probability": lambda panel: figures.cumulative(summary, name, panel),
                "futures": lambda panel: figures.dots(summary, name, panel),
                "blockers": lambda panel: figures.blockers(summary, name, names, panel),
                "ladder": lambda panel: figures.ladder(summary, panel),
                "last to move": lambda panel: figures.last(summary, "last_to_move", names, panel),
                "last to ratify": lambda panel: figures.last(summary, "last_to_ratify", names, panel),
            },
        )
        alone = Drawing(7.6, 3.0)
        alone.panel(1.32, 0.72, 0.42, 0.36)
        return onto.draw(figure, ax, alone)

    def save(self, folder: str | Path, report: bool = True) -> Path:
        """Copies all files into a folder, with the report unless that is not wanted.

        :raises RunError: the folder cannot be written, or holds anything but results.
        """
        from sim.report.page import write_report

        return self._folder.save(folder, write_report if report else None)

    @property
    def variants(self) -> Variants | None:
        """The same under each structural variant; None if they were not run."""
        return read_variants(self._folder.file(VARIANTS).parent) if self._folder.has(VARIANTS) else None

    def _names(self) -> Mapping[str, str]:
        """Code -> name of what can block a step, in the order of the bits of a mask."""
        return records.read(self._folder.file("inputs.json"), Inputs).blockers


def run(
    scenario: Source,
    *,
    trajectories: int | None = None,
    worlds: int | None = None,
    seed: int = DEFAULT_SEED,
    overrides: Mapping[str, Setting] | None = None,
    out: str | Path | None = None,
    report: bool = True,
    engine: str = "montecarlo",
    threads: int | None = None,
    precision: float | None = None,
    bound: int | None = None,
    keep: str = "paths",
    variants: bool = False,
    tilt: Sequence[str] = (),
    facts: str | Path | None = None,
    progress: Progress = silent,
) -> RunResult:
    """Runs a scenario. The same seed gives the same bytes, whatever the number of threads.

    :param overrides: parameter -> a number, a factor (``"x2"``) or a range (``"0.01..0.1"``).
    :param out: a folder for the files, written whole or not at all; a temporary one if not given.
    :param report: whether a report is written into ``out``.
    :param facts: a folder with tables of one's own (``members.csv``, …) in place of the built-in ones of that name.
    :param progress: told the number of trajectories of each block that is done.
    The others are those of :class:`sim.studies.options.Options`.
    :raises AccessionError: bad input (exit code 2) or results that cannot be written (1).
    """
    options = Options(
        trajectories=trajectories, worlds=worlds, seed=seed, threads=threads,
        engine=engine, keep=keep, precision=precision, bound=bound, variants=variants, tilt=tuple(tilt),
    )  # fmt: skip
    from sim.report.page import write_report

    folder = Folder(out)
    written = write_report if report and out is not None else None
    with over(facts, scenario):
        made = simulate(load(scenario, overrides), options, folder.path, progress, written)
    return RunResult(made.summary, folder)


def read_run(folder: Path) -> RunResult:
    """A run that was written into a folder.

    :raises RunError: a stored file is missing or cannot be read.
    """
    found = Folder(folder)
    found.file("summary.json")
    return RunResult(read_summary(folder), found)
