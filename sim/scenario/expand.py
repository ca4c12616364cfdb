"""From merged parents to a scenario with one complete entry for every voter."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Protocol

from sim.base.hints import Said, listed_names
from sim.facts.aliases import meant, others, proposal
from sim.scenario.merge import merge_voter
from sim.scenario.nodes import BROKEN, Node, Problems, closest, is_number, short

EVERYONE = "everyone"
_MOST_NAMED = 4
_LOOK_AHEAD = 36525
"""Days."""


class Ally(Protocol):
    """A member of an alliance, as the facts know it."""

    @property
    def iso3(self) -> str:
        """ISO 3166-1 alpha-3 code."""


class Countries(Protocol):
    """What the loader asks of :class:`sim.facts.read.Facts`."""

    @property
    def countries(self) -> Set[str]:
        """Every known code."""

    def country_name(self, iso3: str, /) -> str:
        """English name of a country."""

    def members_on(self, day: date, of: str, /) -> tuple[Ally, ...]:
        """Members of an organisation on a day, in order."""


@dataclass
class Draft:
    """A scenario on its way from text to types."""

    top: Node
    """The merged file, broken parts marked."""
    facts: Countries
    problems: Problems
    members: list[str] = field(default_factory=list)
    joiners: list[str] = field(default_factory=list)
    voters: dict[str, Node] = field(default_factory=dict)
    """Code -> entry with ``everyone`` merged in; members in order, then joiners."""
    absent: dict[str, str] = field(default_factory=dict)
    """Country that a parent names, but that does not vote under the members that a child gives -> that parent."""
    certain: bool = True
    """Whether the voters are known: not if ``members`` itself is broken."""

    def section(self, key: str) -> Node:
        """A part of the file; an empty one if it is not there."""
        return self.top.get(key) or Node({}, self.top.file, self.top.line, (key,))

    def resolved(self) -> Node:
        """The file with ``members`` and ``voters`` written out; where one is missing, it stays missing."""
        at = self.section("members")
        codes = [at.with_value(code) for code in self.members]
        written = {
            "members": at.with_value(codes if self.certain else BROKEN),
            "voters": self.section("voters").with_value(dict(self.voters)),
        }
        return self.top.with_value({key: written.get(key, node) for key, node in self.top.items()})

    def constants(self) -> dict[str, float | None]:
        """Every parameter, with its value if that is known already."""
        values: dict[str, float | None] = {}
        for name, node in self.section("parameters").items():
            at = node.get("value") if isinstance(node.value, dict) else node
            value = at.value if at is not None else None
            values[name] = float(value) if isinstance(value, (int, float)) and is_number(value) else None
        return values

    def unknown_voter(self, node: Node, code: str, key: str | None = None) -> None:
        """Notes a code that no voter has: unknown, of the wrong form, or of a country without a vote."""
        known = self.facts.countries
        members = self.top.get("members")
        if code in known and members is not None and self.problems.nearer(members.file, node.file):
            self.absent.setdefault(code, node.file)
            return
        near = self.meant(code)
        if code in known:
            said = f"{self.named(code)} is not a voter here"
        elif code.upper() in known:
            said = f"{code!r} is not a code: codes have three capital letters"
        elif len(code) == 2:
            said = f"{code!r} is not a code: codes have three letters (ISO 3166-1 alpha-3)"
        else:
            said = f"{code!r} is not a known ISO code"
        if near is None and code not in known and (other := self.meant(code, anybody=True)):
            said += f"; {other} is not a voter here"
        self.problems.add(node, said, allowed=list(self.voters) or "ISO codes", near=near, key=key)

    def named(self, code: str) -> str:
        """``GRC (Greece)``."""
        return f"{code} ({self.facts.country_name(code)})" if code in self.facts.countries else code

    def meant(self, code: str, anybody: bool = False) -> Said | None:
        """What is probably meant by a code that is none here: by an alias, a name or a slip.

        :param anybody: whether it may be any country, and not only a voter.
        """
        names = {known: self.facts.country_name(known) for known in self.facts.countries}
        among = names.keys() if anybody or not self.voters else names.keys() & self.voters.keys()
        found = others(code, among) if code in names else meant(code, names, among)
        return proposal(found, names)

    def report_absent(self) -> None:
        """Notes the absent in one line, at the members that make them so."""
        members = self.top.get("members")
        if members is None or not self.absent:
            return
        first, more = [self.named(code) for code in self.absent][:_MOST_NAMED], len(self.absent) - _MOST_NAMED
        named = ", ".join(first) + (f" and {more} more" if more > 0 else "")
        day = members.day("on")
        who = f"{' and '.join(dict.fromkeys(self.absent.values()))} names {named}"
        problem = (
            f"{who}, not {'members' if len(self.absent) > 1 else 'a member'} on {day}"
            if day is not None
            else f"{who}, not among the members"
        )
        ways = ["events that let them join", "another parent, such as 'candidate', which names no ally"]
        if (
            day is not None
            and (first_day := self._all_members_from(day, str(members.text("of")))) is not None
        ):
            ways.insert(0, f"a date from {first_day} on")
        self.problems.add(members, problem, allowed="; ".join(ways), kind="absent")

    def _all_members_from(self, day: date, of: str) -> date | None:
        """The first day after ``day`` on which all of the absent are members; None if none is known."""

        def there(after: int) -> bool:
            codes = {ally.iso3 for ally in self.facts.members_on(day + timedelta(days=after), of)}
            return self.absent.keys() <= codes

        low, high = 0, _LOOK_AHEAD
        if not there(high):
            return None
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if there(middle) else (middle, high)
        return day + timedelta(days=high)


def draft(top: Node, facts: Countries, problems: Problems) -> Draft:
    """Finds out who votes, and merges ``everyone`` into each."""
    made = Draft(top, facts, problems)
    made.members = _members(made)
    made.joiners = _joiners(made)
    _expand(made)
    return made


def _members(made: Draft) -> list[str]:
    at = made.top.get("members")
    if at is None:
        made.certain = False
        return []
    if isinstance(at.value, list):
        for node in at.value:
            code = node.text()
            if code is None:
                made.certain = False
            elif code not in made.facts.countries:
                made.unknown_voter(node, code)
        return list(dict.fromkeys(code for node in at.value if (code := node.text()) is not None))
    day = at.day("on")
    of = at.text("of")
    if day is None or of is None:
        made.certain = False
        return []
    codes = [ally.iso3 for ally in made.facts.members_on(day, of)]
    if not codes:
        made.problems.add(
            at, f"nobody was a member on {day}", allowed="a later date, or a list of codes", key="on"
        )
        made.certain = False
    return codes


def _joiners(made: Draft) -> list[str]:
    joiners: list[str] = []
    for event in made.section("events").parts():
        code, at = event.text("voter"), event.get("joins")
        if at is None or at.value is not True or code is None:
            continue
        if code in made.members:
            made.problems.add(
                event,
                f"{made.named(code)} joins, but is a member from the start",
                allowed="those who are not",
            )
        elif code in joiners:
            made.problems.add(event, f"{made.named(code)} joins twice", allowed="once", kind="twice")
        elif code not in made.facts.countries:
            made.unknown_voter(event, code, key="voter")
        else:
            joiners.append(code)
    return joiners


def _expand(made: Draft) -> None:
    section = made.section("voters")
    entries: Mapping[str, Node] = dict(section.items())
    everyone = entries.get(EVERYONE)
    if everyone is None and (meant := _misspelt_everyone(made, entries)) is not None:
        everyone = entries[meant]  # told below; what is under it is not wrong for that
    without = []
    for code in [*made.members, *made.joiners]:
        own = entries.get(code)
        if own is None and everyone is None:
            without.append(code)
        elif own is None or everyone is None:
            made.voters[code] = own or everyone or section
        else:
            made.voters[code] = merge_voter(everyone, own)
    if without and made.certain and made.top.get("voters") and isinstance(section.value, dict):
        told = f"no stance is given for {listed_names(without)}"
        made.problems.add(section, told, allowed=f"an entry for each voter, or {EVERYONE!r}")
    if made.certain:
        for code, node in entries.items():
            if code != EVERYONE and code not in made.voters and code not in without:
                _stranger(made, node, code)


def _misspelt_everyone(made: Draft, entries: Mapping[str, Node]) -> str | None:
    strange = [code for code in entries if code not in made.facts.countries]
    return next((code for code in strange if closest(code, [EVERYONE])), None)


def _stranger(made: Draft, node: Node, code: str) -> None:
    if closest(code, [EVERYONE]) and code not in made.facts.countries:
        said = f"{short(code)} is not a code"
        made.problems.add(node, said, allowed=[EVERYONE, *made.voters], near=EVERYONE)
    else:
        made.unknown_voter(node, code)
