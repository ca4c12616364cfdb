"""What a run stands on: the packed model, and the numbers of each world with its tables of rates behind them.

Points of a study that differ only in the values of parameters stand on one ground: most rates are those of the others,
and only the tables of chains that read another number are worked out again, to the same bits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.engines.montecarlo.layout import layout
from sim.engines.montecarlo.packed import Tables
from sim.engines.montecarlo.packing import tables
from sim.engines.montecarlo.rates import fill_tables
from sim.engines.montecarlo.state import fresh_state
from sim.model.model import NONE, Floats, Model
from sim.model.pieces import Pieces
from sim.model.worlds import Worlds

FILLED_AT_ONCE = 1_000_000
"""Rates of tables worked out in one go, a fraction of a second: what ends a run takes effect only in between."""


def laid(
    model: Model, worlds: Worlds, seed: int, look_up: bool, tilt: Floats | None = None
) -> tuple[Tables, Floats]:
    """The packed model, and the numbers of each world, shape (W, N and what the tables need).

    :param look_up: whether there are tables of rates; :param tilt: as :func:`sim.engines.montecarlo.blocks` has it.
    """
    tables_each = 1 if tilt is None else 2
    lay = layout(model, len(worlds) * tables_each if look_up else 0)
    t = tables(model, seed, lay, tilt)
    room = np.zeros((len(worlds), lay.size * tables_each))
    values = np.concatenate([worlds.values, room], axis=1)
    _fill(model, t, values, range(model.n_chains))
    return t, values


def _fill(model: Model, t: Tables, values: Floats, chains: Sequence[int]) -> None:
    """Works out tables of rates of some chains, in every world."""
    state, which = fresh_state(model), np.array([c for c in chains if t.chains[c].table >= 0], np.int64)
    room = int(t.chains.joint_states[which].sum())
    worlds_at_once = max(1, FILLED_AT_ONCE // max(1, room))
    for first in range(0, len(values) if room else 0, worlds_at_once):
        fill_tables(t, state, values[first : first + worlds_at_once], which)


@dataclass(frozen=True)
class Ground:
    """A model laid out for some worlds, to be shared by others of its structure."""

    model: Model
    worlds: Worlds
    look_up: bool
    _tables: Tables
    _values: Floats
    _reading: tuple[frozenset[int], ...]
    """For each chain the slots that its rates are made of."""

    @classmethod
    def of(cls, model: Model, worlds: Worlds, seed: int, look_up: bool) -> Ground:
        """The ground of a model; see :func:`laid`."""
        reading: list[set[int]] = [set() for _ in range(model.n_chains)]
        for move in Pieces(model).moves():
            slots = {slot for scale in move.scales for slot in scale.slots if slot != NONE}
            reading[move.chain] |= {move.rate, *slots}
        return cls(
            model, worlds, look_up, *laid(model, worlds, seed, look_up), tuple(map(frozenset, reading))
        )

    def under(self, worlds: Worlds) -> tuple[Tables, Floats]:
        """As :func:`laid`, for as many worlds in which other numbers hold."""
        apart = (worlds.values != self.worlds.values).any(axis=0)
        changed = set(np.flatnonzero(apart).tolist())
        values = self._values.copy()
        values[:, : worlds.values.shape[1]] = worlds.values
        chains = [chain for chain, slots in enumerate(self._reading) if slots & changed]
        # a copy, for whoever ends a run says so in its limits
        t = self._tables._replace(limits=self._tables.limits.copy())
        _fill(self.model, t, values, chains)
        return t, values
