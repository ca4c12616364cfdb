"""Simple forecasts that a model has to beat: each a sample of equal weights, learned from past spells only.

A spell is (days, whether the event came); one without the event was open when the knowledge ends. None of
them looks at the case that is forecast. ``inf`` means never.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from sim.history.sampling import Sample, middles, student_t_of_logs

POINTS = 200
"""Points of a forecast, at the probabilities (k + 1/2) / POINTS."""
NEVER = float("inf")


class Spell(NamedTuple):
    """A past waiting time: ``days`` long, ended by the event or (``event`` false) still open.

    ``began`` is the ordinal of its first day.
    """

    days: float
    event: bool
    began: int = 0


def before(spells: Sequence[Spell], origin: int) -> list[Spell]:
    """In an order in which the last one is the one that began last before ``origin``: later ones come first, the
    most distant of them first of all (if all are later, the last wave is the next one).
    """
    later = sorted((s for s in spells if s.began >= origin), key=lambda s: -s.began)
    return later + sorted((s for s in spells if s.began < origin), key=lambda s: s.began)


Baseline = Callable[[Sequence[Spell]], Sample | None]


def reduced(sample: Sample, points: int = POINTS) -> Sample:
    """A large sample as its quantile points (no interpolation: infinity stays apart)."""
    ordered = np.sort(sample)
    index = np.minimum((middles(points) * len(ordered)).astype(np.int64), len(ordered) - 1)
    reduced_sample: Sample = ordered[index]
    return reduced_sample


def climatology(spells: Sequence[Spell]) -> Sample | None:
    """As one of the spells that ended, each equally likely; none if nothing ever ended."""
    ended = np.array([s.days for s in spells if s.event])
    return reduced(ended) if len(ended) else None


def constant_hazard(spells: Sequence[Spell]) -> Sample | None:
    """Exponential with events / exposure; with no event half an event is counted (Jeffreys)."""
    exposure = sum(s.days for s in spells)
    if exposure <= 0:
        return None
    events = sum(s.event for s in spells)
    hazard: Sample = -np.log1p(-middles(POINTS)) * exposure / (events or 0.5)
    return hazard


def last_wave(spells: Sequence[Spell]) -> Sample | None:
    """Exactly as the last spell (of those given, in their order) that ended."""
    ended = [s.days for s in spells if s.event]
    return np.full(POINTS, ended[-1]) if ended else None


def lognormal_t(spells: Sequence[Spell]) -> Sample | None:
    """Lognormal with unknown mean and variance: Student-t predictive on logarithms of the spells that ended."""
    ended = [max(s.days, 1.0) for s in spells if s.event]
    return student_t_of_logs(ended, middles(POINTS)) if len(ended) >= 3 else None


def kaplan_meier(spells: Sequence[Spell]) -> Sample | None:
    """Quantile points of the Kaplan–Meier curve; what it leaves open counts as never."""
    if not any(s.event for s in spells):
        return None
    times = sorted({s.days for s in spells if s.event})
    survival, curve = 1.0, []
    for time in times:
        at_risk = sum(s.days >= time for s in spells)
        survival *= 1 - sum(s.event and s.days == time for s in spells) / at_risk
        curve.append(1 - survival)
    index = np.searchsorted(np.array(curve) + 1e-12, middles(POINTS))
    points: Sample = np.append(times, NEVER)[index]
    return points


def nothing_changes(spells: Sequence[Spell]) -> Sample | None:
    """What is now stays: never."""
    return np.full(POINTS, NEVER)


BASELINES: dict[str, Baseline] = {
    "climatology": climatology,
    "constant hazard": constant_hazard,
    "last wave": last_wave,
    "lognormal-t": lognormal_t,
    "Kaplan-Meier": kaplan_meier,
    "nothing changes": nothing_changes,
}
