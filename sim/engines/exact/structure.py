"""What of a model matters before the last decision: moves that can be open, states, and who reads whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sim.model import rules
from sim.model.model import DECISION, EVENT, JOIN, NONE, PEERS, REDRAW, Model
from sim.model.pieces import MovePiece, Pieces, When

LADDER = -2
"""Stands for the ladder where a chain is named."""
MANY = 1_000_000
"""More voters than there are: a rule that needs all of these needs all of any number."""


@dataclass(frozen=True)
class Read:
    """One chain (or the ladder) that a move or decision reads."""

    chain: int
    classes: tuple[int, ...]
    """Masks of the states that it cannot tell apart."""


def states_in(mask: int) -> Iterator[int]:
    """The states whose bits are set."""
    state = 0
    while mask >> state:
        if (mask >> state) & 1:
            yield state
        state += 1


class Structure:
    """The structure of a model, as far as it matters before the last decision."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.last = model.last_decision
        self.peers_count = bool((model.scales.chain == PEERS).any())
        pieces = Pieces(model, LADDER)
        self.steps = pieces.steps()
        self.moves = [move for move in pieces.moves() if not self.always_zero(move.rate)]
        self.starts = [self._starts(c) for c in range(model.n_chains)]
        self.set_to = self._set_to()
        self.reach = self._closure()
        self.moves = [m for m in self.moves if self._openable(m, self.reach)]
        self.varying = [c for c in range(model.n_chains) if self.reach[c].bit_count() > 1]

    # --- what the scenario says ---------------------------------------------------------------------

    def always_zero(self, slot: int) -> bool:
        """Whether a number is 0 in every world."""
        return self.model.always_zero(slot)

    def possible(self, at: int, chain: int) -> int:
        """Mask of the states to which the distribution at ``at`` can give a probability."""
        c = self.model.chains
        slots = c.slots[at : at + int(c.states[chain])]
        return sum(1 << s for s, slot in enumerate(slots) if not self.always_zero(int(slot)))

    def _starts(self, chain: int) -> int:
        c = self.model.chains
        if c.start[chain] != NONE:
            return 1 << int(c.start[chain])
        return self.possible(int(c.start_at[chain]), chain)

    def _set_to(self) -> list[int]:
        """[C] mask of the states that events and redraws may set, at any time."""
        masks = [0] * self.model.n_chains
        a = self.model.agenda
        for kind, what, state in zip(a.kind.tolist(), a.what.tolist(), a.state.tolist(), strict=True):
            if kind == EVENT:
                masks[what] |= 1 << state
            elif kind == REDRAW:
                masks[what] |= self.possible(int(self.model.chains.redraw_at[what]), what)
        return masks

    @cached_property
    def joiners(self) -> set[int]:
        """Voters that are no members at the start."""
        return set(np.flatnonzero(~self.model.voters.member).tolist())

    # --- what can happen ----------------------------------------------------------------------------

    def _openable(self, move: MovePiece, reach: list[int]) -> bool:
        return bool(reach[move.chain] >> move.source & 1) and all(
            chain == LADDER or reach[chain] & allowed for chain, allowed in move.when
        )

    def _closure(self) -> list[int]:
        """[C] mask of the states that a chain can ever be in."""
        reach = [a | b for a, b in zip(self.starts, self.set_to, strict=True)]
        while True:
            before = list(reach)
            for move in self.moves:
                if self._openable(move, reach):
                    reach[move.chain] |= 1 << move.target
            if reach == before:
                return reach

    # --- decisions ----------------------------------------------------------------------------------

    @property
    def decisions(self) -> range:
        """Steps that are carried: all up to the last decision."""
        return range(self.last + 1)

    def asked(self, step: int) -> When:
        """All that must hold of chains for a meeting to pass a step, whatever voters say."""
        return self.steps[step].when + self.steps[step].awaits

    def bypassed(self, step: int) -> bool:
        """Whether a decision may be taken another way."""
        slot = self.steps[step].bypass
        return slot != NONE and not self.always_zero(slot)

    def may_waive(self, step: int) -> bool:
        """Whether a decision may be waived."""
        slot = self.steps[step].waived
        return slot != NONE and not self.always_zero(slot)

    def blocking(self, step: int, voter: int) -> When:
        """Chain and mask of the states by which a voter blocks a step."""
        needs, against = self.steps[step].needs, self.steps[step].unless[voter]
        if not needs:
            return against
        return ((int(self.model.voters.stance[voter]), (1 << needs) - 1), *against)

    def always_blocks(self, step: int, voter: int) -> bool:
        """Whether a voter blocks a step whatever happens."""
        return any(not self.reach[chain] & ~mask for chain, mask in self.blocking(step, voter))

    @cached_property
    def consensus(self) -> bool:
        """Whether every decision needs every voter, so that one reason to block is as good as two."""
        return all(rules.required(*self.steps[step].rule, MANY) == MANY for step in self.decisions)

    @cached_property
    def takable(self) -> set[int]:
        """Decisions that may ever be taken at a meeting or bypassed."""
        found: set[int] = set()
        next_ones = {0, *self.landings(-1)} if self.last >= 0 and self.may_waive(0) else {0}
        for step in self.decisions:
            if step in next_ones and self._ever(step):
                found.add(step)
                next_ones |= set(self.landings(step))
        return found

    def _ever(self, step: int) -> bool:
        if self.bypassed(step) and self._reachable(self.steps[step].when):
            return True
        blocked = self.consensus and any(
            self.always_blocks(step, v) for v in range(self.model.n_voters) if v not in self.joiners
        )
        return self._reachable(self.asked(step)) and bool(self.steps[step].calendars) and not blocked

    def _reachable(self, when: When) -> bool:
        return all(chain == LADDER or self.reach[chain] & allowed for chain, allowed in when)

    def landings(self, step: int) -> list[int]:
        """States of the ladder in which the taking of a step can end: the next, or beyond waived ones."""
        found = [step + 1]
        while found[-1] <= self.last and self.may_waive(found[-1]):
            found.append(found[-1] + 1)
        return found

    # --- who reads whom -----------------------------------------------------------------------------

    def below(self, voter: int) -> bool | None:
        """Whether a voter is a peer that starts below the top stance; None if that is drawn."""
        if not self.model.voters.peer[voter]:
            return False
        top = 1 << self.model.top_stance
        starts = self.starts[int(self.model.voters.stance[voter])]
        return starts < top if starts < top or not starts & (top - 1) else None

    def peers_of(self, chain: int) -> list[int]:
        """Voters that may count as peers in a move of ``chain``."""
        own = int(self.model.chains.voter[chain])
        return [v for v in range(self.model.n_voters) if v != own and self.below(v) is not False]

    def reads(self, move: MovePiece) -> list[Read]:
        """What a move's rate depends on, besides its own chain."""
        found = [Read(c, (mask, ~mask)) for c, mask in move.when]
        for scale in move.scales:
            by_slot: dict[int, int] = {}
            for state, slot in enumerate(scale.slots):
                by_slot[slot] = by_slot.get(slot, 0) | 1 << state
            classes = tuple(by_slot.values())
            if scale.chain == PEERS:
                stances = [int(self.model.voters.stance[v]) for v in self.peers_of(move.chain)]
                found += [Read(stance, classes) for stance in stances]
            else:
                found.append(Read(scale.chain, classes))
        return found

    # --- dates --------------------------------------------------------------------------------------

    def joins(self) -> list[tuple[float, int]]:
        """Time and voter of each join, in order."""
        a = self.model.agenda
        return [(float(a.time[i]), int(a.what[i])) for i in np.flatnonzero(a.kind == JOIN)]

    def clocks_before_last(self) -> list[str]:
        """Steps before the last decision that are no decisions: their clocks have memory."""
        return [self.steps[k].name for k in self.decisions if self.steps[k].kind != DECISION]
