"""The beginning of a scenario about another candidate: all that must be decided, each with a comment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sim.base.errors import ScenarioError
from sim.facts.aliases import known_as, meant, proposal
from sim.facts.read import Facts
from sim.scenario.emit import flow, scalar
from sim.scenario.load import Scenario
from sim.scenario.schema import Decision, RatificationStep
from sim.scenario.sources import builtin_scenarios

YEARS = 30
"""From the start to the horizon."""
MILESTONES = {
    "pfp": ("pfp",),
    "map": ("map",),
    "invitation": ("invitation",),
    "protocol": ("protocol_signed",),
}
"""Step -> milestones of the facts that say that it lies behind."""


UNDER_WAY = "One under way at the start says since: DATE, and a ratification who has not ratified: outstanding: [HUN]."


@dataclass(frozen=True)
class Begun:
    """Whom the scenario is about, and from when."""

    candidate: str
    named: bool
    """Whether the candidate was said, and not taken as an example."""
    start: date


def code_of(text: str, facts: Facts) -> str:
    """The code of a country that was written as a code or a name.

    :raises ScenarioError: none, or several; names what is near.
    """
    if text in facts.countries:
        return text
    names = {code: facts.country_name(code) for code in facts.countries}
    found = known_as(text, names) or meant(text, names)
    if len(found) == 1 and (len(text) > 3 or known_as(text, names)):
        return found[0]
    near = f"; did you mean {proposal(found, names)}?" if found else ""
    raise ScenarioError(
        [f"--candidate {text}: no country{near or ';'} allowed: an ISO code or a name, such as IRL"]
    )


def begun(name: str, candidate: str | None, parent: Scenario, facts: Facts, today: date) -> Begun:
    """Whom a new scenario is about: who was said, else whom its name says, else a country as an example.

    :raises ScenarioError: a country that there is not, or that is a member already.
    """
    start = date(today.year + today.month // 12, today.month % 12 + 1, 1)
    members = {ally.iso3: ally.joined for ally in facts.members_on(start)}
    said = code_of(candidate, facts) if candidate is not None else _in_name(name, facts)
    if candidate is not None and said in members:
        told = f"{said} ({facts.country_name(str(said))}) has been a member since {members[str(said)]}"
        raise ScenarioError([f"--candidate {candidate}: {told}; allowed: a country that is none"])
    if said is not None and said not in members:
        return Begun(said, True, start)
    behind = [row["country"] for row in facts.tables["milestones"] if row["milestone"] == "pfp"]
    outside = [code for code in (parent.content.candidate, *behind) if code not in members]
    return Begun(outside[0], False, start)


def _in_name(name: str, facts: Facts) -> str | None:
    """The country that a name is of, as in ``ireland`` or ``ireland-2040``."""
    names = {code: facts.country_name(code) for code in facts.countries}
    words = name.removesuffix(".yaml").replace("_", "-").replace(" ", "-").split("-")
    for text in (name.removesuffix(".yaml").replace("-", " "), *words):
        found = meant(text, names) if len(text) > 3 else ()
        if len(found) == 1:
            return found[0]
    return None


def candidate_text(stem: str, title: str, extends: str, parent: Scenario, who: Begun, facts: Facts) -> str:
    """A scenario that extends a template and says candidate, start, horizon, members and the steps behind."""
    country = facts.country_name(who.candidate)
    horizon = who.start.replace(year=who.start.year + YEARS)
    organisation = parent.content.organisation
    allies = len(facts.members_on(who.start))
    code = (
        f"{country} (ISO 3166 code)" if who.named else f"{country}, as an example: put the code of yours here"
    )
    about = country if who.named else "the candidate"
    head = f"""\
# {title}: what is not said here is as in {parent.name}.
#   accession validate {stem}.yaml     says whether this can be run
#   accession show {stem}.yaml         writes out all of it, and where each number comes from
schema: 1
title: {scalar(title)}
question: {scalar(f"When, and how likely, could {about} join {organisation}?")}
extends: {scalar(extends)}

# To be decided: who, from when, until when, and who votes.
candidate: {who.candidate}                     # {code}
start: {who.start}                  # the first day; a meeting on it counts
horizon: {horizon}                # the last day; what has not happened by then is an outcome of its own
members: {{of: NATO, on: {who.start}}}  # the {allies} allies of that day, each with a vote
"""
    about_it = [
        name
        for name, path in builtin_scenarios().items()
        if f"\ncandidate: {who.candidate}\n" in path.read_text("utf-8")
    ]
    if about_it:
        head += f"# About {country} itself, with what is known of it: {', '.join(about_it)}.\n"
    parts = [head, _steps(parent, who, facts), _chains(parent), _voters(parent, who), _events(parent, who)]
    return "\n".join(part for part in parts if part)


def _steps(parent: Scenario, who: Begun, facts: Facts) -> str:
    """Each step of the parent: waived if the facts have it behind the candidate, a comment if it is ahead."""
    dates = {
        row["milestone"]: row["date"]
        for row in facts.tables["milestones"]
        if row["country"] == who.candidate and row["date"]
    }
    behind, ahead = [], []
    names = [step.step for step in parent.content.ladder]
    taken = [any(m in dates for m in MILESTONES.get(name, ())) for name in names]
    last = max((i for i, there in enumerate(taken) if there), default=-1)
    for number, step in enumerate(parent.content.ladder):
        since = next((dates[m] for m in MILESTONES.get(step.step, ()) if m in dates), None)
        if isinstance(step, Decision):
            line = flow({"step": step.step, "waived": 1})
        elif isinstance(step, RatificationStep):
            line = ""
        else:
            line = flow({"step": step.step, "law": {"fixed": 0}})
        if since is not None and number <= last:
            behind.append(f"  - {line}  # since {since} (seeds/milestones.csv)")
        elif line:
            ahead.append(f"  # - {line}")
        else:
            ahead.append(f"  # {step.step}: every capital ratifies; always ahead")
    told = (
        "Steps. One that lies behind the candidate is passed at once; those in comments are ahead.\n# "
        + UNDER_WAY
    )
    if not behind:
        return f"# {told}\n# ladder:\n" + "".join(f"# {line.replace('# ', '')}\n" for line in ahead)
    return f"# {told}\nladder:\n" + "".join(f"{line}\n" for line in [*behind, *ahead])


def _chains(parent: Scenario) -> str:
    """Where the candidate's own chains stand: a comment for each."""
    if not parent.content.chains:
        return ""
    starts = {name: flow(parent.tree["chains"][name]["start"]) for name in parent.content.chains}
    lines = [
        f"#   {name}: {{start: {starts[name]}}}  # one of {', '.join(chain.states)}, or shares of them"
        for name, chain in parent.content.chains.items()
    ]
    return "\n".join(["# Where it stands today, if not at the beginning:", "# chains:", *lines, ""])


def _voters(parent: Scenario, who: Begun) -> str:
    """A voter with a view of its own, as a comment."""
    code, voter = next(iter(parent.content.voters.items()))
    others = [(name, chain) for name, chain in voter.chains.items() if name != "stance"]
    if not others:
        return ""
    name, chain = others[0]
    return f"""\
# A voter that is known to object (or not) today, by its code:
# voters:
#   {code}: {{{name}: {{start: {chain.states[-1]}}}}}
"""


def _events(parent: Scenario, who: Begun) -> str:
    later = who.start.replace(year=who.start.year + 3)
    chains = parent.content.chains
    lines = [
        f"#   - {{on: {later}, chain: {name}, state: {chain.states[-1]}}}" for name, chain in chains.items()
    ]
    return "\n".join([f"# Events: what is fixed on a date after {who.start}.", "# events:", *lines[:1], ""])
