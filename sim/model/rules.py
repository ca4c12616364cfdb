"""The arithmetic that every engine shares, one scalar function for each rule.

Two engines agree to the last bit only if each sum and product is done in the same order by the same
code. So nothing here is vectorised, nothing is fused, and no engine writes these formulas again.
Times are years since the start, rates per year, laws in days.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.base.compiled import compiled, inlined
from sim.base.dates import DAYS_PER_YEAR as DAYS_PER_YEAR
from sim.model.draws import block
from sim.model.logarithm import logarithm
from sim.model.tails import gamma_beyond, log_gamma_tail, log_normal_tail, normal_beyond

NEVER = math.inf

EXPONENTIAL, WEIBULL, GAMMA, LOGNORMAL, FIXED, MIXTURE = range(6)
"""Kinds of law."""


class LawNumber(NamedTuple):
    """A number of a law: what a scenario calls it, and what it may be (a role, see ``model.Recipe``)."""

    name: str
    role: str = "positive"
    inverse: str = ""
    """Another name, under which its inverse may be given instead."""


class LawForm(NamedTuple):
    """The kind of a law, and its two numbers, in the order in which they are sampled with."""

    kind: int
    first: LawNumber
    second: LawNumber | None = None
    """None if there is but one, which then stands for both."""


LAWS = {
    "exponential": LawForm(EXPONENTIAL, LawNumber("mean")),
    "weibull": LawForm(WEIBULL, LawNumber("scale"), LawNumber("shape")),
    "gamma": LawForm(GAMMA, LawNumber("scale", inverse="rate"), LawNumber("shape")),
    "lognormal": LawForm(LOGNORMAL, LawNumber("median"), LawNumber("sigma", role="factor")),
    "fixed": LawForm(FIXED, LawNumber("fixed", role="factor")),
}
"""Every law but the mixture, by its name in a scenario; ``_simple_law`` says how each is sampled."""

# kinds of rule
CONSENSUS, ALL_BUT, SHARE = range(3)


@inlined
def exponential(u: float) -> float:
    """Unit exponential from a uniform in (0, 1)."""
    return -logarithm(u)


@compiled
def exponentials(u: NDArray[np.float64]) -> None:
    """Many at once, in place: a simple loop, which compilers turn into several at a time."""
    for i in range(len(u)):
        u[i] = exponential(u[i])


@inlined
def scaled(rate: float, factor: float) -> float:
    """A rate under one more factor."""
    return rate * factor


@inlined
def added(total: float, rate: float) -> float:
    """A total exit rate with one more open move."""
    return total + rate


@inlined
def tilted(rate: float, least: float) -> float:
    """The rate at which an open move is simulated when it is to be ``least`` a year or more."""
    return least if 0.0 < rate < least else rate


@inlined
def gap(total: float, truth: float) -> float:
    """By how much a tilted total exit rate is above the true one."""
    return total - truth


@inlined
def booked(log_weight: float, gap: float, since: float, now: float) -> float:
    """The logarithm of a weight after ``now - since`` years without an exit, at a total rate tilted by ``gap``."""
    return log_weight + gap * (now - since)


@inlined
def booked_move(log_weight: float, truth: float, simulated: float) -> float:
    """The same after a move with this true rate and this simulated one."""
    return log_weight + math.log(truth / simulated)


@inlined
def weight(log_weight: float) -> float:
    """Likelihood ratio of the true law to the simulated one."""
    return math.exp(log_weight)


@inlined
def spent(left: float, rate: float, since: float, now: float) -> float:
    """What is left of a unit exponential after ``now - since`` years at ``rate``."""
    rest = left - rate * (now - since)
    return rest if rest > 0.0 else 0.0


@inlined
def fires_at(now: float, left: float, rate: float) -> float:
    """When a clock with ``left`` to use up fires at ``rate``; never if the rate is 0."""
    if rate > 0.0:
        return now + left / rate
    return NEVER


@compiled
def pick(u: float, weights: NDArray[np.float64], n: int) -> int:
    """Index of the weight among the first ``n`` in which ``u`` times their total falls.

    Falls back on the last positive weight, so that rounding never picks an impossible one.
    Returns -1 if no weight is positive.
    """
    total = 0.0
    for i in range(n):
        total += weights[i]
    target = u * total
    reached = 0.0
    last = -1
    for i in range(n):
        if weights[i] > 0.0:
            last = i
            reached += weights[i]
            if target < reached:
                return i
    return last


@inlined
def happens(u: float, probability: float) -> bool:
    """Whether an event of this probability happens under the uniform ``u``."""
    return u < probability


@inlined
def after(now: float, days: float) -> float:
    """The time ``days`` after ``now``, in years."""
    return now + days / DAYS_PER_YEAR


@inlined
def required(kind: int, a: int, b: int, voters: int) -> int:
    """How many of ``voters`` must agree: all, all but ``a``, or the share ``a/b`` rounded up."""
    if kind == ALL_BUT:
        return max(voters - a, 0)
    if kind == SHARE:
        return (voters * a + b - 1) // b
    return voters


@compiled
def _normal(u: float, v: float) -> float:
    """Standard normal from two uniforms (Box and Muller 1958)."""
    return math.sqrt(-2.0 * math.log(u)) * math.cos(2.0 * math.pi * v)


@compiled
def _gamma(shape: float, k0: np.uint32, k1: np.uint32, unit: int, sub: int) -> float:
    """Unit-scale gamma by the method of Marsaglia and Tsang (2000), one block for each attempt."""
    boosted = shape if shape >= 1.0 else shape + 1.0
    d = boosted - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    attempt = sub
    while True:
        u, v = block(k0, k1, unit, 0, attempt)
        w = block(k0, k1, unit, 1, attempt)[0]
        x = _normal(u, v)
        t = 1.0 + c * x
        if t > 0.0:
            cube = t * t * t
            if math.log(w) < 0.5 * x * x + d - d * cube + d * math.log(cube):
                draw = d * cube
                if shape < 1.0:
                    draw *= math.pow(block(k0, k1, unit, 1, attempt)[1], 1.0 / shape)
                return draw
        attempt += 1


@compiled
def _simple_law(kind: int, a: float, b: float, k0: np.uint32, k1: np.uint32, unit: int, sub: int) -> float:
    """Days from a law without parts; ``a, b`` are scale and shape, or median and sigma."""
    if kind == FIXED:
        return a
    if kind == GAMMA:
        return a * _gamma(b, k0, k1, unit, sub)
    u, v = block(k0, k1, unit, 0, sub)
    if kind == WEIBULL:
        e = exponential(u)
        return a * (e if b == 1.0 else math.pow(e, 1.0 / b))
    if kind == LOGNORMAL:
        return a * math.exp(b * _normal(u, v))
    return a * exponential(u)


@compiled
def sample_law(
    kind: NDArray[np.int64],
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    weight: NDArray[np.int64],
    law: int,
    numbers: NDArray[np.float64],
    weights: NDArray[np.float64],
    k0: np.uint32,
    k1: np.uint32,
    unit: int,
    elapsed: float,
) -> float:
    """Days drawn from law number ``law``; or what is left of it, given that it has lasted ``elapsed`` days.

    What is left is drawn by the luck of the whole, so that who has waited longer is never done sooner.

    :param kind, first, second, weight: the model's table of laws. For a simple law ``first`` and
        ``second`` are slots of its two numbers (scale or median or mean; shape or sigma). For a mixture
        they are the first and one past the last law it is made of, whose ``weight`` slots are its weights.
    :param numbers: the numbers of the world, by slot.
    :param weights: scratch space, at least as long as the longest mixture.
    :param k0, k1: key of the stream; :param unit: the trajectory.
    """
    part, sub = law, 0
    if kind[law] == MIXTURE:
        parts = second[law] - first[law]
        for i in range(parts):
            weights[i] = numbers[weight[first[law] + i]]
        if elapsed > 0.0:
            _lasted(kind, first, second, law, numbers, weights, elapsed)
        part, sub = first[law] + pick(block(k0, k1, unit, 0, 0)[0], weights, parts), 1
    a, b = numbers[first[part]], numbers[second[part]]
    days = _simple_law(kind[part], a, b, k0, k1, unit, sub)
    return _left(kind[part], a, b, days, elapsed) if elapsed > 0.0 else days


# --- what has lasted already ------------------------------------------------------------------------------


@compiled
def _log_lasting(kind: int, a: float, b: float, days: float) -> float:
    """Logarithm of the chance that a law without parts gives ``days`` (more than 0) or more."""
    if kind == FIXED or (kind == LOGNORMAL and b == 0.0):
        return 0.0 if a >= days else -math.inf
    if kind == GAMMA:
        return log_gamma_tail(b, days / a)
    if kind == WEIBULL:
        return -math.pow(days / a, b)
    if kind == LOGNORMAL:
        return log_normal_tail(math.log(days / a) / b)
    return -days / a


@compiled
def _left(kind: int, a: float, b: float, days: float, elapsed: float) -> float:
    """What is left after ``elapsed`` days, by the luck that would have given ``days`` in all."""
    if kind == EXPONENTIAL or (kind == WEIBULL and b == 1.0):
        return days
    whole = a
    if kind == WEIBULL:
        long = max(days, elapsed)
        whole = long * math.exp(math.log1p(math.pow(min(days, elapsed) / long, b)) / b)
    elif kind == GAMMA:
        whole = a * gamma_beyond(b, days / a, elapsed / a)
    elif kind == LOGNORMAL and b > 0.0:
        z = math.log(days / a) / b if days > 0.0 else -math.inf
        whole = a * math.exp(b * normal_beyond(z, math.log(elapsed / a) / b))
    return max(whole - elapsed, 0.0)


@compiled
def _lasted(
    kind: NDArray[np.int64],
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    law: int,
    numbers: NDArray[np.float64],
    weights: NDArray[np.float64],
    days: float,
) -> float:
    """Makes the weights of a mixture those given that it has lasted; returns the logarithm of the chance of that."""
    parts = second[law] - first[law]
    most, total, lasting = -math.inf, 0.0, 0.0
    for i in range(parts):
        part = first[law] + i
        if weights[i] > 0.0:
            most = max(most, _log_lasting(kind[part], numbers[first[part]], numbers[second[part]], days))
    if most == -math.inf:
        return most
    for i in range(parts):
        part = first[law] + i
        log = _log_lasting(kind[part], numbers[first[part]], numbers[second[part]], days)
        total += weights[i]
        weights[i] *= math.exp(log - most) if weights[i] > 0.0 else 0.0
        lasting += weights[i]
    return most + math.log(lasting / total)


@compiled
def log_lasting(
    kind: NDArray[np.int64],
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    weight: NDArray[np.int64],
    law: int,
    numbers: NDArray[np.float64],
    weights: NDArray[np.float64],
    days: float,
) -> float:
    """Logarithm of the chance that law number ``law`` gives ``days`` (more than 0) or more; see :func:`sample_law`."""
    if kind[law] != MIXTURE:
        return _log_lasting(kind[law], numbers[first[law]], numbers[second[law]], days)
    for i in range(second[law] - first[law]):
        weights[i] = numbers[weight[first[law] + i]]
    return _lasted(kind, first, second, law, numbers, weights, days)


@inlined
def log_over(lasting: float) -> float:
    """Logarithm of the chance that something is over, from that of the chance that it lasts."""
    return math.log(-math.expm1(lasting)) if lasting < 0.0 else -math.inf


@compiled
def blamed(
    chance: float,
    weights: NDArray[np.float64],
    own: NDArray[np.float64],
    slow: NDArray[np.float64],
    n: int,
) -> float:
    """The chance that somebody obstructs, given what has been seen of everybody; by Bayes' rule.

    :param chance: the same before anything was seen.
    :param weights: of each of ``n`` voters as the one who obstructs; they become those given what was seen.
    :param own, slow: logarithm of the chance of what was seen of a voter: by its own law, and if it obstructs.
    """
    total, impossible, only = 0.0, 0, -1
    for v in range(n):
        total += weights[v]
        if own[v] == -math.inf:
            impossible, only = impossible + 1, v
    nobody = math.log(1.0 - chance) if chance < 1.0 and impossible == 0 else -math.inf
    most = nobody
    for v in range(n):
        if chance > 0.0 and weights[v] > 0.0 and (impossible == 0 or (impossible == 1 and v == only)):
            weights[v] = (
                math.log(chance * (weights[v] / total)) + slow[v] - (own[v] if impossible == 0 else 0.0)
            )
        else:
            weights[v] = -math.inf
        most = max(most, weights[v])
    if most == -math.inf:
        return 0.0
    somebody = 0.0
    for v in range(n):
        weights[v] = math.exp(weights[v] - most)
        somebody += weights[v]
    return somebody / (somebody + math.exp(nobody - most))
