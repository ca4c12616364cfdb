"""Bids in the same futures, in at most a screen and a half."""

from __future__ import annotations

from collections.abc import Iterator

from sim.base.dates import shown_dates
from sim.base.words import by, counted
from sim.report import bids_prose as prose
from sim.report.conditional_words import told
from sim.report.prose import set_by_you
from sim.report.screens.wrapping import joined, tables, wrapped
from sim.studies.bids_answer import Bids


def screen(made: Bids) -> str:
    """Each bid's first and last step by date, which comes first, one given another, and what is the same."""
    dates = [entry.date for entry in next(iter(made.bids[0].milestones.values())).by]
    at = [dates.index(day) for day in shown_dates(made.start, made.horizon)][-3:]
    label = prose.labels(made)
    lines = [
        *wrapped(f"{len(made.bids)} bids in the same futures, {made.start} to {made.horizon}"),
        *(line for bid in made.bids for line in wrapped(f"  {label[bid.name]}: {bid.title} ({bid.name})")),
        f"{counted(made.trajectories, 'future')} in {counted(made.worlds, 'world')}, seed {made.seed}",
        *(line for bid in made.bids if bid.yours for line in wrapped(f"{bid.name}:{set_by_you(bid.yours)}")),
        "",
        "Probability by date, with its 90 % credible interval:",
        *joined(tables(_by_date(made, at))),
        "",
        "Whose last step comes first, and two by two by the last date:",
        *joined(tables(_first(made, at))),
        *(line for said in prose.pairs(made, at[-1]) for line in wrapped(said, "  ")),
        "",
        *wrapped(f"The last step {by(dates[at[-1]])}, in futures with another bid's and in those without:"),
        *(line for row in _odds(made, at[-1]) for line in wrapped(row, "  ")),
        "",
        *(line for said in (*prose.same(made), *prose.differs(made)) for line in wrapped(said)),
    ]
    return "\n".join(lines)


def _by_date(made: Bids, at: list[int]) -> list[list[str]]:
    label = prose.labels(made)
    dates = next(iter(made.bids[0].milestones.values())).by
    rows = [["", *(dates[i].date.isoformat() for i in at)]]
    for bid in made.bids:
        for step in dict.fromkeys((bid.steps[0], bid.steps[-1])):
            found = [prose.probability(made, bid.milestones[step].by[i]) for i in at]
            rows.append([f"  {label[bid.name]}, {step}", *found])
    return rows


def _first(made: Bids, at: list[int]) -> list[list[str]]:
    race, named = made.races[0], prose.names_in_races(made)
    dates = next(iter(race.shares.values())).by
    rows = [["", *(dates[i].date.isoformat() for i in at)]]
    for name, curve in race.shares.items():
        rows.append([f"  {named[name]}", *(prose.probability(made, curve.by[i]) for i in at)])
    return rows


def _odds(made: Bids, at: int) -> Iterator[str]:
    label = prose.labels(made)
    for odds in made.odds:
        found = odds.by[at]
        yield (
            f"{label[odds.bid]} with {label[odds.beside]} {told(found.given)} "
            f"({found.given.futures:,} futures), without {told(found.without)} ({found.without.futures:,})"
        )
