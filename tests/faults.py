"""Engines with a fault put into them on purpose, to see whether the comparisons notice.

An engine is executed anew from its sources, one of them changed, under names of its own; the real modules
are not touched. The Monte Carlo engine takes long to compile, so its modules run as plain Python here: the
decorators of numba are replaced by nothing, while draws and rules stay compiled.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import sim.engines

ENGINES = Path(sim.engines.__file__).parent
IMPORT = re.compile(r"^from sim\.engines\.(montecarlo|replay)\.(\w+) import", re.MULTILINE)
COMPILING = re.compile(r"^from sim\.base\.compiled import [\w, ]+$", re.MULTILINE)
PACKAGE = "faulty"


@dataclass(frozen=True)
class Fault:
    """What is wrong, in which engine and module, and the text that makes it so."""

    what: str
    module: str
    """Its file below ``sim/engines``, without the ending."""
    old: str
    new: str

    @property
    def engine(self) -> str:
        return self.module.split("/")[0]

    def put_into(self, source: str) -> str:
        """The module's source with the fault; the text must occur exactly once."""
        found = source.count(self.old)
        assert found == 1, f"{self.what}: {found} times in {self.module}.py; the fault needs new text"
        return source.replace(self.old, self.new)


def source_of(module: str) -> str:
    return (ENGINES / f"{module}.py").read_text()


def modules_of(engine: str) -> list[str]:
    """The engine's modules, each after those that it imports."""
    found: list[str] = []

    def visit(module: str) -> None:
        for folder, other in IMPORT.findall(source_of(module)):
            visit(f"{folder}/{other}")
        if module not in found:
            found.append(module)

    visit(f"{engine}/engine")
    return found


def prepared(module: str, fault: Fault | None) -> str:
    """A module's source as it is executed: perhaps with a fault of its own, and never compiled."""
    source = source_of(module)
    if fault is not None:
        source = fault.put_into(source)
    source = COMPILING.sub("by_reference = compiled = inlined = lambda same: same", source)
    return IMPORT.sub(rf"from {PACKAGE}.\1_\2 import", source)


@cache
def code(module: str, fault: Fault | None) -> CodeType:
    return compile(prepared(module, fault), f"<{module}>", "exec")


@cache
def modules_in_order(engine: str) -> tuple[str, ...]:
    return tuple(modules_of(engine))


@contextmanager
def engine_with(engine: str, fault: Fault | None = None) -> Iterator[Any]:
    """The module of an engine (``montecarlo`` or ``replay``), executed anew with a fault."""
    names = modules_in_order(engine)
    assert fault is None or fault.module in names
    as_imported = {name: f"{PACKAGE}.{name.replace('/', '_')}" for name in names}
    try:
        sys.modules[PACKAGE] = ModuleType(PACKAGE)
        for name, imported in as_imported.items():
            module = sys.modules[imported] = ModuleType(imported)
            exec(code(name, fault if fault is not None and fault.module == name else None), module.__dict__)
        yield sys.modules[as_imported[f"{engine}/engine"]]
    finally:
        for name in [PACKAGE, *as_imported.values()]:
            sys.modules.pop(name, None)


FAULTS = (
    # --- the Monte Carlo engine ---------------------------------------------------------------------------
    Fault(
        "a step passes without what it awaits",
        "montecarlo/meetings",
        "passes = now.waiting == 0 and",
        "passes =",
    ),
    Fault(
        "a step needs one more voter than its rule asks for",
        "montecarlo/meetings",
        "now.members - now.blocking >= needed",
        "now.members - now.blocking > needed",
    ),
    Fault(
        "a voter who has not joined counts as a peer",
        "montecarlo/rates",
        "counts = v != owner and s.votes[v].below and s.votes[v].member",
        "counts = v != owner and s.votes[v].below",
    ),
    Fault(
        "a voter counts as its own peer",
        "montecarlo/changes",
        "if t.chains[chain].voter != voter:",
        "if True:",
    ),
    Fault(
        "a meeting comes before the moves of its date",
        "montecarlo/changes",
        "while t.meetings[s.now[0].not_over].time < now:",
        "while t.meetings[s.now[0].not_over].time <= now:",
    ),
    Fault(
        "luck starts anew when a rate changes",
        "montecarlo/clocks",
        "c.left = rules.spent(c.left, c.total, c.since, now)",
        "pass",
    ),
    Fault(
        "what has lasted begins anew",
        "montecarlo/ladder",
        "record.wait_key, record.elapsed, s, x)",
        "record.wait_key, 0, s, x)",
    ),
    Fault(
        "a redraw is keyed by its place on the agenda",
        "montecarlo/packing",
        "model.agenda.day[redraws]",
        "redraws",
    ),
    Fault(
        "a meeting is held or not for ever",
        "montecarlo/meetings",
        "drawn(key, x.number, t.meetings[at].day)",
        "drawn(key, x.number, 0)",
    ),
    Fault(
        "who never moves does",
        "montecarlo/rates",
        "if s.clocks[chain].never | s.clocks[chain].rests:\n        return 0.0\n    at",
        "if s.clocks[chain].rests:\n        return 0.0\n    at",
    ),
    Fault("rates of the world before are remembered", "montecarlo/engine", "        forget_rates(s)\n", ""),
    Fault(
        "a choice is made by the rates of another joint state",
        "montecarlo/rates",
        "s.rates[at + i] = s.weights[i - 1]",
        "s.rates[at + i] = 1.0",
    ),
    Fault(
        "a chain's new state is looked up beside its own",
        "montecarlo/changes",
        "record.width * (state - old)",
        "state - old",
    ),
    Fault(
        "a step does not ask for all its quiet chains",
        "montecarlo/roles",
        "last = sum(steps[0] <= step",
        "last = sum(steps[0] < step",
    ),
    Fault(
        "a waived step after another is not waived",
        "montecarlo/ladder",
        "if step + 1 == len(t.steps) or not s.steps[step + 1].waived:",
        "if True:",
    ),
    Fault("the lag is forgotten", "montecarlo/ladder", "if record.lag != NONE:", "if False:"),
    Fault(
        "a voter who joins is not noticed by its peers",
        "montecarlo/trajectory",
        "peers_changed(t, record.what, NONE, stance, record.time, s, x)",
        "pass",
    ),
    Fault(
        "quiet chains are not advanced before a meeting",
        "montecarlo/meetings",
        "advance_quiet(t, step, time, s, x)",
        "advance_quiet(t, step, 0.0, s, x)",
    ),
    Fault(
        "a first entry at the start is missed",
        "montecarlo/start",
        "s.watched[i] = 0.0 if inside else np.inf",
        "s.watched[i] = np.inf",
    ),
    Fault(
        "the first who rose is the last to move",
        "montecarlo/meetings",
        "if s.votes[v].member and s.votes[v].raised > when:",
        "if last == NONE and s.votes[v].member and s.votes[v].raised > when:",
    ),
    Fault(
        "the blockers of earlier meetings stay",
        "montecarlo/votes",
        "s.blockers[step, i] = np.uint64(0)",
        "s.blockers[step, i] |= np.uint64(0)",
    ),
    Fault(
        "of two clocks at one instant the later chain goes first",
        "montecarlo/clocks",
        "if s.fires[clock] < when:",
        "if s.fires[clock] <= when:",
    ),
    Fault(
        "a meeting is looked for only when the ladder moves",
        "montecarlo/changes",
        "if record.opens_step:",
        "if False:",
    ),
    Fault(
        "the first clock is kept when a clock has changed",
        "montecarlo/clocks",
        "s.now[0].sure &= when > s.fires[s.now[0].first]",
        "pass",
    ),
    Fault(
        "quiet chains go on from the trajectory before",
        "montecarlo/start",
        "now.dated = now.not_over = now.begun = 0",
        "now.dated = now.not_over = 0",
    ),
    Fault(
        "a chain that is watched may be advanced late",
        "montecarlo/roles",
        "set(model.watch.chain.tolist()) | set(model.voters.stance.tolist())",
        "set(model.voters.stance.tolist())",
    ),
    Fault(
        "background rests while it is read",
        "montecarlo/background",
        "if at == record.last_reading:",
        "if True:",
    ),
    Fault(
        "what a date can change is taken for stuck",
        "montecarlo/background",
        "record.steady & (s.clocks[chain].never | (leaving.first == leaving.last))",
        "s.clocks[chain].never | (leaving.first == leaving.last)",
    ),
    Fault(
        "a vote stands though its voter has changed",
        "montecarlo/meetings",
        "vote_again(t, step, now.turned, time, s)",
        "pass",
    ),
    Fault(
        "meetings do not wait for what comes between",
        "montecarlo/meetings",
        "now.meets < until:",
        "now.meets < np.inf:",
    ),
    Fault(
        "what changes while meetings are passed over is not seen at the next one",
        "montecarlo/changes",
        "if s.now[0].ahead:",
        "if False:",
    ),
    Fault(
        "meetings passed over are counted for every year before, too",
        "montecarlo/rows",
        "s.counts[step, first, b, 1] -= 1",
        "pass",
    ),
    # --- the replay ---------------------------------------------------------------------------------------
    Fault(
        "a step needs one more voter than its rule asks for",
        "replay/council",
        "len(members) - len(against) >= required:",
        "len(members) - len(against) > required:",
    ),
    Fault(
        "a voter who has not joined counts as a peer",
        "replay/future",
        "if v != voter and self.member[v] and self.peer[v]",
        "if v != voter and self.peer[v]",
    ),
    Fault(
        "a voter counts as its own peer",
        "replay/future",
        "if v != voter and self.member[v] and self.peer[v]",
        "if self.member[v] and self.peer[v]",
    ),
    Fault(
        "who recognised from the start counts as a peer",
        "replay/future",
        "if v != voter and self.member[v] and self.peer[v]",
        "if v != voter and self.member[v]",
    ),
    Fault(
        "luck starts anew when a rate changes",
        "replay/future",
        "self.left = rules.spent(self.left, self.rate, self.since, now)",
        "pass",
    ),
    Fault(
        "a meeting comes before the moves of its date",
        "replay/future",
        "self.meeting = self.end + 1",
        "self.meeting = self.DATED",
    ),
    Fault(
        "a redraw is keyed by its year",
        "replay/agents",
        'future.uniforms(f"redraw/{future.parts.chain(chain)}", row.day)',
        'future.uniforms(f"redraw/{future.parts.chain(chain)}", row.year)',
    ),
    Fault(
        "a meeting is held or not for ever",
        "replay/council",
        'f"held/{step.name}/{calendar}", row.day)',
        'f"held/{step.name}/{calendar}")',
    ),
    Fault(
        "what has lasted begins anew",
        "replay/council",
        'f"wait/{step.name}", step.elapsed)',
        'f"wait/{step.name}")',
    ),
    Fault("who never moves does", "replay/agents", "if future.stays[self.number]:", "if False:"),
    Fault(
        "a step that follows another is never waived",
        "replay/council",
        'if self.future.chance(step.waived, f"waived/{step.name}"):',
        'if self.future.now == 0.0 and self.future.chance(step.waived, f"waived/{step.name}"):',
    ),
    Fault(
        "the lag is forgotten",
        "replay/council",
        "rules.after(future.now, longest + lag)",
        "rules.after(future.now, longest)",
    ),
    Fault(
        "an obstruction comes on top of a capital's own length",
        "replay/council",
        "days[obstructor] = future.days(",
        "days[obstructor] += future.days(",
    ),
    Fault(
        "consensus of capitals is one short",
        "replay/council",
        "sorted(days.values())[required - 1] if required else 0.0",
        "sorted(days.values())[required - 2] if required else 0.0",
    ),
    Fault(
        "a voter who joins is not noticed by its peers",
        "replay/agents",
        "yield from self.tell(PEERS)",
        "yield from ()",
    ),
    Fault(
        "the way round a step stays open for the next",
        "replay/council",
        "self.bypass, self.ends = self._bypass_clock(), rules.NEVER",
        "self.ends = rules.NEVER",
    ),
    Fault(
        "every exit of a chain has the luck of the first",
        "replay/agents",
        "self.exits += 1\n",
        "pass\n",
    ),
    Fault(
        "the first who rose is the last to move",
        "replay/council",
        "if rose is not None and rose > when:",
        "if rose is not None and last == NONE:",
    ),
    Fault(
        "the blockers of earlier meetings stay",
        "replay/council",
        "future.outcome.blockers[step.number] = blockers",
        "future.outcome.blockers[step.number] |= blockers",
    ),
)

TILT_FAULTS = (
    Fault(
        "a gap is booked from the start on, not from the last change",
        "montecarlo/tilt",
        "        tilt.since = now\n",
        "",
    ),
    Fault(
        "a move is weighed upside down", "montecarlo/tilt", "log, truth, simulated)", "log, simulated, truth)"
    ),
    Fault(
        "weights go on from the trajectory before",
        "montecarlo/tilt",
        "tilt.gap = tilt.since = tilt.log = 0.0",
        "tilt.gap = tilt.since = 0.0",
    ),
    Fault(
        "a weight leaves out what is under way",
        "montecarlo/tilt",
        "log_weight += rules.booked(tilt.log, tilt.gap, tilt.since, now)",
        "log_weight += tilt.log",
    ),
    Fault(
        "a gap is looked up where the rate is",
        "montecarlo/rates",
        "s.rates[at + t.limits[0].gaps])",
        "s.rates[at])",
    ),
    Fault(
        "moves of tilted chains are not weighed",
        "montecarlo/changes",
        "tilted = len(t.tilting) > 0 and t.chains[chain].tilted",
        "tilted = False",
    ),
    Fault(
        "a trajectory that takes all steps weighs what it does at the horizon",
        "montecarlo/trajectory",
        "s.likelihood[len(s.steps)] if done else weight_at(t, t.limits[0].horizon, s)",
        "weight_at(t, t.limits[0].horizon, s)",
    ),
    Fault("a gap of before holds on", "replay/future", "if gap != self.gap:", "if gap > self.gap:"),
    Fault(
        "a move is picked by true rates",
        "replay/agents",
        "rates = np.array([self.tilted(move, rate) for move, rate in moves])",
        "rates = np.array([rate for move, rate in moves])",
    ),
    Fault(
        "a move is weighed as if it were not tilted",
        "replay/agents",
        "self.book.move(rate, self.tilted(move, rate), self.future.now)",
        "self.book.move(rate, rate, self.future.now)",
    ),
)
"""What a run without a tilt never comes to."""
