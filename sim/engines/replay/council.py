"""The Council as an agent: it climbs the ladder, by meetings, waits and ratification."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from sim.engines.replay.agents import Agent, Doing, Next
from sim.engines.replay.future import Cause, Clock, Future
from sim.engines.replay.parts import Dated, holds
from sim.model import rules
from sim.model.model import BYPASSED, DECISION, MEETING, NONE, PASSED, RATIFICATION, WAIT, WAIVED, Floats
from sim.model.pieces import StepPiece


def elapsed(step: StepPiece) -> Cause:
    """For how many days a step has lasted when it begins, if it has; the lag, if only that is left."""
    days = step.elapsed or step.lag_elapsed
    return {"elapsed": days} if days else {}


class Votes(NamedTuple):
    """What a meeting finds, and after how many changes of anything."""

    changes: int
    members: list[int]
    against: list[int]
    missing: dict[int, int]
    """What the step waits for and is not there: its number among the blockers -> the chain."""
    blockers: frozenset[int]
    said: Cause
    """The same in names, if a log is kept."""


class Council(Agent):
    """The Council and the ladder: meetings, waits, ratification, and the way round a meeting."""

    def __init__(self, future: Future, everybody: list[Agent]) -> None:
        super().__init__(future, everybody)
        self.steps = deque(future.parts.steps)
        calendars = [step.calendars for step in self.steps]
        self.meetings = deque(
            row
            for row in future.parts.agenda
            if row.kind == MEETING and any(mask >> row.what & 1 for mask in calendars)
        )
        self.reads = {chain for step in self.steps for chain, _ in step.when}
        self.bypass = self._bypass_clock()
        self.ends, self.ratifier = rules.NEVER, NONE
        self._votes = Votes(NONE, [], [], {}, frozenset(), {})

    # --- what comes next ------------------------------------------------------------------------------

    @property
    def step(self) -> StepPiece | None:
        """The next step of the ladder; None at its top."""
        return self.steps[0] if self.steps else None

    def is_due(self, step: StepPiece) -> bool:
        """Whether the next step could be decided now."""
        return step.kind == DECISION and holds(step.when, self.future.states)

    def _bypass_clock(self) -> Clock:
        if self.step is None or self.step.bypass == NONE:
            return Clock(rules.NEVER)
        return Clock(rules.exponential(self.future.uniforms(f"bypass/{self.step.name}")[0]), self.future.now)

    def minds(self, changed: int) -> bool:
        """Whether the next step is due can depend on any chain that a step names."""
        return changed in self.reads

    def look(self, changed: int | None) -> None:
        """The way round a meeting is open only while the step is due."""
        step = self.step
        if step is not None and step.bypass != NONE:
            rate = self.future.numbers[step.bypass] if self.is_due(step) else 0.0
            self.bypass.look(rate, self.future.now)

    def next(self) -> Next:
        """A bypass, the end of a wait or ratification, or a meeting."""
        order = self.future.order
        meeting = self.meetings[0].time if self.meetings else rules.NEVER
        mine: list[Next] = [
            (self.bypass.time, order.bypass, self.go_round),
            (self.ends, order.end, self.end),
            (meeting, order.meeting, self.meet),
        ]
        return min(mine, key=lambda each: each[:2])

    # --- the ladder -----------------------------------------------------------------------------------

    def begin(self) -> Doing:
        """A step becomes the next: it may be waived, or its wait or ratification starts."""
        step = self.step
        if step is None:
            return
        if self.future.chance(step.waived, f"waived/{step.name}"):
            yield from self.climb(step, WAIVED, dict)
        elif step.kind == WAIT:
            self.wait(step)
        elif step.kind == RATIFICATION:
            self.ratify(step)

    def climb(self, step: StepPiece, how: int, cause: Callable[[], Cause]) -> Doing:
        """A step is taken. Everybody hears of it before the one after it becomes the next."""
        future, ladder = self.future, self.future.model.n_chains
        future.outcome.time[step.number], future.outcome.how[step.number] = future.now, how
        future.outcome.weights[1 + step.number] = future.weight(future.now)
        kind = {PASSED: "step", WAIVED: "waived", BYPASSED: "bypassed"}[how]
        future.note(kind, step.name, future.parts.state(ladder, step.number), step.name, cause)
        self.steps.popleft()
        self.bypass, self.ends = self._bypass_clock(), rules.NEVER
        future.put(ladder, step.number + 1)
        yield from self.tell(ladder)
        yield from self.begin()

    def go_round(self) -> Doing:
        """The step is taken without a meeting."""
        step = self.steps[0]

        def cause() -> Cause:
            when = self.future.parts.read(step.when, self.future.states)
            return {"rate": self.future.numbers[step.bypass], "when": when}

        yield from self.climb(step, BYPASSED, cause)

    # --- meetings -------------------------------------------------------------------------------------

    def meet(self) -> Doing:
        """A meeting: the next step passes if it is due, enough voters let it, and it is not held."""
        row, future, step = self._row(), self.future, self.step
        if step is None or not step.calendars >> row.what & 1 or not self.is_due(step):
            self._note_idle(row, step)
            return
        _, members, against, missing, blockers, said = self.votes(step)
        future.outcome.blockers[step.number] = blockers
        future.outcome.meetings.append((step.number, row.year, blockers))
        required = rules.required(*step.rule, len(members))
        calendar = future.model.calendar_names[row.what]
        outcome = "blocked"
        if not missing and len(members) - len(against) >= required:
            held = future.chance(step.held, f"held/{step.name}/{calendar}", row.day)
            outcome = "held" if held else "passed"

        def cause() -> Cause:
            return {"calendar": calendar, "due": True, **said, "required": required, "outcome": outcome}

        future.note("meeting", step.name, "", outcome, cause)
        if outcome == "passed":
            if step.number == future.model.last_decision:
                future.outcome.last_to_move = self.last_to_move(members)
            yield from self.climb(step, PASSED, lambda: {"by": "meeting", "calendar": calendar})

    def _row(self) -> Dated:
        """The next meeting. Meetings of one day are one, of the first calendar (by name) that can decide the step."""
        rows = [self.meetings.popleft()]
        while self.meetings and self.meetings[0].time == rows[0].time:
            rows.append(self.meetings.popleft())
        mask = self.step.calendars if self.step is not None else 0
        return next((row for row in rows if mask >> row.what & 1), rows[0])

    def reasons(self, step: StepPiece, voter: int) -> Cause:
        """Why a voter would block a step: each of its chains that stands against it, with its state."""
        parts, states = self.future.parts, self.future.states
        return {parts.chain(chain): parts.state(chain, states[chain]) for chain in self.against(step, voter)}

    def votes(self, step: StepPiece) -> Votes:
        """How the members stand to the next step now; most meetings find them as the last one did."""
        if self._votes.changes != self.future.changes:
            members = self.future.members
            against = [v for v in members if self.against(step, v)]
            missing = self.missing(step)
            blockers = frozenset([*against, *missing])
            said = {} if self.future.log is None else self.said(step, members, against, missing)
            self._votes = Votes(self.future.changes, members, against, missing, blockers, said)
        return self._votes

    def said(self, step: StepPiece, members: list[int], against: list[int], missing: dict[int, int]) -> Cause:
        """What the next step asks for, who votes, and why some would block it."""
        names, parts, states = self.future.model.voter_names, self.future.parts, self.future.states
        awaited = {parts.chain(c): parts.read(((c, 0),), states) for c in missing.values()}
        return {
            "when": parts.read(step.when, states),
            "members": [names[v] for v in members],
            "blockers": {names[v]: self.reasons(step, v) for v in against} | awaited,
        }

    def against(self, step: StepPiece, voter: int) -> list[int]:
        """A voter's chains that stand against a step."""
        states = self.future.states
        stance = self.future.parts.stances[voter]
        against = [stance] if states[stance] < step.needs else []
        for chain, mask in step.unless[voter]:
            if mask >> states[chain] & 1:
                against.append(chain)
        return against

    def missing(self, step: StepPiece) -> dict[int, int]:
        """What a step waits for and is not there: its number among the blockers -> the chain."""
        states = self.future.states
        awaited = zip(step.awaits, step.awaits_as, strict=True)
        return {number: chain for (chain, mask), number in awaited if not mask >> states[chain] & 1}

    def last_to_move(self, members: list[int]) -> int:
        """The member whose stance rose last to what the hardest decision needs; -1 if none did."""
        last, when = NONE, -1.0
        for v in members:
            rose = self.future.rose[v]
            if rose is not None and rose > when:
                last, when = v, rose
        return last

    def _note_idle(self, row: Dated, step: StepPiece | None) -> None:
        """Notes a meeting at which nothing was due, and why."""
        future, name = self.future, step.name if step else ""

        def cause() -> Cause:
            said: Cause = {"calendar": future.model.calendar_names[row.what], "due": False}
            if step is None:
                return said | {"why": "no step left"}
            if step.kind != DECISION:
                return said | {"why": "not for the Council to decide"}
            if not step.calendars >> row.what & 1:
                return said | {"why": "not decided at these meetings"}
            failed = tuple(pair for pair in step.when if not holds((pair,), future.states))
            return said | {"why": "conditions", "failed": future.parts.read(failed, future.states)}

        future.note("meeting", name, "", "not due", cause)

    # --- waits and ratification -----------------------------------------------------------------------

    def wait(self, step: StepPiece) -> None:
        """A wait starts."""
        days = self.future.days(step.law, f"wait/{step.name}", step.elapsed)
        self.ends = rules.after(self.future.now, days)
        self.future.note("wait", step.name, "", "", lambda: {"days": days, "ends": self.ends} | elapsed(step))

    def ratify(self, step: StepPiece) -> None:
        """A ratification starts: every capital that has not ratified has its length, and one may obstruct."""
        future, names, members = self.future, self.future.model.voter_names, self.future.members
        law = [int(number) for number in future.model.voters.ratification]
        days = {
            v: future.days(law[v], f"ratification/{step.name}/{names[v]}", step.elapsed)
            for v in members
            if not step.ratified[v]
        }
        before = [names[v] for v in members if step.ratified[v]]
        obstructor = self.obstructor(step, members)
        if obstructor not in days:  # nobody, or one that is over
            obstructor = NONE
        else:
            length = f"obstruction-length/{step.name}"
            days[obstructor] = future.days(step.obstruction_law, length, step.elapsed)
            said = {"step": step.name, "days": days[obstructor]} | elapsed(step)
            future.note("obstruction", names[obstructor], "", "", lambda: said)
        required = max(rules.required(*step.rule, len(members)) - len(before), 0)
        longest = sorted(days.values())[required - 1] if required else 0.0
        self.ratifier = next((v for v in days if days[v] == longest), NONE) if required else NONE
        lag = future.days(step.lag, f"lag/{step.name}", step.lag_elapsed)
        self.ends = rules.after(future.now, longest + lag)

        def cause() -> Cause:
            return {
                "days": {names[v]: length for v, length in days.items()},
                "obstructor": None if obstructor == NONE else names[obstructor],
                "required": required,
                "ratifier": self._ratifier_name(),
                "lag": lag,
                "ends": self.ends,
                **elapsed(step),
                **({"ratified": before} if any(step.ratified) else {}),
            }

        future.note("ratification", step.name, "", "", cause)

    def obstructor(self, step: StepPiece, members: list[int]) -> int:
        """The voter that obstructs this ratification, -1 if none."""
        numbers = self.future.numbers
        whether, who = self.future.uniforms(f"obstruction/{step.name}")
        if step.obstruction == NONE:
            return NONE
        others = [v for v in members if step.obstructors[v] == NONE]
        weights = np.zeros(self.future.model.n_voters)
        for v in members:
            slot = step.obstructors[v]
            weights[v] = numbers[step.others] / len(others) if slot == NONE else numbers[slot]
        chance = numbers[step.obstruction]
        if step.elapsed:
            chance = rules.blamed(chance, weights, *self.seen(step, members), len(weights))
        return rules.pick(who, weights, len(weights)) if rules.happens(whether, chance) else NONE

    def seen(self, step: StepPiece, members: list[int]) -> tuple[Floats, Floats]:
        """What the time that has passed says of each voter: see ``rules.blamed``."""
        future, model = self.future, self.future.model
        own, slow = np.zeros(model.n_voters), np.zeros(model.n_voters)
        for v in members:
            chances = [
                future.log_lasting(law, step.elapsed)
                for law in (int(model.voters.ratification[v]), step.obstruction_law)
            ]
            if step.ratified[v]:
                chances = [rules.log_over(chance) for chance in chances]
                if chances[0] == -np.inf:  # early against its own law: nothing is learnt from that
                    continue
            own[v], slow[v] = chances
        return own, slow

    def end(self) -> Doing:
        """A wait or a ratification ends."""
        step = self.steps[0]
        if step.kind == RATIFICATION and self.ratifier != NONE:  # nobody was needed: nobody was last
            self.future.outcome.last_to_ratify = self.ratifier
        ratifier = self._ratifier_name()
        by = {"by": "wait"} if step.kind == WAIT else {"by": "ratification", "ratifier": ratifier}
        yield from self.climb(step, PASSED, lambda: by)

    def _ratifier_name(self) -> str | None:
        return None if self.ratifier == NONE else self.future.model.voter_names[self.ratifier]
