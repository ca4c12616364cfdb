"""What levers are worth, in at most one screen."""

from __future__ import annotations

from sim.base.words import brief, by, chance, listed, points_more, the_step
from sim.report.prose import set_by_you
from sim.report.screens.wrapping import joined, tables, wrapped
from sim.studies.lever_answer import LeversAnswer, Pulled

MOST_ROWS = 20
LETTERS = 34
"""Of the names of levers on a row."""


def screen(made: LeversAnswer) -> str:
    """The answer in at most one screen."""
    base = made.base()
    shown = _shown(made)
    heading = ["levers", "probability", "worth (error)", "beyond the sum"]
    rows = [heading, *(_cells(made, one) for one in shown)]
    without = chance(base.probability, made.trajectories, base.mc_error)
    pulled = "" if made.on_is == "chosen" else f" ({made.on_is})"
    lines = [
        *wrapped(f"{made.scenario.title} ({made.scenario.name}), from {made.start}"),
        *wrapped(set_by_you(made.scenario.yours).strip()),
        *wrapped(
            f"{_capital(the_step(made.step))} {by(made.by)}: {without} without any lever. "
            f"Levers are pulled on {made.on}{pulled}; a voter then {made.stance}."
        ),
        "",
        *joined(tables(rows)),
        *wrapped(_explained(made)),
    ]
    if len(shown) < len(made.pulled):
        lines.append(f"{len(shown)} of {len(made.pulled)} rows; levers.csv has all steps and dates")
    return "\n".join(lines)


def _shown(made: LeversAnswer) -> list[Pulled]:
    """What fits: each alone, then sets of voters, then the rest; in the order of the scenario."""

    def rank(one: Pulled) -> int:
        alone, voters = len(one.levers) == 1, set(one.levers) <= set(made.voters)
        every = set(one.levers) >= set(made.voters)
        return 0 if alone else 1 if voters and (len(one.levers) == 2 or every) else 2 if voters else 3

    kept = sorted(made.pulled, key=rank)[:MOST_ROWS]
    return [one for one in made.pulled if one in kept]


def _cells(made: LeversAnswer, one: Pulled) -> list[str]:
    w, name = made.at(one), made.label(one)
    beyond = (
        ""
        if w.beyond_sum is None or w.beyond_sum_error is None
        else points_more(w.beyond_sum, w.beyond_sum_error)
    )
    return [
        name if len(name) <= LETTERS else name[: LETTERS - 1] + "…",
        brief(w.probability, made.trajectories, w.mc_error),
        points_more(w.worth, w.worth_error),
        beyond,
    ]


def _explained(made: LeversAnswer) -> str:
    first = (
        "Worth: the difference in percentage points with the same luck, with its standard error; beyond the sum: what "
        "levers pulled together are worth beyond what each is worth alone. That is what this model says, no advice."
    )
    return f"{first} {told_apart(made)}".strip()


def told_apart(made: LeversAnswer) -> str:
    """Which single voter is worth most, as far as the sample can tell; empty where there is no choice."""
    if len(made.voters) < 2:
        return ""
    if not made.most_voters:
        return "No single voter stands out here."
    if len(made.most_voters) == 1:
        return f"Of single voters {made.most_voters[0]} is worth most."
    return (
        f"Of single voters {listed(made.most_voters)} are worth most, and the sample cannot tell them apart."
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
