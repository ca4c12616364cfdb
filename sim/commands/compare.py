"""The verb ``compare``: files in a folder, and at most a screen of the answer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from sim.base.defaults import DEFAULT_SEED, DEFAULT_TRAJECTORIES
from sim.commands.run import progress_bar
from sim.commands.scenarios import overrides
from sim.report.screens.compare import screen
from sim.studies.compare import compare

BETWEEN = "-vs-"
"""In the name of the folder, between the scenarios."""


def compare_command(
    scenarios: Sequence[str],
    assignments: Sequence[str] = (),
    trajectories: int = DEFAULT_TRAJECTORIES,
    worlds: int | None = None,
    seed: int = DEFAULT_SEED,
    out: Path | None = None,
    threads: int | None = None,
    as_json: bool = False,
) -> None:
    """Runs scenarios side by side, writes the files, prints the answer.

    :raises AccessionError: bad input (exit code 2) or files that cannot be written (1).
    """
    target = out if out is not None else Path("results") / BETWEEN.join(Path(s).stem for s in scenarios)
    fixed = overrides(assignments)
    with progress_bar(trajectories * len(scenarios)) as progress:
        made = compare(
            *scenarios, trajectories=trajectories, worlds=worlds, seed=seed, overrides=fixed, out=target,
            threads=threads, progress=progress,
        )  # fmt: skip
    if as_json:
        print(json.dumps(made.summary, indent=1, ensure_ascii=False, allow_nan=False))
    else:
        print(screen(made.summary))
        print(f"\nTables and figures: {target}")
