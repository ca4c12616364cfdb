"""Worlds: one draw of everything that is not known.

A world is a value for each parameter, and from these a value for each slot of the model.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.base.compiled import compiled
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


def first_uniforms(k: Key, n: int) -> Floats:
    """The uniforms of the first n worlds under a key, shape (n,)."""
    out = np.empty(n)
    _fill(k, out)
    return out


@compiled
def _fill(k: Key, out: Floats) -> None:
    for world in range(len(out)):
        out[world] = uniform(k, world, 0)


def stream(name: str, given: PriorLaw | PriorColumn) -> str:
    """What the draws of a parameter are keyed by: itself, or its table, whose columns share a row."""
    return f"table/{given.file}" if isinstance(given, PriorColumn) else f"parameter/{name}"


def luck_of(seed: int, name: str, given: PriorLaw | PriorColumn, worlds: int) -> Floats:
    """The uniforms that a parameter is drawn by, shape (W,); the same for all columns of one table."""
    return first_uniforms(key(seed, stream(name, given)), worlds)


def rows_at(u: Floats, rows: int) -> NDArray[np.int64]:
    """The rows of a table that uniforms choose."""
    return np.asarray(u * rows).astype(np.int64)


def value_at(model: Model, given: PriorLaw | PriorColumn, u: Floats) -> Floats:
    """What a parameter is at uniforms, shape (W,)."""
    if isinstance(given, PriorColumn):
        column = model.tables[given.file][given.name]
        return np.asarray(given.times * column[rows_at(u, len(column))])
    return np.asarray(given.times * np.asarray(QUANTILES[given.law](u, **given.numbers)))


def draw_parameters(model: Model, seed: int, worlds: int) -> dict[str, Floats]:
    """Name -> values, shape (W,). Columns of one table share the row of their world; a factor changes no luck."""
    return {
        name: np.full(worlds, given)
        if isinstance(given, float)
        else value_at(model, given, luck_of(seed, name, given, worlds))
        for name, given in model.parameters.items()
    }


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


def _reading(model: Model, slots: Collection[int]) -> set[int]:
    """The chains whose rates are made of some of the slots."""
    hit = np.isin(model.scales.factors, list(slots))
    seen = np.append(0, np.cumsum(hit))
    owner = model.chain_of_move.tolist()
    found = {owner[move] for move in np.flatnonzero(np.isin(model.moves.rate, list(slots))).tolist()}
    scale_of = np.searchsorted(model.moves.first_scale, np.arange(len(model.scales.chain)), side="right") - 1
    for scale, (chain, at) in enumerate(zip(*(x.tolist() for x in model.scales[:2]), strict=True)):
        states = len(model.state_names[int(model.voters.stance[0]) if chain == PEERS else chain])
        if seen[at + states] > seen[at]:
            found.add(owner[int(scale_of[scale])])
    return found


def _check_exits(model: Model, values: Floats, chains: Collection[int] | None) -> None:
    """The total rate at which each chain (or some of them) can leave its state must be a number in every world.

    An infinite one would leave nothing to choose by: each move has its rate over the sum of all.
    """
    totals: dict[tuple[int, int], Floats] = {}
    for move in Pieces(model).moves(chains):
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
    return _worked_out(model, parameters, values, range(len(model.recipes)))


def with_parameters(model: Model, worlds: Worlds, changed: Mapping[str, Floats]) -> Worlds:
    """Worlds of the same model in which some parameters have other values; what depends on none of them is kept.

    :param changed: name -> values, shape (W,).
    :raises ModelError: as :func:`draw_worlds`.
    """
    touched: set[int] = set()
    for slot, recipe in enumerate(model.recipes):
        if changed.keys() & set(recipe.factors) or touched & set(recipe.slots):
            touched.add(slot)
    return _worked_out(model, {**worlds.parameters, **changed}, worlds.values.copy(), sorted(touched))


def _worked_out(
    model: Model, parameters: dict[str, Floats], values: Floats, slots: Collection[int]
) -> Worlds:
    """Fills in slots, [W, N], and checks what came of it."""
    worlds = len(values)
    for slot in slots:
        recipe = model.recipes[slot]
        if recipe.kind == "rest":
            rest = 1.0 - values[:, list(recipe.slots)].sum(axis=1)
            values[:, slot] = np.where((rest < 0.0) & (rest > -_SUM_SLACK), 0.0, rest)
        else:
            with np.errstate(divide="ignore"):
                values[:, slot] = _product(recipe, parameters, worlds)
        _check(recipe, values[:, slot])
    _check_exits(model, values, None if len(slots) == len(model.recipes) else _reading(model, slots))
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
