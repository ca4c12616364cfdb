"""The verb ``hindcast``: the past forecast with what was known then."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from sim.base.errors import ModelError, choice
from sim.base.records import plain
from sim.commands.complete import among
from sim.commands.options import Facts, Json, Out, Quiet, whole
from sim.commands.printing import print_json
from sim.commands.progress import progress_bar

EXAMPLES = """
# all of it, with a scorecard among the files
accession hindcast
# how long ratifications took
accession hindcast --component membership
# cases of your own: cases.csv and scenario files in a folder
accession hindcast --cases my-cases
"""


def _components() -> Iterable[str]:
    from sim.history.hindcast.components import COMPONENTS

    return COMPONENTS


def hindcast_command(
    component: Annotated[
        list[str] | None,
        typer.Option(
            "--component", metavar="NAME", help="One part; can be repeated.", show_default="all",
            autocompletion=among(_components),
        ),
    ] = None,
    cases: Annotated[
        Path | None,
        typer.Option(
            "--cases", metavar="DIR", help="Your own cases instead: cases.csv and scenario files.",
            show_default="the project's",
        ),
    ] = None,
    out: Out = None,
    processes: Annotated[
        int,
        typer.Option(
            "--processes", metavar="N", parser=whole("--processes", 1), help="How many work at once."
        ),
    ] = 2,
    over: Facts = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:  # fmt: skip
    """Forecast the past with what was known then, and score it beside simple baselines."""
    if cases is None:
        _project(component or [], out, processes, as_json, quiet)
    elif component:
        raise ModelError("--component: not allowed with --cases, which has one part")
    else:
        _own(cases, out, processes, as_json, quiet)


def _project(components: Sequence[str], out: Path | None, processes: int, as_json: bool, quiet: bool) -> None:
    """Forecasts, scores, figures and scorecard into a folder; prints the comparison with baselines."""
    from sim.facts.read import load_facts
    from sim.history.hindcast.components import COMPONENTS
    from sim.history.hindcast.forecasts import comparisons, read_forecasts, write_forecasts
    from sim.history.hindcast.run import jobs_of, run_jobs
    from sim.pages.scorecard import write_scorecard
    from sim.pages.scorecard_data import made_now
    from sim.report.screens.hindcast import flat, screen

    components = ["membership" if name == "capital" else name for name in components]  # made together
    for name in components:
        if name not in COMPONENTS:
            raise ModelError(f"--component {name!r}: {choice(name, COMPONENTS)}")
    wanted = [name for name in COMPONENTS if not components or name in components]
    folder = out if out is not None else Path("results") / "hindcast"
    made = made_now()
    jobs = jobs_of(load_facts(), wanted)
    with progress_bar(len(jobs), "jobs", quiet) as progress:
        write_forecasts(run_jobs(jobs, processes, progress), folder / "forecasts.csv")
    write_scorecard(folder, made)
    forecasts = read_forecasts(folder / "forecasts.csv")
    compared = comparisons(forecasts)
    if as_json:
        print_json({"forecasts": len(forecasts), "comparisons": [flat(c) for c in compared]})
    elif not quiet:
        print(screen(len(forecasts), compared))
        print(f"\nScorecard: {folder / 'scorecard.md'}")


def _own(folder: Path, out: Path | None, processes: int, as_json: bool, quiet: bool) -> None:
    """Forecasts the cases of a folder with what was known on their days; prints each beside what happened."""
    from sim.facts.read import load_facts
    from sim.history.hindcast.own_cases import own_jobs, told, write_own
    from sim.history.hindcast.run import run_jobs
    from sim.report.screens.hindcast import cases_screen

    target = out if out is not None else Path("results") / f"hindcast-{folder.resolve().name}"
    jobs = own_jobs(load_facts(), folder)
    with progress_bar(len(jobs), "cases", quiet) as progress:
        forecasts = run_jobs(jobs, processes, progress)
    write_own(forecasts, target)
    rows = told(forecasts)
    if as_json:
        print_json([plain(row) for row in rows])
    elif not quiet:
        print(cases_screen(rows))
        print(f"Forecasts and scores: {target / 'forecasts.csv'}, {target / 'scores.csv'}")
