"""What ``sensitivity.json`` holds: what is not known of a scenario, and what of it moves the answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sim.base import records
from sim.estimates.moving import Moving
from sim.studies.named import TitledScenario

SCHEMA = 1
FILE = "sensitivity.json"


@dataclass(frozen=True, kw_only=True)
class Sensitivity:
    """What moves the answers of a scenario."""

    schema: int
    scenario: TitledScenario
    seed: int
    trajectories: int
    """0 where worlds were solved."""
    worlds: int
    start: date
    horizon: date
    first: Moving
    """From the worlds of a run: first-order indices."""


def read_sensitivity(folder: Path) -> Sensitivity:
    """What a folder of results holds of it.

    :raises RunError: nothing, or it cannot be read.
    """
    return records.read(folder / FILE, Sensitivity)
