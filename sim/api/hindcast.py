"""``hindcast``: the past forecast with what was known then, and scored beside simple baselines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from sim.api.result import Result, chosen
from sim.base.progress import Progress, silent
from sim.base.words import counted
from sim.facts.read import load_facts
from sim.history.hindcast.components import COMPONENTS
from sim.history.hindcast.forecasts import Forecast, comparisons, write_forecasts, write_scores
from sim.history.hindcast.own_cases import own_jobs
from sim.history.hindcast.run import jobs_of, run_jobs

if TYPE_CHECKING:
    import pandas as pd


class HindcastResult(Result):
    """Forecasts of the past, and what happened."""

    def __init__(self, forecasts: Sequence[Forecast]) -> None:
        self._forecasts = tuple(forecasts)

    def lines(self) -> list[str]:
        """How many forecasts, of what."""
        names = dict.fromkeys(forecast.component for forecast in self._forecasts)
        return [f"Hindcast: {counted(len(self._forecasts), 'forecast')} of {', '.join(names)}"]

    def table(self) -> pd.DataFrame:
        """The model beside each baseline: mean scores, and the difference with its 90 % interval."""
        import pandas as pd

        rows = [asdict(compared) for compared in comparisons(self._forecasts)]
        return pd.json_normalize(rows)

    def forecasts(self) -> pd.DataFrame:
        """One row for each forecast: of what, made when and by which model, and what happened."""
        import pandas as pd

        return pd.DataFrame(map(asdict, self._forecasts)).drop(columns="points", errors="ignore")

    def save(self, folder: str | Path) -> Path:
        """Writes ``forecasts.csv`` and ``scores.csv``, from which every score can be computed again."""
        at = Path(folder)
        write_forecasts(self._forecasts, at / "forecasts.csv")
        write_scores(self._forecasts, at / "scores.csv")
        return at


def hindcast(
    components: Sequence[str] = (),
    *,
    cases: str | Path | None = None,
    processes: int = 2,
    progress: Progress = silent,
) -> HindcastResult:
    """Forecasts the past and scores it.

    :param components: parts of the record, all if not given; :param cases: a folder with cases of one's own instead.
    :param processes: how many at once; does not change the result.
    :raises AccessionError: there is no such component, or the cases cannot be used.
    """
    facts = load_facts()
    if cases is not None:
        return HindcastResult(run_jobs(own_jobs(facts, Path(cases)), processes, progress))
    for name in components:
        chosen("components", name, COMPONENTS)
    return HindcastResult(run_jobs(jobs_of(facts, list(components) or list(COMPONENTS)), processes, progress))
