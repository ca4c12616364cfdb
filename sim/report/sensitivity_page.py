"""The page of what moves the answer: ``sensitivity.html``, one file, and its figures; from stored results alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sim.base.words import chance, number, points_more
from sim.report import moving_section as moving
from sim.report.moving_figure import moving_sheet
from sim.report.page import PERCENT, environment, figure_of
from sim.report.prose import own_numbers, set_by_you
from sim.report.sheets import Sheet
from sim.report.tornado_figure import name_of, tornado_sheet
from sim.report.totals_figure import name_of as totals_name
from sim.report.totals_figure import totals_sheet
from sim.studies.sensitivity_answer import NUMBER, STARTS, Morris, Sensitivity, Swing, Tornado, Totals

PAGE = "sensitivity.html"


def write_page(folder: Path, made: Sensitivity) -> None:
    """Writes the page, and the figures as SVG and PNG, into a folder that is being written."""
    (folder / "figures").mkdir(exist_ok=True)
    (folder / PAGE).write_text(html(made, folder / "figures"), "utf-8", newline="\n")


def html(made: Sensitivity, figures: Path | None = None) -> str:
    """The page; with ``figures``, also writes the figures there."""
    note = f"{made.scenario.title}. {_note(made)}{set_by_you(made.scenario.yours)}"
    page = environment().get_template(PAGE).render(
        made=made,
        marks=moving.MARKS,
        moving=moving.section(made),
        tornado=None if made.tornado is None else _tornado(made, made.tornado),
        totals=None if made.totals is None else _totals(made, made.totals),
        morris=None if made.morris is None else _morris(made, made.morris),
        remarks=own_numbers(made.scenario.yours),
        figures={sheet.name: figure_of(sheet, figures) for sheet in _sheets(made, note)},
        note=_note(made),
    )  # fmt: skip
    return PERCENT.sub("\u00a0%", page) + "\n"


def _note(made: Sensitivity) -> str:
    return f"Seed {made.seed}; {moving.counts(made.worlds, made.trajectories)}."


def _sheets(made: Sensitivity, note: str) -> list[Sheet]:
    """Every figure of the page, with a note where it has none of its own."""
    found = [moving_sheet(made.first)] if moving.told(made.first) else []
    if made.tornado is not None:
        found += [
            tornado_sheet(made.tornado, target, place)
            for place, target in enumerate(made.first.targets)
            if made.tornado.ranked(place)
        ]
    if made.totals is not None:
        found += [
            totals_sheet(made, target, place)
            for place, target in enumerate(made.first.targets)
            if made.totals.targets[place]
        ]
    return [sheet if sheet.note else replace(sheet, note=note) for sheet in found]


def _totals(made: Sensitivity, found: Totals) -> dict[str, object]:
    """Figures, and how they were made."""
    return {
        "targets": [
            {"title": moving.title(target), "figure": totals_name(target) if found.targets[place] else ""}
            for place, target in enumerate(made.first.targets)
        ],
        "rows": found.rows,
        "each": found.each,
    }


def _morris(made: Sensitivity, found: Morris) -> dict[str, object]:
    """A table for each target, the largest effects first."""
    return {
        "rows": found.rows,
        "each": found.each,
        "targets": [
            {
                "title": moving.title(target),
                "rows": [
                    {
                        "label": moving.named(made.first, one.block),
                        "size": points_more(one.size, one.size_error).lstrip("+"),
                        "mean": points_more(one.mean, one.mean_error) if one.ordered else "–",
                        "spread": f"{100 * one.spread:.1f}",
                    }
                    for one in sorted(found.targets[place], key=lambda one: -one.size)
                ],
            }
            for place, target in enumerate(made.first.targets)
        ],
    }


def _tornado(made: Sensitivity, tornado: Tornado) -> dict[str, object]:
    """Figures, and a table of all bars."""
    targets = made.first.targets
    return {
        "targets": [
            {"title": moving.title(target), "figure": name_of(target) if tornado.ranked(place) else ""}
            for place, target in enumerate(targets)
        ],
        "many": f"{tornado.many:,}",
        "few": f"{tornado.few:,}",
        "rows": [_row(swing, len(targets)) for swing in tornado.swings if any(e.shifts for e in swing.ends)],
        "not_run": [
            {"label": swing.label, "end": end.said if swing.kind == NUMBER else "", "why": end.refused}
            for swing in tornado.swings
            for end in swing.ends
            if end.refused
        ],
    }


def _row(swing: Swing, targets: int) -> dict[str, object]:
    return {
        "label": swing.label,
        "name": swing.name,
        "basis": swing.basis,
        "kind": swing.kind,
        "trajectories": f"{swing.trajectories:,}",
        "values": " → ".join(number(end.value) for end in swing.ends if end.value is not None),
        "cells": [_cells(swing, place) for place in range(targets)],
    }  # fmt: skip


def _cells(swing: Swing, place: int) -> list[tuple[str, str]]:
    """How far it moves and the probability there: at both ends of a number, under a choice; of a start all states."""
    found = [
        (points_more(shift.difference, shift.error), chance(shift.probability, swing.trajectories))
        if (shift := end.shifts[place] if end.shifts else None) is not None
        else ("not run", "")
        for end in swing.ends
    ]
    if swing.kind != STARTS:
        return found
    return [(", ".join(f"{end.said} {moved}" for end, (moved, _) in zip(swing.ends, found, strict=True)), "")]
