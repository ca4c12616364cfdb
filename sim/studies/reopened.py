"""A finished run, opened again: its scenario made ready as it was, and the shares of its worlds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sim.base import records
from sim.base.dates import years_between
from sim.base.errors import AccessionError, OptionError, RunError
from sim.estimates.first_orders import Place
from sim.estimates.indices import Shares
from sim.estimates.summary import Summary
from sim.facts.read import facts_over
from sim.results.files import read_summary
from sim.results.folder import opened
from sim.results.manifest import FILE as MANIFEST
from sim.results.seal import Sealed
from sim.results.trajectories import world_columns
from sim.scenario.load import load_scenario
from sim.studies.again import FACTS, FOLDER
from sim.studies.asked import asked_run
from sim.studies.inputs import Inputs
from sim.studies.prepare import Prepared, prepare


@dataclass(frozen=True)
class Reopened:
    """A run that is there already."""

    folder: Path
    sealed: Sealed
    summary: Summary
    inputs: Inputs
    prepared: Prepared

    def shares(self, places: Sequence[Place]) -> dict[Place, Shares]:
        """Of each place the shares of all worlds, counted from the stored trajectories.

        :raises OptionError: the run has none, or weighed ones.
        :raises RunError: they cannot be read.
        """
        run = asked_run(self.folder)
        if self.summary.tilt is not None:
            raise OptionError(
                f"{self.folder}: its trajectories are weighed for tilted rates, so chance within worlds cannot be told "
                "from what moves them; allowed: a run without --tilt"
            )
        start, worlds = self.summary.start, self.summary.worlds
        edges = {place: years_between(start, place[1]) for place in places}
        hits = {place: np.zeros(worlds, np.int64) for place in places}
        totals = np.zeros(worlds, np.int64)
        for block in run.blocks(tuple(dict.fromkeys(step for step, _ in places))):
            totals += np.bincount(block.world, minlength=worlds)
            for place, edge in edges.items():
                taken = block.world[block.times[place[0]] <= edge]
                hits[place] += np.bincount(taken, minlength=worlds)
        return {place: Shares.counted(hits[place], totals) for place in places}


def is_result(source: object) -> bool:
    """Whether a source is the folder of a finished run, and no scenario."""
    return isinstance(source, str | Path) and (Path(source) / MANIFEST).is_file()


@contextmanager
def reopened(folder: Path) -> Iterator[Reopened]:
    """A run with its scenario made ready again, and its own facts as long as it is open.

    :raises RunError: it is no run, not as it was written, or its scenario does not give the same worlds any more.
    """
    sealed = opened(folder, "run")
    sealed.check(
        folder, *(name for name in sealed.files if name.endswith((".json", ".yaml", "worlds.parquet")))
    )
    summary = read_summary(folder)
    inputs = records.read(folder / "inputs.json", Inputs)
    facts = folder / FACTS
    with facts_over(facts if facts.is_dir() else None):
        try:
            loaded = load_scenario(folder / FOLDER / f"{summary.scenario.name}.yaml")
            made = prepare(loaded, None if summary.worlds == 1 else summary.worlds, summary.seed)
        except AccessionError as error:
            raise RunError(
                f"{folder}: its scenario cannot be made ready again ({str(error).splitlines()[0]}); run it again"
            ) from None
        known = world_columns(folder, list(made.worlds.parameters))
        same = known.keys() == made.worlds.parameters.keys() and all(
            np.array_equal(column, made.worlds.parameters[name]) for name, column in known.items()
        )
        if not same:
            raise RunError(
                f"{folder}: its scenario does not give the worlds of worlds.parquet any more, as another version of "
                "accession drew them; run it again"
            )
        yield Reopened(folder, sealed, summary, inputs, made)
