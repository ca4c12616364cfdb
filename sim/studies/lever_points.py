"""From a lever to a point: what is changed of a scenario when somebody chooses it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sim.scenario.happenings import happening
from sim.scenario.schema import Lever, ScenarioContent
from sim.scenario.setting import Set
from sim.studies.points import Point


def lever_points(content: ScenarioContent, on: date) -> dict[str, Point]:
    """The levers of a scenario, each pulled alone.

    :param on: the day of events that have none of their own.
    """
    return {name: lever_point(lever, on, content) for name, lever in content.levers.items()}


def lever_point(lever: Lever, on: date, content: ScenarioContent) -> Point:
    """One lever, pulled. What the scenario itself lets happen by that day stays on its own day: no lever delays it."""
    numbers = {
        name: Set("value", (value,)) if isinstance(value, float) else Set("times", (value.times,))
        for name, value in lever.values.items()
    }
    events = [event.model_dump(by_alias=True, exclude_none=True) for event in lever.events]
    wanted = {happening(event): event.get("on", on) for event in events}
    return Point(numbers, not_delayed(wanted, content))


def not_delayed(wanted: Mapping[str, date], content: ScenarioContent) -> dict[str, date]:
    """Happenings and their days, without those that the scenario has on that day or before."""
    there = {
        happening(event.model_dump(by_alias=True, exclude_none=True)): event.on for event in content.events
    }
    return {name: day for name, day in wanted.items() if name not in there or day < there[name]}
