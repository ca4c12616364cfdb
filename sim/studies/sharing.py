"""Which chains two or more scenarios have in common, how each is defined, and whether they come out the same.

Draws are keyed by meaning, so a chain of one name has the same luck under one seed. It is the same chain to the bit if
it is defined alike, and so is all that it reads; :class:`SameToTheBit` holds the first entries into all its states
against one another while the scenarios run.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sim.engines.paths import Paths
from sim.model.compiler import compile_scenario
from sim.model.model import EVENT, NONE, Model
from sim.scenario.schema import ScenarioContent, Watch
from sim.studies.bids_answer import Different, Partly, Sharing
from sim.studies.prepare import Prepared

PEERS, LADDER = "peers", "ladder"


# --- what is defined where ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Definition:
    """A chain as a scenario defines it."""

    text: str
    """Itself, with the numbers and dates that it names."""
    reads: tuple[str, ...]
    """Other chains (or ``ladder``) that its moves read."""


def definitions(content: ScenarioContent) -> dict[str, Definition]:
    """Name (``settlement``, ``GRC.stance``) -> how a chain is defined, for every chain."""
    found = {name: _definition(content, name, "", chain) for name, chain in content.chains.items()}
    for code, voter in content.voters.items():
        for own, chain in voter.chains.items():
            found[f"{code}.{own}"] = _definition(content, own, code, chain)
    steps = [step.model_dump(mode="json", by_alias=True, exclude_defaults=True) for step in content.ladder]
    found[LADDER] = Definition(json.dumps(steps), ())
    return found


def _definition(content: ScenarioContent, name: str, code: str, chain: Any) -> Definition:
    said = chain.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    named = set(_texts(said))
    numbers = {
        parameter: spec.model_dump(mode="json", include={"value", "prior", "times"})
        for parameter, spec in content.parameters.items()
        if parameter in named
    }
    calendars = {c: content.calendar[c].model_dump(mode="json") for c in content.calendar if c in named}
    fixed = [
        event.model_dump(mode="json", exclude_none=True)
        for event in content.events
        if (event.voter or "") == code and (event.chain == name or name in (event.model_extra or {}))
    ]
    read = [other for move in chain.moves for other in (*move.when, *move.scaled_by)]
    peers = _peers(content, code) if PEERS in read else ()
    own = content.voters[code].chains if code else {}
    reads = [f"{code}.{other}" if other in own else other for other in read if other != PEERS]
    text = json.dumps([said, numbers, calendars, fixed, peers])
    return Definition(text, (*dict.fromkeys(reads), *(f"{peer}.stance" for peer in peers)))


def _peers(content: ScenarioContent, code: str) -> tuple[str, ...]:
    """The others that can count as peers of a voter, by code."""
    among = content.voters if content.peers_among is None else content.peers_among
    below = (c for c in among if content.voters[c].stance.start != content.voters[c].stance.states[-1])
    return tuple(sorted(c for c in below if c != code))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)


def because(name: str, here: Mapping[str, Definition], there: Mapping[str, Definition]) -> tuple[str, ...]:
    """Of a chain and all that it reads, at whatever distance: the names that are not defined alike."""
    seen: dict[str, None] = {}
    waiting, found = [name], []
    while waiting:
        at = waiting.pop(0)
        if at in seen:
            continue
        seen[at] = None
        if at not in here or at not in there or here[at].text != there[at].text:
            found.append(at)
        waiting += [r for side in (here, there) if at in side for r in side[at].reads]
    return tuple(found)


# --- what runs ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Held:
    """A chain that two or more scenarios have: which of them, and where each of its states is watched there."""

    name: str
    holders: tuple[int, ...]
    columns: tuple[tuple[int, ...], ...]
    """For each holder the columns of ``Paths.watch``, state by state."""
    states: tuple[str, ...]
    alike: bool
    """Whether it is defined alike in all of them."""


def watching(scenarios: Sequence[Prepared]) -> tuple[list[Prepared], list[Held]]:
    """The scenarios with every state of every common chain watched, and these chains in the order of the first."""
    defined = [definitions(prepared.loaded.content) for prepared in scenarios]
    names = dict.fromkeys(name for p in scenarios for name in p.model.chain_names)
    common = {}
    for name in names:
        holders = tuple(i for i, p in enumerate(scenarios) if name in p.model.chain_names)
        models = [scenarios[i].model for i in holders]
        if len(holders) > 1 and not (all(_constant(m, name) for m in models) and _one_start(models, name)):
            common[name] = holders
    made = []
    for i, prepared in enumerate(scenarios):
        more = [_watches(prepared.model, name) for name, holders in common.items() if i in holders]
        made.append(_with_watches(prepared, [watch for watches in more for watch in watches]))
    held = []
    for name, holders in common.items():
        states = _states(scenarios[holders[0]].model, name)
        both = [s for s in states if all(s in _states(scenarios[i].model, name) for i in holders)]
        columns = tuple(
            tuple(made[i].model.watch_names.index(f"{name}={state}") for state in both) for i in holders
        )
        alike = not any(because(name, defined[holders[0]], defined[i]) for i in holders[1:])
        held.append(Held(name, holders, columns, tuple(both), alike))
    return made, held


def _states(model: Model, name: str) -> tuple[str, ...]:
    return model.state_names[model.chain_names.index(name)]


def _constant(model: Model, name: str) -> bool:
    """Whether a chain keeps the state that it starts in, the same in every trajectory."""
    c, chains = model.chain_names.index(name), model.chains
    moves = chains.first_move[c] != chains.first_move[c + 1] or chains.redraw_at[c] != NONE
    return not moves and chains.start[c] != NONE and not _fixed(model, c)


def _fixed(model: Model, chain: int) -> bool:
    """Whether an event sets a chain."""
    return bool(((model.agenda.kind == EVENT) & (model.agenda.what == chain)).any())


def _one_start(models: Sequence[Model], name: str) -> bool:
    starts = {_states(m, name)[m.chains.start[m.chain_names.index(name)]] for m in models}
    return len(starts) == 1


def _watches(model: Model, name: str) -> list[Watch]:
    code, _, own = name.rpartition(".")
    entries = [
        {"voter": code, own: state} if code else {"chain": name, "state": state}
        for state in _states(model, name)
    ]
    return [Watch.model_validate(entry) for entry in entries]


def _with_watches(prepared: Prepared, more: Sequence[Watch]) -> Prepared:
    content = prepared.loaded.content
    new = [watch for watch in more if watch not in content.watch]
    loaded = replace(prepared.loaded, content=content.model_copy(update={"watch": [*content.watch, *new]}))
    return replace(prepared, loaded=loaded, model=compile_scenario(loaded))


@dataclass
class SameToTheBit:
    """Holds first entries into the states of common chains against one another, block by block."""

    held: Sequence[Held]
    _off: dict[tuple[int, int], int] = field(default_factory=dict)
    """(chain, holder) -> futures in which some state is entered at another time than in the first holder."""

    def add(self, blocks: Sequence[Paths]) -> None:
        """Takes in the same trajectories of every scenario."""
        for number, chain in enumerate(self.held):
            first = blocks[chain.holders[0]].watch[:, list(chain.columns[0])]
            for holder, columns in zip(chain.holders[1:], chain.columns[1:], strict=True):
                off = int((blocks[holder].watch[:, list(columns)] != first).any(axis=1).sum())
                self._off[number, holder] = self._off.get((number, holder), 0) + off

    def found(self, names: Sequence[str], scenarios: Sequence[Prepared]) -> Sharing:
        """What came of it."""
        defined = [definitions(prepared.loaded.content) for prepared in scenarios]
        same: list[str] = []
        some: dict[str, tuple[str, ...]] = {}
        different: list[Different] = []
        for number, chain in enumerate(self.held):
            off = [(h, self._off.get((number, h), 0)) for h in chain.holders[1:]]
            first = chain.holders[0]
            for holder, futures in off:
                why = because(chain.name, defined[first], defined[holder])
                if futures:
                    different.append(Different(chain.name, names[first], names[holder], futures, why))
            if not any(futures for _, futures in off):
                if len(chain.holders) == len(names):
                    same.append(chain.name)
                else:
                    some[chain.name] = tuple(names[h] for h in chain.holders)
        return Sharing(tuple(same), some, tuple(different), tuple(_partly(names, scenarios)))


def _partly(names: Sequence[str], scenarios: Sequence[Prepared]) -> Iterator[Partly]:
    """Chains of the world, voters and kinds of chains of voters that some scenarios have and others have not."""
    contents = [prepared.loaded.content for prepared in scenarios]
    kinds: dict[str, list[list[str]]] = {
        "chains": [list(c.chains) for c in contents],
        "voters": [list(c.voters) for c in contents],
        "voter chains": [
            list(dict.fromkeys(own for voter in c.voters.values() for own in voter.chains)) for c in contents
        ],
    }
    for kind, lists in kinds.items():
        grouped: dict[tuple[str, ...], list[str]] = {}
        for thing in dict.fromkeys(name for one in lists for name in one):
            have = tuple(n for n, one in zip(names, lists, strict=True) if thing in one)
            if len(have) < len(names):
                grouped.setdefault(have, []).append(thing)
        yield from (Partly(kind, tuple(things), have) for have, things in grouped.items())


def entries(held: Sequence[Held], names: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    """Columns for a file: name, scenario and column of ``Paths.watch``.

    A chain that is defined alike wherever it is stands once; another once for each scenario, with its name before it.
    """
    for chain in held:
        shown = range(1) if chain.alike else range(len(chain.holders))
        for k in shown:
            holder = chain.holders[k]
            for state, column in zip(chain.states, chain.columns[k], strict=True):
                entry = f"{chain.name}={state}"
                yield (entry if chain.alike else f"{names[holder]}: {entry}"), holder, column
