"""How the model did on the past, as ``accession hindcast`` found: a small file beside the built-in scenarios."""

from __future__ import annotations

from dataclasses import dataclass

from sim.base import records
from sim.base.data import data_folder
from sim.base.errors import RunError


@dataclass(frozen=True)
class MadeWith:
    """What a file of forecasts was made with."""

    accession: str
    code_digest: str
    facts_digest: str
    baseline_digest: str
    """Of the built-in baseline, its tables included."""


@dataclass(frozen=True)
class Scored:
    """The model beside one baseline, for one component and mode: CRPS in days."""

    component: str
    name: str
    mode: str
    outcomes: int
    groups: int
    model: float
    baseline: str
    baseline_crps: float
    difference: float
    low: float
    high: float
    better: int
    verdict: str
    """``ahead`` or ``behind`` if the interval of the difference says so, else ``open``."""


@dataclass(frozen=True)
class Scorecard:
    """The content of ``scorecard.json``."""

    schema: int
    forecasts_digest: str
    forecasts: int
    made_with: MadeWith | None
    leaks: str
    forms: str
    failure: str
    best: tuple[Scored, ...]
    """For each component and mode, against the baseline that turned out best."""
    lost: tuple[Scored, ...]
    """Against each baseline that is ahead of the model on average."""


def read_scorecard() -> Scorecard:
    """The built-in one.

    :raises RunError: it is not there or cannot be read.
    """
    try:
        return records.read(data_folder("scenarios") / "scorecard.json", Scorecard)
    except RunError as error:
        raise RunError(f"{error}; `python -m sim.pages.scorecard` makes it") from None
