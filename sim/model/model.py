"""The compiled model: what every engine reads, and all that it reads.

A scenario compiles once (``compiler.py``) into frozen arrays. Every number of the scenario has a *slot*; a
world is one row of values, one for each slot (``worlds.py``). Everything else is structure: integers that
name chains, states, moves, steps, voters, laws, calendars and slots by position, and -1 for "none".

The groups are named tuples, so that compiled code can take them as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from sim.scenario.setting import OwnNumber

Ints = NDArray[np.int64]
Masks = NDArray[np.uint64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

NONE = -1
PEERS = -1
"""In ``Scales.chain``: not a chain, but the other voters that are peers and started below the top stance."""

# kinds of step
DECISION, WAIT, RATIFICATION = range(3)
# kinds of dated thing, in the order in which they happen on one date; moves come before meetings
EVENT, JOIN, REDRAW, MEETING = range(4)
# how a step was taken
NOT_REACHED, PASSED, WAIVED, BYPASSED = range(4)
HOW = ("not reached", "passed", "waived", "bypassed")


class Chains(NamedTuple):
    """C chains in file order. The ladder counts as chain number C where conditions read it."""

    voter: Ints
    """[C] the voter whose chain it is, -1 for a world chain."""
    states: Ints
    """[C] number of states."""
    start: Ints
    """[C] the state it starts in, -1 if drawn."""
    start_at: Ints
    """[C] where in ``slots`` its starting probabilities begin, one for each state; -1 if fixed."""
    by_world: Bools
    """[C] drawn once for each world (else for each trajectory)."""
    never: Ints
    """[C] slot of the chance that it makes no move at all, -1 if none."""
    first_move: Ints
    """[C+1] its moves are first_move[c] .. first_move[c+1]-1."""
    redraw_at: Ints
    """[C] where in ``slots`` its redraw probabilities begin, -1 if it is never redrawn."""
    slots: Ints
    """Slots of probabilities, consecutive for each chain."""


class Moves(NamedTuple):
    """M moves, grouped by chain, in file order."""

    source: Ints
    target: Ints
    rate: Ints
    """[M] slot of the base rate per year."""
    first_condition: Ints
    """[M+1] range in Conditions."""
    first_scale: Ints
    """[M+1] range in Scales."""


class Conditions(NamedTuple):
    """``chain`` must be in a state whose bit is set in ``allowed``."""

    chain: Ints
    allowed: Masks


class Scales(NamedTuple):
    """What multiplies a rate: a chain (or PEERS), and for each of its states a slot, or -1."""

    chain: Ints
    factor_at: Ints
    """Where in ``factors`` the chain's states begin."""
    factors: Ints


class Steps(NamedTuple):
    """S steps of the ladder, V voters."""

    kind: Ints
    first_condition: Ints
    """[S+1] range in Conditions: when a decision is due."""
    calendars: Masks
    """[S] bit for each calendar whose dates are meetings of this step."""
    needs: Ints
    """[S] lowest stance that a voter must have; 0 if any will do."""
    first_unless: Ints
    """[S*V+1] range, for step s and voter v at s*V+v, in the two below."""
    unless_chain: Ints
    unless_states: Masks
    """Bits of the states in which the voter blocks."""
    first_await: Ints
    """[S+1] range in the three below: what every meeting on the step waits for."""
    await_chain: Ints
    await_states: Masks
    """Bits of the states that will do."""
    await_as: Ints
    """The number among ``Model.blocker_names`` under which it blocks."""
    rule: Ints
    rule_a: Ints
    rule_b: Ints
    held: Ints
    waived: Ints
    bypass: Ints
    law: Ints
    """[S] law of a wait."""
    lag: Ints
    obstruction: Ints
    """[S] slot of the chance of obstruction."""
    obstruction_law: Ints
    obstructor: Ints
    """[S*V] slot of the voter's weight, -1 if it is one of the others."""
    others: Ints
    """[S] slot of the weight that the others share."""
    elapsed: Ints
    """[S] days for which a wait, or the ratifications that are outstanding, have lasted when the step begins."""
    lag_elapsed: Ints
    """[S] days for which the lag has lasted; only if nobody is outstanding."""
    ratified: Bools
    """[S*V] whether the voter has ratified before the step begins."""


class Laws(NamedTuple):
    """Lengths of time in days; see rules.sample_law."""

    kind: Ints
    first: Ints
    second: Ints
    weight: Ints


class Agenda(NamedTuple):
    """Everything with a date, in order."""

    time: Floats
    """Years since start."""
    kind: Ints
    what: Ints
    """The chain (event, redraw), voter (join) or calendar (meeting)."""
    state: Ints
    """The state that an event sets; of a redraw, its calendar."""
    day: Ints
    """Proleptic ordinal of the date: the index of its draws."""
    year: Ints
    """Calendar years since the year of ``start``."""


class Voters(NamedTuple):
    """V voters: members on the start date, then those who join."""

    stance: Ints
    """[V] chain number of the stance."""
    member: Bools
    """[V] is a member at the start."""
    ratification: Ints
    """[V] law of its ratification, -1 if it has none."""
    peer: Bools
    """[V] can count as a peer of others: everybody, unless the scenario says among whom."""


class Watches(NamedTuple):
    """First entries to be stored."""

    chain: Ints
    state: Ints


@dataclass(frozen=True)
class PriorLaw:
    """A law for a number that is not known: its name (see ``scenario/quantiles.py``), and its own numbers by name."""

    law: str
    numbers: Mapping[str, float]
    times: float = 1.0
    """Factor of every draw."""


@dataclass(frozen=True)
class PriorColumn:
    """A column of a table, for numbers that are not known: a world has the same row of every column of one file."""

    file: str
    name: str
    times: float = 1.0
    """Factor of every draw."""


Given = float | PriorLaw | PriorColumn
"""What is said of a parameter: the number, or how it differs from world to world."""


@dataclass(frozen=True)
class Recipe:
    """How the value of a slot follows from the parameters of a world.

    ``product`` of literals and parameter names, its ``inverse`` (a rate given for a scale), or the
    ``rest`` that the named slots leave to 1.
    """

    kind: str
    factors: tuple[float | str, ...] = ()
    slots: tuple[int, ...] = ()
    role: str = "rate"
    """``rate`` (>= 0), ``probability`` (in [0, 1]), ``factor`` (>= 0), ``positive``, or ``nothing`` (0)."""
    where: str = ""
    """The place in the scenario, for messages."""


@dataclass(frozen=True)
class Model:
    """A compiled scenario. Two equal models give equal results under every engine."""

    name: str
    title: str
    digest: str
    start: date
    horizon: date
    horizon_years: float
    voter_names: tuple[str, ...]
    chain_names: tuple[str, ...]
    state_names: tuple[tuple[str, ...], ...]
    """For each chain, and last for the ladder."""
    move_names: tuple[str, ...]
    step_names: tuple[str, ...]
    calendar_names: tuple[str, ...]
    watch_names: tuple[str, ...]
    years: tuple[int, ...]
    """Calendar years from start to horizon."""
    parameters: Mapping[str, Given]
    tables: Mapping[str, Mapping[str, Floats]]
    """Prior tables: file -> column -> one value per row."""
    recipes: tuple[Recipe, ...]
    top_stance: int
    threshold: int
    """The highest stance that any decision needs."""
    last_decision: int
    """Number of the last decision step, -1 if none."""
    chains: Chains
    moves: Moves
    conditions: Conditions
    scales: Scales
    steps: Steps
    laws: Laws
    agenda: Agenda
    voters: Voters
    watch: Watches
    titles: Mapping[str, str] = field(default_factory=dict)
    """Chain -> what it is called, where its name does not say it."""
    yours: tuple[OwnNumber, ...] = ()
    """Numbers that a user has set; see ``scenario/whose.py``."""

    def called(self, chain: str) -> str:
        """A chain in words, without whose it is."""
        return self.titles.get(chain, chain.rpartition(".")[2].replace("_", " "))

    @property
    def n_chains(self) -> int:
        """C, without the ladder."""
        return len(self.chain_names)

    @property
    def n_steps(self) -> int:
        """S."""
        return len(self.step_names)

    @property
    def n_voters(self) -> int:
        """V."""
        return len(self.voter_names)

    @cached_property
    def blocker_names(self) -> tuple[str, ...]:
        """[B] all that can block a step: the voters, then chains that a meeting waits for."""
        awaited = dict.fromkeys(self.chain_names[chain] for chain in self.steps.await_chain)
        return (*self.voter_names, *awaited)

    def awaited(self, step: int) -> dict[str, str]:
        """Chains that every meeting on a step waits for -> what they are called."""
        first, end = self.steps.first_await[step : step + 2].tolist()
        names = [self.chain_names[chain] for chain in self.steps.await_chain[first:end]]
        return {name: self.called(name) for name in names}

    @property
    def replaceable(self) -> tuple[int, ...]:
        """Steps in whose place a substitute may stand (those with a bypass), in order."""
        return tuple(np.flatnonzero(self.steps.bypass != NONE).tolist())

    def always_zero(self, slot: int) -> bool:
        """Whether a number is 0 in every world."""
        recipe = self.recipes[slot]
        return recipe.kind == "product" and any(
            (self.parameters[factor] if isinstance(factor, str) else factor) == 0.0
            for factor in recipe.factors
        )

    @property
    def blocker_words(self) -> int:
        """64-bit words that a mask of blockers takes."""
        return max(1, -(-len(self.blocker_names) // 64))

    @property
    def chain_of_move(self) -> Ints:
        """[M] the chain whose move it is."""
        return np.repeat(np.arange(self.n_chains), np.diff(self.chains.first_move))

    @property
    def uncertain(self) -> bool:
        """Whether anything differs from world to world."""
        drawn = (self.chains.start == NONE) & self.chains.by_world
        return bool(drawn.any()) or any(not isinstance(given, float) for given in self.parameters.values())
