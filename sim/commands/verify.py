"""The verb ``verify``: do the engines agree?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sim.base.defaults import DEFAULT_SEED, DEFAULT_TRAJECTORIES
from sim.commands.loading import loaded
from sim.commands.options import (
    BOUND,
    Bound,
    Facts,
    Json,
    Quiet,
    Scenario,
    Seed,
    Set,
    Threads,
    Trajectories,
    overrides,
    whole,
)
from sim.commands.printing import print_json
from sim.commands.progress import progress_bar

if TYPE_CHECKING:
    from sim.studies.verify import Verification

EXAMPLES = """
accession verify candidate
# more worlds, each solved exactly
accession verify candidate --worlds 50
"""


WORLDS = 20
"""That of ``sim.studies.verify``, which is slow to import."""


def verify_command(
    scenario: Scenario,
    assignments: Set = None,
    trajectories: Trajectories = DEFAULT_TRAJECTORIES,
    worlds: Annotated[
        int | None,
        typer.Option(
            "--worlds", metavar="W", parser=whole("--worlds", 1), help="Worlds that are compared.",
            show_default=str(WORLDS),
        ),
    ] = None,
    seed: Seed = DEFAULT_SEED,
    threads: Threads = None,
    bound: Bound = None,
    over: Facts = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:  # fmt: skip
    """Hold the engines against one another: Monte Carlo beside exact, and beside the replay bit by bit.

    A model that the exact engine does not take is compared with the replay alone, and the reason is told.
    Exit code 1 if the engines disagree.
    """
    from sim.studies.options import Sampling
    from sim.studies.verify import verify

    source = loaded(scenario, overrides(assignments), quiet)
    options = Sampling(trajectories=trajectories, worlds=worlds, seed=seed, threads=threads)
    with progress_bar(WORLDS if worlds is None else worlds, "worlds", quiet) as progress:
        result = verify(source, options, bound=BOUND if bound is None else bound, progress=progress)
    return tell(result, as_json, quiet)


def tell(result: Verification, as_json: bool = False, quiet: bool = False) -> int:
    """Prints what came of it, and returns the exit code: 1 if the engines disagree, else 0."""
    from sim.report.screens.verify import screen

    if as_json:
        print_json(result.answer)
    elif not quiet:
        print(screen(result))
    return 0 if result.answer.agrees else 1
