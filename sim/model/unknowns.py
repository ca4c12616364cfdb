"""What differs from world to world: parameters with a prior, and starts that are drawn once for each world.

What is not known falls into *blocks* that are independent of one another. The columns of one table are a block, for a
world has one row of them; a start belongs to the block of the parameters that its chances follow from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sim.model.draws import key
from sim.model.model import NONE, Floats, Ints, Model, PriorColumn
from sim.model.worlds import Worlds, first_uniforms, stream

START = "start of "


@dataclass(frozen=True)
class Unknown:
    """One thing that is not known."""

    name: str
    """Of a parameter; of a start ``start of GRC.stance``."""
    block: str
    """The file of a table, or the name of what stands alone."""
    values: Floats
    """[W] its value in each world; of a start, the number of the state."""
    states: tuple[str, ...] = ()
    """Of a start: what the chain can start in."""
    behind: tuple[str, ...] = ()
    """Of a start: parameters that its chances follow from."""


def unknowns(model: Model, worlds: Worlds, seed: int) -> list[Unknown]:
    """Everything that is not the same in all worlds: parameters, then starts, in the order of the scenario.

    Starts that follow from parameters without further chance are left out.
    """
    starts = drawn_starts(model, worlds, seed)
    behind = {chain: tuple(_parameters(model, chain)) for chain in starts}
    named = _blocks(model, {start_name(model, chain): names for chain, names in behind.items()})
    found = [
        Unknown(name, named[name], worlds.parameters[name])
        for name, given in model.parameters.items()
        if not isinstance(given, float)
    ]
    found += [
        Unknown(name, named[name], states.astype(float), model.state_names[chain], behind[chain])
        for chain, states in starts.items()
        if _drawn(model, worlds, chain)
        for name in [start_name(model, chain)]
    ]
    return [unknown for unknown in found if (unknown.values != unknown.values[0]).any()]


def streams(model: Model, found: Sequence[Unknown]) -> dict[str, tuple[str, ...]]:
    """Block -> the streams of draws of all that belongs to it."""
    made: dict[str, tuple[str, ...]] = {}
    for unknown in found:
        given = model.parameters.get(unknown.name)
        if unknown.states or given is None or isinstance(given, float):
            source = f"start/{unknown.name.removeprefix(START)}"
        else:
            source = stream(unknown.name, given)
        made[unknown.block] = tuple(dict.fromkeys((*made.get(unknown.block, ()), source)))
    return made


def start_name(model: Model, chain: int) -> str:
    """``start of GRC.stance``."""
    return f"{START}{model.chain_names[chain]}"


def drawn_starts(
    model: Model, worlds: Worlds, seed: int, luck: Mapping[str, Floats] | None = None
) -> dict[int, Ints]:
    """Chain -> the state [W] in which it starts in each world, for the starts that are drawn for each world.

    :param luck: uniforms [W] in place of those that are drawn, by stream (``start/<chain>``).
    """
    c, found = model.chains, {}
    for chain in np.flatnonzero((c.start == NONE) & c.by_world).tolist():
        at, states = int(c.start_at[chain]), int(c.states[chain])
        weights = worlds.values[:, c.slots[at : at + states]]
        source = f"start/{model.chain_names[chain]}"
        own = (luck or {}).get(source)
        found[chain] = picked(first_uniforms(key(seed, source), len(worlds)) if own is None else own, weights)
    return found


def picked(u: Floats, weights: Floats) -> Ints:
    """``rules.pick`` for every world: the weight in which ``u`` [W] times their total falls, of ``weights`` [W, n]."""
    reached = np.cumsum(weights, axis=1)
    last = weights.shape[1] - 1 - np.argmax(weights[:, ::-1] > 0.0, axis=1)
    first = np.argmax((weights > 0.0) & ((u * reached[:, -1])[:, None] < reached), axis=1)
    inside = u * reached[:, -1] < reached[:, -1]
    return np.asarray(np.where(inside, first, last), dtype=np.int64)


def _drawn(model: Model, worlds: Worlds, chain: int) -> bool:
    """Whether chance has a say in a start; else it is what its parameters say, and tells nothing beside them."""
    at, states = int(model.chains.start_at[chain]), int(model.chains.states[chain])
    weights = worlds.values[:, model.chains.slots[at : at + states]]
    return bool((weights.max(axis=1) < weights.sum(axis=1)).any())


def _parameters(model: Model, chain: int) -> Iterator[str]:
    """Parameters that are not known and that the chances of a drawn start follow from."""
    at, states = int(model.chains.start_at[chain]), int(model.chains.states[chain])
    waiting, seen = model.chains.slots[at : at + states].tolist(), set()
    while waiting:
        slot = waiting.pop(0)
        if slot in seen:
            continue
        seen.add(slot)
        waiting += model.recipes[slot].slots
        for factor in model.recipes[slot].factors:
            if isinstance(factor, str) and not isinstance(model.parameters[factor], float):
                yield factor


def _blocks(model: Model, behind: dict[str, tuple[str, ...]]) -> dict[str, str]:
    """Parameter or start -> its block."""
    block: dict[str, str] = {}
    for name, given in model.parameters.items():
        if not isinstance(given, float):
            block[name] = given.file if isinstance(given, PriorColumn) else name
    for start, parameters in behind.items():
        joined = list(dict.fromkeys(block[name] for name in parameters))
        # a table gives its name to what is drawn from it
        tables = [name for name in joined if name in model.tables]
        block[start] = (tables or joined or [start])[0]
        block |= {name: block[start] for name, own in block.items() if own in joined}
    return block
