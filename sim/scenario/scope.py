"""What names mean: a voter's own chains first, then the world's, then the ladder."""

from __future__ import annotations

from collections.abc import Iterable

from sim.scenario.expand import Draft
from sim.scenario.nodes import BROKEN, Node, Problems, closest

PEERS = "peers"
LADDER = "ladder"


class States(list[str]):
    """Names of states, and the node that lists them."""

    def __init__(self, names: Iterable[str], written: Node | None = None) -> None:
        super().__init__(names)
        self.written = written


class Scope:
    """The names of a draft."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.world = dict(draft.section("chains").items())
        self.steps = [step for node in draft.section("ladder").parts() if (step := node.text("step"))]
        self.calendars = dict(draft.section("calendar").items())
        ladder = draft.section("ladder")
        self._steps_known = isinstance(ladder.value, list) and len(self.steps) == len(ladder.parts())
        self._stances = self._first_stances()

    def chains_of(self, code: str) -> dict[str, Node]:
        """The chains of a voter: name -> chain."""
        return {name: node for name, node in self.draft.voters[code].items() if name != "ratification"}

    def stance_states(self) -> States | None:
        """The states of every voter's stance."""
        return self._stances

    def _first_stances(self) -> States | None:
        for voter in self.draft.voters.values():
            stance = voter.get("stance")
            if stance is not None:
                return chain_states(stance)
        return None

    def find(self, at: Node, name: str, code: str | None) -> States | None:
        """States of the chain that a name means for a voter (``None``: for the world).

        ``None`` if there is no such chain, which is noted at the node, or if its states are broken.
        """
        own = self.chains_of(code) if code is not None else {}
        if name in own:
            return chain_states(own[name])
        if name in self.world:
            return chain_states(self.world[name])
        if name == LADDER:
            return States(["start", *self.steps]) if self._steps_known else None
        if name == PEERS:
            self.draft.problems.add(at, "peers can only scale a rate", allowed="'peers' under scaled_by")
            return None
        if self.draft.section("chains").value is BROKEN:
            return None
        known = [*own, *self.world, LADDER]
        whose = "here" if code is None else f"for {code}"
        problem = f"there is no chain {name!r} {whose}"
        self.draft.problems.add(
            at, problem, allowed=known, near=closest(name, known), kind=f"no chain {name}"
        )
        return None

    def check_calendar(self, node: Node | None) -> None:
        """Notes a calendar that is not defined."""
        name = node.text() if node is not None else None
        if self.draft.section("calendar").value is BROKEN:
            return
        if node is not None and name is not None and name not in self.calendars:
            near = closest(name, self.calendars)
            self.draft.problems.add(node, f"there is no calendar {name!r}", allowed=self.calendars, near=near)


def chain_states(chain: Node) -> States | None:
    """The states of a chain, ``None`` if they are missing or broken."""
    node = chain.get("states")
    if node is None or not isinstance(node.value, list):
        return None
    states = States(node.texts(), node)
    return states if len(states) == len(node.value) else None


def known_state(problems: Problems, at: Node, state: str, states: States, of: str | None = None) -> None:
    """Notes a state that a chain does not have."""
    if state not in states:
        chain = f" of {of!r}" if of else ""
        problem, near = f"{state!r} is not a state{chain}", closest(state, states)
        problems.add(at, problem, allowed=states, near=near, cause=states.written)


def check_condition(scope: Scope, when: Node, code: str | None) -> None:
    """Notes chains and states of a ``when`` that do not exist."""
    for name, wanted in when.items():
        check_named(scope, name, wanted, code)


def check_named(scope: Scope, name: str, wanted: Node, code: str | None) -> None:
    """Notes a chain, or states of it, that do not exist."""
    states = scope.find(wanted, name, code)
    for at in wanted.parts() if isinstance(wanted.value, list) else [wanted]:
        if states is not None and at.text() is not None:
            known_state(scope.draft.problems, at, str(at.text()), states, of=name)
