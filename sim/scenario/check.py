"""What the types cannot see: that names exist, and that chains make sense.

Every check takes a :class:`Draft`, skips what is already known to be broken, and notes problems.
"""

from __future__ import annotations

from collections.abc import Set

from sim.scenario.bounds import MOST_STATES
from sim.scenario.check_bounds import check_bounds
from sim.scenario.check_ladder import check_calendars, check_events, check_ladder, check_watch
from sim.scenario.check_names import check_names
from sim.scenario.expand import Draft
from sim.scenario.fields import REST
from sim.scenario.nodes import Node, origin, path_text, short
from sim.scenario.schema import RESERVED_KEYS
from sim.scenario.scope import PEERS, Scope, States, chain_states, check_condition, known_state

RESERVED_CHAINS = {
    "ladder": "it is what the steps are read as",
    PEERS: "it is what the other voters are read as",
    "stance": "every voter has one, which would hide this one",
}


def check_scenario(draft: Draft, used: Set[str], own: Set[str]) -> list[str]:
    """Notes everything that is wrong with a resolved scenario; returns warnings about what its own files say.

    What a parent says is the parent's affair: a child that passes a step over cannot help what this leaves unused.

    :param used: parameters that some number names.
    :param own: labels of the files (and of the overrides) that the user can change.
    """
    _check_top(draft)
    scope = Scope(draft)
    for name, chain in draft.section("chains").items():
        if name in RESERVED_CHAINS:
            problem = f"a chain cannot be called {name!r}: {RESERVED_CHAINS[name]}"
            draft.problems.add(chain, problem, allowed="any other name")
        _check_chain(scope, chain, None)
    for code, voter in draft.voters.items():
        for name, chain in scope.chains_of(code).items():
            if name in {*RESERVED_KEYS, "ladder", PEERS}:
                problem = f"a voter's chain cannot be called {name!r}"
                draft.problems.add(chain, problem, allowed="any other name")
            _check_chain(scope, chain, code)
        _check_stance(draft, voter)
    check_ladder(scope)
    check_calendars(draft)
    check_events(scope)
    check_watch(scope)
    check_names(scope)
    check_bounds(draft)
    _check_priors(draft)
    if (rest := draft.section("parameters").get(REST)) is not None:
        draft.problems.add(rest, "a parameter cannot be called 'rest'", allowed="any other name")
    unused = [
        (name, at)
        for name, node in draft.section("parameters").items()
        if name not in used and (at := _written_in(node, own)) is not None
    ]
    return [
        *(f"{origin(at)}: parameters.{name}: nothing uses it" for name, at in unused),
        *_appended_steps(draft, own),
        *_other_countries(draft, own),
    ]


def _written_in(node: Node, files: Set[str]) -> Node | None:
    """The first part of a node that one of some files has written."""
    if node.file in files:
        return node
    inside = [child for _, child in node.items()] + node.parts()
    return next((at for child in inside if (at := _written_in(child, files)) is not None), None)


def _other_countries(draft: Draft, own: Set[str]) -> list[str]:
    """Codes that are right, but that other lists use for another country, as ``AUS`` for Austria."""
    members = draft.top.get("members")
    events = draft.section("events").parts()
    joining = [event.get("voter") for event in events if event.get("joins") is not None]
    said = []
    for node in (draft.top.get("candidate"), *(members.parts() if members is not None else ()), *joining):
        code = node.text() if node is not None else None
        if node is None or code is None or node.file not in own or code not in draft.facts.countries:
            continue
        if (other := draft.meant(code, anybody=True)) is not None:
            name = draft.facts.country_name(code)
            said.append(f"{origin(node)}: {path_text(node.path)}: {code} is {name}; did you mean {other}?")
    return said


def _appended_steps(draft: Draft, own: Set[str]) -> list[str]:
    """Steps that a child adds come after the last step of its parent, which is seldom meant."""
    steps = draft.section("ladder").parts()
    below = [step for step in steps if step.file not in own]
    added = [step for step in steps if step.file in own]
    if not below or not added:
        return []
    names = ", ".join(str(step.text("step")) for step in added)
    return [
        f"{added[0].file}:{added[0].line}: ladder: {names} comes after {below[-1].text('step')}, the last step of the "
        "parent; another ladder needs a file without 'extends'"
    ]


def _check_top(draft: Draft) -> None:
    start, horizon = draft.top.day("start"), draft.top.day("horizon")
    if start is not None and horizon is not None and horizon <= start:
        at = draft.top.get("horizon") or draft.top
        allowed, cause = f"dates after {start}", draft.top.get("start")
        draft.problems.add(at, f"{horizon} is not after the start", allowed=allowed, cause=cause)
    _check_members(draft)
    among = draft.top.get("peers_among")
    for node in among.parts() if among is not None and draft.certain else ():
        if (code := node.text()) is not None and code not in draft.voters:
            draft.unknown_voter(node, code)
    candidate = draft.top.get("candidate")
    if candidate is not None and candidate.text() is not None:
        code = str(candidate.text())
        if code in draft.voters:
            said, allowed = f"{draft.named(code)} is a voter", "a country that does not vote"
            draft.problems.add(candidate, said, allowed=allowed)
        elif code not in draft.facts.countries:
            near = draft.meant(code, anybody=True)
            draft.problems.add(
                candidate, f"{code!r} is not a known ISO code", allowed="an ISO code", near=near
            )


def _check_members(draft: Draft) -> None:
    """Members are those of the day on which the run starts, unless they are listed one by one."""
    members, start = draft.top.get("members"), draft.top.day("start")
    day = members.day("on") if members is not None else None
    if members is None or start is None or day is None or day == start or not draft.members:
        return
    of = str(members.text("of"))
    then = [ally.iso3 for ally in draft.facts.members_on(start, of)]
    if set(then) == set(draft.members):
        return
    count = f"{len(draft.members)} members of {day} with a start of {start}, when there were {len(then)}"
    allowed = f"{{of: {of}, on: {start}}}, or a list of codes"
    draft.problems.add(members, count, allowed=allowed, cause=draft.top.get("start"))


# --- chains --------------------------------------------------------------------------------------------


def _check_chain(scope: Scope, chain: Node, code: str | None) -> None:
    problems = scope.draft.problems
    states = chain_states(chain)
    if states is None:
        return
    if len(states) > MOST_STATES:
        at = chain.get("states") or chain
        problems.add(at, f"{len(states)} states", allowed=f"at most {MOST_STATES}")
    start = chain.get("start")
    if start is not None:
        _check_distribution(scope, start, states)
    redrawn = chain.get("redrawn")
    if redrawn is not None:
        scope.check_calendar(redrawn.get("on"))
        to = redrawn.get("to")
        if to is not None:
            _check_distribution(scope, to, states)
    moves = chain.get("moves")
    for move in moves.parts() if moves is not None else []:
        _check_move(scope, move, states, code)


def _check_distribution(scope: Scope, node: Node, states: States) -> None:
    if node.text() is not None:
        known_state(scope.draft.problems, node, str(node.text()), states)
    for state, share in node.items():
        known_state(scope.draft.problems, share, state, states)


def _check_move(scope: Scope, move: Node, states: States, code: str | None) -> None:
    problems = scope.draft.problems
    for end in ("from", "to"):
        node = move.get(end)
        if node is not None and node.text() is not None:
            known_state(problems, node, str(node.text()), states)
    if move.text("from") is not None and move.text("from") == move.text("to"):
        at = move.get("to") or move
        others = [state for state in states if state != move.text("from")]
        problems.add(at, f"a move from {short(at)} to itself", allowed=others)
    when = move.get("when")
    if when is not None:
        check_condition(scope, when, code)
    scaled_by = move.get("scaled_by")
    if scaled_by is None:
        return
    for name, factors in scaled_by.items():
        if name == PEERS:
            found = scope.stance_states() if code is not None else None
            if code is None:
                allowed = [*scope.world, "ladder"]
                problems.add(factors, "only a voter has peers", allowed=allowed)
        else:
            found = scope.find(factors, name, code)
        for state, factor in factors.items():
            if found is not None:
                known_state(problems, factor, state, found, of=name)


def _check_stance(draft: Draft, voter: Node) -> None:
    """Stances are compared between voters, so their states must be the same for all."""
    stance = voter.get("stance")
    states = chain_states(stance) if stance is not None else None
    if stance is None or states is None:
        return
    first_code, first = next(
        (code, found)
        for code, node in draft.voters.items()
        if (other := node.get("stance")) is not None and (found := chain_states(other)) is not None
    )
    if states != first:
        at = stance.get("states") or stance
        problem = f"stances differ from those of {first_code}, but all voters share them"
        draft.problems.add(at, problem, allowed=f"[{', '.join(first)}], best given in 'everyone'")


def _check_priors(draft: Draft) -> None:
    """Bounds of priors in order."""
    for _, parameter in draft.section("parameters").items():
        prior = parameter.get("prior")
        for kind, keys in (("uniform", ("low", "high")), ("triangular", ("low", "mode", "high"))):
            bounds = prior.get(kind) if prior is not None else None
            given = [bounds.get(key) for key in keys] if bounds is not None else []
            values = [
                node.value for node in given if node is not None and isinstance(node.value, (int, float))
            ]
            if bounds is None or len(values) < len(keys):
                continue
            if values != sorted(values) or values[0] == values[-1]:
                said = " < ".join(f"{key} {value:.6g}" for key, value in zip(keys, values, strict=True))
                allowed = " <= ".join(keys) + ", low below high"
                draft.problems.add(bounds, f"not in order: {said}", allowed=allowed)
