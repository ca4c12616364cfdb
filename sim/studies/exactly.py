"""A run with the exact engine: every world solved, nothing sampled within them."""

from __future__ import annotations

from sim.base.errors import ModelError, OptionError
from sim.base.progress import Progress
from sim.engines import exact
from sim.engines.exact import BOUND
from sim.estimates.solved import Solved
from sim.studies.prepare import Prepared


def solve(prepared: Prepared, bound: int | None, progress: Progress) -> Solved:
    """Solves each world.

    :param bound: joint states that are taken; :param progress: told 1 for each world.
    :raises OptionError: the model is refused, naming the part and the number, and what can be done.
    """
    model, worlds = prepared.model, prepared.worlds
    solved = Solved(model, BOUND if bound is None else bound)
    try:
        blocks = exact.blocks(
            model, worlds, prepared.seed, range(len(worlds)), dates=solved.moments, bound=solved.bound
        )
    except ModelError as reason:
        raise OptionError(f"{reason}.{_way_out(str(reason))}") from None
    for world in blocks:
        solved.add(world)
        progress(1)
    return solved


def _way_out(reason: str) -> str:
    if "joint states" in reason:
        return (
            " With <bound> more are taken (memory and time grow with them); <overrides> can hold chains still, which "
            "leaves fewer; <engine> montecarlo takes any model."
        )
    return " The engine montecarlo takes any model."
