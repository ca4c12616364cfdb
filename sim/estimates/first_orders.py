"""What moves an answer, worked out: first-order indices of everything that is not known, alone and by block."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import sqrt

import numpy as np

from sim.estimates.indices import (
    DEGREE,
    WORLDS_A_TERM,
    Basis,
    Indices,
    Partition,
    Shares,
    additive,
    basis_of,
    by_bins,
    degree_for,
    first_order,
    of_ranks,
)
from sim.estimates.intervals import FEWEST_WORLDS
from sim.estimates.moving import Alone, Moving, NotKnown, Part, Target, Where
from sim.model.model import Floats
from sim.model.unknowns import Unknown

Place = tuple[str, dt.date]
"""A step, and the date by which it is taken."""
DIGITS = 6
"""Of stored numbers: finer than any error, coarser than what linear algebra rounds."""
TENTH = 0.1
AT_A_TIME = 1 << 20
"""Shares of so many parameters, each in its own order of worlds, are looked at together."""
WORLDS_A_JOINT_TERM = 4
"""Worlds for each function of what is fitted together."""
WEAKEST = ("yours", "judged", "literature", "fitted")


def moving(
    unknowns: Sequence[Unknown],
    bases: Mapping[str, str],
    targets: Mapping[Place, Shares],
    labels: Mapping[str, str] | None = None,
) -> Moving:
    """What moves each target.

    :param bases: parameter -> what it rests on.
    :param targets: a step and a date -> the shares of the worlds.
    :param labels: name -> in words; the name itself if not given.
    """
    worlds = len(next(iter(targets.values())))
    refused = refusal(worlds, unknowns)
    if refused:
        return not_told(targets, refused)
    seen = _Seen(unknowns)
    told = [
        NotKnown(
            name=u.name,
            label=(labels or {}).get(u.name, u.name),
            block=u.block,
            basis=basis(u, bases),
            where=tuple(seen.where(place)),
            start=bool(u.states),
        )
        for place, u in enumerate(unknowns)
    ]
    apart = {place: shares for place, shares in targets.items() if shares.told_apart}
    found = dict(zip(apart, seen.targets(apart), strict=True))
    return Moving(tuple(told), tuple(found.get(place) or _alike(place, targets[place]) for place in targets))


def not_told(places: Iterable[Place], why: str) -> Moving:
    """Targets of which nothing is said, and why."""
    return Moving((), tuple(Target(step=step, date=day, refused=why) for step, day in places), why)


def refusal(worlds: int, unknowns: Sequence[Unknown]) -> str:
    """Why nothing can be said of what moves an answer; empty if something can."""
    if not unknowns:
        return "nothing in this scenario is uncertain but chance"
    if worlds < FEWEST_WORLDS:
        return (
            f"{worlds} worlds are too few to tell what moves the answer; at least {FEWEST_WORLDS} are needed"
        )
    return ""


def _alike(place: Place, shares: Shares) -> Target:
    return Target(
        step=place[0],
        date=place[1],
        probability=_short(shares.mean),
        spread=_short(sqrt(max(shares.between, 0.0))),
        refused="the probability differs from world to world by no more than chance",
    )


class _Seen:
    """P things that are not known in W worlds, sorted and ranked once for all targets."""

    def __init__(self, unknowns: Sequence[Unknown]) -> None:
        self.unknowns = unknowns
        self.values = np.stack([u.values for u in unknowns])
        self.worlds = self.values.shape[1]
        self.order = np.argsort(self.values, axis=1, kind="stable")
        self.ranks = of_ranks(self.worlds, degree_for(self.worlds))
        ordered = np.take_along_axis(self.values, self.order, axis=1)
        distinct = 1 + (ordered[:, 1:] != ordered[:, :-1]).sum(axis=1)
        self.distinct = distinct
        """[P] how many values each has."""
        self.few_valued = {
            place: Partition.of(self.values[place])
            for place in np.flatnonzero(distinct <= DEGREE + 1).tolist()
        }
        """Those of so few values that each is a category."""
        self.few = max(int(TENTH * self.worlds), 2)
        self.members: dict[str, list[int]] = {}
        for place, unknown in enumerate(unknowns):
            self.members.setdefault(unknown.block, []).append(place)

    def targets(self, wanted: Mapping[Place, Shares]) -> Iterator[Target]:
        """What moves each of some probabilities."""
        every = list(wanted.values())
        alone = [self._each(shares) for shares in every]
        wide = {block: self._block(places) for block, places in self.members.items() if len(places) > 1}
        for (step, day), shares, own in zip(wanted, every, alone, strict=True):
            blocks: dict[str, Part | None] = {}
            for block, places in self.members.items():
                if len(places) == 1:
                    blocks[block] = _part(own, places[0])
                else:
                    basis = wide[block]
                    blocks[block] = None if basis is None else _part(first_order(basis, shares))
            yield Target(
                step=step,
                date=day,
                probability=_short(shares.mean),
                spread=_short(sqrt(shares.between)),
                alone=tuple(self._alone(own, shares)),
                blocks=blocks,
                together=self._together(blocks, wide, shares),
            )

    def _together(
        self, blocks: Mapping[str, Part | None], wide: Mapping[str, Basis | Partition | None], shares: Shares
    ) -> Part | None:
        """What all blocks explain in sum; None if one is not known.

        Those that are no noise, as far as worlds allow, by one fit; the others by their indices.
        """
        known = {block: part for block, part in blocks.items() if part is not None}
        if len(known) < len(blocks):
            return None
        most, fitted, rest = self.worlds // WORLDS_A_JOINT_TERM, [], []
        for block, part in sorted(known.items(), key=lambda item: -item[1].index):
            basis = wide.get(block) or self._basis(self.members[block][0])
            if part.index > part.error and basis.size <= most:
                most -= basis.size
                fitted.append(basis)
            else:
                rest.append(part)
        joint = additive(fitted, shares)
        index = joint.value[0] + sum(part.index for part in rest)
        error = sqrt(joint.error[0] ** 2 + sum(part.error**2 for part in rest))
        return Part(_short(index), _short(error))

    def where(self, place: int) -> Iterator[Where]:
        """The worlds in which something is low and high, or in which a start is a state."""
        u = self.unknowns[place]
        if u.states:
            states, counts = np.unique(u.values, return_counts=True)
            yield from (Where(u.states[int(s)], int(n), None) for s, n in zip(states, counts, strict=True))
            return
        low, high = self.order[place, self.few - 1], self.order[place, -self.few]
        yield Where("lowest tenth", self.few, float(u.values[low]))
        yield Where("highest tenth", self.few, float(u.values[high]))

    def _alone(self, found: Indices, shares: Shares) -> Iterator[Alone]:
        bins = by_bins(self.order, shares)
        sides = [shares.share[self.order[:, side]] for side in (np.s_[: self.few], np.s_[-self.few :])]
        mean = np.stack([side.mean(axis=1) for side in sides], axis=1).tolist()
        error = np.stack([side.std(axis=1, ddof=1) for side in sides], axis=1) / sqrt(self.few)
        errors = error.tolist()
        for place, u in enumerate(self.unknowns):
            if u.states:
                groups = [shares.share[u.values == state] for state in np.unique(u.values)]
                mean[place] = [group.mean() for group in groups]
                errors[place] = [
                    group.std(ddof=1) / sqrt(len(group)) if len(group) > 1 else 1.0 for group in groups
                ]
            yield Alone(
                _short(found.value[place]),
                _short(found.error[place]),
                None if u.states else _short(bins[place]),
                tuple(map(_short, mean[place])),
                tuple(map(_short, errors[place])),
            )

    def _each(self, shares: Shares) -> Indices:
        """The index of each thing alone."""
        found = Indices(np.empty(len(self.unknowns)), np.empty(len(self.unknowns)))
        size = max(1, AT_A_TIME // self.worlds)
        for first in range(0, len(self.unknowns), size):
            some = slice(first, first + size)
            index = first_order(self.ranks, shares, self.order[some])
            found.value[some], found.error[some] = index.value, index.error
        for place, basis in self.few_valued.items():
            index = first_order(basis, shares)
            found.value[place], found.error[place] = index.value[0], index.error[0]
        return found

    def _block(self, places: Sequence[int]) -> Basis | Partition | None:
        """A basis for things together: one function for each row of their table if there are worlds enough, else
        additive in each thing; None with too few worlds for so many.
        """
        most = self.worlds // WORLDS_A_TERM
        if self.distinct[places].max() <= most:
            rows, row = np.unique(self.values[places], axis=1, return_inverse=True)
            if rows.shape[1] <= most:
                return Partition.of(row.ravel())
        terms = sum(self.few_valued[p].size if p in self.few_valued else 1 for p in places)
        degree = degree_for(self.worlds, terms)
        if not degree:
            return None
        return basis_of(np.concatenate([self._functions(p, degree) for p in places], axis=1))

    def _basis(self, place: int) -> Basis | Partition:
        """Of one thing alone."""
        if place in self.few_valued:
            return self.few_valued[place]
        functions, leverage = np.empty_like(self.ranks.functions), np.empty(self.worlds)
        functions[self.order[place]], leverage[self.order[place]] = self.ranks.functions, self.ranks.leverage
        return Basis(functions, leverage)

    def _functions(self, place: int, degree: int) -> Floats:
        """[W, d] of one thing: its categories, or the first polynomials."""
        functions = self._basis(place).functions
        return functions if place in self.few_valued else functions[:, :degree]


def _part(found: Indices, place: int = 0) -> Part:
    return Part(_short(found.value[place]), _short(found.error[place]))


def basis(unknown: Unknown, bases: Mapping[str, str]) -> str:
    """What a parameter rests on; a start on the weakest of the parameters behind it."""
    if not unknown.states:
        return bases[unknown.name]
    behind = {bases[name] for name in unknown.behind}
    return next((basis for basis in WEAKEST if basis in behind), "")


def _short(value: float | Floats) -> float:
    return round(float(value), DIGITS) + 0.0
