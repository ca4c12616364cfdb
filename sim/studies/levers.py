"""What each choice is worth: levers pulled one by one and together, with the same luck as without.

Levers are the changes of stance of voters who start below what decisions need, and what the scenario itself says that
somebody could choose. A voter's change sets its stance on the day to the highest one, whatever its law says of never
moving, and leaves its objections and all else alone. What it is worth is a difference of probabilities of this model.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import date
from itertools import combinations
from pathlib import Path

from sim.base.dates import report_dates
from sim.base.errors import OptionError, choice
from sim.base.progress import Progress, silent
from sim.base.reading import within_horizon
from sim.base.records import plain
from sim.estimates.paired import Counts, Curve, combined, dated, moved
from sim.estimates.rankings import first_ones
from sim.facts.read import load_facts
from sim.model.model import Model
from sim.results.files import write_csv, write_json
from sim.results.folder import whole_folder
from sim.results.manifest import Subject, manifest
from sim.scenario.load import Scenario
from sim.studies.lever_answer import COLUMNS, FILE, SCHEMA, LeversAnswer, LeverTold, Pulled, Worth
from sim.studies.lever_points import holdouts, lever_points, next_meeting, top_stance, voter_point
from sim.studies.named import TitledScenario, subject
from sim.studies.options import Sampling
from sim.studies.points import NOTHING, Point, Points
from sim.studies.prepare import Prepared, check_trajectories, prepare
from sim.studies.together import counted

TRAJECTORIES = 20_000
"""Of each run, if not said: differences under common luck need fewer than probabilities."""
ALL_SETS = 6
"""Levers of which every set is tried; of more, each alone, every pair, and all."""
MOST = 40
"""Levers."""
Figures = Callable[[Path, LeversAnswer], None]
Set = tuple[str, ...]


def levers(
    scenario: str | Path | Scenario,
    options: Sampling | None = None,
    on: date | None = None,
    step: str | None = None,
    by: date | None = None,
    names: Sequence[str] = (),
    out: Path | None = None,
    progress: Progress = silent,
    figures: Figures | None = None,
    answered: Callable[[LeversAnswer], None] | None = None,
) -> LeversAnswer:
    """Pulls levers one by one, in pairs and together, and says how far each moves every step.

    :param on: the day for levers without one of their own; the next date of the first meeting's calendar if not given.
    :param step: the step looked at first, the last if not given; :param by: the date, the horizon if not given.
    :param names: codes of voters and names of levers, of which all sets are then tried; all of them if not given.
    :param out: a folder for the files, written whole or not at all.
    :param progress: told 1 for each run that is done.
    :param figures: writes more into the folder; :param answered: told the answer before files are written.
    :raises AccessionError: bad input (exit code 2) or files that cannot be written (1).
    """
    options = Sampling(trajectories=TRAJECTORIES) if options is None else options
    base = prepare(scenario, options.worlds, options.seed, options.overrides)
    day, day_is = _day(base, on)
    found, points = _levers(base, day)
    _check_names(names, points)
    step, dates, by = _looked_at(base.model, step, by)
    if on is not None and on > by:
        raise OptionError(f"<on> {on}: is after <by>; allowed: {base.model.start} to {by}")
    sets, apart = sets_of(found, points, names)
    check_trajectories(options.most, len(base.worlds))
    ready = Points(base)
    for name in dict.fromkeys(name for one in sets for name in one):
        ready.ready(points[name])  # one that cannot be pulled costs no time
    of = _subject(base.loaded, day, names)
    with whole_folder(out, of) if out is not None else nullcontext() as folder:
        without = counted(base, dates, options.most, options.threads)
        progress(1)
        runs: dict[Set, Counts] = {}
        for one in sets:
            point = NOTHING
            for name in one:
                point = point.with_(points[name])
            runs[one] = counted(ready.ready(point), dates, options.most, options.threads)
            progress(1)
        used = {name for one in sets for name in one}
        made = LeversAnswer(
            schema=SCHEMA, scenario=TitledScenario.of(base.model), seed=base.seed, trajectories=options.most,
            worlds=len(base.worlds), start=base.model.start, horizon=base.model.horizon, on=day, on_is=day_is,
            stance=top_stance(base), step=step, by=by,
            levers=tuple(lever for lever in found if lever.name in used),
            without=dated(without, dates),
            pulled=tuple(_pulled(one, runs, without, dates) for one in sets),
            most=_most(runs, without, step, dates.index(by)),
            most_voters=_most(runs, without, step, dates.index(by), {told.name for told in found if told.voter}),
            not_together=tuple(apart),
        )  # fmt: skip
        if answered is not None:
            answered(made)
        if folder is not None:
            _write(folder, made, base)
            if figures is not None:
                figures(folder, made)
    return made


def runs_of(scenario: Scenario, names: Sequence[str], on: date | None, seed: int) -> int:
    """How many runs there will be, for who shows how far it has come."""
    base = prepare(scenario, None, seed)
    found, points = _levers(base, _day(base, on)[0])
    _check_names(names, points)
    return 1 + len(sets_of(found, points, names)[0])


# --- what is pulled -------------------------------------------------------------------------------------


def _day(base: Prepared, on: date | None) -> tuple[date, str]:
    model = base.model
    if on is not None:
        if not model.start <= on <= model.horizon:
            raise OptionError(f"<on> {on}: allowed: {model.start} to {model.horizon}")
        return on, "chosen"
    found = next_meeting(base.loaded.content)
    return (model.start, "the start") if found is None else (found[0], f"the next date of {found[1]}")


def _levers(base: Prepared, on: date) -> tuple[list[LeverTold], dict[str, Point]]:
    """Every lever of a scenario, voters first, and what it changes.

    :raises OptionError: there is none, or too many.
    """
    content, top, facts = base.loaded.content, top_stance(base), load_facts()
    points = {code: voter_point(code, top, on, content) for code in holdouts(base)}
    told = [
        LeverTold(c, f"{facts.country_name(c)}: {top}", True, point.said()) for c, point in points.items()
    ]
    for name, point in lever_points(content, on).items():
        points[name] = point
        told.append(LeverTold(name, content.levers[name].title or name, False, point.said()))
    if not told:
        raise OptionError(
            f"{base.loaded.name}: nobody starts below what a decision needs, and the scenario names no "
            "levers; allowed: a scenario with holdouts, or with 'levers: {name: {events: […]}}'"
        )
    if len(told) > MOST:
        raise OptionError(f"<lever>: there are {len(told)}; allowed: at most {MOST} at a time, by <lever>")
    return told, points


def _check_names(names: Sequence[str], points: Mapping[str, Point]) -> None:
    for name in names:
        if name not in points:
            raise OptionError(f"<lever> {name}: not a lever here; {choice(name, points)}")
        if list(names).count(name) > 1:
            raise OptionError(f"<lever> {name}: given twice; allowed: each once")


def _looked_at(model: Model, step: str | None, by: date | None) -> tuple[str, list[date], date]:
    """The step, the dates that are reported, and the date among them that is looked at."""
    if step is not None and step not in model.step_names:
        raise OptionError(f"<step> {step}: not a step; {choice(step, model.step_names)}")
    by = model.horizon if by is None else within_horizon(by, model.horizon)
    if not model.start < by <= model.horizon:
        raise OptionError(f"<by> {by}: allowed: after {model.start}, up to {model.horizon}")
    return step or model.step_names[-1], sorted({*report_dates(model.start, model.horizon), by}), by


def sets_of(
    found: Sequence[LeverTold], points: Mapping[str, Point], names: Sequence[str] = ()
) -> tuple[list[Set], list[tuple[str, str]]]:
    """Which levers are pulled together, one alone first; and the pairs that cannot be.

    Of named ones all sets. Else all sets of voters; each other lever alone, in pairs, and beside all voters.
    """
    voters = tuple(lever.name for lever in found if lever.voter)
    others = tuple(lever.name for lever in found if not lever.voter)
    if names:
        wanted = list(_sets(tuple(lever.name for lever in found if lever.name in names)))
    else:
        pairs = [*_sets(others)] if len(others) <= 2 else [*combinations(others, 1), *combinations(others, 2)]
        wanted = [*_sets(voters), *pairs, *((*voters, one) for one in others if voters)]
        wanted += [(*voters, *others)] if voters and len(others) > 1 else []
    pairs_of = list(combinations([lever.name for lever in found], 2))
    apart = [pair for pair in pairs_of if _contradict(points[pair[0]], points[pair[1]])]
    kept = [one for one in wanted if not any(set(pair) <= set(one) for pair in apart)]
    used = {name for one in wanted for name in one}
    return kept, [pair for pair in apart if set(pair) <= used]


def _sets(names: Set) -> Iterator[Set]:
    """Every set of them, or of many each alone, every pair, and all."""
    sizes = range(1, len(names) + 1) if len(names) <= ALL_SETS else (1, 2, len(names))
    for size in sizes:
        yield from combinations(names, size)


def _contradict(one: Point, other: Point) -> bool:
    """Whether they set a chain to two states on one day, or a number to two values."""
    states: dict[tuple[str, date | None], str] = {}
    for point in (one, other):
        for name, day in point.events.items():
            chain, _, state = name.partition("=")
            if states.setdefault((chain, day), state) != state:
                return True
    return any(other.numbers.get(name, value) != value for name, value in one.numbers.items())


# --- what it is worth -----------------------------------------------------------------------------------


def _pulled(one: Set, runs: Mapping[Set, Counts], without: Counts, dates: Sequence[date]) -> Pulled:
    counts = runs[one]
    steps = {}
    for step in without.steps:
        beyond: Sequence[tuple[float | None, float | None]] = [(None, None)] * len(dates)
        if len(one) > 1:
            parts = [(-1.0, runs[(name,)]) for name in one]
            beyond = combined([(1.0, counts), *parts, (len(one) - 1.0, without)], step)
        steps[step] = Curve(
            tuple(
                Worth(
                    day,
                    m.share.probability,
                    m.share.credible_90,
                    m.share.mc_error,
                    m.difference,
                    m.error,
                    *more,
                )
                for day, m, more in zip(dates, moved(without, counts, step), beyond, strict=True)
            )
        )
    return Pulled(one, steps)


def _most(
    runs: Mapping[Set, Counts], without: Counts, step: str, d: int, among: Collection[str] | None = None
) -> tuple[str, ...]:
    """The single lever that is worth most for a step by date number d, and those that cannot be told from it."""
    alone = {
        one[0]: counts for one, counts in runs.items() if len(one) == 1 and (among is None or one[0] in among)
    }
    worth = {name: moved(without, counts, step)[d].difference for name, counts in alone.items()}

    def apart(one: str, other: str) -> tuple[float, float]:
        return combined([(1.0, alone[one]), (-1.0, alone[other])], step)[d]

    return tuple(first_ones(worth, apart)) if len(worth) > 1 else ()


# --- files ----------------------------------------------------------------------------------------------


def _subject(loaded: Scenario, on: date, names: Sequence[str]) -> Subject:
    of = subject("levers", [loaded])
    chosen = {"lever": ",".join(names)} if names else {}
    return replace(of, changed={**of.changed, "on": on.isoformat(), **chosen})


def _write(folder: Path, made: LeversAnswer, base: Prepared) -> None:
    write_json(folder / FILE, plain(made))
    write_csv(folder / "levers.csv", COLUMNS, made.rows())
    common = vars(manifest(base.model, made.seed, load_facts().digest, "montecarlo"))
    write_json(folder / "manifest.json", {
        **{name: value for name, value in common.items() if name != "keep"},
        "trajectories": made.trajectories,
        "worlds": made.worlds,
        "on": made.on.isoformat(),
    })  # fmt: skip
