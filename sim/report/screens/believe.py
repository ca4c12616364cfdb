"""What would have to be believed, in at most one screen."""

from __future__ import annotations

from collections.abc import Iterator

from sim.base.words import by, chance, chance_range, listed, number, the_step
from sim.report.beliefs_told import alone_words, box_words, shift_words, short_name, wanted
from sim.report.prose import set_by_you
from sim.report.screens.wrapping import tables, wrapped
from sim.studies.belief_answer import FOUND, NOT_ALONE, NOTHING, PERHAPS, Alone, BeliefAnswer

MOST_FOUND, MOST_SHORT, MOST_SHIFTS = 6, 5, 4
"""Parameters that are told of each kind."""


def screen(made: BeliefAnswer) -> str:
    """The answer in at most one screen."""
    now, of = made.now, made.trajectories
    band = f" (90 % of worlds: {chance_range(*now.credible_90)})" if now.credible_90 else ""
    step = the_step(made.step)
    lines = [
        *wrapped(f"{made.scenario.title} ({made.scenario.name}), from {made.start}"),
        *wrapped(set_by_you(made.scenario.yours).strip()),
        *wrapped(
            f"{step[:1].upper()}{step[1:]} {by(made.by)}: {chance(now.probability, of, now.mc_error)} as the priors "
            f"are{band}. Asked: {wanted(made)}."
        ),
    ]
    if made.met:
        return "\n".join([*lines, *wrapped(met(made))])
    return "\n".join([*lines, "", *_alone(made), "", *_together(made), "", *_boxes(made)])


def met(made: BeliefAnswer) -> str:
    """That nothing has to be believed otherwise."""
    close = abs(made.now.probability - made.target) < 2 * made.now.mc_error
    return "That is met as the priors are; nothing has to be believed otherwise." + (
        " It is so near that the sample can hardly tell." if close else ""
    )


def _alone(made: BeliefAnswer) -> Iterator[str]:
    low, high = (f"{100 * end:.0f}" for end in made.tried)
    yield from wrapped(f"One at a time, within its own prior ({low} to {high} %), all else as drawn:")
    found = made.of(FOUND)
    for one in found[:MOST_FOUND]:
        yield from wrapped(f"{alone_words(one)}", "  ")
    short = [*made.of(PERHAPS), *made.of(NOT_ALONE)]
    if short:
        yield (
            "  Not by this alone, and how far it gets:"
            if found
            else "  None gets there alone; how far each gets:"
        )
        (block,) = tables([("", "", ""), *(_row(one) for one in short[:MOST_SHORT])])
        yield from (f"    {line}" for line in block[1:])
    rest = len(found[MOST_FOUND:]) + len(short[MOST_SHORT:])
    unseen = len(made.alone) - len(found) - len(short)
    nothing = len(made.of(NOTHING))
    told = [f"{rest} more move it"] if rest else []
    told += [f"{unseen - nothing} no more than noise"] if unseen - nothing else []
    told += [f"{nothing} change no future at all"] if nothing else []
    if told:
        yield from wrapped(f"  {listed(told)} (believe.csv has all).")


def _row(one: Alone) -> tuple[str, str, str]:
    far = one.furthest
    return (
        short_name(one),
        chance(far.probability, error=far.mc_error),
        f"at its {100 * far.quantile:g} % quantile",
    )


def _together(made: BeliefAnswer) -> Iterator[str]:
    joint = made.together
    if joint is None:
        yield "All at once: no prior moves it beyond noise."
        return
    length = f"{joint.length:.1f} standard scores"
    if not joint.reached:
        reached = chance(joint.probability, error=joint.mc_error)
        yield from wrapped(
            f"All at once: not within {length} of the priors; that far it gets to {reached}. There:"
        )
    else:
        yield from wrapped(
            f"All at once, the smallest shift that was found: {length} (error {number(joint.length_error, 1)}); "
            f"{chance(joint.beyond)} of what is thought possible lies as far in that direction. It moves"
        )
    for one in joint.shifts[:MOST_SHIFTS]:
        yield from wrapped(shift_words(one), "  ")
    if (more := len(joint.shifts) - MOST_SHIFTS) > 0:
        yield f"  and {more} more, less"


def _boxes(made: BeliefAnswer) -> Iterator[str]:
    share = chance(made.worlds_beyond)
    kind = "at least" if made.above else "at most"
    yield from wrapped(
        f"In {share} of worlds it is {kind} {chance(made.target)} likely as they are."
        + (
            " Kinds of worlds where that is frequent:"
            if made.boxes
            else " No kind of world stands out among them."
        )
    )
    for box in made.boxes:
        yield from wrapped(box_words(box), "  ")
