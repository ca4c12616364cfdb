"""Ranges of numbers that are not known: as priors, of priors, and whether a number lies far outside one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from math import exp, log, log1p, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.base.words import number
from sim.scenario.nodes import BROKEN, Node, Problems, build, is_number

Floats = NDArray[np.float64]
Columns = Callable[[str, str], Floats | None]
"""File and column of a table -> its values, shape (rows,); None if there are none."""

SHOWN = (0.05, 0.5, 0.95)
"""Quantiles that a reader is told."""
CENTRAL = (0.005, 0.995)
"""Outside these a number lies far outside a prior."""
_Z95 = 1.6448536269514722
"""The 95 % quantile of the standard normal law."""
_PROBABILITY = re.compile(r"probab|chance|share|fraction|proportion|\b1 if\b", re.IGNORECASE)
_OF_PROBABILITIES = {"beta", "logitnormal"}
_FINE = tuple((k + 0.5) / 1000 for k in range(1000))
_DIGITS = 12
"""That the numbers of a prior made from a range keep, so that every processor makes the same."""


# --- a range as a prior ---------------------------------------------------------------------------------


def prior_between(between: Node, unit: str | None, problems: Problems) -> Node:
    """The prior of which a range has the 5 % and the 95 % quantile; broken if it is no range.

    Lognormal, or logit-normal where the number is a probability: where the parent's prior is one of probabilities,
    else where the unit says so.
    """
    ends = [node.value for node in between.parts()]
    if len(ends) != 2 or not all(is_number(end) for end in ends):
        return between.with_value(BROKEN)
    low, high = (float(str(end)) for end in ends)
    prior = replaced_prior(between)
    if of_probability(None if prior is None else next(iter(prior.plain()), None), unit):
        if high >= 1:
            problems.add(
                between, f"{high:.6g} as an end of a probability", allowed="more than 0, less than 1"
            )
            return between.with_value(BROKEN)
        made = {"logitnormal": logit_normal(low, high)}
    else:
        made = {"lognormal": log_normal(low, high)}
    at = build(made, between.file, between.line, (*between.path[:-1], "prior"))
    return Node(at.value, at.file, at.line, at.path, between.was)


def of_probability(law: str | None, unit: str | None) -> bool:
    """Whether a number is a probability: by the law of its prior, else by its unit.

    :param law: None if it has no prior.
    """
    by_unit = law in (None, "table", "uniform", "triangular", "normal")
    return law in _OF_PROBABILITIES or (by_unit and _PROBABILITY.search(unit or "") is not None)


def log_normal(low: float, high: float) -> dict[str, float]:
    """Median and sigma of the lognormal law with these 5 % and 95 % quantiles."""
    return {"median": _kept(sqrt(low) * sqrt(high)), "sigma": _kept(log(high / low) / (2 * _Z95))}


def logit_normal(low: float, high: float) -> dict[str, float]:
    """The same for the logit-normal law; both ends are in (0, 1)."""
    a, b = (log(end) - log1p(-end) for end in (low, high))
    return {"median": _kept(1 / (1 + exp(-(a + b) / 2))), "sigma": _kept((b - a) / (2 * _Z95))}


def _kept(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")


# --- the range of a prior -------------------------------------------------------------------------------


def replaced_prior(node: Node) -> Node | None:
    """The nearest prior that a number has taken the place of; None if there is none."""
    below = node.was
    while below is not None and not isinstance(below.value, dict):
        below = below.was
    return below


def quantiles(prior: Mapping[str, Any], at: tuple[float, ...], columns: Columns) -> list[float] | None:
    """Quantiles of a prior as a file has it; None if it is broken or has no table.

    :param at: probabilities.
    """
    from sim.scenario.quantiles import QUANTILES

    (law, numbers), *more = [*prior.items()] or [("", None)]
    if more or not isinstance(numbers, Mapping):
        return None
    if law == "table":
        column = columns(str(numbers.get("file")), str(numbers.get("column")))
        return None if column is None else np.quantile(column, at).tolist()
    try:
        found: list[float] = np.asarray(QUANTILES[law](np.array(at), **numbers), dtype=np.float64).tolist()
    except (KeyError, TypeError, ValueError):
        return None
    return found


def check_scaled(
    at: Node, name: str, prior: Mapping[str, Any], unit: str | None, columns: Columns, problems: Problems
) -> None:
    """Notes a factor that takes a probability beyond 1 in some draws."""
    factor = float(str(at.value)) if is_number(at.value) else 0.0
    if factor <= 1 or not of_probability(next(iter(prior), None), unit):
        return
    found = quantiles(prior, _FINE, columns)
    beyond = 0.0 if found is None else sum(factor * value > 1 for value in found) / len(found)
    if found is not None and beyond:
        share = f"{100 * beyond:.2g} %"
        most = f"at most {number(1 / max(found))} here, as it is a probability"
        problems.add(at, f"{name} times {number(factor)} is beyond 1 in {share} of draws", allowed=most)


def far(
    name: str, what: str, middle: float, prior: Mapping[str, Any], columns: Columns, times: float = 1.0
) -> str:
    """A warning if a number lies outside the central 99 % of the prior that it takes the place of; else empty.

    :param what: what lies there: ``5 is``; :param middle: where.
    :param times: a factor of the prior.
    """
    found = quantiles(prior, (CENTRAL[0], SHOWN[0], SHOWN[2], CENTRAL[1]), columns)
    if found is None or not np.isfinite(found).all():
        return ""
    least, low, high, most = (times * end for end in found)
    if least <= middle <= most:
        return ""
    way = "above" if middle > most else "below"
    meant = middle / 100 if what.partition(" ")[0] == number(middle, 6) else 0.0
    hint = f"; {number(middle, 6)} % is {number(meant, 6)}" if middle >= 1 and least <= meant <= most else ""
    ends = f"5 % to 95 %: {number(low)} to {number(high)}"
    return f"{name}: {what} far {way} what the parent thinks possible ({ends}){hint}"


def in_short(prior: Mapping[str, Any], columns: Columns, times: float = 1.0) -> str:
    """``0.015 (5 % to 95 %: 0.003 to 0.07)``; the law alone if its quantiles are not known."""
    found = quantiles(prior, SHOWN, columns)
    if found is None:
        return "a prior"
    low, middle, high = (times * end for end in found)
    return f"{number(middle)} (5 % to 95 %: {number(low)} to {number(high)})"
