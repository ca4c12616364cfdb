"""The verb ``sensitivity``: what moves the answer of a scenario or of a finished run."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.base.defaults import DEFAULT_SEED
from sim.commands.answering import Answering
from sim.commands.complete import scenarios
from sim.commands.loading import loaded
from sim.commands.options import (
    Facts,
    Json,
    MostTrajectories,
    Out,
    Quiet,
    Seed,
    Set,
    Threads,
    Worlds,
    overrides,
    whole,
    year_or_day,
)
from sim.commands.places import default_folder
from sim.commands.progress import progress_bar

if TYPE_CHECKING:
    from sim.scenario.load import Scenario

EXAMPLES = """
# which assumption moves the answer of a new run
accession sensitivity status-quo
# of a run that is there, for any step and date
accession sensitivity results/status-quo --step pfp --by 2030
# shares of the variance alone, without new runs
accession sensitivity results/status-quo --no-tornado
# totals and elementary effects from new runs
accession sensitivity status-quo --totals 256 --morris 64
"""


def sensitivity_command(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SCENARIO|DIR",
            help="A built-in name, a YAML file, or a folder that a run has written.",
            autocompletion=scenarios,
        ),
    ],
    step: Annotated[
        str | None,
        typer.Option("--step", metavar="STEP", help="The step.", show_default="both answers of a report"),
    ] = None,
    by: Annotated[
        date | None,
        typer.Option(
            "--by",
            metavar="DATE",
            parser=year_or_day("--by"),
            show_default="both answers of a report",
            help="The date; a year stands for its end.",
        ),
    ] = None,
    no_tornado: Annotated[
        bool, typer.Option("--no-tornado", help="Only what the worlds of the run say, without more runs.")
    ] = False,
    totals: Annotated[
        int,
        typer.Option(
            "--totals",
            metavar="N",
            parser=whole("--totals", 0),
            show_default="none",
            help="Total indices too, from new runs of a design of N rows (128, 256, …).",
        ),
    ] = 0,
    morris: Annotated[
        int,
        typer.Option(
            "--morris",
            metavar="R",
            parser=whole("--morris", 0),
            show_default="none",
            help="Elementary effects too, from new runs of a design of R rows.",
        ),
    ] = 0,
    assignments: Set = None,
    trajectories: MostTrajectories = None,
    worlds: Worlds = None,
    seed: Seed = DEFAULT_SEED,
    out: Out = None,
    threads: Threads = None,
    over: Facts = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Say which assumption moves the answer, and how far.

    Shares of the variance over worlds come from the run itself. A tornado then fixes each number at both ends of its
    own prior and makes each structural choice otherwise, with the same luck.
    """
    from sim.report.screens.sensitivity import screen
    from sim.report.sensitivity_page import PAGE, write_page
    from sim.studies.options import Sampling
    from sim.studies.reopened import is_result
    from sim.studies.sensitivity import Wanted, simulated, what_moves

    changed = overrides(assignments)
    stored = is_result(source)
    target = out if out is not None else _folder(source, stored, changed, step, by, over)
    options = Sampling(
        trajectories=trajectories,
        worlds=worlds,
        seed=seed,
        threads=threads,
        overrides=changed if stored else {},
    )
    wanted = Wanted(step, by, not no_tornado, totals, morris)
    of: Scenario | str = source if stored else loaded(source, changed, quiet)
    answer = Answering(screen, as_json, quiet)
    with progress_bar(simulated(of, options, wanted), quiet=quiet) as progress:
        made = what_moves(
            of, options, wanted, target, progress, write_page,
            answer.early(progress),
        )  # fmt: skip
    answer.finish(made, f"Page: {target / PAGE}")


def _folder(
    source: str,
    stored: bool,
    changed: Mapping[str, object],
    step: str | None,
    by: date | None,
    over: Path | None,
) -> Path:
    """Where the files go: beside those of a run, in a folder of their own."""
    ending = "-sensitivity" + (f"-{step}" if step else "") + (f"-{by}" if by else "")
    if stored:
        folder = Path(source).resolve()
        return folder.with_name(folder.name + ending)
    return default_folder([source], changed, ending, over)
