"""Scenario -> Model: names become numbers, once.

The scenario has been checked by the loader, so what is left here is translation. Every group of arrays is
built by one function below, in file order; the numbers of the scenario are collected as slots on the way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from sim.base.dates import years_between
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
    Given,
    Laws,
    Model,
    Moves,
    PriorColumn,
    PriorLaw,
    Scales,
    Steps,
    Voters,
    Watches,
)  # fmt: skip
from sim.model.names import Names
from sim.model.rows import (
    AgendaRow,
    ChainRow,
    LawRow,
    MoveRow,
    ScaleRow,
    StatesRow,
    StepRow,
    WatchRow,
    columns,
    ints,
)
from sim.model.slots import Slots
from sim.scenario import schema
from sim.scenario.calendar import dates_of
from sim.scenario.part import Part

if TYPE_CHECKING:
    from sim.scenario.load import Scenario


def compile_scenario(loaded: Scenario) -> Model:
    """Compiles a loaded scenario.

    :raises ModelError: a chain with too many states.
    """
    scenario = loaded.content
    b = Builder(scenario)
    names = b.names
    chains = b.chains()
    moves, scales, move_names = b.moves()
    steps = b.ladder()
    voters = b.voter_group()
    watch, watch_names = b.watch()
    decisions = [i for i, kind in enumerate(steps.kind) if kind == DECISION]
    conditions = columns(StatesRow, b.condition_rows)
    return Model(
        name=loaded.name,
        title=scenario.title,
        digest=loaded.digest,
        start=scenario.start,
        horizon=scenario.horizon,
        horizon_years=years_between(scenario.start, scenario.horizon),
        voter_names=names.voters,
        chain_names=names.of_chains,
        state_names=names.states,
        move_names=tuple(move_names),
        step_names=names.steps,
        calendar_names=names.calendars,
        watch_names=watch_names,
        years=tuple(range(scenario.start.year, scenario.horizon.year + 1)),
        parameters={name: given(parameter) for name, parameter in scenario.parameters.items()},
        tables=loaded.tables,
        recipes=tuple(b.slots.recipes),
        top_stance=len(names.stances) - 1,
        threshold=max((int(steps.needs[i]) for i in decisions), default=0),
        last_decision=max(decisions, default=NONE),
        chains=chains,
        moves=moves,
        conditions=Conditions(conditions["chain"], conditions["states"].astype(np.uint64)),
        scales=scales,
        steps=steps,
        laws=Laws(**columns(LawRow, b.law_rows)),
        agenda=b.agenda(),
        voters=voters,
        watch=watch,
        titles={name: chain.title for name, _, chain in names.chains if chain.title},
        yours=loaded.yours,
    )


def given(parameter: schema.Parameter) -> Given:
    """What is said of a parameter, without its unit and source."""
    prior, times = parameter.prior, parameter.times or 1.0
    if prior is None:
        return float(parameter.value or 0.0)
    if prior.table is not None:
        return PriorColumn(prior.table.file, prior.table.column, times)
    ((law, numbers),) = prior.model_dump(exclude_none=True).items()
    return PriorLaw(law, numbers, times)


class Builder:
    """One compilation: the scenario, the positions of its names, and what has been collected so far."""

    def __init__(self, scenario: schema.ScenarioContent) -> None:
        self.scenario = scenario
        self.names = Names(scenario)
        self.slots = Slots()
        self.condition_rows: list[StatesRow] = []
        self.law_rows: list[LawRow] = []

    def conditions(self, when: schema.Condition, owner: int) -> None:
        """Adds a row for each chain that a ``when`` names."""
        self.condition_rows.extend(self._states(name, states, owner) for name, states in when.items())

    def _states(self, name: str, states: schema.States, owner: int = NONE) -> StatesRow:
        chain = self.names.find(name, owner)
        return StatesRow(chain, self.names.mask(chain, states))

    # --- chains and moves ---------------------------------------------------------------------------

    def chains(self) -> Chains:
        """All chains, with where their probabilities are."""
        spread: list[int] = []

        def placed(spec: schema.Distribution, states: Sequence[str], where: str) -> int:
            at = len(spread)
            spread.extend(self.slots.distribution(spec, states, where))
            return at

        rows = []
        for name, owner, spec in self.names.chains:
            drawn = isinstance(spec.start, dict)
            rows.append(
                ChainRow(
                    voter=owner,
                    states=len(spec.states),
                    start=NONE if isinstance(spec.start, dict) else spec.states.index(spec.start),
                    start_at=placed(spec.start, spec.states, f"{name}.start")
                    if isinstance(spec.start, dict)
                    else NONE,
                    by_world=drawn and spec.drawn_by == "world",
                    never=self.slots.optional(spec.never, "probability", f"{name}.never"),
                    redraw_at=placed(spec.redrawn.to, spec.states, f"{name}.redrawn")
                    if spec.redrawn
                    else NONE,
                )
            )
        first_move = np.cumsum([0, *(len(spec.moves) for _, _, spec in self.names.chains)])
        return Chains(**columns(ChainRow, rows), first_move=ints(first_move), slots=ints(spread))

    def moves(self) -> tuple[Moves, Scales, list[str]]:
        """All moves, what scales them, and their names."""
        rows: list[MoveRow] = []
        scales: list[ScaleRow] = []
        factors: list[int] = []
        names: list[str] = []
        first_condition, first_scale = [0], [0]
        for name, owner, spec in self.names.chains:
            for move in spec.moves:
                where = f"{name}: {move.from_} to {move.to}"
                rate = self.slots.number(move.rate, "rate", f"{where}, rate")
                rows.append(MoveRow(spec.states.index(move.from_), spec.states.index(move.to), rate))
                names.append(move.name or f"{move.from_} to {move.to}")
                self.conditions(move.when, owner)
                first_condition.append(len(self.condition_rows))
                for scaler, by_state in move.scaled_by.items():
                    peers = scaler == "peers"
                    chain = PEERS if peers else self.names.find(scaler, owner)
                    states = self.names.stances if peers else self.names.states[chain]
                    scales.append(ScaleRow(chain, len(factors)))
                    factors.extend(
                        self.slots.optional(by_state.get(state), "factor", f"{where}, scaled_by {scaler}")
                        for state in states
                    )
                first_scale.append(len(scales))
        moves = Moves(
            **columns(MoveRow, rows), first_condition=ints(first_condition), first_scale=ints(first_scale)
        )
        return moves, Scales(**columns(ScaleRow, scales), factors=ints(factors)), names

    # --- laws ---------------------------------------------------------------------------------------

    def law(self, law: schema.Law | None, where: str) -> int:
        """Adds a law and returns its number; the parts of a mixture come right after one another, before it."""
        if law is None:
            return NONE
        if law.mixture is None:
            return self._row(self._simple(law, where))
        spec = {str(i): part.weight for i, part in enumerate(law.mixture)}
        weights = self.slots.distribution(spec, list(spec), f"{where}.weight")
        parts = [
            self._row(self._simple(part, where)._replace(weight=weight))
            for part, weight in zip(law.mixture, weights, strict=True)
        ]
        return self._row(LawRow(rules.MIXTURE, parts[0], parts[-1] + 1))

    def _row(self, row: LawRow) -> int:
        self.law_rows.append(row)
        return len(self.law_rows) - 1

    def _simple(self, law: schema.SimpleLaw, where: str) -> LawRow:
        """A law without parts, as ``rules.LAWS`` says what it is made of."""
        name = next(name for name in rules.LAWS if getattr(law, name, None) is not None)
        form, said = rules.LAWS[name], getattr(law, name)
        first = self._law_number(said, form.first, where)
        return LawRow(
            form.kind, first, first if form.second is None else self._law_number(said, form.second, where)
        )

    def _law_number(self, said: Part | schema.Number, number: rules.LawNumber, where: str) -> int:
        """Slot of a number of a law; ``said`` is the law's own part of the scenario, or the number alone."""
        if not isinstance(said, Part):
            return self.slots.number(said, number.role, f"{where}.{number.name}")
        value = getattr(said, number.name)
        if value is None:
            inverse = getattr(said, number.inverse)
            return self.slots.number(inverse, number.role, f"{where}.{number.inverse}", "inverse")
        return self.slots.number(value, number.role, f"{where}.{number.name}")

    # --- the ladder and its voters ------------------------------------------------------------------

    def ladder(self) -> Steps:
        """All steps; called after ``moves``, for they share the table of conditions."""
        rows, first_condition, first_unless = [], [len(self.condition_rows)], [0]
        unless: list[StatesRow] = []
        masks, by, ratified = [], [], []
        awaited: list[StatesRow] = []
        first_await = [0]
        for step in self.scenario.ladder:
            rows.append(self._step(step))
            if isinstance(step, schema.Decision):
                self.conditions(step.when, NONE)
                awaited.extend(self._states(name, states) for name, states in step.awaits.items())
            first_await.append(len(awaited))
            first_condition.append(len(self.condition_rows))
            masks.append(self._calendar_mask(step))
            for code in self.names.voters:
                unless.extend(self._unless(step, code))
                first_unless.append(len(unless))
                by.append(self._obstructor(step, code))
                ratified.append(self._has_ratified(step, code))
        against, awaits = columns(StatesRow, unless), columns(StatesRow, awaited)
        blockers = list(dict.fromkeys(awaits["chain"].tolist()))
        return Steps(
            **columns(StepRow, rows),
            first_condition=ints(first_condition),
            calendars=np.array(masks, dtype=np.uint64),
            first_unless=ints(first_unless),
            unless_chain=against["chain"],
            unless_states=against["states"].astype(np.uint64),
            first_await=ints(first_await),
            await_chain=awaits["chain"],
            await_states=awaits["states"].astype(np.uint64),
            await_as=ints(len(self.names.voters) + blockers.index(c) for c in awaits["chain"].tolist()),
            obstructor=ints(by),
            ratified=np.array(ratified, dtype=np.bool_),
        )

    def _step(self, step: schema.Step) -> StepRow:
        if isinstance(step, schema.Wait):
            return StepRow(WAIT, law=self.law(step.law, f"{step.step}.law"), elapsed=self._elapsed(step))
        rule, a, b = _rule(step.rule, len(self.names.voters))
        if isinstance(step, schema.RatificationStep):
            row = StepRow(
                RATIFICATION, rule=rule, rule_a=a, rule_b=b, lag=self.law(step.lag, f"{step.step}.lag"),
                **{"elapsed" if step.outstanding else "lag_elapsed": self._elapsed(step)},
            )  # fmt: skip
            return row if step.obstruction is None else self._obstructed(row, step.step, step.obstruction)
        slot = self.slots.optional
        return StepRow(
            DECISION,
            needs=self.names.stances.index(step.needs.stance) if step.needs else 0,
            rule=rule,
            rule_a=a,
            rule_b=b,
            held=slot(step.held, "probability", f"{step.step}.held"),
            waived=slot(step.waived, "probability", f"{step.step}.waived"),
            bypass=slot(step.bypass, "rate", f"{step.step}.bypass"),
        )

    def _elapsed(self, step: schema.Wait | schema.RatificationStep) -> int:
        """Days for which a step has been under way at the start."""
        return 0 if step.since is None else (self.scenario.start - step.since).days

    @staticmethod
    def _has_ratified(step: schema.Step, code: str) -> bool:
        """Whether a voter has ratified at the start."""
        outstanding = step.outstanding if isinstance(step, schema.RatificationStep) else None
        return outstanding is not None and code not in outstanding

    def _obstructed(self, row: StepRow, step: str, by: schema.Obstruction) -> StepRow:
        """A ratification in which a capital may obstruct."""
        return row._replace(
            obstruction=self.slots.number(by.probability, "probability", f"{step}.obstruction.probability"),
            obstruction_law=self.law(by.law, f"{step}.obstruction.law"),
            others=self._weights(by)["others"],
        )

    def _calendar_mask(self, step: schema.Step) -> int:
        names = step.meetings if isinstance(step, schema.Decision) else []
        return sum(1 << self.names.calendars.index(name) for name in set(names))

    def _unless(self, step: schema.Step, voter: str) -> Iterator[StatesRow]:
        if isinstance(step, schema.Decision):
            for name, states in step.unless.items():
                chain = self.names.number_of.get(f"{voter}.{name}", NONE)
                if chain != NONE:
                    yield StatesRow(chain, self.names.mask(chain, states))

    def _weights(self, obstruction: schema.Obstruction) -> dict[str, int]:
        names = [*(n for n in obstruction.by if n != "others"), "others"]
        return dict(zip(names, self.slots.distribution(obstruction.by, names, "obstruction.by"), strict=True))

    def _obstructor(self, step: schema.Step, code: str) -> int:
        if not isinstance(step, schema.RatificationStep) or step.obstruction is None:
            return NONE
        return self._weights(step.obstruction).get(code, NONE)

    def voter_group(self) -> Voters:
        """All voters; those who join on the day of the start are members from the first moment."""
        members = {*self.scenario.members, *(e.voter for e in self.scenario.events if self._at_once(e))}
        among = self.scenario.peers_among
        laws = [
            NONE if voter.ratification is None else self.law(voter.ratification.law, f"{code}.ratification")
            for code, voter in self.scenario.voters.items()
        ]
        return Voters(
            stance=ints(self.names.stance_of(code) for code in self.names.voters),
            member=np.array([code in members for code in self.names.voters], dtype=np.bool_),
            ratification=ints(laws),
            peer=np.array([among is None or code in among for code in self.names.voters], dtype=np.bool_),
        )

    # --- dates --------------------------------------------------------------------------------------

    def agenda(self) -> Agenda:
        """Everything with a date from start to horizon."""
        rows = [self._event(event) for event in self.scenario.events if not self._at_once(event)]
        for number, (_, _, spec) in enumerate(self.names.chains):
            if spec.redrawn:
                calendar = self.names.calendars.index(spec.redrawn.on)
                rows += [AgendaRow(day, REDRAW, number, calendar) for day in self._days(spec.redrawn.on)]
        for number, name in enumerate(self.names.calendars):
            rows += [AgendaRow(day, MEETING, number) for day in self._days(name)]
        # events (joins among them) keep file order, the sort is stable; meetings of one day go by name, so that the
        # order of keys in a file does not matter
        rows.sort(key=lambda row: (row.on, max(row.kind, JOIN), self._calendar_of(row)))
        start = self.scenario.start
        return Agenda(
            time=np.array([years_between(start, row.on) for row in rows], dtype=np.float64),
            kind=ints(row.kind for row in rows),
            what=ints(row.what for row in rows),
            state=ints(row.state for row in rows),
            day=ints(row.on.toordinal() for row in rows),
            year=ints(row.on.year - start.year for row in rows),
        )

    def _calendar_of(self, row: AgendaRow) -> str:
        """Which calendar a meeting is of; empty for anything else."""
        return self.names.calendars[row.what] if row.kind == MEETING else ""

    def _at_once(self, event: schema.Event) -> bool:
        """Whether a voter joins on the day of the start: a step that begins then must ask it, too."""
        return bool(event.joins) and event.on == self.scenario.start

    def _event(self, event: schema.Event) -> AgendaRow:
        if event.joins:
            return AgendaRow(event.on, JOIN, self.names.voters.index(str(event.voter)))
        return AgendaRow(event.on, EVENT, *self.names.entry(event))

    def _days(self, calendar: str) -> list[date]:
        start, horizon = self.scenario.start, self.scenario.horizon
        return [d for d in dates_of(self.scenario.calendar[calendar], horizon) if start <= d <= horizon]

    def watch(self) -> tuple[Watches, tuple[str, ...]]:
        """First entries to be stored, and their names: ``GRC.stance=recognises``."""
        rows = [WatchRow(*self.names.entry(entry)) for entry in self.scenario.watch]
        chains, states = (*self.names.of_chains, "ladder"), self.names.states
        named = tuple(f"{chains[row.chain]}={states[row.chain][row.state]}" for row in rows)
        return Watches(**columns(WatchRow, rows)), named


def _rule(rule: schema.Rule, voters: int) -> tuple[int, int, int]:
    """Kind of a rule, and its two numbers, for at most so many voters."""
    if isinstance(rule, schema.AllBut):
        return rules.ALL_BUT, rule.all_but, 1
    if isinstance(rule, schema.Share):
        return rules.SHARE, *_share_of(Fraction(str(rule.share).replace(" ", "")), voters)
    return rules.CONSENSUS, 0, 1


def _share_of(share: Fraction, voters: int) -> tuple[int, int]:
    """Numerator and denominator of the least share k/n of n <= ``voters`` that is not below ``share``.

    It asks the same number of votes, rounded up, of any number up to ``voters``, and both parts are small whatever
    digits the file gives. A number means its decimal digits: 0.6 of 5 voters is 3.
    """
    least = min((Fraction(ceil(n * share), n) for n in range(1, voters + 1)), default=Fraction(1))
    return least.numerator, least.denominator
