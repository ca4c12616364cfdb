"""What moves the answer of a run, from the worlds that it has drawn anyway."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sim.base.words import plain
from sim.estimates.first_orders import Place, moving, not_told
from sim.estimates.indices import Shares
from sim.estimates.moving import Moving
from sim.estimates.solved import Solved
from sim.estimates.tally import Tally
from sim.estimates.weighed import WeighedTally
from sim.facts.read import load_facts
from sim.model.model import Model
from sim.model.unknowns import START, Unknown, unknowns
from sim.studies.named import TitledScenario
from sim.studies.prepare import Prepared
from sim.studies.sensitivity_answer import SCHEMA, Sensitivity

WEIGHED = (
    "rates are tilted and trajectories weighed, so chance within worlds cannot be told from what moves them"
)
ONE_EACH = "each world needs two trajectories at least, to tell worlds apart from chance"


def of_run(
    prepared: Prepared, answer: Tally | WeighedTally | Solved, places: tuple[Place, ...]
) -> Sensitivity:
    """What moves the probability of each step by its date."""
    if isinstance(answer, WeighedTally):
        found = not_told(places, WEIGHED)
    elif isinstance(answer, Tally) and len(prepared.worlds) > 1 and answer.totals.min() < 2:
        found = not_told(places, ONE_EACH)
    else:
        steps = answer.outcomes.steps
        found = of_worlds(
            prepared, {(step, day): answer.shares_by(steps.index(step), day) for step, day in places}
        )
    return sensitivity(prepared, answer.trajectories, found)


def of_worlds(
    prepared: Prepared, targets: Mapping[Place, Shares], bases: Mapping[str, str] | None = None
) -> Moving:
    """What moves each probability of which the shares of all worlds are known.

    :param bases: parameter -> what it rests on; as the scenario says if not given.
    """
    bases = bases or {name: spec.basis for name, spec in prepared.loaded.content.parameters.items()}
    found = unknowns(prepared.model, prepared.worlds, prepared.seed)
    return moving(found, bases, targets, labels(found, prepared.model))


def labels(found: Sequence[Unknown], model: Model) -> dict[str, str]:
    """Name -> in words: ``settlement rate``, ``Greece: stance at the start``."""
    said = {}
    for unknown in found:
        chain = unknown.name.removeprefix(START)
        if not unknown.states:
            said[unknown.name] = plain(unknown.name)
        else:
            voter = chain.rpartition(".")[0]
            whose = f"{load_facts().country_name(voter)}: " if voter else ""
            said[unknown.name] = f"{whose}{model.called(chain)} at the start"
    return said


def sensitivity(prepared: Prepared, trajectories: int, found: Moving) -> Sensitivity:
    """As it is stored."""
    model = prepared.model
    return Sensitivity(
        schema=SCHEMA,
        scenario=TitledScenario.of(model),
        seed=prepared.seed,
        trajectories=trajectories,
        worlds=len(prepared.worlds),
        start=model.start,
        horizon=model.horizon,
        first=found,
    )
