"""The public log: short, dated forecasts that can be resolved, written before the day and never changed.

The log is a CSV file to which rows are only ever added. Each row carries a digest of everything above it, so
a row that was altered, moved or removed later shows; of the last rows ``log_end`` tells. A forecast whose question
does not say what was forecast is closed by a further row (``closing``), and not scored. Questions are data
(:func:`questions`): an entry of a scenario and a day. The project's own log is ``docs/forecast-log.csv``.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import astuple, dataclass, fields, replace
from datetime import date
from hashlib import sha256
from io import StringIO
from math import log
from pathlib import Path

import numpy as np

from sim.base.dates import years_between
from sim.base.errors import ModelError, RunError
from sim.base.files import write_whole
from sim.base.tables import Rows, Unreadable, parsed, whole_file
from sim.estimates.intervals import ShareEstimate, summarise_share
from sim.estimates.outcomes import Outcomes
from sim.history.log_end import check_end, write_end
from sim.model.model import Model
from sim.studies.prepare import Prepared, paths_of, prepare

SCENARIO = "status-quo"
COUNCIL_OF_EUROPE = "council-of-europe"
WITH_FILING = "variant-filing-needed"
"""The scenario that knows of a filing."""
TRAJECTORIES = 200_000
FIRST = "-"
"""``above`` of the first row."""
CLOSES = "closes"
"""In the column ``scenario``, where there is no probability: the row closes the forecast that ``entry`` names, and
``question`` says why."""
LEAST, MOST = 0.001, 0.999
"""A logged probability is never 0 or 1: nothing that can happen is impossible."""
STATUS_QUO = 0.005
""""Nothing changes" says this of every change, in the log score; 0 in the Brier score."""


@dataclass(frozen=True)
class Question:
    """Something that will or will not have happened at the end of a day, as a scenario sees it.

    ``entry`` is a step of the ladder (taken itself), ``substitute for`` a step, a watched entry
    (``settlement=comprehensive``), or ``any`` of several entries joined by ``|``.
    """

    name: str
    text: str
    entry: str
    by: date
    scenario: str = SCENARIO


@dataclass(frozen=True)
class Logged:
    """A row of the log, in the order of its columns and as text: as published is as scored."""

    id: str
    made_on: str
    question: str
    entry: str
    resolves_by: str
    probability: str
    low: str
    """Of the interval that holds 90 %, like ``high``; empty if there is none."""
    high: str
    mc_error: str
    scenario: str
    scenario_digest: str
    seed: str
    trajectories: str
    above: str = ""
    """Digest of everything above it in the file; empty as long as it is in none."""

    @property
    def due(self) -> date:
        """The last day on which it can come true."""
        return date.fromisoformat(self.resolves_by)

    @property
    def closes(self) -> str:
        """The id of the forecast that this row closes; empty if it is a forecast itself."""
        return self.entry if self.scenario == CLOSES and not self.probability else ""


COLUMNS = tuple(each.name for each in fields(Logged))

_HOLDOUTS = "|".join(f"{code}.stance=recognises" for code in ("GRC", "ROU", "SVK", "ESP"))


def questions() -> tuple[Question, ...]:
    """What is asked: the next two summits, and the ends of 2027, 2028 and 2029."""
    summits = (date(2027, 7, 31), date(2028, 7, 31))
    ends = (date(2027, 12, 31), date(2028, 12, 31), date(2029, 12, 31))
    pfp = [Question("pfp", f"Will NATO have offered Kosovo the Partnership for Peace by {d} "
                    "(the summit of that summer included)?", "pfp", d) for d in summits]  # fmt: skip
    recognised = [Question("recognition", "Will Greece, Romania, Slovakia or Spain have recognised Kosovo "
                           f"by {d}?", _HOLDOUTS, d) for d in ends]  # fmt: skip
    settled = [Question("settlement", "Will Serbia and Kosovo have a comprehensive agreement in force "
                        f"by {d}?", "settlement=comprehensive", d) for d in ends]  # fmt: skip
    filed = [Question("application", f"Will Kosovo have filed for the Partnership for Peace by {d}?",
                      "application=filed", d, WITH_FILING) for d in ends[:2]]  # fmt: skip
    admitted = [Question("council-of-europe", "Will Kosovo have been admitted to the Council of Europe "
                         f"by {d}?", "membership", d, COUNCIL_OF_EUROPE) for d in ends]  # fmt: skip
    return (*pfp, *recognised, *settled, *filed, *admitted)


def entry_names(model: Model) -> list[str]:
    """Names of a model's steps, of substitutes for them, and of watched entries."""
    return list(Outcomes.of(model).names)


def forecasts(
    made_on: date, trajectories: int = TRAJECTORIES, worlds: int | None = None, seed: int = 1,
    asked: Sequence[Question] | None = None,
) -> list[Logged]:  # fmt: skip
    """Rows for the log (without ``above``), in the order of the questions; one run of each scenario asked.

    :raises ModelError: a question names an entry that its scenario does not have, or a day outside its run.
    """
    wanted = [q for q in (questions() if asked is None else asked) if q.by > made_on]
    rows: dict[Question, Logged] = {}
    for scenario in dict.fromkeys(q.scenario for q in wanted):
        mine = [q for q in wanted if q.scenario == scenario]
        found = _answers(prepare(scenario, worlds, seed), mine, made_on, trajectories)
        rows |= dict(zip(mine, found, strict=True))
    return [rows[q] for q in wanted]


def _answers(
    prepared: Prepared, wanted: Sequence[Question], made_on: date, trajectories: int
) -> list[Logged]:
    """The rows of some questions to one scenario, from one run of it."""
    outcomes = Outcomes.of(prepared.model)
    names = outcomes.names
    start, horizon, scenario = prepared.model.start, prepared.model.horizon, prepared.loaded.name
    for q in wanted:
        if missing := [part for part in q.entry.split("|") if part not in names]:
            raise ModelError(f"{scenario}: no entry {missing[0]!r}; allowed: {', '.join(names)}")
        if not start < q.by <= horizon:
            raise ModelError(f"{scenario} runs from {start} to {horizon}; {q.by} is not within")
    totals = np.zeros(len(prepared.worlds), np.int64)
    hits = np.zeros((len(wanted), len(prepared.worlds)), np.int64)
    with closing(paths_of(prepared, trajectories)) as blocks:
        for paths in blocks:
            times = outcomes.times(paths)
            totals += np.bincount(paths.world, minlength=len(totals))
            for i, q in enumerate(wanted):
                first = np.min([times[:, names.index(part)] for part in q.entry.split("|")], axis=0)
                by_then = paths.world[first <= years_between(start, q.by)]
                hits[i] += np.bincount(by_then, minlength=len(totals))
    return [
        _row(q, made_on, summarise_share(hits[i], totals), prepared, trajectories)
        for i, q in enumerate(wanted)
    ]


def _row(q: Question, made_on: date, share: ShareEstimate, prepared: Prepared, trajectories: int) -> Logged:

    def text(value: float) -> str:
        return f"{min(max(value, LEAST), MOST):.3f}"

    low, high = map(text, share.credible_90) if share.credible_90 else ("", "")

    return Logged(
        id=f"{made_on}-{q.name}-{q.by}",
        made_on=made_on.isoformat(),
        question=q.text,
        entry=q.entry,
        resolves_by=q.by.isoformat(),
        probability=text(share.probability),
        low=low,
        high=high,
        mc_error=f"{share.mc_error:.4f}",
        scenario=prepared.loaded.name,
        scenario_digest=prepared.loaded.digest,
        seed=str(prepared.seed),
        trajectories=str(trajectories),
    )


# --- the file --------------------------------------------------------------------------------


def _lines(rows: Sequence[Logged]) -> str:
    out = StringIO()
    csv.writer(out, lineterminator="\n").writerows(map(astuple, rows))
    return out.getvalue()


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]


def read_log(file: Path) -> list[Logged]:
    """The rows of a log, each checked against the digest of what stands above it.

    :raises ModelError: the file cannot be read or is no log; names the row.
    :raises RunError: it was altered; names the row.
    """
    rows = _table(file)
    if tuple(rows.header) != COLUMNS:
        raise ModelError(f"{file}: is no forecast log; its first line must be {','.join(COLUMNS)}")
    found: list[Logged] = []
    above = ""
    for number, cells in rows.body:
        row = Logged(*cells)
        if row.above != (_digest(above) if above else FIRST):
            raise RunError(
                f"{file}, row {number}: what stands above it has been altered since it was written"
            )
        _check_row(f"{file}, row {number}", row)
        if row.closes:
            _check_closing(f"{file}, row {number}", row, found)
        found.append(row)
        above += _lines([row])
    check_end(file, [_lines([row]) for row in found], _digest)
    return found


def _check_row(at: str, row: Logged) -> None:
    """:raises ModelError: a day or a probability that is none."""
    for column in ("made_on", "resolves_by"):
        try:
            date.fromisoformat(getattr(row, column))
        except ValueError:
            raise ModelError(f"{at}: {column} {getattr(row, column)!r}; allowed: YYYY-MM-DD") from None
    given = (name for name in ("low", "high") if getattr(row, name))
    for column in () if row.closes else ("probability", *given):
        try:
            fits = 0 < float(getattr(row, column)) < 1
        except ValueError:
            fits = False
        if not fits:
            said = f"{at}: {column} {getattr(row, column)!r}"
            raise ModelError(f"{said}; allowed: a number between 0 and 1, and neither")


def _check_closing(at: str, row: Logged, above: Sequence[Logged]) -> None:
    """:raises ModelError: the row closes no forecast that is open on its day."""
    known = open_forecasts(above)
    if row.closes not in known or known[row.closes].resolves_by < row.made_on:
        raise ModelError(f"{at}: closes {row.closes!r}; allowed: a forecast above it, open on {row.made_on}")


def open_forecasts(rows: Sequence[Logged]) -> dict[str, Logged]:
    """The forecasts that no row closes, by id."""
    closed = {row.closes for row in rows}
    return {row.id: row for row in rows if not row.closes and row.id not in closed}


def _table(file: Path) -> Rows:
    try:
        return parsed(whole_file(file, "a CSV file in UTF-8"))
    except Unreadable as error:
        at = f", row {error.row}" if error.row is not None else ""
        raise ModelError(f"{file}{at}: {error.problem}; allowed: {error.allowed}") from None


def append(file: Path, rows: Sequence[Logged]) -> int:
    """Adds rows to a log (begins it if there is none) and returns how many; what is there is not touched.

    :raises RunError: the log was altered, a row's id is there already, or the file cannot be written.
    """
    there = read_log(file) if file.exists() else []
    if again := {row.id for row in there} & {row.id for row in rows}:
        raise RunError(
            f"{file}: {min(again)} is there already; a forecast is made once a day and never changed"
        )
    above = _lines(there)
    added = ""
    for row in rows:
        added += _lines([replace(row, above=_digest(above + added) if above + added else FIRST)])
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        before = file.read_bytes().decode("utf-8") if file.exists() else ",".join(COLUMNS) + "\n"
        ended = "" if before.endswith("\n") else "\n"  # an editor may have left the last line without an end
        write_whole(file, before + ended + added)
        if file.is_file():
            write_end(file, len(there) + len(rows), _digest(above + added))
    except OSError as error:
        raise RunError(f"{file}: cannot be written: {error.strerror}") from None
    return len(rows)


# --- scoring ---------------------------------------------------------------------------------


def read_outcomes(file: Path) -> dict[str, bool]:
    """Id -> whether it happened, from a CSV file with the columns ``id`` and ``happened`` (yes or no).

    :raises ModelError: the file cannot be read; another word than yes or no, or both of one id.
    """
    rows = _table(file)
    if {"id", "happened"} - set(rows.header):
        raise ModelError(f"{file}, row 1: the columns {', '.join(rows.header[:12])}; allowed: id, happened")
    found: dict[str, bool] = {}
    for number, cells in rows.body:
        row = dict(zip(rows.header, cells, strict=True))
        if row["happened"] not in ("yes", "no") or not row["id"]:
            said = f"{row['happened']!r} for {row['id']!r}"
            raise ModelError(f"{file}, row {number}: {said}; allowed: an id, and yes or no as happened")
        name, happened = str(row["id"]), row["happened"] == "yes"
        if found.setdefault(name, happened) != happened:
            raise ModelError(
                f"{file}, row {number}: {row['happened']} for {name!r}, which an earlier row gives the other outcome; "
                "allowed: one outcome for each id"
            )
    return found


@dataclass(frozen=True)
class Losses:
    """Brier and log score of a forecast, and of "nothing changes"; or means of them, None if nothing is scored."""

    brier: float | None
    brier_nothing_changes: float | None
    log: float | None
    log_nothing_changes: float | None


@dataclass(frozen=True)
class ScoredForecast:
    """A forecast whose outcome is known."""

    id: str
    probability: float
    happened: bool
    brier: float
    brier_nothing_changes: float
    log: float
    log_nothing_changes: float


@dataclass(frozen=True)
class ClosedForecast:
    """A forecast that was closed before its day, and is not scored."""

    id: str
    closed_on: str
    why: str


@dataclass(frozen=True)
class LogScore:
    """What a log comes to on a day. Closed forecasts are left out of all but ``forecasts`` and ``closed``."""

    forecasts: int
    closed: list[ClosedForecast]
    due: int
    scored: int
    due_without_outcome: list[str]
    mean: Losses
    """To six decimals."""
    rows: list[ScoredForecast]


def score_log(rows: Sequence[Logged], outcomes: Mapping[str, bool], today: date) -> LogScore:
    """Scores of the forecasts that are resolved, beside those of "nothing changes".

    A forecast is due when its day has passed; it is scored when its outcome is known (an event that came
    early may be scored before its day; an absence not). What was closed is not scored, whatever its outcome.

    :raises ModelError: an outcome for an id that is not in the log, or an absence before its day.
    """
    by_id = {row.id: row for row in rows if not row.closes}
    for name, happened in outcomes.items():
        if name not in by_id:
            raise ModelError(f"outcome of {name!r}: no such forecast in the log")
        if not happened and by_id[name].due >= today:
            raise ModelError(f"outcome of {name!r}: its day, {by_id[name].resolves_by}, has not passed")
    kept = open_forecasts(rows)
    due = [name for name, row in kept.items() if row.due < today]
    scored = [_scored(kept[name], happened) for name, happened in outcomes.items() if name in kept]
    missing = [name for name in due if name not in outcomes]
    closed = [ClosedForecast(row.closes, row.made_on, row.question) for row in rows if row.closes]
    return LogScore(len(by_id), closed, len(due), len(scored), missing, _means(scored), scored)


def _means(scored: Sequence[ScoredForecast]) -> Losses:
    def mean(values: Sequence[float]) -> float | None:
        return round(sum(values) / len(values), 6) if values else None

    return Losses(
        brier=mean([each.brier for each in scored]),
        brier_nothing_changes=mean([each.brier_nothing_changes for each in scored]),
        log=mean([each.log for each in scored]),
        log_nothing_changes=mean([each.log_nothing_changes for each in scored]),
    )


def _scored(row: Logged, happened: bool) -> ScoredForecast:
    p = float(row.probability)
    return ScoredForecast(
        id=row.id,
        probability=p,
        happened=happened,
        brier=(p - happened) ** 2,
        brier_nothing_changes=float(happened),
        log=-log(p if happened else 1 - p),
        log_nothing_changes=-log(STATUS_QUO if happened else 1 - STATUS_QUO),
    )
