"""The command line: which verbs there are, and how a command ends."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from typing import Annotated, NoReturn

import typer

from sim import __version__
from sim.base.errors import AccessionError
from sim.commands import (
    compare,
    fit,
    forecast,
    hindcast,
    new,
    replay,
    report,
    run,
    schema,
    score_log,
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
add(ASK, "sweep", sweep.sweep_command, sweep.EXAMPLES)
add(ASK, "report", report.report_command, report.EXAMPLES)
add(TEST, "fit", fit.fit_command, fit.EXAMPLES)
add(TEST, "verify", verify.verify_command, verify.EXAMPLES)
add(TEST, "hindcast", hindcast.hindcast_command, hindcast.EXAMPLES)
add(TEST, "forecast", forecast.forecast_command, forecast.EXAMPLES)
add(TEST, "score-log", score_log.score_log_command, score_log.EXAMPLES)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Runs one command and exits: 0 done, 1 a run failed, 2 bad input, 130 interrupted, 143 ended."""
    for name in ("SIGTERM", "SIGHUP"):  # so that what is half written is removed
        if hasattr(signal, name) and signal.getsignal(getattr(signal, name)) is not signal.SIG_IGN:
            signal.signal(getattr(signal, name), _end)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever called: what is said there is not wanted
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115 (open to the end)
    sys.exit(_run(arguments))


def _end(number: int, frame: object) -> NoReturn:
    sys.exit(128 + number)


def _run(arguments: Sequence[str] | None) -> int:
    """The exit code of a command line, after everything that it says."""
    try:
        code = _call(arguments)
        sys.stdout.flush()
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except BrokenPipeError:  # the reader (such as head) has seen enough
        _nowhere()
        return 1
    except OSError as error:
        print(f"{error.filename or 'standard output'}: {error.strerror or error}", file=sys.stderr)
        _nowhere()
        return 1
    return code


def _call(arguments: Sequence[str] | None) -> int:
    """What a verb returns is the exit code; nothing is 0."""
    try:
        code = typer.main.get_command(app).main(arguments, prog_name="accession", standalone_mode=False)
    except AccessionError as error:
        print(error.on_command_line(), file=sys.stderr)
        return error.exit_code
    except SystemExit as end:
        code = end.code
    return code if isinstance(code, int) else 0 if code is None else 1


def _nowhere() -> None:
    """What is still buffered for standard output goes nowhere, for it could not be written."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
