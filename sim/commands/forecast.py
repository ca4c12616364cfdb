"""The verb ``forecast``: dated forecasts, added to a log."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from sim.base.defaults import DEFAULT_SEED, DEFAULT_TRAJECTORIES
from sim.base.errors import AccessionError
from sim.base.records import plain
from sim.base.terminal import folded
from sim.commands.complete import scenarios
from sim.commands.options import Facts, Json, Quiet, Seed, Trajectories, day, number
from sim.commands.printing import print_json

EXAMPLES = """
# the project's own questions
accession forecast --log my-log.csv
# a question of one's own, answered by a scenario
accession forecast --log my-log.csv --scenario athens-first \\
    --entry map --by 2031-12-31 --question "Will there be a MAP by 2031?"
# a question that does not say what was forecast: closed, and not scored
accession forecast --log my-log.csv --close 2026-12-01-pfp-2028-07-31 \\
    --why "It counted a substitute."
# the same, with a probability that somebody states
accession forecast --log my-log.csv --entry map --by 2031-12-31 \\
    --question "Will there be a MAP by 2031?" --probability 0.1 --who crowd
"""


def forecast_command(
    log: Annotated[
        Path,
        typer.Option(
            "--log", metavar="FILE", help="A log of forecasts (CSV), begun if it is not there; FILE.end beside it."
        ),
    ],
    made_on: Annotated[
        date | None,
        typer.Option(
            "--made-on", metavar="DATE", parser=day("--made-on"), help="The day that the forecasts carry.",
            show_default="today",
        ),
    ] = None,
    question: Annotated[
        str | None,
        typer.Option("--question", metavar="TEXT", help="A question of your own, in words.",
                     show_default="the project's own questions"),
    ] = None,
    entry: Annotated[
        str | None,
        typer.Option(
            "--entry", metavar="ENTRY", show_default="none",
            help="Its step, or a watched entry such as settlement=comprehensive.",
        ),
    ] = None,
    by: Annotated[
        date | None,
        typer.Option(
            "--by", metavar="DATE", parser=day("--by"), show_default="none",
            help="The last day on which it can come true.",
        ),
    ] = None,
    scenario: Annotated[
        str,
        typer.Option("--scenario", metavar="SCENARIO", help="What answers it.", autocompletion=scenarios),
    ] = "status-quo",
    probability: Annotated[
        float | None,
        typer.Option("--probability", metavar="P", parser=number("--probability", "0.001 to 0.999"),
                     help="A stated probability in place of a scenario's.", show_default="the scenario's"),
    ] = None,
    who: Annotated[
        str, typer.Option("--who", metavar="NAME", help="Whose probability it is.")
    ] = "own",
    close: Annotated[
        list[str] | None,
        typer.Option("--close", metavar="ID", show_default="none",
                     help="Close a forecast before its day; repeatable. It is kept, and not scored."),
    ] = None,
    why: Annotated[
        str | None, typer.Option("--why", metavar="TEXT", help="Why it is closed.", show_default="none")
    ] = None,
    trajectories: Trajectories = DEFAULT_TRAJECTORIES,
    seed: Seed = DEFAULT_SEED,
    over: Facts = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:  # fmt: skip
    """Add dated forecasts that can be resolved to a log that is never rewritten."""
    from sim.history.forecast_log import append, forecasts, read_log
    from sim.history.log_end import end_of
    from sim.history.own_questions import asked_of_model, stated

    if log.exists():  # before anything is simulated
        read_log(log)
    today = made_on or date.today()
    if close or why is not None:
        _close(log, close or [], why, today, question or entry or by or probability, as_json, quiet)
        return
    own = {"--question": question, "--entry": entry, "--by": by}
    if missing := [name for name, given in own.items() if given is None]:
        if len(missing) < len(own) or probability is not None:
            raise AccessionError(
                f"{missing[0]} is missing; allowed: --question, --entry and --by together, or none"
            )
        rows = forecasts(today, trajectories=trajectories, seed=seed)
    elif probability is not None:
        rows = [stated(str(question), str(entry), _day(by), today, probability, who)]
    else:
        asked = [asked_of_model(str(question), str(entry), _day(by), today, scenario)]
        rows = forecasts(today, trajectories=trajectories, seed=seed, asked=asked)
    append(log, rows)
    if as_json:
        print_json(plain({"added": rows}))
    elif not quiet:
        for row in rows:
            band = f" (90 %: {row.low} to {row.high})" if row.low else f" ({row.scenario})"
            print(f"{row.id}: {row.probability}{band}")
            print(folded(f"    {row.question}", indent=" " * 4))
        print(f"\nAdded {len(rows)} forecast{'' if len(rows) == 1 else 's'} to {log}")
        if end_of(log).exists():
            print(f"{end_of(log).name} beside it says where it ends: keep the two together")


def _close(
    log: Path, ids: list[str], why: str | None, on: date, asked: object, as_json: bool, quiet: bool
) -> None:
    from sim.history.closing import close

    if not ids or why is None:
        missing = "--why" if ids else "--close"
        raise AccessionError(f"{missing} is missing; allowed: --close and --why together, or neither")
    if asked is not None:
        raise AccessionError("--close: not allowed together with a question; allowed: one of the two")
    if not log.is_file():
        raise AccessionError(f"{log}: no such file; allowed: a file that there is")
    rows = close(log, ids, why, on)
    if as_json:
        print_json(plain({"added": rows}))
    elif not quiet:
        print(f"Closed {len(rows)} forecast{'' if len(rows) == 1 else 's'} of {log}")


def _day(by: date | None) -> date:
    assert by is not None, "asked for above"
    return by
