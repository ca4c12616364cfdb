"""Worlds whose drawn starts are given: a design then has a say in them, as it has in parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from sim.model.model import Floats, Ints, Model, Recipe
from sim.model.worlds import Worlds


def with_starts(model: Model, worlds: Worlds, states: Mapping[int, Ints]) -> tuple[Model, Worlds]:
    """A model and worlds in which chains start as they are told.

    The chances of such a start get slots of their own, since a slot may serve several places, and are 1 for the state
    that is given.

    :param states: chain whose start is drawn for each world -> the state [W] in each.
    """
    chains, recipes, values = model.chains, list(model.recipes), [worlds.values]
    start_at, slots = chains.start_at.copy(), [chains.slots]
    for chain, given in states.items():
        start_at[chain] = sum(map(len, slots))
        count = int(chains.states[chain])
        slots.append(np.arange(len(recipes), len(recipes) + count))
        recipes += [Recipe("product", (0.0,), role="probability", where="a start that is given")] * count
        values.append(_sure(given, count))
    made = chains._replace(start_at=start_at, slots=np.concatenate(slots))
    return (
        replace(model, chains=made, recipes=tuple(recipes)),
        Worlds(worlds.parameters, np.concatenate(values, axis=1)),
    )


def _sure(states: Ints, count: int) -> Floats:
    """[W, count] chances: 1 for one state of each world."""
    return np.asarray(states[:, None] == np.arange(count), dtype=np.float64)
