"""The verb ``levers``: what each choice is worth, alone and with others."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from sim.base.defaults import DEFAULT_SEED
from sim.commands.answering import Answering
from sim.commands.loading import loaded
from sim.commands.options import (
    By,
    Facts,
    Json,
    Out,
    Quiet,
    Scenario,
    Seed,
    Set,
    Step,
    Threads,
    Worlds,
    day,
    overrides,
    whole,
)
from sim.commands.places import default_folder
from sim.commands.progress import progress_bar

EXAMPLES = """
# what one capital is worth for the Partnership by the end of 2036
accession levers status-quo --step pfp --by 2036
# on another day, and two choices only
accession levers status-quo --on 2029-07-07 --lever ESP --lever settlement
"""


def levers_command(
    scenario: Scenario,
    names: Annotated[
        list[str] | None,
        typer.Option(
            "--lever", metavar="NAME", show_default="all of them",
            help="A voter's code, or a lever of the scenario; can be repeated, and all sets of them are tried.",
        ),
    ] = None,
    on: Annotated[
        date | None,
        typer.Option(
            "--on", metavar="DATE", parser=day("--on"), show_default="the next meeting of the first step",
            help="The day on which levers without a day of their own are pulled.",
        ),
    ] = None,
    step: Step = None,
    by: By = None,
    assignments: Set = None,
    trajectories: Annotated[
        int,
        typer.Option(
            "--trajectories", metavar="N", parser=whole("--trajectories", 1),
            help="How many futures with each set of levers.",
        ),
    ] = 20_000,
    worlds: Worlds = None,
    seed: Seed = DEFAULT_SEED,
    out: Out = None,
    threads: Threads = None,
    over: Facts = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:  # fmt: skip
    """Say what each capital's change of mind is worth, and every other lever.

    Each voter that does not recognise changes its stance on a day, alone, in pairs and together; so does what the
    scenario lists under 'levers'. Worth is a difference of probabilities with the same luck.
    """
    from sim.report.levers_figure import write_figures
    from sim.report.screens.levers import screen
    from sim.studies.levers import levers, runs_of
    from sim.studies.options import Sampling

    changed, chosen = overrides(assignments), names or []
    source = loaded(scenario, changed, quiet)
    ending = "-levers" + (f"-{'-'.join(chosen)}" if chosen else "") + (f"-{on}" if on else "")
    target = out if out is not None else default_folder([scenario], changed, ending, over)
    options = Sampling(trajectories=trajectories, worlds=worlds, seed=seed, threads=threads)
    answer = Answering(screen, as_json, quiet)
    with progress_bar(runs_of(source, chosen, on, seed), "runs", quiet) as progress:
        made = levers(
            source, options, on, step, by, chosen, out=target, progress=progress, figures=write_figures,
            answered=answer.early(progress),
        )  # fmt: skip
    answer.finish(made, f"Tables and figures: {target}")
