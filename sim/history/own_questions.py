"""Questions of one's own for the log of forecasts: any step, entry and day, answered by the model or by somebody else.

A probability that somebody states (one's own, a market's, a crowd's) stands in the log like those of the model and is
scored like them: ``scenario`` says ``stated``, and what only a run has is empty.
"""

from __future__ import annotations

import re
from datetime import date

from sim.base.errors import OptionError, nearest
from sim.history.forecast_log import LEAST, MOST, SCENARIO, Logged, Question, entry_names
from sim.model.compiler import compile_scenario
from sim.scenario.load import load_scenario

STATED = "stated"
"""In the column ``scenario``: no scenario gave this probability."""
OWN = "own"


def asked_of_model(text: str, entry: str, by: date, made_on: date, scenario: str) -> Question:
    """A question that a scenario answers.

    :raises OptionError: the scenario has no such entry, or the day is not within its run or has passed.
    """
    loaded = load_scenario(scenario)
    names = entry_names(compile_scenario(loaded))
    for part in entry.split("|"):
        if part not in names:
            raise OptionError(f"<entry> {part}: allowed: {', '.join(names)}.{nearest(part, names)}")
    start, horizon = loaded.content.start, loaded.content.horizon
    first = max(start, made_on)
    if not first < by <= horizon:
        raise OptionError(f"<by> {by}: allowed: after {first}, up to {horizon}")
    name = entry if scenario == SCENARIO else f"{loaded.name} {entry}"
    return Question(_slug(name), _text(text), entry, by, scenario)


def stated(text: str, entry: str, by: date, made_on: date, probability: float, who: str = OWN) -> Logged:
    """A row for a probability that somebody states.

    :param who: whose it is: ``own``, ``crowd``, the name of a market.
    :raises OptionError: no probability, an empty question, or a day that has passed.
    """
    if not LEAST <= probability <= MOST:
        raise OptionError(f"<probability> {probability:g}: allowed: {LEAST} to {MOST}")
    if by <= made_on:
        raise OptionError(f"<by> {by}: allowed: after {made_on}, the day of the forecast")
    return Logged(
        id=f"{made_on}-{_slug(who)}-{_slug(entry)}-{by}",
        made_on=made_on.isoformat(),
        question=_text(text),
        entry=entry,
        resolves_by=by.isoformat(),
        probability=f"{probability:.3f}",
        low="",
        high="",
        mc_error="",
        scenario=f"{STATED}: {who.strip()}",
        scenario_digest="",
        seed="",
        trajectories="",
    )


def _text(text: str) -> str:
    said = " ".join(text.split())
    if not said or not said.isprintable():
        raise OptionError(
            f"<question> {text!r}: allowed: a question in words, such as 'Will … by 2030-12-31?'"
        )
    return said


def _slug(name: str) -> str:
    """Small letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "question"
