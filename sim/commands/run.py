"""The verb ``run``: files in a folder, and the answer on one screen."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from sim.base.defaults import DEFAULT_SEED, DEFAULT_WORLDS
from sim.commands.complete import among
from sim.commands.loading import loaded
from sim.commands.options import (
    Bound,
    Facts,
    Json,
    MostTrajectories,
    Out,
    Quiet,
    Scenario,
    Seed,
    Set,
    Threads,
    Worlds,
    number,
    overrides,
)
from sim.commands.places import default_folder
from sim.commands.printing import print_json
from sim.commands.progress import answer_first, progress_bar

EXAMPLES = """
# files and a report in results/status-quo
accession run status-quo
# one number changed, in a folder of its own
accession run status-quo --set settlement_rate=0.1 --out often
# how far the answer moves with the form of the model
accession run status-quo --variants
# as many futures as that Monte Carlo error takes
accession run status-quo --precision 0.01
"""


def _engines() -> Iterable[str]:
    from sim.studies.options import ENGINES

    return ENGINES


def _keep() -> Iterable[str]:
    from sim.studies.options import KEEP

    return KEEP


Engine = Annotated[
    str,
    typer.Option(
        "--engine",
        metavar="NAME",
        help="montecarlo, replay (slow, for small runs), or exact (no sampling; for small models).",
        autocompletion=among(_engines),
    ),
]
Precision = Annotated[
    float | None,
    typer.Option(
        "--precision",
        metavar="E",
        parser=number("--precision", "a Monte Carlo error as a probability, such as 0.002"),
        help="Stop when the Monte Carlo error of every step by the horizon is E or less, such as 0.002.",
        show_default="simulate all trajectories",
    ),
]
Keep = Annotated[
    str,
    typer.Option(
        "--keep",
        metavar="WHAT",
        help="paths, or summary (no file of trajectories).",
        autocompletion=among(_keep),
    ),
]
Variants = Annotated[bool, typer.Option("--variants", help="Run it under each structural variant as well.")]
Tilt = Annotated[
    list[str] | None,
    typer.Option(
        "--tilt",
        metavar="NAME=RATE",
        help="For rare things: simulate moves with this parameter at this rate a year or more, and weigh each "
        "trajectory; can be repeated.",
        show_default="none",
    ),
]
NoReport = Annotated[bool, typer.Option("--no-report", help="Write no report and no figures.")]


def run_command(
    scenario: Scenario,
    assignments: Set = None,
    trajectories: MostTrajectories = None,
    worlds: Worlds = None,
    seed: Seed = DEFAULT_SEED,
    out: Out = None,
    threads: Threads = None,
    engine: Engine = "montecarlo",
    precision: Precision = None,
    bound: Bound = None,
    keep: Keep = "paths",
    variants: Variants = False,
    tilt: Tilt = None,
    no_report: NoReport = False,
    over: Facts = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Run a scenario: files and a report in a folder, the answer on the screen."""
    from sim.report.screens.run import moved, screen
    from sim.studies.options import Options
    from sim.studies.run import run

    changed = overrides(assignments)
    source = loaded(scenario, changed, quiet)
    target = out if out is not None else default_folder([scenario], changed, facts=over)
    options = Options(
        trajectories=trajectories, worlds=worlds, seed=seed, threads=threads,
        engine=engine, keep=keep, precision=precision, bound=bound, variants=variants, tilt=tuple(tilt or ()),
    )  # fmt: skip
    if engine == "exact":
        bar = progress_bar(DEFAULT_WORLDS if worlds is None else worlds, "worlds", quiet)
    else:
        bar = progress_bar(options.most + (_under_variants(options.most) if variants else 0), quiet=quiet)
    first = answer_first(quiet, as_json)
    with bar as progress:
        result = run(
            source, options, target, progress, None if no_report else _write_report,
            (lambda summary: progress.say(screen(summary))) if first else None,
        )  # fmt: skip
    if as_json:
        print_json(result.summary)
    elif not quiet:
        if not first:
            print(screen(result.summary))
        if result.variants is not None:
            print(f"\n{moved(result.variants)}")
        print(f"\nFiles: {target}" if no_report else f"\nReport: {target / 'report.html'}")


def _under_variants(trajectories: int) -> int:
    """Trajectories that structural variants take besides those of the run."""
    from sim.studies.variants import most_simulated

    return most_simulated(trajectories)


def _write_report(folder: Path) -> None:
    """The page and its figures; what draws them is loaded when the answer is on the screen."""
    from sim.report.page import write_report

    write_report(folder)
