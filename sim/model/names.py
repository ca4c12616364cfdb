"""Names of a scenario as positions: which chain, voter, state or calendar is meant."""

from __future__ import annotations

from sim.base.errors import ModelError
from sim.model.model import NONE
from sim.scenario import schema

MAX_STATES = 63


class Names:
    """Positions of everything that a scenario names: chains of the world, then those of the voters; last the ladder.

    :raises ModelError: a chain with too many states.
    """

    def __init__(self, scenario: schema.ScenarioContent) -> None:
        self.voters = tuple(scenario.voters)
        self.calendars = tuple(scenario.calendar)
        self.steps = tuple(step.step for step in scenario.ladder)
        found = [(name, NONE, chain) for name, chain in scenario.chains.items()]
        for voter, (code, spec) in enumerate(scenario.voters.items()):
            found += [(f"{code}.{name}", voter, chain) for name, chain in spec.chains.items()]
        self.chains = found
        """Name, voter (-1 for a chain of the world) and chain, in order."""
        self.of_chains = tuple(name for name, _, _ in found)
        self.number_of = {name: number for number, name in enumerate(self.of_chains)}
        self.states = (*(tuple(chain.states) for _, _, chain in found), ("start", *self.steps))
        """For each chain, and last for the ladder."""
        for name, states in zip((*self.of_chains, "ladder"), self.states, strict=True):
            if len(states) > MAX_STATES:
                raise ModelError(f"{name}: {len(states)} states; at most {MAX_STATES} are possible")

    @property
    def stances(self) -> tuple[str, ...]:
        """The states of a stance, lowest first; every voter has the same."""
        return self.states[self.stance_of(self.voters[0])]

    def stance_of(self, voter: str) -> int:
        """The chain that is a voter's stance."""
        return self.number_of[f"{voter}.stance"]

    def find(self, name: str, owner: int) -> int:
        """Number of the chain that ``name`` means here: the owner's, the world's, or the ladder."""
        if owner != NONE:
            own = f"{self.voters[owner]}.{name}"
            if own in self.number_of:
                return self.number_of[own]
        return len(self.of_chains) if name == "ladder" else self.number_of[name]

    def mask(self, chain: int, states: schema.States) -> int:
        """Bits of the named states of a chain."""
        wanted = [states] if isinstance(states, str) else states
        return sum(1 << self.states[chain].index(state) for state in set(wanted))

    def entry(self, part: schema.Event | schema.Watch) -> tuple[int, int]:
        """The chain and state that an event or a watch names."""
        if part.chain is not None:
            chain = self.find(part.chain, NONE)
            return chain, self.states[chain].index(str(part.state))
        name, state = next(iter(part.__pydantic_extra__.items()))
        chain = self.number_of[f"{part.voter}.{name}"]
        return chain, self.states[chain].index(state)
