"""The structural variants in words and rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from sim.base.words import by, chance, chance_range, counted, listed, points, step_name
from sim.estimates.paired import Curve, DatedShare
from sim.estimates.summary import StructureEnd, StructureRange, Summary
from sim.report.prose import headline_entry
from sim.studies.variants_answer import MovedShare, NotRun, Variant, Variants

Place = tuple[str, date]
"""A step and the date by which it is taken."""
Share = TypeVar("Share", bound=DatedShare)


def headlines(variants: Variants, summary: Summary) -> list[Place]:
    """Step and date that are shown: the two of the answer at the top of the report."""
    steps = list(summary.milestones)
    dates = {entry.date for entry in variants.run.milestones[steps[0]].by}
    first, horizon = headline_entry(summary, steps[0]).date, summary.horizon
    shown = [(steps[0], first if first in dates else horizon), (steps[-1], horizon)]
    return list(dict.fromkeys(shown))


def entry_of(milestones: Mapping[str, Curve[Share]], place: Place) -> Share:
    """The stored estimate of a step by a date."""
    step, day = place
    return next(entry for entry in milestones[step].by if entry.date == day)


def by_group(variants: Variants) -> dict[str, list[Variant]]:
    """Heading -> its variants, in the order in which they are stored."""
    found: dict[str, list[Variant]] = {}
    for variant in variants.variants:
        found.setdefault(variant.group, []).append(variant)
    return found


def until(place: Place) -> str:
    """``Partnership for Peace by the end of 2036``."""
    step, day = place
    return f"{step_name(step)} {by(day)}"


# --- the section ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cell:
    """A probability as it is shown, and how far it is from that of the run."""

    chance: str
    range: str
    """The credible interval; empty if there is none."""
    difference: str = ""
    error: str = ""


@dataclass(frozen=True)
class VariantRow:
    """A variant in the table."""

    title: str
    name: str
    differs: str
    cells: list[Cell]


@dataclass(frozen=True)
class VariantsSection:
    """What the section shows."""

    sentences: list[str]
    together: list[str]
    """On combinations; empty if there are none."""
    count: int
    trajectories: int
    note: str
    columns: list[str]
    run: list[Cell]
    groups: list[tuple[str, list[VariantRow]]]
    not_run: Sequence[NotRun]
    how_combined: str


def section(variants: Variants, summary: Summary) -> VariantsSection:
    """Sentences, columns, the run's own cells, groups of rows, what was not run."""
    shown = headlines(variants, summary)
    of = variants.trajectories
    return VariantsSection(
        sentences=[_range(variants, place) for place in shown] if variants.variants else [],
        together=[_together(variants, moves) for moves in ranges(variants, shown)],
        count=len(variants.variants),
        trajectories=of,
        note=note(variants, shown),
        columns=[until(place) for place in shown],
        run=[_cell(entry_of(variants.run.milestones, place), of) for place in shown],
        groups=[
            (heading, [_row(variant, shown, of) for variant in found])
            for heading, found in by_group(variants).items()
        ],
        not_run=variants.not_run,
        how_combined=how_combined(variants),
    )


def _range(variants: Variants, place: Place) -> str:
    """From the lowest to the highest variant, beside the run itself."""
    found = [(entry_of(v.milestones, place), v.title) for v in variants.variants]
    (first, lowest), (last, highest) = (
        pick(found, key=lambda each: (each[0].probability, each[1])) for pick in (min, max)
    )
    of = variants.trajectories
    low, high, own = (_said(e, of) for e in (first, last, entry_of(variants.run.milestones, place)))
    if low == high:
        return f"{until(place)}: {low} under each of them, {own} in the run itself."
    return f"{until(place)}: from {low} (“{lowest}”) to {high} (“{highest}”), beside {own} in the run itself."


def ranges(variants: Variants, shown: Sequence[Place]) -> list[StructureRange]:
    """What combinations come to, of the places that are shown."""
    found = variants.combined.ranges if variants.combined is not None else ()
    by_place = {(moves.step, moves.date): moves for moves in found}
    return [by_place[place] for place in shown if place in by_place]


def _together(variants: Variants, moves: StructureRange) -> str:
    """From the lowest to the highest combination, each named."""
    titles = {variant.name: f"“{variant.title}”" for variant in variants.variants}

    def said(end: StructureEnd) -> str:
        names = listed([titles[name] for name in end.variants]) if end.variants else "the run itself"
        error = f"Monte Carlo error {points(end.mc_error)}"
        return f"{chance(end.probability, variants.trajectories, end.mc_error)} ({names}; {error})"

    return f"{until((moves.step, moves.date))}: from {said(moves.low)} to {said(moves.high)}."


def how_combined(variants: Variants) -> str:
    """Which combinations were run, and how; empty if there are none."""
    found = variants.combined
    if found is None:
        return ""
    which = (
        f"All {found.possible} combinations of them were run"
        if found.every
        else f"Of {found.possible} combinations, {found.ranges[0].combinations} were run: each variant, all pairs, and "
        "what leads furthest, one choice at a time"
    )
    return (
        f"{which}, of each of the {len(found.choices)} choices one variant or none, with {found.trajectories:,} "
        f"trajectories each; what lies at an end was run again with {variants.trajectories:,}."
    )


def note(variants: Variants, shown: Sequence[Place]) -> str:
    """What stands under figure and table: seed, counts, and the largest errors of what they show."""
    entries = [entry_of(v.milestones, place) for v in variants.variants for place in shown]
    worlds = counted(variants.worlds, "world")
    start = (
        f"Seed {variants.seed}; {counted(variants.trajectories, 'trajectory')} in {worlds} for each variant"
    )
    if not entries:
        return f"{start}."
    error, apart = max(e.mc_error for e in entries), max(e.difference_error for e in entries)
    return (
        f"{start}; Monte Carlo error at most {points(error)} percentage points, that of a difference from "
        f"the run (luck in common) at most {points(apart)}."
    )


def _row(variant: Variant, shown: Sequence[Place], of: int) -> VariantRow:
    cells = [_cell(entry_of(variant.milestones, place), of) for place in shown]
    return VariantRow(variant.title, variant.name, variant.differs, cells)


def _said(entry: DatedShare, of: int) -> str:
    return chance(entry.probability, of, entry.mc_error)


def _cell(entry: DatedShare, of: int) -> Cell:
    shown = _said(entry, of), chance_range(*entry.credible_90) if entry.credible_90 else ""
    if isinstance(entry, MovedShare):
        return Cell(*shown, signed(entry.difference), points(entry.difference_error))
    return Cell(*shown)


def signed(difference: float) -> str:
    """A difference of probabilities in percentage points: ``+7.9``, ``−0.3``, ``0``."""
    text = f"{100 * difference:+.1f}"
    return "0" if text in ("+0.0", "-0.0") else text.replace("-", "−")


def said(variants: Variants, summary: Summary) -> str:
    """The figure for those who cannot see it."""
    parts, of = [], variants.trajectories
    for place in headlines(variants, summary):
        own = _said(entry_of(variants.run.milestones, place), of)
        found = [f"{v.title} {_said(entry_of(v.milestones, place), of)}" for v in variants.variants]
        parts.append(f"{until(place)}: this run {own}; {listed(found)}")
        for moves in ranges(variants, [place]):
            ends = (chance(end.probability, of, end.mc_error) for end in (moves.low, moves.high))
            parts[-1] += f"; combinations {' to '.join(ends)}"
    return f"Dots with 90 % credible intervals, one for each structural variant. {'. '.join(parts)}."
