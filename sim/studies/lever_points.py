"""From a lever to a point: what is changed of a scenario when somebody chooses it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sim.model.model import NONE
from sim.scenario.calendar import dates_of
from sim.scenario.happenings import happening
from sim.scenario.schema import Decision, Lever, ScenarioContent
from sim.scenario.setting import Set
from sim.studies.points import Point
from sim.studies.prepare import Prepared


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


# --- voters and the day ---------------------------------------------------------------------------------


def holdouts(prepared: Prepared) -> tuple[str, ...]:
    """Voters who may start below what some decision needs, in the order of the voters."""
    model, values = prepared.model, prepared.worlds.values
    found = []
    for code, chain in zip(model.voter_names, model.voters.stance.tolist(), strict=True):
        start, at = int(model.chains.start[chain]), int(model.chains.start_at[chain])
        below = model.chains.slots[at : at + model.threshold]
        if start < model.threshold if start != NONE else bool((values[:, below] > 0).any()):
            found.append(code)
    return tuple(found)


def top_stance(prepared: Prepared) -> str:
    """What the highest stance is called."""
    model = prepared.model
    return model.state_names[int(model.voters.stance[0])][model.top_stance]


def voter_point(code: str, stance: str, on: date, content: ScenarioContent) -> Point:
    """A voter's change of stance, alone. It sets its stance on the day and nothing else of it."""
    return Point(events=not_delayed({f"{code}.stance={stance}": on}, content))


def next_meeting(content: ScenarioContent) -> tuple[date, str] | None:
    """The next day, from the start on, of the calendar that the first decision names first; and that calendar."""
    for step in content.ladder:
        for name in step.meetings if isinstance(step, Decision) else ():
            days = dates_of(content.calendar[name], content.horizon)
            return next(((day, name) for day in days if day >= content.start), None)
    return None
