"""One component in one world: how its law changes with time, at dates and at meetings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse, special

from sim.base.errors import ModelError
from sim.engines.exact.reachable import Bools
from sim.engines.exact.states import Jump, Space
from sim.engines.exact.structure import LADDER, Structure
from sim.model.model import NONE, PEERS, Floats, Ints
from sim.model.pieces import MovePiece, When

_MOST_STEPS = 1_000_000
"""Largest total exit rate times years from one date to the next."""


def poisson_terms(mean: float, tail: float) -> tuple[Floats, float]:
    """Weights of a Poisson law of this mean up to where less than ``tail`` is left, and what is left."""
    if mean <= 0.0:
        return np.ones(1), 0.0
    most = int(mean + 10 * np.sqrt(mean) + 40)
    left = special.pdtrc(np.arange(most + 1), mean)
    last = int(np.argmax(left <= tail)) if (left <= tail).any() else most
    k = np.arange(last + 1)
    return np.exp(k * np.log(mean) - mean - special.gammaln(k + 1)), float(left[last])


@dataclass(frozen=True)
class Chances:
    """The numbers of one world, as far as the steps of the ladder go."""

    structure: Structure
    numbers: Floats

    def slot(self, slot: int) -> float:
        """A probability or rate; 0 if there is none."""
        return 0.0 if slot == NONE else float(self.numbers[slot])

    def landing(self, step: int, target: int) -> float:
        """Probability that the taking of ``step`` ends at ``target``: those between are waived."""
        waived = self.structure.model.steps.waived
        chance = 1.0
        for between in range(step + 1, target):
            chance *= self.slot(int(waived[between]))
        if target <= self.structure.last:
            chance *= 1.0 - self.slot(int(waived[target]))
        return chance

    def from_start(self) -> list[tuple[int, float]]:
        """Where the ladder may stand at the very start, and how likely."""
        first = (
            self.structure.landings(-1) if self.structure.last >= 0 and self.structure.may_waive(0) else [0]
        )
        return [(target, self.landing(-1, target)) for target in first]


class Axis:
    """One component in one world: its generator, and what dated things do to it."""

    def __init__(self, space: Space, chances: Chances) -> None:
        self.space, self.chances = space, chances
        self.structure, self.numbers = chances.structure, chances.numbers
        self.model = self.structure.model
        self.kept: Ints | None = None
        """States that are carried, if not all: the others are too improbable."""
        self._generators: dict[tuple[int, ...], tuple[sparse.csr_matrix, float]] = {}
        self._matrices: dict[tuple[object, ...], sparse.csr_matrix] = {}

    def __len__(self) -> int:
        return len(self.space) if self.kept is None else len(self.kept)

    def keep(self, states: Ints | None) -> None:
        """Carries only these states; what leaves them is lost."""
        self.kept = states
        self._generators.clear()
        self._matrices.clear()

    def _among_kept(self, matrix: sparse.csr_matrix) -> sparse.csr_matrix:
        return matrix if self.kept is None else matrix[self.kept][:, self.kept].tocsr()

    # --- rates --------------------------------------------------------------------------------------

    def _peers(self, move: MovePiece, source: Ints, state: int, members: frozenset[int]) -> Ints:
        """How many peers are in a stance."""
        count = np.zeros(len(source), np.int64)
        for v in self.structure.peers_of(move.chain):
            if v in members:
                stance = self.space.column(int(self.model.voters.stance[v]))
                here = np.broadcast_to(np.asarray(stance), len(self.space))[source] == state
                if ("below", v) in self.space.plan.place:
                    here = here & (self.space.rows[source, self.space.plan.place["below", v]] == 1)
                count += here
        return count

    def _rates(self, move: MovePiece, source: Ints, members: frozenset[int]) -> Floats:
        rate = np.full(len(source), self.numbers[move.rate])
        for scale in move.scales:
            if scale.chain == PEERS:
                for state, slot in enumerate(scale.slots):
                    if slot != NONE:
                        rate *= self.numbers[slot] ** self._peers(move, source, state, members)
                continue
            factors = np.array([1.0 if slot == NONE else self.numbers[slot] for slot in scale.slots])
            at = np.asarray(self.space.column(scale.chain))
            rate *= factors[np.broadcast_to(at, len(self.space))[source]]
        return rate

    def generator(self, members: frozenset[int]) -> tuple[sparse.csr_matrix, float]:
        """Transposed one-step matrix of the uniformised chain, and its rate per year."""
        relevant = tuple(sorted(members & self.structure.joiners)) if self.structure.peers_count else ()
        if relevant not in self._generators:
            self._generators[relevant] = self._generator(members)
        return self._generators[relevant]

    def _generator(self, members: frozenset[int]) -> tuple[sparse.csr_matrix, float]:
        n = len(self.space)
        entries: list[tuple[Jump, Floats]] = [
            (jump, self._rates(move, jump.source, members)) for move, jump in self.space.moves
        ]
        chain_names, move_names = self.model.chain_names, self.model.move_names
        names = [f"{chain_names[m.chain]}: {move_names[m.number]}" for m, _ in self.space.moves]
        for (step, landing), jump in self.space.steps.items():
            if self.structure.bypassed(step):
                bypass = self.chances.slot(int(self.model.steps.bypass[step]))
                due = self._met(self.structure.steps[step].when)
                rate = bypass * self.chances.landing(step, landing)
                entries.append((jump, np.where(due[jump.source], rate, 0.0)))
                names.append(f"{self.model.step_names[step]}: bypass")
        still = self._among_kept(sparse.identity(n, format="csr")), 0.0
        if not entries:
            return still
        source = np.concatenate([jump.source for jump, _ in entries])
        target = np.concatenate([jump.target for jump, _ in entries])
        rates = np.concatenate([there for _, there in entries])
        exits = np.bincount(source, rates, n)
        top = float(exits.max(initial=0.0))
        if top == 0.0:
            return still
        if top * self.model.horizon_years > _MOST_STEPS:
            fastest = max(range(len(names)), key=lambda i: float(entries[i][1].max(initial=0.0)))
            raise ModelError(
                f"the exact engine cannot take {names[fastest]}: {entries[fastest][1].max():.3g} per year; "
                f"allowed: {_MOST_STEPS / self.model.horizon_years:,.0f} for all moves of one joint state"
            )
        everywhere = np.arange(n)
        matrix = sparse.csr_matrix(
            (
                np.concatenate([rates / top, 1.0 - exits / top]),
                (np.concatenate([target, everywhere]), np.concatenate([source, everywhere])),
            ),
            shape=(n, n),
        )
        matrix.eliminate_zeros()
        return self._among_kept(matrix), top

    def carried(
        self, mass: Floats, years: float, members: frozenset[int], tail: float
    ) -> tuple[Floats, float]:
        """A law [n, columns] after so many years, and the mass that it may have lost."""
        matrix, rate = self.generator(members)
        weights, left = poisson_terms(rate * years, tail)
        power, total, part = mass, weights[0] * mass, np.empty_like(mass)
        for weight in weights[1:]:
            power = matrix @ power
            np.multiply(power, weight, out=part)
            total += part
        return total, left

    def powers(self, vector: Floats, years: float, members: frozenset[int], tail: float) -> Iterator[Floats]:
        """A law [n] after each number of steps of the uniformised chain that counts for so many years."""
        matrix, rate = self.generator(members)
        yield vector
        for _ in poisson_terms(rate * years, tail)[0][1:]:
            vector = matrix @ vector
            yield vector

    def dense(self, members: frozenset[int], years: float, tail: float) -> tuple[Floats, float]:
        """Matrix that carries a small component over so many years, and the mass that it may lose."""
        matrix, rate = self.generator(members)
        weights, left = poisson_terms(rate * years, tail)
        power = np.eye(len(self))
        total = weights[0] * power
        for weight in weights[1:]:
            power = matrix @ power
            total += weight * power
        return total, left

    # --- dates --------------------------------------------------------------------------------------

    def _shift(self, jumps: list[tuple[float, Ints, Ints]]) -> sparse.csr_matrix:
        """Matrix that moves mass along jumps; what has none stays."""
        n = len(self.space)
        stay = np.ones(n)
        for share, source, _ in jumps:
            stay[source] -= share
        everywhere = np.arange(n)
        values = [stay, *(np.full(len(source), share) for share, source, _ in jumps)]
        rows = [everywhere, *(target for _, _, target in jumps)]
        columns = [everywhere, *(source for _, source, _ in jumps)]
        matrix = sparse.csr_matrix(
            (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=(n, n)
        )
        matrix.eliminate_zeros()
        return self._among_kept(matrix)

    def event(self, chain: int, state: int) -> sparse.csr_matrix:
        """What the setting of a chain does."""
        key = ("event", chain, state)
        if key not in self._matrices:
            jump = self.space.sets.get((chain, state))
            self._matrices[key] = self._shift([(1.0, jump.source, jump.target)] if jump else [])
        return self._matrices[key]

    def redraw(self, chain: int) -> sparse.csr_matrix:
        """What the redrawing of a chain does."""
        key = ("redraw", chain)
        if key not in self._matrices:
            c = self.model.chains
            jumps = []
            at = int(c.redraw_at[chain])
            weights = self.numbers[c.slots[at : at + int(c.states[chain])]]
            for state, share in enumerate(weights / weights.sum()):
                jump = self.space.sets.get((chain, state))
                if jump is not None and share > 0:
                    jumps.append((float(share), jump.source, jump.target))
            self._matrices[key] = self._shift(jumps)
        return self._matrices[key]

    # --- decisions ----------------------------------------------------------------------------------

    @cached_property
    def stages(self) -> Ints:
        """[n] steps taken."""
        at = self.space.rows[:, 0].astype(np.int64)
        dead = at > self.structure.last + 1
        return np.where(dead, at - self.structure.last - 2, at)

    def rows_before(self, step: int) -> slice:
        """The states in which a step is the next; they stand together."""
        at = self.space.rows[:, 0]
        return slice(int(np.searchsorted(at, step)), int(np.searchsorted(at, step, side="right")))

    def _holds(self, chain: int, allowed: int) -> Bools:
        """[n] whether a chain that changes here (or the ladder) is in one of the allowed states."""
        return np.array([bool(allowed >> state & 1) for state in range(64)])[self.space.column(chain)]

    def _met(self, when: When) -> Bools:
        """[n] whether a condition holds as far as this component goes."""
        due = np.ones(len(self.space), np.bool_)
        for chain, allowed in when:
            if self.space.carries(chain) or (chain == LADDER and self.space.plan.component.ladder):
                due &= self._holds(chain, allowed)
            elif chain != LADDER and not self.structure.reach[chain] & allowed:
                due[:] = False  # it never is
        return due

    def votes(self, step: int, members: frozenset[int]) -> tuple[Bools, Ints]:
        """[n] whether a decision is due with all it awaits, [n] how many members block it: as far as this goes."""
        against = np.zeros(len(self.space), np.int64)
        for voter in members:
            if self.structure.always_blocks(step, voter):
                continue
            blocks = np.zeros(len(self.space), np.bool_)
            for chain, mask in self.structure.blocking(step, voter):
                if self.space.carries(chain):
                    blocks |= self._holds(chain, mask)
            against += blocks
        here = slice(None) if self.kept is None else self.kept
        return self._met(self.structure.asked(step))[here], against[here]

    def taken(self, step: int) -> sparse.csr_matrix:
        """Where the mass of the states before a step goes when it is taken."""
        key = ("taken", step)
        if key not in self._matrices:
            here = self.rows_before(step)
            jumps = [
                (self.chances.landing(step, target), jump)
                for (s, target), jump in self.space.steps.items() if s == step
            ]  # fmt: skip
            self._matrices[key] = sparse.csr_matrix(
                (
                    np.concatenate([np.full(len(j.source), p) for p, j in jumps]),
                    (
                        np.concatenate([j.target for _, j in jumps]),
                        np.concatenate([j.source for _, j in jumps]) - here.start,
                    ),
                ),
                shape=(len(self.space), here.stop - here.start),
            )
        return self._matrices[key]
