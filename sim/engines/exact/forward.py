"""From date to date: the joint law of everything that the decisions depend on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from math import prod

import numpy as np
from scipy import sparse, special

from sim.base.dates import DAYS_PER_YEAR, years_between
from sim.engines.exact.component import Axis, Chances, poisson_terms
from sim.engines.exact.lengths import AT_ONCE, Times
from sim.engines.exact.merging import Bools, Canon
from sim.engines.exact.states import Space, begin
from sim.model.model import EVENT, JOIN, MEETING, NONE, REDRAW, Floats, Ints, Model
from sim.model.rules import required

CUT = 1e-10
"""Probability that a component may leave the states that are carried of it."""
_SLACK = 1e-9


class March:
    """One world, from date to date."""

    def __init__(
        self,
        spaces: Sequence[Space],
        numbers: Floats,
        starts: Mapping[int, int],
        dates: Sequence[date],
        tail: float,
        merge: bool,
    ) -> None:
        self.parts, self.tail = spaces[0].layout.parts, tail
        self.model: Model = self.parts.model
        self.chances = Chances(self.parts, numbers)
        self.axes = [Axis(space, self.chances) for space in spaces]
        self.axis = self.axes[0]
        self.starts = starts
        self.members = frozenset(np.flatnonzero(self.model.voters.member).tolist())
        self.lost = 0.0
        self.stages = len(self.parts.decisions)
        self.edges = np.array([years_between(self.model.start, day) for day in dates])
        self.taken = np.zeros((self.stages, len(dates)))
        self.atoms: list[tuple[float, float, float]] = []
        self.flow: list[tuple[float, float, float, Floats]] = []
        """Of each stretch in which the last decision is bypassed: from, years, rate, [terms, 1] taken."""
        self.streams = any(self.parts.bypassed(step) for step in self.parts.decisions)
        self._votes: dict[tuple[int, frozenset[int]], list[tuple[Bools, Ints]]] = {}
        self._dense: dict[tuple[object, ...], tuple[Floats, float]] = {}
        self._merge = merge
        self.mass = self._begin()
        self.shape = tuple(len(axis) for axis in self.axes)

    # --- the start ----------------------------------------------------------------------------------

    def _start(self, chain: int, state: int) -> float:
        c = self.model.chains
        if c.start[chain] != NONE:
            return float(state == c.start[chain])
        if c.by_world[chain] and chain in self.starts:
            return float(state == self.starts[chain])
        at = int(c.start_at[chain])
        weights = self.chances.numbers[c.slots[at : at + int(c.states[chain])]]
        return float(weights[state] / weights.sum())

    def _begin(self) -> Floats:
        """[main states, states beside] probabilities at the start."""
        vectors = [self._first(axis) for axis in self.axes]
        for number in range(1, len(self.axes)):
            vectors[number] = self._probable(number, vectors[number])
        mass = vectors[0]
        for vector in vectors[1:]:
            mass = np.multiply.outer(mass, vector)
        done = float(self._taken_of(mass)[-1]) if self.stages else 1.0
        if done > 0:
            self.atoms.append((AT_ONCE, 0.0, done))
        return np.ascontiguousarray(mass.reshape(len(self.axis), -1))

    def _first(self, axis: Axis) -> Floats:
        """[n] probabilities of the states of one component at the start."""

        def never(chain: int) -> float:
            return self.chances.slot(int(self.model.chains.never[chain]))

        layout = axis.space.layout
        rows, weights = begin(layout, self._start, never)
        vector = np.zeros(len(axis.space))
        ladder = self.chances.from_start() if layout.component.ladder else [(0, 1.0)]
        for target, chance in ladder:
            if layout.component.ladder:
                rows[:, 0] = target
            np.add.at(vector, axis.space.find(Canon(layout, self._merge)(rows)), weights * chance)
        return vector

    def _probable(self, number: int, vector: Floats) -> Floats:
        """Leaves out the states of a small component that are hardly ever entered; the loss is counted.

        Nothing else acts on such a component, so what may ever leave the states kept is known for sure.
        """
        axis = self.axes[number]
        highest, _ = self._alone(number, vector)
        least = CUT
        while True:
            kept = np.flatnonzero(highest > least)
            axis.keep(kept)
            lost = 1.0 - self._alone(number, vector[kept])[1]
            if lost <= CUT or not least:
                break
            least = least / 10 if least > CUT * 1e-9 else 0.0
        self.lost += max(lost, 0.0)
        return vector[kept]

    def _alone(self, number: int, vector: Floats) -> tuple[Floats, float]:
        """The highest probability of each state on any date, and all that is left at the horizon."""
        a, axis, now, members = self.model.agenda, self.axes[number], 0.0, self.members
        highest = vector.copy()
        self._dense.clear()
        for i in range(len(a.time) + 1):
            then = float(a.time[i]) if i < len(a.time) else self.model.horizon_years
            if then > now:
                vector = self._over(number, then - now, members)[0] @ vector
                np.maximum(highest, vector, out=highest)
            now = then
            if i < len(a.time) and a.kind[i] == JOIN:
                members = members | {int(a.what[i])}
            elif i < len(a.time) and axis.space.carries(int(a.what[i])) and a.kind[i] in (EVENT, REDRAW):
                vector = self._dated_matrix(axis, i) @ vector
                np.maximum(highest, vector, out=highest)
        return highest, float(vector.sum())

    def _taken_of(self, mass: Floats) -> Floats:
        """[stages] probability that each decision was taken."""
        by_row = mass.reshape(len(mass), -1).sum(axis=1) if mass.ndim > 1 else mass
        at = np.bincount(self.axis.stages, by_row, self.stages + 1)
        return at[::-1].cumsum()[::-1][1:]

    # --- the march ----------------------------------------------------------------------------------

    def run(self) -> None:
        """From the start to the horizon."""
        if not self.stages:
            return
        a = self.model.agenda
        now = 0.0
        for i in range(len(a.time)):
            now = self._until(now, float(a.time[i]))
            self._dated(i)
        self._until(now, self.model.horizon_years)
        self.taken[:, self.edges >= self.model.horizon_years] = self._taken_of(self.mass)[:, None]

    def _until(self, now: float, then: float) -> float:
        """Lets chains move up to a date; notes probabilities at the dates on the way."""
        if then <= now:
            return now
        inside = (self.edges >= now) & (self.edges < then)
        matrix, rate = self.axis.generator(self.members)
        weights, left = poisson_terms(rate * (then - now), self.tail)
        self.lost += left
        if self.streams and (inside.any() or self.parts.bypassed(self.parts.last)):
            self._stream(now, then, inside, matrix, rate, len(weights))
        elif inside.any():
            self.taken[:, inside] = self._taken_of(self.mass)[:, None]
        power, total, part = self.mass, weights[0] * self.mass, np.empty_like(self.mass)
        for weight in weights[1:]:
            power = matrix @ power
            np.multiply(power, weight, out=part)
            total += part
        self.mass = total
        self._beside(then - now)
        return then

    def _stream(
        self, now: float, then: float, inside: Bools, matrix: sparse.csr_matrix, rate: float, terms: int
    ) -> None:
        """What bypasses take between two dates; what stands beside the main component has no part in it."""
        power = self.mass.sum(axis=1)
        powers = [self._taken_of(power)]
        for _ in range(terms - 1):
            power = matrix @ power
            powers.append(self._taken_of(power))
        for j in np.flatnonzero(inside):
            self.taken[:, j] = _at(rate, np.array([self.edges[j] - now]), np.array(powers))[0]
        done = np.array(powers)[:, -1:]
        if done[0] != done[-1]:
            self.flow.append((now, then - now, rate, done))

    def _over(self, number: int, years: float, members: frozenset[int]) -> tuple[Floats, float]:
        """Matrix of a small component over so many years, and the mass that it may lose."""
        key = (number, round(years, 12), members if self.parts.peers_count else None)
        if key not in self._dense:
            self._dense[key] = self.axes[number].dense(members, years, self.tail)
        return self._dense[key]

    def _beside(self, years: float) -> None:
        """Carries the small components over the same time."""
        if len(self.axes) == 1:
            return
        for number in range(1, len(self.axes)):
            matrix, left = self._over(number, years, self.members)
            self.lost += left
            after = prod(self.shape[number + 1 :])
            if after == 1:
                self.mass = (self.mass.reshape(-1, len(matrix)) @ matrix.T).reshape(len(self.axis), -1)
            else:
                whole = self.mass.reshape(-1, len(matrix), after)
                self.mass = np.matmul(matrix, whole).reshape(len(self.axis), -1)

    # --- dates --------------------------------------------------------------------------------------

    def _dated(self, item: int) -> None:
        a = self.model.agenda
        kind, what = int(a.kind[item]), int(a.what[item])
        if kind == JOIN:
            self.members = self.members | {what}
        elif kind == MEETING:
            self._meet(what, float(a.time[item]))
        elif kind in (EVENT, REDRAW):
            for number, axis in enumerate(self.axes):
                if axis.space.carries(what):
                    self._apply(number, self._dated_matrix(axis, item))

    def _dated_matrix(self, axis: Axis, item: int) -> sparse.csr_matrix:
        """What an event or a redraw does to a component."""
        a = self.model.agenda
        what = int(a.what[item])
        return axis.event(what, int(a.state[item])) if a.kind[item] == EVENT else axis.redraw(what)

    def _apply(self, number: int, matrix: sparse.csr_matrix) -> None:
        whole = np.moveaxis(self.mass.reshape(self.shape), number, 0)
        moved = (matrix @ whole.reshape(len(whole), -1)).reshape(whole.shape)
        self.mass = np.ascontiguousarray(np.moveaxis(moved, 0, number).reshape(len(self.axis), -1))

    def _votes_of(self, step: int) -> list[tuple[Bools, Ints]]:
        key = (step, self.members)
        if key not in self._votes:
            self._votes[key] = [axis.votes(step, self.members) for axis in self.axes]
        return self._votes[key]

    def _meet(self, calendar: int, time: float) -> None:
        """A meeting: at most one step passes, for each joint state the one that is due."""
        s = self.model.steps
        gone = np.zeros_like(self.mass)
        met = False
        for step in self.parts.decisions:
            if not int(s.calendars[step]) >> calendar & 1:
                continue
            here = self.axis.rows_before(step)
            if here.start == here.stop:
                continue
            passing = self._passing(step, here)
            moved = np.where(passing, self.mass[here], 0.0) * (1.0 - self.chances.slot(int(s.held[step])))
            if moved.any():
                met = True
                self.mass[here] -= moved
                gone += self.axis.taken(step) @ moved
        if met:
            done = gone[self.axis.stages == self.stages].sum()
            self.mass += gone
            if done > 0:
                self.atoms.append((time, 0.0, float(done)))

    def _passing(self, step: int, here: slice) -> Bools:
        """Whether a step passes, for the states in which it is the next: (main states, those beside)."""
        s = self.model.steps
        (due, against), *beside = self._votes_of(step)
        due, against = due[here], against[here]
        for more_due, more_against in beside:
            due = np.logical_and.outer(due, more_due)
            against = np.add.outer(against, more_against)
        always = sum(self.parts.always_blocks(step, voter) for voter in self.members)
        n = len(self.members)
        allowed = n - required(int(s.rule[step]), int(s.rule_a[step]), int(s.rule_b[step]), n) - always
        return np.asarray((due & (against <= allowed)).reshape(here.stop - here.start, -1))

    # --- the last decision --------------------------------------------------------------------------

    def decided(self, per_day: int) -> Times:
        """When the last decision was taken."""
        n = int(np.ceil(self.model.horizon_years * DAYS_PER_YEAR)) * per_day + 1
        grid = np.arange(n) / (per_day * DAYS_PER_YEAR)
        smooth = np.zeros(n)
        for now, years, rate, done in self.flow:
            first, last = np.searchsorted(grid, [now + _SLACK, now + years + _SLACK])
            smooth[first:last] += _at(rate, grid[first:last] - now, done - done[0])[:, 0]
            smooth[last:] += _at(rate, np.array([years]), done - done[0])[0, 0]
        return Times(tuple(self.atoms), smooth, per_day)


def _at(rate: float, years: Floats, powers: Floats) -> Floats:
    """Poisson mixtures of ``powers`` [terms, columns] at times within a stretch: [times, columns]."""
    mean = np.maximum(rate * years, 1e-300)[:, None]
    k = np.arange(len(powers))
    return np.asarray(np.exp(k * np.log(mean) - mean - special.gammaln(k + 1)) @ powers)
