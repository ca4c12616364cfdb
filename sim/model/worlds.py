"""Worlds: one draw of everything that is not known.

A world is a value for each parameter, and from these a value for each slot of the model.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.base.compiled import allocating
from sim.base.errors import ModelError
from sim.model import rules
from sim.model.draws import Key, key, uniform
from sim.model.lasting import check_lasting
from sim.model.model import NONE, PEERS, Floats, Model, PriorColumn, PriorLaw, Recipe
from sim.model.pieces import Pieces
from sim.scenario.quantiles import QUANTILES

_SUM_SLACK = 1e-9


@dataclass(frozen=True)
class Worlds:
    """W worlds of a model with N slots."""

    parameters: dict[str, Floats]
    """Name -> [W] values."""
    values: Floats
    """[W, N] the number in each slot."""

    def __len__(self) -> int:
        return len(self.values)


@allocating
def first_uniforms(k: Key, n: int) -> NDArray[np.float64]:
    """The uniforms of the first n worlds under a key, shape (n,)."""
    out = np.empty(n)
    for world in range(n):
        out[world] = uniform(k, world, 0)
    return out


def draw_parameters(model: Model, seed: int, worlds: int) -> dict[str, Floats]:
    """Name -> values, shape (W,). Columns of one table share the row of their world; a factor changes no luck."""
    drawn: dict[str, Floats] = {}
    for name, given in model.parameters.items():
        if isinstance(given, PriorColumn):
            column = model.tables[given.file][given.name]
            u = first_uniforms(key(seed, f"table/{given.file}"), worlds)
            drawn[name] = given.times * column[(u * len(column)).astype(np.int64)]
        elif isinstance(given, PriorLaw):
            u = first_uniforms(key(seed, f"parameter/{name}"), worlds)
            drawn[name] = given.times * np.asarray(QUANTILES[given.law](u, **given.numbers))
        else:
            drawn[name] = np.full(worlds, given)
    return drawn


def at_quantile(model: Model, name: str, probability: float) -> float:
    """The quantile of a parameter's own prior.

    :param probability: in (0, 1).
    :raises ModelError: the parameter has no prior, so that nothing is uncertain of it.
    """
    given = model.parameters[name]
    if isinstance(given, PriorColumn):
        return given.times * float(np.quantile(model.tables[given.file][given.name], probability))
    if isinstance(given, PriorLaw):
        return given.times * float(QUANTILES[given.law](np.array([probability]), **given.numbers)[0])
    raise ModelError(f"{name}: has no prior, so no quantiles; allowed: a parameter with a prior")


def _product(recipe: Recipe, parameters: dict[str, Floats], worlds: int) -> Floats:
    value = np.ones(worlds)
    for factor in recipe.factors:
        value = value * (parameters[factor] if isinstance(factor, str) else float(factor))
    return 1.0 / value if recipe.kind == "inverse" else value


def _check(recipe: Recipe, value: Floats) -> None:
    low, high, allowed = 0.0, np.inf, "0 or more"
    if recipe.role == "probability":
        high, allowed = 1.0, "0 to 1"
    if recipe.role == "positive":
        low, allowed = np.nextafter(0.0, 1.0), "more than 0"
    if recipe.role == "nothing":
        low, high, allowed = -_SUM_SLACK, _SUM_SLACK, "probabilities that sum to 1"
    bad = ~((value >= low) & (value <= high) & np.isfinite(value))
    if bad.any():
        world = int(np.argmax(bad))
        numbers = ", ".join(str(factor) for factor in recipe.factors) or "what the others leave"
        raise ModelError(
            f"{recipe.where}: {numbers} is {value[world]:.6g} in world {world} of {len(value)}; "
            f"allowed: {allowed}. {int(bad.sum())} of {len(value)} worlds are outside."
        )


def _check_exits(model: Model, values: Floats) -> None:
    """The total rate at which each chain can leave its state must be a number in every world.

    An infinite one would leave nothing to choose by: each move has its rate over the sum of all.
    """
    totals: dict[tuple[int, int], Floats] = {}
    for move in Pieces(model).moves():
        with np.errstate(over="ignore", invalid="ignore"):
            most = values[:, move.rate]
            for scale in move.scales:
                slots = [slot for slot in scale.slots if slot != NONE]
                factor = np.maximum(values[:, slots].max(axis=1, initial=1.0), 1.0)
                times = model.n_voters - 1 if scale.chain == PEERS else 1
                most = np.where(most > 0.0, most * factor**times, 0.0)
            start = (move.chain, move.source)
            totals[start] = totals[start] + most if start in totals else most
        bad = ~np.isfinite(totals[start])
        if bad.any():
            world = int(np.argmax(bad))
            raise ModelError(
                f"{model.chain_names[move.chain]}: {move.name}, rate {values[world, move.rate]:.6g}: with its factors "
                f"and the other moves out of {model.state_names[move.chain][move.source]!r} the rate is too large a "
                f"number in world {world} of {len(values)}; allowed: a total below {np.finfo(float).max:.2g} a year"
            )


def draw_worlds(model: Model, seed: int, worlds: int) -> Worlds:
    """Draws ``worlds`` worlds and works out every slot in each.

    :raises ModelError: a number outside what its place allows, naming the place, value and world.
    """
    parameters = draw_parameters(model, seed, worlds)
    values = np.empty((worlds, len(model.recipes)))
    for slot, recipe in enumerate(model.recipes):
        if recipe.kind == "rest":
            rest = 1.0 - values[:, list(recipe.slots)].sum(axis=1)
            values[:, slot] = np.where((rest < 0.0) & (rest > -_SUM_SLACK), 0.0, rest)
        else:
            with np.errstate(divide="ignore"):
                values[:, slot] = _product(recipe, parameters, worlds)
        _check(recipe, values[:, slot])
    _check_exits(model, values)
    check_lasting(model, values)
    return Worlds(parameters, values)


def world_starts(model: Model, worlds: Worlds, seed: int, world: int) -> dict[int, int]:
    """Chain -> state in which it starts, for the starts that are drawn for each world."""
    c = model.chains
    found = {}
    for chain in np.flatnonzero((c.start == NONE) & c.by_world).tolist():
        at, states = int(c.start_at[chain]), int(c.states[chain])
        weights = worlds.values[world][c.slots[at : at + states]]
        u = uniform(key(seed, f"start/{model.chain_names[chain]}"), world, 0)
        found[chain] = int(rules.pick(u, weights, states))
    return found
