"""What the scorecard says of recognition beside its scores: how often something was expected, and how often it came."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from sim.history.hindcast.forecasts import MODEL, Forecast
from sim.history.hindcast.scores import pit

FIRST = "first"
KOSOVO = "XKX"
OUTER = 0.05


def windows(forecasts: Sequence[Forecast], component: str) -> list[tuple[float, bool]]:
    """For each origin: the chance given to a first recognition before the next origin (the last: before the facts
    end), and whether one came.
    """
    mine = sorted(
        (f for f in forecasts if (f.component, f.model, f.case, f.unit) == (component, MODEL, KOSOVO, FIRST)),
        key=lambda f: f.origin,
    )
    ends = [float((after.origin - f.origin).days) for f, after in pairwise(mine)]
    ends += [f.outcome.watched for f in mine[-1:]]
    return [
        (float((f.points <= end).mean()), not f.outcome.censored and f.outcome.days <= end)
        for f, end in zip(mine, ends, strict=True)
    ]


def expected(found: Sequence[tuple[float, bool]]) -> tuple[float, int, float]:
    """How many windows were expected to have one, how many had, and the chance that none would, windows taken as
    independent.
    """
    chances = np.array([chance for chance, _ in found])
    return float(chances.sum()), sum(came for _, came in found), float(np.prod(1 - chances))


def beside_the_scores(forecasts: Sequence[Forecast]) -> Iterator[str]:
    """Two paragraphs: the four, and all states."""
    four, others = (windows(forecasts, component) for component in ("recognition", "elsewhere"))
    if four:
        number, came, none = expected(four)
        yield (
            f"In {len(four)} windows of about two years the model expected {number:.2f} with a first recognition by "
            f"one of the four; {came or 'none'} had one. The chance that none would was {none:.2f}, windows taken as "
            'independent (they are not: one world stands behind them all). So the loss against "nothing changes" '
            "is what it costs to keep open what did not come, and weak evidence that the rate is too high.\n"
        )
    if others:
        number, came, _ = expected(others)
        late, early = (sum(outer(f) == side for f in forecasts) for side in ("late", "early"))
        yield (
            "Where events exist, the same law was fitted to all states that had not recognised Kosovo by the end of "
            f"August 2008. In {len(others)} windows of about two years it expected {number:.1f} with a recognition; "
            f"{came} had one. Of its {2 * len(others)} forecasts of the first and the tenth recognition {late} came "
            f"late (after the 95 % point) and {early} early, one in ten of both together being expected. Late means "
            "that recognitions grew rare faster than the law has it, in which rates are constant and only those who "
            "are quick are gone sooner.\n"
        )


def outer(f: Forecast) -> str:
    """Whether a forecast of recognitions of Kosovo by all states was missed, and on which side."""
    if (f.component, f.model, f.case) != ("elsewhere", MODEL, KOSOVO):
        return ""
    low, high = pit(f.points, f.outcome)
    if low > 1 - OUTER:
        return "late"
    return "early" if high < OUTER and not f.outcome.censored else ""
