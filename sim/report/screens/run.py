"""The answer of a run in at most one screen, 80 columns wide."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sim.base.words import brief, chance, chance_range, counted, listed, number, of_hundred, substitute_for
from sim.estimates.precision import Stopped, rounded_up
from sim.estimates.rankings import independent, leaders
from sim.estimates.summary import Blockers, Estimate, LastOnes, Milestone, StructureEnd, Summary
from sim.estimates.weighed import Tilted
from sim.report import came_before
from sim.report.prose import remarks, tilt_doubts
from sim.report.screens.wrapping import WIDTH, wrapped
from sim.report.tables import without_steps_behind
from sim.studies.variants_answer import Variants

HORIZONS = (5, 10, 20)
"""Years after the start that the screen shows, besides the horizon."""
LAST_NAMED = 4
OR = " or "
"""Between those of the first who cannot be told apart."""
MANY = 400
"""Independent cases from which the error of any share is 2.5 percentage points or less."""


def screen(summary: Summary) -> str:
    """The answer of a run in at most one screen."""
    scenario = summary.scenario
    last = _first(summary).by[-1]
    band = ", with the 90 % credible interval of that probability" if last.credible_90 else ""
    who = [
        *_blockers(summary),
        *_last(summary, summary.last_to_move, "Last to move"),
        *_last(summary, summary.last_to_ratify, "Last to ratify"),
    ]
    lines = [
        f"{scenario.title} ({scenario.name}), from {summary.start}",
        *_made(summary),
        "",
        *[line for doubt in tilt_doubts(summary) for line in (doubt, "")],
        f"Probability by date{band}:",
        *_table(summary),
        *_substitutes(summary),
        *remarks(summary),
        *came_before.line(summary),
        "",
        *who,
        *_legend(summary, who),
    ]
    if summary.tilt is not None:
        lines += _tilted(summary, summary.tilt)
    elif last.credible_90 is None and summary.worlds > 1:
        lines.append("No interval: fewer than 10 trajectories for each world (more --trajectories give one).")
    if summary.precision is not None:
        lines += _stopped(summary.precision, summary.trajectories, summary.worlds)
    return "\n".join(part for line in lines for part in wrapped(line) or [""]).rstrip()


def _first(summary: Summary) -> Milestone:
    return next(iter(summary.milestones.values()))


def _made(summary: Summary) -> list[str]:
    """How many trajectories and worlds; of the exact engine, how large the model and the error are."""
    worlds, exact = counted(summary.worlds, "world"), summary.exact
    if exact is None:
        return [f"{counted(summary.trajectories, 'trajectory')} in {worlds}, seed {summary.seed}"]
    return [
        f"{worlds} solved exactly (no trajectories), seed {summary.seed}:",
        f"{exact.joint_states:,} joint states, error below {max(exact.error_bound, 1e-12):.0e}",
    ]


# --- by date --------------------------------------------------------------------------------------------


def _columns(summary: Summary) -> list[int]:
    """Positions in ``by`` that are shown."""
    by = _first(summary).by
    wanted = {date(summary.start.year + years, 12, 31) for years in HORIZONS}
    return [i for i, entry in enumerate(by) if entry.date in wanted or i == len(by) - 1]


def _table(summary: Summary) -> list[str]:
    """A row for each step that lay ahead; the first dates are left out if they do not fit."""
    milestones, shown = without_steps_behind(summary).milestones, _columns(summary)
    names, of = ["", *milestones], summary.trajectories
    columns = [
        [_first(summary).by[i].date.isoformat(), *(_cell(m.by[i], of) for m in milestones.values())]
        for i in shown
    ]
    while len(columns) > 1 and len(_rows(names, columns)[0]) > WIDTH:
        del columns[0]
    return [row.rstrip() for row in _rows(names, columns)]


def _substitutes(summary: Summary) -> list[str]:
    """What the table does not count: substitutes in place of steps, by the same dates."""
    return [
        f"Beside it, {substitute_for(step)}, not counted as the step: "
        + ", ".join(
            f"{brief(milestone.by[i].probability, summary.trajectories, milestone.by[i].mc_error)} by "
            f"{milestone.by[i].date}"
            for i in _columns(summary)
        )
        + "."
        for step, milestone in without_steps_behind(summary).substitutes.items()
    ]


def _rows(names: list[str], columns: list[list[str]]) -> list[str]:
    """Columns side by side, as wide as they must be, two spaces apart."""
    padded = [[f"{cell:<{max(map(len, column))}}" for cell in column] for column in (names, *columns)]
    return ["  " + "  ".join(cells) for cells in zip(*padded, strict=True)]


def _cell(entry: Estimate, of: int) -> str:
    """``16 % (1 to 46)``"""
    shown = brief(entry.probability, of, entry.mc_error)
    if not entry.credible_90:
        return shown
    return f"{shown} ({chance_range(*entry.credible_90, entry.credible_error)[:-2]})"


# --- who ------------------------------------------------------------------------------------------------


def _blockers(summary: Summary) -> list[str]:
    """Who blocked each step at its last meeting, in the trajectories that get no further."""
    of = summary.trajectories
    told = [
        f"Blocks {step} ({chance(found.stuck / of, of)} end before it): "
        f"{_named(_called(found), found.stuck, summary.worlds)}"
        for step, found in summary.blockers.items()
        if found.at_last_meeting and found.by_year
    ]
    return told


def _called(found: Blockers) -> dict[str, float]:
    """Who blocked at the last meeting: codes of voters, and what was waited for in words."""
    return {found.awaited.get(name, name): share for name, share in found.at_last_meeting.items()}


def _last(summary: Summary, known: LastOnes, label: str) -> list[str]:
    if not known.trajectories:
        return []
    there = chance(known.trajectories / summary.trajectories, summary.trajectories)
    return [f"{label} ({there} get there): {_named(known.share, known.trajectories, summary.worlds)}"]


def _legend(summary: Summary, told: list[str]) -> list[str]:
    """How the lines on who blocks and who is last are to be read."""
    overlap = any(sum(found.at_last_meeting.values()) > 1 for found in summary.blockers.values())
    said = ["shares of blockers overlap"] if told and overlap else []
    if any(OR in line for line in told):
        said.append("“or”: who comes first cannot be told")
    line = "; ".join(said)
    return [f"{line[:1].upper()}{line[1:]}."] if line else []


def _named(shares: Mapping[str, float], of: int, worlds: int) -> str:
    """The most frequent, as shares of so many trajectories, and whether any of them stands out."""
    cases = independent(of, worlds)
    first = leaders(shares, cases)
    top = list(shares.items())[:LAST_NAMED]
    named = ", ".join(f"{code} {of_hundred(share, cases)} %" for code, share in top)
    if not first:
        # a list in order would be read as a ranking where not even the shares are known to the unit
        return (
            f"no one stands out ({named})" if cases >= MANY else f"no one stands out in {of:,} trajectories"
        )
    return named.replace(", ", OR, len(first) - 1)


# --- how good it is -------------------------------------------------------------------------------------


def _tilted(summary: Summary, tilt: Tilted) -> list[str]:
    """What was tilted, and how good the estimates are."""
    lines = [
        f"Tilted: {', '.join(tilt.least_rates)} a year at least; mean weight {tilt.mean_weight:.3g} "
        f"(1 is expected; standard error {tilt.mean_weight_error:.2g}).",
        tilt.left_out,
    ]
    step, milestone = list(summary.milestones.items())[-1]
    for entry in (milestone.by[i] for i in _columns(summary)):
        if entry.probability > 0:
            share = number(100 * entry.mc_error / entry.probability)
            lines.append(
                f"{step} by {entry.date}: {entry.probability:.3g}, Monte Carlo error {share} % of it"
            )
    return lines


def _stopped(found: Stopped, trajectories: int, worlds: int) -> list[str]:
    """Whether the precision that was asked for is reached, and what would do."""
    asked, error = number(100 * found.asked), number(100 * found.mc_error)
    reached = f"Monte Carlo error by the horizon: at most {error} percentage points ({found.step}); asked for: {asked}."
    if found.stopped == "reached":
        return [f"{reached} Reached."]
    need = found.worlds_needed
    if need is not None:
        in_all = rounded_up(need * trajectories / worlds)
        would = f"about {need:,} worlds would do (--worlds {need} --trajectories {in_all})."
    else:
        would = f"about {found.trajectories_needed:,} trajectories would do."
    why = {
        "worlds": "Stopped: only more worlds would help, since nearly all of it comes from their drawing;",
        "trajectories": "Stopped: --trajectories allows no more;",
    }[found.stopped]
    return [reached, f"{why} {would}"]


def moved(variants: Variants) -> str:
    """How far the first and the last step move between the structural variants, by the horizon."""
    done, left = variants.variants, variants.not_run
    missing = f"Not run: {listed([entry.name for entry in left])} (variants.json says why)." if left else ""
    if not done:
        return "\n".join(wrapped(f"No structural variant can be laid over this scenario. {missing}"))
    steps = list(variants.run.milestones)
    said = []
    for step in dict.fromkeys([steps[0], steps[-1]]):
        ends = [entry.milestones[step].by[-1].probability for entry in done]
        said.append(f"{step} {chance_range(min(ends), max(ends))}")
    head = f"Under {len(done)} structural variants, by {variants.run.milestones[steps[0]].by[-1].date}"
    return "\n".join([*wrapped(f"{head}: {', '.join(said)}. {missing}"), *_together(variants)])


def _together(variants: Variants) -> list[str]:
    """How far combinations of variants lead by the horizon, with those at the ends named."""
    if variants.combined is None:
        return []
    last = variants.run.milestones[next(iter(variants.run.milestones))].by[-1].date
    found = [moves for moves in variants.combined.ranges if moves.date == last]
    said = [f"{moves.step} {_end(moves.low)} to {_end(moves.high)}" for moves in found]
    head = f"Under {found[0].combinations} combinations of them"
    return wrapped(f"{head}: {'; '.join(said)}. No credible interval covers this.")


def _end(end: StructureEnd) -> str:
    """``13 % (similar-disputes + recognition-from-map)``"""
    names = " + ".join(name.removeprefix("variant-") for name in end.variants)
    return f"{chance(end.probability, None, end.mc_error)} ({names or 'this run'})"
