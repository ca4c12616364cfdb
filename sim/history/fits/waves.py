"""Accession protocols by wave: when each capital approved, who obstructed, how long the rest took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from sim.facts.read import Facts, Row
from sim.history.fits.weibull import Windows
from sim.history.record import followed, nato_blocks

DEPOSIT_WITHIN = 90
"""Days before the deposit within which an approval lies of which only the deposit is known."""
OBSTRUCTION_DAYS = 180
"""A block at the gate ``ratification`` of so many days is an obstruction."""


@dataclass(frozen=True)
class Wave:
    """Protocols signed on one day: each capital's window of approval in days, and each protocol's total."""

    name: str
    signed: date
    windows: dict[str, tuple[float, float]]
    """By member, without those that obstructed."""
    totals: tuple[float, ...]
    """Days from signature to membership, distinct ones, in the file's order."""
    lags: tuple[tuple[float, float], ...]
    """For each total, bounds of the days from the last approval to membership."""
    obstructions: tuple[float, ...]
    """For each obstructed protocol, days of the longest obstruction."""
    talks: float
    """Days from invitation to signature."""


def window(row: Row, entry_into_force: date) -> tuple[float, float]:
    """Bounds of one capital's approval, in days after signature; the upper one exclusive."""
    signed = row.day("signed")
    if row["approved"]:
        day = max((row.day("approved") - signed).days, 0)
        return float(day), day + 1.0
    low, high = 0, (entry_into_force - signed).days
    if row["deposited"]:
        high = min(high, (row.day("deposited") - signed).days)
        low = max(low, high - DEPOSIT_WITHIN)
    if row["not_before"]:
        low = max(low, (row.days("not_before").first - signed).days)
    if row["not_after"]:
        high = min(high, (row.days("not_after").last - signed).days)
    return float(low), high + 1.0


def waves(facts: Facts) -> list[Wave]:
    """All accession decisions that were signed and completed, in order of signature."""
    by_day: dict[str, list[Row]] = {}
    for row in facts.tables["protocols"]:
        by_day.setdefault(row["signed"], []).append(row)
    return [_wave(facts, protocols) for _, protocols in sorted(by_day.items())]


def _wave(facts: Facts, protocols: Sequence[Row]) -> Wave:
    windows: dict[str, tuple[float, float]] = {}
    totals: list[float] = []
    lags: list[tuple[float, float]] = []
    longest: list[float] = []
    obstructed: set[str] = set()
    signed = protocols[0].day("signed")
    for protocol in protocols:
        rows = [r for r in facts.tables["ratifications"] if r["protocol"] == protocol["protocol"]]
        into_force = protocol.day("entry_into_force")
        own = {row["member"]: window(row, into_force) for row in rows}
        total = float((protocol.day("acceded") - signed).days)
        if total not in totals:
            totals.append(total)
            last_low, last_high = (max(bound[side] for bound in own.values()) for side in (0, 1))
            lags.append((max(total - last_high, 0.0), total - last_low + 1.0))
        blockers = {
            block["blocker"]
            for block in nato_blocks(facts, protocol["candidate"], ["ratification"])
            if (followed(facts, block).day - block.day("start")).days >= OBSTRUCTION_DAYS
        }
        if blockers:
            longest.append(max(own[blocker][0] for blocker in blockers))
        obstructed |= blockers
        for member, bound in own.items():
            windows.setdefault(member, bound)
    free = {member: bound for member, bound in windows.items() if member not in obstructed}
    talks = float((signed - protocols[0].day("invited")).days)
    return Wave(
        protocols[0]["protocol"], signed, free, tuple(totals), tuple(lags), tuple(longest), max(talks, 1.0)
    )


def windows_of(rounds: Sequence[Wave], members: Sequence[str]) -> Windows:
    """The windows of all waves as arrays; members and waves by their place."""
    rows = [
        (members.index(m), w, *bound) for w, wave in enumerate(rounds) for m, bound in wave.windows.items()
    ]
    member, wave_of, low, high = (np.array(column) for column in zip(*rows, strict=True))
    return Windows(member, wave_of, low, high, len(members), len(rounds))
