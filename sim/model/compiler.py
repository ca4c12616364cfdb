"""Scenario -> Model: names become numbers, once.

The scenario has been checked by the loader, so what is left here is translation. Every group of arrays is
built by one function below, in file order; the numbers of the scenario are collected as slots on the way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.base.dates import years_between
from sim.base.errors import ModelError
from sim.model import rules
from sim.model.model import (
    DECISION,
    EVENT,
    JOIN,
    MEETING,
    NONE,
    PEERS,
    RATIFICATION,
    REDRAW,
    WAIT,
    Agenda,
    Chains,
    Conditions,
    Laws,
    Model,
    Moves,
    Scales,
    Steps,
    Voters,
    Watch,
)  # fmt: skip
from sim.model.slots import Slots
from sim.scenario import schema
from sim.scenario.calendar import dates_of

if TYPE_CHECKING:
    from sim.scenario.load import LoadedScenario

MAX_STATES = 63


class Builder:
    """One compilation: the scenario, the positions of its names, and the slots collected so far."""

    def __init__(self, scenario: schema.Scenario) -> None:
        self.scenario = scenario
        self.slots = Slots()
        self.voters = list(scenario.voters)
        self.calendars = list(scenario.calendar)
        self.steps = [step.step for step in scenario.ladder]
        self.owners: list[int] = []
        self.names: list[str] = []
        self.specs: list[schema.Chain] = []
        for name, chain in scenario.chains.items():
            self._add(name, NONE, chain)
        for number, (code, voter) in enumerate(scenario.voters.items()):
            for name, chain in voter.chains.items():
                self._add(f"{code}.{name}", number, chain)
        self.number_of = {name: i for i, name in enumerate(self.names)}
        self.states = [tuple(spec.states) for spec in self.specs] + [("start", *self.steps)]
        for name, states in zip([*self.names, "ladder"], self.states, strict=True):
            if len(states) > MAX_STATES:
                raise ModelError(f"{name}: {len(states)} states; at most {MAX_STATES} are possible")
        self.condition_rows: list[tuple[int, int]] = []
        self.law_rows: list[tuple[int, int, int, int]] = []

    def _add(self, name: str, owner: int, chain: schema.Chain) -> None:
        self.names.append(name)
        self.owners.append(owner)
        self.specs.append(chain)

    def find(self, name: str, owner: int) -> int:
        """Number of the chain that ``name`` means here: the owner's, the world's, or the ladder."""
        if owner != NONE:
            own = f"{self.voters[owner]}.{name}"
            if own in self.number_of:
                return self.number_of[own]
        return len(self.names) if name == "ladder" else self.number_of[name]

    def mask(self, chain: int, states: schema.States) -> int:
        """Bits of the named states of a chain."""
        wanted = [states] if isinstance(states, str) else states
        return sum(1 << self.states[chain].index(state) for state in set(wanted))

    def conditions(self, when: schema.Condition, owner: int) -> None:
        """Adds a row for each chain that a ``when`` names."""
        for name, states in when.items():
            chain = self.find(name, owner)
            self.condition_rows.append((chain, self.mask(chain, states)))

    # --- the groups ---------------------------------------------------------------------------------

    def chains(self) -> Chains:
        """All chains, with where their probabilities are."""
        spread: list[int] = []

        def placed(spec: schema.Distribution, states: Sequence[str], where: str) -> int:
            at = len(spread)
            spread.extend(self.slots.distribution(spec, states, where))
            return at

        rows = []
        first_move = [0]
        for name, owner, spec in zip(self.names, self.owners, self.specs, strict=True):
            fixed = isinstance(spec.start, str)
            rows.append((
                owner,
                len(spec.states),
                spec.states.index(spec.start) if isinstance(spec.start, str) else NONE,
                placed(spec.start, spec.states, f"{name}.start") if isinstance(spec.start, dict) else NONE,
                not fixed and spec.drawn_by == "world",
                self.slots.optional(spec.never, "probability", f"{name}.never"),
                placed(spec.redrawn.to, spec.states, f"{name}.redrawn") if spec.redrawn else NONE,
            ))  # fmt: skip
            first_move.append(first_move[-1] + len(spec.moves))
        voter, states, start, start_at, by_world, never, redraw_at = _columns(rows, 7)
        return Chains(
            voter, states, start, start_at, by_world.astype(np.bool_), never, _ints(first_move), redraw_at,
            _ints(spread),
        )  # fmt: skip

    def moves(self) -> tuple[Moves, Scales, list[str]]:
        """All moves, what scales them, and their names."""
        rows: list[tuple[int, int, int]] = []
        scales: list[tuple[int, int]] = []
        factors: list[int] = []
        names: list[str] = []
        first_condition, first_scale = [0], [0]
        for name, owner, spec in zip(self.names, self.owners, self.specs, strict=True):
            for move in spec.moves:
                where = f"{name}: {move.from_} to {move.to}"
                rate = self.slots.number(move.rate, "rate", f"{where}, rate")
                rows.append((spec.states.index(move.from_), spec.states.index(move.to), rate))
                names.append(move.name or f"{move.from_} to {move.to}")
                self.conditions(move.when, owner)
                first_condition.append(len(self.condition_rows))
                for scaler, by_state in move.scaled_by.items():
                    peers = scaler == "peers"
                    chain = PEERS if peers else self.find(scaler, owner)
                    states = self._stance_states() if peers else self.states[chain]
                    scales.append((chain, len(factors)))
                    factors.extend(
                        self.slots.optional(by_state.get(state), "factor", f"{where}, scaled_by {scaler}")
                        for state in states
                    )
                first_scale.append(len(scales))
        source, target, rate_slots = _columns(rows, 3)
        scaler_of, factor_at = _columns(scales, 2)
        moves = Moves(source, target, rate_slots, _ints(first_condition), _ints(first_scale))
        return moves, Scales(scaler_of, factor_at, _ints(factors)), names

    def _stance_states(self) -> tuple[str, ...]:
        return self.states[self.number_of[f"{self.voters[0]}.stance"]]

    def law(self, law: schema.Law | None, where: str) -> int:
        """Adds a law; the parts of a mixture come right after one another, before it."""
        if law is None:
            return NONE
        if law.mixture is None:
            return self._row(*self._simple(law, where), NONE)
        spec = {str(i): part.weight for i, part in enumerate(law.mixture)}
        weights = self.slots.distribution(spec, list(spec), f"{where}.weight")
        parts = [
            self._row(*self._simple(part, where), weight)
            for part, weight in zip(law.mixture, weights, strict=True)
        ]
        return self._row(rules.MIXTURE, parts[0], parts[-1] + 1, NONE)

    def _row(self, *row: int) -> int:
        self.law_rows.append((row[0], row[1], row[2], row[3]))
        return len(self.law_rows) - 1

    def _simple(self, law: schema.SimpleLaw, where: str) -> tuple[int, int, int]:
        def positive(number: schema.Number, what: str, kind: str = "product") -> int:
            return self.slots.number(number, "positive", f"{where}.{what}", kind)

        if law.weibull:
            return rules.WEIBULL, positive(law.weibull.scale, "scale"), positive(law.weibull.shape, "shape")
        if law.gamma:
            scale = (
                positive(law.gamma.scale, "scale")
                if law.gamma.scale is not None
                else positive(law.gamma.rate or 0.0, "rate", "inverse")
            )
            return rules.GAMMA, scale, positive(law.gamma.shape, "shape")
        if law.lognormal:
            median = positive(law.lognormal.median, "median")
            return rules.LOGNORMAL, median, self.slots.number(law.lognormal.sigma, "factor", f"{where}.sigma")
        if law.exponential:
            mean = positive(law.exponential.mean, "mean")
            return rules.EXPONENTIAL, mean, mean
        fixed = self.slots.number(law.fixed or 0.0, "factor", f"{where}.fixed")
        return rules.FIXED, fixed, fixed

    def ladder(self) -> Steps:
        """All steps; called after ``moves``, for they share the table of conditions."""
        rows, first_condition, first_unless = [], [len(self.condition_rows)], [0]
        unless: list[tuple[int, int]] = []
        masks, by = [], []
        for step in self.scenario.ladder:
            rows.append(self._step(step))
            if isinstance(step, schema.Decision):
                self.conditions(step.when, NONE)
            first_condition.append(len(self.condition_rows))
            masks.append(self._calendar_mask(step))
            for number, code in enumerate(self.voters):
                unless.extend(self._unless(step, number))
                first_unless.append(len(unless))
                by.append(self._obstructor(step, code))
        kind, needs, rule, a, b, held, waived, bypass, law, lag, chance, chance_law, others = _columns(
            rows, 13
        )
        chain, states = _columns(unless, 2)
        return Steps(
            kind, _ints(first_condition), np.array(masks, dtype=np.uint64), needs, _ints(first_unless), chain,
            states.astype(np.uint64), rule, a, b, held, waived, bypass, law, lag, chance, chance_law,
            _ints(by), others,
        )  # fmt: skip

    def _step(self, step: schema.Step) -> tuple[int, ...]:
        """Kind and needs, then the columns of Steps from ``rule`` to ``others`` but for ``obstructor``."""
        name, chance = step.step, self.slots.optional
        if isinstance(step, schema.Wait):
            law = self.law(step.law, f"{name}.law")
            return (WAIT, 0, rules.CONSENSUS, 0, 1, NONE, NONE, NONE, law, NONE, NONE, NONE, NONE)
        if isinstance(step, schema.RatificationStep):
            lag = self.law(step.lag, f"{name}.lag")
            by = step.obstruction
            obstruction: tuple[int, int, int] = (NONE, NONE, NONE)
            if by is not None:
                obstruction = (
                    chance(by.probability, "probability", f"{name}.obstruction.probability"),
                    self.law(by.law, f"{name}.obstruction.law"),
                    self._weights(by)["others"],
                )
            return (RATIFICATION, 0, *_rule(step.rule), NONE, NONE, NONE, NONE, lag, *obstruction)
        needs = self._stance_states().index(step.needs.stance) if step.needs else 0
        return (
            DECISION, needs, *_rule(step.rule),
            chance(step.held, "probability", f"{name}.held"),
            chance(step.waived, "probability", f"{name}.waived"),
            chance(step.bypass, "rate", f"{name}.bypass"),
            NONE, NONE, NONE, NONE, NONE,
        )  # fmt: skip

    def _calendar_mask(self, step: schema.Step) -> int:
        names = step.meetings if isinstance(step, schema.Decision) else []
        return sum(1 << self.calendars.index(name) for name in set(names))

    def _unless(self, step: schema.Step, voter: int) -> Iterable[tuple[int, int]]:
        if not isinstance(step, schema.Decision):
            return
        for name, states in step.unless.items():
            chain = self.number_of.get(f"{self.voters[voter]}.{name}", NONE)
            if chain != NONE:
                yield chain, self.mask(chain, states)

    def _weights(self, obstruction: schema.Obstruction) -> dict[str, int]:
        names = [*(n for n in obstruction.by if n != "others"), "others"]
        return dict(zip(names, self.slots.distribution(obstruction.by, names, "obstruction.by"), strict=True))

    def _obstructor(self, step: schema.Step, code: str) -> int:
        if not isinstance(step, schema.RatificationStep) or step.obstruction is None:
            return NONE
        return self._weights(step.obstruction).get(code, NONE)

    def voter_group(self) -> Voters:
        """All voters."""
        members = set(self.scenario.members)
        laws = [
            NONE if voter.ratification is None else self.law(voter.ratification.law, f"{code}.ratification")
            for code, voter in self.scenario.voters.items()
        ]
        return Voters(
            _ints(self.number_of[f"{code}.stance"] for code in self.voters),
            np.array([code in members for code in self.voters], dtype=np.bool_),
            _ints(laws),
        )

    def agenda(self) -> Agenda:
        """Everything with a date from start to horizon."""
        rows: list[tuple[date, int, int, int]] = []
        for event in self.scenario.events:
            rows.append((event.on, *self._event(event)))
        for number, spec in enumerate(self.specs):
            if spec.redrawn:
                rows.extend(
                    (day, REDRAW, number, self.calendars.index(spec.redrawn.on))
                    for day in self._days(spec.redrawn.on)
                )
        for number, name in enumerate(self.calendars):
            rows.extend((day, MEETING, number, NONE) for day in self._days(name))
        # events (joins among them) keep file order; the sort is stable
        rows.sort(key=lambda row: (row[0], max(row[1], JOIN)))
        start = self.scenario.start
        return Agenda(
            np.array([years_between(start, row[0]) for row in rows], dtype=np.float64),
            *_columns(
                [(k, what, state, day.toordinal(), day.year - start.year) for day, k, what, state in rows], 5
            ),
        )

    def _event(self, event: schema.Event) -> tuple[int, int, int]:
        if event.joins:
            return JOIN, self.voters.index(str(event.voter)), NONE
        chain, state = self._named(event)
        return EVENT, chain, state

    def _named(self, part: schema.Event | schema.Watch) -> tuple[int, int]:
        """The chain and state that an event or a watch names."""
        if part.chain is not None:
            chain = self.find(part.chain, NONE)
            return chain, self.states[chain].index(str(part.state))
        name, state = next(iter(part.__pydantic_extra__.items()))
        chain = self.number_of[f"{part.voter}.{name}"]
        return chain, self.states[chain].index(state)

    def _days(self, calendar: str) -> list[date]:
        start, horizon = self.scenario.start, self.scenario.horizon
        return [d for d in dates_of(self.scenario.calendar[calendar], horizon) if start <= d <= horizon]

    def watch(self) -> tuple[Watch, tuple[str, ...]]:
        """First entries to be stored, and their names: ``GRC.stance=recognises``."""
        pairs = [self._named(entry) for entry in self.scenario.watch]
        names = tuple(f"{[*self.names, 'ladder'][c]}={self.states[c][s]}" for c, s in pairs)
        return Watch(*_columns(pairs, 2)), names


def _ints(values: Iterable[int]) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.array(list(values), dtype=np.int64)


def _columns(rows: Sequence[Sequence[int]], width: int) -> list[np.ndarray[Any, np.dtype[np.int64]]]:
    table = np.array(rows, dtype=np.int64).reshape(-1, width)
    return [np.ascontiguousarray(table[:, i]) for i in range(width)]


def _rule(rule: schema.Rule) -> tuple[int, int, int]:
    if isinstance(rule, schema.AllBut):
        return rules.ALL_BUT, rule.all_but, 1
    if isinstance(rule, schema.Share):
        share = Fraction(str(rule.share)).limit_denominator(10_000)
        return rules.SHARE, share.numerator, share.denominator
    return rules.CONSENSUS, 0, 1


def compile_scenario(loaded: LoadedScenario) -> Model:
    """Compiles a loaded scenario.

    :raises ModelError: a chain with too many states.
    """
    scenario = loaded.scenario
    b = Builder(scenario)
    chains = b.chains()
    moves, scales, move_names = b.moves()
    steps = b.ladder()
    voters = b.voter_group()
    watch, watch_names = b.watch()
    decisions = [i for i, kind in enumerate(steps.kind) if kind == DECISION]
    return Model(
        name=loaded.name,
        title=scenario.title,
        digest=loaded.digest,
        start=scenario.start,
        horizon=scenario.horizon,
        horizon_years=years_between(scenario.start, scenario.horizon),
        voter_names=tuple(b.voters),
        chain_names=tuple(b.names),
        state_names=tuple(b.states),
        move_names=tuple(move_names),
        step_names=tuple(b.steps),
        calendar_names=tuple(b.calendars),
        watch_names=watch_names,
        years=tuple(range(scenario.start.year, scenario.horizon.year + 1)),
        parameters=scenario.parameters,
        tables=loaded.tables,
        recipes=tuple(b.slots.recipes),
        top_stance=len(b._stance_states()) - 1,
        threshold=max((int(steps.needs[i]) for i in decisions), default=0),
        last_decision=max(decisions, default=NONE),
        chains=chains,
        moves=moves,
        conditions=Conditions(*_condition_columns(b.condition_rows)),
        scales=scales,
        steps=steps,
        laws=Laws(*_columns(b.law_rows, 4)),
        agenda=b.agenda(),
        voters=voters,
        watch=watch,
    )


def _condition_columns(rows: list[tuple[int, int]]) -> tuple[Any, Any]:
    return _ints(chain for chain, _ in rows), np.array([allowed for _, allowed in rows], dtype=np.uint64)
