"""A sweep in at most one screen, and as plain data."""

from __future__ import annotations

from math import isnan
from typing import Any

from sim.base.words import chance, chance_range, points_more
from sim.studies.sweep import Sweep, Values, said

MOST_ROWS = 14
"""Points that the screen shows."""


def _at(made: Sweep, point: Values) -> list[dict[str, Any]]:
    """Rows of a point at the date looked at, one for each step."""
    table = made.table
    chosen = table["date"] == made.by.isoformat()
    for name, value in point.items():
        chosen &= table[name] == value
    return [{str(k): v for k, v in row.items()} for row in table[chosen].to_dict("records")]


def _plain(value: float) -> float | None:
    return None if isnan(value) else float(value)


def answer(made: Sweep) -> dict[str, Any]:
    """The answer as plain data: every point, at the date looked at."""
    points = []
    for point in made.points:
        steps = {
            row["step"]: {
                "probability": row["probability"],
                "credible_90": None if isnan(row["low"]) else [row["low"], row["high"]],
                "mc_error": row["mc_error"],
                "difference": row["difference"],
                "difference_error": row["difference_error"],
                "variance_ratio": _plain(row["variance_ratio"]),
            }
            for row in _at(made, point)
        }
        points.append({"values": dict(point), "steps": steps})
    return {
        "schema": 1,
        "scenario": {"name": made.model.name, "digest": made.model.digest, "title": made.model.title},
        "seed": made.seed,
        "trajectories": made.trajectories,
        "worlds": made.worlds,
        "start": made.model.start.isoformat(),
        "horizon": made.model.horizon.isoformat(),
        "grid": {name: list(values) for name, values in made.grid.items()},
        "by": made.by.isoformat(),
        "points": points,
    }


def screen(made: Sweep) -> str:
    """The answer in at most one screen."""
    points = made.points
    shown = _thinned(len(points))
    others = [step for step in made.model.step_names if step != made.step]
    rows = [[*made.grid, *others, made.step, "against the first"]]
    rows += [_cells(made, points[i]) for i in shown]
    widths = [max(map(len, column)) + 2 for column in zip(*rows, strict=True)]
    interval = f"; of {made.step} with the 90 % credible interval of that probability"
    lines = [
        f"{made.model.title} ({made.model.name}), from {made.model.start}",
        f"{len(points)} points with the same luck, seed {made.seed}; "
        f"at each {made.trajectories:,} trajectories in {made.worlds:,} worlds",
        "",
        f"Probability by {made.by}{interval if made.table['low'].notna().any() else ''}:",
        *("  " + "".join(map(str.ljust, row, widths)).rstrip() for row in rows),
    ]
    if len(shown) < len(points):
        lines.append(f"  {len(shown)} of {len(points)} points are shown; sweep.csv has them all")
    return "\n".join([*lines, "", _saved(made)])


def _thinned(points: int) -> list[int]:
    """Which points fit on the screen: evenly spread, the first and the last among them."""
    if points <= MOST_ROWS:
        return list(range(points))
    return sorted({round(i * (points - 1) / (MOST_ROWS - 1)) for i in range(MOST_ROWS)})


def _cells(made: Sweep, point: Values) -> list[str]:
    rows = {row["step"]: row for row in _at(made, point)}
    chosen = rows[made.step]
    interval = "" if isnan(chosen["low"]) else f" ({chance_range(chosen['low'], chosen['high'])})"
    first, of = point == made.points[0], made.trajectories
    return [
        *(f"{value:.6g}" for value in point.values()),
        *(chance(row["probability"], of) for name, row in rows.items() if name != made.step),
        chance(chosen["probability"], of) + interval,
        "" if first else f"{points_more(chosen['difference'], chosen['difference_error'])} points",
    ]


def _saved(made: Sweep) -> str:
    """What common luck was worth, at the step and date looked at."""
    ratios = [
        row["variance_ratio"] for p in made.points[1:] for row in _at(made, p) if row["step"] == made.step
    ]
    known = sorted(ratio for ratio in ratios if not isnan(ratio))
    if not known:
        return f"Standard errors of differences are in brackets. First row: {said(made.points[0])}."
    low, high = f"{known[0]:.2g}", f"{known[-1]:.2g}"
    times = low if low == high else f"{low} to {high}"
    return f"In brackets: standard error. With separate luck its square would be {times} times as large."
