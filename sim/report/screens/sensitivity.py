"""What moves the answer, on a screen: shares of the variance, and the tornado."""

from __future__ import annotations

from sim.base.words import chance, chance_range, points_more
from sim.estimates.moving import Alone, Target
from sim.report.moving_section import (
    MARKS,
    Row,
    counts,
    named,
    refusals,
    rows,
    sentences,
    short_share,
    title,
    told,
)
from sim.report.prose import set_by_you
from sim.report.screens.wrapping import tables, wrapped
from sim.studies.sensitivity_answer import (
    NUMBER,
    STARTS,
    STRUCTURE,
    Morris,
    Sensitivity,
    Swing,
    Tornado,
    Totals,
)

MOST_ROWS = 7
LETTERS = 30
"""Of a name on a row."""
LEGEND = "● fitted, ◆ literature, ○ judged, ▲ yours"


def screen(made: Sensitivity) -> str:
    """The answer; a table or two for each step and date."""
    s = made.scenario
    lines = [
        *wrapped(f"What moves the answer: {s.title} ({s.name}), from {made.start}"),
        f"{counts(made.worlds, made.trajectories)}, seed {made.seed}",
        *wrapped(set_by_you(s.yours).strip()),
        *(line for text in refusals(made.first) for line in wrapped(text)),
    ]
    for place, target in enumerate(made.first.targets):
        lines += ["", *_target(made, place, target)]
    if told(made.first):
        lines += ["", *wrapped(_explained(made))]
    return "\n".join(lines)


def _target(made: Sensitivity, place: int, target: Target) -> list[str]:
    lines = []
    if not target.refused:
        for text in sentences(made.first, target, made.trajectories):
            lines += wrapped(text)
        lines += ["", *_shares(made, told(made.first).index(target))]
    else:
        lines += wrapped(title(target))
    if made.tornado is not None:
        lines += ["", *_tornado(made.tornado, place)]
    if made.totals is not None:
        lines += ["", *_totals(made, made.totals, place)]
    if made.morris is not None:
        lines += ["", *_morris(made, made.morris, place)]
    return lines


def _shares(made: Sensitivity, place: int) -> list[str]:
    heading = ["goes with", "share", "90 %", "lowest to highest tenth"]
    body = [_row(made, row, place) for row in _shown(rows(made.first), place)[:MOST_ROWS]]
    return [line for block in tables([heading, *body]) for line in block]


def _shown(every: list[Row], place: int) -> list[Row]:
    """Blocks that stand out here or hold something that does; all, if there is none."""
    kept: list[Row] = []
    for row in every:
        part = row.parts[place]
        out = part is None or part.stands_out
        if not row.inside:
            block = row
        if out and row.inside and block not in kept:
            kept.append(block)
        if out:
            kept.append(row)
    return kept or every


def _row(made: Sensitivity, row: Row, place: int) -> list[str]:
    part = row.parts[place]
    if part is None:
        return [_cut(row), "too few worlds", "", ""]
    ends = ""
    if isinstance(part, Alone) or row.alone is not None:
        alone = part if isinstance(part, Alone) else made.first.targets[place].alone[row.alone or 0]
        ends = " to ".join(
            chance(p, made.trajectories, error)
            for p, error in zip(alone.probability, alone.probability_error, strict=True)
        )
    return [_cut(row), short_share(part), chance_range(*part.ends_90), ends]


def _cut(row: Row) -> str:
    text = f"{'  ' if row.inside else ''}{row.marks} {row.label}"
    return text if len(text) <= LETTERS else text[: LETTERS - 1] + "…"


def _tornado(tornado: Tornado, place: int) -> list[str]:
    ranked = tornado.ranked(place)
    if not ranked:
        return wrapped(
            "Tornado: at no end, and under no structural choice, does it move by more than chance."
        )
    heading = ["tornado, points (error)", "at its 5 %", "at its 95 %", "otherwise"]
    body = [_swing(swing, place) for swing in ranked[:MOST_ROWS]]
    found = [line for block in tables([heading, *body]) for line in block]
    more = len(ranked) - MOST_ROWS
    return [*found, *([f"and {more} more that move it by more than chance"] if more > 0 else [])]


def _swing(swing: Swing, place: int) -> list[str]:
    cells = [
        points_more(end.shifts[place].difference, end.shifts[place].error) if end.shifts else "not run"
        for end in swing.ends
    ]
    text = f"{MARKS.get(swing.basis, '◇' if swing.kind == STRUCTURE else '–')} {swing.label}"
    label = text if len(text) <= LETTERS else text[: LETTERS - 1] + "…"
    if swing.kind == NUMBER:
        return [label, *cells, ""]
    moves = [abs(end.shifts[place].difference) if end.shifts else 0.0 for end in swing.ends]
    furthest = moves.index(max(moves))
    state = f"{swing.ends[furthest].said} " if swing.kind == STARTS else ""
    return [label, "", "", state + cells[furthest]]


def _totals(made: Sensitivity, found: Totals, place: int) -> list[str]:
    rows_of = sorted(found.targets[place], key=lambda one: -one.total.index)
    if not rows_of:
        return wrapped("Totals: the rows of the design do not differ by more than chance.")
    heading = [f"totals ({found.rows} rows)", "total", "90 %", "alone", "90 %"]
    body = [
        [_named(made, one.block), short_share(one.total), chance_range(*one.total.ends_90), short_share(one.alone),
         chance_range(*one.alone.ends_90)]
        for one in rows_of[:MOST_ROWS]
    ]  # fmt: skip
    return [line for block in tables([heading, *body]) for line in block]


def _morris(made: Sensitivity, found: Morris, place: int) -> list[str]:
    heading = [f"effects, points ({found.rows} rows)", "mean size (error)", "put up (error)", "spread"]
    body = [
        [_named(made, one.block), points_more(one.size, one.size_error).lstrip("+"),
         points_more(one.mean, one.mean_error) if one.ordered else "", f"{100 * one.spread:.0f}"]
        for one in sorted(found.targets[place], key=lambda one: -one.size)[:MOST_ROWS]
    ]  # fmt: skip
    return [line for block in tables([heading, *body]) for line in block]


def _named(made: Sensitivity, block: str) -> str:
    text = named(made.first, block)
    return text if len(text) <= LETTERS else text[: LETTERS - 1] + "…"


def _explained(made: Sensitivity) -> str:
    text = (
        f"Share: of the variance of the probability over worlds, chance within worlds taken out ({LEGEND}); what one "
        "table draws together counts as one, and shares within it overlap."
    )
    if made.tornado is not None:
        text += (
            " Tornado: how far the probability moves if one number is fixed at an end of its own prior, all else as "
            f"drawn, or one structural choice is made otherwise; {made.tornado.many:,} trajectories each, with "
            "the same luck."
        )
    if made.totals is not None:
        text += (
            " Totals: what would be left to know if all else were known (Jansen), and alone what goes with it "
            "(Saltelli), from runs of a design."
        )
    if made.morris is not None:
        text += " Effects: how far the probability moves if the luck of one thing is moved by half (Morris)."
    return text
