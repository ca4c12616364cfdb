"""The verb ``run``: files in a folder, and the answer on one screen."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sim.commands.scenarios import overrides
from sim.study.run import run
from sim.words import chance, chance_range

HORIZONS = (5, 10, 20)
"""Years after the start that the screen shows, besides the horizon."""
LAST_NAMED = 4


@contextmanager
def progress_bar(total: int, what: str = "trajectories") -> Iterator[Callable[[int], None]]:
    """A bar on standard error if that is a terminal, else nothing."""
    if not sys.stderr.isatty():
        yield lambda done: None
        return
    from tqdm import tqdm

    with tqdm(total=total, unit=f" {what}", unit_scale=True, leave=False, file=sys.stderr) as bar:
        yield lambda done: (bar.update(done), None)[1]


def run_command(
    scenario: str,
    assignments: Sequence[str],
    trajectories: int,
    worlds: int | None,
    seed: int,
    out: Path | None,
    threads: int | None,
    engine: str,
    as_json: bool,
    keep: str = "paths",
) -> None:
    """Runs a scenario, writes its files, prints its answer."""
    target = out if out is not None else Path("results") / Path(scenario).stem
    with progress_bar(trajectories) as progress:
        result = run(
            scenario, trajectories, worlds, seed, overrides(assignments), target, threads, engine, progress,
            keep=keep,
        )  # fmt: skip
    if as_json:
        print(json.dumps(result.summary, indent=1, ensure_ascii=False, allow_nan=False))
    else:
        print(screen(result.summary))
        print(f"\nReport: {target / 'report.html'}")


def screen(summary: dict[str, Any]) -> str:
    """The answer of a run in at most one screen."""
    scenario = summary["scenario"]
    lines = [
        f"{scenario['title']} ({scenario['name']}), from {summary['start']}",
        f"{summary['trajectories']:,} trajectories in {summary['worlds']:,} worlds, seed {summary['seed']}",
        "",
        "Probability by date, with the 90 % credible interval of that probability:",
        *_table(summary),
        "",
        *_blockers(summary),
        *_last(summary, "last_to_move", "Last to move"),
        *_last(summary, "last_to_ratify", "Last to ratify"),
    ]
    if next(iter(summary["milestones"].values()))["by"][-1]["credible_90"] is None and summary["worlds"] > 1:
        lines.append("No interval: fewer than 10 trajectories for each world (more --trajectories give one).")
    return "\n".join(lines)


def _columns(summary: dict[str, Any]) -> list[int]:
    """Positions in ``by`` that are shown."""
    by = next(iter(summary["milestones"].values()))["by"]
    start = int(summary["start"][:4])
    wanted = {f"{start + years}-12-31" for years in HORIZONS}
    return [i for i, entry in enumerate(by) if entry["date"] in wanted or i == len(by) - 1]


def _table(summary: dict[str, Any]) -> list[str]:
    shown = _columns(summary)
    milestones = summary["milestones"]
    width = max(len(step) for step in milestones) + 2
    dates = [next(iter(milestones.values()))["by"][i]["date"] for i in shown]
    lines = ["  " + " " * width + "".join(f"{day:<19}" for day in dates)]
    for step, milestone in milestones.items():
        cells = []
        for i in shown:
            entry = milestone["by"][i]
            cell = chance(entry["probability"])
            if entry["credible_90"]:
                cell += f" ({chance_range(*entry['credible_90'])})"
            cells.append(f"{cell:<19}")
        lines.append(f"  {step:<{width}}" + "".join(cells).rstrip())
    return lines


def _blockers(summary: dict[str, Any]) -> list[str]:
    """Who blocked each step at its last meeting, in the trajectories that get no further."""
    lines = []
    for step, blockers in summary["blockers"].items():
        shares = list(blockers["at_last_meeting"].items())[:LAST_NAMED]
        if shares and blockers["by_year"]:
            named = ", ".join(f"{code} {chance(share)}" for code, share in shares)
            of = chance(blockers["stuck"] / summary["trajectories"])
            lines.append(f"Blocks {step} (in the {of} of trajectories that end before it): {named}")
    return lines


def _last(summary: dict[str, Any], key: str, label: str) -> list[str]:
    known = summary[key]
    if not known["trajectories"]:
        return []
    named = ", ".join(f"{code} {chance(share)}" for code, share in list(known["share"].items())[:LAST_NAMED])
    of = chance(known["trajectories"] / summary["trajectories"])
    return [f"{label} (in the {of} of trajectories that get there): {named}"]
