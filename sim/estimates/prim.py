"""Boxes in which worlds meet a target: the patient rule induction method (Friedman and Fisher 1999), by own code.

A box is a set of limits, lower or upper, on what is not known. It is *peeled*: from the whole, the slice whose removal
raises the density most for what it removes is taken away, until few worlds are left; *pasted*: limits are moved out
again where that does not lower density and coverage together; and of all boxes on the way the one is kept that is best
in these. How well a world meets the target is a weight in [0, 1], the chance that its probability is beyond the target
given what was simulated of it, so that noise of few trajectories a world does not pass for knowledge.

A limit is kept if most resamples of the worlds have it, too; density and coverage are those of worlds that the
resamples left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import betainc

from sim.model.model import Bools, Floats, Ints

PEEL = 0.05
"""Share of the box that a slice takes away, at least; all of a value where many worlds share it."""
FEWEST = 30
"""Worlds that a box keeps, at least."""
LEAST = 0.03
"""Share of all worlds that a box keeps, at least."""
RESAMPLES = 40
REPRODUCED = 0.6
"""Share of resamples that must have a limit."""


@dataclass(frozen=True)
class Limit:
    """One side of a box: column ``column`` is above (or below) ``value``."""

    column: int
    lower: bool
    value: float
    reproduced: float = 1.0
    """Share of resamples whose box limits that side of that column."""
    spread: tuple[float, float] | None = None
    """Quartiles of its place in these resamples."""


@dataclass(frozen=True)
class Box:
    """Limits, and what they hold."""

    limits: tuple[Limit, ...]
    coverage: float
    """Of all weight, the share inside."""
    density: float
    """Mean weight inside."""
    support: float
    """Share of worlds inside."""


def weights(hits: Ints, totals: Ints, target: float, above: bool) -> Floats:
    """[W] the chance that the probability of each world is beyond the target, given its trajectories.

    The prior of a world's probability is the beta law that fits mean and variance over worlds, chance taken out.
    """
    shares = hits / totals
    mean = float(hits.sum() / totals.sum())
    noise = float(np.mean(mean * (1 - mean) / totals))
    variance = max(float(np.var(shares)) - noise, 1e-6)
    size = max(mean * (1 - mean) / variance - 1, 1e-3)
    a, b = max(size * mean, 1e-3) + hits, max(size * (1 - mean), 1e-3) + (totals - hits)
    below = np.asarray(betainc(a, b, target), dtype=np.float64)
    return 1.0 - below if above else below


def best_box(x: Floats, y: Floats) -> list[Limit]:
    """The box that is best in density and coverage together.

    :param x: [W, C] what is not known; :param y: [W] weights.
    """
    fewest = max(FEWEST, int(LEAST * len(y)))
    best, best_score, inside = [], _score(y, np.ones(len(y), bool)), np.ones(len(y), bool)
    limits: dict[tuple[int, bool], float] = {}
    while (slice_ := _best_slice(x, y, inside, fewest)) is not None:
        column, lower, value = slice_
        limits[column, lower] = value
        inside &= _beyond(x[:, column], lower, value)
        if (score := _score(y, inside)) > best_score:
            best, best_score = [Limit(c, low, v) for (c, low), v in limits.items()], score
    return _pasted(x, y, best)


def checked_box(x: Floats, y: Floats, seed: int, resamples: int = RESAMPLES) -> Box | None:
    """The box without limits that resampling does not reproduce; None if none is left.

    Resamples are drawn by a generator of their own, with a seed.
    """
    limits, generator = best_box(x, y), np.random.default_rng(seed)
    places: dict[tuple[int, bool], list[float]] = {}
    left_out: list[tuple[Ints, list[Limit]]] = []
    for _ in range(resamples if limits else 0):
        rows = generator.integers(0, len(y), len(y))
        found = best_box(x[rows], y[rows])
        left_out.append((np.setdiff1d(np.arange(len(y)), rows), found))
        for limit in found:
            places.setdefault((limit.column, limit.lower), []).append(limit.value)
    kept = []
    for limit in limits:
        there = places.get((limit.column, limit.lower), [])
        if len(there) >= REPRODUCED * resamples:
            low, high = np.quantile(there, (0.25, 0.75)).tolist()
            kept.append(Limit(limit.column, limit.lower, limit.value, len(there) / resamples, (low, high)))
    if not kept:
        return None
    names = {(limit.column, limit.lower) for limit in kept}
    # of the kept limits only, each resample's own places, on the worlds that it did not see
    shares = [
        _shares(x[rows], y[rows], [limit for limit in found if (limit.column, limit.lower) in names])
        for rows, found in left_out
    ]
    coverage, density, support = (float(np.mean(part)) for part in zip(*shares, strict=True))
    return Box(tuple(kept), coverage, density, support)


def boxes(x: Floats, y: Floats, seed: int, most: int = 2, resamples: int = RESAMPLES) -> Iterator[Box]:
    """Boxes one after another, each from the worlds that the ones before it do not hold.

    Coverage and support are of those worlds. It ends where the next box is hardly denser than the worlds it is from.
    """
    left = np.ones(len(y), bool)
    for number in range(most):
        if y[left].sum() < FEWEST / 2 or left.sum() < 2 * FEWEST:
            return
        box = checked_box(x[left], y[left], seed + number, resamples)
        if box is None or box.density < 1.5 * float(y[left].mean()):
            return
        yield box
        left &= ~within(x, box.limits)


def within(x: Floats, limits: tuple[Limit, ...] | list[Limit]) -> Bools:
    """[W] whether each world is inside."""
    inside = np.ones(len(x), bool)
    for limit in limits:
        inside &= _beyond(x[:, limit.column], limit.lower, limit.value)
    return inside


# --- peeling and pasting --------------------------------------------------------------------------------


def _beyond(x: Floats, lower: bool, value: float) -> Bools:
    return np.asarray(x > value if lower else x < value)


def _score(y: Floats, inside: Bools) -> float:
    """Density and coverage together: their harmonic mean."""
    total, held, count = float(y.sum()), float(y[inside].sum()), int(inside.sum())
    if total == 0.0 or count == 0:
        return 0.0
    coverage, density = held / total, held / count
    return 0.0 if held == 0.0 else 2 * coverage * density / (coverage + density)


def _best_slice(x: Floats, y: Floats, inside: Bools, fewest: int) -> tuple[int, bool, float] | None:
    """The slice whose removal raises the density most for each world removed."""
    here, weight = x[inside], y[inside]
    count, total, mean = len(here), float(weight.sum()), float(weight.mean())
    step = max(int(PEEL * count), 1)
    best, found = 0.0, None
    order = np.argsort(here, axis=0, kind="stable")
    for column in range(here.shape[1]):
        values, sums = here[order[:, column], column], np.cumsum(weight[order[:, column]])
        for lower in (True, False):
            value = float(values[step - 1] if lower else values[-step])
            # all worlds that share the value go, so that a choice of two can be taken as well
            cut = int(np.searchsorted(values, value, "right" if lower else "left"))
            removed = cut if lower else count - cut
            if removed == 0 or count - removed < fewest:
                continue
            gone = float(sums[cut - 1]) if lower else total - (float(sums[cut - 1]) if cut else 0.0)
            gain = ((total - gone) / (count - removed) - mean) * (count - removed) / removed
            if gain > best:
                best, found = gain, (column, lower, value)
    return found


def _pasted(x: Floats, y: Floats, limits: list[Limit]) -> list[Limit]:
    """The box with each limit moved out, or left out, as far as density and coverage together do not fall."""
    current, score = list(limits), _score(y, within(x, limits))
    for limit in limits:
        without = [other for other in current if other is not limit]
        if (more := _score(y, within(x, without))) >= score:
            current, score = without, more
            continue
        outside = x[within(x, without), limit.column]
        beyond = outside[~_beyond(outside, limit.lower, limit.value)]
        step = max(int(PEEL * len(outside) / 2), 1)
        while len(beyond):
            ranked = np.sort(beyond)
            at = float(
                ranked[max(len(ranked) - 1 - step, 0)] if limit.lower else ranked[min(step, len(ranked) - 1)]
            )
            wider = Limit(limit.column, limit.lower, at)
            if at == limit.value or (more := _score(y, within(x, [*without, wider]))) < score:
                break
            current = [wider if other is limit else other for other in current]
            limit, score = wider, more
            beyond = beyond[beyond < at] if limit.lower else beyond[beyond > at]
    return current


def _shares(x: Floats, y: Floats, limits: list[Limit]) -> tuple[float, float, float]:
    """Coverage, density and support of limits."""
    inside = within(x, limits)
    held, total, count = float(y[inside].sum()), float(y.sum()), int(inside.sum())
    return (held / total if total else 0.0), (held / count if count else 0.0), count / len(y)
