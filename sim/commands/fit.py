"""The verb ``fit``: the fitted tables made again from the facts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sim.facts.read import load_facts
from sim.history.fits.registry import FITS, made_again, run_fits
from sim.scenario.sources import builtin_folder


def fit_command(only: Sequence[str], out: Path | None, check: bool) -> int:
    """Writes the tables into ``out``, or compares them with the built-in ones; returns the exit code."""
    facts, names = load_facts(), list(only) or list(FITS)
    if check:
        made = [made_again(name, facts, builtin_folder() / "tables") for name in names]
        for each in made:
            same = "as fitted" if each.facts_same else "changed since the fit"
            print(f"{each.name:<14} facts {same}, draws {each.draws}")
        return 0 if all(each.agrees for each in made) else 1
    folder = out if out is not None else Path("results") / "fit"
    for fit in run_fits(names, facts, folder):
        print(f"{fit.name}: {len(next(iter(fit.draws.values()))):,} draws of {', '.join(fit.draws)}")
        for name, value in fit.checks.items():
            print(f"  {name}: {value}")
    print(f"\nTables: {folder}")
    return 0
