"""The first futures, told with all bids in them: what happens to the world once, and each bid's own way."""

from __future__ import annotations

from collections.abc import Sequence, Set

from sim.studies.bids_answer import BidHappening, SharedFuture
from sim.studies.prepare import Prepared
from sim.studies.samples import SAMPLES, key_happenings, opening, taken


def shared_futures(
    names: Sequence[str], scenarios: Sequence[Prepared], shared: Set[str]
) -> tuple[SharedFuture, ...]:
    """The first trajectories, not chosen ones.

    :param shared: chains that are the same wherever they are; their changes are told once, as of the world.
    """
    from sim.engines.replay.engine import replay
    from sim.engines.replay.story import country

    found = []
    for trajectory in range(SAMPLES):
        told: dict[BidHappening, None] = {}
        openings, steps, world = {}, {}, 0
        for name, prepared in zip(names, scenarios, strict=True):
            model = prepared.model
            future = replay(model, prepared.worlds, prepared.seed, trajectory)
            world = trajectory % len(prepared.worlds)
            world_lines, _ = key_happenings(model, future, country, shared.__contains__)
            own_lines, _ = key_happenings(model, future, country, lambda subject: subject not in shared)
            told |= {BidHappening(h.date, "", h.text): None for h in world_lines}
            told |= {BidHappening(h.date, name, h.text): None for h in own_lines}
            openings[name] = opening(model, future, country)
            steps[name] = {step: taken(model, future, i) for i, step in enumerate(model.step_names)}
        happenings = tuple(sorted(told, key=lambda h: h.date))
        found.append(SharedFuture(trajectory, world, openings, happenings, steps))
    return tuple(found)
