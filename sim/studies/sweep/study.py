"""A scenario run at every point of a design, with the same luck at all points.

Trajectory i uses the same draws at every point (draws are keyed by meaning), so two points differ only by what they
change. The error of a difference is therefore taken from differences within pairs, and ``variance_ratio`` says how many
times more trajectories two runs with separate luck would have needed.

What was run before is not run again: points are known by what they change. While it runs, blocks of points go into a
journal in the folder of the results, and so a sweep that is stopped goes on where it was. At the end the files are made
of the blocks in the order of the design, so that they do not tell when, where and how often anything was run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np

from sim.base.dates import report_dates
from sim.base.errors import OptionError, choice
from sim.base.progress import Progress, silent
from sim.base.reading import within_horizon
from sim.base.records import plain
from sim.base.signals import undone_by
from sim.base.words import counted, listed
from sim.facts.read import load_facts
from sim.model.model import Model
from sim.results.files import write_json
from sim.results.folder import STUDY, Resumable, resumable_folder
from sim.results.journal import Journal
from sim.results.manifest import manifest
from sim.scenario.load import Scenario
from sim.scenario.setting import OwnNumber
from sim.studies.design import Design, NumberAxis
from sim.studies.designs.checking import remarks, told
from sim.studies.designs.making import full_grid
from sim.studies.named import subject
from sim.studies.options import Sampling
from sim.studies.points import Points
from sim.studies.prepare import Prepared, check_trajectories, prepare
from sim.studies.sweep.answer import POINTS, RESULTS, Sweep
from sim.studies.sweep.files import (
    SUMMARY,
    unique_ids,
    write_points,
    write_results,
    write_short,
    write_summary,
)
from sim.studies.sweep.found import Found, Ids, number_of
from sim.studies.sweep.identity import Which, check_same, read_which, stored_which, write_which
from sim.studies.sweep.rows import COLUMNS
from sim.studies.sweep.running import chunk_size, run_points
from sim.studies.sweep.work import Packed, Ready, Study, keep

Grid = Mapping[str, object]
"""Axis -> its values; every combination is run."""
Figures = Callable[[Path, Sweep], None]
"""Writes what is drawn of a sweep into its folder."""
Say = Callable[[str], None]
MOST_NAMED = 4
"""Axes that a title names."""
UNFINISHED, FINISHED = "an unfinished sweep", "a sweep"


def sweep(
    scenario: str | Path | Scenario | Prepared,
    design: Design | Grid,
    options: Sampling | None = None,
    by: date | None = None,
    step: str | None = None,
    out: Path | None = None,
    progress: Progress = silent,
    figures: Figures | None = None,
    executor: Executor | None = None,
    fresh: bool = False,
    say: Say | None = None,
) -> Sweep:
    """Runs every point of a design and compares each with the first.

    A point that cannot be run is a row with its error, and the others are run.

    :param scenario: a scenario; or one that is made ready with the same options, as designs need it.
    :param design: its points; or a grid: name -> values, of which every combination is a point.
    :param options: how many trajectories, worlds, …; see ``Sampling``.
    :param by: the date that figures show, the horizon if not given; it gets rows of its own.
    :param step: the step that figures show, the last if not given.
    :param out: a folder for the files, written whole or not at all. What is there of the same sweep is not run again.
    :param progress: told how many points are done, again and again.
    :param figures: writes more into the folder, before it is put in its place.
    :param executor: who runs the points; this process if not given.
    :param fresh: whether what is there of a sweep is run again.
    :param say: told what was found of an earlier sweep, and what is kept when this one is stopped.
    :raises AccessionError: bad input (exit code 2) or files that cannot be written (1).
    """
    options = Sampling() if options is None else options
    if options.overrides and isinstance(scenario, Scenario):
        raise OptionError("<overrides>: the scenario is loaded already; give them to load_scenario")
    base = (
        scenario
        if isinstance(scenario, Prepared)
        else prepare(scenario, options.worlds, options.seed, options.overrides)
    )
    design = design if isinstance(design, Design) else full_grid(design, base, COLUMNS)
    _check(design, base)
    by = None if by is None else within_horizon(by, base.model.horizon)
    dates, chosen = _dates(base.model, by), _step(base.model, step)
    points, first = Points(base), design.row(0).point
    worlds = len(points.ready(first).worlds)
    check_trajectories(options.most, worlds)
    study = Study.of(base, options.worlds, options.most, dates, first)
    made = Sweep(
        model=_told(base, design), design=design, dates=tuple(dates), by=by or base.model.horizon, step=chosen,
        trajectories=options.most, worlds=worlds, seed=base.seed, failed=0, results=Path(),
        warnings=tuple(remarks(design, base)),
    )  # fmt: skip
    which = Which.of(study, worlds, design)
    of = subject("sweep", [base.loaded], made.axes)
    with resumable_folder(out, of) if out is not None else nullcontext() as folder:
        kept = _Kept(which, folder, out or Path(), fresh)
        ids = unique_ids(row.point.id for row in design)
        _run(_Run(study, Ready(study, points), design, options.threads, executor), kept, ids, progress, say)
        made = replace(made, failed=int(np.isin(ids, kept.found.failed()).sum()))
        if folder is None:
            return replace(made, results=_in_memory(kept.found, ids))
        made = replace(made, results=folder.files / RESULTS)
        _write(folder.files, made, kept.found, ids, which)
        if figures is not None:
            figures(folder.files, made)
    assert out is not None, "without it all is in memory"
    return replace(made, results=out / RESULTS)


# --- what is asked --------------------------------------------------------------------------------------


def _check(design: Design, base: Prepared) -> None:
    """:raises OptionError: no points, or an axis that is set already or would hide a column."""
    if not len(design):
        raise OptionError("<design>: no points")
    for axis in design.axes:
        if isinstance(axis, NumberAxis) and axis.parameter in base.loaded.changed:
            raise OptionError(f"<grid> {axis.parameter}: also given by <overrides>; allowed: one of the two")
        if axis.name in COLUMNS:
            raise OptionError(
                f"<grid> {axis.name}: the table has a column of that name; rename the parameter"
            )


def _told(base: Prepared, design: Design) -> Model:
    """The model with the axes in its title and among the numbers that are the user's."""
    parameters = base.loaded.content.parameters
    names = [axis.parameter if isinstance(axis, NumberAxis) else axis.name for axis in design.axes]
    yours = [
        OwnNumber(axis.parameter, said, f"{base.loaded.name} has {parameters[axis.parameter].in_short()}")
        for axis, said in zip(design.axes, told(design), strict=True)
        if isinstance(axis, NumberAxis)
    ]
    said = (
        [*names[: MOST_NAMED - 1], f"{len(names) - MOST_NAMED + 1} more"]
        if len(names) > MOST_NAMED
        else names
    )
    title = f"{base.model.title}, with {listed(said)} varied" if names else base.model.title
    return replace(base.model, title=title, yours=(*base.model.yours, *yours))


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


# --- what is there --------------------------------------------------------------------------------------


class _Kept:
    """What an earlier sweep has left, and what this one adds to it."""

    def __init__(self, which: Which, folder: Resumable | None, target: Path, fresh: bool) -> None:
        self.found, self.journal = Found(), None
        self.cut = 0
        if folder is None:
            return
        self.journal = Journal(folder.journal)
        if fresh:
            self.journal.clear()
        else:
            self._take_in_journal(which, folder.journal / STUDY, target)
            self._take_in_result(which, folder, target)
        write_which(folder.journal / STUDY, which)

    def _take_in_journal(self, which: Which, file: Path, target: Path) -> None:
        assert self.journal is not None, "there is a folder"
        there = stored_which(file)
        if there is None:  # nothing is known of what is there
            self.journal.clear()
            return
        blocks = list(self.journal.blocks())
        if blocks:
            check_same(there, which, target, UNFINISHED)
        for block in blocks:
            self.found.add(block, again=True)

    def _take_in_result(self, which: Which, folder: Resumable, target: Path) -> None:
        if folder.old is None:
            return
        there = read_which(folder.old.content.get("sweep"))
        if there is None:
            return
        check_same(there, which, target, FINISHED)
        folder.old.check(target, RESULTS)
        self.found.add(target / RESULTS, again=True)

    def put(self, block: bytes) -> None:
        """Keeps a block of rows."""
        self.found.add(block if self.journal is None else self.journal.put(block))


# --- running --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Run:
    """What is to be run, and by whom."""

    study: Study
    ready: Ready
    design: Design
    threads: int | None
    executor: Executor | None


def _of_points(some: int, all_of_them: int) -> str:
    return f"{some:,} of {counted(all_of_them, 'point')} {'is' if all_of_them == 1 else 'are'}"


def _run(run: _Run, kept: _Kept, ids: Ids, progress: Progress, say: Say | None) -> None:
    """Runs the points that are missing."""
    missing = ids[~np.isin(ids, kept.found.ids)]
    there = len(ids) - len(missing)
    if there and say is not None:
        say(f"resuming: {_of_points(there, len(ids))} there")
    progress(there)
    if not len(missing):
        return
    packed = Packed.of(run.study)
    if run.executor is None:
        keep(packed, run.ready)
    else:
        run.ready.compile()

    def done(block: bytes, points: int) -> None:
        kept.put(block)
        progress(points)

    size = chunk_size(run.study.trajectories, len(missing), run.executor)
    wanted = set(missing.tolist())
    todo = (row.point for row in run.design if _taken(wanted, number_of(row.point.id)))
    with _stopped(kept, ids, say):
        run_points(packed, todo, size, run.executor, run.threads if run.executor is None else 1, done)


def _taken(wanted: set[int], id: int) -> bool:
    """Whether an id is among those that are wanted, from which it is taken."""
    if id not in wanted:
        return False
    wanted.remove(id)
    return True


@contextmanager
def _stopped(kept: _Kept, ids: Ids, say: Say | None) -> Iterator[None]:
    """Whoever stops the sweep is told what is kept."""

    def tell() -> None:
        if say is not None and kept.journal is not None:
            there = int(np.isin(ids, kept.found.ids).sum())
            say(f"stopped: {_of_points(there, len(ids))} kept; the same command goes on from there")

    with undone_by(tell):
        try:
            yield
        except BaseException:
            tell()
            raise


# --- files ----------------------------------------------------------------------------------------------


def _in_memory(found: Found, ids: Ids) -> object:
    import pyarrow as pa

    return pa.concat_tables(found.ordered(ids))


def _write(folder: Path, made: Sweep, found: Found, ids: Ids, which: Which) -> None:
    write_points(folder / POINTS, made.design)
    write_results(folder / RESULTS, found, ids)
    write_summary(folder / SUMMARY, made, found)
    write_short(folder, made)
    common = vars(manifest(made.model, made.seed, load_facts().digest, "montecarlo"))
    write_json(folder / "manifest.json", {
        **{name: value for name, value in common.items() if name != "keep"},
        "sweep": plain(which),
        "design": plain(made.design.record),
        "grid": plain(made.grid),
        "warnings": list(made.warnings),
        "trajectories": made.trajectories,
        "worlds": made.worlds,
        "by": made.by.isoformat(),
        "step": made.step,
    })  # fmt: skip
