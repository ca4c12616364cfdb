"""The compiled model as the agents of the replay read it: moves, steps and dates as small records.

The arrays of ``model.py`` suit compiled loops; an agent would rather be handed its own moves. Nothing is
worked out here, only looked up.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from sim.model.model import NONE, PEERS, Floats, Model

When = tuple[tuple[int, int], ...]
"""Pairs of a chain's number and a mask: bit s is set if state s will do. All pairs must agree."""


def holds(when: When, states: list[int]) -> bool:
    """Whether every chain that ``when`` names is in a state that will do."""
    return all(allowed >> states[chain] & 1 for chain, allowed in when)


@dataclass(frozen=True)
class Scale:
    """What multiplies a rate: the factor (a slot, or -1) for each state of a chain, or of the peers."""

    chain: int
    slots: tuple[int, ...]


@dataclass(frozen=True)
class Move:
    """One possible change of a chain."""

    name: str
    source: int
    target: int
    rate: int
    """Slot of the base rate per year."""
    when: When
    scales: tuple[Scale, ...]
    least: float = 0.0
    """Rate a year that it has at least while it is open, in a run that makes rare things frequent."""


@dataclass(frozen=True)
class Step:
    """One step of the ladder; numbers are slots, and laws numbers of laws, -1 for none."""

    number: int
    name: str
    kind: int
    when: When
    calendars: int
    """Mask of the calendars whose dates are meetings of this step."""
    needs: int
    unless: tuple[When, ...]
    """For each voter the chains, and masks of the states, in which it objects."""
    rule: tuple[int, int, int]
    held: int
    waived: int
    bypass: int
    law: int
    lag: int
    obstruction: int
    obstruction_law: int
    obstructors: tuple[int, ...]
    """For each voter the slot of its weight, -1 if it is one of the others."""
    others: int


@dataclass(frozen=True)
class Dated:
    """One row of the agenda; see ``model.Agenda``."""

    time: float
    kind: int
    what: int
    state: int
    day: int
    year: int


@dataclass(frozen=True)
class Parts:
    """A model, and its parts as records."""

    model: Model
    tilt: Floats | None = None
    """[M] the least rate of each move; None if no move is tilted."""

    @cached_property
    def moves_from(self) -> tuple[tuple[tuple[Move, ...], ...], ...]:
        """For each chain and state the moves out of it, in file order."""
        return tuple(
            tuple(tuple(move for move in moves if move.source == state) for state in range(len(names)))
            for moves, names in zip(self.moves, self.model.state_names, strict=False)
        )

    @cached_property
    def moves(self) -> tuple[tuple[Move, ...], ...]:
        """For each chain its moves, in file order."""
        first = self.model.chains.first_move.tolist()
        return tuple(tuple(self._move(m) for m in range(low, high)) for low, high in pairwise(first))

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The ladder."""
        return tuple(self._step(s) for s in range(self.model.n_steps))

    @cached_property
    def agenda(self) -> tuple[Dated, ...]:
        """Everything with a date, in order."""
        return tuple(Dated(*row) for row in zip(*(part.tolist() for part in self.model.agenda), strict=True))

    @cached_property
    def chains_of(self) -> tuple[tuple[int, ...], ...]:
        """For each agent with chains (world chains one by one, then the voters) the chains' numbers."""
        owners = self.model.chains.voter.tolist()
        alone = [(c,) for c, owner in enumerate(owners) if owner == NONE]
        voters = [
            tuple(c for c, owner in enumerate(owners) if owner == v) for v in range(self.model.n_voters)
        ]
        return (*alone, *voters)

    def reads(self, chains: tuple[int, ...]) -> frozenset[int]:
        """What the rates of these chains can depend on: themselves, what their moves name, and peers."""
        if chains not in self._reads:
            read = set(chains)
            for move in (move for chain in chains for move in self.moves[chain]):
                read |= {chain for chain, _ in move.when} | {scale.chain for scale in move.scales}
            if PEERS in read:
                read |= set(self.stances)
            self._reads[chains] = frozenset(read)
        return self._reads[chains]

    @cached_property
    def _reads(self) -> dict[tuple[int, ...], frozenset[int]]:
        return {}

    @cached_property
    def stances(self) -> tuple[int, ...]:
        """For each voter the number of its stance chain."""
        return tuple(self.model.voters.stance.tolist())

    @cached_property
    def watched(self) -> tuple[tuple[int, int], ...]:
        """Chain and state of each watch."""
        return tuple(zip(self.model.watch.chain.tolist(), self.model.watch.state.tolist(), strict=True))

    def spread(self, at: int, chain: int) -> list[int]:
        """Slots of the probabilities of a chain's states, from place ``at`` on."""
        slots: list[int] = self.model.chains.slots[at : at + int(self.model.chains.states[chain])].tolist()
        return slots

    def chain(self, number: int) -> str:
        """Name of a chain, the ladder included."""
        return "ladder" if number == self.model.n_chains else self.model.chain_names[number]

    def state(self, chain: int, state: int) -> str:
        """Name of a state."""
        return self.model.state_names[chain][state]

    def read(self, when: When, states: list[int]) -> dict[str, str]:
        """The chains in a condition, each with the state that it is in."""
        return {self.chain(chain): self.state(chain, states[chain]) for chain, _ in when}

    def _when(self, low: int, high: int) -> When:
        conditions = self.model.conditions
        return tuple((int(conditions.chain[i]), int(conditions.allowed[i])) for i in range(low, high))

    def _move(self, m: int) -> Move:
        moves = self.model.moves
        return Move(
            self.model.move_names[m],
            int(moves.source[m]),
            int(moves.target[m]),
            int(moves.rate[m]),
            self._when(int(moves.first_condition[m]), int(moves.first_condition[m + 1])),
            tuple(self._scale(i) for i in range(int(moves.first_scale[m]), int(moves.first_scale[m + 1]))),
            0.0 if self.tilt is None else float(self.tilt[m]),
        )

    def _scale(self, i: int) -> Scale:
        chain, at = int(self.model.scales.chain[i]), int(self.model.scales.factor_at[i])
        states = self.stances[0] if chain == PEERS else chain  # the peers have the states of a stance
        count = len(self.model.state_names[states])
        return Scale(chain, tuple(self.model.scales.factors[at : at + count].tolist()))

    def _step(self, s: int) -> Step:
        steps, voters = self.model.steps, range(self.model.n_voters)
        first = steps.first_unless.tolist()

        def unless(v: int) -> When:
            at = s * len(voters) + v
            return tuple(
                (int(steps.unless_chain[i]), int(steps.unless_states[i]))
                for i in range(first[at], first[at + 1])
            )

        return Step(
            number=s,
            name=self.model.step_names[s],
            kind=int(steps.kind[s]),
            when=self._when(int(steps.first_condition[s]), int(steps.first_condition[s + 1])),
            calendars=int(steps.calendars[s]),
            needs=int(steps.needs[s]),
            unless=tuple(unless(v) for v in voters),
            rule=(int(steps.rule[s]), int(steps.rule_a[s]), int(steps.rule_b[s])),
            held=int(steps.held[s]),
            waived=int(steps.waived[s]),
            bypass=int(steps.bypass[s]),
            law=int(steps.law[s]),
            lag=int(steps.lag[s]),
            obstruction=int(steps.obstruction[s]),
            obstruction_law=int(steps.obstruction_law[s]),
            obstructors=tuple(int(steps.obstructor[s * len(voters) + v]) for v in voters),
            others=int(steps.others[s]),
        )
