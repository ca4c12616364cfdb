"""The verb ``verify``: do the engines agree?"""

from __future__ import annotations

import json
from collections.abc import Sequence

from sim.base.defaults import DEFAULT_SEED, DEFAULT_TRAJECTORIES
from sim.commands.run import progress_bar
from sim.commands.scenarios import overrides
from sim.engines.exact import BOUND
from sim.report.screens.verify import answer, screen
from sim.studies.verify import REPLAYED, WORLDS, verify


def verify_command(
    scenario: str,
    assignments: Sequence[str] = (),
    trajectories: int = DEFAULT_TRAJECTORIES,
    worlds: int | None = None,
    seed: int = DEFAULT_SEED,
    threads: int | None = None,
    replayed: int = REPLAYED,
    bound: int = BOUND,
    as_json: bool = False,
) -> int:
    """Prints what came of it, and returns the exit code: 1 if the engines disagree, else 0.

    A model that the exact engine does not take is compared with the replay alone; the reason is printed.

    :raises AccessionError: bad input.
    """
    with progress_bar(WORLDS if worlds is None else worlds, "worlds") as progress:
        result = verify(
            scenario, trajectories, worlds, seed, overrides(assignments), threads, replayed, bound, progress
        )
    if as_json:
        print(json.dumps(answer(result), indent=1, ensure_ascii=False, allow_nan=False))
    else:
        print(screen(result))
    return 0 if result.agrees else 1
