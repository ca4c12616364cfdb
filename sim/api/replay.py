"""``replay``: one future, told with the cause of each thing that happens."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from sim.api.result import Result
from sim.api.scenario import Setting, Source, load, over
from sim.api.told import day_of
from sim.base.defaults import DEFAULT_SEED
from sim.engines import replay as engine
from sim.engines.replay.story import story
from sim.model.model import HOW, Model
from sim.studies.options import whole
from sim.studies.prepare import prepare

if TYPE_CHECKING:
    import pandas as pd


class ReplayResult(Result):
    """One trajectory of a run, with everything that happened in it, in order."""

    def __init__(self, model: Model, replayed: engine.Replay, seed: int, trajectory: int) -> None:
        self._model, self._replayed = model, replayed
        self.seed, self.trajectory = seed, trajectory

    def lines(self) -> list[str]:
        """Which trajectory it is, and when each step was taken."""
        model = self._model
        steps = self.steps()
        days = steps["date"].dt.strftime(" %Y-%m-%d").fillna("")
        taken = steps["step"] + " " + steps["how"] + days
        head = f"{model.title} ({model.name}), seed {self.seed}, trajectory {self.trajectory}"
        return [f"{head}: {len(self._replayed.log)} happenings", ", ".join(taken)]

    def story(self) -> str:
        """The trajectory told, a line for each thing that happened."""
        return story(self._model, self._replayed)

    def table(self) -> pd.DataFrame:
        """One row for each happening: when, what changed, from which state to which, and why."""
        import pandas as pd

        return pd.DataFrame(map(vars, self._replayed.log)).drop(columns="years", errors="ignore")

    def steps(self) -> pd.DataFrame:
        """One row for each step: the day on which it was taken (NaT: not within the horizon), and how."""
        import pandas as pd

        model, paths = self._model, self._replayed.paths
        years = pd.Series(paths.time[0]).replace(float("inf"), float("nan"))
        how = [HOW[code] for code in paths.how[0].tolist()]
        return pd.DataFrame({"step": model.step_names, "date": day_of(years, model.start), "how": how})


def replay(
    scenario: Source,
    *,
    seed: int = DEFAULT_SEED,
    trajectory: int = 0,
    worlds: int | None = None,
    overrides: Mapping[str, Setting] | None = None,
    facts: str | Path | None = None,
) -> ReplayResult:
    """Replays one trajectory: the same future as that row of a run with the same seed and number of worlds.

    :param worlds: 1000 unless given; a scenario in which nothing is uncertain has one.
    :param facts: a folder with tables of one's own (``members.csv``, …) in place of the built-in ones of that name.
    :raises AccessionError: whatever is wrong with the scenario, or a number that is out of range.
    """
    seed, trajectory = whole("seed", seed, 0), whole("trajectory", trajectory, 0)
    worlds = None if worlds is None else whole("worlds", worlds, 1)
    with over(facts, scenario):
        prepared = prepare(load(scenario, overrides), worlds, seed)
    return ReplayResult(
        prepared.model, engine.replay(prepared.model, prepared.worlds, seed, trajectory), seed, trajectory
    )
