"""The verb ``sweep``: a table and figures in a folder, and at most a screen of the answer."""

from __future__ import annotations

import re
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
from sim.commands.workers import Cluster, Fresh, Processes, failures, say, workers

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
    processes: Processes = None,
    cluster: Cluster = None,
    fresh: Fresh = False,
    over: Facts = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:  # fmt: skip
    """Run a scenario at every point of a grid of parameters, with the same luck at each.

    Trajectories and worlds are those of each point.
    """
    from sim.report.screens.sweep import screen
    from sim.report.sweep_figures import write_figures
    from sim.studies.options import Sampling
    from sim.studies.sweep.study import sweep

    values = parse_grid(grid)
    warn(two_values(grid), quiet)
    changed = overrides(assignments)
    source = loaded(scenario, changed, quiet)
    points = prod(map(len, values.values()))
    options = Sampling(trajectories=trajectories, worlds=worlds, seed=seed, threads=threads)
    target = (
        out if out is not None else default_folder([scenario], {**changed, **_short(values)}, "-sweep", over)
    )
    with workers(processes, cluster) as executor, progress_bar(points, "points", quiet) as progress:
        made = sweep(
            source, values, options, by, step, target, progress, write_figures, executor, fresh, say(quiet)
        )  # fmt: skip
    warn(made.warnings, quiet)
    if as_json:
        print_json(made.answer)
    elif not quiet:
        print(screen(made))
        print(f"\nTables and figures: {target}")
    return failures(made, target)


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
    if _FACTOR_COMMAS.fullmatch(text.strip()):
        factors = re.sub(",([0-9])", r".\1", text)
        raise ValueError(f"{text!r} has decimal commas; write {factors}, with points")
    if not all(marked[:ends]) or any(marked[ends:]):
        raise ValueError("numbers and factors together, where one or the other is possible")
    return [f"x{value!r}".removesuffix(".0") for value in _numbers(text.translate(_NO_MARKS))]


_FACTOR_COMMAS = re.compile(r"[xX×][0-9]+,[0-9]+(,[xX×][0-9]+,[0-9]+)*")
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
    if (one := _one_or_two(parts)) is not None:
        whole = ",".join(f"{_number(part)!r}" for part in parts)
        raise ValueError(f"{text!r} may have decimal commas; write {one}, or {whole} for {len(parts)} values")
    return [_number(part) for part in parts]


def _decimal_commas(parts: list[str]) -> str | None:
    """The one number that ``0,01`` was meant as, or the ones of ``0,01;0,1`` and ``0,01,0,1``; ``None`` if none was.

    Two whole parts of which the second begins with 0 are no grid: nobody writes 01 for 1.
    """
    pairs = _pairs(parts)
    if any(len(after) > 1 and after.startswith("0") for _, after in pairs):
        return _joined(pairs)
    if any(";" in part for part in parts):
        joined = ",".join(parts).replace(",", ".").replace(";", ",")
        return joined
    return None


def _one_or_two(parts: list[str]) -> str | None:
    """What ``0,5`` or ``1,5,2,5`` may have been meant as: a 0 and another, or whole numbers that pair by pair alone are
    in order; ``None`` if they are plainly a list.
    """
    pairs = _pairs(parts)
    if not pairs:
        return None
    exponent = any("e" in after.lower() for _, after in pairs)
    alone = len(pairs) == 1 and pairs[0][0].lstrip("+-") == "0"
    whole, decimal = [float(part) for part in parts], [float(f"{before}.{after}") for before, after in pairs]
    jumping = whole != sorted(set(whole)) and decimal == sorted(set(decimal))
    return _joined(pairs) if exponent or alone or (jumping and len(pairs) > 1) else None


def _pairs(parts: list[str]) -> list[tuple[str, str]]:
    """The parts two by two, if each two could be one number with a decimal comma; none if they could not."""
    pairs = list(zip(parts[::2], parts[1::2], strict=len(parts) % 2 == 0))
    whole = len(parts) % 2 == 0 and all(_BEFORE.fullmatch(a) and _AFTER.fullmatch(b) for a, b in pairs)
    return [(before.strip(), after.strip()) for before, after in pairs] if whole else []


def _joined(pairs: list[tuple[str, str]]) -> str:
    return ",".join(f"{before}.{after}" for before, after in pairs)


_BEFORE = re.compile(r"\s*[+-]?[0-9]+\s*")
_AFTER = re.compile(r"[0-9]+([eE][+-]?[0-9]+)?\s*")


def two_values(options: Iterable[str]) -> list[str]:
    """A warning for each grid of two whole numbers that could be one number with a decimal comma, such as ``1,5``."""
    said = []
    for name, _, text in (option.partition("=") for option in options):
        if len(pairs := _pairs(text.split(","))) == 1:
            before, after = pairs[0]
            said.append(
                f"--grid {name}={text}: two values, {before} and {after}; one is written {before}.{after}"
            )
    return said


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
