"""What a verification found, in at most one screen and as plain data."""

from __future__ import annotations

from math import isfinite
from typing import Any

from sim.studies.verify import POWER, Comparison, VerifyResult, least_found

SHOWN_YEARS = (1, 5, 10, 20)
"""Dates of a screen, as positions among the year ends, besides the horizon."""
MOST_ROWS = 30


def answer(result: VerifyResult) -> dict[str, Any]:
    """The answer as plain data."""
    found = result.comparison
    return {
        "schema": 1,
        "scenario": {
            "name": result.model.name, "digest": result.model.digest, "title": result.model.title,
        },
        "seed": result.seed,
        "agrees": result.agrees,
        "exact": {"refused": result.refused} if found is None else _compared(result, found),
        "replay": {
            "trajectories": result.replayed,
            "differences": _records(result.differences),
        },
    }  # fmt: skip


def _compared(result: VerifyResult, found: Comparison) -> dict[str, Any]:
    step, day, relative = least_found(found, result.trajectories)
    sharpest = {"step": step, "date": day, "relative_error": relative, "power": POWER}
    return {
        "refused": None,
        "trajectories": result.trajectories,
        "worlds": result.worlds,
        "joint_states": found.states,
        "error_bound": found.error_bound,
        "false_alarm": found.false_alarm,
        "level": found.level,
        "finds": sharpest if isfinite(relative) else None,
        "numbers": _records(found.table),
    }


def _records(table: Any) -> list[dict[str, Any]]:
    return [
        {str(k): None if isinstance(v, float) and not isfinite(v) else v for k, v in row.items()}
        for row in table.to_dict("records")
    ]


def screen(result: VerifyResult) -> str:
    """The answer in at most one screen."""
    model = result.model
    lines = [f"{model.title} ({model.name}), from {model.start}, seed {result.seed}", ""]
    if result.comparison is None:
        lines += ["Monte Carlo beside exact: not compared.", f"  {result.refused}."]
        if "joint states" in str(result.refused):
            lines.append("  With --bound more are taken; --set can hold chains still, which leaves fewer.")
    else:
        lines += _exact_lines(result, result.comparison)
    lines += ["", f"Monte Carlo beside replay, {result.replayed} trajectories:"]
    if result.differences.empty:
        lines.append("  every bit of every column is the same.")
    for row in result.differences.itertuples():
        lines.append(f"  {row.column} differs, first in trajectory {row.trajectory}.")
    lines += ["", "Verdict: " + ("no disagreement found." if result.agrees else "THE ENGINES DISAGREE.")]
    return "\n".join(lines)


def _exact_lines(result: VerifyResult, found: Comparison) -> list[str]:
    """A table of some dates, and what the verdict rests on."""
    table = found.table
    dates = list(dict.fromkeys(table["date"]))
    shown = [day for i, day in enumerate(dates) if i + 1 in SHOWN_YEARS or i + 1 == len(dates)]
    lines = [
        f"Monte Carlo ({result.trajectories:,} trajectories, {result.worlds:,} "
        f"{'world' if result.worlds == 1 else 'worlds'}) beside exact "
        f"({found.states:,} joint states, error below {max(found.error_bound, 1e-12):.0e}):",
        f"  {'step':<14}{'date':<12}{'exact':>12}{'Monte Carlo':>14}{'z':>8}",
    ]
    chosen = table[table["date"].isin(shown) | table["disagrees"]]
    for row in _records(chosen.head(MOST_ROWS)):
        z = "" if row["z"] is None else f"{row['z']:.2f}"
        lines.append(
            f"  {row['step']:<14}{row['date']:<12}{row['exact']:>12.6f}{row['montecarlo']:>14.6f}{z:>8}"
            + ("  disagrees" if row["disagrees"] else "")
        )
    wrong = int(table["disagrees"].sum())
    step, day, relative = least_found(found, result.trajectories)
    lines += [
        f"  {len(table)} numbers compared; disagreements (p-value below {found.level:.1e}): {wrong}.",
        f"  If the engines agree, the chance that any number is marked is at most {found.false_alarm:g}.",
    ]
    if isfinite(relative):
        lines.append(
            f"  An error of {100 * relative:.2g} % in the probability of {step} by {day} "
            f"is found with a chance of {POWER:.0%} or more."
        )
    return lines
