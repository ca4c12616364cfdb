"""The law of a count over worlds: a sum of independent binomials, each with a probability of its own."""

from __future__ import annotations

import numpy as np
from scipy import stats

from sim.model.model import Floats, Ints

_REACH = 40
"""Standard deviations of a count that are worked out on either side."""


def p_value(seen: int, totals: Ints, chances: Floats, error: float = 0.0) -> float:
    """Two-sided p-value of a sum of independent binomials, at most 1.

    :param totals, chances: trajectories and probability of each world, shape (W,).
    :param error: by which each probability may be wrong.
    """
    more = _tail(seen, totals, np.minimum(chances + error, 1.0), upper=True)
    less = _tail(seen, totals, np.maximum(chances - error, 0.0), upper=False)
    return min(1.0, 2 * min(more, less))


def _tail(seen: int, totals: Ints, chances: Floats, upper: bool) -> float:
    """P(sum >= seen) or P(sum <= seen)."""
    if len(totals) == 1:
        law = stats.binom(int(totals[0]), float(chances[0]))
        return float(law.sf(seen - 1) if upper else law.cdf(seen))
    mean = float((totals * chances).sum())
    reach = _REACH * float(np.sqrt((totals * chances * (1 - chances)).sum())) + 2 * _REACH
    low = int(np.floor(mean - reach))
    width = 1 << int(np.ceil(np.log2(2 * reach + 2)))
    if not low <= seen < low + width:
        return float((seen < mean) == upper)
    # the law from its characteristic function, at as many frequencies as values
    angle = 2j * np.pi * np.arange(width) / width
    log_phi = np.zeros(width, complex)
    with np.errstate(divide="ignore"):
        for n, p in zip(totals.tolist(), chances.tolist(), strict=True):
            one = np.log(1 - p + p * np.exp(angle))
            log_phi += n * one.real + 1j * (n * one.imag)  # apart, so that n times minus infinity stays so
    law = np.fft.fft(np.exp(log_phi - angle * low)).real / width
    part = law[seen - low :] if upper else law[: seen - low + 1]
    return float(np.clip(part.sum(), 0.0, 1.0))
