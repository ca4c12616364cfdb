"""What a run found, as records: the content of ``summary.json``, made here for every engine.

``sim.base.records`` writes them and reads them back: a key for each field, and none for a field with a default
that has that value.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.base.dates import answer_date
from sim.estimates.came_before import CameBefore
from sim.estimates.intervals import Ends, ShareEstimate
from sim.estimates.precision import Stopped
from sim.estimates.solved import Solution, Solved
from sim.estimates.tally import Tally
from sim.estimates.weighed import Tilted, WeighedTally
from sim.model.model import HOW, Model
from sim.scenario.names import parted, together
from sim.scenario.setting import OwnNumber

if TYPE_CHECKING:
    import pandas as pd

SCHEMA = 1
COMMONEST = 12
"""Paths listed in a summary."""

Shares = Mapping[str, float]
"""Name -> share, the largest first, without zeroes."""


@dataclass(frozen=True)
class ScenarioName:
    """Which scenario was run."""

    name: str
    digest: str
    title: str
    question: str


@dataclass(frozen=True)
class Estimate:
    """The probability that a step is taken by a date."""

    date: dt.date
    probability: float
    credible_90: Ends | None
    credible_error: Ends | None
    """Standard error of each end of the interval."""
    mc_error: float
    mc_error_within: float
    """The part of the error that chance within worlds makes."""


@dataclass(frozen=True)
class NotWithin:
    """The probability that a step is not taken within the horizon."""

    probability: float
    credible_90: Ends | None
    mc_error: float


@dataclass(frozen=True)
class Milestone:
    """When a step is taken."""

    by: tuple[Estimate, ...]
    """At each 31 December and at the horizon."""
    never_within_horizon: NotWithin
    median: str | None
    """Month (YYYY-MM) by which half of all trajectories have taken it; None if fewer do."""


@dataclass(frozen=True)
class BlockedInYear:
    """Who blocked a step in a year, as shares of the meetings at which it was due in any trajectory."""

    year: int
    meetings: int
    share: Shares


@dataclass(frozen=True)
class Blockers:
    """Who blocked a step."""

    by_year: tuple[BlockedInYear, ...]
    at_last_meeting: Shares
    """Of the ``stuck`` trajectories."""
    stuck: int
    """Trajectories whose ladder ends before the step."""
    awaited: Mapping[str, str] = field(default_factory=dict)
    """Names that are no voters, but what its meetings wait for -> what it is called."""


@dataclass(frozen=True)
class LastOnes:
    """Who was last, as shares of the trajectories that got so far."""

    trajectories: int
    share: Shares


@dataclass(frozen=True)
class CommonPath:
    """What happened in which order, and in which share of trajectories."""

    path: tuple[str, ...]
    share: float


@dataclass(frozen=True)
class StructureEnd:
    """The structure under which a probability is lowest, or highest."""

    probability: float
    mc_error: float
    variants: tuple[str, ...]
    """Names of the structural variants that hold together; none: the run itself."""


@dataclass(frozen=True)
class StructureRange:
    """How far a probability moves over combinations of structural variants, which no credible interval covers."""

    step: str
    date: dt.date
    low: StructureEnd
    high: StructureEnd
    combinations: int
    """Of which it is the range: the run itself, each variant, and those together that were run."""


@dataclass(frozen=True)
class UnderWay:
    """A wait or ratification that is under way at the start."""

    step: str
    since: dt.date
    outstanding: tuple[str, ...] | None = None
    """Codes of those who have not ratified; None of a wait."""


@dataclass(frozen=True, kw_only=True)
class Summary:
    """The answer of a run. What only whole trajectories can tell is empty where they were not kept or drawn."""

    schema: int
    scenario: ScenarioName
    seed: int
    trajectories: int
    """0 from the exact engine."""
    worlds: int
    start: dt.date
    horizon: dt.date
    exact: Solution | None = None
    """Of the exact engine only."""
    tilt: Tilted | None = None
    """Of a run with tilted rates only."""
    milestones: Mapping[str, Milestone]
    """By step, in the order of the ladder."""
    watched: Mapping[str, Milestone]
    """By first entry that the scenario asks to be watched."""
    substitutes: Mapping[str, Milestone] = field(default_factory=dict)
    """By step: when a substitute stands in its place (``bypassed``). It is not the step, which its milestone counts."""
    how: Mapping[str, Mapping[str, float]]
    """Step -> way of taking it -> share of trajectories."""
    blockers: Mapping[str, Blockers]
    last_to_move: LastOnes
    last_to_ratify: LastOnes
    paths: tuple[CommonPath, ...]
    """The commonest ones."""
    paths_error: float
    """No share in ``paths`` is too low by more than this, and none is too high."""
    came_before: tuple[CameBefore, ...] = ()
    """What had come about before the first step ahead, and the last one, in the futures that take it; not known of
    exact and tilted runs."""
    structure: tuple[StructureRange, ...] = ()
    """Of a run with structural variants only: the first and the last step, ten years ahead and by the horizon."""
    precision: Stopped | None = None
    """Of a run with a precision to reach only."""
    behind: tuple[str, ...] = ()
    """Steps that are passed at the start for certain."""
    under_way: UnderWay | None = None
    """The step that is under way at the start, if one is."""
    facts_until: dt.date | None = None
    """The day up to which the facts go, if the run starts before it and has numbers fitted to them."""
    yours: tuple[OwnNumber, ...] = ()
    """Numbers that a user has set."""

    @property
    def headlines(self) -> tuple[tuple[str, dt.date], ...]:
        """What the answer is told by: the first step that lies ahead, ten years on, and the last by the horizon."""
        ahead = [step for step in self.milestones if step not in self.behind] or list(self.milestones)
        dates = [entry.date for entry in self.milestones[ahead[0]].by]
        return tuple(dict.fromkeys([(ahead[0], answer_date(self.start, dates)), (ahead[-1], dates[-1])]))

    def probabilities(self) -> pd.DataFrame:
        """Tidy table: step, date, probability, low, high (90 % credible interval), mc_error.

        After the steps stand substitutes, each as ``substitute for <step>``.
        """
        import pandas as pd

        names = ["step", "date", "probability", "low", "high", "mc_error"]
        return pd.DataFrame(self.rows(), columns=names).astype({"low": float, "high": float})

    def rows(self) -> list[tuple[str, str, float, float | None, float | None, float]]:
        """The rows of :meth:`probabilities`."""
        return [
            (step, e.date.isoformat(), e.probability, *(e.credible_90 or (None, None)), e.mc_error)
            for step, milestone in together(self.milestones, self.substitutes).items()
            for e in milestone.by
        ]


def summarise(found: Tally | WeighedTally | Solved, seed: int, question: str) -> Summary:
    """What a recorder has collected, as the answer of a run."""
    model, outcomes = found.model, found.outcomes
    curves = {
        name: _milestone(found.dates, found.curve(i), found.median(i) if i < len(outcomes.taken) else None)
        for i, name in enumerate(outcomes.names)
    }
    milestones, substitutes = parted({name: curves[name] for name in outcomes.taken})
    never = {model.step_names[s] for s in model.replaceable if model.always_zero(int(model.steps.bypass[s]))}
    nobody = LastOnes(0, {})
    bare = Summary(
        schema=SCHEMA,
        scenario=ScenarioName(model.name, model.digest, model.title, question),
        seed=seed,
        trajectories=found.trajectories,
        worlds=found.worlds,
        start=model.start,
        horizon=model.horizon,
        exact=found.solution() if isinstance(found, Solved) else None,
        tilt=found.tilted() if isinstance(found, WeighedTally) else None,
        milestones=milestones,
        watched={name: curves[name] for name in outcomes.watched},
        substitutes={step: found for step, found in substitutes.items() if step not in never},
        how={},
        blockers={name: Blockers((), {}, 0) for name in model.step_names},
        last_to_move=nobody,
        last_to_ratify=nobody,
        paths=(),
        paths_error=0.0,
    )
    return _with_paths(bare, found) if isinstance(found, Tally) else bare


def _milestone(dates: Sequence[dt.date], curve: Sequence[ShareEstimate], median: str | None) -> Milestone:
    last = curve[-1]
    never = None if last.credible_90 is None else (1.0 - last.credible_90[1], 1.0 - last.credible_90[0])
    return Milestone(
        tuple(_estimate(day, share) for day, share in zip(dates, curve, strict=True)),
        NotWithin(1.0 - last.probability, never, last.mc_error),
        median,
    )


def _estimate(day: dt.date, share: ShareEstimate) -> Estimate:
    return Estimate(
        day, share.probability, share.credible_90, share.credible_error, share.mc_error, share.mc_error_within
    )


# --- what only whole trajectories can tell --------------------------------------------------------------


def _with_paths(bare: Summary, tally: Tally) -> Summary:
    model, n = tally.model, tally.trajectories
    return replace(
        bare,
        how={
            step: {HOW[h]: int(count) / n for h, count in enumerate(tally.how[i])}
            for i, step in enumerate(model.step_names)
        },
        blockers={step: _blockers(tally, i) for i, step in enumerate(model.step_names)},
        last_to_move=_last(tally.last_to_move, model.voter_names),
        last_to_ratify=_last(tally.last_to_ratify, model.voter_names),
        paths=tuple(
            CommonPath(tuple(_label(model, code) for code in codes), count / n)
            for codes, count in tally.paths.top(COMMONEST)
        ),
        paths_error=tally.paths.missed / n,
    )


def _shares(counts: NDArray[np.int64], names: tuple[str, ...], of: int) -> Shares:
    order = np.argsort(-counts, kind="stable")
    return {names[i]: int(counts[i]) / of for i in order if counts[i]} if of else {}


def _blockers(tally: Tally, step: int) -> Blockers:
    names, stuck = tally.model.blocker_names, int(tally.stuck[step])
    years = tuple(
        BlockedInYear(year, int(due), _shares(tally.blocked[step, y], names, int(due)))
        for y, (year, due) in enumerate(zip(tally.model.years, tally.due[step], strict=True))
        if due
    )
    return Blockers(years, _shares(tally.last_blockers[step], names, stuck), stuck, tally.model.awaited(step))


def _last(counts: NDArray[np.int64], names: tuple[str, ...]) -> LastOnes:
    """:param counts: of nobody, then of each voter."""
    known = int(counts[1:].sum())
    return LastOnes(known, _shares(counts[1:], names, known))


def _label(model: Model, code: int) -> str:
    """A watched entry, or a step with the way in which it was taken unless it was passed."""
    watched = len(model.watch_names)
    if code < watched:
        return model.watch_names[code]
    step, how = divmod(code - watched, len(HOW))
    return model.step_names[step] + ("" if HOW[how] == "passed" else f" ({HOW[how]})")
