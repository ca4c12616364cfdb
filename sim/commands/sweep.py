"""The verb ``sweep``: a table and figures in a folder, and at most a screen of the answer."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date
from math import isfinite, isnan, prod
from pathlib import Path
from typing import Any

from sim.base.defaults import DEFAULT_SEED, DEFAULT_TRAJECTORIES
from sim.base.errors import ScenarioError
from sim.base.words import chance, chance_range, points_more
from sim.commands.run import progress_bar
from sim.commands.scenarios import overrides
from sim.studies.sweep import MOST_POINTS, Sweep, Values, run_sweep, said

EXAMPLE = "NAME=A,B,C or NAME=LOW:HIGH:COUNT or NAME=LOW:HIGH:COUNT:log"
MOST_ROWS = 14
"""Points that the screen shows."""


def sweep_command(
    scenario: str,
    grid: Sequence[str],
    assignments: Sequence[str] = (),
    trajectories: int = DEFAULT_TRAJECTORIES,
    worlds: int | None = None,
    seed: int = DEFAULT_SEED,
    out: Path | None = None,
    threads: int | None = None,
    by: str | None = None,
    step: str | None = None,
    as_json: bool = False,
) -> None:
    """Runs every point of a grid, writes the files, prints the answer.

    :raises AccessionError: bad input (exit code 2) or files that cannot be written (1).
    """
    values, day, fixed = parse_grid(grid), _day(by), overrides(assignments)
    target = out if out is not None else Path("results") / f"{Path(scenario).stem}-sweep"
    with progress_bar(prod(map(len, values.values())), "points") as progress:
        made = run_sweep(
            scenario, values, trajectories, worlds, seed, fixed, threads, day, step, target, progress
        )
    if as_json:
        print(json.dumps(answer(made), indent=1, ensure_ascii=False, allow_nan=False))
    else:
        print(screen(made))
        print(f"\nTable and figures: {target}")


# --- reading the options --------------------------------------------------------------------------------


def parse_grid(options: Iterable[str]) -> dict[str, list[float]]:
    """``["rate=0.1,0.2", "share=0:1:3"]`` -> ``{"rate": [0.1, 0.2], "share": [0, 0.5, 1]}``.

    :raises ScenarioError: naming every option that cannot be read or repeats a name.
    """
    grid: dict[str, list[float]] = {}
    problems = []
    for option in options:
        name, equals, text = option.partition("=")
        name = name.strip()
        try:
            if not equals or not name:
                raise ValueError("no name and '='" if not equals else "no name before '='")
            if name in grid:
                raise ValueError(f"{name} is given twice")
            grid[name] = _numbers(text)
        except ValueError as problem:
            problems.append(f"--grid {option}: {problem}; allowed: {EXAMPLE}, each name once")
    if problems:
        raise ScenarioError(problems)
    return grid


def _numbers(text: str) -> list[float]:
    """:raises ValueError: saying what is wrong."""
    if ":" in text:
        return _spaced(text.split(":"))
    if not text.strip():
        raise ValueError("no values")
    return [_number(part) for part in text.split(",")]


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{text.strip()!r} is not a number") from None
    if not isfinite(value):
        raise ValueError(f"{text.strip()} is not a finite number")
    return value


def _spaced(parts: list[str]) -> list[float]:
    """Equal steps from low to high; of the logarithm with ``log``."""
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


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ScenarioError([f"--by {text}: not a date; allowed: YYYY-MM-DD"]) from None


# --- saying the answer ----------------------------------------------------------------------------------


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
