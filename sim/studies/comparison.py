"""What a comparison says: the records of ``compare.json``, and the same as tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from sim.base import records
from sim.estimates.differences import StepDifference, StepFutures
from sim.estimates.paired import Curves
from sim.scenario.names import together
from sim.scenario.setting import OwnNumber
from sim.studies.otherwise import Structure

if TYPE_CHECKING:
    import pandas as pd

SCHEMA = 1
FILE = "compare.json"
Table = tuple[list[str], list[tuple[object, ...]]]
"""Names of columns, and rows."""


@dataclass(frozen=True)
class ComparedScenario:
    """One of the scenarios, with the probabilities of all its steps."""

    name: str
    digest: str
    title: str
    organisation: str
    candidate: str
    start: date
    horizon: date
    worlds: int
    milestones: Curves
    substitutes: Curves = field(default_factory=dict)
    """By step: substitutes in its place, which its milestone does not count."""
    yours: tuple[OwnNumber, ...] = ()
    """Numbers that a user has set."""


@dataclass(frozen=True)
class TwoValues:
    """A parameter in both scenarios; None where it differs between worlds."""

    first: float | None
    scenario: float | None


@dataclass(frozen=True)
class ComparedParameters:
    """Which parameters have the same value in every world, and which do not."""

    equal: int
    different: Mapping[str, TwoValues]
    only_in_first: tuple[str, ...]
    only_in_scenario: tuple[str, ...]


@dataclass(frozen=True)
class Against:
    """A scenario held against the first."""

    scenario: str
    against: str
    worlds: int
    steps: Mapping[str, StepDifference]
    """Those that both have, in the order of the first."""
    steps_only_in_first: tuple[str, ...]
    steps_only_in_scenario: tuple[str, ...]
    parameters: ComparedParameters
    structure: Structure
    substitutes: Mapping[str, StepDifference] = field(default_factory=dict)
    """By step that can be replaced in both: the substitutes in its place."""


@dataclass(frozen=True)
class Comparison:
    """Scenarios held against the first of them: the content of ``compare.json``."""

    schema: int
    seed: int
    trajectories: int
    """Of each scenario."""
    worlds: int
    start: date
    """The latest of the scenarios; ``horizon`` is the earliest."""
    horizon: date
    scenarios: tuple[ComparedScenario, ...]
    comparisons: tuple[Against, ...]
    """Of each scenario but the first."""

    def probabilities(self) -> pd.DataFrame:
        """One row for each scenario, step and date: probability, ``low``, ``high`` (90 %), ``mc_error``.

        As in every table here, a substitute is a step of its own: ``substitute for <step>``.
        """
        return _frame(self.tables()["probabilities"])

    def tables(self) -> dict[str, Table]:
        """The tables by name: names of columns, and rows."""
        return {
            "probabilities": self._probabilities(),
            "differences": self._differences(),
            "futures": self._futures(),
        }

    def _probabilities(self) -> Table:
        rows = [
            (side.name, step, e.date.isoformat(), e.probability, *(e.credible_90 or _NONE), e.mc_error)
            for side in self.scenarios
            for step, curve in together(side.milestones, side.substitutes).items()
            for e in curve.by
        ]
        return ["scenario", "step", "date", "probability", "low", "high", "mc_error"], rows

    def differences(self) -> pd.DataFrame:
        """One row for each scenario but the first, step that both have, and date.

        Columns: ``scenario``, ``against``, ``step``, ``date``; ``difference`` of the probabilities;
        ``difference_error``, its standard error under common luck, and ``difference_error_within``, the part
        that chance within worlds makes; ``variance_ratio``, how many times larger the square of the error would
        be with worlds and luck of its own for each scenario, and ``variance_ratio_luck``, with the same worlds
        but separate luck within them (NaN where nothing differs); ``low`` and ``high``, the 90 % credible
        interval of the difference, and ``low_error`` and ``high_error`` (NaN if there is none); ``gained`` and
        ``lost``, shares of trajectories that take the step by the date in the scenario only, and in the first only.
        """
        return _frame(self.tables()["differences"])

    def _differences(self) -> Table:
        rows = [
            (
                pair.scenario, pair.against, step, e.date.isoformat(), e.difference, e.difference_error,
                e.difference_error_within, e.variance_ratio, e.variance_ratio_luck, *(e.credible_90 or _NONE),
                *(e.credible_error or _NONE), e.gained, e.lost,
            )
            for pair, step, found in self._steps()
            for e in found.by
        ]  # fmt: skip
        return [
            "scenario", "against", "step", "date", "difference", "difference_error", "difference_error_within",
            "variance_ratio", "variance_ratio_luck", "low", "high", "low_error", "high_error", "gained", "lost",
        ], rows  # fmt: skip

    def futures(self) -> pd.DataFrame:
        """One row for each scenario but the first and step that both have, at the last date.

        Columns: ``scenario``, ``against``, ``step``; shares of trajectories in which the step is taken at the
        ``same`` time, ``earlier``, ``later``, in the scenario only (``gained``), in the first only (``lost``), in
        ``neither``; ``mean_years_later`` over those that take it in both (NaN if there are none).
        """
        return _frame(self.tables()["futures"])

    def _futures(self) -> Table:
        names = [field.name for field in fields(StepFutures)]
        rows = [
            (pair.scenario, pair.against, step, *(getattr(found.futures, name) for name in names))
            for pair, step, found in self._steps()
        ]
        return ["scenario", "against", "step", *names], rows

    def _steps(self) -> Iterator[tuple[Against, str, StepDifference]]:
        for pair in self.comparisons:
            for step, found in together(pair.steps, pair.substitutes).items():
                yield pair, step, found


def read_comparison(folder: Path) -> Comparison:
    """The comparison that a folder holds.

    :raises RunError: there is none, or it cannot be read.
    """
    return records.read(folder / FILE, Comparison)


_NONE = (None, None)
_WORDS = {"scenario", "against", "step", "date"}


def _frame(table: Table) -> pd.DataFrame:
    import pandas as pd

    names, rows = table
    numbers = {name: float for name in names if name not in _WORDS}
    return pd.DataFrame(rows, columns=names).astype(numbers)
