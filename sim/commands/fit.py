"""The verb ``fit``: the fitted tables made again from the facts."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.base.errors import AccessionError, choice
from sim.base.terminal import folded
from sim.commands.complete import among
from sim.commands.options import Facts, Out, Quiet

if TYPE_CHECKING:
    from sim.history.fits.fitted import Fit
    from sim.history.fits.registry import MadeAgain

EXAMPLES = """
# do the facts still give the built-in tables?
accession fit --check
# one fit, into a folder of its own
accession fit --only settlement --out fitted
"""


def _names() -> Iterable[str]:
    from sim.history.fits.registry import FITS

    return FITS


def fit_command(
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only", metavar="NAME", help="One fit; can be repeated.", show_default="all",
            autocompletion=among(_names),
        ),
    ] = None,
    out: Out = None,
    check: Annotated[
        bool,
        typer.Option("--check", help="Compare with the built-in tables instead; exit code 1 if they differ."),
    ] = False,
    over: Facts = None,
    quiet: Quiet = False,
) -> int:  # fmt: skip
    """Fit the model's numbers to the facts again, and write the tables of draws."""
    from sim.facts.read import load_facts
    from sim.history.fits.registry import FITS, made_again, run_fits
    from sim.scenario.sources import builtin_folder

    for name in only or ():
        if name not in FITS:
            raise AccessionError(f"--only {name!r}: {choice(name, FITS)}")
    facts, names = load_facts(), only or list(FITS)
    if check:
        made = [made_again(name, facts, builtin_folder() / "tables") for name in names]
        if not quiet:
            _tell_check(made)
        return 0 if all(each.agrees for each in made) else 1
    folder = out if out is not None else Path("results") / "fit"
    for fit in run_fits(names, facts, folder):
        if not quiet:
            _tell_fit(fit)
    if not quiet:
        print(f"\nTables: {folder}")
    return 0


def _tell_check(made: Iterable[MadeAgain]) -> None:
    for each in made:
        same = "as fitted" if each.facts_same else "changed since the fit"
        print(f"{each.name:<14} facts {same}, draws {each.draws}")


def _tell_fit(fit: Fit) -> None:
    draws = len(next(iter(fit.draws.values())))
    print(folded(f"{fit.name}: {draws:,} draws of {', '.join(fit.draws)}", indent="  "))
    for name, value in fit.checks.items():
        print(folded(f"  {name}: {value}", indent=" " * 4))
