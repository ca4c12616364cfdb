"""The stored summary as rows, for each figure or table. Nothing is simulated here."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import accumulate

from sim.base.words import plain, step_name, substitute_for
from sim.estimates.summary import CommonPath, LastOnes, Summary
from sim.model.model import BYPASSED, HOW
from sim.studies.samples import StepTaken

Names = Mapping[str, str]
"""Code of a voter -> its name."""

SPELLED_OUT = {
    "settlement=comprehensive": "comprehensive settlement",
    "application=filed": "application filed",
}
"""Watched entries that have better words than their names."""
_HOW = re.compile(r" \((?:waived|bypassed)\)$")
_STEP = re.compile(r"(?P<step>.+?)(?: \((?P<how>waived|bypassed)\))?")


def without_steps_behind(summary: Summary) -> Summary:
    """A summary without the steps that lay behind the candidate: they are named once, not drawn as certain."""
    behind = set(summary.behind)
    if not behind:
        return summary
    return replace(
        summary,
        milestones={step: found for step, found in summary.milestones.items() if step not in behind},
        substitutes={step: found for step, found in summary.substitutes.items() if step not in behind},
        how={step: found for step, found in summary.how.items() if step not in behind},
        blockers={step: found for step, found in summary.blockers.items() if step not in behind},
        paths=tuple(
            CommonPath(tuple(part for part in found.path if _HOW.sub("", part) not in behind), found.share)
            for found in summary.paths
        ),
    )


def last_ones(summary: Summary, key: str) -> LastOnes:
    """``last_to_move`` or ``last_to_ratify``."""
    return {"last_to_move": summary.last_to_move, "last_to_ratify": summary.last_to_ratify}[key]


def years(when: date | str) -> float:
    """A date (or its ISO text) as a year with its part: 2036.997."""
    day = date.fromisoformat(str(when))
    first, last = date(day.year, 1, 1), date(day.year + 1, 1, 1)
    return day.year + (day - first).days / (last - first).days


def dots_years(summary: Summary, step: str, dots: int = 50) -> list[float]:
    """When those of ``dots`` equally likely futures that take the step within the horizon do so, the first first.

    They are the quantiles (k - 1/2) / dots of the time to the step, read off the probabilities by date.
    """
    by = summary.milestones[step].by
    known = list(accumulate((entry.probability for entry in by), max, initial=0.0))
    when = [years(summary.start), *(years(entry.date) for entry in by)]
    found = []
    for wanted in ((k + 0.5) / dots for k in range(dots)):
        after = bisect_left(known, wanted)
        if after == len(known):
            break
        part = (wanted - known[after - 1]) / (known[after] - known[after - 1])
        found.append(when[after - 1] + part * (when[after] - when[after - 1]))
    return found


@dataclass(frozen=True)
class BlockerRow:
    """How often a voter blocks."""

    code: str
    all: float
    """The share of all meetings."""
    by_year: tuple[float | None, ...]
    """Of each year from the start to the horizon; None if the step was not due at any meeting."""


def blockers_table(summary: Summary, step: str) -> list[BlockerRow]:
    """Share of meetings at which each voter blocks, those who block most first."""
    by_year = {entry.year: entry for entry in summary.blockers[step].by_year}
    meetings = sum(entry.meetings for entry in by_year.values())
    span = range(summary.start.year, summary.horizon.year + 1)
    rows = []
    for code in {code: None for entry in by_year.values() for code in entry.share}:
        shares = {year: entry.share.get(code, 0.0) for year, entry in by_year.items()}
        blocked = sum(shares[year] * entry.meetings for year, entry in by_year.items())
        rows.append(BlockerRow(code, blocked / meetings, tuple(shares.get(year) for year in span)))
    return sorted(rows, key=lambda row: (-row.all, row.code))


@dataclass(frozen=True)
class Rung:
    """What becomes of the futures at a step, as shares of all trajectories by the horizon."""

    step: str
    before: float
    """Those that come to it."""
    reached: float
    """Those that get past it, by the step itself or by a substitute (``bypassed``)."""
    passed: float
    waived: float
    bypassed: float

    def how(self) -> dict[str, float]:
        """Passed, waived, bypassed."""
        return {"passed": self.passed, "waived": self.waived, "bypassed": self.bypassed}


def ladder_table(summary: Summary) -> list[Rung]:
    """Step by step."""
    rows, before = [], 1.0
    for step, how in summary.how.items():
        reached = 1.0 - how["not reached"]
        rows.append(Rung(step, before, reached, how["passed"], how["waived"], how["bypassed"]))
        before = reached
    return rows


def last_table(summary: Summary, key: str, names: Names, shown: int = 8) -> list[tuple[str, float]]:
    """Voter and share: the ``shown`` most frequent, then the mean of all others in one row with their number."""
    shares = [(names.get(code, code), share) for code, share in last_ones(summary, key).share.items()]
    if len(shares) > shown + 1:
        rest = shares[shown:]
        each = sum(share for _, share in rest) / len(rest)
        shares = [*shares[:shown], (f"{len(rest)} others, each", each)]
    return shares


def paths_table(summary: Summary, names: Names) -> list[tuple[float, str]]:
    """Share and path: the commonest paths in plain words."""
    return [(entry.share, path_words(entry.path, names, bool(summary.watched))) for entry in summary.paths]


def path_words(path: Sequence[str], names: Names, watched: bool = True) -> str:
    """``application filed, then Partnership for Peace (waived)``."""
    if not path:
        return "nothing of what the scenario watches; no step is taken" if watched else "no step is taken"
    words = ", then ".join(entry_words(entry, names) for entry in path)
    return words if any("=" not in entry for entry in path) else f"{words}; no step is taken"


def entry_words(entry: str, names: Names) -> str:
    """One watched entry (``GRC.stance=recognises``) or step (``map (waived)``) in words."""
    if entry in SPELLED_OUT:
        return SPELLED_OUT[entry]
    chain, entered, state = entry.partition("=")
    if entered:
        code, dot, own = chain.rpartition(".")
        who = names.get(code, code)
        if dot and own == "stance":
            return f"{who} {plain(state)}"
        return (
            f"{who}, {plain(own)}: {plain(state)}" if dot else f"{names.get(own, plain(own))}: {plain(state)}"
        )
    found = _STEP.fullmatch(entry)
    step, how = (found["step"], found["how"]) if found else (entry, None)
    return step_name(step) + (f" ({HOW_WORDS[how]})" if how else "")


HOW_WORDS = {
    "passed": "agreed or completed",
    "waived": "waived",
    "bypassed": "a substitute in its place",
}
"""How a step was taken, in the words of the report."""


def reached_line(taken: Mapping[str, StepTaken | None], summary: Summary) -> str:
    """How far a sample future came: ``Membership 2038``, ``a substitute for X 2031``, ``no step by 2056``."""
    reached = [(step, found) for step in summary.milestones if (found := taken[step])]
    if not reached:
        return f"no step by {summary.horizon.year}"
    step, last = reached[-1]
    what = substitute_for(step) if last.how == HOW[BYPASSED] else step_name(step)
    return f"{what} {last.date.year}"
