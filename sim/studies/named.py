"""Which scenario a stored answer is of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sim.facts.read import load_facts
from sim.model.model import Model
from sim.results.manifest import Asked, Identity, Subject
from sim.scenario.load import Scenario
from sim.scenario.setting import OwnNumber, read_setting


@dataclass(frozen=True)
class TitledScenario(Identity):
    """Which scenario, and its title."""

    title: str
    yours: tuple[OwnNumber, ...] = ()
    """Numbers that a user has set."""

    @classmethod
    def of(cls, model: Model) -> TitledScenario:
        """The scenario that a model was compiled from."""
        return cls(model.name, model.digest, model.title, model.yours)


def subject(
    verb: str, scenarios: Sequence[Scenario], grid: Mapping[str, Sequence[object]] | None = None
) -> Subject:
    """What a result is of.

    :param grid: of a sweep: parameter -> its values.
    """
    # what only some of them change is in their titles
    changed = {
        name: said
        for name, said in scenarios[0].changed.items()
        if all(one.changed.get(name) == said for one in scenarios)
    }
    swept = {
        name: ",".join(read_setting(value).said() for value in values)
        for name, values in (grid or {}).items()
    }
    asked = tuple(Asked(one.name, one.title, one.source) for one in scenarios)
    facts = load_facts()
    return Subject(verb, asked, {**changed, **swept}, facts.digest if facts.own else None)
