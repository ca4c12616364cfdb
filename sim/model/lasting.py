"""Whether what is under way at the start can have lasted so long, in every world."""

from __future__ import annotations

import numpy as np

from sim.base.errors import ModelError
from sim.model import rules
from sim.model.model import NONE, RATIFICATION, Bools, Floats, Model
from sim.model.pieces import Pieces, StepPiece


def check_lasting(model: Model, values: Floats) -> None:
    """Refuses worlds in which a step under way must have ended before the start.

    :param values: the numbers of the worlds, shape (W, N).
    :raises ModelError: names the step, and how many worlds are so.
    """
    if not model.steps.elapsed.any() and not model.steps.lag_elapsed.any():
        return
    for step in Pieces(model).steps():
        if step.lag_elapsed:
            _refuse(
                f"{step.name}.lag", step.lag_elapsed, _may_last(model, values, step.lag, step.lag_elapsed)
            )
        elif step.elapsed and step.kind == RATIFICATION:
            _refuse(step.name, step.elapsed, _explained(model, values, step))
        elif step.elapsed:
            _refuse(f"{step.name}.law", step.elapsed, _may_last(model, values, step.law, step.elapsed))


def _refuse(what: str, days: int, sound: Bools) -> None:
    if not sound.all():
        raise ModelError(
            f"{what}: it has lasted {days} days at the start, and by its law it is over by then in "
            f"{int((~sound).sum())} of {len(sound)} worlds, the first of them {int(np.argmin(sound))}; allowed: a law "
            f"that can last {days} days"
        )


def _explained(model: Model, values: Floats, step: StepPiece) -> Bools:
    """[W] whether each outstanding capital can have taken so long, by its own law or as the one that obstructs."""
    members = np.flatnonzero(model.voters.member).tolist()
    late = {
        v: ~_may_last(model, values, int(model.voters.ratification[v]), step.elapsed)
        for v in members
        if not step.ratified[v]
    }
    count = np.sum(list(late.values()), axis=0)
    if step.obstruction == NONE:
        return np.asarray(count == 0)
    chance, slow = values[:, step.obstruction], _may_last(model, values, step.obstruction_law, step.elapsed)
    weights = {
        v: values[:, step.obstructors[v] if step.obstructors[v] != NONE else step.others] for v in members
    }
    nobody = (chance < 1.0) | (np.sum(list(weights.values()), axis=0) <= 0.0)
    found = nobody & (count == 0)
    for v, weight in weights.items():
        others = count - late[v] if v in late else count
        found |= (chance > 0.0) & (weight > 0.0) & (others == 0) & (slow if v in late else True)
    return np.asarray(found)


def _may_last(model: Model, values: Floats, law: int, days: int) -> Bools:
    """[W] whether a law can give so many days."""
    laws, scratch = model.laws, np.empty(max(1, len(model.laws.kind)))
    table = laws.kind, laws.first, laws.second, laws.weight
    logs = [
        rules.log_lasting(*table, law, numbers, scratch, float(days))
        for numbers in np.ascontiguousarray(values)
    ]
    return np.array(logs) > -np.inf
