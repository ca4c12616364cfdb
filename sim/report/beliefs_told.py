"""Beliefs in words: a quantile, a shift, a box; no digit that the sample does not bear."""

from __future__ import annotations

from math import floor, log10
from pathlib import PurePosixPath

from sim.base.words import chance, chance_range, listed, number
from sim.studies.belief_answer import Alone, BeliefAnswer, BoxTold, LimitTold, Shifted


def wanted(made: BeliefAnswer) -> str:
    """``at least 50 %``."""
    return f"{'at least' if made.above else 'at most'} {100 * made.target:.4g} %"


def fit_name(file: str) -> str:
    """``tables/holdouts.csv`` -> ``holdouts``."""
    return PurePosixPath(file).stem


def short_name(one: Alone) -> str:
    """A parameter, or the rows of a fitted table."""
    return f"the fit {fit_name(one.name)!r} as a whole" if one.block else one.name


def with_unit(text: str, unit: str) -> str:
    """``0.06 per year``; what is said of a unit beyond that, and of pure numbers, is left out."""
    said = unit.partition(",")[0]
    return f"{text} {said}" if said.startswith(("per ", "day")) else text


def alone_words(one: Alone) -> str:
    """``settlement_rate at its 92 % quantile: 0.061 per year (drawn with 3 others …)``."""
    assert one.quantile is not None
    where = _quantile(one.quantile, one.quantile_error or 0.0)
    if one.block:
        return f"{short_name(one)}: rows around {where} in the order of their effect"
    said = f"{one.name} at {where}"
    if one.value is not None:
        said += f": {with_unit(_value(one), one.unit)}"
    return said + (
        f" (fitted with others of {fit_name(one.drawn_with)!r}, which stay as drawn)"
        if one.drawn_with
        else ""
    )


def _quantile(quantile: float, error: float) -> str:
    if quantile == 0.5 and not error:
        return "its median already"
    return f"its {chance(quantile, error=error)} quantile".replace("its about", "about its")


def _value(one: Alone) -> str:
    """To as many digits as one standard error either way bears; at least one, at most three."""
    assert one.value is not None
    low, high = one.value_range or (one.value, one.value)
    half = abs(high - low) / 2
    digits = floor(log10(abs(one.value) / half)) + 1 if half and one.value else 3
    return number(one.value, min(max(digits, 1), 3)) if digits >= 1 else f"about {number(one.value, 1)}"


def shift_words(one: Shifted) -> str:
    """``settlement_rate to about its 80 % quantile (median 0.02 -> 0.05 per year)``."""
    where = f"about its {chance(one.quantile)} quantile"
    if one.block:
        moved = [f"{c.name} {number(c.before)} to {number(c.after)}" for c in one.columns]
        means = f" (means: {', '.join(moved)})" if moved else ""
        return f"the fit {fit_name(one.name)!r} as a whole to {where} in effect{means}"
    assert one.value is not None
    assert one.before is not None
    return f"{one.name} to {where}: from {number(one.before)} to {with_unit(number(one.value), one.unit)}"


def limit_words(limit: LimitTold) -> str:
    """``settlement_rate above 0.048 per year (its 89 % quantile)``."""
    if limit.state:
        return f"{limit.name} at {limit.state!r} or {'later' if limit.lower else 'earlier'} states"
    side = "above" if limit.lower else "below"
    place, again = chance(limit.quantile), chance_range(min(limit.spread), max(limit.spread))
    spread = f"; {again} in resamples" if again != place else ""
    return f"{limit.name} {side} {with_unit(number(limit.value), limit.unit)} (its {place} quantile{spread})"


def box_words(box: BoxTold) -> str:
    """``settlement_rate above …: 49 % of these worlds are such, and they hold 69 % of all that are``."""
    limits = listed([limit_words(limit) for limit in box.limits])
    return (
        f"{limits}: {chance(box.density)} of such worlds ({chance(box.support)} of all), and they hold "
        f"{chance(box.coverage)} of all that are so likely"
    )
