"""The verb ``believe``: what would have to be believed for a step to be as likely as asked."""

from __future__ import annotations

from typing import Annotated

import typer

from sim.base.defaults import DEFAULT_SEED
from sim.base.reading import one_side, read_share
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
    overrides,
    whole,
)
from sim.commands.places import default_folder
from sim.commands.progress import progress_bar

EXAMPLES = """
# what would make the Partnership by the end of 2036 as likely as not?
accession believe status-quo --step pfp --by 2036 --above 50%
# and what would make it less likely than one in twenty?
accession believe status-quo --step pfp --by 2036 --below 5%
"""


def believe_command(
    scenario: Scenario,
    above: Annotated[
        str | None,
        typer.Option("--above", metavar="P", help="At least so likely: 50% or 0.5.", show_default="none"),
    ] = None,
    below: Annotated[
        str | None,
        typer.Option("--below", metavar="P", help="At most so likely: 5% or 0.05.", show_default="none"),
    ] = None,
    step: Step = None,
    by: By = None,
    assignments: Set = None,
    trajectories: Annotated[
        int,
        typer.Option("--trajectories", metavar="N", parser=whole("--trajectories", 1),
                     help="How many futures at each point that is tried."),
    ] = 20_000,
    worlds: Worlds = None,
    seed: Seed = DEFAULT_SEED,
    out: Out = None,
    threads: Threads = None,
    over: Facts = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:  # fmt: skip
    """Say what one would have to believe for a step to be as likely as asked.

    Each parameter alone, as a quantile of its own prior; the smallest shift of all at once; and the kinds of worlds in
    which the step is as likely already.
    """
    from sim.report.belief_figures import write_figures
    from sim.report.screens.believe import screen
    from sim.studies.believe import believe, parameters_of
    from sim.studies.options import Sampling

    side, target = one_side(read_share(above, "above"), read_share(below, "below"))
    changed = overrides(assignments)
    source = loaded(scenario, changed, quiet)
    asked = f"-believe-{step or 'last'}-{by or 'horizon'}-{'above' if side else 'below'}-{target:g}"
    folder = out if out is not None else default_folder([scenario], changed, asked, over)
    options = Sampling(trajectories=trajectories, worlds=worlds, seed=seed, threads=threads)
    answer = Answering(screen, as_json, quiet)
    with progress_bar(parameters_of(source), "parameters", quiet) as progress:
        made = believe(
            source, target, side, step, by, options, folder, progress, write_figures,
            answered=answer.early(progress),
        )  # fmt: skip
    answer.finish(made, f"Tables and figures: {folder}")
