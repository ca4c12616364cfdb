"""The facts as they stood on a day: what a forecast made on that day may know.

One rule for each seed table (:data:`RULES`) says which column dates a row, which later dates are blanked,
and what is blanked together with them. A row counts as known once the *last* day that its date can mean has
passed. Text that somebody wrote afterwards (``note`` everywhere, how an episode ended) goes, and so do rows
without a date. What is blanked is blanked alike whether the later date is there, wrong or missing: a fact
dated after the day cannot change a single byte of what comes out.

What leaks all the same, because no date can stop it:

- what was collected at all: rows are there because somebody found them worth a row in 2026, and sources and
  their ``confidence`` are of 2026;
- coding done afterwards: the ``kind`` and ``decision`` of a block, which disputes are in ``settlements`` and
  how like this one they are, the ``direction`` of a piece of evidence, the ``share`` of a spell in
  ``covariates``;
- numbers of today without a date: population, whether an ally is in the European Union, ISO codes;
- everything that is *judged* in a fit or a scenario: priors, laws and the form of the model were chosen by
  people who knew what happened. The scorecard says so beside every table.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from sim.base.errors import FactsError
from sim.facts.cells import bounds
from sim.facts.read import Facts, Row

FACTS_UNTIL = date(2026, 7, 1)
"""The state of the material in ``seeds/`` is the middle of 2026: what is open then is censored, and what was
last seen open before is censored there (``history.record.followed``)."""


@dataclass(frozen=True)
class FrozenFacts(Facts):
    """Facts as of ``until``; what is still open is followed up to then."""

    until: date


def until(facts: Facts) -> date:
    """The day up to which facts are followed: their own if they are frozen, else :data:`FACTS_UNTIL`."""
    return facts.until if isinstance(facts, FrozenFacts) else FACTS_UNTIL


@dataclass(frozen=True)
class Rule:
    """How one table looks on a day.

    ``dated`` is the column that dates a row (None: the table has no dates and stays). ``later`` maps a column
    with a later date to the columns that are blanked together with it when it lies after the day (or is not
    there). ``fill`` gives what takes the place of a blanked cell that must not be empty. ``drop`` are columns
    that are always blanked.
    """

    dated: str | None
    later: Mapping[str, tuple[str, ...]]
    drop: tuple[str, ...] = ("note",)
    fill: Mapping[str, str] | None = None
    keep: Callable[[Row], bool] = lambda row: True


_HELD = Rule("date", {}, keep=lambda row: row["status"] == "held")

RULES: dict[str, Rule] = {
    "countries": Rule(None, {}),
    "members": Rule(
        "joined", {"left": (), "recognised_kosovo": (), "last_election": (), "next_election": ()}
    ),
    "memberships": Rule("joined", {"left": ()}),
    "eu_steps": Rule("date", {}),
    "eu_ratifications": Rule("signed", {"deposited": ()}),
    "council_of_europe_steps": Rule("date", {}),
    # what was expected or the last lawful day was written down in 2026
    "elections": _HELD,
    "council_meetings": Rule("date", {}),
    "holdout_evidence": Rule("date", {}),
    "kosovo_facts": Rule("date", {}),
    "recognitions": Rule("recognised", {"withdrawn": ()}),
    "milestones": Rule("date", {}),
    "protocols": Rule("signed", {"entry_into_force": (), "acceded": ()}),
    "ratifications": Rule("signed", {"approved": (), "deposited": (), "not_before": (), "not_after": ()}),
    "blocks": Rule("start", {"end": ("resolved_by",), "last_seen": ()}),
    "settlements": Rule(
        "start", {"talks": (), "end": ("kind_of_end",), "last_seen": ()}, fill={"kind_of_end": "open"}
    ),
    "partnership_entries": Rule(
        "eligible_from",
        {
            "wished": (), "decided": (), "entered": (), "last_seen": (), "blocked_until": (),
            "blocked_from": ("blocked_by", "kind", "blocked_until"),
        },
        drop=("note", "reason"),
    ),
    "votes": Rule("date", {}),
    "covariates": Rule("start", {"end": ()}),
    "normalisations": Rule("agreed", {"recognised": (), "last_seen": ()}),
    "applications_consensus_orgs": Rule(
        "applied",
        {
            "decided": (
                "outcome", "votes_for", "votes_against", "abstentions",
                "vote_GRC", "vote_ROU", "vote_SVK", "vote_ESP",
            )
        },
        fill={"outcome": "pending"},
    ),
}  # fmt: skip


def known(text: str, day: date) -> bool:
    """Whether a full or partial date has passed for certain; an empty one has not."""
    return bool(text) and bounds(text).last <= day


def _row(row: Row, rule: Rule, day: date) -> Row | None:
    """The row as of a day, or None if it was not there yet."""
    if rule.dated is not None and not (known(row[rule.dated], day) and rule.keep(row)):
        return None
    cells = dict(row)
    for column in rule.drop:
        cells[column] = ""
    for column, with_it in rule.later.items():
        if not known(row[column], day):
            for blanked in (column, *with_it):
                cells[blanked] = (rule.fill or {}).get(blanked, "")
    return Row(row.file, 0, cells)


def _table(name: str, rows: tuple[Row, ...], day: date) -> tuple[Row, ...]:
    rule = RULES.get(name)
    if rule is None:
        raise FactsError(f"{name}.csv", None, None, f"has no rule of freezing; allowed: {', '.join(RULES)}.")
    return tuple(kept for row in rows if (kept := _row(row, rule, day)) is not None)


def frozen(facts: Facts, day: date) -> FrozenFacts:
    """What the facts were at the end of ``day``.

    Row numbers are gone (0), for a row that came later must not move them. The digest is that of the frozen
    cells, so two sets of facts that differ only after the day have the same.

    :raises FactsError: a table without a rule.
    """
    tables = {name: _table(name, facts.tables[name], day) for name in sorted(facts.tables)}
    there = {row["iso3"]: row for row in tables["members"]}
    members = tuple(
        replace(
            member,
            left=member.left if there[member.iso3]["left"] else None,
            recognised=member.recognised if there[member.iso3]["recognised_kosovo"] else None,
        )
        for member in facts.members
        if member.iso3 in there
    )
    content = json.dumps({name: [dict(row) for row in rows] for name, rows in tables.items()}, sort_keys=True)
    digest = hashlib.sha256(content.encode()).hexdigest()
    return FrozenFacts(members, tables, digest, facts.countries, day)


def without(facts: Facts, leaves: Callable[[str, Row], bool]) -> Facts:
    """Facts without the rows for which ``leaves(table, row)`` is true (a wave, a decision, a country).

    The day up to which they are followed stays. Members stay in ``members`` and its table: who is an ally on
    a day is asked of them, and leaving out a wave's protocol must not change who ratifies another one.
    """
    tables = {
        name: tuple(row for row in rows if name == "members" or not leaves(name, row))
        for name, rows in facts.tables.items()
    }
    return replace(facts, tables=tables)


def day_after(day: date, years: int) -> date:
    """The same calendar day some years later (28 February for a leap day)."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
