"""Who runs the points of a sweep, what is told of it on standard error, and what is told of points that failed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.base.errors import OptionError
from sim.base.words import counted
from sim.commands.options import whole

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from sim.studies.sweep.answer import Sweep

MOST_FAILURES = 10
"""Points that failed and are told on the screen."""

Processes = Annotated[
    int | None,
    typer.Option(
        "--processes",
        metavar="N",
        parser=whole("--processes", 1),
        help="Share the points among N processes of one thread each; does not change a result.",
        show_default="this process, with --threads",
    ),
]
Cluster = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        metavar="WHERE",
        help="Share the points among Dask workers: local:4, or a scheduler's address (docs/cluster.md).",
        show_default="none",
    ),
]
Fresh = Annotated[
    bool, typer.Option("--fresh", help="Begin anew, where an earlier or unfinished sweep is in the folder.")
]


def workers(number: int | None, where: str | None) -> AbstractContextManager[Executor | None]:
    """The executor that is wanted; None for this process.

    :raises OptionError: both kinds at once.
    """
    from sim.studies.sweep.executors import cluster, processes

    if number is not None and where is not None:
        raise OptionError("<processes>: not allowed together with <cluster>")
    if number is not None:
        return processes(number)
    return nullcontext() if where is None else cluster(where)


def say(quiet: bool) -> Callable[[str], None] | None:
    """Tells on standard error; nothing, if nothing but errors is wanted."""
    return None if quiet else lambda text: print(text, file=sys.stderr, flush=True)


def failures(made: Sweep, folder: Path) -> int:
    """Tells of the points that failed; the exit code: 1 if there are any."""
    if not made.failed:
        return 0
    lines = [
        f"{made.failed:,} of {counted(len(made.design), 'point')} failed ({folder / 'failures.csv'} has all of them):"
    ]
    errors = dict(made.failures(MOST_FAILURES))
    for row in made.design:
        if row.point.id in errors:
            cells = ", ".join(f"{name}={cell}" for name, cell in zip(made.axes, row.cells, strict=True))
            lines.append(f"  {cells}: {errors.pop(row.point.id)}")
        if not errors:
            break
    print("\n".join(lines), file=sys.stderr)
    return 1
