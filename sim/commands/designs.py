"""Which points a sweep is asked for: options read as far as their form goes, or a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.base.errors import ScenarioError
from sim.commands.complete import parameters
from sim.commands.options import whole

if TYPE_CHECKING:
    from sim.studies.designs.values import Given

GRID_FORMS = (
    "NAME=A,B,C or NAME=LOW:HIGH:COUNT or NAME=LOW:HIGH:COUNT:log; or x before each number, to scale, or q, for "
    "quantiles"
)
OVER_FORMS = (
    "NAME=LOW..HIGH or NAME=LOW..HIGH:log; or x before each end, to scale, or q, for quantiles; or NAME=prior or "
    "NAME=A,B,C"
)
METHODS = ("sobol", "lhs", "morris")

Grid = Annotated[
    list[str] | None,
    typer.Option(
        "--grid",
        metavar="NAME=A,B,C",
        help="Values of an axis, every one with every one of other axes; or NAME=LOW:HIGH:COUNT[:log].",
        show_default="none",
        autocompletion=parameters,
    ),
]
Over = Annotated[
    list[str] | None,
    typer.Option(
        "--over",
        metavar="NAME=RANGE",
        help="An axis to draw points from: LOW..HIGH[:log], x0.5..x2, q0.05..q0.95, prior; or A,B,C.",
        show_default="none",
        autocompletion=parameters,
    ),
]
Method = Annotated[
    str | None,
    typer.Option(
        "--sample",
        metavar="METHOD",
        help="How points are drawn: sobol, lhs or morris.",
        show_default="sobol, with --over",
        autocompletion=lambda incomplete: [name for name in METHODS if name.startswith(incomplete)],
    ),
]
Points = Annotated[
    int | None,
    typer.Option(
        "--points",
        metavar="N",
        parser=whole("--points", 1),
        help="How many points are drawn, each with every point of the grid.",
        show_default="128, with --over",
    ),
]
Table = Annotated[
    Path | None,
    typer.Option("--table", metavar="FILE", help="Points of your own: a CSV with a column for each axis.",
                 show_default="none"),
]  # fmt: skip
Design = Annotated[
    Path | None,
    typer.Option("--design", metavar="FILE", help="A sweep file (YAML), here for another scenario than its own.",
                 show_default="none"),
]  # fmt: skip


def read_axes(option: str, texts: Iterable[str] | None) -> dict[str, Given]:
    """``["rate=0.1,0.2", "settlement=comprehensive=2028-06-01,never"]`` -> name -> values or range.

    :raises ScenarioError: naming every option that cannot be read or repeats a name.
    """
    from sim.scenario.setting import Unreadable
    from sim.studies.designs.values import FORMS, RANGES, read_text

    found: dict[str, Given] = {}
    problems = []
    typed = OVER_FORMS if option == "--over" else GRID_FORMS
    for text in texts or ():
        name, equals, values = text.rpartition("=")
        name = name.strip()
        try:
            if not equals or not name:
                raise Unreadable("no name and '='" if not equals else "no name before '='", typed)
            if name in found:
                raise Unreadable(f"{name} is given twice", "each name once")
            found[name] = read_text(values)
        except Unreadable as error:
            allowed = typed if error.allowed in (FORMS, RANGES) else error.allowed
            problems.append(f"{option} {text}: {error.problem}; allowed: {allowed}")
    if problems:
        raise ScenarioError(problems)
    return found


def two_values(texts: Iterable[str] | None) -> list[str]:
    """A warning for each grid of two whole numbers that could be one number with a decimal comma, such as ``1,5``."""
    from sim.studies.designs.values import pairs_of

    said = []
    for name, _, text in (option.partition("=") for option in texts or ()):
        if len(pairs := pairs_of(text.split(","))) == 1:
            before, after = pairs[0]
            said.append(
                f"--grid {name}={text}: two values, {before} and {after}; one is written {before}.{after}"
            )
    return said


def in_short(grid: Mapping[str, Given], over: Mapping[str, Given], method: str | None) -> dict[str, str]:
    """What is varied, for the name of a folder; more points of one sample go into one folder.

    ``{"rate": "0.01..0.1x3"}``, ``{"rate": "prior", "sample": "sobol"}``
    """
    from sim.studies.designs.values import Span, said

    found: dict[str, str] = {}
    for name, given in {**grid, **over}.items():
        if isinstance(given, Span):
            found[name] = given.said()
        else:
            first, last = (said(given.key, given.cells[at]) for at in (0, -1))
            found[name] = f"{first}..{last}x{len(given.cells)}"
    return {**found, "sample": method or "sobol"} if over else found
