"""Which scenario a stored answer is of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.facts.read import load_facts
from sim.model.model import Model
from sim.results.manifest import Asked, Identity, Subject
from sim.scenario.setting import OwnNumber

if TYPE_CHECKING:
    from sim.scenario.load import Scenario


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


def subject(verb: str, scenarios: Sequence[Scenario], varied: Sequence[str] = ()) -> Subject:
    """What a result is of.

    :param varied: of a sweep: its axes. Their values are not told, so that a sweep may grow in its place.
    """
    # what only some of them change is in their titles
    changed = {
        name: said
        for name, said in scenarios[0].changed.items()
        if all(one.changed.get(name) == said for one in scenarios)
    }
    swept = dict.fromkeys(varied, "…")
    asked = tuple(Asked(one.name, one.title, one.source) for one in scenarios)
    facts = load_facts()
    return Subject(verb, asked, {**changed, **swept}, facts.digest if facts.own else None)
