"""All priors at once: the smallest shift, in standard scores, that makes a step as likely as asked.

Where all priors are shifted by a vector, the probability is the mean over worlds of that in each; its slope in a score
is that of a fit of the worlds' probabilities to their scores. The shortest shift that reaches the target is along the
slope where it ends. So: a slope, a line along it with real runs until the target is met, the slope there, and again.
Slopes that noise could have made are left out, and the shortest shift that was found is told, not that there is no
shorter one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from sim.base.errors import ModelError
from sim.estimates.crossing import Value, between
from sim.model.model import Floats
from sim.model.worlds import at_quantile
from sim.studies.belief_answer import ColumnMoved, Shifted, Together
from sim.studies.believe_alone import Futures
from sim.studies.scores import SURE, Scored, fitted

LENGTHS = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0)
"""Along a line, in standard scores."""
ROUNDS = 3
MOST_COLUMNS = 3
"""Of a fitted table, that are told."""


@dataclass(frozen=True)
class _Line:
    """How far along a direction the target is met."""

    direction: Mapping[str, float]
    """Of length 1."""
    length: float
    error: float
    value: Value
    reached: bool

    def shift(self) -> dict[str, float]:
        return {name: self.length * part for name, part in self.direction.items()}


def together(futures: Futures, scored: Scored, target: float, above: bool) -> Together | None:
    """The shortest shift that was found; None if no slope stands out of noise."""
    best: _Line | None = None
    shift: dict[str, float] = {}
    for _ in range(ROUNDS):
        direction = _direction(futures, scored, shift, above)
        if direction is None:
            break
        line = _along(futures, scored, direction, target, above)
        if best is None or (line.reached, -line.length) > (best.reached, -best.length):
            best = line
        if not line.length:
            break
        shift = line.shift()
    return None if best is None else _told(futures, scored, best)


def _direction(
    futures: Futures, scored: Scored, shift: Mapping[str, float], above: bool
) -> dict[str, float] | None:
    """The unit vector along which the probability goes to the target fastest, at a shift."""
    shares = futures.shares(futures.counts(scored.shifted(shift)))
    slopes, errors = fitted(scored.columns, shares)
    kept = {
        name: float(slope) if above else -float(slope)
        for name, slope, error in zip(scored.names, slopes, errors, strict=True)
        if abs(slope) > SURE * error
    }
    length = float(np.sqrt(sum(slope**2 for slope in kept.values())))
    return {name: slope / length for name, slope in kept.items()} if length else None


def _along(
    futures: Futures, scored: Scored, direction: Mapping[str, float], target: float, above: bool
) -> _Line:
    sign = 1.0 if above else -1.0

    def at(length: float) -> Value:
        return futures.value(
            futures.counts(scored.shifted({n: length * part for n, part in direction.items()}))
        )

    found: list[tuple[float, Value]] = []
    for length in LENGTHS:
        try:
            value = at(length)
        except ModelError:  # a number that its place does not allow ends the line
            break
        if sign * (value[0] - target) >= 0.0 and found:
            bad, before = found[-1]
            crossing = between(at, bad, before, length, value, target, above)
            return _Line(
                direction, crossing.score, crossing.score_error, (crossing.probability, value[1]), True
            )
        found.append((length, value))
    length, value = max(found, key=lambda one: sign * one[1][0])
    return _Line(direction, length, 0.0, value, False)


def _told(futures: Futures, scored: Scored, line: _Line) -> Together:
    shift = line.shift()
    total = sum(part**2 for part in shift.values()) or 1.0
    shifts = [_shifted(futures, scored, name, score, score**2 / total) for name, score in shift.items()]
    return Together(
        reached=line.reached, length=line.length, length_error=line.error, beyond=float(ndtr(-line.length)),
        probability=line.value[0], mc_error=line.value[1],
        shifts=tuple(sorted(shifts, key=lambda one: -one.share)),
    )  # fmt: skip


def _shifted(futures: Futures, scored: Scored, name: str, score: float, share: float) -> Shifted:
    model, quantile = futures.base.model, float(ndtr(score))
    if name in scored.blocks and len(scored.blocks[name].columns) == 1:
        (name,) = scored.blocks[name].columns
    elif name in scored.blocks:
        columns = _columns(futures, scored, name, score)
        return Shifted(name, score, quantile, share, block=True, columns=columns)
    spec = futures.base.loaded.content.parameters[name]
    value, before = at_quantile(model, name, quantile), at_quantile(model, name, 0.5)
    return Shifted(name, score, quantile, share, value, before, spec.unit)


def _columns(futures: Futures, scored: Scored, name: str, score: float) -> tuple[ColumnMoved, ...]:
    """The columns of a table whose means move most, in units of their own spread."""
    as_drawn, moved = futures.base.worlds.parameters, scored.shifted({name: score})

    def far(column: str) -> float:
        before: Floats = as_drawn[column]
        spread = float(before.std())
        return abs(float(moved[column].mean() - before.mean())) / spread if spread else 0.0

    most = sorted(moved, key=far, reverse=True)[:MOST_COLUMNS]
    return tuple(
        ColumnMoved(c, float(as_drawn[c].mean()), float(moved[c].mean())) for c in most if far(c) > 0.1
    )
