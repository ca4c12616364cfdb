"""An independent reader of a replay: confirms each cause from the merged YAML and the event log alone.

It imports nothing from the package. It merges ``everyone`` into the voters, works out every calendar, keeps
its own copy of every state, and asks of each entry of the log whether it had to come, could come, and came
for the reasons given. It does not know the draws, so *when* a clock fires is taken from the log; everything
else is worked out again.
"""

from __future__ import annotations

import math
from calendar import monthrange
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

Tree = dict[str, Any]
Entry = dict[str, Any]

YEAR = 365.25
SLACK = 1e-12


class Unexplained(AssertionError):
    """An entry of the log, or a result, that the scenario does not account for."""


def need(holds: bool, what: str) -> None:
    if not holds:
        raise Unexplained(what)


def same(said: Any, expected: Any, what: str) -> None:
    need(type(said) is type(expected) and said == expected, f"{what}: {said!r}, expected {expected!r}")


def close(said: float, expected: float, what: str) -> None:
    near = math.isclose(said, expected, rel_tol=SLACK, abs_tol=0.0)
    need(near, f"{what}: {said!r}, expected {expected!r}")


# --- the scenario, written out --------------------------------------------------------------------------


def merged_moves(base: list[Tree], own: list[Tree]) -> list[Tree]:
    def key(move: Tree) -> Any:
        return move.get("name") or (move["from"], move["to"])

    made = [dict(move) for move in base]
    places = {key(move): at for at, move in enumerate(made)}
    for move in own:
        if key(move) not in places:
            made.append(move)
            continue
        old = made[places[key(move)]]
        new = {**old, **move}
        if "when" in old and "when" in move:
            new["when"] = {**old["when"], **move["when"]}
        if "scaled_by" in old and "scaled_by" in move:
            both = {**old["scaled_by"]}
            for name, factors in move["scaled_by"].items():
                both[name] = {**both.get(name, {}), **factors}
            new["scaled_by"] = both
        made[places[key(move)]] = new
    return made


def merged_chain(base: Tree, own: Tree) -> Tree:
    made = {**base, **own}
    if "moves" in base and "moves" in own:
        made["moves"] = merged_moves(base["moves"], own["moves"])
    if "redrawn" in base and "redrawn" in own:
        made["redrawn"] = {**base["redrawn"], **own["redrawn"]}
    return made


def merged_voter(base: Tree, own: Tree) -> Tree:
    made = {**base}
    for name, part in own.items():
        made[name] = merged_chain(base[name], part) if name in base and name != "ratification" else part
    return made


def dates_of(calendar: Tree, start: date, horizon: date) -> list[date]:
    """Every date of a calendar from the start to the horizon."""
    found = set(calendar.get("dates", []))
    then = calendar.get("then")
    if then:
        amount, unit = int(then["every"].split()[0]), then["every"].split()[1].rstrip("s")
        first, number = (then["from"], 0) if "from" in then else (max(calendar["dates"]), 1)
        while (day := later(first, amount * number, unit)) <= horizon:
            found.add(day)
            number += 1
    return sorted(day for day in found if start <= day <= horizon)


def later(day: date, amount: int, unit: str) -> date:
    if unit in ("day", "week"):
        return day + timedelta(days=amount * (7 if unit == "week" else 1))
    months = 12 * day.year + day.month - 1 + amount * (12 if unit == "year" else 1)
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@dataclass
class Chain:
    """A chain, its full name, and whose it is (empty for the world's)."""

    name: str
    owner: str
    spec: Tree


@dataclass
class Due:
    """A thing with a date that the log must tell of."""

    day: date
    kind: str
    subject: str
    detail: Any = None


def is_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


class Scenario:
    """The merged tree, with every voter written out."""

    def __init__(self, tree: Tree, members: list[str]) -> None:
        self.tree = tree
        self.start, self.horizon = tree["start"], tree["horizon"]
        self.years = (self.horizon - self.start).days / YEAR
        events = tree.get("events", [])
        joiners = [event["voter"] for event in events if event.get("joins")]
        self.voters = [*(code for code in members if code not in joiners), *joiners]
        at_once = [event["voter"] for event in events if event.get("joins") and event["on"] == self.start]
        self.members = [code for code in self.voters if code in members or code in at_once]
        everyone = tree["voters"].get("everyone", {})
        own = tree["voters"]
        self.specs = {code: merged_voter(everyone, own.get(code, {})) for code in self.voters}
        need(set(own) - {"everyone"} <= set(self.voters), "an entry for somebody who never has a vote")
        self.chains: dict[str, Chain] = {}
        for name, spec in tree.get("chains", {}).items():
            self.chains[name] = Chain(name, "", spec)
        for code, voter in self.specs.items():
            rest = [name for name in voter if name not in ("stance", "ratification")]
            for name in ("stance", *rest):
                self.chains[f"{code}.{name}"] = Chain(f"{code}.{name}", code, voter[name])
        self.ladder: list[Tree] = tree["ladder"]
        self.stances: list[str] = self.specs[self.voters[0]]["stance"]["states"]
        self.calendar = tree.get("calendar", {})

    def find(self, name: str, owner: str) -> str:
        """Full name of the chain that a name means for an owner."""
        if owner and f"{owner}.{name}" in self.chains:
            return f"{owner}.{name}"
        need(name in self.chains or name == "ladder", f"no chain {name!r}")
        return name

    def agenda(self) -> list[Due]:
        """Everything with a date: events in file order, redraws in chain order, one meeting a day."""
        met = {name for step in self.ladder for name in step.get("meetings", [])}
        first: list[Due] = []
        for event in self.tree.get("events", []):
            if event.get("joins"):
                if event["on"] == self.start:  # a member from the first moment
                    continue
                first.append(Due(event["on"], "join", event["voter"]))
            elif "chain" in event:
                first.append(Due(event["on"], "event", event["chain"], event["state"]))
            else:
                name = next(key for key in event if key not in ("on", "voter"))
                first.append(Due(event["on"], "event", f"{event['voter']}.{name}", event[name]))
        second = [
            Due(day, "redraw", chain.name, chain.spec["redrawn"]["to"])
            for chain in self.chains.values()
            if "redrawn" in chain.spec
            for day in dates_of(self.calendar[chain.spec["redrawn"]["on"]], self.start, self.horizon)
        ]
        meeting: dict[date, list[str]] = {}
        for name in sorted(met):
            for day in dates_of(self.calendar[name], self.start, self.horizon):
                meeting.setdefault(day, []).append(name)
        third = [Due(day, "meeting", ", ".join(names), names) for day, names in meeting.items()]
        ranked = [(due.day, rank, due) for rank, dues in enumerate((first, second, third)) for due in dues]
        return [due for _, _, due in sorted(ranked, key=lambda each: each[:2])]

    def watched(self) -> list[tuple[str, str]]:
        pairs = []
        for entry in self.tree.get("watch", []):
            if "chain" in entry:
                pairs.append((entry["chain"], entry["state"]))
            else:
                name = next(key for key in entry if key != "voter")
                pairs.append((f"{entry['voter']}.{name}", entry[name]))
        return pairs

    def rank(self, stance: str) -> int:
        return self.stances.index(stance)

    def needed(self, step: Tree) -> int:
        """The lowest stance that lets a decision pass, as a rank."""
        return self.rank(step["needs"]["stance"]) if "needs" in step else 0

    def last_decision(self) -> str:
        return next((step["step"] for step in reversed(self.ladder) if step["kind"] == "decision"), "")

    def threshold(self) -> int:
        return max((self.needed(step) for step in self.ladder if step["kind"] == "decision"), default=0)


# --- one walk through a log -----------------------------------------------------------------------------


@dataclass
class Walk:
    """What is known after each entry of the log."""

    s: Scenario
    data: Tree
    parameters: dict[str, float] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    never: list[str] = field(default_factory=list)
    members: list[str] = field(default_factory=list)
    below: set[str] = field(default_factory=set)
    exits: Counter[str] = field(default_factory=Counter)
    rose: dict[str, float] = field(default_factory=dict)
    seen: dict[tuple[str, str], float] = field(default_factory=dict)
    taken: dict[str, tuple[float, str]] = field(default_factory=dict)
    blockers: dict[str, list[str]] = field(default_factory=dict)
    last_to_move: str | None = None
    last_to_ratify: str | None = None
    next: int = 0
    ends: float = math.inf
    ratifier: str | None = None
    obstructor: tuple[str, float] | None = None
    expect: tuple[str, ...] = ()
    """What the very next entry must be, if anything: kinds allowed."""
    passing: str = ""
    """Calendar of the meeting that has just passed the step."""
    counts: Counter[str] = field(default_factory=Counter)
    agenda: list[Due] = field(default_factory=list)
    agenda_at: int = 0
    events_done: int = 0
    time: float = 0.0

    # --- numbers --------------------------------------------------------------------------------------

    def number(self, number: Any) -> float:
        value = 1.0
        for factor in is_list(number):
            value *= self.parameters[factor] if isinstance(factor, str) else float(factor)
        return value

    def shares(self, spec: Tree) -> dict[str, float]:
        """Probability of each name in a distribution."""
        given = {name: self.number(share) for name, share in spec.items() if share != "rest"}
        rest = max(0.0, 1.0 - sum(given.values()))
        return {name: given.get(name, rest) for name in spec}

    # --- what is so -----------------------------------------------------------------------------------

    @property
    def step(self) -> Tree | None:
        return self.s.ladder[self.next] if self.next < len(self.s.ladder) else None

    def holds(self, when: Tree, owner: str) -> bool:
        return all(self.states[self.s.find(name, owner)] in is_list(ok) for name, ok in when.items())

    def read(self, when: Tree, owner: str) -> dict[str, str]:
        return {(full := self.s.find(name, owner)): self.states[full] for name in when}

    def is_due(self, step: Tree) -> bool:
        return step["kind"] == "decision" and self.holds(step.get("when", {}), "")

    def factors(self, move: Tree, owner: str) -> list[tuple[str, str, float]]:
        """Chain, state and factor of everything that scales a move now, in file order."""
        found = []
        for name, by_state in move.get("scaled_by", {}).items():
            if name == "peers":
                for stance in self.s.stances:
                    for code in self.s.voters:
                        peer = code != owner and code in self.members and code in self.below
                        if stance in by_state and peer and self.states[f"{code}.stance"] == stance:
                            found.append((f"{code}.stance", stance, self.number(by_state[stance])))
            else:
                full = self.s.find(name, owner)
                if self.states[full] in by_state:
                    found.append((full, self.states[full], self.number(by_state[self.states[full]])))
        return found

    def rate(self, move: Tree, owner: str) -> float:
        value = self.number(move["rate"])
        for _, _, factor in self.factors(move, owner):
            value *= factor
        return value

    def open_moves(self, chain: Chain) -> list[Tree]:
        if chain.name in self.never:
            return []
        return [
            move
            for move in chain.spec.get("moves", [])
            if move["from"] == self.states[chain.name] and self.holds(move.get("when", {}), chain.owner)
        ]

    def against(self, step: Tree, code: str) -> dict[str, str]:
        """Why a voter would block a step now."""
        stance = self.states[f"{code}.stance"]
        why = {f"{code}.stance": stance} if self.s.rank(stance) < self.s.needed(step) else {}
        for name, states in step.get("unless", {}).items():
            full = f"{code}.{name}"
            if full in self.s.chains and self.states[full] in is_list(states):
                why[full] = self.states[full]
        return why

    def missing(self, step: Tree) -> dict[str, Tree]:
        """Chains of the world that the step waits for, and where they stand."""
        awaited = step.get("awaits", {})
        return {
            name: {name: self.states[name]}
            for name, states in awaited.items()
            if self.states[name] not in is_list(states)
        }

    def required(self, rule: Any, voters: int) -> int:
        if rule == "consensus":
            return voters
        if "all_but" in rule:
            return max(0, voters - int(rule["all_but"]))
        return math.ceil(Fraction(str(rule["share"]).replace(" ", "")) * voters)

    # --- changes --------------------------------------------------------------------------------------

    def set(self, chain: str, state: str, time: float) -> None:
        before = self.states[chain]
        self.states[chain] = state
        if before != state:
            self.seen.setdefault((chain, state), time)
        code, _, name = chain.partition(".")
        if name == "stance":
            threshold = self.s.threshold()
            if self.s.rank(before) < threshold <= self.s.rank(state):
                self.rose[code] = time

    def take(self, entry: Entry) -> None:
        """The next step is taken; says what must come at once."""
        step = self.step
        assert step is not None
        same(entry["subject"], step["step"], "step taken")
        same(entry["before"], self.states["ladder"], "ladder before")
        same(entry["after"], step["step"], "ladder after")
        how = {"step": "passed", "waived": "waived", "bypassed": "bypassed"}[entry["kind"]]
        self.taken[step["step"]] = (entry["time"], how)
        self.next += 1
        self.ends, self.ratifier, self.passing = math.inf, None, ""
        self.set("ladder", step["step"], entry["time"])
        self.becomes_next()

    def becomes_next(self) -> None:
        """A new step is the next: whether it may or must be waived, or has to begin."""
        step = self.step
        self.expect = ()
        if step is None:
            return
        chance = self.number(step.get("waived", 0))
        begins = {"decision": (), "wait": ("wait",), "ratification": ("ratification", "obstruction")}
        if chance >= 1.0:
            self.expect = ("waived",)
        elif chance > 0.0:
            self.expect = ("waived", "anything")
        else:
            self.expect = begins[step["kind"]]


# --- the entries, kind by kind --------------------------------------------------------------------------


def check_start(w: Walk, entry: Entry) -> None:
    s, cause = w.s, entry["cause"]
    same(entry["time"], 0.0, "time of the start")
    for key in ("seed", "trajectory", "world"):
        same(cause[key], w.data[key], key)
    w.parameters = cause["parameters"]
    same(list(w.parameters), list(s.tree.get("parameters", {})), "parameters")
    for name, spec in s.tree.get("parameters", {}).items():
        value = w.parameters[name]
        if "value" in spec:
            same(value, float(spec["value"]), f"parameter {name}")
        else:
            check_prior(spec["prior"], value, name)
    same([*cause["chains"]], [*s.chains, "ladder"], "chains at the start")
    w.states = dict(cause["chains"])
    for chain in s.chains.values():
        state, start = w.states[chain.name], chain.spec["start"]
        need(state in chain.spec["states"], f"{chain.name} starts in {state!r}")
        if isinstance(start, str):
            same(state, start, f"start of {chain.name}")
        else:
            need(w.shares(start).get(state, 0.0) > 0.0, f"{chain.name} cannot start in {state!r}")
    same(w.states["ladder"], "start", "ladder at the start")
    w.never = cause["never_move"]
    for chain in s.chains.values():
        chance = w.number(chain.spec.get("never", 0))
        need(chance > 0.0 or chain.name not in w.never, f"{chain.name} cannot be one that never moves")
        need(chance < 1.0 or chain.name in w.never, f"{chain.name} must be one that never moves")
    same(cause["members"], s.members, "members at the start")
    w.members = list(s.members)
    top = s.stances[-1]
    among = s.tree.get("peers_among", s.voters)
    w.below = {code for code in among if w.states[f"{code}.stance"] != top}
    w.seen = dict.fromkeys(w.states.items(), 0.0)
    w.becomes_next()


def check_prior(prior: Tree, value: float, name: str) -> None:
    ((kind, numbers),) = prior.items()
    low, high = -math.inf, math.inf
    if kind in ("uniform", "triangular"):
        low, high = numbers["low"], numbers["high"]
    elif kind == "beta":
        low, high = 0.0, 1.0
    elif kind in ("gamma", "lognormal"):
        low = 0.0
    need(low <= value <= high, f"parameter {name} is {value!r}, outside its {kind} prior")


def check_dated(w: Walk, entry: Entry) -> Due:
    """The next thing of the agenda, and nothing else."""
    need(w.agenda_at < len(w.agenda), f"{entry['kind']} on {entry['date']}: nothing more is scheduled")
    due = w.agenda[w.agenda_at]
    w.agenda_at += 1
    same(entry["kind"], due.kind, f"what is scheduled for {due.day}")
    same(entry["date"], due.day.isoformat(), f"date of {due.kind} {due.subject}")
    same(entry["time"], (due.day - w.s.start).days / YEAR, f"time of {due.kind} on {due.day}")
    need(w.ends >= entry["time"], "an end of a wait or ratification is overdue")
    return due


def check_event(w: Walk, entry: Entry) -> None:
    due = check_dated(w, entry)
    same(entry["subject"], due.subject, "chain of an event")
    same(entry["before"], w.states[due.subject], f"{due.subject} before the event")
    same(entry["after"], due.detail, f"{due.subject} after the event")
    same(entry["cause"], {"event": w.events_done}, "number of the event")
    w.events_done += 1
    w.set(due.subject, due.detail, entry["time"])


def check_join(w: Walk, entry: Entry) -> None:
    due = check_dated(w, entry)
    same(entry["subject"], due.subject, "who joins")
    same((entry["before"], entry["after"]), ("not a member", "member"), "what a join changes")
    same(entry["cause"], {"event": w.events_done}, "number of the event")
    w.events_done += 1
    w.members = [code for code in w.s.voters if code in w.members or code == due.subject]


def check_redraw(w: Walk, entry: Entry) -> None:
    due = check_dated(w, entry)
    same(entry["subject"], due.subject, "chain of a redraw")
    same(entry["before"], w.states[due.subject], f"{due.subject} before the redraw")
    shares = w.shares(due.detail)
    states = w.s.chains[due.subject].spec["states"]
    said = entry["cause"]["to"]
    same(list(said), states, f"states of the redraw of {due.subject}")
    for state in states:
        expected = shares.get(state, 0.0)
        need(math.isclose(said[state], expected, rel_tol=SLACK, abs_tol=1e-15), f"chance of {state!r}")
    need(shares.get(entry["after"], 0.0) > 0.0, f"{due.subject} cannot become {entry['after']!r}")
    w.set(due.subject, entry["after"], entry["time"])


def check_move(w: Walk, entry: Entry) -> None:
    need(entry["subject"] in w.s.chains, f"no chain {entry['subject']!r}")
    chain, cause = w.s.chains[entry["subject"]], entry["cause"]
    name, owner = chain.name, chain.owner
    check_undated(w, entry)
    same(entry["before"], w.states[name], f"{name} before its move")
    same(cause["exit"], w.exits[name], f"how many-th exit of {name}")
    w.exits[name] += 1
    opened = w.open_moves(chain)
    ends = (entry["before"], entry["after"])
    made = [
        move for move in opened
        if (move["from"], move["to"]) == ends and move.get("name", f"{ends[0]} to {ends[1]}") == cause["move"]
    ]  # fmt: skip
    need(len(made) == 1, f"{name}: {cause['move']!r} from {ends[0]} to {ends[1]} is not open")
    (move,) = made
    close(cause["base_rate"], w.number(move["rate"]), f"base rate of {name}")
    said = [(f["chain"], f["state"]) for f in cause["factors"]]
    factors = w.factors(move, owner)
    same(said, [(chain_, state) for chain_, state, _ in factors], f"what scales {name}")
    for one, (of, _, factor) in zip(cause["factors"], factors, strict=True):
        close(one["factor"], factor, f"factor of {of} on {name}")
    close(cause["rate"], w.rate(move, owner), f"rate of {name}")
    need(cause["rate"] > 0.0, f"{name} moves at rate 0")
    close(cause["total_rate"], math.fsum(w.rate(m, owner) for m in opened), f"total rate of {name}")
    same(cause["when"], w.read(move.get("when", {}), owner), f"why {name} could move")
    w.set(name, entry["after"], entry["time"])
    if chain.spec["states"].index(ends[1]) < chain.spec["states"].index(ends[0]):
        w.counts["move back"] += 1
    if len(opened) > 1:
        w.counts["choice of moves"] += 1


def check_undated(w: Walk, entry: Entry) -> None:
    """Before anything that is not dated, all that was scheduled until then has happened."""
    if w.agenda_at < len(w.agenda):
        due = w.agenda[w.agenda_at]
        when = (due.day - w.s.start).days / YEAR
        late = when < entry["time"] or (when == entry["time"] and due.kind != "meeting")
        need(not late, f"{due.kind} of {due.day} is missing before {entry['kind']} on {entry['date']}")
    need(w.ends >= entry["time"], "an end of a wait or ratification is overdue")


def check_meeting(w: Walk, entry: Entry) -> None:
    due, cause, step = check_dated(w, entry), entry["cause"], w.step
    need(w.ends > entry["time"], "an end of a wait or ratification comes before a meeting")
    # calendars that meet on one day are one meeting, of the first by name that can decide the step
    mine = [name for name in due.detail if name in (step or {}).get("meetings", [])]
    calendar = (mine or due.detail)[0]
    same(cause["calendar"], calendar, "calendar of a meeting")
    same(entry["subject"], step["step"] if step else "", "step before a meeting")
    why = idle(w, step, calendar)
    if why:
        same(entry["after"], "not due", f"meeting on {due.day}")
        same(cause, {"calendar": calendar, "due": False, **why}, f"why nothing was due on {due.day}")
        w.counts["idle meeting"] += 1
        return
    assert step is not None
    against = {code: reasons for code in w.members if (reasons := w.against(step, code))}
    missing = w.missing(step)
    blockers = {**against, **missing}
    required = w.required(step.get("rule", "consensus"), len(w.members))
    same(cause["due"], True, "due")
    same(cause["when"], w.read(step.get("when", {}), ""), "why it was due")
    same(cause["members"], w.members, f"members on {due.day}")
    same(cause["blockers"], blockers, f"blockers of {step['step']} on {due.day}")
    same(list(cause["blockers"]), list(blockers), "order of the blockers")
    same(cause["required"], required, f"how many must agree to {step['step']}")
    same(cause["outcome"], entry["after"], "outcome")
    w.blockers[step["step"]] = list(blockers)
    if missing or len(w.members) - len(against) < required:
        same(entry["after"], "blocked", f"{step['step']} on {due.day}")
    else:
        held = w.number(step.get("held", 0))
        allowed = (["held"] if held > 0.0 else []) + (["passed"] if held < 1.0 else [])
        need(entry["after"] in allowed, f"{step['step']} on {due.day}: {entry['after']}, expected {allowed}")
    if entry["after"] == "passed":
        w.expect, w.passing = ("step",), calendar
        if step["step"] == w.s.last_decision():
            risen = [(w.rose[code], -place) for place, code in enumerate(w.s.voters) if code in w.rose
                     and code in w.members]  # fmt: skip
            w.last_to_move = w.s.voters[-max(risen)[1]] if risen else None
    w.counts[f"meeting {entry['after']}"] += 1


def idle(w: Walk, step: Tree | None, calendar: str) -> Tree:
    """Why nothing can be decided at a meeting; empty if something can."""
    if step is None:
        return {"why": "no step left"}
    if step["kind"] != "decision":
        return {"why": "not for the Council to decide"}
    if calendar not in step.get("meetings", []):
        return {"why": "not decided at these meetings"}
    when = step.get("when", {})
    failed = {name: states for name, states in when.items() if not w.holds({name: states}, "")}
    return {"why": "conditions", "failed": w.read(failed, "")} if failed else {}


def check_step(w: Walk, entry: Entry) -> None:
    cause, step = entry["cause"], w.step
    need(step is not None, "a step is taken, and none is left")
    assert step is not None
    if step["kind"] == "decision":
        need(bool(w.passing), f"{step['step']} passes without a meeting that passes it")
        same(cause, {"by": "meeting", "calendar": w.passing}, f"how {step['step']} passed")
        same(entry["time"], w.time, "time of the meeting and of its step")
    else:
        check_undated(w, entry)
        same(entry["time"], w.ends, f"end of {step['step']}")
        if step["kind"] == "wait":
            same(cause, {"by": "wait"}, f"how {step['step']} ended")
        else:
            same(cause, {"by": "ratification", "ratifier": w.ratifier}, f"who completed {step['step']}")
            if w.ratifier is not None:
                w.last_to_ratify = w.ratifier
    w.take(entry)


def check_waived(w: Walk, entry: Entry) -> None:
    step = w.step
    need("waived" in w.expect, f"{entry['subject']} is waived, and did not just become the next step")
    same(entry["time"], w.time, "time of a waiver")
    same(entry["cause"], {}, "cause of a waiver")
    need(step is not None and w.number(step.get("waived", 0)) > 0.0, "a waiver that cannot be")
    w.take(entry)


def check_bypassed(w: Walk, entry: Entry) -> None:
    step = w.step
    check_undated(w, entry)
    need(step is not None and w.is_due(step), f"{entry['subject']} is bypassed while it is not due")
    assert step is not None
    rate = w.number(step.get("bypass", 0))
    need(rate > 0.0, f"{step['step']} cannot be bypassed")
    close(entry["cause"]["rate"], rate, f"bypass of {step['step']}")
    same(entry["cause"]["when"], w.read(step.get("when", {}), ""), "why it was due")
    w.take(entry)


def check_days(w: Walk, law: Tree, days: float, what: str, elapsed: int = 0) -> None:
    """A length that its law allows, or what is left of it after so many days."""
    need(days >= 0.0, f"{what}: {days!r} days")
    if "fixed" in law:
        close(days, w.number(law["fixed"]) - elapsed, f"{what}, days")


def elapsed_of(w: Walk, step: Tree) -> int:
    """For how many days a step has been under way when it begins, at the start."""
    return (w.s.start - step["since"]).days if "since" in step else 0


def said_of_elapsed(w: Walk, step: Tree, cause: Tree) -> None:
    same(cause.get("elapsed", 0), elapsed_of(w, step), f"for how many days {step['step']} has lasted")


def check_wait(w: Walk, entry: Entry) -> None:
    step, cause = w.step, entry["cause"]
    need(
        step is not None and step["kind"] == "wait" and "wait" in w.expect, "a wait that is not the next step"
    )
    assert step is not None
    same((entry["subject"], entry["time"]), (step["step"], w.time), "which wait begins, and when")
    said_of_elapsed(w, step, cause)
    check_days(w, step["law"], cause["days"], step["step"], elapsed_of(w, step))
    close(cause["ends"], entry["time"] + cause["days"] / YEAR, f"end of {step['step']}")
    w.ends, w.expect = cause["ends"], ()


def check_obstruction(w: Walk, entry: Entry) -> None:
    step, cause = w.step, entry["cause"]
    begins = step is not None and step["kind"] == "ratification" and "obstruction" in w.expect
    need(begins, "an obstruction of nothing")
    assert step is not None
    same((cause["step"], entry["time"]), (step["step"], w.time), "which ratification is obstructed, and when")
    how = step.get("obstruction")
    need(how is not None and w.number(how["probability"]) > 0.0, f"{step['step']} cannot be obstructed")
    by = w.shares(how.get("by", {"others": "rest"}))
    code = entry["subject"]
    need(code in w.members, f"{code} obstructs and is not a member")
    weight = by.get(code, 0.0 if code in by else by.get("others", 0.0))
    need(weight > 0.0, f"{code} cannot obstruct")
    need(code in step.get("outstanding", w.members), f"{code} obstructs and has ratified")
    said_of_elapsed(w, step, cause)
    check_days(w, how["law"], cause["days"], "obstruction", elapsed_of(w, step))
    w.obstructor, w.expect = (code, cause["days"]), ("ratification",)


def check_ratification(w: Walk, entry: Entry) -> None:
    step, cause, members = w.step, entry["cause"], w.members
    begins = step is not None and step["kind"] == "ratification" and "ratification" in w.expect
    need(begins, "a ratification that is not the next step")
    assert step is not None
    same((entry["subject"], entry["time"]), (step["step"], w.time), "which ratification begins, and when")
    days, outstanding = cause["days"], step.get("outstanding", members)
    left = [code for code in members if code in outstanding]
    before = [code for code in members if code not in outstanding]
    same(list(days), left, "who ratifies")
    same(cause.get("ratified", []), before, "who has ratified already")
    said_of_elapsed(w, step, cause)
    elapsed = elapsed_of(w, step)
    obstructor, length = w.obstructor or (None, 0.0)
    same(cause["obstructor"], obstructor, "who obstructs")
    if obstructor is None and "obstruction" in step:
        by = w.shares(step["obstruction"].get("by", {"others": "rest"}))
        others = [code for code in members if code not in by]
        can = [code for code in members if by.get(code, 0.0) > 0.0]
        can += others if by.get("others", 0.0) > 0.0 else []
        sure = w.number(step["obstruction"]["probability"]) >= 1.0
        need(not (sure and can and not before), f"{step['step']} must be obstructed")
    for code in left:
        if code == obstructor:
            same(days[code], length, f"days of {code}, who obstructs")
        else:
            check_days(w, w.s.specs[code]["ratification"]["law"], days[code], code, elapsed)
    required = max(w.required(step.get("rule", "consensus"), len(members)) - len(before), 0)
    same(cause["required"], required, "how many must ratify")
    longest = sorted(days.values())[required - 1] if required else 0.0
    w.ratifier = next(code for code in left if days[code] == longest) if required else None
    same(cause["ratifier"], w.ratifier, "who completes the ratification")
    if "lag" in step:
        check_days(w, step["lag"], cause["lag"], "lag", 0 if left else elapsed)
    else:
        same(cause["lag"], 0.0, "lag")
    close(cause["ends"], entry["time"] + (longest + cause["lag"]) / YEAR, f"end of {step['step']}")
    w.ends, w.obstructor, w.expect = cause["ends"], None, ()


def check_horizon(w: Walk, entry: Entry) -> None:
    left = w.agenda[w.agenda_at :]
    need(not left, f"{left[0].kind} {left[0].subject} of {left[0].day} is missing" if left else "")
    need(w.ends > w.s.years, "an end within the horizon is missing")
    same(entry["time"], w.s.years, "time of the horizon")
    expected = {"chains": w.states, "never_move": w.never, "members": w.members}
    same(entry["cause"], expected, "how everything stands in the end")


CHECKS = {
    "start": check_start, "event": check_event, "join": check_join, "redraw": check_redraw,
    "move": check_move,
    "meeting": check_meeting, "step": check_step, "waived": check_waived, "bypassed": check_bypassed,
    "wait": check_wait, "obstruction": check_obstruction, "ratification": check_ratification,
    "horizon": check_horizon,
}  # fmt: skip


def check_entry(w: Walk, entry: Entry) -> None:
    kind, time = entry["kind"], entry["time"]
    need(kind in CHECKS, f"{kind!r} is not a kind of entry")
    need(time >= w.time, f"{kind} on {entry['date']} comes before the entry above it")
    need(time <= w.s.years, f"{kind} on {entry['date']} is after the horizon")
    day = w.s.start + timedelta(days=math.floor(time * YEAR + 1e-6))
    same(entry["date"], day.isoformat(), f"date of {kind}")
    if w.expect and kind not in w.expect:
        need("anything" in w.expect, f"{kind} where one of {w.expect} must come")
        step = w.step
        assert step is not None
        begins = {"wait": ("wait",), "ratification": ("obstruction", "ratification")}
        allowed = begins.get(step["kind"])
        need(allowed is None or kind in allowed, f"{kind} where {step['step']} must begin")
        w.expect = allowed or ()
    CHECKS[kind](w, entry)
    w.time = time
    w.counts[kind] += 1


def check_results(w: Walk) -> None:
    """The row of results, worked out from the walk."""
    data = w.data
    same(list(data["steps"]), [step["step"] for step in w.s.ladder], "steps")
    for name, said in data["steps"].items():
        years, how = w.taken.get(name, (None, "not reached"))
        awaited = dict.fromkeys(chain for step in w.s.ladder for chain in step.get("awaits", {}))
        blockers = [who for who in (*w.s.voters, *awaited) if who in w.blockers.get(name, [])]
        same(said, {"years": years, "how": how, "blockers": blockers}, f"result of {name}")
    same(data["last_to_move"], w.last_to_move, "last to move")
    same(data["last_to_ratify"], w.last_to_ratify, "last to ratify")
    same(
        data["watch"],
        {f"{chain}={state}": w.seen.get((chain, state)) for chain, state in w.s.watched()},
        "watch",
    )


def check(tree: Tree, data: Tree) -> Counter[str]:
    """Confirms a replay, entry by entry; returns how often each thing was confirmed.

    :param tree: the merged scenario as plain data, ``everyone`` as written.
    :param data: a replay as plain data (as ``accession replay --json`` prints it).
    :raises Unexplained: naming the first entry or result that the scenario does not account for.
    """
    log = data["happenings"]
    need(bool(log) and log[0]["kind"] == "start", "a log begins with the start")
    need(log[-1]["kind"] == "horizon", "a log ends with the horizon")
    members = tree["members"]
    # who was a member of an alliance on a day is not in the YAML: the log says it
    codes = members if isinstance(members, list) else log[0]["cause"]["members"]
    w = Walk(Scenario(tree, codes), data)
    w.agenda = w.s.agenda()
    same(data["start"], w.s.start.isoformat(), "start")
    same(data["horizon"], w.s.horizon.isoformat(), "horizon")
    for place, entry in enumerate(log):
        kinds = entry["kind"] in ("start", "horizon")
        need(kinds == (place in (0, len(log) - 1)), f"{entry['kind']} in the middle of a log")
        try:
            check_entry(w, entry)
        except Unexplained as problem:
            raise Unexplained(f"entry {place} ({entry['date']} {entry['kind']}): {problem}") from None
    check_results(w)
    return w.counts
