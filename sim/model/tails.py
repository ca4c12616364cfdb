"""How likely it is to last: tails of the normal and gamma laws in logarithms, and what is left beyond a point.

A length that has lasted some time already is drawn by the luck of the whole length: if T has the survival function S,
S(T) is uniform, and so the T' with S(T') = S(T) * S(elapsed) has the law of T given that it is more than ``elapsed``.
Scalar functions without SciPy, for compiled code; in logarithms, so that no tail is too far out.
"""

from __future__ import annotations

import math

from sim.base.compiled import compiled

_ROOT_HALF = math.sqrt(0.5)
_LOG_ROOT_TWO_PI = 0.5 * math.log(2.0 * math.pi)
_FAR = 30.0
"""From here on the tail of the normal law is its asymptotic series, to the last digits of its logarithm."""
_CLOSE = 4e-16
_MOST_STEPS = 100
_MOST_TERMS = 100_000


@compiled
def log_normal_tail(z: float) -> float:
    """Logarithm of the chance that a standard normal is above ``z``."""
    if z < 0.0:
        return math.log1p(-0.5 * math.erfc(-z * _ROOT_HALF))
    if z < _FAR:
        return math.log(0.5 * math.erfc(z * _ROOT_HALF))
    s = 1.0 / (z * z)
    return (
        -0.5 * z * z
        - math.log(z)
        - _LOG_ROOT_TWO_PI
        + math.log1p(-s * (1.0 - s * (3.0 - s * (15.0 - 105.0 * s))))
    )


@compiled
def log_gamma_tail(shape: float, x: float) -> float:
    """Logarithm of the chance that a gamma variable of unit scale is above ``x``: a series or a continued fraction.

    These are the classical ones of the incomplete gamma function (Abramowitz and Stegun 6.5.29 and 6.5.31).
    """
    if x <= 0.0:
        return 0.0
    if x < shape + 1.0:
        term = total = 1.0
        for n in range(1, _MOST_TERMS):
            term *= x / (shape + n)
            total += term
            if term < total * _CLOSE:
                break
        below = math.exp(shape * math.log(x) - x - math.lgamma(shape + 1.0)) * total
        return math.log1p(-below) if below < 1.0 else -math.inf
    b = x + 1.0 - shape
    c, d = 1e300, 1.0 / b
    fraction = d
    for n in range(1, _MOST_TERMS):
        a = n * (shape - n)
        b += 2.0
        d = 1.0 / (a * d + b)
        c = b + a / c
        fraction *= c * d
        if abs(c * d - 1.0) < _CLOSE:
            break
    return shape * math.log(x) - x - math.lgamma(shape) + math.log(fraction)


@compiled
def normal_beyond(z: float, least: float) -> float:
    """The point above which a standard normal is with the chance of ``z`` times that of ``least``.

    Newton's steps on the logarithm of the tail, which falls ever faster: at most one of them goes too far.
    """
    at = lowest = max(z, least)
    target = log_normal_tail(z) + log_normal_tail(least)
    for _ in range(_MOST_STEPS):
        level = log_normal_tail(at)
        step = (level - target) / math.exp(-0.5 * at * at - _LOG_ROOT_TWO_PI - level)
        after = at + step
        if not after > lowest:
            after = lowest
        if abs(after - at) <= _CLOSE * abs(at):
            return after
        at = after
    return at


@compiled
def gamma_beyond(shape: float, x: float, least: float) -> float:
    """The same for a gamma variable of unit scale."""
    at = lowest = max(x, least)
    target = log_gamma_tail(shape, x) + log_gamma_tail(shape, least)
    for _ in range(_MOST_STEPS):
        level = log_gamma_tail(shape, at)
        hazard = math.exp((shape - 1.0) * math.log(at) - at - math.lgamma(shape) - level)
        after = at + (level - target) / hazard
        if not after > lowest:
            after = lowest
        if abs(after - at) <= _CLOSE * at:
            return after
        at = after
    return at
