"""Scenarios as Python users have them: by name, from a file, or from plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sim.base.errors import OptionError
from sim.facts.read import facts_over
from sim.scenario.load import Scenario, load_scenario
from sim.scenario.setting import Setting
from sim.scenario.sources import titles

if TYPE_CHECKING:
    import pandas as pd

Source = str | Path | Mapping[str, object] | Scenario
"""A built-in name, a file, plain data as a file would hold it, or a scenario that is loaded already."""

__all__ = ["Scenario", "Setting", "Source", "load", "scenarios"]


def load(source: Source, overrides: Mapping[str, Setting] | None = None) -> Scenario:
    """Loads and checks a scenario.

    :param overrides: parameter -> a number, a factor (``"x2"``, ``{"times": 2}``) or a range (``"0.01..0.1"``,
        ``{"between": [0.01, 0.1]}``), laid over what the scenario says.
    :raises ScenarioError: naming every problem, with its file and line where there is one.
    :raises OptionError: overrides for a scenario that is loaded already.
    """
    if not isinstance(source, Scenario):
        return load_scenario(source, overrides)
    if overrides:
        raise OptionError("<overrides>: the scenario is loaded already; give them when it is loaded")
    return source


@contextmanager
def over(facts: str | Path | None, *sources: Source) -> Iterator[None]:
    """Lays tables of one's own (a folder, as ``--facts`` takes it) over the built-in facts while something is asked.

    :raises OptionError: a scenario that is loaded already, with other facts.
    :raises FactsError: tables that cannot be used.
    """
    if facts is not None and any(isinstance(source, Scenario) for source in sources):
        raise OptionError(
            "<facts>: a scenario is loaded already; allowed: with its name, its file or its data"
        )
    with facts_over(None if facts is None else Path(facts)):
        yield


def scenarios() -> pd.DataFrame:
    """The built-in scenarios: name, title, question."""
    import pandas as pd

    return pd.DataFrame(titles(), columns=["name", "title", "question"])
