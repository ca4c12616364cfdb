"""The verb ``run``: files in a folder, and the answer on one screen."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sim.base.defaults import DEFAULT_TRAJECTORIES, DEFAULT_WORLDS
from sim.commands.scenarios import overrides
from sim.report.screens.run import moved, screen
from sim.studies.run import run
from sim.studies.variants import most_simulated


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
    trajectories: int | None,
    worlds: int | None,
    seed: int,
    out: Path | None,
    threads: int | None,
    engine: str,
    as_json: bool,
    keep: str = "paths",
    precision: float | None = None,
    bound: int | None = None,
    variants: bool = False,
    tilt: Sequence[str] = (),
) -> None:
    """Runs a scenario, writes its files, prints its answer."""
    target = out if out is not None else Path("results") / Path(scenario).stem
    total = DEFAULT_TRAJECTORIES if trajectories is None else trajectories
    if engine == "exact":
        bar = progress_bar(DEFAULT_WORLDS if worlds is None else worlds, "worlds")
    else:
        bar = progress_bar(total + (most_simulated(total) if variants else 0))
    with bar as progress:
        result = run(
            scenario, trajectories, worlds, seed, overrides(assignments), target, threads, engine, progress,
            keep=keep, precision=precision, bound=bound, variants=variants, tilt=tilt,
        )  # fmt: skip
    if as_json:
        print(json.dumps(result.summary, indent=1, ensure_ascii=False, allow_nan=False))
    else:
        print(screen(result.summary))
        if result.variants is not None:
            print(f"\n{moved(result.variants)}")
        print(f"\nReport: {target / 'report.html'}")
