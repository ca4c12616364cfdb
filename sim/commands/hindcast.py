"""The verbs ``hindcast``, ``forecast`` and ``score-log``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from sim.base.errors import ModelError, nearest
from sim.base.words import chance
from sim.commands.run import progress_bar


def hindcast_command(components: Sequence[str], out: Path | None, processes: int, as_json: bool) -> None:
    """Recomputes forecasts, scores, figures and scorecard into a folder; prints the comparison."""
    from sim.facts.read import load_facts
    from sim.history.hindcast.components import COMPONENTS
    from sim.history.hindcast.forecasts import comparisons, read_forecasts, write_forecasts
    from sim.history.hindcast.run import jobs_of, run_jobs
    from sim.pages.scorecard import write_scorecard
    from sim.pages.scorecard_data import made_now

    components = ["membership" if name == "capital" else name for name in components]  # made together
    for name in components:
        if name not in COMPONENTS:
            raise ModelError(
                f"--component {name!r}: allowed: {', '.join(COMPONENTS)}.{nearest(name, COMPONENTS)}"
            )
    wanted = [name for name in COMPONENTS if not components or name in components]
    folder = out if out is not None else Path("results") / "hindcast"
    made = made_now()
    jobs = jobs_of(load_facts(), wanted)
    with progress_bar(len(jobs), "jobs") as progress:
        write_forecasts(run_jobs(jobs, processes, progress), folder / "forecasts.csv")
    write_scorecard(folder, made)
    forecasts = read_forecasts(folder / "forecasts.csv")
    compared = comparisons(forecasts)
    if as_json:
        print(json.dumps({"forecasts": len(forecasts), "comparisons": [flat(c) for c in compared]}, indent=1))
        return
    print(f"{len(forecasts):,} forecasts. Mean CRPS in days: model, baseline, difference (90 %):\n")
    for c in compared:
        if c.score == "crps":
            d = c.difference
            print(
                f"  {c.component:<11} {c.mode:<9} {c.baseline:<16} {c.model:>8,.0f} {c.other:>8,.0f} "
                f"{d.mean:>+9,.0f} ({d.low:+,.0f} to {d.high:+,.0f}), better in {d.better} of {d.groups}"
            )
    print(f"\nScorecard: {folder / 'scorecard.md'}")


def cases_command(folder: Path, out: Path | None, processes: int, as_json: bool) -> None:
    """Forecasts the cases of a folder with what was known on their days; prints each beside what happened."""
    from sim.facts.read import load_facts
    from sim.history.hindcast.own_cases import own_jobs, told, write_own
    from sim.history.hindcast.run import run_jobs

    target = out if out is not None else Path("results") / f"hindcast-{folder.resolve().name}"
    jobs = own_jobs(load_facts(), folder)
    with progress_bar(len(jobs), "cases") as progress:
        forecasts = run_jobs(jobs, processes, progress)
    write_own(forecasts, target)
    rows = told(forecasts)
    if as_json:
        print(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    print(
        "Facts frozen on the day of each case, fitted numbers fitted again to what was known; the median, with"
    )
    print("the range that holds 90 % of the forecast. CRPS, an error in days: smaller is better.")
    for row in rows:
        print("\n" + "\n".join(told_lines(row)))
    print("\nJudged numbers and the scenario files were written by people who knew what happened.")
    print(f"Forecasts and scores: {target / 'forecasts.csv'}, {target / 'scores.csv'}")


def told_lines(row: dict[str, Any]) -> list[str]:
    """What is printed of one row."""
    middle, low, high = (row[name] for name in ("median", "low", "high"))
    median = "not within the run" if middle is None else f"{middle['date']}, after {middle['days']:,} days"
    first, last = row["share_earlier"]
    if row["happened"] is None:
        seen = f"not by {row['watched_until']}"
        share = f"{of_all(first)} of the forecast is earlier than that day"
    else:
        seen = f"{row['happened']}, after {row['happened_days']:,} days"
        share = f"{of_all((first + last) / 2)} of the forecast is earlier"
    model, *others = row["crps"].items()
    simple = ", ".join(f"{name} {score:,.0f}" for name, score in others)
    return [
        f"{row['case']}: {row['step']}, from {row['origin']}",
        f"  forecast  {median} (90 %: {ends(low)} to {ends(high)})",
        f"  happened  {seen}; {share}",
        f"  CRPS      {model[1]:,.0f}; simple forecasts: {simple}",
    ]


def ends(when: dict[str, Any] | None) -> str:
    """An end of a range."""
    return "beyond the run" if when is None else str(when["date"])


def of_all(share: float) -> str:
    """A share of a forecast, which is 200 points: never 0 % or 100 %."""
    return chance(share, 200)


def flat(compared: Any) -> dict[str, Any]:
    """A comparison as plain data."""
    d = compared.difference
    return {
        "component": compared.component, "mode": compared.mode, "baseline": compared.baseline,
        "score": compared.score, "units": compared.units, "groups": d.groups,
        "model": round(compared.model, 6), "baseline_mean": round(compared.other, 6),
        "difference": round(d.mean, 6), "low": round(d.low, 6), "high": round(d.high, 6), "better": d.better,
    }  # fmt: skip


def forecast_command(log: Path, made_on: str | None, trajectories: int, seed: int, as_json: bool) -> None:
    """Adds today's forecasts to a log."""
    from sim.history.forecast_log import append, forecasts

    rows = forecasts(day_of(made_on), trajectories=trajectories, seed=seed)
    append(log, rows)
    if as_json:
        print(json.dumps({"added": rows}, indent=1, ensure_ascii=False))
        return
    for row in rows:
        print(
            f"{row['id']}: {row['probability']} (90 %: {row['low']} to {row['high']})\n    {row['question']}"
        )
    print(f"\nAdded {len(rows)} forecasts to {log}")


def score_log_command(log: Path, outcomes: Path | None, today: str | None, as_json: bool) -> None:
    """Scores the resolved forecasts of a log."""
    from sim.history.forecast_log import read_log, read_outcomes, score_log

    found = score_log(read_log(log), read_outcomes(outcomes) if outcomes else {}, day_of(today))
    if as_json:
        print(json.dumps(found, indent=1, ensure_ascii=False))
        return
    print(f"{found['forecasts']} forecasts, {found['due']} due, {found['scored']} scored")
    for row in found["rows"]:
        said = "happened" if row["happened"] else "did not happen"
        print(f"  {row['id']}: {row['probability']:.3f}, {said}; Brier {row['brier']:.4f}")
    if found["scored"]:
        mean = found["mean"]
        print(f"Mean Brier {mean['brier']:.4f}; nothing changes: {mean['brier_nothing_changes']:.4f}")
        print(f"Mean log loss {mean['log']:.4f}; nothing changes: {mean['log_nothing_changes']:.4f}")
    for name in found["due_without_outcome"]:
        print(f"  due, and no outcome given: {name}")


def day_of(text: str | None) -> date:
    """A day as the command line gives it; today if none is given.

    :raises ModelError: it is not a day.
    """
    if text is None:
        return date.today()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ModelError(f"{text!r} is not a day; allowed: YYYY-MM-DD") from None
