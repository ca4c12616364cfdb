"""Forecasts of the real engine: a scenario, the numbers fitted again, and what comes out in days.

A scenario is not changed on disk. What was fitted again is laid over it as a child scenario: every column of a fit
replaces the parameter of the same name; columns ``member_factor_<ally>`` become a factor of that ally's ratification
law, ``obstruction_<ally>`` the weight with which it obstructs. Parameters that no fit gives keep what the file says:
those are judged, and with hindsight.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from sim.base.dates import DAYS_PER_YEAR
from sim.engines.montecarlo.engine import simulate
from sim.estimates.outcomes import Outcomes
from sim.history.fits.fitted import as_written
from sim.history.hindcast.cases import cases_folder
from sim.history.hindcast.refit import Fits
from sim.history.sampling import Sample
from sim.scenario.load import Scenario, load_scenario
from sim.scenario.schema import Ratification, ScenarioContent
from sim.studies.prepare import prepare

Part = Mapping[str, object]
"""A part of a scenario as a file would say it."""
WORLDS = 2000
TRAJECTORIES = 20_000
SEED = 1
SHAPE, SCALE = "ratification_shape", ["ratification_scale", "protocol_factor"]
"""The ratification law that all capitals share, where a scenario treats them alike."""
NEW = {"unit": "as fitted", "basis": "fitted", "source": "fitted again for the hindcast"}
"""What is said of a parameter that the scenario did not have."""


@dataclass(frozen=True)
class Changes:
    """What is laid over a scenario file before the fits are: where it starts and for whom, and what stands then."""

    top: Part = field(default_factory=dict)
    """Keys such as ``start`` and ``chains``."""
    ladder: list[Part] = field(default_factory=list)

    def waived(self, steps: Iterable[str]) -> Changes:
        """With some steps passed already."""
        return Changes(self.top, [*self.ladder, *({"step": step, "waived": 1} for step in steps)])

    def having(self, **keys: object) -> Changes:
        """With some more keys."""
        return Changes({**self.top, **keys}, self.ladder)


def simulated(
    scenario: str, fits: Fits, changes: Changes | None = None, folder: Path | None = None,
    trajectories: int = TRAJECTORIES, seed: int = SEED,
) -> dict[str, Sample]:  # fmt: skip
    """Runs a scenario under the given fits: step, substitute or watched entry -> days, ``inf`` for never.

    :param scenario: a built-in name, or a file in ``folder`` (the cases of the hindcast if not given).
    """
    loaded = refitted(scenario, fits, changes or Changes(), folder or cases_folder())
    prepared = prepare(loaded, min(WORLDS, trajectories), seed)
    paths = simulate(prepared.model, prepared.worlds, seed, trajectories)
    outcomes = Outcomes.of(prepared.model)
    return dict(zip(outcomes.names, (outcomes.times(paths) * DAYS_PER_YEAR).T, strict=True))


def from_law(
    scenario: str, fits: Fits, changes: Changes, members: list[str], seed: int = SEED
) -> dict[str, Sample]:
    """Days that each capital takes in a ratification scenario: its law, or an obstruction by it. By member."""
    loaded = refitted(scenario, fits, changes, cases_folder())
    values = prepare(loaded, WORLDS, seed).worlds.parameters
    repeats = TRAJECTORIES // WORLDS
    rng = np.random.Generator(np.random.Philox(seed))
    draws = {name: np.tile(column, repeats) for name, column in values.items()}
    named = {code: draws[f"obstruction_{code}"] for code in members if f"obstruction_{code}" in draws}
    rest = np.maximum(1 - sum(named.values(), np.zeros(TRAJECTORIES)), 0) / max(len(members) - len(named), 1)
    pace = draws["ratification_scale"] * draws["protocol_factor"]
    found = {}
    for code in members:
        scale = pace * draws.get(f"member_factor_{code}", np.ones(TRAJECTORIES))
        days = scale * rng.standard_exponential(TRAJECTORIES) ** (1 / draws["ratification_shape"])
        long = draws["obstruction_median"] * np.exp(
            draws["obstruction_spread"] * rng.standard_normal(TRAJECTORIES)
        )
        chance = draws["obstruction_chance"] * named.get(code, rest)
        found[code] = np.where(rng.random(TRAJECTORIES) < chance, long, days)
    return found


# --- the fits laid over a scenario -------------------------------------------------------------------------


def refitted(scenario: str, fits: Fits, changes: Changes, folder: Path) -> Scenario:
    """A scenario with changes and fits laid over it; numbers that the file sets itself stay."""
    child = {"schema": 1, "title": "hindcast", "question": "hindcast", "extends": scenario, **changes.top}
    known = load_scenario(child | _if_any(ladder=changes.ladder), folder=folder).content
    fitted = _Fitted(known, fits)
    columns = fitted.columns()
    over = _if_any(
        parameters={column: fitted.parameter(column) for column in columns},
        voters=fitted.voters(),
        ladder=[*changes.ladder, *fitted.ladder()],
    )
    used = dict.fromkeys(fitted.fit_of[column] for column in columns)
    tables = {_table(name): as_written(fits[name]) for name in used}
    return load_scenario(child | over, tables=tables, folder=folder)


def _if_any(**parts: Part | list[Part]) -> dict[str, object]:
    """Those parts that say something."""
    return {key: part for key, part in parts.items() if part}


def _table(fit: str) -> str:
    """What the table of a fit made again is called: another name than the built-in one, and so other luck."""
    return f"refit/{fit}.csv"


class _Fitted:
    """What the fits say of a scenario, in parts of a scenario."""

    def __init__(self, known: ScenarioContent, fits: Fits) -> None:
        self.known = known
        self.fit_of = {column: name for name, draws in fits.items() for column in draws}

    def columns(self) -> list[str]:
        """Those that are laid over: what came from a built-in table, and what is of single capitals."""
        taken = [column for column in self.fit_of if self._came_from_its_table(column)]
        taken += [f"member_factor_{code}" for code in self._with_factor()]
        taken += [f"obstruction_{code}" for code in self._obstructing()]
        return taken

    def _came_from_its_table(self, column: str) -> bool:
        given = self.known.parameters.get(column)
        table = given.prior.table if given is not None and given.prior is not None else None
        return table is not None and table.file == f"tables/{self.fit_of[column]}.csv"

    def parameter(self, column: str) -> Part:
        """One of them as the child scenario gives it."""
        prior = {"table": {"file": _table(self.fit_of[column]), "column": column}}
        if column not in self.known.parameters:
            return {"prior": prior} | NEW
        was = self.known.parameters[column]
        return {"prior": prior, "basis": was.basis, "source": f"fitted again to what was known: {was.source}"}

    def voters(self) -> Part:
        """Factors of single capitals, where the scenario treats all alike."""
        laws = {
            code: {"shape": SHAPE, "scale": [*SCALE, f"member_factor_{code}"]} for code in self._with_factor()
        }
        return {code: {"ratification": {"law": {"weibull": law}}} for code, law in laws.items()}

    def _with_factor(self) -> list[str]:
        return [
            code
            for code, voter in self.known.voters.items()
            if self._is_new(f"member_factor_{code}") and _is_common(voter.ratification)
        ]

    def _is_new(self, column: str) -> bool:
        return column in self.fit_of and column not in self.known.parameters

    def ladder(self) -> list[Part]:
        """Weights of those who obstruct, where the scenario treats all alike."""
        if not self._obstructing():
            return []
        by = {code: f"obstruction_{code}" for code in self._obstructing()} | {"others": "rest"}
        return [{"step": self.known.ladder[-1].step, "obstruction": {"by": by}}]

    def _obstructing(self) -> list[str]:
        last = self.known.ladder[-1]
        if last.kind != "ratification" or last.obstruction is None or set(last.obstruction.by) != {"others"}:
            return []
        named = [code for code in self.known.voters if f"obstruction_{code}" in self.fit_of]
        return named if named and self._is_new(f"obstruction_{named[0]}") else []


def _is_common(given: Ratification | None) -> bool:
    """Whether a voter ratifies by the law that all capitals share, and not by one that the file gives it."""
    law = given.law.weibull if given is not None else None
    return law is not None and law.shape == SHAPE and law.scale == SCALE
