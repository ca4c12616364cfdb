"""The verb ``bids``: files in a folder, and the answer on the screen."""

from __future__ import annotations

from typing import Annotated

import typer

from sim.base.defaults import DEFAULT_SEED, DEFAULT_TRAJECTORIES
from sim.commands.complete import scenarios
from sim.commands.loading import loaded
from sim.commands.options import Facts, Json, Out, Quiet, Seed, Set, Threads, Trajectories, Worlds, overrides
from sim.commands.places import default_folder
from sim.commands.printing import print_json
from sim.commands.progress import progress_bar

EXAMPLES = """
# the three bids of the resolution of March 2022
accession bids status-quo european-union council-of-europe
# NATO and the European Union, if a settlement is twice as likely
accession bids status-quo european-union --set settlement_rate=x2
"""


def bids_command(
    first: Annotated[
        str, typer.Argument(metavar="FIRST", help="A bid: a scenario of its own.", autocompletion=scenarios)
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
    """Run a candidate's bids for several organisations in the same futures.

    Says how likely each is by when, which comes first, and how likely one is with and without another. Chains of one
    name are the same to the bit in all bids, or are named.
    """
    from sim.report.bids_page import PAGE, write_page
    from sim.report.screens.bids import screen
    from sim.studies.bids import bids
    from sim.studies.options import Sampling

    named = [first, *(others or [])]
    changed = overrides(assignments)
    sources = [loaded(name, changed, quiet, of=f"{name}: ") for name in named]
    target = out if out is not None else default_folder(named, changed, "-bids", facts=over)
    options = Sampling(trajectories=trajectories, worlds=worlds, seed=seed, threads=threads)
    with progress_bar(trajectories * len(named), quiet=quiet) as progress:
        made = bids(*sources, options=options, out=target, progress=progress, pages=write_page)
    if as_json:
        print_json(made)
    elif not quiet:
        print(screen(made))
        print(f"\nPage: {target / PAGE}")
