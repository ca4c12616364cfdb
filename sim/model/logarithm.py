"""The natural logarithm, of additions, products and one division alone.

Such a function has no branch, so that compilers work out several at a time, and it gives the same bits on every
machine, which that of a system's library need not.

A positive number is ``2**k (1 + f)`` with ``1 + f`` between the roots of 1/2 and 2. With ``s = f / (2 + f)`` is
``log(1 + f) = 2 atanh(s) = 2 (s + s**3/3 + s**5/5 + ...)``, and as ``2 s = f - s f`` that is ``f - s (f - r)``, where
``r = 2 (s**2/3 + s**4/5 + ...)`` is small beside ``f``: rounding hardly shows in it.
"""

from __future__ import annotations

import numpy as np

from sim.base.compiled import inlined

_ROOT = np.sqrt(0.5).view(np.int64)
_FRACTION_BITS = 52
_LOG_2_HIGH = float.fromhex("0x1.62e42fee00000p-1")
"""Logarithm of 2 in so few bits that a multiple of it by a whole number has no rounding; and what is missing."""
_LOG_2_LOW = float.fromhex("0x1.a39ef35793c76p-33")


@inlined
def logarithm(x: float) -> float:
    """Natural logarithm of a positive number, neither subnormal nor infinite, within one unit in the last place."""
    bits = np.float64(x).view(np.int64)
    k = (bits - _ROOT) >> _FRACTION_BITS
    f = np.int64(bits - (k << _FRACTION_BITS)).view(np.float64) - 1.0
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    # the series to s**19: what follows is less than the last bit
    odd = 1 / 3 + w * (1 / 7 + w * (1 / 11 + w * (1 / 15 + w * (1 / 19))))
    even = 1 / 5 + w * (1 / 9 + w * (1 / 13 + w * (1 / 17)))
    r = 2.0 * z * (odd + z * even)
    twos = float(np.int32(k))
    return float(twos * _LOG_2_HIGH - ((s * (f - r) - twos * _LOG_2_LOW) - f))
