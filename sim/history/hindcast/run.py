"""The hindcast: what the model and simple rules would have said, and what happened.

Fits are shared between jobs and made side by side; everything else is fast. The result does not depend on
how many processes there are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sim.base.processes import side_by_side
from sim.facts.read import Facts
from sim.history.fits.fitted import Draws
from sim.history.hindcast.components import COMPONENTS
from sim.history.hindcast.forecasts import Forecast
from sim.history.hindcast.jobs import Job
from sim.history.hindcast.refit import key_of, refit

Progress = Callable[[int], None]


def jobs_of(facts: Facts, components: Sequence[str]) -> list[Job]:
    """The jobs of some components, in order."""
    return [job for name in components for job in COMPONENTS[name](facts)]


def hindcast(
    facts: Facts, components: Sequence[str] = tuple(COMPONENTS), processes: int = 2,
    progress: Progress = lambda done: None,
) -> list[Forecast]:  # fmt: skip
    """All forecasts of some components, in a fixed order that does not depend on ``processes``.

    :param progress: told of each job that is done.
    """
    return run_jobs(jobs_of(facts, components), processes, progress)


def run_jobs(
    jobs: Sequence[Job], processes: int = 2, progress: Progress = lambda done: None
) -> list[Forecast]:
    """Makes the fits that the jobs need (each once, side by side) and then the forecasts."""
    wanted: dict[tuple[str, str], tuple[Facts, str]] = {}
    for job in jobs:
        for name in job.fits:
            wanted.setdefault(key_of(job.facts, name), (job.facts, name))
    made: dict[tuple[str, str], Draws]
    if processes > 1 and len(wanted) > 1:
        made = dict(zip(wanted, side_by_side(_fit, wanted.values(), processes), strict=True))
    else:
        made = {key: _fit(value) for key, value in wanted.items()}
    found = []
    for job in jobs:
        found += job.make({name: made[key_of(job.facts, name)] for name in job.fits})
        progress(1)
    return found


def _fit(what: tuple[Facts, str]) -> Draws:
    facts, name = what
    return refit(facts, [name])[name]
