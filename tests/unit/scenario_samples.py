"""Scenarios that the tests of the loader start from, and small facts for them."""

# The texts of scenarios and of messages are kept whole.
# ruff: noqa: E501

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sim.scenario.load import Scenario, load_text

NAMES = {
    "ALB": "Albania", "BEL": "Belgium", "BGR": "Bulgaria", "DEU": "Germany", "ESP": "Spain", "FRA": "France",
    "GRC": "Greece", "HUN": "Hungary", "NOR": "Norway", "ROU": "Romania", "SVK": "Slovakia", "TUR": "Turkey",
    "USA": "United States", "BIH": "Bosnia and Herzegovina", "UKR": "Ukraine", "XKX": "Kosovo", "SRB": "Serbia",
}  # fmt: skip
MEMBERS = ("ALB", "DEU", "ESP", "GRC", "HUN", "NOR", "ROU", "SVK", "TUR", "USA")


@dataclass(frozen=True)
class Member:
    iso3: str


class SmallFacts:
    """Ten allies from 1949 on, so that no test depends on ``seeds/``."""

    countries = frozenset(NAMES)
    digest = "none"

    def country_name(self, iso3: str) -> str:
        return NAMES[iso3]

    def members_on(self, day: date, of: str = "NATO") -> tuple[Member, ...]:
        return tuple(Member(code) for code in MEMBERS) if day >= date(1949, 4, 4) else ()


FACTS = SmallFacts()

# The grammar tour of the design, key for key.
CONTRACT = """\
schema: 1
title: Grammar tour
question: What does every key look like?
organisation: NATO
candidate: XKX
start: 2026-12-01
horizon: 2056-12-01
members: {of: NATO, on: 2026-12-01}      # or a list of ISO codes; anybody else named below is an error
parameters:
  settlement_rate:
    prior: {gamma: {shape: 0.5, rate: 15.7}}   # gamma, beta, lognormal {median, sigma}, normal, uniform, triangular,
    unit: per year                             # or table {file, column}: one row per world, keeps correlations
    basis: judged
    source: "…"
  crisis_damping: 0.5                    # short form, allowed where the parent already gives unit, basis, source
chains:
  settlement:
    states: [none, interim, comprehensive]
    start: none                          # or {none: 0.9, interim: rest}
    moves:
      - {from: none, to: comprehensive, rate: settlement_rate, scaled_by: {north: {crisis: crisis_damping}, washington: {engaged: 1.5}}}
  north: {states: [calm, crisis], start: calm, moves: [{from: calm, to: crisis, rate: 0.35}, {from: crisis, to: calm, rate: 2}]}
  washington: {states: [distant, engaged], start: distant, redrawn: {on: us_inaugurations, to: {engaged: 0.5, distant: rest}}}
  application: {states: [none, filed], start: none, moves: [{from: none, to: filed, rate: 0.5}]}
  readiness:
    states: [pfp_ready, reforming, invitation_ready]
    start: pfp_ready
    moves:
      - {from: pfp_ready, to: reforming, rate: 1.0, when: {ladder: [pfp, map]}}     # `ladder` reads as a chain: start, pfp, map, …
      - {from: reforming, to: invitation_ready, rate: 0.3}
voters:
  everyone:
    stance: {states: [blocks, acquiesces, recognises], start: recognises}
    objection: {states: [none, raised], start: none, moves: [{from: none, to: raised, rate: objection_rate}, {from: raised, to: none, rate: 0.5}]}
    ratification: {law: {weibull: {shape: 1.0, scale: 100}}}         # days; exponential {mean}, gamma, lognormal {median, sigma}, fixed
  GRC:
    government: {states: [same, softer, harder], start: same, redrawn: {on: elections_GRC, to: {softer: 0.2, harder: 0.2, same: rest}}}
    stance:
      start: {blocks: 0.5, acquiesces: rest}
      drawn_by: world                    # or trajectory
      never: never_share                 # chance that it makes no move at all
      moves:
        - {name: slow, from: acquiesces, to: recognises, rate: [recognition_rate, effect_GRC], when: {settlement: [none, interim]},
           scaled_by: {government: {softer: 1.5}, peers: {recognises: 1.8}}}   # peers: once for each other voter that started below the top
        - {name: settled, from: acquiesces, to: recognises, rate: 0.7, when: {settlement: comprehensive}}
ladder:
  - {step: pfp, kind: decision, meetings: [summit, foreign_ministers], when: {application: filed},
     needs: {stance: acquiesces}, unless: {objection: raised}, rule: consensus, held: 0.1, bypass: 0.01}
  - {step: map, kind: decision, meetings: [summit, foreign_ministers], needs: {stance: acquiesces}, unless: {objection: raised}, waived: 0.3}
  - {step: invitation, kind: decision, meetings: [summit], when: {readiness: invitation_ready}, needs: {stance: recognises}, unless: {objection: raised}}
  - {step: protocol, kind: wait, law: {lognormal: {median: 120, sigma: 0.7}}}
  - {step: membership, kind: ratification, rule: consensus, lag: {fixed: 14},
     obstruction: {probability: 0.2, by: {TUR: 0.3, HUN: 0.3, others: rest}, law: {lognormal: {median: 400, sigma: 0.5}}}}
calendar:
  summit: {dates: [2027-07-07], then: {every: 1 year, from: 2028-07-08}}
  us_inaugurations: {dates: [2029-01-20], then: {every: 4 years}}
events:
  - {on: 2028-06-01, voter: GRC, stance: recognises}
  - {on: 2030-01-01, voter: BIH, joins: true}
watch: [{chain: settlement, state: comprehensive}, {voter: GRC, stance: recognises}]
"""

# What the tour names and does not define.
WORDS = """\
schema: 1
parameters:
  crisis_damping: {value: 0.4, unit: factor, basis: judged, source: made up}
  objection_rate: {value: 0.002, unit: per year, basis: fitted, source: made up}
  never_share: {prior: {beta: {a: 1, b: 2}}, unit: share, basis: judged, source: made up}
  recognition_rate: {prior: {gamma: {shape: 2, rate: 40}}, unit: per year, basis: literature, source: made up}
  effect_GRC: {prior: {lognormal: {median: 1, sigma: 0.3}}, unit: factor, basis: judged, source: made up}
calendar:
  foreign_ministers: {then: {every: 6 months, from: 2027-05-01}}
  elections_GRC: {dates: [2027-07-01], then: {every: 4 years}}
"""

# The tour in one file.
TOUR = CONTRACT.replace(
    "  crisis_damping: 0.5                    # short form, allowed where the parent already gives unit, basis, source\n",
    "".join(line + "\n" for line in WORDS.splitlines()[2:7]),
).replace("calendar:\n", "calendar:\n" + "".join(line + "\n" for line in WORDS.splitlines()[8:]))

# Two voters, one step: the least that is a scenario.
SMALL = """\
schema: 1
title: Small
question: Does it load?
organisation: NATO
candidate: XKX
start: 2026-12-01
horizon: 2036-12-01
members: [DEU, GRC]
parameters:
  rate: {value: 0.5, unit: per year, basis: judged, source: made up}
voters:
  everyone:
    stance: {states: [blocks, recognises], start: recognises}
  GRC:
    stance: {start: blocks, moves: [{from: blocks, to: recognises, rate: rate}]}
ladder:
  - {step: entry, kind: decision, meetings: [summit], needs: {stance: recognises}}
calendar:
  summit: {dates: [2027-07-07], then: {every: 1 year}}
"""


def load(text: str, folder: Path | None = None, **overrides: float) -> Scenario:
    """Loads text with the small facts."""
    return load_text(text, "test", folder, overrides, FACTS)


def change(text: str, old: str, new: str) -> str:
    """Replaces text that must occur exactly once."""
    assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times"
    return text.replace(old, new)


def line_of(text: str, part: str) -> int:
    """Number of the first line that holds ``part``."""
    return text[: text.index(part)].count("\n") + 1
