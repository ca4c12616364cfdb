"""Moves and steps of a model one by one, as small records.

The arrays of ``model.py`` suit compiled loops; who follows one move or one step would rather be handed it whole.
Nothing is worked out here, only looked up.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

import numpy as np

from sim.model.model import PEERS, Model

When = tuple[tuple[int, int], ...]
"""Pairs of a chain's number and a mask: bit s is set if state s will do. All pairs must agree."""


@dataclass(frozen=True)
class ScalePiece:
    """What multiplies a rate: the factor (a slot, or -1) for each state of a chain, or of the peers."""

    chain: int
    slots: tuple[int, ...]


@dataclass(frozen=True)
class MovePiece:
    """One possible change of a chain."""

    number: int
    name: str
    chain: int
    source: int
    target: int
    rate: int
    """Slot of the base rate per year."""
    when: When
    scales: tuple[ScalePiece, ...]


@dataclass(frozen=True)
class StepPiece:
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
    awaits: When
    """What every meeting waits for."""
    awaits_as: tuple[int, ...]
    """For each of these the number among the model's blockers."""
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
    elapsed: int
    """Days for which it has lasted when it begins; and the lag."""
    lag_elapsed: int
    ratified: tuple[bool, ...]
    """Whether each voter has ratified by then."""


@dataclass(frozen=True)
class Pieces:
    """Makes the records of a model.

    :param ladder: the number by which the ladder goes among chains; that of the model if None.
    """

    model: Model
    ladder: int | None = None

    def moves(self, chains: Container[int] | None = None) -> tuple[MovePiece, ...]:
        """All moves, or those of some chains, in file order."""
        owners = self.model.chain_of_move.tolist()
        return tuple(self._move(m) for m, chain in enumerate(owners) if chains is None or chain in chains)

    def steps(self) -> tuple[StepPiece, ...]:
        """The ladder."""
        return tuple(self._step(number) for number in range(self.model.n_steps))

    def _number(self, chain: int) -> int:
        return self.ladder if self.ladder is not None and chain == self.model.n_chains else chain

    def _when(self, low: int, high: int) -> When:
        conditions = self.model.conditions
        return tuple(
            (self._number(int(conditions.chain[i])), int(conditions.allowed[i])) for i in range(low, high)
        )

    def _move(self, m: int) -> MovePiece:
        moves = self.model.moves
        return MovePiece(
            number=m,
            name=self.model.move_names[m],
            chain=int(np.searchsorted(self.model.chains.first_move, m, side="right")) - 1,
            source=int(moves.source[m]),
            target=int(moves.target[m]),
            rate=int(moves.rate[m]),
            when=self._when(int(moves.first_condition[m]), int(moves.first_condition[m + 1])),
            scales=tuple(
                self._scale(i) for i in range(int(moves.first_scale[m]), int(moves.first_scale[m + 1]))
            ),
        )

    def _scale(self, i: int) -> ScalePiece:
        chain, at = int(self.model.scales.chain[i]), int(self.model.scales.factor_at[i])
        # the peers have the states of a stance
        states = int(self.model.voters.stance[0]) if chain == PEERS else chain
        count = len(self.model.state_names[states])
        slots: list[int] = self.model.scales.factors[at : at + count].tolist()
        return ScalePiece(chain if chain == PEERS else self._number(chain), tuple(slots))

    def _step(self, s: int) -> StepPiece:
        steps, voters = self.model.steps, range(self.model.n_voters)
        first = steps.first_unless.tolist()

        def unless(v: int) -> When:
            at = s * len(voters) + v
            return tuple(
                (int(steps.unless_chain[i]), int(steps.unless_states[i]))
                for i in range(first[at], first[at + 1])
            )

        awaits = range(int(steps.first_await[s]), int(steps.first_await[s + 1]))
        return StepPiece(
            number=s,
            name=self.model.step_names[s],
            kind=int(steps.kind[s]),
            when=self._when(int(steps.first_condition[s]), int(steps.first_condition[s + 1])),
            calendars=int(steps.calendars[s]),
            needs=int(steps.needs[s]),
            unless=tuple(unless(v) for v in voters),
            awaits=tuple((int(steps.await_chain[i]), int(steps.await_states[i])) for i in awaits),
            awaits_as=tuple(int(steps.await_as[i]) for i in awaits),
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
            elapsed=int(steps.elapsed[s]),
            lag_elapsed=int(steps.lag_elapsed[s]),
            ratified=tuple(bool(steps.ratified[s * len(voters) + v]) for v in voters),
        )
