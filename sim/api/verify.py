"""``verify``: do the engines agree?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from sim.api.result import Result, with_dates
from sim.api.scenario import Setting, Source, load, over
from sim.base.defaults import DEFAULT_SEED
from sim.base.progress import Progress, silent
from sim.engines.exact import BOUND
from sim.model.model import Model
from sim.studies.options import Sampling
from sim.studies.verify import NotTaken, VerifyAnswer
from sim.studies.verify import verify as compare_engines

if TYPE_CHECKING:
    import pandas as pd


class VerifyResult(Result):
    """The engines held against one another."""

    def __init__(self, model: Model, answer: VerifyAnswer) -> None:
        self._model = model
        self.answer = answer
        """What was compared, and what came of it."""

    @property
    def agrees(self) -> bool:
        """Whether no disagreement was found."""
        return self.answer.agrees

    def lines(self) -> list[str]:
        """What was compared, and the verdict."""
        found, told = self.answer.exact, self.answer.replay
        numbers = "no" if isinstance(found, NotTaken) else len(found.numbers)
        return [
            f"{self._model.title} ({self._model.name}), seed {self.answer.seed}: {numbers} numbers beside exact, "
            f"{told.trajectories} trajectories replayed",
            "no disagreement found" if self.agrees else "THE ENGINES DISAGREE",
        ]

    def table(self) -> pd.DataFrame:
        """Monte Carlo beside exact: one row for each step and date; empty if the exact engine refused."""
        import pandas as pd

        found = self.answer.exact
        return pd.DataFrame() if isinstance(found, NotTaken) else with_dates(found.table(), "date")

    def differences(self) -> pd.DataFrame:
        """Columns in which a replayed trajectory differs from the Monte Carlo engine; no rows if none does."""
        import pandas as pd

        found = [(each.column, each.trajectory) for each in self.answer.replay.differences]
        return pd.DataFrame(found, columns=["column", "trajectory"])


def verify(
    scenario: Source,
    *,
    trajectories: int | None = None,
    worlds: int | None = None,
    seed: int = DEFAULT_SEED,
    overrides: Mapping[str, Setting] | None = None,
    threads: int | None = None,
    bound: int = BOUND,
    facts: str | Path | None = None,
    progress: Progress = silent,
) -> VerifyResult:
    """Holds the Monte Carlo engine against the exact one and, bit by bit, against the replay.

    :param worlds: that are compared (20 unless given); :param bound: joint states that the exact engine takes.
    :param facts: a folder with tables of one's own (``members.csv``, …) in place of the built-in ones of that name.
    :raises AccessionError: bad input.
    """
    sampling = Sampling(trajectories=trajectories, worlds=worlds, seed=seed, threads=threads)
    with over(facts, scenario):
        found = compare_engines(load(scenario, overrides), sampling, bound=bound, progress=progress)
    return VerifyResult(found.model, found.answer)
