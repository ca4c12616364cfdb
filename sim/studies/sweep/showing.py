"""From a finished sweep to what is shown of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.studies.design import FullGrid
from sim.studies.named import TitledScenario
from sim.studies.sweep.along import along
from sim.studies.sweep.looked import cell_text, looked_at, mixed
from sim.studies.sweep.over import lines_of, map_of
from sim.studies.sweep.shown import SCHEMA, Failure, Shown

if TYPE_CHECKING:
    from sim.studies.sweep.answer import Sweep

MOST_ROWS = 2000
"""Rows that the page's table has."""
MOST_ENDS = 5
MOST_FAILURES = 20


def shown(made: Sweep) -> Shown:
    """What is shown of a sweep."""
    found, record = looked_at(made), made.design.record
    ran = found.ran
    order = ran[np.argsort(found.columns["probability"][ran], kind="stable")].tolist()
    grid = made.design if isinstance(made.design, FullGrid) else None
    errors = dict(made.failures()) if made.failed else {}
    failed = [number for number, id in enumerate(found.ids) if id in errors] if errors else []
    step_names = made.model.step_names
    return Shown(
        schema=SCHEMA,
        scenario=TitledScenario.of(made.model),
        design=record,
        start=made.model.start,
        horizon=made.model.horizon,
        by=made.by,
        step=made.step,
        steps=step_names,
        seed=made.seed,
        trajectories=made.trajectories,
        worlds=made.worlds,
        failed=len(failed),
        failures=tuple(
            Failure(number, made.design.row(number).point.said(), errors[found.ids[number]])
            for number in failed[:MOST_FAILURES]
        ),
        first=first_row(made),
        least=tuple(found.row(number) for number in order[:MOST_ENDS]),
        greatest=tuple(found.row(number) for number in order[::-1][:MOST_ENDS]),
        axes=tuple(
            axis for place, of in enumerate(record.axes) if len((axis := along(of, place, found)).levels) > 1
        ),
        map=map_of(grid, found) if grid is not None else None,
        lines=lines_of(grid, found) if grid is not None else None,
        rows=tuple(found.row(int(number)) for number in mixed(ran.tolist(), MOST_ROWS)),
        ran=len(ran),
        ratios=made.variance_ratios(),
        warnings=made.warnings,
    )


def first_row(made: Sweep) -> str:
    """What the other rows are held against: ``settlement_rate=0.01, friends=never``."""
    cells = zip(made.axes, made.design.row(0).cells, strict=True)
    return ", ".join(f"{name}={cell_text(cell)}" for name, cell in cells)
