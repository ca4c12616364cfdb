"""The page of bids in the same futures: ``bids.html``, one file, and its figure."""

from __future__ import annotations

from pathlib import Path

from sim.base.dates import shown_dates
from sim.base.words import by, counted, step_name
from sim.estimates.paired import DatedShare
from sim.report import bids_prose as prose
from sim.report.bids_figure import bids_sheet
from sim.report.conditional_words import told
from sim.report.page import PERCENT, environment, figure_of
from sim.report.prose import set_by_you
from sim.studies.bids_answer import Bids

PAGE = "bids.html"
COUNTS = {2: "Two", 3: "Three", 4: "Four", 5: "Five", 6: "Six", 7: "Seven"}


def write_page(folder: Path, made: Bids) -> None:
    """Writes the page, and the figure as SVG and PNG, into a folder that is being written."""
    (folder / "figures").mkdir(exist_ok=True)
    (folder / PAGE).write_text(html(made, folder / "figures"), "utf-8", newline="\n")


def html(made: Bids, figures: Path | None = None) -> str:
    """The page; with ``figures``, also writes the figure there."""
    dates = [entry.date for entry in next(iter(made.bids[0].milestones.values())).by]
    at = [dates.index(day) for day in shown_dates(made.start, made.horizon)]
    named = prose.names_in_races(made)
    page = environment().get_template(PAGE).render(
        made=made,
        count=COUNTS[len(made.bids)],
        labels=prose.labels(made),
        answer=list(prose.answer(made, at[-2:])),
        dates=[dates[i] for i in at],
        glance=[
            {
                "bid": prose.labels(made)[bid.name],
                "step": step_name(step),
                "cells": [_cell(made, bid.milestones[step].by[i]) for i in at],
            }
            for bid in made.bids
            for step in bid.milestones
        ],
        races=[
            {
                "title": prose.TITLES[race.step],
                "rows": [
                    {"name": named[name], "cells": [_cell(made, curve.by[i]) for i in at]}
                    for name, curve in race.shares.items()
                ],
            }
            for race in made.races
        ],
        odds=[
            {
                "bid": prose.beside(made, odds.bid, odds.beside),
                "beside": prose.beside(made, odds.beside, odds.bid),
                "cells": [
                    {
                        "when": by(dates[i]),
                        "given": told(odds.by[i].given),
                        "given_of": f"{odds.by[i].given.futures:,}",
                        "without": told(odds.by[i].without),
                        "without_of": f"{odds.by[i].without.futures:,}",
                    }
                    for i in at[-2:]
                ],
            }
            for odds in made.odds
        ],
        pairs=list(prose.pairs(made, at[-1])),
        same=prose.same(made),
        differs=prose.differs(made),
        yours=[f"{bid.name}:{set_by_you(bid.yours)}" for bid in made.bids if bid.yours],
        figures={"bids": figure_of(bids_sheet(made), figures)},
        note=f"{counted(made.trajectories, 'future')} in {counted(made.worlds, 'world')}, seed {made.seed}.",
    )  # fmt: skip
    return PERCENT.sub("\u00a0%", page) + "\n"


def _cell(made: Bids, share: DatedShare) -> dict[str, str]:
    said = prose.probability(made, share)
    number, _, ends = said.partition(" (")
    return {"chance": number, "range": ends.removesuffix(")")}
