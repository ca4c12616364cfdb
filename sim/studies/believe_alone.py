"""One parameter at a time: fixed at a quantile of its own prior, all else as drawn, with the same luck."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from scipy.special import ndtr

from sim.base.errors import ModelError
from sim.estimates.crossing import BEYOND, GRID, Crossing, Value, nearest, scores
from sim.estimates.paired import Counts, combined
from sim.model.model import Floats, PriorColumn
from sim.model.worlds import at_quantile, luck_of, with_parameters
from sim.studies.belief_answer import FOUND, NOT_ALONE, NOTHING, PERHAPS, UNSEEN, Alone, Tried
from sim.studies.prepare import Prepared, on_ground
from sim.studies.scores import Block, beside, column_values, uncertain
from sim.studies.together import counted

MATTERS = 3.0
"""Standard errors of a difference under common luck from which a parameter counts as moving the answer."""


@dataclass(frozen=True)
class Futures:
    """Runs a scenario with some parameters changed, and says how likely a step is by a date."""

    base: Prepared
    step: str
    by: date
    trajectories: int
    threads: int | None = None

    @classmethod
    def of(cls, base: Prepared, step: str, by: date, trajectories: int, threads: int | None) -> Futures:
        """On one ground."""
        return cls(on_ground(base), step, by, trajectories, threads)

    def counts(self, changed: dict[str, Floats], trajectories: int | None = None) -> Counts:
        """What is counted with parameters at other values [W].

        :raises ModelError: values that a place does not allow.
        """
        made, wanted = self.base, trajectories or self.trajectories
        if changed:
            made = replace(made, worlds=with_parameters(made.model, made.worlds, changed))
        return counted(made, [self.by], wanted, self.threads)

    def value(self, counts: Counts) -> Value:
        """The probability, and its standard error over worlds."""
        return combined([(1.0, counts)], self.step)[0]

    def shares(self, counts: Counts) -> Floats:
        """[W] the probability in each world."""
        return np.asarray(counts.of(self.step)[:, 0] / counts.totals)

    @property
    def fewest(self) -> int:
        """One trajectory for each world: enough to see what changes nothing, and what is far from the target."""
        return len(self.base.worlds)


Change = Callable[[float], dict[str, Floats]]
"""Quantile -> the parameters that are changed, and their values [W]."""


@dataclass(frozen=True)
class Candidate:
    """What is moved alone."""

    name: str
    change: Change
    block: bool = False


def parameter(base: Prepared, name: str) -> Candidate:
    """A parameter, fixed at a quantile of its prior."""
    return Candidate(name, lambda q: {name: np.full(len(base.worlds), at_quantile(base.model, name, q))})


def rows_of(base: Prepared, block: Block) -> Candidate:
    """A fitted table, its rows around a quantile of the order of their effect."""
    given = uncertain(base.model)[block.columns[0]]
    u = luck_of(base.seed, block.columns[0], given, len(base.worlds))

    def change(quantile: float) -> dict[str, Floats]:
        rows = block.around(quantile, u)
        return {name: column_values(base.model, base.model.parameters[name], rows) for name in block.columns}

    return Candidate(block.file, change, True)


@dataclass(frozen=True)
class Looked:
    """A first look at a candidate, with few trajectories."""

    candidate: Candidate
    known: dict[float, Value]
    """Score -> probability; where a value is not allowed, not there."""
    moves: bool
    """Whether it moves the answer beyond noise."""
    changes: bool
    """Whether any future changed at all."""


def look(futures: Futures, candidate: Candidate, first: Counts) -> Looked:
    """The ends of the grid; where any future changes, the middle; where the answer moves, the rest.

    :param first: the scenario as it is, with as few trajectories.
    """
    known: dict[float, Value] = {}
    moves = changes = False
    zs = scores()
    ends, rest = (zs[0], zs[-1]), [z for z in zs[1:-1] if z]
    for z in (*ends, 0.0, *rest):
        if z not in ends and len(known) >= 2 and not (moves if z else changes):
            continue
        try:
            counts = futures.counts(candidate.change(float(ndtr(z))), futures.fewest)
        except ModelError:
            continue
        known[z] = futures.value(counts)
        difference, error = combined([(1.0, counts), (-1.0, first)], futures.step)[0]
        changes |= bool((counts.of(futures.step) != first.of(futures.step)).any())
        moves |= abs(difference) > MATTERS * error
    return Looked(candidate, known, moves, changes)


def alone(futures: Futures, looked: Looked, target: float, above: bool) -> Alone:
    """What a candidate can do alone: where it meets the target, or how far it gets."""
    sign, candidate = (1.0 if above else -1.0), looked.candidate
    if not looked.changes:
        return _told(futures, looked, NOTHING, looked.known, sign)

    def at(z: float) -> Value:
        return futures.value(futures.counts(candidate.change(float(ndtr(z)))))

    furthest = max(looked.known, key=lambda z: sign * looked.known[z][0])
    p, error = looked.known[furthest]
    if sign * (p - target) < -BEYOND * error:
        return _told(futures, looked, NOT_ALONE if looked.moves else UNSEEN, looked.known, sign)
    known = {z: at(z) for z in looked.known}
    crossing = nearest(at, known, target, above) if 0.0 in known else None
    if crossing is not None:
        return _told(futures, looked, FOUND, known, sign, crossing=crossing)
    best = max(known, key=lambda z: sign * known[z][0])
    near = sign * (known[best][0] - target) >= -2 * known[best][1]
    return _told(futures, looked, PERHAPS if near else NOT_ALONE, known, sign)


def sharper(futures: Futures, candidate: Candidate, told: Alone) -> Alone:
    """The furthest that a candidate gets, from as many trajectories as everything else."""
    p, error = futures.value(futures.counts(candidate.change(told.furthest.quantile)))
    furthest = replace(told.furthest, probability=p, mc_error=error)
    tried = tuple(furthest if one == told.furthest else one for one in told.tried)
    return replace(told, furthest=furthest, tried=tried)


def _told(
    futures: Futures, looked: Looked, answer: str, known: dict[float, Value], sign: float,
    crossing: Crossing | None = None,
) -> Alone:  # fmt: skip
    model, name = futures.base.model, looked.candidate.name
    block = looked.candidate.block
    given = None if block else model.parameters[name]

    def value(quantile: float) -> float | None:
        return None if block else at_quantile(model, name, min(max(quantile, 1e-6), 1 - 1e-6))

    tried = {z: Tried(_exact(z), value(_exact(z)), p, error) for z, (p, error) in sorted(known.items())}
    furthest = max(known, key=lambda z: sign * known[z][0])
    spec = futures.base.loaded.content.parameters.get(name)
    made = Alone(
        name=name, answer=answer, tried=tuple(tried.values()), furthest=tried[furthest], block=block,
        unit=spec.unit if spec is not None else "", basis=spec.basis if spec is not None else "",
        drawn_with=given.file if isinstance(given, PriorColumn) and len(beside(model, given)) > 1 else "",
    )  # fmt: skip
    if crossing is None:
        return made
    q, error = crossing.quantile, crossing.quantile_error
    low, high = (
        value(float(ndtr(crossing.score - crossing.score_error))),
        value(float(ndtr(crossing.score + crossing.score_error))),
    )
    ends = None if low is None or high is None else (low, high)
    return replace(
        made,
        quantile=q,
        quantile_error=error,
        value=value(q),
        value_range=ends,
        probability=crossing.probability,
    )


def _exact(z: float) -> float:
    """The quantile of a score of the grid, as it was asked for."""
    return min(GRID, key=lambda q: abs(q - float(ndtr(z))))
