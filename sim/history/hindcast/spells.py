"""Past waiting times, as the simple forecasts learn them: from facts that may be frozen or have a wave left
out.

Countries that began and ended a step together share one decision and count once.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sim.facts.frozen import until
from sim.facts.read import Facts, Row
from sim.history.entries import entries
from sim.history.hindcast.baselines import Spell
from sim.history.record import followed, milestone


@dataclass(frozen=True)
class Accession:
    """Protocols signed on one day that led to membership on one day (None: not yet)."""

    name: str
    invited: date
    signed: date
    acceded: date | None
    candidates: tuple[str, ...]
    protocol: str
    """The first of its protocols."""


def accessions(facts: Facts) -> list[Accession]:
    """In order of signature."""
    found: dict[tuple[str, str], list[Row]] = {}
    for row in facts.tables["protocols"]:
        found.setdefault((row["signed"], row["acceded"]), []).append(row)
    made = []
    for (signed, _), rows in sorted(found.items()):
        year, several = signed[:4], sum(key[0] == signed for key in found) > 1
        name = f"{year} {rows[0]['candidate_name']}" if several else year
        first, codes = rows[0], tuple(row["candidate"] for row in rows)
        invited, signed_on, ended = first.day("invited"), first.day("signed"), first.day_if_any("acceded")
        made.append(Accession(name, invited, signed_on, ended, codes, first["protocol"]))
    return made


def spell(facts: Facts, start: date, end: date | None) -> Spell:
    """One waiting time as known from these facts."""
    return Spell(float(((end or until(facts)) - start).days), end is not None, start.toordinal())


def membership_spells(facts: Facts) -> list[Spell]:
    """Protocol to membership, by wave."""
    return [spell(facts, wave.signed, wave.acceded) for wave in accessions(facts)]


def protocol_spells(facts: Facts) -> list[Spell]:
    """Invitation to protocol, by day of signature."""
    days = {wave.signed: wave.invited for wave in accessions(facts)}
    return [spell(facts, invited, signed) for signed, invited in days.items()]


def approval(row: Row) -> date | None:
    """The day of one capital's approval, or of its deposit where only that is known; None if neither is."""
    for column in ("approved", "deposited"):
        if row[column] and (days := row.days(column)).first == days.last:
            return days.first
    return None


def capital_days(facts: Facts, wave: Accession) -> dict[str, int]:
    """Ally -> days from signature to approval, of those with a known day."""
    rows = [row for row in facts.tables["ratifications"] if row["protocol"] == wave.protocol]
    known = {row["member"]: approval(row) for row in rows}
    return {member: max((day - wave.signed).days, 0) for member, day in known.items() if day is not None}


def capital_spells(facts: Facts) -> list[Spell]:
    """Protocol to approval, by ally and wave."""
    return [
        Spell(float(days), True, wave.signed.toordinal())
        for wave in accessions(facts)
        for days in capital_days(facts, wave).values()
    ]


def step_spells(facts: Facts, since: str, step: str) -> list[Spell]:
    """Between two milestones, one for each pair of days (countries decided together count once), by start."""
    countries = sorted({row["country"] for row in facts.tables["milestones"]})
    pairs: set[tuple[date, date | None]] = set()
    for country in countries:
        start = milestone(facts, country, since)
        if start is not None:
            pairs.add((start, milestone(facts, country, step, after=start)))
    ordered = sorted(pairs, key=lambda pair: (pair[0], pair[1] or date.max))
    return [spell(facts, start, end) for start, end in ordered]


def entry_spells(facts: Facts) -> list[Spell]:
    """Waits for entry into the Partnership, one for each pair of days, by start."""
    pairs = {(entry.start, entry.seen, entry.entered is not None) for entry in entries(facts)}
    return [
        Spell(float((seen - start).days), entered, start.toordinal())
        for start, seen, entered in sorted(pairs)
    ]


@dataclass(frozen=True)
class Block:
    """An episode: rows of one decision together, from the first start to the last end.

    ``seen`` is that end, or the last day on which one of the rows without an end was seen to go on.
    """

    decision: str
    kind: str
    gate: str
    start: date
    end: date | None
    seen: date

    @property
    def spell(self) -> Spell:
        """Its length."""
        return Spell(float((self.seen - self.start).days), self.end is not None, self.start.toordinal())


def blocks(facts: Facts, everywhere: bool = False) -> list[Block]:
    """Episodes in NATO (or in every organisation) in order of their start."""
    rows: dict[str, list[Row]] = {}
    for row in facts.tables["blocks"]:
        if everywhere or row["organisation"] == "NATO":
            rows.setdefault(row["decision"], []).append(row)
    found = []
    for decision, parts in rows.items():
        lasted = [followed(facts, row) for row in parts]
        start, seen = min(row.day("start") for row in parts), max(each.day for each in lasted)
        end = seen if all(each.over for each in lasted) else None
        found.append(Block(decision, parts[0]["kind"], parts[0]["gate"], start, end, seen))
    return sorted(found, key=lambda block: (block.start, block.decision))


def block_spells(facts: Facts) -> list[Spell]:
    """Lengths of episodes."""
    return [block.spell for block in blocks(facts)]


def holdout_spells(facts: Facts, holdouts: Collection[str], since: date) -> list[Spell]:
    """The record of the holdouts themselves: years without recognition."""
    return [spell(facts, since, facts.member(code).recognised) for code in holdouts]
