"""What a study of levers says: what each choice is worth, alone and together, with the same luck."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date as Day
from pathlib import Path

from sim.base import records
from sim.estimates.paired import Curve, DatedShare
from sim.studies.named import TitledScenario

SCHEMA = 1
FILE = "levers.json"
COLUMNS = (
    "levers", "count", "step", "date", "probability", "low", "high", "mc_error", "worth", "worth_error",
    "beyond_sum", "beyond_sum_error",
)  # fmt: skip
"""Of ``levers.csv``."""
AND = " + "
"""Between levers that are pulled together."""


@dataclass(frozen=True)
class LeverTold:
    """One choice."""

    name: str
    """A voter's code, or the name of a lever of the scenario."""
    title: str
    voter: bool
    """Whether it is a voter's change of stance."""
    does: str
    """What it changes: ``GRC.stance=recognises on 2027-07-07``; empty if the scenario has that already."""


@dataclass(frozen=True)
class Worth(DatedShare):
    """The probability of a step by a date with some levers pulled, and how far it is from that without."""

    worth: float
    """Difference of probabilities."""
    worth_error: float
    """Its standard error under common luck."""
    beyond_sum: float | None = None
    """What is left when what each is worth alone is taken away; None of one lever alone."""
    beyond_sum_error: float | None = None


@dataclass(frozen=True)
class Pulled:
    """Levers that are pulled together, or one alone."""

    levers: tuple[str, ...]
    steps: Mapping[str, Curve[Worth]]
    """Steps, and substitutes by the names that tables give them."""

    @property
    def name(self) -> str:
        """``GRC + ESP``."""
        return AND.join(self.levers)


@dataclass(frozen=True)
class LeversAnswer:
    """The content of ``levers.json``."""

    schema: int
    scenario: TitledScenario
    seed: int
    trajectories: int
    """Of each run; ``worlds`` likewise."""
    worlds: int
    start: Day
    horizon: Day
    on: Day
    """The day on which levers without a day of their own are pulled."""
    on_is: str
    """Which day that is: ``the next date of summit``, or ``chosen``."""
    stance: str
    """The stance to which voters change."""
    step: str
    """The step that is looked at first; ``by`` likewise."""
    by: Day
    levers: tuple[LeverTold, ...]
    without: Mapping[str, Curve[DatedShare]]
    pulled: tuple[Pulled, ...]
    most: tuple[str, ...]
    """Of single levers the one that is worth most for that step by that date, and those that cannot be told from it;
    empty if none stands out."""
    most_voters: tuple[str, ...] = ()
    """The same among voters only."""
    not_together: tuple[tuple[str, str], ...] = ()
    """Pairs that cannot both be chosen: they set one chain to two states on one day."""

    @property
    def voters(self) -> tuple[str, ...]:
        """Codes of the voters among the levers."""
        return tuple(lever.name for lever in self.levers if lever.voter)

    def label(self, pulled: Pulled) -> str:
        """``GRC + ESP``; where there are many voters and all are pulled, ``all 4``."""
        if len(self.voters) > 2 and set(self.voters) <= set(pulled.levers):
            others = [name for name in pulled.levers if name not in self.voters]
            return AND.join([f"all {len(self.voters)} voters", *others])
        return pulled.name

    def groups(self) -> dict[str, list[Pulled]]:
        """What is pulled, by how many and of what kind: ``One voter``, ``Two voters``, ``One other lever``, …"""
        found: dict[str, list[Pulled]] = {}
        for pulled in self.pulled:
            voters = sum(name in self.voters for name in pulled.levers)
            others = len(pulled.levers) - voters
            heading = (
                "Voters and other levers" if voters and others else _counted(voters or others, bool(voters))
            )
            found.setdefault(heading, []).append(pulled)
        return found

    def at(self, pulled: Pulled, step: str | None = None, by: Day | None = None) -> Worth:
        """What levers are worth for a step by a date; those looked at first, if not given."""
        return next(w for w in pulled.steps[step or self.step].by if w.date == (by or self.by))

    def base(self) -> DatedShare:
        """The probability without any, of the step and date looked at."""
        return next(share for share in self.without[self.step].by if share.date == self.by)

    def rows(self) -> Iterator[Sequence[object]]:
        """Rows of ``levers.csv``, those without any lever first."""
        for step, curve in self.without.items():
            for s in curve.by:
                yield (
                    "",
                    0,
                    step,
                    s.date.isoformat(),
                    s.probability,
                    *_ends(s),
                    s.mc_error,
                    0.0,
                    0.0,
                    None,
                    None,
                )
        for one in self.pulled:
            for step, worths in one.steps.items():
                for w in worths.by:
                    yield (
                        one.name, len(one.levers), step, w.date.isoformat(), w.probability, *_ends(w), w.mc_error,
                        w.worth, w.worth_error, w.beyond_sum, w.beyond_sum_error,
                    )  # fmt: skip


_WORDS = ("No", "One", "Two", "Three", "Four", "Five", "Six")


def _counted(count: int, voters: bool) -> str:
    """``Two voters``, ``One lever``."""
    word = _WORDS[count] if count < len(_WORDS) else str(count)
    return f"{word} {'voter' if voters else 'lever'}{'' if count == 1 else 's'}"


def _ends(share: DatedShare) -> tuple[float | None, float | None]:
    return share.credible_90 or (None, None)


def read_levers(folder: Path) -> LeversAnswer:
    """The answer that was written into a folder.

    :raises RunError: it cannot be read.
    """
    return records.read(folder / FILE, LeversAnswer)
