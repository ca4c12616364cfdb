"""Checks of a step that is under way at the start: since when, and which capitals are outstanding."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from math import ceil, prod

from sim.scenario.expand import Draft
from sim.scenario.nodes import Node, is_number

BEHIND = "'waived: 1' for a decision, 'law: {fixed: 0}' for a wait"


def check_under_way(draft: Draft, step: Node, before: list[Node]) -> None:
    """Notes what is wrong with ``since`` and ``outstanding`` of a wait or a ratification.

    :param before: the steps before it on the ladder, which all have to lie behind.
    """
    since, outstanding = step.get("since"), step.get("outstanding")
    ratifies = step.text("kind") == "ratification"
    if since is None:
        if outstanding is not None and ratifies:
            problem = "'outstanding' without 'since'"
            draft.problems.add(outstanding, problem, allowed="'since: YYYY-MM-DD', when ratification began")
        return
    if step.text("kind") not in ("wait", "ratification") or not isinstance(since.value, date):
        return
    name, start = step.text("step"), draft.top.day("start")
    ahead = next((other for other in before if not _lies_behind(other)), None)
    if ahead is not None:
        problem = f"{name} is not under way at the start: {ahead.text('step')} comes before it"
        draft.problems.add(since, problem, allowed=f"only where all before it lies behind ({BEHIND})")
    if start is None:
        return
    if since.value > start:
        at = draft.top.get("start")
        draft.problems.add(since, f"{since.value} is after the start", allowed=f"{start} or before", cause=at)
        return
    days = (start - since.value).days
    if not ratifies:
        _check_law(draft, step.get("law"), days, since)
        return
    if outstanding is None:
        draft.problems.add(
            step,
            f"{name} is under way since {since.value}, and it is not said who has not ratified",
            allowed="codes, such as 'outstanding: [HUN, TUR]'; [] if only the lag is left",
            kind="outstanding",
        )
    elif draft.certain and isinstance(outstanding.value, list):
        _check_outstanding(draft, step, outstanding, since, days)


def _lies_behind(step: Node) -> bool:
    """Whether a step is passed at the start by what is written, whatever parameters say."""
    law = step.get("law")
    waived, fixed = step.get("waived"), law.get("fixed") if law is not None else None
    if step.text("kind") == "decision":
        return waived is not None and waived.value == 1
    return step.text("kind") == "wait" and fixed is not None and fixed.value == 0


def _check_outstanding(draft: Draft, step: Node, outstanding: Node, since: Node, days: int) -> None:
    members = _first_members(draft)
    codes = [code for node in outstanding.parts() if (code := node.text()) is not None]
    for node, code in zip(outstanding.parts(), codes, strict=False):
        if code not in draft.voters:
            draft.unknown_voter(node, code)
        elif code not in members:
            problem = f"{draft.named(code)} is no member at the start, and is not asked"
            draft.problems.add(node, problem, allowed="those who are")
    needed = _needed(step.get("rule"), len(members)) - len(members) + len(codes)
    if codes and needed <= 0:
        problem = f"{len(codes)} outstanding, and enough have ratified without them"
        allowed = "[], with the day on which enough had ratified as 'since'"
        draft.problems.add(outstanding, problem, allowed=allowed)
    if not codes:
        if step.get("lag") is None:
            draft.problems.add(
                outstanding, "nobody is outstanding, and there is no lag", allowed="who has not ratified"
            )
        _check_law(draft, step.get("lag"), days, since)
    elif step.get("obstruction") is None:
        for code in codes:
            ratification = draft.voters[code].get("ratification") if code in draft.voters else None
            _check_law(draft, ratification.get("law") if ratification is not None else None, days, since)


def _first_members(draft: Draft) -> set[str]:
    """Members on the start date, those who join on it included."""
    start = draft.top.day("start")
    joining = {
        event.text("voter")
        for event in draft.section("events").parts()
        if event.get("joins") is not None and event.day("on") == start
    }
    return {*draft.members, *(code for code in draft.joiners if code in joining)}


def _needed(rule: Node | None, members: int) -> int:
    """How many members a rule asks for; all, if it is broken."""
    but, share = (rule.get("all_but"), rule.get("share")) if rule is not None else (None, None)
    if but is not None and isinstance(but.value, int):
        return max(members - but.value, 0)
    if share is not None and isinstance(share.value, str | int | float):
        try:
            return ceil(members * Fraction(str(share.value).replace(" ", "")))
        except (ValueError, ZeroDivisionError):
            return members
    return members


def _check_law(draft: Draft, law: Node | None, days: int, since: Node) -> None:
    """A length that is fixed cannot have lasted longer than it is."""
    fixed = law.get("fixed") if law is not None else None
    if fixed is None:
        return
    constants = draft.constants()
    factors = fixed.parts() or [fixed]
    values = [constants.get(str(node.value)) if node.text() else node.value for node in factors]
    if not all(is_number(value) for value in values):
        return
    length = prod(float(value) for value in values if isinstance(value, int | float))
    if length < days:
        problem = f"{length:g} days, but it has lasted {days} since {since.value}"
        draft.problems.add(fixed, problem, allowed=f"{days} or more", cause=since)
