"""The baseline with vectorised NumPy: all trajectories of a batch go together from date to date.

Between two dates, whatever can happen to a trajectory is one exponential clock at the sum of all rates, looked
up in tables (``numpy_tables``). A round takes all trajectories whose clock falls before the next date, picks
what happens, and sets their clocks anew; clocks have no memory, so the others are left alone. Objections are
independent chains that nothing changes, and are looked at at meetings only (``numpy_objections``).

``simulate`` answers what the other rivals answer; with ``everything`` it answers all that the project's engine
does: also who blocks in each year, the first entries that the scenario watches, and who is last.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.numpy_objections import Counts, Looked, Watched
from benchmarks.numpy_tables import (
    CODES,
    DEAL,
    ENV,
    INVITATION_DUE,
    MAP_DUE,
    MAP_TAKEN,
    MOVABLE,
    NEVER,
    NEW_GOVERNMENT,
    NEXT_ENV,
    NEXT_PHASE,
    NORTH,
    NOT_FILED,
    OVER,
    PFP_DUE,
    PFP_TAKEN,
    PHASE,
    PHASES,
    PLANNING,
    STANCE,
    Tables,
    tables,
)  # fmt: skip
from benchmarks.shared import (
    BYPASSED,
    DAYS_PER_YEAR,
    HOLDOUTS,
    INVITATION,
    MAP,
    MEMBERSHIP,
    PASSED,
    PFP,
    PROTOCOL,
    WAIVED,
    Baseline,
    Outcomes,
    empty,
    joined,
)  # fmt: skip
from sim.model.model import Floats

Index = NDArray[np.intp]

BATCH = 200_000
"""Trajectories that go together: the fastest of 25, 50, 100 and 200 thousand, for the interpreter's share
falls with it."""

_NEXT_ENV = NEXT_ENV.astype(np.uint8).ravel()
_NEXT_PHASE = NEXT_PHASE.astype(np.uint8)
_SETTLED_FROM = 8


def simulate(
    base: Baseline, trajectories: int, seed: int, everything: bool = False, batch: int = BATCH
) -> Outcomes:
    """Trajectories 0 to n-1, in batches."""
    table, rng = tables(base), np.random.Generator(np.random.SFC64(seed))
    counts = Counts(base) if everything else None
    parts = []
    for first in range(0, trajectories, batch):
        worlds = np.arange(first, min(first + batch, trajectories)) % base.worlds
        parts.append(Batch(base, table, worlds, rng, counts).run())
    return joined(parts)


class Batch:
    """n trajectories. Arrays have one entry each unless said."""

    def __init__(
        self, base: Baseline, table: Tables, worlds: Index, rng: np.random.Generator, counts: Counts | None
    ) -> None:
        n = len(worlds)
        self.base, self.table, self.rng = base, table, rng
        self.world, self.row = worlds, worlds * ENV
        self.out = empty(n)
        self.env = (4 * base.settlement_today[worlds]).astype(np.uint8)
        self.phase = np.zeros(n, np.uint8)
        self.codes = self._codes()
        """[4, n]"""
        self.blocking = np.zeros(n, np.uint8)
        """Bit for each holdout that blocks."""
        self.below = np.full(n, 15, np.uint8)
        """Bit for each holdout that does not recognise."""
        for h in range(4):
            self.blocking |= ((STANCE[self.codes[h]] == 0) << h).astype(np.uint8)
        self.recognising = np.zeros(n, np.uint8)
        self.new_governments = NEW_GOVERNMENT[self.codes].sum(axis=0, dtype=np.uint8)
        self.up, self.down = np.empty(n), np.empty(n)
        self.fires, self.total, self.outside = np.empty(n), np.empty(n), np.empty(n)
        self.counts = counts
        self.objections = (Watched if counts else Looked)(base, worlds, rng)
        self.asked = np.zeros((3, n))
        """[step, n] last meeting at which the step was due; 0 for none."""
        self.stances = np.zeros((3, n), np.uint8)
        """[step, n] bits of the holdouts whose stance blocked it then."""
        self.columns = [base.voters.index(code) for code in HOLDOUTS]
        bits = [sum(1 << c for h, c in enumerate(self.columns) if i >> h & 1) for i in range(16)]
        self.bits = np.array(bits, np.uint64)
        self.first = np.full((6, n), np.inf)
        """[entry, n] first entries: settlement, application, recognition by each of the four."""
        self.last_to_move, self.last_to_ratify = np.full(n, -1, np.int16), np.full(n, -1, np.int16)
        self.settles = float(base.numbers["government_settles"][0])
        everyone = np.arange(n)
        self._weigh_holdouts(everyone)
        self._set_clocks(everyone, 0.0)

    def _codes(self) -> NDArray[np.uint8]:
        """Stances and governments of today, and who never moves."""
        codes = np.empty((4, len(self.world)), np.uint8)
        for h, code in enumerate(HOLDOUTS):
            stance = self.base.stance_today[self.world, h]
            never = self.rng.random(len(self.world)) < self.base.numbers[f"never_{code}"][self.world]
            codes[h] = np.where(never, NEVER + stance, 3 * self.base.government_today[self.world, h] + stance)
        return codes

    # --- from date to date ----------------------------------------------------------------------------------

    def run(self) -> Outcomes:
        """To the horizon."""
        for date, what in self.base.dates:
            self._advance(date)
            if what == "us_inaugurations":
                self._inauguration(date)
            elif what.startswith("elections"):
                self._election(HOLDOUTS.index(what[-3:]), date)
            else:
                self._meeting(date, summit=what == "summit")
        self._advance(self.base.horizon)
        # What nobody took is blocked as at its last meeting.
        for step, due in ((PFP, PFP_DUE), (MAP, MAP_DUE), (INVITATION, INVITATION_DUE)):
            self._list_blockers(step, np.flatnonzero(self.phase == due))
        self._finish()
        return self.out

    def _advance(self, date: float) -> None:
        """Everything that happens before a date, in rounds."""
        who = np.flatnonzero(self.fires < date)
        while len(who):
            now = self.fires.take(who)
            self._happen(who, now)
            self._set_clocks(who, now)
            who = who.compress(self.fires.take(who) < date)

    def _set_clocks(self, who: Index, now: Floats | float) -> None:
        """Their next happening."""
        at = self.row.take(who) + self.env.take(who)
        outside = self.table.total.take(at * PHASES + self.phase.take(who))
        total = self.up.take(who) * self.table.pull.take(at * 5 + self.recognising.take(who))
        total += outside
        total += self.down.take(who) * self.table.push.take(at)
        total += self.new_governments.take(who) * self.settles
        self.outside[who], self.total[who] = outside, total
        with np.errstate(divide="ignore"):
            self.fires[who] = now + self.rng.standard_exponential(len(who)) / total

    def _weigh_holdouts(self, who: Index) -> None:
        """Their upward rates and rates of hardening, summed over holdouts."""
        at = self._holdout_rows(who)
        up, down = np.zeros(len(who)), np.zeros(len(who))
        for h in range(4):
            entry = at + CODES * h + self.codes[h].take(who)
            up += self.table.up.take(entry)
            down += self.table.down.take(entry)
        self.up[who], self.down[who] = up, down

    def _holdout_rows(self, who: Index) -> Index:
        settled = self.env.take(who) >= _SETTLED_FROM
        return (self.world.take(who) * 2 + settled) * (4 * CODES)

    # --- what happens ---------------------------------------------------------------------------------------

    def _happen(self, who: Index, now: Floats) -> None:
        """One happening for each."""
        point = self.rng.random(len(who)) * self.total.take(who)
        inside = point - self.outside.take(who)
        holdouts = inside >= 0
        outside = ~holdouts
        self._happen_outside(who.compress(outside), point.compress(outside), now.compress(outside))
        if holdouts.any():
            self._happen_to_holdouts(
                who.compress(holdouts), inside.compress(holdouts), now.compress(holdouts)
            )

    def _happen_outside(self, who: Index, point: Floats, now: Floats) -> None:
        env = self.env.take(who)
        at = (self.row.take(who) + env) * 3
        what = (point >= self.table.upto.take(at)).astype(np.uint8)
        for k in (DEAL, NORTH):
            what += point >= self.table.upto.take(at + k)
        self.env[who] = _NEXT_ENV.take(env * np.uint8(4) + what)
        deal = what == DEAL
        if deal.any():
            settled = who.compress(deal)
            self.first[0, settled] = now.compress(deal)
            self._weigh_holdouts(settled)
            self.new_governments[settled] = 0  # governments count no more
        ended = what == PHASE
        if ended.any():
            moved, when = who.compress(ended), now.compress(ended)
            phase = self.phase.take(moved)
            self.phase[moved] = _NEXT_PHASE.take(phase)
            filed = phase == NOT_FILED
            self.first[1, moved.compress(filed)] = when.compress(filed)
            bypassed = phase == PFP_DUE
            if bypassed.any():
                passing, then = moved.compress(bypassed), when.compress(bypassed)
                self._list_blockers(PFP, passing)
                self._take_pfp(passing, then, BYPASSED)

    def _happen_to_holdouts(self, who: Index, point: Floats, now: Floats) -> None:
        at = self.row.take(who) + self.env.take(who)
        pull = self.table.pull.take(at * 5 + self.recognising.take(who))
        up = point / pull
        rises = up < self.up.take(who)
        rest = point - self.up.take(who) * pull
        push = self.table.push.take(at)
        hardens = ~rises & (rest < self.down.take(who) * push)
        if rises.any():
            self._rise(who.compress(rises), up.compress(rises), now.compress(rises))
        if hardens.any():
            self._harden(who.compress(hardens), (rest / push).compress(hardens))
        settles = ~(rises | hardens)
        self._settle_government(who.compress(settles))

    def _which(self, who: Index, point: Floats, rates: Floats) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
        """The holdout in whose rate ``point`` falls, and its code."""
        at = self._holdout_rows(who)
        upto, which = np.zeros(len(who)), np.zeros(len(who), np.int64)
        last = np.zeros(len(who), np.int64)
        for h in range(4):
            rate = rates.take(at + CODES * h + self.codes[h].take(who))
            upto += rate
            which += point >= upto
            last = np.where(rate > 0, h, last)
        which = np.minimum(which, last)  # a rounded sum never picks one that cannot move
        return which, self.codes[which, who]

    def _rise(self, who: Index, point: Floats, now: Floats) -> None:
        which, code = self._which(who, point, self.table.up)
        settled = self.env.take(who) >= _SETTLED_FROM
        softens = (code % 3 == 0) & (
            self.rng.random(len(who)) < self.table.soften.take(self.world.take(who) * 2 + settled)
        )
        # from now on a government that recognises is of no interest
        self.new_governments[who] -= np.where(softens | settled, 0, NEW_GOVERNMENT.take(code)).astype(
            np.uint8
        )
        self.codes[which, who] = np.where(softens, code + 1, 2)
        bit = (1 << which).astype(np.uint8)
        self.blocking[who] &= ~bit
        recognises = ~softens
        self.recognising[who] += recognises
        self.below[who] &= ~(bit * recognises)
        self.first[2 + which[recognises], who[recognises]] = now[recognises]
        self._weigh_holdouts(who)

    def _harden(self, who: Index, point: Floats) -> None:
        which, code = self._which(who, point, self.table.down)
        self.codes[which, who] = code - 1
        self.blocking[who] |= (1 << which).astype(np.uint8)
        self._weigh_holdouts(who)

    def _settle_government(self, who: Index) -> None:
        """One of the new governments, each as likely, loses its effect."""
        if not len(who):
            return
        left = (self.rng.random(len(who)) * self.new_governments.take(who)).astype(np.int8)
        for h in range(4):
            code = self.codes[h].take(who)
            new = NEW_GOVERNMENT.take(code)
            chosen = (new == 1) & (left == 0)
            self.codes[h, who] = np.where(chosen, code % 3, code)
            left -= new.astype(np.int8)
        self.new_governments[who] -= np.uint8(1)
        self._weigh_holdouts(who)

    # --- dates ----------------------------------------------------------------------------------------------

    def _inauguration(self, date: float) -> None:
        who = np.flatnonzero((self.env < _SETTLED_FROM) & (self.phase != OVER))
        engages = self.base.numbers["washington_engages"].take(self.world.take(who))
        env = self.env.take(who)
        new = (env & 254) | (self.rng.random(len(who)) < engages)
        who = who.compress(new != env)
        self.env[who] ^= 1
        self._set_clocks(who, date)

    def _election(self, h: int, date: float) -> None:
        """Where it is settled, and where the holdout recognises or never moves, nothing depends on it."""
        who = np.flatnonzero(MOVABLE.take(self.codes[h]) & (self.env < _SETTLED_FROM) & (self.phase != OVER))
        world = self.world.take(who)
        softer = self.base.numbers["government_softer"].take(world)
        harder = self.base.numbers["government_harder"].take(world)
        u = self.rng.random(len(who))
        government = np.where(u < softer, np.uint8(1), (u < softer + harder) * np.uint8(2))
        code = self.codes[h].take(who)
        new = 3 * government + code % 3
        changed = new != code
        who, code, new = who.compress(changed), code.compress(changed), new.compress(changed)
        self.codes[h, who] = new
        self.new_governments[who] += NEW_GOVERNMENT.take(new) - NEW_GOVERNMENT.take(code)
        self._weigh_holdouts(who)
        self._set_clocks(who, date)

    def _meeting(self, date: float, summit: bool) -> None:
        self._decide(PFP, self.phase == PFP_DUE, self.blocking, date)
        self._decide(MAP, self.phase == MAP_DUE, self.blocking, date)
        if summit:
            self._decide(INVITATION, self.phase == INVITATION_DUE, self.below, date)

    def _decide(self, step: int, due: NDArray[np.bool_], stances: NDArray[np.uint8], date: float) -> None:
        if self.counts:
            who = np.flatnonzero(due)
            who = self._count(self.counts, step, who, stances.take(who), date)
        else:
            np.copyto(self.asked[step], date, where=due)
            np.copyto(self.stances[step], stances, where=due)
            who = np.flatnonzero(due & (stances == 0))
            objects = self.objections.at(who, date)
            self.out.blockers[who, step] = packed(objects)
            who = who.compress(~objects.any(axis=1))
        if len(who):
            self._put_to_vote(step, who, date)

    def _count(self, counts: Counts, step: int, who: Index, stances: NDArray[np.uint8], date: float) -> Index:
        """Counts who blocks; those whom nobody blocks."""
        objects = self.objections.at(who, date)
        for h, column in enumerate(self.columns):
            objects[:, column] |= (stances >> h & 1).view(np.bool_)
        counts.add(step, date, objects)
        bits = packed(objects)
        self.out.blockers[who, step] = bits
        return who.compress(bits == 0)

    def _put_to_vote(self, step: int, who: Index, date: float) -> None:
        """A step that nobody blocks passes, unless the meeting holds it."""
        held = self.base.numbers["held_invitation" if step == INVITATION else "held_early"].take(
            self.world.take(who)
        )
        who = who.compress(self.rng.random(len(who)) >= held)
        if step == PFP:
            self._take_pfp(who, np.full(len(who), date), PASSED)
        else:
            self.out.time[who, step], self.out.how[who, step] = date, PASSED
            self.phase[who] = PLANNING if step == MAP else OVER
        self._set_clocks(who, date)
        if step == INVITATION:
            self.fires[who] = np.inf
            self.last_to_move[who] = np.array(self.columns)[self.first[2:, who].argmax(axis=0)]

    def _take_pfp(self, who: Index, when: Floats, how: int) -> None:
        self.out.time[who, PFP], self.out.how[who, PFP] = when, how
        waived = self.rng.random(len(who)) < self.base.numbers["map_waived"].take(self.world.take(who))
        self.phase[who] = np.where(waived, MAP_TAKEN, PFP_TAKEN)
        who, when = who.compress(waived), when.compress(waived)
        self.out.time[who, MAP], self.out.how[who, MAP] = when, WAIVED

    def _list_blockers(self, step: int, who: Index) -> None:
        """Who blocked at the last meeting, of a step that no meeting took: objections as they were then."""
        if isinstance(self.objections, Watched):
            return  # it has been written at every meeting
        asked = self.asked[step].take(who)
        later = asked > self.objections.looked.take(who)
        who, asked = who.compress(later), asked.compress(later)
        objecting = packed(self.objections.at(who, asked))
        self.out.blockers[who, step] = objecting | self.bits.take(self.stances[step].take(who))

    def _finish(self) -> None:
        """Talks and ratification of those who are invited; nothing else matters to them."""
        who = np.flatnonzero(self.phase == OVER)
        world, p, rng = self.world.take(who), self.base.numbers, self.rng

        def lognormal(name: str) -> Floats:
            spread = p[f"{name}_spread"].take(world)
            return p[f"{name}_median"].take(world) * np.exp(spread * rng.standard_normal(len(who)))

        protocol = self.out.time[who, INVITATION] + lognormal("talks") / DAYS_PER_YEAR
        shape = p["ratification_shape"].take(world)[:, None]
        scale = self.base.ratification_scale[world]
        days = scale * rng.standard_exponential(scale.shape) ** (1 / shape)
        obstructed = np.flatnonzero(rng.random(len(who)) < p["obstruction_chance"].take(world))
        upto = np.cumsum(self.base.obstructors[world[obstructed]], axis=1)
        by = (rng.random(len(obstructed))[:, None] >= upto[:, :-1]).sum(axis=1)
        days[obstructed, by] = lognormal("obstruction")[obstructed]
        membership = protocol + (days.max(axis=1) + lognormal("deposit")) / DAYS_PER_YEAR
        for step, time in ((PROTOCOL, protocol), (MEMBERSHIP, membership)):
            reached = time <= self.base.horizon
            self.out.time[who[reached], step] = time[reached]
            self.out.how[who[reached], step] = PASSED
        self.last_to_ratify[who[reached]] = days.argmax(axis=1)[reached]


def packed(objects: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """Bits from booleans, [m, 32] -> [m]."""
    return np.packbits(objects, axis=1, bitorder="little").view("<u4")[:, 0].astype(np.uint64)
