"""The compiled model as the agents of the replay read it: who has which chains and moves, and what is named how.

Nothing is worked out here, only looked up.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from functools import cached_property
from weakref import finalize

from sim.model.model import NONE, PEERS, Floats, Model
from sim.model.pieces import MovePiece, Pieces, StepPiece, When


def holds(when: When, states: list[int]) -> bool:
    """Whether every chain that ``when`` names is in a state that will do."""
    for chain, allowed in when:  # noqa: SIM110  (asked so often that all() would take a third of a replay)
        if not allowed >> states[chain] & 1:
            return False
    return True


@dataclass(frozen=True)
class Dated:
    """One row of the agenda; see ``model.Agenda``."""

    time: float
    kind: int
    what: int
    state: int
    day: int
    year: int


_KNOWN: dict[int, Parts] = {}


@dataclass(frozen=True)
class Parts:
    """A model, and its parts as records."""

    model: Model
    tilt: Floats | None = None
    """[M] the least rate of each move; None if no move is tilted."""

    @classmethod
    def of(cls, model: Model) -> Parts:
        """The parts of a model without tilts, looked up once for as long as the model is there."""
        if id(model) not in _KNOWN:
            # what the parts are made of must not keep the model that they are known by
            _KNOWN[id(model)] = cls(copy(model))
            finalize(model, _KNOWN.pop, id(model))
        return _KNOWN[id(model)]

    @cached_property
    def moves_from(self) -> tuple[tuple[tuple[MovePiece, ...], ...], ...]:
        """For each chain and state the moves out of it, in file order."""
        return tuple(
            tuple(tuple(move for move in moves if move.source == state) for state in range(len(names)))
            for moves, names in zip(self.moves, self.model.state_names, strict=False)
        )

    @cached_property
    def moves(self) -> tuple[tuple[MovePiece, ...], ...]:
        """For each chain its moves, in file order."""
        every = Pieces(self.model).moves()
        return tuple(tuple(m for m in every if m.chain == c) for c in range(self.model.n_chains))

    def least(self, move: MovePiece) -> float:
        """Rate a year that a move has at least while it is open, in a run that makes rare things frequent."""
        return 0.0 if self.tilt is None else float(self.tilt[move.number])

    @cached_property
    def steps(self) -> tuple[StepPiece, ...]:
        """The ladder."""
        return Pieces(self.model).steps()

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
