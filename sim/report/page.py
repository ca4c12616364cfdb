"""One page from a folder of results: ``report.html`` and its figures, from the stored files alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from sim.base import records
from sim.base.defaults import DEFAULT_WORLDS
from sim.base.errors import RunError
from sim.base.words import (
    by,
    chance,
    chance_range,
    day,
    listed,
    number,
    plain,
    points,
    short_day,
    step_name,
    substitute_for,
)
from sim.estimates.summary import Milestone, Summary
from sim.report import came_before, prose
from sim.report import moving_section as moving
from sim.report import scorecard_section as scorecard
from sim.report import variants_section as variants
from sim.report.files import write_drawing
from sim.report.moving_figure import moving_sheet
from sim.report.moving_section import MARKS
from sim.report.sheets import Sheet, blocked_steps, sheets
from sim.report.style import NARROW, WIDE
from sim.report.tables import entry_words, paths_table, reached_line, without_steps_behind
from sim.report.variants_figure import variants_sheet
from sim.report.vector import inline
from sim.results.files import read_summary
from sim.results.folder import opened, rewritten
from sim.results.manifest import Manifest
from sim.results.scored import Scorecard
from sim.results.trajectories import world_columns
from sim.scenario.names import blockers_figure
from sim.studies.again import command, needs_folder
from sim.studies.inputs import Assumption, Inputs
from sim.studies.samples import Sample
from sim.studies.sensitivity_answer import FILE as SENSITIVITY
from sim.studies.sensitivity_answer import Sensitivity, read_sensitivity
from sim.studies.variants_answer import FILE as VARIANTS
from sim.studies.variants_answer import Variants, read_variants

if TYPE_CHECKING:
    from jinja2 import Environment

TABLES = {
    "members": "Allies",
    "elections": "Elections",
    "council_meetings": "Council meetings",
    "protocols": "Accession protocols",
    "ratifications": "Ratifications",
    "blocks": "Episodes of blocking",
}
LAST = {"last_to_move": "decision", "last_to_ratify": "ratification"}
"""Who can be last, and the kind of step that it takes."""
PERCENT = re.compile(r"(?<=\d) %")
"""A number and its sign, which stay on one line."""
_ADDRESS = re.compile(r"https?://[^\s;,)]+[^\s;,).:]")


@dataclass(frozen=True)
class Stored:
    """What a run left behind."""

    summary: Summary
    inputs: Inputs
    samples: tuple[Sample, ...]
    manifest: Manifest
    ranges: dict[str, tuple[float, float, float]]
    """Parameter -> its 5 %, 50 % and 95 % quantile over the worlds."""
    scorecard: Scorecard
    variants: Variants | None
    """None if the structural variants were not run."""
    sensitivity: Sensitivity | None
    """What moves the answer; None in a folder that an older version wrote."""


def write_report(folder: Path) -> None:
    """Writes ``report.html``, ``figures/*.svg`` and ``figures/*.png`` into a folder that is being written.

    The same results give the same bytes.

    :raises RunError: a stored file is missing or cannot be read.
    :raises OSError: the report cannot be written.
    """
    _write(read_stored(folder), folder)


def rewrite_report(folder: Path) -> None:
    """Writes the report of a finished run again, whole or not at all.

    :raises RunError: the folder is not the result of a run, or not as it was written; or it cannot be written.
    """
    found = opened(folder, "run")
    found.check(folder, *(name for name in found.files if name.endswith((".json", "worlds.parquet"))))
    stored = read_stored(folder)
    with rewritten(folder) as files:
        _write(stored, files)


def _write(stored: Stored, folder: Path) -> None:
    (folder / "figures").mkdir(exist_ok=True)
    page = html(stored, folder / "figures")
    (folder / "report.html").write_text(page, "utf-8", newline="\n")


def read_stored(folder: Path) -> Stored:
    """:raises RunError: a stored file is missing or cannot be read."""
    summary = read_summary(folder)
    try:
        inputs = records.read(folder / "inputs.json", Inputs)
        samples = records.read(folder / "samples.json", tuple[Sample, ...])
        manifest = records.read(folder / "manifest.json", Manifest)
        card = records.read(folder / "scorecard.json", Scorecard)
        moved = read_variants(folder) if (folder / VARIANTS).exists() else None
        moves = read_sensitivity(folder) if (folder / SENSITIVITY).exists() else None
    except RunError as error:
        raise RunError(f"{error}; run the scenario again, if another version of accession wrote it") from None
    return Stored(summary, inputs, samples, manifest, _ranges(folder, inputs.parameters), card, moved, moves)


def _ranges(folder: Path, parameters: Sequence[Assumption]) -> dict[str, tuple[float, float, float]]:
    worlds = world_columns(folder, [p.name for p in parameters if p.prior])
    import numpy as np

    found = {
        name: np.quantile(column, [0.05, 0.5, 0.95]).tolist()
        for name, column in worlds.items()
        if len(column) > 1
    }
    return {name: (low, middle, high) for name, (low, middle, high) in found.items()}


# --- the page ---------------------------------------------------------------------------------------------


def html(stored: Stored, figures: Path | None = None) -> str:
    """The page; with ``figures``, also writes each figure there as SVG and PNG."""
    stored = replace(stored, summary=without_steps_behind(stored.summary))
    summary, inputs = stored.summary, stored.inputs
    names = inputs.blockers
    drawn = {name: figure_of(sheet, figures) for name, sheet in _sheets(stored, names).items()}
    page = (
        environment()
        .get_template("page.html")
        .render(
            s=summary,
            inputs=inputs,
            manifest=stored.manifest,
            figures=drawn,
            answer=[*prose.tilt_doubts(summary), *prose.answer(summary, inputs)],
            evidence=prose.evidence(inputs),
            remarks=[
                *prose.beside(summary),
                *prose.structure(summary),
                *prose.tilt_note(summary),
                *prose.remarks(summary),
            ],
            came_before=came_before.section(summary, names),
            no_interval=prose.no_interval(summary),
            note=prose.error_note(summary),
            counts=prose.counts(summary),
            glance=_glance(summary),
            blocked=[_blocked(summary, step, inputs) for step in blocked_steps(summary)],
            losses=prose.losses(summary),
            ladder_sentence=prose.ladder_sentence(summary) if summary.how else "",
            exact=summary.exact,
            last={
                key: prose.last_sentence(summary, key, names)
                for key in _asked(inputs)
                if summary.exact is None and summary.tilt is None
            },
            paths=paths_table(summary, names),
            watched=[entry_words(name, names) for name in summary.watched],
            samples=[(sample, reached_line(sample.taken, summary)) for sample in stored.samples],
            other_paths=_other_paths(summary),
            command=f"{_command('replay', stored)} --trajectory",
            variants=variants.section(stored.variants, summary) if stored.variants is not None else None,
            variants_command=f"{_command('run', stored)} --variants",
            moving=None if stored.sensitivity is None else moving.section(stored.sensitivity),
            moves_command=_command("sensitivity", stored),
            scorecard=scorecard.section(stored.scorecard, stored.manifest.facts_digest),
            parameters=[(p, _value(p, stored.ranges)) for p in inputs.parameters],
            disputed_parameters=[p.name for p in inputs.parameters if "isputed" in p.source],
            weak=_weak(inputs.weak_facts),
            errors=_errors(summary),
            marks=MARKS,
            here=stored.manifest.subject is not None and needs_folder(stored.manifest.subject),
        )
    )
    return PERCENT.sub("\u00a0%", page) + "\n"


def _sheets(stored: Stored, names: Mapping[str, str]) -> dict[str, Sheet]:
    """Every figure of the page, by name."""
    summary = stored.summary
    note = f"{summary.scenario.title}.{prose.set_by_you(summary.yours)}" if summary.yours else ""
    found = {name: replace(sheet, note=note) for name, sheet in sheets(summary, names).items()}
    more = [scorecard.scorecard_sheet(stored.scorecard)]
    if (before := came_before.came_before_sheet(summary, names)) is not None:
        more.append(replace(before, note=note))
    if stored.variants is not None and stored.variants.variants:
        more.append(replace(variants_sheet(stored.variants, summary), note=note))
    if stored.sensitivity is not None and moving.told(stored.sensitivity.first):
        more.append(replace(moving_sheet(stored.sensitivity.first), note=note))
    return found | {sheet.name: sheet for sheet in more}


def _asked(inputs: Inputs) -> list[str]:
    """Which of the two last ones the ladder can have."""
    kinds = {step.kind for step in inputs.ladder}
    return [key for key, kind in LAST.items() if kind in kinds]


@cache
def environment() -> Environment:
    """The templates of all pages, and the words they use."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "day": day,
        "short_day": short_day,
        "by": by,
        "plain": plain,
        "listed": listed,
        "step": step_name,
        "chance": chance,
        "number": number,
        "links": links,
    }
    return made


def links(text: str) -> Markup:
    """Text with its addresses as links that show the site's name."""

    def link(match: re.Match[str]) -> str:
        address = match[0]
        site = address.split("/")[2].removeprefix("www.")
        return str(Markup('<a href="{}" rel="noreferrer">{}</a>').format(address, site))

    parts, end = [], 0
    for match in _ADDRESS.finditer(text):
        parts += [str(escape(text[end : match.start()])), link(match)]
        end = match.end()
    return Markup("".join([*parts, str(escape(text[end:]))]))


def figure_of(sheet: Sheet, folder: Path | None) -> dict[str, Markup]:
    """A figure in both widths for the page; its wide form goes into files too, with its note."""
    wide = sheet.draw(WIDE)
    if folder is not None:
        write_drawing(folder, sheet.name, wide.noted(sheet.note))
    return {"wide": inline(wide, sheet.alt), "narrow": inline(sheet.draw(NARROW), sheet.alt)}


def _glance(summary: Summary) -> dict[str, object]:
    """Probability and interval of each step and substitute at a few dates."""
    entries = next(iter(summary.milestones.values())).by
    wanted = {date(summary.start.year + ahead, 12, 31) for ahead in (5, 10, 20)}
    shown = [i for i, entry in enumerate(entries) if entry.date in wanted or i == len(entries) - 1]
    rows = []
    for name, milestone in _named(summary):
        at = [milestone.by[i] for i in shown]
        cells = [
            {
                "chance": chance(entry.probability, summary.trajectories, entry.mc_error),
                "range": chance_range(*entry.credible_90, entry.credible_error) if entry.credible_90 else "",
            }
            for entry in at
        ]
        rows.append({"step": name, "cells": cells, "median": milestone.median})
    return {"dates": [entries[i].date for i in shown], "rows": rows}


def _named(summary: Summary) -> Iterator[tuple[str, Milestone]]:
    """Steps by their names, each with the substitute for it below."""
    for step, milestone in summary.milestones.items():
        yield step_name(step), milestone
        if step in summary.substitutes:
            yield substitute_for(step), summary.substitutes[step]


def _blocked(summary: Summary, step: str, inputs: Inputs) -> dict[str, str]:
    return {
        "name": step_name(step),
        "figure": blockers_figure(step),
        "text": prose.blocking(summary, step, inputs.voters),
        "stuck": prose.stuck(summary, step, inputs.blockers),
    }


def _other_paths(summary: Summary) -> float:
    """The share of all paths that are not among the commonest; 0.0 if there are none."""
    rest = 1.0 - sum(entry.share for entry in summary.paths)
    return rest if rest * summary.trajectories > 0.5 else 0.0


def _command(verb: str, stored: Stored) -> str:
    """A verb for this very run: the scenario, what was set, seed and worlds."""
    summary, of = stored.summary, stored.manifest.subject
    assert of is not None, "a run says what it is of before its report is drawn"
    options = ["--seed", str(summary.seed)]
    if summary.worlds not in (1, DEFAULT_WORLDS):
        options += ["--worlds", str(summary.worlds)]
    return command(verb, of, *options)


def _value(parameter: Assumption, ranges: Mapping[str, tuple[float, float, float]]) -> str:
    """The value, or what the prior came to in the worlds drawn: its median and 90 % range."""
    if parameter.value is not None:
        return number(parameter.value, digits=4)
    if parameter.name not in ranges:
        return ""
    low, middle, high = ranges[parameter.name]
    return f"{number(middle)} ({number(low)} to {number(high)})"


def _weak(rows: Sequence[Mapping[str, str | int]]) -> list[dict[str, object]]:
    """Rows of low confidence, table by table."""
    grouped: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        grouped.setdefault(str(row["table"]), []).append(prose.weak_row(row))
    return [{"name": TABLES.get(table, plain(table)), "rows": found} for table, found in grouped.items()]


def _errors(summary: Summary) -> list[dict[str, str]]:
    """Monte Carlo error of each step and substitute by the horizon, with its part from chance within worlds."""
    return [
        {
            "step": name,
            "chance": chance(entry.probability, summary.trajectories, entry.mc_error),
            "range": prose.interval(summary, entry, short=True),
            "ends": (
                "–"
                if not entry.credible_error
                else f"{points(entry.credible_error[0])} and {points(entry.credible_error[1])}"
            ),
            "error": points(entry.mc_error),
            "within": points(entry.mc_error_within),
        }
        for name, entry in ((name, milestone.by[-1]) for name, milestone in _named(summary))
    ]
