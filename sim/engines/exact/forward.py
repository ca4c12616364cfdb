"""From date to date: the joint law of everything that the decisions depend on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from math import prod

import numpy as np
from scipy import sparse

from sim.base.dates import years_at
from sim.engines.exact.component import Axis, Chances
from sim.engines.exact.merging import Canon
from sim.engines.exact.reachable import Bools
from sim.engines.exact.recorder import Recorder, Stretch
from sim.engines.exact.states import Space, begin
from sim.model.model import EVENT, JOIN, MEETING, NONE, REDRAW, Floats, Ints, Model
from sim.model.rules import required

CUT = 1e-10
"""Probability that a component may leave the states that are carried of it."""


class March:
    """One world, from date to date."""

    def __init__(
        self,
        spaces: Sequence[Space],
        numbers: Floats,
        starts: Mapping[int, int],
        dates: Sequence[date | float],
        tail: float,
        merge: bool,
    ) -> None:
        self.structure, self.tail = spaces[0].plan.structure, tail
        self.model: Model = self.structure.model
        self.chances = Chances(self.structure, numbers)
        self.axes = [Axis(space, self.chances) for space in spaces]
        self.axis = self.axes[0]
        self.starts = starts
        self.members = frozenset(np.flatnonzero(self.model.voters.member).tolist())
        self.lost = 0.0
        self.stages = len(self.structure.decisions)
        edges = np.array([years_at(self.model.start, when) for when in dates])
        waived = [self.chances.slot(int(self.model.steps.waived[step])) for step in self.structure.decisions]
        self.record = Recorder(np.array(waived), edges)
        self.streams = any(self.structure.bypassed(step) for step in self.structure.decisions)
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
        self.record.at_once(float(self._taken_of(mass)[-1]) if self.stages else 1.0)
        return np.ascontiguousarray(mass.reshape(len(self.axis), -1))

    def _first(self, axis: Axis) -> Floats:
        """[n] probabilities of the states of one component at the start."""

        def never(chain: int) -> float:
            return self.chances.slot(int(self.model.chains.never[chain]))

        plan = axis.space.plan
        rows, weights = begin(plan, self._start, never)
        vector = np.zeros(len(axis.space))
        ladder = self.chances.from_start() if plan.component.ladder else [(0, 1.0)]
        for target, chance in ladder:
            if plan.component.ladder:
                rows[:, 0] = target
            np.add.at(vector, axis.space.find(Canon(plan, self._merge)(rows)), weights * chance)
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
        a, horizon = self.model.agenda, self.model.horizon_years
        now = 0.0
        for i in range(len(a.time)):
            now = self._until(now, float(a.time[i]))
            self._dated(i)
        self._until(now, horizon)
        self.record.end(horizon, self._taken_of(self.mass))

    def _until(self, now: float, then: float) -> float:
        """Lets chains move up to a date; notes what is taken on the way."""
        if then > now:
            self._note(now, then)
            before = self._taken_of(self.mass) if self.streams else None
            self.carry(then - now)
            if before is not None:
                self.record.passed(self._taken_of(self.mass) - before)
        return max(now, then)

    def carry(self, years: float) -> None:
        """Carries the joint law over years in which nothing is dated."""
        self.mass, left = self.axis.carried(self.mass, years, self.members, self.tail)
        self.lost += left
        for number in range(1, len(self.axes)):
            self._carry_beside(number, years)

    def _note(self, now: float, then: float) -> None:
        """Notes probabilities at the dates on the way; between two dates only bypasses change them."""
        inside = self.record.between(now, then)
        if self.streams and (inside.any() or self.structure.bypassed(self.structure.last)):
            # what stands beside the main component has no part in it
            powers = self.axis.powers(self.mass.sum(axis=1), then - now, self.members, self.tail)
            taken = np.array([self._taken_of(power) for power in powers])
            _, rate = self.axis.generator(self.members)
            self.record.stream(inside, Stretch(now, then - now, rate, taken))
        elif inside.any():
            self.record.still(inside, self._taken_of(self.mass))

    def _over(self, number: int, years: float, members: frozenset[int]) -> tuple[Floats, float]:
        """Matrix of a small component over so many years, and the mass that it may lose."""
        key = (number, round(years, 12), members if self.structure.peers_count else None)
        if key not in self._dense:
            self._dense[key] = self.axes[number].dense(members, years, self.tail)
        return self._dense[key]

    def _carry_beside(self, number: int, years: float) -> None:
        """Carries a small component over the same time."""
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
        elif kind == MEETING and (item == 0 or a.kind[item - 1] != MEETING or a.day[item - 1] != a.day[item]):
            self._meet(self._calendars_on(int(a.day[item])), float(a.time[item]))
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

    def _calendars_on(self, day: int) -> int:
        """Mask of the calendars that meet on a day."""
        a = self.model.agenda
        return sum(1 << int(number) for number in set(a.what[(a.kind == MEETING) & (a.day == day)].tolist()))

    def _meet(self, calendars: int, time: float) -> None:
        """The meeting of a day: at most one step passes, for each joint state the one that is due."""
        s = self.model.steps
        gone = np.zeros_like(self.mass)
        met = False
        for step in self.structure.decisions:
            if not int(s.calendars[step]) & calendars:
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
            self.record.jump(time, float(gone[self.axis.stages == self.stages].sum()))
            self.mass += gone

    def _passing(self, step: int, here: slice) -> Bools:
        """Whether a step passes, for the states in which it is the next: (main states, those beside)."""
        s = self.model.steps
        (due, against), *beside = self._votes_of(step)
        due, against = due[here], against[here]
        for more_due, more_against in beside:
            due = np.logical_and.outer(due, more_due)
            against = np.add.outer(against, more_against)
        always = sum(self.structure.always_blocks(step, voter) for voter in self.members)
        n = len(self.members)
        allowed = n - required(int(s.rule[step]), int(s.rule_a[step]), int(s.rule_b[step]), n) - always
        return np.asarray((due & (against <= allowed)).reshape(here.stop - here.start, -1))
