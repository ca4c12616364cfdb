"""A folder of results that is asked about its trajectories: what can be asked, and the futures as blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from sim.base import records
from sim.base.errors import AccessionError, OptionError, choice
from sim.estimates.condition_text import Happenings, happening_names, read_condition
from sim.estimates.conditions import Condition, ranked
from sim.estimates.summary import Summary
from sim.model.model import Model
from sim.results.files import read_summary
from sim.results.folder import opened
from sim.results.happenings import FILE, Block, happenings
from sim.results.seal import Sealed
from sim.scenario.names import SUBSTITUTE
from sim.studies.again import FACTS, FOLDER, command, needs_folder
from sim.studies.inputs import Inputs


@dataclass(frozen=True)
class AskedRun:
    """A finished run that kept its trajectories."""

    folder: Path
    summary: Summary
    inputs: Inputs
    sealed: Sealed = field(repr=False)

    @property
    def names(self) -> tuple[str, ...]:
        """Steps, then ``substitute for`` each that has one, then watched entries."""
        s = self.summary
        return happening_names(list(s.milestones), s.substitutes, list(s.watched))

    @property
    def ranks(self) -> dict[str, int]:
        """The order of happenings of one moment; see :class:`sim.estimates.conditions.Futures`."""
        s = self.summary
        substitutes = {SUBSTITUTE + step: step for step in s.substitutes}
        return ranked(list(s.milestones), substitutes, list(s.watched))

    @property
    def happenings(self) -> Happenings:
        """What a condition may be about."""
        return Happenings(self.names, self.summary.start, self.summary.horizon, self._unwatched)

    def condition(self, text: str) -> Condition:
        """:raises OptionError: it cannot be read, or names what this run does not know."""
        return read_condition(text, self.happenings)

    def blocks(self, needed: Sequence[str]) -> Iterator[Block]:
        """The futures, with the times of those happenings.

        :raises RunError: the file is missing, altered or cannot be read.
        """
        self.sealed.check(self.folder, FILE)
        tilted = self.summary.tilt is not None
        return happenings(self.folder, self.names, list(self.summary.substitutes), tilted, needed)

    # --- names that a run does not know

    def _unwatched(self, name: str) -> str:
        """What to say of a chain of the scenario, or of a state of one, that the run did not watch."""
        chain, entered, state = name.partition("=")
        model = self._model
        if model is None or chain not in model.chain_names:
            return ""
        states = model.state_names[model.chain_names.index(chain)]
        if not entered:
            watched = [each for each in self.summary.watched if each.startswith(f"{chain}=")]
            return (
                f"a state is missing; allowed: {', '.join(watched or [f'{chain}={each}' for each in states])}"
            )
        if state not in states:
            return f"{chain} has no state {state!r}; {choice(state, states)}"
        voter, _, own = chain.rpartition(".")
        entry = f"{{voter: {voter}, {own}: {state}}}" if voter else f"{{chain: {chain}, state: {state}}}"
        return (
            f"the scenario has it, but this run did not watch it; allowed: after another run, with {entry} under "
            "watch: in the scenario's file (beside all else that it shall watch)"
        )

    @cached_property
    def _model(self) -> Model | None:
        """The scenario that was run, compiled again; None if it cannot be."""
        # loaded only for who names something that the run did not watch
        from sim.facts.read import facts_over
        from sim.model.compiler import compile_scenario
        from sim.scenario.load import load_scenario

        file = self.folder / FOLDER / f"{self.summary.scenario.name}.yaml"
        facts = self.folder / FACTS
        try:
            with facts_over(facts if facts.is_dir() else None):
                return compile_scenario(load_scenario(file))
        except AccessionError:
            return None


def asked_run(folder: Path) -> AskedRun:
    """A folder that a run has written.

    :raises RunError: it holds no run, or not as it was written.
    :raises OptionError: the run has no trajectories, or none that can be relied on.
    """
    sealed = opened(folder, "run")
    sealed.check(folder, "summary.json", "inputs.json")
    summary = read_summary(folder)
    if FILE not in sealed.files:
        exact = summary.exact is not None
        why = "the exact engine simulates none" if exact else "it was run with --keep summary"
        of = f" in {folder}" if needs_folder(sealed.subject) else ""
        again = command("run", sealed.subject, *_sampling(summary), *(() if exact else ("--keep", "paths")))
        raise OptionError(f"{folder}: holds no trajectories ({why}); run{of}: {again}")
    if summary.tilt is not None and not summary.tilt.reliable:
        raise OptionError(
            f"{folder}: its rates were tilted too strongly, and its weights cannot be relied on "
            f"({'; '.join(summary.tilt.doubts)}); allowed: a run with lower rates under --tilt, or with none"
        )
    return AskedRun(folder, summary, records.read(folder / "inputs.json", Inputs), sealed)


def _sampling(summary: Summary) -> list[str]:
    return ["--seed", str(summary.seed)] if summary.seed != 1 else []


def step_asked(run: AskedRun, step: str | None, condition: Sequence[str]) -> str:
    """What is asked for: as named, or the first step ahead that the condition does not name, else the last.

    :raises OptionError: nothing of that name.
    """
    if step is None:
        ahead = [name for name in run.summary.milestones if name not in run.summary.behind]
        return next((name for name in ahead if name not in condition), ahead[-1])
    if step not in run.names:
        raise OptionError(f"<step> {step!r}: {choice(step, run.names)}")
    return step
