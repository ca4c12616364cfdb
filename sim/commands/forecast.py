"""The verb ``forecast``: dated forecasts, added to a log."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from sim.base.defaults import DEFAULT_SEED, DEFAULT_TRAJECTORIES
from sim.base.records import plain
from sim.base.terminal import folded
from sim.commands.options import Json, Quiet, Seed, Trajectories, day
from sim.commands.printing import print_json

EXAMPLES = """
accession forecast --log my-log.csv
"""


def forecast_command(
    log: Annotated[
        Path,
        typer.Option("--log", metavar="FILE", help="A log of forecasts (CSV); begun if it is not there."),
    ],
    made_on: Annotated[
        date | None,
        typer.Option(
            "--made-on", metavar="DATE", parser=day("--made-on"), help="The day that the forecasts carry.",
            show_default="today",
        ),
    ] = None,
    trajectories: Trajectories = DEFAULT_TRAJECTORIES,
    seed: Seed = DEFAULT_SEED,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:  # fmt: skip
    """Add dated forecasts that can be resolved to a log that is never rewritten."""
    from sim.history.forecast_log import append, forecasts

    rows = forecasts(made_on or date.today(), trajectories=trajectories, seed=seed)
    append(log, rows)
    if as_json:
        print_json(plain({"added": rows}))
    elif not quiet:
        for row in rows:
            print(f"{row.id}: {row.probability} (90 %: {row.low} to {row.high})")
            print(folded(f"    {row.question}", indent=" " * 4))
        print(f"\nAdded {len(rows)} forecasts to {log}")
