"""Machine code for all tests, made once before any of them: two workers would each make it again.

The Monte Carlo engine is compiled for two shapes of its tables, with and without tilted rates; each takes most
of a minute, so the two are made side by side. What is already there is only loaded.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np

from sim.engines import montecarlo, replay
from sim.model.compiler import compile_scenario
from sim.model.worlds import draw_worlds
from tests.awkward import load_awkward


def compile_engine(tilted: bool) -> None:
    """Lives two futures of a scenario that has something of everything."""
    model = compile_scenario(load_awkward())
    worlds = draw_worlds(model, 1, 2)
    montecarlo.simulate(
        model, worlds, 1, 2, threads=1, tilt=np.zeros(len(model.moves.rate)) if tilted else None
    )
    if not tilted:
        replay.simulate(model, worlds, 1, 20)


if __name__ == "__main__":
    with ProcessPoolExecutor(2, get_context("spawn")) as processes:
        list(processes.map(compile_engine, (False, True)))
