"""A scenario run at every point of a grid of parameter values, with the same luck at all points.

Trajectory i uses the same draws at every point (draws are keyed by meaning), so two points differ only by
what the parameters change. The error of a difference is therefore taken from differences within pairs, and
``variance_ratio`` says how many times more trajectories two runs with separate luck would have needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sim.base.dates import report_dates
from sim.base.errors import OptionError, choice
from sim.base.words import listed
from sim.estimates.intervals import Ends
from sim.estimates.paired import Counts, moved
from sim.facts.read import load_facts
from sim.model.model import Model
from sim.results.files import write_json
from sim.results.folder import whole_folder
from sim.results.manifest import manifest
from sim.scenario.load import Scenario
from sim.scenario.setting import OwnNumber, Setting
from sim.studies.grid import Grid, Values, check_grid, far_points, fixed, parameter_of, points_of, told
from sim.studies.named import TitledScenario, subject
from sim.studies.options import Sampling
from sim.studies.prepare import Prepared, Progress, check_trajectories, prepare, silent
from sim.studies.together import counted

if TYPE_CHECKING:
    import pandas as pd

SCHEMA = 1
RESULT_COLUMNS = (
    "step", "date", "probability", "low", "high", "mc_error", "difference", "difference_error",
    "variance_ratio", "trajectories", "worlds",
)  # fmt: skip
"""Columns of the table that follow those of the parameters."""


# --- what it says ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PointShare:
    """The probability of a step at a point, and how far it is from that at the first point."""

    probability: float
    credible_90: Ends | None
    mc_error: float
    difference: float
    difference_error: float
    """Its standard error under common luck; 0 at the first point itself."""
    variance_ratio: float | None
    """Variance of the difference with separate luck over that with common luck; None where nothing differs."""


@dataclass(frozen=True)
class Point:
    """A point of the grid, with every step by one date."""

    values: Values
    steps: Mapping[str, PointShare]


@dataclass(frozen=True)
class SweepAnswer:
    """A sweep in short: every point, by the date looked at."""

    schema: int
    scenario: TitledScenario
    seed: int
    trajectories: int
    """At each point; ``worlds`` likewise."""
    worlds: int
    start: date
    horizon: date
    grid: Grid
    by: date
    points: tuple[Point, ...]
    """The last parameter runs fastest."""


@dataclass(frozen=True)
class Sweep:
    """A finished sweep."""

    model: Model
    grid: Grid
    dates: tuple[date, ...]
    curves: tuple[Mapping[str, tuple[PointShare, ...]], ...]
    """Of each point: step -> its probability by each date."""
    by: date
    """The date that figures and summaries look at."""
    step: str
    """The step that they look at, where they show one."""
    trajectories: int
    worlds: int
    seed: int
    warnings: tuple[str, ...] = ()
    """About values that lie far outside what the scenario thinks possible."""

    @cached_property
    def points(self) -> tuple[Point, ...]:
        """Every point by the date looked at."""
        d = self.dates.index(self.by)
        return tuple(
            Point(values, {step: curve[d] for step, curve in curves.items()})
            for values, curves in zip(points_of(self.grid), self.curves, strict=True)
        )

    @property
    def answer(self) -> SweepAnswer:
        """The sweep in short."""
        model = self.model
        return SweepAnswer(
            schema=SCHEMA,
            scenario=TitledScenario.of(model),
            seed=self.seed,
            trajectories=self.trajectories,
            worlds=self.worlds,
            start=model.start,
            horizon=model.horizon,
            grid=self.grid,
            by=self.by,
            points=self.points,
        )

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row for each point, step and date.

        A column for each parameter, then ``step``, ``date`` (ISO), ``probability``, ``low`` and ``high`` (90 %
        credible interval, NaN if there is none), ``mc_error``; ``difference`` in probability to the first point,
        ``difference_error`` (its standard error under common luck), ``variance_ratio`` (variance of that
        difference with separate luck over that with common luck; NaN where the two points do not differ),
        ``trajectories``, ``worlds``.
        """
        import pandas as pd

        numbers = {"low": float, "high": float, "variance_ratio": float}
        return pd.DataFrame(self._rows(), columns=[*self.grid, *RESULT_COLUMNS]).astype(numbers)

    def _rows(self) -> Iterator[tuple[object, ...]]:
        for values, curves in zip(points_of(self.grid), self.curves, strict=True):
            for step, curve in curves.items():
                for day, e in zip(self.dates, curve, strict=True):
                    yield (
                        *values.values(), step, day.isoformat(), e.probability, *(e.credible_90 or (None, None)),
                        e.mc_error, e.difference, e.difference_error, e.variance_ratio,
                        self.trajectories, self.worlds,
                    )  # fmt: skip


Figures = Callable[[Path, Sweep], None]
"""Writes what is drawn of a sweep into its folder."""


# --- running --------------------------------------------------------------------------------------------


def sweep(
    scenario: str | Path | Scenario,
    grid: Mapping[str, Sequence[Setting]],
    options: Sampling | None = None,
    by: date | None = None,
    step: str | None = None,
    out: Path | None = None,
    progress: Progress = silent,
    figures: Figures | None = None,
) -> Sweep:
    """Runs every point of a grid and compares each with the first.

    :param grid: parameter -> values (a prior is then fixed), or factors such as ``"x2"`` (a prior is then scaled).
    :param options: how many trajectories, worlds, …; see ``Sampling``.
    :param by: the date that figures show, the horizon if not given; it gets rows of its own.
    :param step: the step that figures show, the last if not given.
    :param out: a folder for the files, written whole or not at all.
    :param progress: told 1 for each point that is done.
    :param figures: writes more into the folder, before it is put in its place.
    :raises AccessionError: bad input (exit code 2) or files that cannot be written (1).
    """
    options = Sampling() if options is None else options
    if options.overrides and isinstance(scenario, Scenario):
        raise OptionError("<overrides>: the scenario is loaded already; give them to load_scenario")
    base = prepare(scenario, options.worlds, options.seed, options.overrides)
    values = check_grid(grid, base.model, base.loaded.changed, RESULT_COLUMNS)
    base = _told(base, values)
    dates, chosen = _dates(base.model, by), _step(base.model, step)
    # all points are drawn once before any is run, so that a value that cannot be used costs no time
    used = max(len(fixed(base, point).worlds) for point in points_of(values))
    check_trajectories(options.most, used)

    of = subject("sweep", [base.loaded], grid)
    with whole_folder(out, of) if out is not None else nullcontext() as folder:
        curves = tuple(_curves(_counted(base, values, dates, options, progress)))
        shown = by or base.model.horizon, chosen
        warnings = tuple(far_points(values, base.loaded))
        made = Sweep(
            base.model, values, tuple(dates), curves, *shown, options.most, used, base.seed, warnings
        )
        if folder is not None:
            _write(folder, made)
            if figures is not None:
                figures(folder, made)
    return made


def _told(base: Prepared, grid: Grid) -> Prepared:
    """The model with the grid in its title and among the numbers that are the user's."""
    parameters = base.loaded.content.parameters
    title = f"{base.model.title}, with {listed([parameter_of(axis) for axis in grid])} varied"
    yours = [
        OwnNumber(name, said, f"{base.loaded.name} has {parameters[name].in_short()}")
        for name, said in zip(map(parameter_of, grid), told(grid), strict=True)
    ]
    return replace(base, model=replace(base.model, title=title, yours=(*base.model.yours, *yours)))


def _step(model: Model, step: str | None) -> str:
    if step is None:
        return model.step_names[-1]
    if step not in model.step_names:
        raise OptionError(f"<step> {step}: not a step; {choice(step, model.step_names)}")
    return step


def _dates(model: Model, by: date | None) -> list[date]:
    """The dates that every run reports, and ``by``."""
    dates = report_dates(model.start, model.horizon)
    if by is None:
        return dates
    if not model.start < by <= model.horizon:
        raise OptionError(f"<by> {by}: allowed: after {model.start}, up to {model.horizon}")
    return sorted({*dates, by})


def _counted(
    base: Prepared, grid: Grid, dates: Sequence[date], options: Sampling, progress: Progress
) -> Iterator[Counts]:  # fmt: skip
    """Runs every point."""
    for point in points_of(grid):
        yield counted(fixed(base, point), dates, options.most, options.threads)
        progress(1)


def _curves(runs: Iterable[Counts]) -> Iterator[dict[str, tuple[PointShare, ...]]]:
    """Every step of every run, and how far it is from the first run."""
    first: Counts | None = None
    for counts in runs:
        first = first or counts
        yield {step: tuple(_shares(first, counts, step)) for step in counts.steps}


def _shares(first: Counts, counts: Counts, step: str) -> Iterator[PointShare]:
    for m in moved(first, counts, step):
        error = 0.0 if counts is first else m.error
        yield PointShare(
            m.share.probability, m.share.credible_90, m.share.mc_error, m.difference, error, m.ratio
        )


# --- files ----------------------------------------------------------------------------------------------


def _write(folder: Path, made: Sweep) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    # NaN is "there is none" in the table; files say null
    columns = pa.Table.from_pandas(made.table, preserve_index=False).replace_schema_metadata(None)
    pq.write_table(columns, folder / "sweep.parquet", compression="zstd")
    made.table.to_csv(folder / "sweep.csv", index=False, lineterminator="\n")
    common = vars(manifest(made.model, made.seed, load_facts().digest, "montecarlo"))
    write_json(folder / "manifest.json", {
        **{name: value for name, value in common.items() if name != "keep"},
        "grid": {name: list(values) for name, values in made.grid.items()},
        "warnings": list(made.warnings),
        "trajectories": made.trajectories,
        "worlds": made.worlds,
        "by": made.by.isoformat(),
        "step": made.step,
    })  # fmt: skip
