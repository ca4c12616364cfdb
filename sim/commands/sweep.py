"""The verb ``sweep``: tables, figures and a page in a folder, and at most a screen of the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.base.defaults import DEFAULT_SEED, DEFAULT_TRAJECTORIES
from sim.base.errors import OptionError
from sim.commands.designs import Design, Grid, Method, Over, Points, Table, in_short, read_axes, two_values
from sim.commands.loading import loaded, warn
from sim.commands.options import (
    By,
    Facts,
    Json,
    Out,
    Quiet,
    Scenario,
    Set,
    Step,
    Threads,
    Worlds,
    overrides,
    whole,
)
from sim.commands.places import default_folder
from sim.commands.printing import print_json
from sim.commands.progress import progress_bar
from sim.commands.workers import Cluster, Fresh, Processes, failures, say, workers

if TYPE_CHECKING:
    from sim.studies.designs.asked import Asked
    from sim.studies.designs.sweep_file import ReadSweep

EXAMPLES = """
# three values of one number
accession sweep status-quo --grid settlement_rate=0.01,0.03,0.1
# five of one, from low to high in equal steps of the logarithm
accession sweep status-quo --grid settlement_rate=0.01:0.3:5:log
# half, once and twice what it is thought to be; quantiles of its own prior
accession sweep status-quo --grid settlement_rate=x0.5,x1,x2 \\
                           --grid settled_rate=q0.05,q0.5,q0.95
# a happening on other days or never, a lever, a structural choice
accession sweep status-quo --grid settlement=comprehensive=2030-06-01,never \\
                           --grid waiver=all --grid variants=all
# 256 points drawn from all that is thought possible of two numbers
accession sweep status-quo --over settlement_rate=prior \\
                           --over settled_rate=prior --points 256
# the same asked by a file
accession sweep docs/sweep.yaml
"""
_trajectories = whole("--trajectories", 1)
_seed = whole("--seed", 0)
LONG = 1_000_000
"""Trajectories of all points from which on what will fail is told before anything runs."""


def sweep_command(
    scenario: Scenario,
    grid: Grid = None,
    over: Over = None,
    sample: Method = None,
    points: Points = None,
    table: Table = None,
    design: Design = None,
    assignments: Set = None,
    trajectories: Annotated[
        int | None,
        typer.Option(
            "--trajectories", metavar="N", parser=_trajectories, help="How many futures at each point.",
            show_default=str(DEFAULT_TRAJECTORIES),
        ),
    ] = None,
    worlds: Worlds = None,
    seed: Annotated[
        int | None,
        typer.Option(
            "--seed", metavar="S", parser=_seed, help="The same seed gives the same bytes.",
            show_default=str(DEFAULT_SEED),
        ),
    ] = None,
    out: Out = None,
    threads: Threads = None,
    by: By = None,
    step: Step = None,
    processes: Processes = None,
    cluster: Cluster = None,
    fresh: Fresh = False,
    facts: Facts = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:  # fmt: skip
    """Run a scenario at every point of a grid, a sample or a table, with the same luck at each.

    SCENARIO may be a sweep file, which names its scenario and its points. An axis is a parameter, a happening
    (settlement=comprehensive), a lever, or a structural choice. What was run before is not run again.
    """
    from sim.report.screens.sweep import screen
    from sim.report.sweep_page import PAGE, write_page
    from sim.studies.designs.checking import doubts
    from sim.studies.options import Sampling
    from sim.studies.points import Points as Points_
    from sim.studies.prepare import prepare
    from sim.studies.sweep.rows import COLUMNS
    from sim.studies.sweep.study import sweep

    file = _sweep_file(scenario, design)
    if file is not None and (grid or over or sample or points or table):
        raise OptionError(
            f"<design> {file.label}: says which points; allowed: without <grid>, <over> and <table>"
        )
    axes, ranges = read_axes("--grid", grid), read_axes("--over", over)
    warn(two_values(grid), quiet)
    changed = {**(file.settings() if file is not None else {}), **overrides(assignments)}
    wanted = _Wanted.of(file, trajectories, worlds, seed, by, step)
    name = scenario if file is None or design is not None else file.scenario()
    if name is None:
        raise OptionError(
            f"{scenario}: names no scenario; allowed: scenario: NAME in it, or SCENARIO <design> FILE"
        )
    if file is not None:
        asked, varied, ending = _of_file(file), {}, f"-{Path(file.label).stem}"
    else:
        asked, ending = _of_options(axes, ranges, sample, points, table), "-sweep"
        varied = in_short(axes, ranges, sample) if table is None else {"table": table.stem}
    source = loaded(name, changed, quiet)
    base = prepare(source, wanted.worlds, wanted.seed)
    made_of = asked.design(base, COLUMNS)
    if len(made_of) * (wanted.trajectories or DEFAULT_TRAJECTORIES) >= LONG:
        warn(doubts(made_of, Points_(base)), quiet)
    options = Sampling(
        trajectories=wanted.trajectories, worlds=wanted.worlds, seed=wanted.seed, threads=threads
    )
    target = (
        out
        if out is not None
        else default_folder([name], {**overrides(assignments), **varied}, ending, facts)
    )
    with workers(processes, cluster) as executor, progress_bar(len(made_of), "points", quiet) as progress:
        made = sweep(
            base, made_of, options, wanted.by, wanted.step, target, progress, write_page, executor, fresh, say(quiet)
        )  # fmt: skip
    warn(made.warnings, quiet)
    if as_json:
        print_json(made.answer)
    elif not quiet:
        print(screen(made))
        print(f"\nPage, tables and figures: {target / PAGE}")
    return failures(made, target)


@dataclass(frozen=True)
class _Wanted:
    """What the command line says, else the file, else nobody."""

    trajectories: int | None
    worlds: int | None
    seed: int
    by: date | None
    step: str | None

    @classmethod
    def of(
        cls, file: ReadSweep | None, trajectories: int | None, worlds: int | None, seed: int | None,
        by: date | None, step: str | None,
    ) -> _Wanted:  # fmt: skip
        said = file.content if file is not None else None
        if said is not None:
            trajectories = said.trajectories if trajectories is None else trajectories
            worlds = said.worlds if worlds is None else worlds
            seed = said.seed if seed is None else seed
            by, step = by or said.by, step or said.step
        return cls(trajectories, worlds, DEFAULT_SEED if seed is None else seed, by, step)


def _sweep_file(scenario: str, design: Path | None) -> ReadSweep | None:
    """The sweep file that is named, if any."""
    from sim.studies.designs.sweep_file import is_sweep_file, read_sweep_file

    if design is None:
        return read_sweep_file(Path(scenario)) if is_sweep_file(scenario) else None
    if is_sweep_file(scenario):
        raise OptionError(f"<design> {design}: {scenario} is a sweep file too; allowed: a scenario before it")
    return read_sweep_file(design)


def _of_file(file: ReadSweep) -> Asked:
    from sim.studies.designs.asked import by_file

    return by_file(file)


def _of_options(
    grid: Mapping[str, object],
    over: Mapping[str, object],
    sample: str | None,
    points: int | None,
    table: Path | None,
) -> Asked:
    from sim.studies.designs.asked import by_options

    return by_options(grid or None, over or None, sample, points, table)
