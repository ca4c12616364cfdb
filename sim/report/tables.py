"""The stored summary as data frames, one for each figure or table. Nothing is simulated here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from sim.base.words import plain, step_name
from sim.estimates.summary import CommonPath, LastOnes, Summary
from sim.studies.samples import StepTaken

if TYPE_CHECKING:
    import pandas as pd

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


def cumulative_table(summary: Summary) -> pd.DataFrame:
    """step, date, year, probability, low, high, mc_error: one row for each step and date."""
    import pandas as pd

    rows = [
        (
            step,
            entry.date.isoformat(),
            years(entry.date),
            entry.probability,
            *(entry.credible_90 or (None, None)),
            entry.mc_error,
        )
        for step, milestone in summary.milestones.items()
        for entry in milestone.by
    ]
    names = ["step", "date", "year", "probability", "low", "high", "mc_error"]
    return pd.DataFrame(rows, columns=names).astype({"low": float, "high": float})


def dots_table(summary: Summary, step: str, dots: int = 50) -> pd.DataFrame:
    """year: when each of ``dots`` equally likely futures takes the step, NaN if not within the horizon.

    They are the quantiles (k - 1/2) / dots of the time to the step, read off the probabilities by date.
    """
    import numpy as np
    import pandas as pd

    table = cumulative_table(summary)
    table = table[table["step"] == step]
    known = np.maximum.accumulate([0.0, *table["probability"]])
    when = np.array([years(summary.start), *table["year"]])
    wanted = (np.arange(dots) + 0.5) / dots
    place = np.searchsorted(known, wanted)
    inside = place < len(known)
    after = np.minimum(place, len(known) - 1)
    rise = np.where(inside, known[after] - known[after - 1], 1.0)
    part = (wanted - known[after - 1]) / rise
    found = when[after - 1] + part * (when[after] - when[after - 1])
    return pd.DataFrame({"year": np.where(inside, found, np.nan)})


def blockers_table(summary: Summary, step: str) -> pd.DataFrame:
    """Share of meetings at which each voter blocks: voters down (most first), years across.

    The column ``all`` is the mean over all meetings. Years in which the step was never due are NaN.
    """
    import pandas as pd

    by_year = summary.blockers[step].by_year
    shares = pd.DataFrame({entry.year: entry.share for entry in by_year}).fillna(0.0)
    meetings = pd.Series({entry.year: entry.meetings for entry in by_year}, dtype=float)
    overall = (shares * meetings).sum(axis=1) / meetings.sum() if len(meetings) else shares.sum(axis=1)
    span = range(summary.start.year, summary.horizon.year + 1)
    table = shares.reindex(columns=list(span)).assign(all=overall)
    order = table.assign(code=table.index).sort_values(["all", "code"], ascending=[False, True]).index
    return table.loc[order]


def ladder_table(summary: Summary) -> pd.DataFrame:
    """step, before, reached, passed, waived, bypassed: shares of all trajectories by the horizon."""
    import pandas as pd

    rows, before = [], 1.0
    for step, how in summary.how.items():
        reached = 1.0 - how["not reached"]
        rows.append((step, before, reached, how["passed"], how["waived"], how["bypassed"]))
        before = reached
    return pd.DataFrame(rows, columns=["step", "before", "reached", "passed", "waived", "bypassed"])


def last_table(summary: Summary, key: str, names: Names, shown: int = 8) -> pd.DataFrame:
    """voter, share: the ``shown`` most frequent, then the mean of all others in one row with their number."""
    import pandas as pd

    shares = [(names.get(code, code), share) for code, share in last_ones(summary, key).share.items()]
    if len(shares) > shown + 1:
        rest = shares[shown:]
        each = sum(share for _, share in rest) / len(rest)
        shares = [*shares[:shown], (f"{len(rest)} others, each", each)]
    return pd.DataFrame(shares, columns=["voter", "share"])


def paths_table(summary: Summary, names: Names) -> pd.DataFrame:
    """share, path: the commonest paths in plain words."""
    import pandas as pd

    rows = [(entry.share, path_words(entry.path, names, bool(summary.watched))) for entry in summary.paths]
    return pd.DataFrame(rows, columns=["share", "path"])


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
        return f"{who}, {plain(own)}: {plain(state)}" if dot else f"{plain(own)}: {plain(state)}"
    found = _STEP.fullmatch(entry)
    step, how = (found["step"], found["how"]) if found else (entry, None)
    return step_name(step) + (f" ({HOW_WORDS[how]})" if how else "")


HOW_WORDS = {
    "passed": "agreed or completed",
    "waived": "waived",
    "bypassed": "taken another way",
}
"""How a step was taken, in the words of the report."""


def reached_line(taken: Mapping[str, StepTaken | None], summary: Summary) -> str:
    """How far a sample future came: ``Membership 2038``, ``no step by 2056``."""
    reached = [(step, found) for step in summary.milestones if (found := taken[step])]
    if not reached:
        return f"no step by {summary.horizon.year}"
    step, last = reached[-1]
    return f"{step_name(step)} {last.date.year}"
