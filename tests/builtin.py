"""Built-in scenarios, each loaded once: a test that changes nothing about them can share them with all others."""

from __future__ import annotations

from functools import cache

from sim.scenario.load import Scenario, load_scenario


@cache
def builtin(name: str) -> Scenario:
    """A built-in scenario as it is."""
    return load_scenario(name)
