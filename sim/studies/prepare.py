"""What every study begins with: a scenario loaded and compiled, its worlds drawn, its paths simulated."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sim.base.defaults import DEFAULT_SEED, DEFAULT_WORLDS
from sim.base.errors import ModelError, OptionError
from sim.engines.paths import Paths
from sim.estimates.intervals import check_worlds
from sim.model.compiler import compile_scenario
from sim.model.model import Floats, Model
from sim.model.worlds import Worlds, draw_worlds
from sim.scenario.load import Scenario, load_scenario
from sim.scenario.setting import Setting

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    from sim.engines.montecarlo import Ground


@dataclass(frozen=True)
class Prepared:
    """A scenario made ready: loaded, compiled, its worlds drawn."""

    loaded: Scenario
    model: Model
    worlds: Worlds
    seed: int
    ground: Ground | None = None
    """What it shares with other points of a study: never what it answers, only what that costs."""


def prepare(
    scenario: str | Path | Scenario,
    worlds: int | None = None,
    seed: int = DEFAULT_SEED,
    overrides: Mapping[str, Setting] | None = None,
) -> Prepared:
    """Loads and compiles a scenario and draws its worlds.

    :param worlds: default 1000; a scenario in which nothing is uncertain always has one.
    :raises AccessionError: the scenario, an override or the number of worlds cannot be used.
    """
    if isinstance(scenario, Scenario):
        if overrides:
            raise ModelError(
                "overrides are laid over a scenario when it is loaded; this one is loaded already"
            )
        loaded = scenario
    else:
        loaded = load_scenario(scenario, overrides)
    model = compile_scenario(loaded)
    wanted = DEFAULT_WORLDS if worlds is None else worlds
    check_worlds(wanted, model.uncertain)
    return Prepared(loaded, model, draw_worlds(model, seed, wanted if model.uncertain else 1), seed)


def on_ground(prepared: Prepared) -> Prepared:
    """The same, with ground that is shared by all that is made of it and differs in parameters only."""
    from sim.engines.montecarlo import Ground

    return replace(prepared, ground=Ground(prepared.model, prepared.seed))


def paths_of(
    prepared: Prepared,
    trajectories: int,
    engine: str = "montecarlo",
    threads: int | None = None,
    block: int | None = None,
    cuts: Sequence[int] = (),
    tilt: Floats | None = None,
    pool: ThreadPoolExecutor | None = None,
) -> Generator[Paths, None, None]:
    """Blocks of paths of an engine, in order; a block ends after each number of trajectories in ``cuts``.

    :param tilt: the least rate of each move, shape (M,); the blocks are then ``TiltedPaths``.
    :param pool: of threads, shared with other runs.
    """
    if engine == "replay":
        from sim.engines import replay

        yield from replay.blocks(
            prepared.model, prepared.worlds, prepared.seed, range(trajectories), tilt=tilt
        )
        return
    from sim.engines import montecarlo

    size = montecarlo.BLOCK if block is None else block
    yield from montecarlo.blocks(
        prepared.model, prepared.worlds, prepared.seed, range(trajectories),
        threads=threads, block=size, cuts=cuts, tilt=tilt, pool=pool,
        ground=prepared.ground,
    )  # fmt: skip


def check_trajectories(trajectories: int, worlds: int) -> None:
    """:raises OptionError: fewer trajectories than worlds, or none."""
    if trajectories < max(worlds, 1):
        raise OptionError(
            f"<trajectories> {trajectories}: allowed: {worlds} or more, one for each of the {worlds} worlds "
            f"(fewer worlds: <worlds> {max(100, trajectories // 20)})"
        )
