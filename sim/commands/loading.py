"""A scenario as a verb begins with it: loaded, with its warnings on standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.scenario.load import Scenario
    from sim.scenario.setting import Setting


def loaded(scenario: str, changed: Mapping[str, Setting], quiet: bool = False, of: str = "") -> Scenario:
    """Loads a scenario and tells its warnings.

    :param of: what comes before a problem with a setting, where there are several scenarios.
    :raises ScenarioError: naming every problem.
    """
    from sim.base.errors import ScenarioError
    from sim.scenario.load import load_scenario
    from sim.scenario.setting import SET

    try:
        made = load_scenario(scenario, changed)
    except ScenarioError as error:
        raise ScenarioError(
            f"{of}{text}" if text.startswith(SET) else text for text in error.problems
        ) from None
    warn(made.warnings, quiet)
    return made


def warn(warnings: Iterable[str], quiet: bool = False) -> None:
    """Tells warnings, unless nothing but errors is wanted."""
    for warning in () if quiet else warnings:
        print(f"warning: {warning}", file=sys.stderr)
