"""Boxes in which worlds meet a target: the patient rule induction method (Friedman and Fisher 1999), by own code.

A box is a set of limits, lower or upper, on what is not known. It is *peeled*: from the whole, the slice whose removal
raises the density most for what it removes is taken away, until few worlds are left; *pasted*: limits are left out
where they are worth little of density and coverage together, the others moved out as far as that costs nothing; and of
all boxes on the way the one is kept that is best. How well a world meets the target is a weight in [0, 1], the chance
that its probability is beyond the target given what was simulated of it, so that noise of few trajectories a world does
not pass for knowledge.

A limit is kept if most resamples of the worlds have it, too, and the box is then found again by these limits alone.
Density and coverage are those of other worlds than the ones it was found in.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import betainc

from sim.model.model import Bools, Floats, Ints

PEEL = 0.05
"""Share of the box that a slice takes away, at least; all of a value where many worlds share it."""
FEWEST = 40
"""Worlds that a box keeps, at least."""
LEAST = 0.005
"""Share of all worlds that a box keeps, at least."""
WORTH = 0.08
"""Part of density and coverage together that a limit must be worth, or it is left out."""
BINS = 25
RESAMPLES = 20
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


def weights(hits: Ints, totals: Ints, target: float, above: bool, index: Floats | None = None) -> Floats:
    """[W] the chance that the probability of each world is beyond the target, given its trajectories.

    The prior of a world's probability is the beta law that fits mean and variance over worlds that are alike, chance
    taken out.

    :param index: [W] by which worlds are alike: a rough forecast of their probabilities. All are, if not given.
    """
    if index is None:
        return _weights(hits, totals, target, above)
    bins = max(min(BINS, len(hits) // 100), 1)
    made = np.empty(len(hits))
    for rows in np.array_split(np.argsort(index, kind="stable"), bins):
        made[rows] = _weights(hits[rows], totals[rows], target, above)
    return made


def _weights(hits: Ints, totals: Ints, target: float, above: bool) -> Floats:
    shares = hits / totals
    mean = (float(hits.sum()) + 0.5) / (float(totals.sum()) + 1.0)
    noise = float(np.mean(mean * (1 - mean) / totals))
    variance = max(float(np.var(shares)) - noise, 1e-3 * mean * (1 - mean))
    size = max(mean * (1 - mean) / variance - 1, 1e-2)
    a, b = size * mean + hits, size * (1 - mean) + (totals - hits)
    below = np.asarray(betainc(a, b, target), dtype=np.float64)
    return 1.0 - below if above else below


Side = tuple[int, bool]
"""A column, and whether it is limited from below."""


def best_box(x: Floats, y: Floats, by: Collection[Side] | None = None) -> list[Limit]:
    """The box that is best in density and coverage together.

    :param x: [W, C] what is not known; :param y: [W] weights.
    :param by: what may be limited; everything if not given.
    """
    fewest = max(FEWEST, int(LEAST * len(y)))
    best, best_score, inside = [], _score(y, np.ones(len(y), bool)), np.ones(len(y), bool)
    limits: dict[Side, float] = {}
    sides = [(c, low) for c in range(x.shape[1]) for low in (True, False)] if by is None else sorted(by)
    orders = {c: np.argsort(x[:, c], kind="stable") for c in dict.fromkeys(c for c, _ in sides)}
    while (slice_ := _best_slice(x, y, orders, sides, inside, fewest)) is not None:
        column, lower, value = slice_
        limits[column, lower] = value
        inside &= _beyond(x[:, column], lower, value)
        orders = {c: order[inside[order]] for c, order in orders.items()}
        if (score := _score(y, inside)) > best_score:
            best, best_score = [Limit(c, low, v) for (c, low), v in limits.items()], score
    return _pasted(x, y, best)


def checked_box(x: Floats, y: Floats, seed: int, resamples: int = RESAMPLES) -> Box | None:
    """The box by limits that resampling reproduces; None if there are none.

    Worlds in even places find it, those in odd places say what it holds. Resamples are drawn by a generator of their
    own, with a seed.
    """
    found, other = slice(0, None, 2), slice(1, None, 2)
    rows = np.random.default_rng(seed).integers(0, len(y[found]), (resamples, len(y[found])))
    counts: dict[Side, int] = {}
    for some in rows:
        for limit in best_box(x[found][some], y[found][some]):
            counts[limit.column, limit.lower] = counts.get((limit.column, limit.lower), 0) + 1
    kept = {side: count / resamples for side, count in counts.items() if count >= REPRODUCED * resamples}
    limits = best_box(x[found], y[found], kept) if kept else []
    if not limits:
        return None
    places: dict[Side, list[float]] = {}
    for some in rows:
        for limit in best_box(x[found][some], y[found][some], kept):
            places.setdefault((limit.column, limit.lower), []).append(limit.value)
    told = tuple(_checked(limit, kept, places) for limit in limits)
    return Box(told, *_shares(x[other], y[other], limits))


def _checked(limit: Limit, kept: Mapping[Side, float], places: Mapping[Side, list[float]]) -> Limit:
    """A limit with how often resamples have it, and where."""
    side = limit.column, limit.lower
    low, high = np.quantile(places.get(side, [limit.value]), (0.25, 0.75)).tolist()
    return Limit(limit.column, limit.lower, limit.value, kept[side], (low, high))


def boxes(x: Floats, y: Floats, seed: int, most: int = 2, resamples: int = RESAMPLES) -> Iterator[Box]:
    """Boxes one after another, each from the worlds that the ones before it do not hold.

    Coverage and support are of those worlds. It ends where the next box is hardly denser than the worlds it is from, or
    not half as dense as the first.
    """
    left, first = np.ones(len(y), bool), 0.0
    for number in range(most):
        if y[left].sum() < FEWEST / 2 or left.sum() < 4 * FEWEST:
            return
        box = checked_box(x[left], y[left], seed + number, resamples)
        if box is None or box.density < max(1.5 * float(y[left].mean()), first / 2):
            return
        first = first or box.density
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


def _best_slice(
    x: Floats, y: Floats, orders: Mapping[int, Ints], sides: Sequence[Side], inside: Bools, fewest: int
) -> tuple[int, bool, float] | None:
    """The slice whose removal raises the density most for each world removed.

    :param orders: column -> the worlds inside, in its order.
    """
    count, total = int(inside.sum()), float(y[inside].sum())
    step, best, found = max(int(PEEL * count), 1), 0.0, None
    for column, here in orders.items():
        values, sums = x[here, column], np.cumsum(y[here])
        for lower in (low for c, low in sides if c == column):
            value = float(values[step - 1] if lower else values[-step])
            # all worlds that share the value go, so that a choice of two can be taken as well
            cut = int(np.searchsorted(values, value, "right" if lower else "left"))
            removed = cut if lower else count - cut
            if removed == 0 or count - removed < fewest:
                continue
            below = float(sums[cut - 1]) if cut else 0.0
            gone = below if lower else total - below
            gain = ((total - gone) / (count - removed) - total / count) * (count - removed) / removed
            if gain > best:
                best, found = gain, (column, lower, value)
    return found


def _pasted(x: Floats, y: Floats, limits: list[Limit]) -> list[Limit]:
    """The box without limits that are worth little, the others moved out as far as that costs nothing.

    The one that is worth least goes first.
    """
    current, score = list(limits), _score(y, within(x, limits))
    while current:
        without = [(_score(y, within(x, [o for o in current if o is not one])), one) for one in current]
        most, least = max(without, key=lambda pair: pair[0])
        if most < (1 - WORTH) * score:
            break
        current, score = [one for one in current if one is not least], max(score, most)
    score = _score(y, within(x, current))
    for limit in list(current):
        outside = x[within(x, [one for one in current if one is not limit]), limit.column]
        step = max(int(PEEL * len(outside) / 2), 1)
        while True:
            beyond = np.sort(outside[~_beyond(outside, limit.lower, limit.value)])
            if len(beyond) <= step:
                break
            at = float(beyond[-1 - step] if limit.lower else beyond[step])
            wider = Limit(limit.column, limit.lower, at)
            wide = [wider if one is limit else one for one in current]
            if at == limit.value or (more := _score(y, within(x, wide))) < score:
                break
            current, score, limit = wide, more, wider
    return current


def _shares(x: Floats, y: Floats, limits: list[Limit]) -> tuple[float, float, float]:
    """Coverage, density and support of limits."""
    inside = within(x, limits)
    held, total, count = float(y[inside].sum()), float(y.sum()), int(inside.sum())
    return (held / total if total else 0.0), (held / count if count else 0.0), count / len(y)
