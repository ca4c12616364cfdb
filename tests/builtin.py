"""Built-in scenarios, each loaded once: a test that changes nothing about them can share them with all others."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sim.scenario.load import Scenario, load_scenario

ALONE = Path(__file__).with_name("alone.yaml")
"""A scenario without a parent, of another organisation than NATO; small enough for the exact engine."""


@cache
def builtin(name: str) -> Scenario:
    """A built-in scenario as it is."""
    return load_scenario(name)
