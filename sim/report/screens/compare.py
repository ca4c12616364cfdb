"""A comparison in at most one screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sim.base.dates import shown_dates
from sim.base.words import brief, chance, counted, listed, number, of_hundred, points_more
from sim.estimates.differences import FEW_TRAJECTORIES, TOO_MUCH_NOISE
from sim.estimates.intervals import Ends
from sim.estimates.paired import Curve, DatedShare
from sim.report.prose import set_by_you
from sim.report.screens.wrapping import joined, tables, wrapped
from sim.scenario.names import substitute_name
from sim.studies.comparison import Against, ComparedScenario, Comparison

MAY_HELP = {TOO_MUCH_NOISE: "may give one", FEW_TRAJECTORIES: "give one"}
MOST_NAMED = 4
"""Parameters that the screen names."""


def screen(made: Comparison) -> str:
    """The answer in a screen: every step against one other scenario; the first and last against several."""
    first, pairs = made.scenarios[0], made.comparisons
    titles = {side.name: side.title for side in made.scenarios}
    worlds = counted(made.worlds, "world")
    lines = [
        *wrapped(
            f"{listed([pair.scenario for pair in pairs])} against {first.name}, "
            f"{made.start} to {made.horizon}"
        ),
        *(line for name, title in titles.items() for line in wrapped(f"  {name}: {title}")),
        f"{counted(made.trajectories, 'trajectory')} of each in {worlds} with the same luck, seed {made.seed}",
        *(line for side in made.scenarios for line in _named(side)),
    ]
    for pair in pairs:
        lines += ["", *_block(made, pair, shown_steps(pair, len(pairs)))]
    lines += [
        "",
        *wrapped(
            "Differences are in percentage points; in brackets their standard errors, from pairs of futures."
        ),
        *(line for pair in pairs for note in _notes(made, pair, len(pairs) > 1) for line in wrapped(note)),
    ]
    return "\n".join(lines)


def _named(side: ComparedScenario) -> list[str]:
    """Which numbers of a scenario a user has set."""
    return wrapped(f"{side.name}:{set_by_you(side.yours)}") if side.yours else []


def shown_steps(pair: Against, pairs: int) -> list[str]:
    """Steps that the screen shows."""
    steps = list(pair.steps)
    return steps if pairs == 1 else list(dict.fromkeys([steps[0], steps[-1]]))


def sides(made: Comparison, pair: Against) -> tuple[ComparedScenario, ComparedScenario]:
    """The first scenario, and the one that is held against it."""
    named = {side.name: side for side in made.scenarios}
    return named[pair.against], named[pair.scenario]


def _block(made: Comparison, pair: Against, steps: Sequence[str]) -> list[str]:
    """A table of steps by dates: both probabilities, the difference, and its interval where there is one."""
    dates = [e.date for e in pair.steps[steps[0]].by]
    shown = [dates.index(day) for day in shown_dates(made.start, made.horizon)]
    of = made.trajectories
    here, there = sides(made, pair)
    rows = [["", *(dates[i].isoformat() for i in shown)]]
    for step in steps:
        rows.append([step, *_both(here.milestones[step], there.milestones[step], shown, of)])
        by = [pair.steps[step].by[i] for i in shown]
        rows.append(["  difference", *(points_more(e.difference, e.difference_error) for e in by)])
        if any(e.credible_90 for e in by):
            rows.append(["  90 % of worlds", *(_interval(e.credible_90) for e in by)])
        if step in pair.substitutes:
            rows.append([
                substitute_name(step), *_both(here.substitutes[step], there.substitutes[step], shown, of)
            ])  # fmt: skip
    return [*wrapped(f"{pair.against} → {pair.scenario}"), *joined(tables(rows))]


def _both(here: Curve[DatedShare], there: Curve[DatedShare], shown: Sequence[int], of: int) -> list[str]:
    """``3 → 12 %`` for each date that is shown."""
    pairs = ((here.by[i], there.by[i]) for i in shown)
    return [
        f"{of_hundred(a.probability, of, a.mc_error)} → {brief(b.probability, of, b.mc_error)}"
        for a, b in pairs
    ]


def _interval(ends: Ends | None) -> str:
    return "" if ends is None else f"{100 * ends[0]:+.1f} to {100 * ends[1]:+.1f}"


# --- notes ----------------------------------------------------------------------------------------------


def _notes(made: Comparison, pair: Against, named: bool) -> list[str]:
    """What common luck was worth, how many futures change, and what the two do not share."""
    said = [
        _saved(pair),
        *(_changed(made, pair, step) for step in shown_steps(pair, 2)),
        *_refused(pair),
        *_not_shared(pair),
        *_other_question(*sides(made, pair)),
    ]
    return [f"{pair.scenario}: {sentence}" if named else sentence for sentence in said]


def _saved(pair: Against) -> str:
    """What common worlds and luck were worth, at the last date."""
    last = [found.by[-1] for found in pair.steps.values()]
    both, luck = _span([e.variance_ratio for e in last]), _span([e.variance_ratio_luck for e in last])
    if both is None:
        return "Nothing differs by the last date, so that nothing can be said of what common luck saves."
    inner = f", with separate luck in the same worlds {luck}" if luck and pair.worlds > 1 else ""
    return f"With separate worlds and luck the square of the error would be {both} times as large{inner}."


def _span(values: Sequence[float | None]) -> str | None:
    """``24 to 31``."""
    known = sorted(value for value in values if value is not None)
    if not known:
        return None
    low, high = number(known[0]), number(known[-1])
    return low if low == high else f"{low} to {high}"


def _refused(pair: Against) -> Iterator[str]:
    """Why steps have no interval at the last date."""
    reasons = {step: found.by[-1].no_interval for step, found in pair.steps.items()}
    for reason in dict.fromkeys(reason for reason in reasons.values() if reason):
        without = listed([step for step in reasons if reasons[step] == reason])
        more = f" (more --trajectories {may})" if (may := MAY_HELP.get(reason)) else ""
        yield f"No interval for {without} by the last date: {reason}{more}."


def _changed(made: Comparison, pair: Against, step: str) -> str:
    """In how many futures a step is taken at another time, or in one of the two only."""
    of, share = made.trajectories, pair.steps[step].futures
    parts = {
        f"only in {pair.scenario}": share.gained,
        f"only in {pair.against}": share.lost,
        "earlier": share.earlier,
        "later": share.later,
    }
    told = listed([f"{words} in {chance(value, of)}" for words, value in parts.items()])
    return f"Luck being equal, {step} changes in {chance(sum(parts.values()), of)} of futures: {told}."


def _not_shared(pair: Against) -> Iterator[str]:
    """Steps and parameters that are not in both, or not equal."""
    for name, steps in (
        (pair.against, pair.steps_only_in_first),
        (pair.scenario, pair.steps_only_in_scenario),
    ):
        if steps:
            yield f"Steps only in {name}, not compared: {listed(steps)}."
    values = pair.parameters
    for label, names in (
        (
            "Parameters that are not equal",
            [f"{n} ({_value(v.first)} → {_value(v.scenario)})" for n, v in values.different.items()],
        ),
        (f"Parameters only in {pair.against}", values.only_in_first),
        (f"Parameters only in {pair.scenario}", values.only_in_scenario),
    ):
        if names:
            yield f"{label}: {_some(names)}."
    other = pair.structure
    for label, names in (
        ("Besides, different", other.different),
        (f"Besides, only in {pair.against}", other.only_in_first),
        (f"Besides, only in {pair.scenario}", other.only_in_scenario),
    ):
        if names:
            yield f"{label}: {_some(names)}."


def _other_question(here: ComparedScenario, there: ComparedScenario) -> Iterator[str]:
    """Other days, candidates or organisations."""
    if here.start != there.start:
        yield (
            f"They start on {here.start} and {there.start}: compared by calendar date; luck drawn by date "
            "and parameters are shared, waiting times count from each start."
        )
    if here.horizon != there.horizon:
        yield f"They end on {here.horizon} and {there.horizon}: compared up to the earlier."
    if (here.candidate, here.organisation) != (there.candidate, there.organisation):
        yield (
            f"They are about {here.candidate} and {here.organisation}, and {there.candidate} and "
            f"{there.organisation}: steps are matched by name."
        )


def _value(value: float | None) -> str:
    return "drawn" if value is None else f"{value:.6g}"


def _some(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    return listed([*names[:MOST_NAMED], f"{more} more (compare.json)"] if more > 0 else names)
