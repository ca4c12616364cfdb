"""The verb ``compare``: files in a folder, and at most a screen of the answer."""

from __future__ import annotations

from typing import Annotated

import typer

from sim.base.defaults import DEFAULT_SEED, DEFAULT_TRAJECTORIES
from sim.commands.answering import Answering
from sim.commands.complete import scenarios
from sim.commands.loading import loaded
from sim.commands.options import Facts, Json, Out, Quiet, Seed, Set, Threads, Trajectories, Worlds, overrides
from sim.commands.places import default_folder
from sim.commands.progress import progress_bar

EXAMPLES = """
# what does Athens change?
accession compare status-quo athens-first
# the same twice, in one of them settlements twice as likely
accession compare status-quo status-quo:settlement_rate=x2
# several, held against the first
accession compare status-quo athens-first four-together
"""


def compare_command(
    first: Annotated[
        str,
        typer.Argument(metavar="FIRST", help="What the others are held against.", autocompletion=scenarios),
    ],
    others: Annotated[
        list[str] | None,
        typer.Argument(metavar="OTHER...", help="Built-in names, or YAML files.", autocompletion=scenarios),
    ] = None,
    assignments: Set = None,
    trajectories: Trajectories = DEFAULT_TRAJECTORIES,
    worlds: Worlds = None,
    seed: Seed = DEFAULT_SEED,
    out: Out = None,
    threads: Threads = None,
    over: Facts = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Run scenarios side by side with the same luck, and say how each differs from the first.

    Trajectories and worlds are those of each scenario.
    """
    from sim.report.comparison_figures import write_figures
    from sim.report.screens.compare import screen
    from sim.studies.compare import compare
    from sim.studies.options import Sampling

    named = [first, *(others or [])]
    changed = overrides(assignments)
    sources = [loaded(name, changed, quiet, of=f"{name}: ") for name in named]
    target = out if out is not None else default_folder(named, changed, facts=over)
    options = Sampling(trajectories=trajectories, worlds=worlds, seed=seed, threads=threads)
    answer = Answering(screen, as_json, quiet)
    with progress_bar(trajectories * len(named), quiet=quiet) as progress:
        made = compare(
            *sources, options=options, out=target, progress=progress, figures=write_figures,
            answered=answer.early(progress),
        )  # fmt: skip
    answer.finish(made, f"Tables and figures: {target}")
