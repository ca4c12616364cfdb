"""What running bids in the same futures says: the records of ``bids.json``, and the same as tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sim.base import records
from sim.estimates.conditional import Conditional
from sim.estimates.paired import Curve, Curves, DatedShare
from sim.scenario.setting import OwnNumber
from sim.studies.samples import StepTaken

if TYPE_CHECKING:
    import pandas as pd

SCHEMA = 1
FILE = "bids.json"
TRAJECTORIES = "trajectories.parquet"
TOGETHER = "together"
"""In a race: two bids at the same moment."""
NONE = "none"
"""In a race: no bid by the date."""


@dataclass(frozen=True)
class Bid:
    """One bid, with the probabilities of all its steps."""

    name: str
    digest: str
    title: str
    organisation: str
    candidate: str
    horizon: dt.date
    milestones: Curves
    yours: tuple[OwnNumber, ...] = ()
    """Numbers that a user has set."""
    substitutes: tuple[str, ...] = ()
    """Milestones that stand in place of a step."""

    @property
    def steps(self) -> tuple[str, ...]:
        """Its ladder."""
        return tuple(step for step in self.milestones if step not in self.substitutes)


@dataclass(frozen=True)
class Race:
    """Which bid takes a step of its own first: its first step, or its last."""

    step: str
    """``first`` or ``last``."""
    shares: Mapping[str, Curve[DatedShare]]
    """Bid (or ``together``, or ``none``) -> probability by date that it was first; they add up to 1."""


@dataclass(frozen=True)
class Before:
    """One bid's last step before another's."""

    bid: str
    other: str
    by: tuple[DatedShare, ...]
    """Probability that it has been taken by the date, and the other's not before it."""


@dataclass(frozen=True)
class OddsOn:
    """How likely one bid has succeeded by a date, with another one that has by then, and without."""

    date: dt.date
    given: Conditional
    without: Conditional


@dataclass(frozen=True)
class Odds:
    """The last step of one bid beside that of another."""

    bid: str
    beside: str
    by: tuple[OddsOn, ...]


@dataclass(frozen=True)
class Different:
    """A chain that two bids have under one name and that is not the same in both."""

    chain: str
    first: str
    bid: str
    futures: int
    """In which some state is entered at another time."""
    because: tuple[str, ...]
    """Chains that it is made of, itself among them, whose definitions differ; none if all are the same."""


@dataclass(frozen=True)
class Partly:
    """What some of the bids have and others do not."""

    kind: str
    """``chains`` of the world, ``voters``, or ``voter chains``."""
    names: tuple[str, ...]
    bids: tuple[str, ...]


@dataclass(frozen=True)
class Sharing:
    """Which chains are the same to the bit in all bids that have them, and what differs."""

    same: tuple[str, ...]
    """In all bids."""
    same_in_some: Mapping[str, tuple[str, ...]]
    """Chain -> the bids (two or more, not all) that have it, equal in all of these."""
    different: tuple[Different, ...]
    partly: tuple[Partly, ...]


@dataclass(frozen=True)
class BidHappening:
    """Something that happens in a future."""

    date: dt.date
    bid: str
    """Empty: in the world that all bids share."""
    text: str


@dataclass(frozen=True)
class SharedFuture:
    """One future, in which all bids are made."""

    trajectory: int
    world: int
    openings: Mapping[str, str]
    """Bid -> where its voters stand at the start."""
    happenings: tuple[BidHappening, ...]
    taken: Mapping[str, Mapping[str, StepTaken | None]]
    """Bid -> step -> when and how it was taken."""


@dataclass(frozen=True)
class Bids:
    """Bids in the same futures: the content of ``bids.json``."""

    schema: int
    seed: int
    trajectories: int
    worlds: int
    start: dt.date
    horizon: dt.date
    """The earliest of the bids."""
    bids: tuple[Bid, ...]
    races: tuple[Race, ...]
    """Of the last steps, then of the first ones."""
    before: tuple[Before, ...]
    """Of each bid before each other one."""
    odds: tuple[Odds, ...]
    """Of each bid beside each other one."""
    sharing: Sharing
    futures: tuple[SharedFuture, ...]

    def probabilities(self) -> pd.DataFrame:
        """One row for each bid, step and date: ``probability``, ``low``, ``high`` (90 %), ``mc_error``."""
        return _frame(
            [
                (bid.name, step, *_dated(e))
                for bid in self.bids
                for step, curve in bid.milestones.items()
                for e in curve.by
            ],
            ["bid", "step", *_DATED],
        )

    def first(self) -> pd.DataFrame:
        """One row for each race (``step``: last, first), bid (or together, none) and date: as ``probabilities``."""
        return _frame(
            [
                (race.step, name, *_dated(e))
                for race in self.races
                for name, curve in race.shares.items()
                for e in curve.by
            ],
            ["step", "bid", *_DATED],
        )

    def before_each_other(self) -> pd.DataFrame:
        """One row for each ordered pair of bids and date, as ``probabilities``: ``bid`` before ``beside``."""
        return _frame(
            [(pair.bid, pair.other, *_dated(e)) for pair in self.before for e in pair.by],
            ["bid", "beside", *_DATED],
        )

    def conditional(self) -> pd.DataFrame:
        """One row for each ordered pair of bids and date, at their last steps.

        Columns: ``bid``, ``beside``, ``date``; of the futures in which the other bid has succeeded by the date,
        ``given`` (probability; NaN if there are too few), ``given_error``, ``given_futures`` and
        ``given_effective``; the same with ``without`` for those in which it has not.
        """
        return _frame(
            [
                (
                    odds.bid, odds.beside, e.date.isoformat(),
                    *(v for c in (e.given, e.without) for v in (c.probability, c.error, c.futures, c.effective)),
                )
                for odds in self.odds
                for e in odds.by
            ],
            [
                "bid", "beside", "date", "given", "given_error", "given_futures", "given_effective",
                "without", "without_error", "without_futures", "without_effective",
            ],
        )  # fmt: skip


def read_bids(folder: Path) -> Bids:
    """The answer that a folder holds.

    :raises RunError: there is none, or it cannot be read.
    """
    return records.read(folder / FILE, Bids)


_DATED = ("date", "probability", "low", "high", "mc_error")


def _dated(share: DatedShare) -> tuple[object, ...]:
    low, high = share.credible_90 or (None, None)
    return share.date.isoformat(), share.probability, low, high, share.mc_error


_WORDS = {"bid", "beside", "step", "date"}


def _frame(rows: list[tuple[object, ...]], names: list[str]) -> pd.DataFrame:
    import pandas as pd

    numbers = {name: float for name in names if name not in _WORDS}
    return pd.DataFrame(rows, columns=names).astype(numbers)
