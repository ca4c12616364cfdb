"""A sweep of the status quo by EMA Workbench, to be run where that is installed; prints seconds on the clock.

EMA Workbench 3 needs Python 3.12: an environment of its own, with the packages of ``requirements/run.txt``,
``ema_workbench==3.0.0``, and this checkout on ``PYTHONPATH``. See ``sweeps.py``.
"""

from __future__ import annotations

import sys
import time
from importlib import import_module

import accession

STEP = "membership"


def point(settlement_rate: float, trajectories: int) -> dict[str, float]:
    """What ``accession run --set settlement_rate=…`` finds."""
    made = accession.run(
        "status-quo", overrides={"settlement_rate": settlement_rate}, trajectories=int(trajectories), keep="summary",
        threads=1,
    )  # fmt: skip
    table = made.table()
    return {STEP: float(table[table["step"] == STEP]["probability"].iloc[-1])}


def main() -> None:
    """``sweep_by_ema.py POINTS TRAJECTORIES PROCESSES``"""
    ema = import_module("ema_workbench")
    points, trajectories, processes = map(int, sys.argv[1:4])
    model = ema.Model("statusquo", function=point)
    model.uncertainties = [ema.RealParameter("settlement_rate", 0.001, 0.3)]
    model.constants = [ema.Constant("trajectories", trajectories)]
    model.outcomes = [ema.ScalarOutcome(STEP)]
    began = time.perf_counter()
    with ema.MultiprocessingEvaluator(model, n_processes=processes) as evaluator:
        _, found = evaluator.perform_experiments(scenarios=points)
    assert len(found[STEP]) == points
    print(time.perf_counter() - began)


if __name__ == "__main__":
    main()
