"""The verb ``given``: a finished run asked about futures in which something else happens."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.commands.options import Json, Quiet
from sim.commands.printing import print_json
from sim.commands.progress import progress_bar

EXAMPLES = """
# how likely the first step is with a settlement by then, and without
accession given results/status-quo "settlement=comprehensive by 2030"
# any step and date; order, not, or, brackets
accession given results/status-quo "pfp by 2035 and not map" --step membership
"""


def given_command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that a run has written.")],
    condition: Annotated[
        str,
        typer.Argument(
            metavar="CONDITION",
            help="Steps (pfp, substitute for pfp) and watched entries (settlement=comprehensive), each by, before or "
            "after a date (2030: its end by default, its beginning with before; 2030-06; 2030-06-30), or before or "
            "after another of them; joined by and, or, not, brackets.",
        ),
    ],
    step: Annotated[
        str | None,
        typer.Option(
            "--step",
            metavar="STEP",
            help="The step (or substitute, or watched entry) to tell of.",
            show_default="the first one ahead that is not in the condition",
        ),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(
            "--by", metavar="DATE", help="The date to tell of first.", show_default="ten years ahead"
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="DIR", help="Folder for the table and the figure.", show_default="none"
        ),
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Ask a finished run how likely a step is in the futures that meet a condition.

    Says it beside the other futures and all of them, and how much of the difference is the choice of worlds alone.
    Nothing is simulated: the run's trajectories are read.
    """
    from sim.report.given_figures import write_given_figure
    from sim.report.screens.given import screen
    from sim.studies.asked import asked_run
    from sim.studies.given import given

    run = asked_run(folder)
    with progress_bar(run.summary.trajectories, quiet=quiet) as progress:
        made = given(run, condition, step, by, out, progress, write_given_figure)
    if as_json:
        print_json(made)
    elif not quiet:
        print(screen(made))
        if out is not None:
            print(f"\nFiles: {out}")
