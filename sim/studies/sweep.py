"""A scenario run at every point of a grid of parameter values, with the same luck at all points.

Trajectory i uses the same draws at every point (draws are keyed by meaning), so two points differ only by
what the parameters change. The error of a difference is therefore taken from differences within pairs, and
``variance_ratio`` says how many times more trajectories two runs with separate luck would have needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import product
from math import isfinite, prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.base.dates import report_dates
from sim.base.defaults import DEFAULT_SEED, DEFAULT_TRAJECTORIES
from sim.base.errors import ModelError, nearest
from sim.estimates.paired import Counts, curve, paired_error
from sim.facts.read import load_facts
from sim.model.model import Model
from sim.model.worlds import draw_worlds
from sim.results.files import manifest, whole_folder, write_json
from sim.scenario.load import LoadedScenario
from sim.studies.prepare import Prepared, Progress, check_trajectories, prepare
from sim.studies.together import counted

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

Values = Mapping[str, float]
"""One point of a grid: parameter -> value."""

MOST_POINTS = 400
RESULT_COLUMNS = (
    "step", "date", "probability", "low", "high", "mc_error", "difference", "difference_error",
    "variance_ratio", "trajectories", "worlds",
)  # fmt: skip
"""Columns of the table that follow those of the parameters."""


@dataclass(frozen=True)
class Sweep:
    """A finished sweep."""

    table: pd.DataFrame
    """See :func:`sweep`."""
    model: Model
    grid: dict[str, tuple[float, ...]]
    by: date
    """The date that figures and summaries look at."""
    step: str
    """The step that they look at, where they show one."""
    trajectories: int
    worlds: int
    seed: int

    @property
    def points(self) -> list[Values]:
        """Every point, the last parameter running fastest."""
        return list(points_of(self.grid))


def sweep(
    scenario: str | Path | LoadedScenario,
    grid: Mapping[str, Sequence[float]],
    trajectories: int = DEFAULT_TRAJECTORIES,
    worlds: int | None = None,
    seed: int = DEFAULT_SEED,
    overrides: Values | None = None,
    threads: int | None = None,
    by: date | None = None,
    step: str | None = None,
    out: Path | None = None,
    ax: Axes | None = None,
) -> pd.DataFrame:
    """Runs every point of a grid and compares each with the first.

    :param grid: parameter -> values; a parameter with a prior is fixed, as by ``overrides``.
    :param trajectories: at each point; ``worlds`` likewise.
    :param by: the date that figures show, the horizon if not given; it gets rows of its own.
    :param step: the step that figures show, the last if not given.
    :param out: a folder for the files, written whole or not at all.
    :param ax: axes to draw :func:`sim.report.sweep_figures.draw_line` on.
    :returns: one row for each point, step and date: a column for each parameter, then ``step``, ``date``
        (ISO), ``probability``, ``low`` and ``high`` (90 % credible interval, NaN if there is none),
        ``mc_error``; ``difference`` in probability to the first point, ``difference_error`` (its standard
        error under common luck), ``variance_ratio`` (variance of that difference with separate luck over
        that with common luck; NaN where the two points do not differ), ``trajectories``, ``worlds``.
    :raises AccessionError: bad input (exit code 2) or files that cannot be written (1).
    """
    made = run_sweep(scenario, grid, trajectories, worlds, seed, overrides, threads, by, step, out)
    if ax is not None:
        from sim.report.sweep_figures import draw_line

        draw_line(ax, made.table, made.by, made.step)
    return made.table


def run_sweep(
    scenario: str | Path | LoadedScenario,
    grid: Mapping[str, Sequence[float]],
    trajectories: int = DEFAULT_TRAJECTORIES,
    worlds: int | None = None,
    seed: int = DEFAULT_SEED,
    overrides: Values | None = None,
    threads: int | None = None,
    by: date | None = None,
    step: str | None = None,
    out: Path | None = None,
    progress: Progress = lambda done: None,
) -> Sweep:
    """:func:`sweep` with what else there is to say about it; ``progress`` is told of each point done."""
    if overrides and isinstance(scenario, LoadedScenario):
        raise ModelError("overrides: the scenario is loaded already; give them to load_scenario")
    base = prepare(scenario, worlds, seed, overrides)
    values = check_grid(grid, base.model, overrides or {})
    dates = _dates(base.model, by)
    chosen = _step(base.model, step)
    # all points are drawn once before any is run, so that a value that cannot be used costs no time
    check_trajectories(trajectories, max(len(_fixed(base, point).worlds) for point in points_of(values)))
    if out is None:
        return _run(base, values, dates, by, chosen, trajectories, threads, progress)
    with whole_folder(out) as folder:
        made = _run(base, values, dates, by, chosen, trajectories, threads, progress)
        _write(folder, made)
    return made


# --- the grid -------------------------------------------------------------------------------------------


def check_grid(
    grid: Mapping[str, Sequence[float]], model: Model, overrides: Values
) -> dict[str, tuple[float, ...]]:
    """The grid as numbers.

    :raises ModelError: an unknown parameter, one that is set as well, a value that is repeated or that no
        parameter may have, no values, or too many points.
    """
    if not grid:
        raise ModelError("--grid: no parameter; allowed: NAME=A,B,C, such as settlement_rate=0.01,0.05,0.2")
    checked: dict[str, tuple[float, ...]] = {}
    for name, given in grid.items():
        if name not in model.parameters:
            known = ", ".join(model.parameters) or "none, as this scenario has no parameters"
            raise ModelError(
                f"--grid {name}: not a parameter.{nearest(name, model.parameters)} Allowed: {known}"
            )
        if name in overrides:
            raise ModelError(f"--grid {name}: also given by --set; allowed: one of the two")
        if name in RESULT_COLUMNS:
            raise ModelError(f"--grid {name}: the table has a column of that name; rename the parameter")
        checked[name] = _checked_values(name, given)
    points = prod(len(values) for values in checked.values())
    if points > MOST_POINTS:
        sizes = " x ".join(str(len(values)) for values in checked.values())
        raise ModelError(f"--grid: {sizes} = {points} points; allowed: at most {MOST_POINTS}")
    return checked


def _checked_values(name: str, given: Sequence[float]) -> tuple[float, ...]:
    values = tuple(float(value) for value in given)
    if not values:
        raise ModelError(f"--grid {name}: no values; allowed: one or more numbers")
    for i, value in enumerate(values):
        if not isfinite(value) or value < 0:
            raise ModelError(f"--grid {name}: {value:g}; allowed: finite numbers, 0 or more")
        if value in values[:i]:
            raise ModelError(f"--grid {name}: {value:g} is given twice; allowed: each value once")
    return values


def points_of(grid: Mapping[str, Sequence[float]]) -> Iterator[Values]:
    """Every point of a grid, the last parameter running fastest."""
    for values in product(*grid.values()):
        yield dict(zip(grid, values, strict=True))


def _step(model: Model, step: str | None) -> str:
    if step is None:
        return model.step_names[-1]
    if step not in model.step_names:
        known = ", ".join(model.step_names)
        raise ModelError(f"--step {step}: not a step.{nearest(step, model.step_names)} Allowed: {known}")
    return step


def _dates(model: Model, by: date | None) -> list[date]:
    """The dates that every run reports, and ``by``."""
    dates = report_dates(model.start, model.horizon)
    if by is None:
        return dates
    if not model.start < by <= model.horizon:
        raise ModelError(f"--by {by}: allowed: after {model.start}, up to {model.horizon}")
    return sorted({*dates, by})


def _fixed(base: Prepared, point: Values) -> Prepared:
    """The scenario with its parameters at a point. Compilation does not look at values, so it is not redone.

    :raises ModelError: a value that a place where the parameter stands does not allow.
    """
    fixed = {
        name: base.model.parameters[name].model_copy(update={"value": value, "prior": None})
        for name, value in point.items()
    }
    model = replace(base.model, parameters={**base.model.parameters, **fixed})
    try:
        drawn = draw_worlds(model, base.seed, len(base.worlds) if model.uncertain else 1)
    except ModelError as error:
        raise ModelError(f"--grid {said(point)}: {error}") from None
    return replace(base, model=model, worlds=drawn)


def said(point: Values) -> str:
    """``a=0.1, b=2``."""
    return ", ".join(f"{name}={value:g}" for name, value in point.items())


# --- running --------------------------------------------------------------------------------------------


def _run(
    base: Prepared, grid: dict[str, tuple[float, ...]], dates: Sequence[date], by: date | None, step: str,
    trajectories: int, threads: int | None, progress: Progress,
) -> Sweep:  # fmt: skip
    import pandas as pd

    rows: list[tuple[Any, ...]] = []
    first: Counts | None = None
    used = 1
    for point in points_of(grid):
        prepared = _fixed(base, point)
        used = len(prepared.worlds)
        counts = counted(prepared, dates, trajectories, threads)
        same = first is None
        first = first or counts
        for number, name in enumerate(base.model.step_names):
            now, origin = curve(counts, number, used), curve(first, number, used)
            for d, (share, start) in enumerate(zip(now, origin, strict=True)):
                error, ratio = paired_error(first.hits[number, :, d], counts.hits[number, :, d], first.totals)
                low, high = share.credible_90 or (float("nan"), float("nan"))
                compared = (share.probability - start.probability, 0.0 if same else error, ratio)
                rows.append((
                    *point.values(), name, dates[d].isoformat(), share.probability, low, high, share.mc_error,
                    *compared, trajectories, used,
                ))  # fmt: skip
        progress(1)
    table = pd.DataFrame(rows, columns=[*grid, *RESULT_COLUMNS])
    return Sweep(table, base.model, grid, by or base.model.horizon, step, trajectories, used, base.seed)


# --- files ----------------------------------------------------------------------------------------------


def sweep_manifest(made: Sweep) -> dict[str, Any]:
    """What the table came from; nothing about who made it or where."""
    return {
        **manifest(made.model, made.seed, load_facts().digest, "montecarlo"),
        "grid": {name: list(values) for name, values in made.grid.items()},
        "trajectories": made.trajectories,
        "worlds": made.worlds,
        "by": made.by.isoformat(),
        "step": made.step,
    }


def _write(folder: Path, made: Sweep) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from sim.report.sweep_figures import write_figures

    # NaN is "there is none" in the table; files say null
    columns = pa.Table.from_pandas(made.table, preserve_index=False).replace_schema_metadata(None)
    pq.write_table(columns, folder / "sweep.parquet", compression="zstd")
    made.table.to_csv(folder / "sweep.csv", index=False, lineterminator="\n")
    write_figures(folder / "figures", made.table, made.by, made.step)
    write_json(folder / "manifest.json", sweep_manifest(made))
