"""The command line. Verbs import what they need when they are called, so that ``--help`` is quick."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from sim import __version__
from sim.base.defaults import DEFAULT_SEED, DEFAULT_TRAJECTORIES, DEFAULT_WORLDS
from sim.base.errors import AccessionError, ModelError

app = typer.Typer(
    name="accession",
    help="Paths to NATO membership, simulated with every ally as a voter.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Scenario = Annotated[str, typer.Argument(metavar="SCENARIO", help="A built-in name, or a YAML file.")]
Set = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Fix a parameter; can be repeated.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]


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
    """Paths to NATO membership, simulated with every ally as a voter."""


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List the built-in scenarios."""
    from sim.commands import scenarios

    scenarios.list_scenarios(as_json)


@app.command()
def show(scenario: Scenario, assignments: Set = None, as_json: Json = False) -> None:
    """Show a scenario with its parents merged, and where each number was written."""
    from sim.commands import scenarios

    scenarios.show(scenario, assignments or [], as_json)


@app.command()
def validate(
    sources: Annotated[
        list[str], typer.Argument(metavar="SCENARIO...", help="Built-in names, or YAML files.")
    ],
) -> None:
    """Check scenarios without running them."""
    from sim.commands import scenarios

    raise typer.Exit(scenarios.validate(sources))


@app.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the scenario is called.")],
    parent: Annotated[str, typer.Option("--from", metavar="SCENARIO", help="What it extends.")] = "baseline",
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where it is written.")] = Path(),
) -> None:
    """Begin a scenario that extends another one."""
    from sim.commands import scenarios

    print(scenarios.new(name, parent, out))


@app.command()
def schema() -> None:
    """Print the JSON Schema of scenario files, for editors."""
    from sim.commands import scenarios

    scenarios.schema()


Trajectories = Annotated[int, typer.Option("--trajectories", min=1, help="How many, in all.")]
Worlds = Annotated[
    int | None, typer.Option("--worlds", help="Draws of what is not known: 1000, if anything is not.")
]
Seed = Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same bytes.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Where the files go.")]
Threads = Annotated[
    int | None, typer.Option("--threads", min=1, help="Default: every processor. Does not change a result.")
]

Bound = Annotated[
    int | None, typer.Option("--bound", metavar="N", min=1, help="Joint states that the exact engine takes.")
]


@app.command()
def run(
    scenario: Scenario,
    assignments: Set = None,
    trajectories: Annotated[
        int | None,
        typer.Option(
            "--trajectories",
            min=1,
            help="How many, in all: 200,000 if not said; with --precision, at most. Not with --engine exact.",
        ),
    ] = None,
    worlds: Worlds = None,
    seed: Seed = DEFAULT_SEED,
    out: Out = None,
    threads: Threads = None,
    engine: Annotated[
        str,
        typer.Option(
            "--engine",
            metavar="NAME",
            help="montecarlo, replay (slow, for small runs), or exact (no sampling; for small models).",
        ),
    ] = "montecarlo",
    precision: Annotated[
        float | None,
        typer.Option(
            "--precision",
            metavar="E",
            help="Stop when the Monte Carlo error of every step by the horizon is E or less (0.002).",
        ),
    ] = None,
    bound: Bound = None,
    keep: Annotated[
        str, typer.Option("--keep", metavar="WHAT", help="paths, or summary (no file of trajectories).")
    ] = "paths",
    variants: Annotated[
        bool, typer.Option("--variants", help="Run it under each structural variant as well.")
    ] = False,
    tilt: Annotated[
        list[str] | None,
        typer.Option(
            "--tilt",
            metavar="NAME=RATE",
            help="For rare things: moves with this parameter at this rate a year or more, each trajectory weighed.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Run a scenario: files and a report in a folder, the answer on the screen."""
    from sim.commands.run import run_command

    run_command(
        scenario, assignments or [], trajectories, worlds, seed, out, threads, engine, as_json, keep,
        precision, bound, variants, tilt or [],
    )  # fmt: skip


@app.command()
def replay(
    scenario: Scenario,
    assignments: Set = None,
    trajectory: Annotated[int, typer.Option("--trajectory", metavar="K", help="Which future.")] = 0,
    worlds: Worlds = None,
    seed: Seed = DEFAULT_SEED,
    as_json: Json = False,
) -> None:
    """Tell one trajectory of a run as a dated story, with the cause of each thing that happens."""
    from sim.commands.replay import replay_command

    replay_command(scenario, assignments or [], seed, trajectory, worlds or DEFAULT_WORLDS, as_json)


@app.command()
def compare(
    first: Annotated[str, typer.Argument(metavar="FIRST", help="What the others are held against.")],
    others: Annotated[
        list[str] | None, typer.Argument(metavar="OTHER", help="Built-in names, or YAML files.")
    ] = None,
    assignments: Set = None,
    trajectories: Annotated[
        int, typer.Option("--trajectories", min=1, help="How many, of each scenario.")
    ] = DEFAULT_TRAJECTORIES,
    worlds: Worlds = None,
    seed: Seed = DEFAULT_SEED,
    out: Out = None,
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """Run scenarios side by side with the same luck, and say how each differs from the first."""
    from sim.commands.compare import compare_command

    compare_command(
        [first, *(others or [])], assignments or [], trajectories, worlds, seed, out, threads, as_json
    )


@app.command()
def sweep(
    scenario: Scenario,
    grid: Annotated[
        list[str],
        typer.Option("--grid", metavar="NAME=A,B,C", help="Or LOW:HIGH:COUNT[:log]; can be repeated."),
    ],
    assignments: Set = None,
    trajectories: Trajectories = DEFAULT_TRAJECTORIES,
    worlds: Worlds = None,
    seed: Seed = DEFAULT_SEED,
    out: Out = None,
    threads: Threads = None,
    by: Annotated[str | None, typer.Option("--by", metavar="DATE", help="The date that is drawn.")] = None,
    step: Annotated[str | None, typer.Option("--step", help="The step that is drawn.")] = None,
    as_json: Json = False,
) -> None:
    """Run a scenario at every point of a grid of parameters, with the same luck at each."""
    from sim.commands.sweep import sweep_command

    sweep_command(
        scenario, grid, assignments or [], trajectories, worlds, seed, out, threads, by, step, as_json
    )


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that a run has written.")],
) -> None:
    """Write the report and the figures of a finished run again."""
    from sim.commands.report import report_command

    report_command(folder)


@app.command()
def fit(
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="NAME", help="One fit; can be repeated.")
    ] = None,
    out: Out = None,
    check: Annotated[bool, typer.Option("--check", help="Compare with the built-in tables instead.")] = False,
) -> None:
    """Fit the model's numbers to the facts again, and write the tables of draws."""
    from sim.commands.fit import fit_command

    raise typer.Exit(fit_command(only or [], out, check))


@app.command()
def verify(
    scenario: Scenario,
    assignments: Set = None,
    trajectories: Trajectories = DEFAULT_TRAJECTORIES,
    worlds: Annotated[int | None, typer.Option("--worlds", min=1, help="Worlds that are compared.")] = None,
    seed: Seed = DEFAULT_SEED,
    threads: Threads = None,
    bound: Bound = None,
    as_json: Json = False,
) -> None:
    """Hold the engines against one another: Monte Carlo beside exact, and beside the replay bit by bit."""
    from sim.commands.verify import verify_command
    from sim.engines.exact import BOUND

    code = verify_command(
        scenario, assignments or [], trajectories, worlds, seed, threads,
        bound=BOUND if bound is None else bound, as_json=as_json,
    )  # fmt: skip
    raise typer.Exit(code)


@app.command()
def hindcast(
    component: Annotated[
        list[str] | None, typer.Option("--component", metavar="NAME", help="One part; can be repeated.")
    ] = None,
    cases: Annotated[
        Path | None,
        typer.Option("--cases", metavar="DIR", help="Your own cases instead: cases.csv and scenario files."),
    ] = None,
    out: Out = None,
    processes: Annotated[int, typer.Option("--processes", min=1, help="How many at once.")] = 2,
    as_json: Json = False,
) -> None:
    """Forecast the past with what was known then, and score it beside simple baselines."""
    from sim.commands.hindcast import cases_command, hindcast_command

    if cases is not None:
        if component:
            raise ModelError("--component: not allowed with --cases, which has one part")
        cases_command(cases, out, processes, as_json)
        return
    hindcast_command(component or [], out, processes, as_json)


Log = Annotated[Path, typer.Option("--log", metavar="FILE", help="A log of forecasts (CSV).")]
Today = Annotated[str | None, typer.Option("--today", metavar="DATE", help="Default: the day of the call.")]


@app.command()
def forecast(
    log: Log,
    made_on: Annotated[str | None, typer.Option("--made-on", metavar="DATE", help="Default: today.")] = None,
    trajectories: Trajectories = DEFAULT_TRAJECTORIES,
    seed: Seed = DEFAULT_SEED,
    as_json: Json = False,
) -> None:
    """Add dated forecasts that can be resolved to a log that is never rewritten."""
    from sim.commands.hindcast import forecast_command

    forecast_command(log, made_on, trajectories, seed, as_json)


@app.command("score-log")
def score_log(
    log: Annotated[Path, typer.Argument(metavar="FILE", help="A log of forecasts.")],
    outcomes: Annotated[
        Path | None, typer.Option("--outcomes", metavar="FILE", help="What happened, by id.")
    ] = None,
    today: Today = None,
    as_json: Json = False,
) -> None:
    """Score the forecasts of a log whose day has passed."""
    from sim.commands.hindcast import score_log_command

    score_log_command(log, outcomes, today, as_json)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Runs one command and exits: 0 done, 1 a run failed, 2 bad input, 130 interrupted, 143 ended."""
    signal.signal(signal.SIGTERM, _end)  # so that what is half written is removed
    sys.exit(_run(arguments))


def _end(number: int, frame: object) -> NoReturn:
    sys.exit(128 + number)


def _run(arguments: Sequence[str] | None) -> int:
    code = 0
    try:
        try:
            app(args=arguments, prog_name="accession")
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        except AccessionError as error:
            print(error.on_command_line(), file=sys.stderr)
            code = error.exit_code
        sys.stdout.flush()
    except KeyboardInterrupt:
        code = 130
    except BrokenPipeError:
        # the reader (such as head) has seen enough; what is still buffered has nowhere to go
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    return code


if __name__ == "__main__":
    main()
