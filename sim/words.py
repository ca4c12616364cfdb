"""How numbers are said: never 0 % or 100 %, no decimals above 1 %."""

from __future__ import annotations


def chance(probability: float) -> str:
    """A probability in short: ``16 %``, ``<1 %``, ``>99 %``."""
    percent = round(100.0 * probability)
    if percent < 1:
        return "<1 %"
    if percent > 99:
        return ">99 %"
    return f"{percent} %"


def chance_range(low: float, high: float) -> str:
    """An interval of probabilities: ``<1 to 54 %``."""
    first, last = chance(low), chance(high)
    if first == last:
        return first
    return f"{first.removesuffix(' %')} to {last}"
