"""The verb ``score-log``: forecasts of a log beside what happened."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.base.errors import AccessionError
from sim.base.records import plain
from sim.base.terminal import folded
from sim.commands.options import Json, day
from sim.commands.printing import print_json

if TYPE_CHECKING:
    from sim.history.forecast_log import LogScore

EXAMPLES = """
accession score-log my-log.csv --outcomes happened.csv
"""


def score_log_command(
    log: Annotated[Path, typer.Argument(metavar="FILE", help="A log of forecasts.")],
    outcomes: Annotated[
        Path | None,
        typer.Option(
            "--outcomes", metavar="FILE", help="What happened, by id (CSV).", show_default="nothing known"
        ),
    ] = None,
    today: Annotated[
        date | None,
        typer.Option(
            "--today", metavar="DATE", parser=day("--today"), help="The day of the scores.",
            show_default="the day of the call",
        ),
    ] = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Score the forecasts of a log whose day has passed."""
    from sim.history.forecast_log import read_log, read_outcomes, score_log

    for file in (log, outcomes):
        if file is not None and not file.is_file():
            what = (
                "is a folder"
                if file.is_dir()
                else "is not a regular file"
                if file.exists()
                else "no such file"
            )
            raise AccessionError(f"{file}: {what}; allowed: a file that there is")
    known = read_outcomes(outcomes) if outcomes else {}
    found = score_log(read_log(log), known, today or date.today())
    if as_json:
        print_json(plain(found))
    else:
        print(_screen(found))


def _screen(found: LogScore) -> str:
    closed = f"{len(found.closed)} closed, " if found.closed else ""
    lines = [f"{found.forecasts} forecasts, {closed}{found.due} due, {found.scored} scored"]
    for row in found.rows:
        said = "happened" if row.happened else "did not happen"
        lines.append(f"  {row.id}: {row.probability:.3f}, {said}; Brier {row.brier:.4f}")
    if found.scored:
        mean = found.mean
        lines.append(f"Mean Brier {mean.brier:.4f}; nothing changes: {mean.brier_nothing_changes:.4f}")
        lines.append(f"Mean log loss {mean.log:.4f}; nothing changes: {mean.log_nothing_changes:.4f}")
    lines += [
        folded(f"  closed {each.closed_on}, not scored: {each.id} ({each.why})", indent=" " * 4)
        for each in found.closed
    ]
    lines += [f"  due, and no outcome given: {name}" for name in found.due_without_outcome]
    return "\n".join(lines)
