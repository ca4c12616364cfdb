"""What moves the answer, from the stored ``sensitivity.json``: words and rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import PurePosixPath

from sim.base.words import brief, by, chance, chance_range, counted, listed, plain, step_name
from sim.estimates.moving import Alone, Moving, NotKnown, Part, Target
from sim.estimates.rankings import NAMED, TOLD_APART
from sim.studies.sensitivity_answer import Sensitivity

MARKS = {"fitted": "●", "literature": "◆", "judged": "○", "yours": "▲"}
"""A mark for each basis that does not need colour."""
SHOWN, MEMBERS = 8, 3
"""Blocks that have a row of their own, and things within one, at most."""
AT_LEAST = 4
"""Blocks that are shown though none of them stands out."""


@dataclass(frozen=True)
class Row:
    """A block, or something in it."""

    label: str
    marks: str
    parts: tuple[Part | None, ...]
    """For each target that has indices."""
    inside: bool = False
    """Whether it is part of the block above."""
    alone: int | None = None
    """Its place among what is not known; None of a block of several."""


def told(first: Moving) -> list[Target]:
    """Targets that have indices."""
    return [target for target in first.targets if not target.refused]


def title(target: Target) -> str:
    """``Partnership for Peace by the end of 2036``."""
    return f"{step_name(target.step)} {by(target.date)}"


def refusals(first: Moving) -> list[str]:
    """Why there is nothing to tell, at all or of a step."""
    if first.refused:
        return [f"Not told: {first.refused}."]
    return [f"{title(target)}: not told, as {target.refused}." for target in first.targets if target.refused]


# --- rows -----------------------------------------------------------------------------------------------


def members(first: Moving) -> dict[str, list[int]]:
    """Block -> places of what belongs to it."""
    found: dict[str, list[int]] = {}
    for place, unknown in enumerate(first.unknowns):
        found.setdefault(unknown.block, []).append(place)
    return found


def block_label(block: str, things: Sequence[NotKnown]) -> str:
    """``settlement rate``, or ``holdouts (32 together)`` of what is drawn together."""
    if len(things) == 1:
        return things[0].label
    return f"{plain(_stem(block))} ({len(things)} together)"


def named(first: Moving, block: str) -> str:
    """A block with the marks of its bases: ``● settlement rate``."""
    things = [thing for thing in first.unknowns if thing.block == block]
    return f"{marks_of(things)} {block_label(block, things)}" if things else plain(_stem(block))


def in_words(block: str, things: Sequence[NotKnown]) -> str:
    """``settlement rate``, or ``what is drawn together in “holdouts” (28 numbers)``."""
    if len(things) == 1:
        return things[0].label
    starts = sum(thing.start for thing in things)
    numbers = counted(len(things) - starts, "number")
    more = f" and {counted(starts, 'start')}" if starts else ""
    return f"what is drawn together in “{plain(_stem(block))}” ({numbers}{more})"


def _stem(block: str) -> str:
    return PurePosixPath(block).stem if "/" in block or "." in block else block


def marks_of(things: Sequence[NotKnown]) -> str:
    """The marks of all bases."""
    return "".join(mark for basis, mark in MARKS.items() if any(thing.basis == basis for thing in things))


def rows(first: Moving) -> list[Row]:
    """Blocks that move an answer, the largest first, each with what stands out in it."""
    targets, inside = told(first), members(first)

    def parts(block: str) -> tuple[Part | None, ...]:
        return tuple((target.blocks or {}).get(block) for target in targets)

    ranked = sorted(inside, key=lambda block: -max((p.index for p in parts(block) if p), default=0.0))
    out = [block for block in ranked if any(p.stands_out for p in parts(block) if p)]
    made: list[Row] = []
    for block in (out or ranked[:AT_LEAST])[:SHOWN]:
        things = [first.unknowns[place] for place in inside[block]]
        only = inside[block][0] if len(things) == 1 else None
        made.append(Row(block_label(block, things), marks_of(things), parts(block), alone=only))
        if len(things) > 1:
            made += _inside(first, targets, inside[block])
    return made


def _inside(first: Moving, targets: Sequence[Target], places: Sequence[int]) -> list[Row]:
    """What stands out in a block."""
    found = [(place, tuple(target.alone[place] for target in targets)) for place in places]
    found = [each for each in found if any(part.stands_out for part in each[1])]
    found.sort(key=lambda each: -max(part.index for part in each[1]))
    return [
        Row(first.unknowns[place].label, marks_of([first.unknowns[place]]), parts, True, place)
        for place, parts in found[:MEMBERS]
    ]


# --- in words -------------------------------------------------------------------------------------------


def share(part: Part) -> str:
    """A share of the variance, no finer than its error bears: ``about 65 %``, ``<1 %``."""
    return chance(min(max(part.index, 0.0), 1.0), error=part.error)


def short_share(part: Part) -> str:
    """The same where space is short."""
    return brief(min(max(part.index, 0.0), 1.0), error=part.error)


def foremost(first: Moving, target: Target) -> list[str]:
    """The block that moves an answer most, and those that cannot be told from it; empty if no one stands out."""
    known = {block: part for block, part in (target.blocks or {}).items() if part is not None}
    ranked = sorted(known.items(), key=lambda item: -item[1].index)
    if not ranked or not ranked[0][1].stands_out:
        return []
    top = ranked[0][1]
    near = [
        block
        for block, part in ranked
        if part is top or top.index - part.index <= TOLD_APART * sqrt(top.error**2 + part.error**2)
    ]
    return near if len(near) <= NAMED else []


def sentences(first: Moving, target: Target, of: int) -> list[str]:
    """What moves one probability, for somebody who does not ask how it was found.

    :param of: trajectories of the run.
    """
    inside, lead = members(first), foremost(first, target)
    assert target.blocks is not None
    said = [
        f"{title(target)}: {chance(target.probability or 0.0, of)} over all worlds. These differ in what is not known, "
        f"and so does the probability, by {_points(target.spread)} (standard deviation)."
    ]
    if not lead:
        said.append("No one thing stands out as what moves it most.")
    for block in lead:
        part = target.blocks[block]
        assert part is not None
        verb = "moves it most" if len(lead) == 1 else "cannot be told from what moves it most"
        said.append(_of_block(first, target, inside[block], part, verb, of))
    others = sorted(
        (block for block, part in target.blocks.items() if part and part.stands_out and block not in lead),
        key=lambda block: -(target.blocks or {})[block].index,  # type: ignore[union-attr]
    )
    if others:
        names = [
            f"{share(part)} with {in_words(block, [first.unknowns[p] for p in inside[block]])}"
            for block in others[:NAMED]
            if (part := target.blocks[block]) is not None
        ]
        said.append(f"Then {listed(names)}.")
    if target.together is not None:
        said.append(_rest(target.together))
    return said


def _points(spread: float) -> str:
    size = round(100 * spread)
    return "less than 1 percentage point" if not size else counted(size, "percentage point")


def _of_block(
    first: Moving, target: Target, places: Sequence[int], part: Part, verb: str, of: int
) -> str:  # fmt: skip
    things = [first.unknowns[place] for place in places]
    label = in_words(things[0].block, things)
    rests = f" ({things[0].basis})" if len(things) == 1 and things[0].basis else ""
    text = f"{label[:1].upper()}{label[1:]}{rests} {verb}: {share(part)} of the variance goes with it alone"
    best = max(places, key=lambda place: target.alone[place].index)
    if len(places) == 1 or target.alone[best].stands_out:
        whose = "" if len(places) == 1 else f", most of it seen in {first.unknowns[best].label}"
        return f"{text}{whose}. {direction(first.unknowns[best], target.alone[best], of)}"
    return f"{text}, and no one thing in it stands out."


def direction(unknown: NotKnown, alone: Alone, of: int) -> str:
    """``In the tenth of worlds in which it is lowest, the probability is 3 %; in the highest tenth 35 %.``"""
    shown = [
        chance(p, of, error) for p, error in zip(alone.probability, alone.probability_error, strict=True)
    ]
    if unknown.start:
        states = [f"{shown[i]} where it is “{where.which}”" for i, where in enumerate(unknown.where)]
        return f"The probability is {listed(states)}."
    return (
        f"In the tenth of worlds in which it is lowest the probability is {shown[0]}, in that in which it is highest "
        f"{shown[-1]}."
    )


def _rest(together: Part) -> str:
    low, high = together.ends_90
    text = (
        "Each by itself, whatever the others are, all of this accounts for "
        f"{chance_range(low, high)} of the variance (90 % interval)"
    )
    if high >= 1.0 and low > 0.9:
        return f"{text}."
    return f"{text}; the rest is in what several do together, and belongs to no one of them."


# --- the section ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TableRow:
    """Something that is not known, in the table of all."""

    label: str
    name: str
    basis: str
    block: str
    """In words; empty if it stands alone."""
    cells: tuple[tuple[str, str, str], ...]
    """For each target: its share, the 90 % interval, and the probability from low to high."""


@dataclass(frozen=True)
class Section:
    """What the section shows."""

    refused: list[str]
    answers: list[list[str]]
    """For each target, sentences."""
    columns: list[str]
    table: list[TableRow]
    count: int
    note: str


def section(found: Sensitivity) -> Section:
    """Sentences and the table of all that is not known."""
    first, worlds, of = found.first, found.worlds, found.trajectories
    targets, inside = told(first), members(first)
    order = sorted(
        range(len(first.unknowns)), key=lambda i: -max((target.alone[i].index for target in targets), default=0)
    )  # fmt: skip
    return Section(
        refused=refusals(first),
        answers=[sentences(first, target, of) for target in targets],
        columns=[title(target) for target in targets],
        table=[
            TableRow(
                unknown.label,
                "" if unknown.start else unknown.name,
                unknown.basis,
                _of(first, inside[unknown.block]),
                tuple(_cell(target.alone[i], of) for target in targets),
            )
            for i in order
            if targets
            for unknown in [first.unknowns[i]]
        ],
        count=len(first.unknowns),
        note=note(worlds, of),
    )


def note(worlds: int, of: int) -> str:
    """What stands under figure and table."""
    return f"{counts(worlds, of)}; chance within worlds is taken out; thin lines are 90 % intervals."


def counts(worlds: int, of: int) -> str:
    """``200,000 trajectories in 1,000 worlds``"""
    many = counted(worlds, "world")
    return f"{counted(of, 'trajectory')} in {many}" if of else f"{many} solved without sampling"


def _of(first: Moving, places: Sequence[int]) -> str:
    things = [first.unknowns[place] for place in places]
    return block_label(things[0].block, things) if len(things) > 1 else ""


def _cell(alone: Alone, of: int) -> tuple[str, str, str]:
    ends = [chance(p, of, error) for p, error in zip(alone.probability, alone.probability_error, strict=True)]
    low, high = alone.ends_90
    return short_share(alone), chance_range(low, high), " → ".join(ends)


def said(first: Moving) -> str:
    """The figure for those who cannot see it."""
    targets = told(first)
    parts = []
    for i, target in enumerate(targets):
        each = [f"{row.label} {short_share(row.parts[i])}" for row in rows(first) if row.parts[i]]  # type: ignore[arg-type]
        rest = f"; all by themselves {short_share(target.together)}" if target.together else ""
        parts.append(f"{title(target)}: {listed(each)}{rest}")
    return f"Bars of shares of the variance over worlds, with 90 % intervals. {'. '.join(parts)}."
