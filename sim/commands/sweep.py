"""The verb ``sweep``: a table and figures in a folder, and at most a screen of the answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from math import isfinite, prod
from typing import Annotated

import typer

from sim.base.defaults import DEFAULT_SEED, DEFAULT_TRAJECTORIES
from sim.base.errors import ScenarioError
from sim.base.hints import number_meant
from sim.commands.complete import parameters
from sim.commands.loading import loaded, warn
from sim.commands.options import (
    Facts,
    Json,
    Out,
    Quiet,
    Scenario,
    Seed,
    Set,
    Threads,
    Trajectories,
    Worlds,
    day,
    overrides,
)
from sim.commands.places import default_folder
from sim.commands.printing import print_json
from sim.commands.progress import progress_bar

EXAMPLES = """
# three values of one number
accession sweep status-quo --grid settlement_rate=0.01,0.03,0.1
# five of one, from low to high in equal steps of the logarithm
accession sweep status-quo --grid settlement_rate=0.01:0.3:5:log
# half, once and twice what it is thought to be, its uncertainty kept
accession sweep status-quo --grid settlement_rate=x0.5,x1,x2
# every pair of two
accession sweep status-quo --grid settlement_rate=0.01,0.1 \\
                           --grid settled_rate=0.3,0.7,1.5
"""
FORMS = "NAME=A,B,C or NAME=LOW:HIGH:COUNT or NAME=LOW:HIGH:COUNT:log; or x before each number, to scale"


def sweep_command(
    scenario: Scenario,
    grid: Annotated[
        list[str],
        typer.Option(
            "--grid",
            metavar="NAME=A,B,C",
            help="Values of a parameter, or factors such as x2; or NAME=LOW:HIGH:COUNT[:log]. Can be repeated.",
            autocompletion=parameters,
        ),
    ],
    assignments: Set = None,
    trajectories: Trajectories = DEFAULT_TRAJECTORIES,
    worlds: Worlds = None,
    seed: Seed = DEFAULT_SEED,
    out: Out = None,
    threads: Threads = None,
    by: Annotated[
        date | None,
        typer.Option(
            "--by", metavar="DATE", parser=day("--by"), help="The date that is drawn.",
            show_default="the horizon",
        ),
    ] = None,
    step: Annotated[
        str | None,
        typer.Option("--step", metavar="STEP", help="The step that is drawn.", show_default="the last"),
    ] = None,
    over: Facts = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:  # fmt: skip
    """Run a scenario at every point of a grid of parameters, with the same luck at each.

    Trajectories and worlds are those of each point.
    """
    from sim.report.screens.sweep import screen
    from sim.report.sweep_figures import write_figures
    from sim.studies.options import Sampling
    from sim.studies.sweep import sweep

    values = parse_grid(grid)
    changed = overrides(assignments)
    source = loaded(scenario, changed, quiet)
    options = Sampling(trajectories=trajectories, worlds=worlds, seed=seed, threads=threads)
    target = (
        out if out is not None else default_folder([scenario], {**changed, **_short(values)}, "-sweep", over)
    )
    with progress_bar(prod(map(len, values.values())), "points", quiet) as progress:
        made = sweep(source, values, options, by, step, out=target, progress=progress, figures=write_figures)
    warn(made.warnings, quiet)
    if as_json:
        print_json(made.answer)
    elif not quiet:
        print(screen(made))
        print(f"\nTable and figures: {target}")


def _short(grid: Mapping[str, Sequence[float | str]]) -> dict[str, str]:
    """Parameter -> its values in short: ``0.01..0.1x3``, ``x0.5..x2x3``."""
    return {name: f"{_text(values[0])}..{_text(values[-1])}x{len(values)}" for name, values in grid.items()}


def _text(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"


# --- reading the grid -----------------------------------------------------------------------------------


def parse_grid(options: Iterable[str]) -> dict[str, list[float] | list[str]]:
    """``["rate=0.1,0.2", "share=x0.5:x1:2"]`` -> ``{"rate": [0.1, 0.2], "share": ["x0.5", "x1"]}``.

    :raises ScenarioError: naming every option that cannot be read or repeats a name.
    """
    grid: dict[str, list[float] | list[str]] = {}
    problems = []
    for option in options:
        name, equals, text = option.partition("=")
        name = name.strip()
        try:
            if not equals or not name:
                raise ValueError("no name and '='" if not equals else "no name before '='")
            if name in grid:
                raise ValueError(f"{name} is given twice")
            grid[name] = _values(text)
        except ValueError as problem:
            problems.append(f"--grid {option}: {problem}; allowed: {FORMS}, each name once")
    if problems:
        raise ScenarioError(problems)
    return grid


def _values(text: str) -> list[float] | list[str]:
    """Numbers; or factors, if all of them begin with x.

    :raises ValueError: saying what is wrong.
    """
    parts = [part.strip() for part in text.replace(":", ",").split(",")]
    marked = [part[:1] in ("x", "X", "×") and len(part) > 1 for part in parts]
    if not any(marked):
        return _numbers(text)
    ends = 2 if ":" in text else len(parts)
    if not all(marked[:ends]) or any(marked[ends:]):
        raise ValueError("numbers and factors together, where one or the other is possible")
    return [f"x{value!r}".removesuffix(".0") for value in _numbers(text.translate(_NO_MARKS))]


_NO_MARKS = str.maketrans("", "", "xX×")


def _numbers(text: str) -> list[float]:
    """:raises ValueError: saying what is wrong."""
    if ":" in text:
        return _spaced(text.split(":"))
    if not text.strip():
        raise ValueError("no values")
    parts = text.split(",")
    if (decimal := _decimal_commas(parts)) is not None:
        raise ValueError(f"{text!r} has decimal commas; write {decimal}, with points")
    return [_number(part) for part in parts]


def _decimal_commas(parts: list[str]) -> str | None:
    """The one number that ``0,01`` was meant as, or the ones of ``0,01;0,1`` and ``0,01,0,1``; ``None`` if none was.

    Two whole parts of which the second begins with 0 are no grid: nobody writes 01 for 1.
    """
    if len(parts) % 2 == 0 and all(_digits(part) for part in parts):
        pairs = list(zip(parts[::2], parts[1::2], strict=True))
        if any(len(after) > 1 and after.startswith("0") for _, after in pairs):
            return ",".join(f"{before.strip()}.{after.strip()}" for before, after in pairs)
    if any(";" in part for part in parts):
        joined = ",".join(parts).replace(",", ".").replace(";", ",")
        return joined
    return None


def _digits(text: str) -> bool:
    return text.strip().isascii() and text.strip().isdigit()


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        meant = number_meant(text)
        raise ValueError(f"{text.strip()!r} is not a number" + (f"; {meant}" if meant else "")) from None
    if not isfinite(value):
        raise ValueError(f"{text.strip()} is not a finite number")
    return value


def _spaced(parts: list[str]) -> list[float]:
    """Equal steps from low to high; of the logarithm with ``log``."""
    from sim.studies.grid import MOST_POINTS

    log = len(parts) == 4 and parts[3].strip() == "log"
    if len(parts) != 3 and not log:
        raise ValueError(f"{':'.join(parts)!r} is not a range")
    low, high = _number(parts[0]), _number(parts[1])
    try:
        count = int(parts[2])
    except ValueError:
        raise ValueError(f"{parts[2].strip()!r} is not a whole number") from None
    if not 2 <= count <= MOST_POINTS:
        raise ValueError(f"a range of {count} values, where 2 to {MOST_POINTS} are possible")
    if not low < high:
        raise ValueError(f"{low:g} is not below {high:g}")
    if log and low <= 0:
        raise ValueError(f"{low:g} has no logarithm")
    # ends as they were given; inner values to 12 digits, so that 0.1:0.3:3 has 0.2 in it
    inner = (
        low * (high / low) ** (i / (count - 1)) if log else low + (high - low) * i / (count - 1)
        for i in range(1, count - 1)
    )
    return [low, *(float(f"{value:.12g}") for value in inner), high]
