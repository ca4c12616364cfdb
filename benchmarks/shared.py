"""What the rival implementations share: the numbers of each world, the dates, and what they must answer.

Each rival is written by hand for ``race.yaml``, a form of the baseline, as somebody would who has one scenario and one
tool. From the compiled scenario they take data only: the parameters by name, today's states where a world
decides them, and the dates. So all of them live in the same worlds and differ by chance within worlds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.engines.paths import Paths
from sim.model.draws import key, uniform
from sim.model.model import MEETING, REDRAW, Floats, Model
from sim.model.rules import pick
from sim.studies.prepare import Prepared, prepare

RACED = Path(__file__).with_name("race.yaml")
STEPS = ("pfp", "map", "invitation", "protocol", "membership")
PFP, MAP, INVITATION, PROTOCOL, MEMBERSHIP = range(5)
HOLDOUTS = ("GRC", "ROU", "SVK", "ESP")
COUNCIL = ("summit", "foreign_ministers")
"""The meetings at which raced steps are taken."""
GOVERNMENTS = ("same", "softer", "harder")
NOT_REACHED, PASSED, WAIVED, BYPASSED = range(4)
DAYS_PER_YEAR = 365.25


@dataclass(frozen=True)
class Outcomes:
    """What every implementation answers about n trajectories; trajectory i lives in world i mod W."""

    time: Floats
    """[n, 5] years until each step, infinity if not within the horizon."""
    how: NDArray[np.int8]
    """[n, 5] not reached, passed, waived, bypassed."""
    blockers: NDArray[np.uint64]
    """[n, 5] bit for each voter who blocked at the last meeting at which the step was due."""

    def __len__(self) -> int:
        return len(self.time)


def empty(n: int) -> Outcomes:
    """Nothing reached, nobody blocking."""
    return Outcomes(np.full((n, 5), np.inf), np.zeros((n, 5), np.int8), np.zeros((n, 5), np.uint64))


def of_paths(paths: Paths) -> Outcomes:
    """The same of a run of the project's engines."""
    return Outcomes(paths.time, paths.how, paths.blockers[:, :, 0])


def joined(parts: Sequence[Outcomes]) -> Outcomes:
    """Several runs put together."""
    return Outcomes(
        np.concatenate([part.time for part in parts]),
        np.concatenate([part.how for part in parts]),
        np.concatenate([part.blockers for part in parts]),
    )


@dataclass(frozen=True, eq=False)
class Baseline:
    """The baseline in W worlds and with V voters, by name."""

    model: Model
    numbers: dict[str, Floats]
    """Parameter -> [W] values."""
    seed: int

    @cached_property
    def worlds(self) -> int:
        """W."""
        return len(next(iter(self.numbers.values())))

    @property
    def horizon(self) -> float:
        """Years."""
        return self.model.horizon_years

    @property
    def voters(self) -> tuple[str, ...]:
        """Codes, in the order of the bits of ``blockers``."""
        return self.model.voter_names

    @cached_property
    def dates(self) -> list[tuple[float, str]]:
        """(years since start, calendar) in the order in which they happen: redraws before meetings.

        Of meetings only those at which a step can be taken: the baseline has others, at which nothing raced is due.
        """
        agenda, names = self.model.agenda, self.model.calendar_names
        found = []
        for time, kind, what, state in zip(agenda.time, agenda.kind, agenda.what, agenda.state, strict=True):
            name = names[what if kind == MEETING else state]
            if kind == REDRAW or (kind == MEETING and name in COUNCIL):
                found.append((float(time), name))
        return found

    def world_start(self, chain: str, chances: Sequence[Floats]) -> NDArray[np.int64]:
        """[W] the state in which a chain stands today where the world decides it, as the project draws it."""
        stream = key(self.seed, f"start/{chain}")
        table = np.stack(chances, axis=1)
        states = [pick(uniform(stream, world, 0), table[world], len(chances)) for world in range(self.worlds)]
        return np.array(states, dtype=np.int64)

    @cached_property
    def settlement_today(self) -> NDArray[np.int64]:
        """[W] 0 none, 1 interim."""
        interim = self.numbers["interim_today"]
        return self.world_start("settlement", [1 - interim, interim])

    @cached_property
    def stance_today(self) -> NDArray[np.int64]:
        """[W, 4] 0 blocks, 1 acquiesces."""
        chances = [self.numbers[f"acquiesces_{code}"] for code in HOLDOUTS]
        rows = [self.world_start(f"{c}.stance", [1 - p, p]) for c, p in zip(HOLDOUTS, chances, strict=True)]
        return np.stack(rows, axis=1)

    @cached_property
    def government_today(self) -> NDArray[np.int64]:
        """[W, 4] see GOVERNMENTS; only Romania's is open."""
        today = np.zeros((self.worlds, 4), np.int64)
        softer, harder = self.numbers["government_softer"], self.numbers["government_harder"]
        today[:, HOLDOUTS.index("ROU")] = self.world_start(
            "ROU.government", [1 - softer - harder, softer, harder]
        )
        return today

    @cached_property
    def objection_today(self) -> Floats:
        """[W, V] chance that a voter objects today."""
        today = np.repeat(self.numbers["objection_today"][:, None], len(self.voters), axis=1)
        today[:, self.voters.index("HUN")] = self.numbers["hungary_objects"]
        return today

    @cached_property
    def ratification_scale(self) -> Floats:
        """[W, V] days."""
        common = self.numbers["ratification_scale"] * self.numbers["protocol_factor"]
        return np.stack([common * self.numbers[f"member_factor_{code}"] for code in self.voters], axis=1)

    @cached_property
    def obstructors(self) -> Floats:
        """[W, V] chance that an obstruction, if there is one, comes from this voter."""
        turkey, hungary = self.numbers["obstruction_TUR"], self.numbers["obstruction_HUN"]
        others = (1 - turkey - hungary) / (len(self.voters) - 2)
        weights = np.repeat(others[:, None], len(self.voters), axis=1)
        weights[:, self.voters.index("TUR")] = turkey
        weights[:, self.voters.index("HUN")] = hungary
        return weights

    def world(self, number: int) -> dict[str, float]:
        """The parameters of one world."""
        return {name: float(values[number]) for name, values in self.numbers.items()}


def baseline(worlds: int = 1000, seed: int = 1) -> tuple[Prepared, Baseline]:
    """The baseline compiled for the project's engines, and as the rivals read it."""
    prepared = prepare(RACED, worlds, seed)
    return prepared, Baseline(prepared.model, prepared.worlds.parameters, seed)
