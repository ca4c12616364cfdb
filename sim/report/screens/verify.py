"""What a verification found, in at most one screen."""

from __future__ import annotations

from sim.base.words import counted, number
from sim.report.screens.wrapping import joined, tables, wrapped
from sim.studies.verify import BesideExact, ComparedNumber, NotTaken, Verification

SHOWN_YEARS = (1, 5, 10, 20)
"""Dates of a screen, as positions among the year ends, besides the horizon."""
MOST_ROWS = 30


def screen(made: Verification) -> str:
    """The answer in at most one screen."""
    model, answer = made.model, made.answer
    lines = [*wrapped(f"{model.title} ({model.name}), from {model.start}, seed {answer.seed}"), ""]
    lines += _not_taken(answer.exact) if isinstance(answer.exact, NotTaken) else _beside(answer.exact)
    lines += ["", f"Monte Carlo beside replay, {answer.replay.trajectories} trajectories:"]
    for differing in answer.replay.differences:
        lines.append(f"  {differing.column} differs, first in trajectory {differing.trajectory}.")
    if not answer.replay.differences:
        lines.append("  every bit of every column is the same.")
    lines += ["", "Verdict: " + ("no disagreement found." if answer.agrees else "THE ENGINES DISAGREE.")]
    return "\n".join(lines)


def _not_taken(found: NotTaken) -> list[str]:
    lines = ["Monte Carlo beside exact: not compared.", *wrapped(f"{found.refused}.", "  ")]
    if "joint states" in found.refused:
        lines += wrapped(
            "With --bound more are taken; --set can hold chains still, which leaves fewer.", "  "
        )
    return lines


def _beside(found: BesideExact) -> list[str]:
    """A table of some dates, and what the verdict rests on."""
    dates = list(dict.fromkeys(n.date for n in found.numbers))
    shown = [day for i, day in enumerate(dates) if i + 1 in SHOWN_YEARS or i + 1 == len(dates)]
    chosen = [n for n in found.numbers if n.date in shown or n.disagrees]
    heading = ["step", "date", "exact", "Monte Carlo", "z", ""]
    rows = [heading, *(_row(n) for n in chosen[:MOST_ROWS])]
    wrong = sum(n.disagrees for n in found.numbers)
    lines = [
        *wrapped(
            f"Monte Carlo ({found.trajectories:,} trajectories, {found.worlds:,} "
            f"{'world' if found.worlds == 1 else 'worlds'}) beside exact "
            f"({found.joint_states:,} joint states, error below {max(found.error_bound, 1e-12):.0e}):"
        ),
        *(f"  {line}" for line in joined(tables(rows, keys=2, right={2, 3, 4}))),
        f"  {counted(len(found.numbers), 'number')} compared; disagreements "
        f"(p-value below {found.level:.1e}): {wrong}.",
        *wrapped(
            f"If the engines agree, the chance that any number is marked is at most {found.false_alarm:g}.",
            "  ",
        ),
    ]
    if found.finds is not None:
        best = found.finds
        lines += wrapped(
            f"An error of {number(100 * best.relative_error)} % in the probability of {best.step} by "
            f"{best.date} is found with a chance of {100 * best.power:.0f} % or more.",
            "  ",
        )
    return lines


def _row(n: ComparedNumber) -> list[str]:
    z = "" if n.z is None else f"{n.z:.2f}"
    return [
        n.step, n.date.isoformat(), f"{n.exact:.6f}", f"{n.montecarlo:.6f}", z,
        "disagrees" if n.disagrees else "",
    ]  # fmt: skip
