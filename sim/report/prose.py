"""The sentences of the report. Each probability comes with its date, its interval and what it counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sim.base.dates import answer_date
from sim.base.words import (
    by,
    chance,
    chance_range,
    counted,
    day,
    futures,
    likelihood,
    listed,
    number,
    plain,
    points,
    step_deed,
    step_name,
    substitute_for,
    the_step,
)
from sim.estimates.rankings import independent, leaders
from sim.estimates.summary import Estimate, Summary, UnderWay
from sim.report.tables import Names, blockers_table, ladder_table, last_ones
from sim.scenario.setting import OwnNumber
from sim.studies.inputs import Inputs

LEAST_ERROR = 1e-12
"""Rounding: no answer of the exact engine is said to be better."""


def headline_entry(summary: Summary, step: str) -> Estimate:
    """The stored estimate at the end of the tenth calendar year, or at the horizon."""
    entries = summary.milestones[step].by
    wanted = answer_date(summary.start, [entry.date for entry in entries])
    return next(entry for entry in entries if entry.date == wanted)


def no_interval(summary: Summary) -> str:
    """Why a run has no credible interval; empty if it has one."""
    if next(iter(summary.milestones.values())).by[-1].credible_90:
        return ""
    if summary.tilt is not None:
        return "rates are tilted and trajectories weighed, so the noise within a world is not binomial"
    if summary.worlds == 1:
        return "nothing in this scenario is uncertain but chance"
    return f"too few trajectories for each of the {summary.worlds:,} worlds"


def interval(summary: Summary, entry: Estimate, short: bool = False) -> str:
    """``90 % credible interval <1 to 54 %``, or why there is none."""
    if entry.credible_90:
        text = chance_range(*entry.credible_90, entry.credible_error)
        return text if short else f"90 % credible interval {text}"
    return "no interval" if short else f"no credible interval: {no_interval(summary)}"


def answer(summary: Summary, inputs: Inputs) -> list[str]:
    """The answer in two sentences: the first step in ten years, the last step by the horizon."""
    steps = list(summary.milestones)
    name, of = inputs.candidate.name, summary.trajectories
    first = headline_entry(summary, steps[0])
    last = summary.milestones[steps[-1]].by[-1]
    deed = [step_deed(step, inputs.organisation) for step in (steps[0], steps[-1])]
    opening = _capital(likelihood(first.probability, first.mc_error))
    rest = 1 - last.probability
    missed = summary.milestones[steps[-1]].never_within_horizon.credible_90
    band = f" ({chance_range(*missed)})" if missed else ""
    once = (
        f"{opening} that {name} {deed[0]} {by(first.date)}: it does so in "
        f"{futures(first.probability, of, first.mc_error)} ({interval(summary, first)})."
    )
    if first is last:
        return [once, f"In {futures(rest, of, last.mc_error)}{band} it does not."]
    return [
        once,
        f"{_capital(likelihood(last.probability, last.mc_error))} that it {deed[1]} {by(last.date)}, where this look "
        f"ahead ends: it does so in {futures(last.probability, of, last.mc_error)} "
        f"({interval(summary, last, short=not band)}), and in {futures(rest, of, last.mc_error)}{band} it does not.",
    ]


def structure(summary: Summary) -> list[str]:
    """How far the two answers move over combinations of structural variants; empty if these were not run."""
    steps = list(summary.milestones)
    places = [(steps[0], headline_entry(summary, steps[0]).date), (steps[-1], summary.horizon)]
    by_place = {(moves.step, moves.date): moves for moves in summary.structure}
    found = [by_place[place] for place in dict.fromkeys(places) if place in by_place]
    if not found:
        return []
    of = summary.trajectories
    said = [
        f"{step_name(moves.step)} {by(moves.date)}: {chance(moves.low.probability, of, moves.low.mc_error)} "
        f"to {chance(moves.high.probability, of, moves.high.mc_error)}"
        for moves in found
    ]
    return [
        "The intervals take the structure of the model as given. Over "
        f"{found[0].combinations} combinations of structural variants the probability moves further: {'; '.join(said)} "
        "(which ones: under Other structures)."
    ]


def beside(summary: Summary) -> list[str]:
    """How often a substitute stands in place of the first step by the date of the answer; empty if none can."""
    step = next(iter(summary.milestones))
    if step not in summary.substitutes:
        return []
    when = headline_entry(summary, step).date
    entry = next(each for each in summary.substitutes[step].by if each.date == when)
    often = futures(entry.probability, summary.trajectories, entry.mc_error)
    return [
        f"{_capital(substitute_for(step))} is not the step, and is counted apart: {by(when)} one stands in its place "
        f"in {often}."
    ]


def evidence(inputs: Inputs) -> str:
    """How good the numbers are that the answer rests on: weak if most are judged or a user's, mixed from a fifth on."""
    bases = [parameter.basis for parameter in inputs.parameters]
    if not bases:
        return "The scenario names no parameters: all its numbers stand in the file without a basis."
    counts = ", ".join(f"{bases.count(basis)} {words}" for basis, words in BASES.items() if basis in bases)
    judged = (bases.count("judged") + bases.count("yours")) / len(bases)
    grade = "weak" if judged > 0.5 else "mixed" if judged > 0.2 else "fair"
    many = "1 parameter" if len(bases) == 1 else f"{len(bases)} parameters"
    return f"Evidence: {grade}. {many}: {counts}."


BASES = {
    "fitted": "fitted to history",
    "literature": "from the literature",
    "judged": "judged",
    "yours": "yours",
}


def tilt_doubts(summary: Summary) -> list[str]:
    """That the numbers of a run with tilted rates are not to be used, and why; empty if nothing speaks against them."""
    tilt = summary.tilt
    if tilt is None or tilt.reliable:
        return []
    return [
        "NOT RELIABLE: rates are tilted too strongly for so many trajectories, and neither the probabilities nor their "
        f"errors can be believed ({'; '.join(tilt.doubts)}). Lower rates under --tilt help, or more --trajectories."
    ]


def tilt_note(summary: Summary) -> list[str]:
    """Which rates were tilted, for a page; empty if none was."""
    tilt = summary.tilt
    if tilt is None:
        return []
    return [
        f"Tilted: while open, moves were simulated at {listed(tilt.least_rates)} a year at least, and each trajectory "
        f"is weighed for it; mean weight {tilt.mean_weight:.3g} (1 is expected; standard error "
        f"{tilt.mean_weight_error:.2g})."
    ]


def remarks(summary: Summary) -> list[str]:
    """What a reader must be told besides, a line each: own numbers, steps behind the candidate, and hindsight."""
    found = own_numbers(summary.yours)
    if summary.behind:
        found.append(f"Passed before the start: {listed([step_name(step) for step in summary.behind])}.")
    if summary.under_way is not None:
        found.append(under_way(summary.under_way))
    if summary.facts_until is not None:
        found.append(
            f"Fitted numbers know history up to {day(summary.facts_until)}: a forecast made on {day(summary.start)} "
            "would have known less (accession hindcast --cases fits them again)."
        )
    return found


def under_way(step: UnderWay) -> str:
    """``Membership has been under way since 5 July 2022, without HUN and TUR so far: what is left …``."""
    without = f", without {listed(list(step.outstanding))} so far" if step.outstanding else ""
    lag = "; all that were needed have ratified" if step.outstanding == () else ""
    since = f"{step_name(step.step)} has been under way since {day(step.since)}{without}{lag}"
    return f"{since}. What is left is drawn from its law, given how long it has lasted."


def own_numbers(yours: Sequence[OwnNumber]) -> list[str]:
    """Numbers that a user has set, a line each: ``Yours: settlement_rate = 0.1: set with --set; baseline has …``."""
    more = len(yours) - MOST_YOURS
    return [
        *(f"Yours: {own.told()}." for own in yours[:MOST_YOURS]),
        *([f"Yours: {more} more."] if more > 0 else []),
    ]


def error_note(summary: Summary) -> str:
    """What stands under every figure: seed, counts, Monte Carlo error (or that of the exact engine)."""
    return _how_good(summary) + set_by_you(summary.yours)


def set_by_you(yours: Sequence[OwnNumber]) -> str:
    """What stands under every figure of numbers that a user has set; empty if there are none."""
    more = len(yours) - MOST_YOURS
    shown = [
        *(own.said for own in yours[:MOST_YOURS]),
        *([f"{more} more"] if more > 0 else []),
    ]
    return f" Yours, set by whoever ran this: {listed(shown)}." if yours else ""


MOST_YOURS = 4


def _how_good(summary: Summary) -> str:
    entries = [entry for m in summary.milestones.values() for entry in m.by]
    worst = max(entries, key=lambda entry: entry.mc_error)
    if summary.exact is not None:
        return (
            f"Seed {summary.seed}; {counts(summary)}; error from the drawing of worlds at most "
            f"{points(worst.mc_error)} percentage points, any other less than "
            f"{number(100 * max(summary.exact.error_bound, LEAST_ERROR), 1)}."
        )
    doubted = "NOT RELIABLE (tilted too strongly). " if tilt_doubts(summary) else ""
    return (
        f"{doubted}Seed {summary.seed}; {counts(summary)}; Monte Carlo error at most {points(worst.mc_error)} "
        "percentage points."
    )


def counts(summary: Summary) -> str:
    """``200,000 trajectories in 1,000 worlds``, or ``1,000 worlds solved without sampling``."""
    worlds = counted(summary.worlds, "world")
    if summary.exact is not None:
        return f"{worlds} solved without sampling ({summary.exact.joint_states:,} joint states)"
    if summary.tilt is not None:
        return (
            f"{counted(summary.trajectories, 'trajectory')} in {worlds}, weighed for tilted rates "
            f"({listed(summary.tilt.least_rates)})"
        )
    return f"{counted(summary.trajectories, 'trajectory')} in {worlds}"


def blocking(summary: Summary, step: str, names: Names) -> str:
    """``Spain blocks 72 of 100 meetings …`` for the four voters who block most, then what else the step waits for."""
    every, awaited = blockers_table(summary, step), summary.blockers[step].awaited
    table = [row for row in every if row.code not in awaited]
    cases = independent(summary.trajectories, summary.worlds)
    said = [f"{names.get(row.code, row.code)} ({chance(row.all, cases)})" for row in table[:4]]
    meetings = sum(entry.meetings for entry in summary.blockers[step].by_year)
    first = (
        f"At the meetings to {day(summary.horizon)} that have {the_step(step)} on the table "
        f"({meetings:,} in all trajectories together), these block most often (several may block one): "
        f"{listed(said)}.{_apart({row.code: row.all for row in table}, cases, names)}"
    )
    others = table[4:]
    if others:
        most = names.get(others[0].code, others[0].code)
        first += (
            f" {len(others)} more block now and then, {most} most often of them ({chance(others[0].all, cases)})."
            if len(others) > 1
            else f" {most} blocks now and then ({chance(others[0].all, cases)})."
        )
    waits = [row for row in every if row.code in awaited]
    return first + "".join(
        f" Whoever blocks, at {chance(row.all, cases)} of these meetings {awaited[row.code]} is not met."
        for row in waits
    )


def stuck(summary: Summary, step: str, names: Names) -> str:
    """Who blocked at the last meeting, in the futures that end before this step; empty if nobody did."""
    told = summary.blockers[step]
    shares, count = list(told.at_last_meeting.items())[:4], told.stuck
    if not shares or not count:
        return ""
    cases = independent(count, summary.worlds)
    said = listed([f"{names.get(code, code)} ({chance(share, cases)})" for code, share in shares])
    of = summary.trajectories
    return (
        f"{_capital(futures(count / of, of))} end just before this step. Who blocked it at its last "
        f"meeting, as shares of these futures (in some it never came to a meeting, in others several block): {said}."
        f"{_apart(told.at_last_meeting, cases, names)}"
    )


def losses(summary: Summary) -> list[dict[str, str]]:
    """Row by row of the ladder: step, reached of 100, share of those who came so far, how it was taken."""
    rows, of = [], summary.trajectories
    for row in ladder_table(summary):
        came = row.before * of
        rows.append({
            "step": step_name(row.step),
            "before": "all" if row.before == 1.0 else chance(row.before, of),
            "reached": chance(row.reached, of),
            "onward": chance(row.reached / row.before, round(came)) if came else "nobody came so far",
            **{how: chance(share, of) if share else "–" for how, share in row.how().items()},
        })  # fmt: skip
    return rows


def ladder_sentence(summary: Summary) -> str:
    """The step at which most of those who reach it fall away."""
    rows = [row for row in ladder_table(summary) if row.before > 0]
    row = min(rows, key=lambda row: row.reached / row.before)
    of = summary.trajectories
    came = "of all futures" if row.before == 1.0 else "of the futures that come to it"
    start = f"The steepest step is {the_step(row.step)}: {came}"
    share = chance(row.reached / row.before, round(row.before * of))
    return f"{start}, {share} get past it by {day(summary.horizon)}."


def last_sentence(summary: Summary, key: str, names: Names) -> str:
    """Who is last, and on how many trajectories that rests."""
    known = last_ones(summary, key).trajectories
    what = {
        "last_to_move": "the last decision of the ladder is passed at a meeting after somebody has moved",
        "last_to_ratify": "ratification is completed",
    }[key]
    share = chance(known / summary.trajectories, summary.trajectories)
    if not known:
        return f"In none of the {summary.trajectories:,} trajectories {what} by {day(summary.horizon)}."
    shares, cases = last_ones(summary, key).share, independent(known, summary.worlds)
    first = leaders(shares, cases)
    each = [(names.get(code, code), chance(shares[code], cases)) for code in first]
    if not each:
        rank = "no one stands out as the last."
    elif len(each) == 1:
        rank = f"{each[0][0]} is most often the last ({each[0][1]} of them)."
    else:
        said = listed([f"{name} ({share} of them)" for name, share in each])
        rank = f"{said} are most often the last, and cannot be told apart."
    return (
        f"By {day(summary.horizon)} {what} in {share} of futures ({known:,} trajectories). In those, {rank}"
    )


def _apart(shares: Mapping[str, float], cases: int, names: Names) -> str:
    """That the first of a list are not in an order that the sample can tell; empty if they are."""
    first = leaders(shares, cases)
    if len(first) == 1:
        return ""
    if not first:
        return " No one stands out: their order may be chance."
    return f" {listed([names.get(str(code), str(code)) for code in first])} cannot be told apart."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def weak_row(row: Mapping[str, str | int]) -> dict[str, str]:
    """A row of low confidence: where it stands, what it says, why it is weak."""
    skipped = {"table", "row", "source", "confidence", "note"}
    said = ", ".join(f"{plain(key)} {value}" for key, value in row.items() if key not in skipped)
    return {
        "where": f"{row['table']}.csv, row {row['row']}",
        "said": said,
        "note": str(row.get("note", "")),
        "source": str(row.get("source", "")),
    }
