"""The verb ``given``: a finished run asked about futures in which something else happens."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.base.errors import OptionError
from sim.commands.options import Json, Quiet
from sim.commands.printing import print_json
from sim.commands.progress import Progress, progress_bar

if TYPE_CHECKING:
    from sim.studies.asked import AskedRun

EXAMPLES = """
# how likely the first step is with a settlement by then, and without
accession given results/status-quo "settlement=comprehensive by 2030"
# any step and date; order, not, or, brackets
accession given results/status-quo "pfp by 2035 and not map" --step membership
# looking back: what had happened, in what order, by when
accession given results/status-quo "membership by 2045" --before
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
    before: Annotated[
        bool,
        typer.Option("--before", help="Look back: what had come about before the condition was met."),
    ] = False,
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
    from sim.studies.asked import asked_run

    run = asked_run(folder)
    with progress_bar(run.summary.trajectories, quiet=quiet) as progress:
        if before:
            for name, given in (("step", step), ("by", by)):
                if given is not None:
                    raise OptionError(f"<{name}>: not allowed together with <before>")
            made, text = _looked_back(run, condition, out, progress)
        else:
            made, text = _asked(run, condition, step, by, out, progress)
    if as_json:
        print_json(made)
    elif not quiet:
        print(text)
        if out is not None:
            print(f"\nFiles: {out}")


def _asked(
    run: AskedRun, condition: str, step: str | None, by: str | None, out: Path | None, progress: Progress
) -> tuple[object, str]:
    """The answer, and as a screen."""
    from sim.report.given_figures import write_given_figure
    from sim.report.screens.given import screen
    from sim.studies.given import given

    made = given(run, condition, step, by, out, progress, write_given_figure)
    return made, screen(made)


def _looked_back(run: AskedRun, condition: str, out: Path | None, progress: Progress) -> tuple[object, str]:
    """The answer, and as a screen."""
    from sim.report.before_figure import write_before_figure
    from sim.report.screens.before import screen
    from sim.studies.before import before

    made = before(run, condition, out, progress, write_before_figure)
    return made, screen(made)
