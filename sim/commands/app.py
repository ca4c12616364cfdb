"""All verbs, by what they are for."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Annotated, Any

import typer

from sim import __version__
from sim.commands import (
    believe,
    bids,
    compare,
    fit,
    forecast,
    given,
    hindcast,
    levers,
    new,
    replay,
    report,
    run,
    schema,
    score_log,
    sensitivity,
    show,
    sweep,
    validate,
    verify,
)
from sim.commands import list as list_
from sim.commands.verb import Verb, Verbs

app = typer.Typer(
    name="accession",
    cls=Verbs,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"accession {__version__}")
        raise typer.Exit


@app.callback()
def accession(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """When, and how likely, could Kosovo enter NATO? A simulation with every ally as a voter."""


def add(purpose: str, name: str, body: Callable[..., int | None], examples: str = "") -> None:
    """Adds a verb: what it is for, its name, its function with its options, and examples for its help."""
    app.command(name, cls=Verb, epilog=examples, rich_help_panel=purpose)(body)


SCENARIOS, ASK, TEST = "Scenarios", "Ask", "How far to trust it"

add(SCENARIOS, "list", list_.list_command, list_.EXAMPLES)
add(SCENARIOS, "show", show.show_command, show.EXAMPLES)
add(SCENARIOS, "validate", validate.validate_command, validate.EXAMPLES)
add(SCENARIOS, "new", new.new_command, new.EXAMPLES)
add(SCENARIOS, "schema", schema.schema_command, schema.EXAMPLES)
add(ASK, "run", run.run_command, run.EXAMPLES)
add(ASK, "replay", replay.replay_command, replay.EXAMPLES)
add(ASK, "compare", compare.compare_command, compare.EXAMPLES)
add(ASK, "bids", bids.bids_command, bids.EXAMPLES)
add(ASK, "levers", levers.levers_command, levers.EXAMPLES)
add(ASK, "believe", believe.believe_command, believe.EXAMPLES)
add(ASK, "sensitivity", sensitivity.sensitivity_command, sensitivity.EXAMPLES)
add(ASK, "sweep", sweep.sweep_command, sweep.EXAMPLES)
add(ASK, "given", given.given_command, given.EXAMPLES)
add(ASK, "report", report.report_command, report.EXAMPLES)
add(TEST, "fit", fit.fit_command, fit.EXAMPLES)
add(TEST, "verify", verify.verify_command, verify.EXAMPLES)
add(TEST, "hindcast", hindcast.hindcast_command, hindcast.EXAMPLES)
add(TEST, "forecast", forecast.forecast_command, forecast.EXAMPLES)
add(TEST, "score-log", score_log.score_log_command, score_log.EXAMPLES)


@cache
def line() -> Any:
    """All verbs as one command, for which typer reads the signature of each; it has no public name for its type."""
    return typer.main.get_command(app)
