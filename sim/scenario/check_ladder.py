"""Checks of the ladder, the calendar, the events and what is watched."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

from sim.scenario.bounds import MOST_CALENDARS, MOST_STEPS
from sim.scenario.check_under_way import check_under_way
from sim.scenario.expand import Draft
from sim.scenario.nodes import BROKEN, Node, closest
from sim.scenario.schema import RESERVED_KEYS
from sim.scenario.scope import LADDER, Scope, chain_states, check_condition, check_named, known_state

OTHERS = "others"


def check_ladder(scope: Scope) -> None:
    """Notes what is wrong with the steps."""
    draft = scope.draft
    ladder = draft.section("ladder")
    if len(ladder.parts()) > MOST_STEPS:
        draft.problems.add(ladder, f"{len(ladder.parts())} steps", allowed=f"at most {MOST_STEPS}")
    for number, step in enumerate(ladder.parts()):
        check_under_way(draft, step, ladder.parts()[:number])
        rule = step.get("rule")
        if rule is not None:
            _check_rule(draft, rule)
        if step.text("kind") == "decision":
            _check_decision(scope, step)
        elif step.text("kind") == "ratification":
            _check_ratification(draft, step)


def _check_rule(draft: Draft, rule: Node) -> None:
    but, members = rule.get("all_but"), len(draft.members)
    if but is not None and isinstance(but.value, (int, float)) and draft.certain and but.value >= members:
        allowed = f"0 to {members - 1}, as there are {members} members"
        draft.problems.add(but, f"all but {but.value}: nobody would be asked", allowed=allowed)


def _check_decision(scope: Scope, step: Node) -> None:
    problems = scope.draft.problems
    meetings = step.get("meetings")
    for calendar in meetings.parts() if meetings is not None else []:
        scope.check_calendar(calendar)
    none = meetings is None or meetings.value == []
    if none and step.get("waived") is None and step.get("bypass") is None:
        at = step if meetings is None else meetings
        problem = "'meetings' is empty, so the step can never pass"
        problems.add(
            at, problem, allowed="calendars under 'meetings', or a chance under 'waived' or 'bypass'"
        )
    when = step.get("when")
    if when is not None:
        check_condition(scope, when, None)
    needs = step.get("needs")
    stance = needs.get("stance") if needs is not None else None
    states = scope.stance_states()
    if stance is not None and stance.text() is not None and states is not None:
        known_state(problems, stance, str(stance.text()), states, of="stance")
    awaits = step.get("awaits")
    for name, wanted in awaits.items() if awaits is not None else ():
        if name == LADDER:
            problem = "a meeting cannot wait for the ladder, on which its step is the next"
            problems.add(wanted, problem, allowed=list(scope.world))
        else:
            check_named(scope, name, wanted, None)
    unless = step.get("unless")
    for name, wanted in unless.items() if unless is not None else ():
        _check_unless(scope, name, wanted)


def _check_unless(scope: Scope, name: str, wanted: Node) -> None:
    """A voter without the chain is not held by it, but some voter must have it."""
    draft = scope.draft
    chains = [chain for code in draft.voters if (chain := scope.chains_of(code).get(name)) is not None]
    if not chains:
        if draft.voters:
            known = list(dict.fromkeys(other for code in draft.voters for other in scope.chains_of(code)))
            problem = f"no voter has a chain {name!r}"
            draft.problems.add(wanted, problem, allowed=known, near=closest(name, known))
        return
    for chain in chains:
        states = chain_states(chain)
        for at in wanted.parts() if isinstance(wanted.value, list) else [wanted]:
            if states is not None and at.text() is not None:
                known_state(draft.problems, at, str(at.text()), states, of=name)


def _check_ratification(draft: Draft, step: Node) -> None:
    without = [code for code, voter in draft.voters.items() if voter.get("ratification") is None]
    if without:
        problem = f"no 'ratification' law for {', '.join(without)}"
        draft.problems.add(step, problem, allowed="'ratification: {law: …}' for every voter", kind="no law")
    obstruction = step.get("obstruction")
    by = obstruction.get("by") if obstruction is not None else None
    if by is None or not draft.certain:
        return
    named = [code for code, _ in by.items() if code != OTHERS]
    for code, share in by.items():
        if code != OTHERS and code not in draft.voters:
            draft.unknown_voter(share, code)
    if (others := by.get(OTHERS)) is not None and set(named) >= draft.voters.keys():
        problem = "every voter is named, so there are no others"
        draft.problems.add(others, problem, allowed="shares of the voters only")
    if by.value and all(share.value == 0 for _, share in by.items()):
        draft.problems.add(by, "nobody has a share", allowed="shares that add up to 1")


# --- dates ---------------------------------------------------------------------------------------------


def check_calendars(draft: Draft) -> None:
    """Dates in order, and something to repeat from."""
    section = draft.section("calendar")
    if len(dict(section.items())) > MOST_CALENDARS:
        draft.problems.add(section, "too many calendars", allowed=f"at most {MOST_CALENDARS}")
    for _, calendar in section.items():
        if isinstance(calendar.value, dict):
            _check_calendar(draft, calendar)


def _check_calendar(draft: Draft, calendar: Node) -> None:
    dates, then = calendar.get("dates"), calendar.get("then")
    parts = dates.parts() if dates is not None else []
    given = [(node, node.value) for node in parts if isinstance(node.value, date)]
    for (_, before), (node, day) in pairwise(given):
        if day < before:
            draft.problems.add(node, f"{day} comes after {before}", allowed="dates in order")
    if dates is not None and dates.value is BROKEN:
        return
    if then is None:
        if not parts:
            draft.problems.add(calendar, "no dates", allowed="'dates', 'then' with 'from', or both")
        return
    first = then.get("from")
    if isinstance(then.value, dict) and first is None and not parts:
        draft.problems.add(then, "nothing to repeat from", allowed="'from', or dates before it")
    if first is not None and isinstance(first.value, date) and given and first.value < given[-1][1]:
        last = given[-1][1]
        draft.problems.add(first, f"{first.value} is before the last date", allowed=f"{last} or later")


def check_events(scope: Scope) -> None:
    """Dates within the run, and what the events set, those of levers included."""
    draft = scope.draft
    start, horizon = draft.top.day("start"), draft.top.day("horizon")
    levers = [lever.get("events") for _, lever in draft.section("levers").items()]
    sections = [draft.section("events"), *(events for events in levers if events is not None)]
    for event in (event for section in sections for event in section.parts()):
        day, at = event.day("on"), event.get("on") or event
        if day is not None and start is not None and horizon is not None and start < horizon:
            side = "before the start" if day < start else "after the horizon" if day > horizon else None
            if side is not None:
                cause = draft.top.get("start" if day < start else "horizon")
                draft.problems.add(at, f"{day} is {side}", allowed=f"{start} to {horizon}", cause=cause)
        _check_entry(scope, event, world=list(scope.world))


def check_watch(scope: Scope) -> None:
    """What is watched must exist."""
    for watch in scope.draft.section("watch").parts():
        _check_entry(scope, watch, world=[*scope.world, LADDER])


def _check_entry(scope: Scope, entry: Node, world: list[str]) -> None:
    """``{chain, state}`` or ``{voter, chain: state}`` of an event or a watch."""
    draft = scope.draft
    name, state = entry.text("chain"), entry.get("state")
    if name is not None:
        if name not in world:
            of_voters = any(name.split(".")[-1] in scope.chains_of(code) for code in draft.voters)
            problem = f"there is no world chain {name!r}" + (", but voters have one" if of_voters else "")
            allowed = f"{', '.join(world) or 'none is defined'}" + (
                "; {voter: …, chain: state}" if of_voters else ""
            )
            near = closest(name, world)
            draft.problems.add(entry, problem, allowed=allowed, near=near, key="chain")
        elif state is not None and state.text() is not None:
            states = scope.find(entry, name, None)
            if states is not None:
                known_state(draft.problems, state, str(state.text()), states, of=name)
        return
    code = entry.text("voter")
    if code is None or not draft.certain:
        return
    if code not in draft.voters:
        if entry.get("joins") is None:
            draft.unknown_voter(entry, code, key="voter")
        return
    own = scope.chains_of(code)
    for key, wanted in entry.items():
        if key in RESERVED_KEYS:
            continue
        if key not in own:
            problem = f"{code} has no chain {key!r}"
            draft.problems.add(wanted, problem, allowed=own, near=closest(key, own))
        elif (states := chain_states(own[key])) is not None and wanted.text() is not None:
            known_state(draft.problems, wanted, str(wanted.text()), states, of=key)
