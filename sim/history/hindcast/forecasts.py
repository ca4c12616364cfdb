"""Forecasts and their scores as files: one row for each forecast, from which every score can be computed
again.

The column ``points`` holds the forecast's 200 points of equal weight: whole days from the origin, ascending,
``never`` for none, separated by spaces; a point that is there n times is written once, as ``days*n``.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from io import StringIO
from itertools import groupby
from pathlib import Path

import numpy as np

from sim.base.errors import RunError
from sim.base.files import write_whole
from sim.history.hindcast.baselines import POINTS, reduced
from sim.history.hindcast.scores import LOSSES, SCORES, GroupedDifference, Observation, over_groups, scores
from sim.history.sampling import Sample

MODEL = "model"
KEY = ("component", "mode", "case", "unit", "group", "origin", "model")
COLUMNS = (*KEY, "outcome_days", "censored", "watched_days", "points")
NEVER = "never"


@dataclass(frozen=True)
class Forecast:
    """One forecast of one waiting time, and what happened.

    ``case`` names what is forecast, ``unit`` the part of it (an ally, a step), ``group`` the decision or
    wave that it shares with others; ``points`` are whole days from ``origin``, ascending, ``inf`` for never.
    """

    component: str
    mode: str
    case: str
    unit: str
    group: str
    origin: date
    model: str
    outcome: Observation
    points: Sample

    @property
    def about(self) -> tuple[str, ...]:
        """What is forecast: all forecasts with the same value are of one outcome."""
        return (self.component, self.mode, self.case, self.unit, self.origin.isoformat())


def whole_days(sample: Sample) -> Sample:
    """A sample as POINTS quantile points in whole days: as published, and as scored."""
    points: Sample = np.round(reduced(sample, POINTS))
    return points


def write_forecasts(forecasts: Iterable[Forecast], file: Path) -> None:
    """Writes the file of forecasts.

    :raises RunError: it cannot be written.
    """
    rows = []
    for f in forecasts:
        points = points_text(f.points)
        censored = "yes" if f.outcome.censored else "no"
        key = (f.component, f.mode, f.case, f.unit, f.group, f.origin.isoformat(), f.model)
        rows.append((*key, int(f.outcome.days), censored, int(f.outcome.watched), points))
    _write(file, COLUMNS, rows)


def points_text(points: Sample) -> str:
    """Points as they stand in the file."""
    parts = []
    for day, same in groupby(points):
        many = len(list(same))
        word = NEVER if np.isinf(day) else str(int(day))
        parts.append(word if many == 1 else f"{word}*{many}")
    return " ".join(parts)


def points_of(text: str) -> Sample:
    """The points that a text of the file means.

    :raises ValueError: a part is neither a number of days nor ``never``.
    """
    points: list[float] = []
    for part in text.split():
        word, _, many = part.partition("*")
        points += [np.inf if word == NEVER else float(word)] * int(many or 1)
    return np.array(points)


def _write(file: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        text = StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
        write_whole(file, text.getvalue())
    except OSError as error:
        raise RunError(f"{file}: cannot be written: {error.strerror}") from None


def read_forecasts(file: Path) -> list[Forecast]:
    """Reads a file of forecasts.

    :raises RunError: it cannot be read, or a row is not of the form.
    """
    try:
        with file.open(encoding="utf-8", newline="") as stream:
            return [_forecast(row) for row in csv.DictReader(stream)]
    except (OSError, KeyError, ValueError) as error:
        raise RunError(f"{file}: is no file of forecasts: {error}") from None


def _forecast(row: dict[str, str]) -> Forecast:
    points = points_of(row["points"])
    outcome = Observation(float(row["outcome_days"]), row["censored"] == "yes", float(row["watched_days"]))
    place = (row["component"], row["mode"], row["case"], row["unit"], row["group"])
    return Forecast(*place, date.fromisoformat(row["origin"]), row["model"], outcome, points)


def write_scores(forecasts: Iterable[Forecast], file: Path) -> None:
    """Writes a row of scores for each forecast (six decimals; empty where a score does not exist)."""
    rows = []
    for f in forecasts:
        found = scores(f.points, f.outcome)
        key = (f.component, f.mode, f.case, f.unit, f.group, f.origin.isoformat(), f.model)
        rows.append((*key, *("" if found[s] is None else f"{found[s]:.6f}" for s in SCORES)))
    _write(file, (*KEY, *SCORES), rows)


@dataclass(frozen=True)
class Compared:
    """The model and one baseline on the outcomes that both forecast."""

    component: str
    mode: str
    baseline: str
    score: str
    units: int
    model: float
    """Mean loss of the model: within groups first, then over groups."""
    other: float
    difference: GroupedDifference


def comparisons(forecasts: Sequence[Forecast], losses: Sequence[str] = LOSSES) -> list[Compared]:
    """The model against every baseline, for each component, mode and score, in the order of the file."""
    by_place: dict[tuple[str, str, str], dict[tuple[str, ...], _Scored]] = {}
    for f in forecasts:
        by_place.setdefault((f.component, f.mode, f.model), {})[f.about] = (
            f.group,
            scores(f.points, f.outcome),
        )
    found = []
    for (component, mode, baseline), others in by_place.items():
        ours = by_place.get((component, mode, MODEL), {})
        if baseline == MODEL or not ours:
            continue
        both = [about for about in others if about in ours]
        for loss in losses:
            compared = _compared(loss, [(ours[about], others[about]) for about in both])
            if compared is not None:
                found.append(Compared(component, mode, baseline, loss, *compared))
    return found


_Scored = tuple[str, dict[str, float | None]]
"""Group and scores of a forecast."""


def _compared(
    loss: str, pairs: Sequence[tuple[_Scored, _Scored]]
) -> tuple[int, float, float, GroupedDifference] | None:
    rows = []
    for (group, own), (_, others) in pairs:
        a, b = own[loss], others[loss]
        if a is not None and b is not None:
            rows.append((a, b, group))
    if not rows:
        return None
    groups = [group for _, _, group in rows]
    difference = over_groups([a - b for a, b, _ in rows], groups)
    ours = over_groups([row[0] for row in rows], groups, resamples=1).mean
    other = over_groups([row[1] for row in rows], groups, resamples=1).mean
    return len(rows), ours, other, difference
