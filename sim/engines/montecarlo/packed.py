"""The model, packed as record arrays for compiled code; what happens to it is in ``state.py``.

Compiled functions pay for every array they are handed, so each group of the model becomes one array of
records. Nothing is decided here but which chains may be advanced lazily (``quiet``); where the tables of
rates are is decided in ``layout.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.engines.montecarlo.layout import Layout, layout, peers_of, readers_of
from sim.engines.montecarlo.roles import by_source, chains_of_move, chains_of_steps, moves_reading, roles
from sim.model.draws import key
from sim.model.model import MEETING, NONE, REDRAW, Floats, Ints, Model

Records = np.recarray[Any, Any]
Keys = NDArray[np.uint32]

NO_TABLE = -(2**62)
"""Where the rates of a chain without a table are: below 0, whatever strides are added."""


class Tables(NamedTuple):
    """The whole model, as the kernel takes it; fields as in ``sim.model.model``, ranges as first and last."""

    chains: Records
    moves: Records
    conditions: Records
    scales: Records
    factors: Ints
    slots: Ints
    steps: Records
    ballots: Records
    """[S*V] what a voter's vote on a step depends on."""
    unless: Records
    laws: Records
    dates: Records
    """Everything of the agenda but the meetings; of a redraw, ``lot`` is its place among the redraws. The last never
    comes."""
    meetings: Records
    """[M+1] time, calendar, day, year; the last never comes."""
    next_meeting: Ints
    """[S, M+1] for each step and place in ``meetings`` the first from there on that can decide the step."""
    voters: Records
    watch: Records
    readers: Records
    """Chains whose rates read a chain (its range is in its record), and the stride of their joint state."""
    axes: Records
    """Chains that a table of rates depends on besides its own: chain, stride, size."""
    peer_strides: Ints
    """Strides of the number of peers in each stance, for each chain with a table that peers scale."""
    states: Records
    """For each chain and state: the moves out of it (first, last), and the only state that they lead to, or -1."""
    background: Ints
    """Chains that nothing depends on but rates of other chains."""
    reading: Ints
    """For each of these the moves that read it."""
    freeing: Ints
    """Chains that can make such a move impossible by getting stuck."""
    peers: Ints
    """Voters that can start below the top stance."""
    peer_readers: Ints
    """Chains with a rate that peers scale."""
    movers: Ints
    """As in ``Roles``; so is ``quiet``."""
    ticking: Ints
    """Clocks that can fire of themselves, in the order of ties: movers, the bypass, the wait."""
    lively: Ints
    """Every chain but the quiet and the constant ones."""
    quiet: Ints
    sure_keys: Keys
    """[2, N] keys of the draws that every trajectory uses: all redraws by date, then the movers' first luck."""
    sure_index: NDArray[np.uint32]
    """[N] how-many-th."""
    redraws: int
    """How many of these are redraws."""
    quiet_keys: Keys
    """[2, 2Q] keys of the starts of quiet chains, then of their first luck."""
    quiet_index: NDArray[np.uint32]
    held: NDArray[np.uint32]
    """[S, calendars, 2] keys."""
    limits: Records
    """[1] horizon, top_stance, threshold, last_decision, gaps (how far behind its rate a gap is in a table)."""
    tilting: tuple[int, ...]
    """Empty unless moves are tilted. Its length is part of its type, so that the code compiled for a run without
    tilt has nothing of the tilt in it."""
    tilted: Ints
    """Chains with tilted moves."""


def records(**columns: Any) -> Records:
    """Columns of equal length as one array of records, each with the type it came in."""
    arrays = {name: np.asarray(column) for name, column in columns.items()}
    length = len(next(iter(arrays.values())))
    out = np.recarray(length, dtype=np.dtype([(name, a.dtype) for name, a in arrays.items()], align=True))
    for name, a in arrays.items():
        out[name] = a
    return out


def _words(seed: int, names: list[str], **meanings: str) -> dict[str, Any]:
    """Two columns, ``<column>0`` and ``<column>1``, of the keys of ``<meaning>/<name>``."""
    columns = {}
    for column, meaning in meanings.items():
        keys = np.array([key(seed, f"{meaning}/{name}") for name in names], np.uint32).reshape(-1, 2)
        columns[f"{column}0"], columns[f"{column}1"] = keys[:, 0], keys[:, 1]
    return columns


def _ranges(first: Ints) -> dict[str, Any]:
    return {"first": first[:-1], "last": first[1:]}


def tables(model: Model, seed: int, lay: Layout | None = None, tilt: Floats | None = None) -> Tables:
    """The model and the keys of its streams under ``seed``; without a layout there are no tables of rates.

    :param tilt: the least rate of each move while it is open, shape (M,), if they are tilted.
    """
    lay = lay or layout(model, 0)
    least = np.zeros(len(model.moves.rate)) if tilt is None else tilt
    tilted = np.unique(model.chain_of_move[least > 0.0])
    names, steps = list(model.chain_names), list(model.step_names)
    read, peers = readers_of(model)
    movers, quiet, constant, background, steady = roles(model, read, peers, tilted)
    order, states, states_at = _states(model)
    first_reader = np.cumsum([0, *map(len, read)])
    c, m, s = model.chains, model.moves, model.steps
    owner_stance = [v != NONE and model.voters.stance[v] == i for i, v in enumerate(c.voter)]
    conditions = _ranges(m.first_condition)
    first_axis = np.cumsum([0, *map(len, lay.axes), 0])
    counts = [len(strides) for strides in lay.peer_strides]
    peer_at = np.array(
        [*(at if n else NONE for at, n in zip(np.cumsum([0, *counts]), counts, strict=False)), NONE]
    )
    peer_size = np.full(model.n_chains + 1, len(peers_of(model)) + 1)
    same_peers = [
        min(filter(None, strides), default=joint)
        for strides, joint in zip(lay.peer_strides, lay.joint_states, strict=True)
    ]
    asked = set(model.voters.stance.tolist()) | set(s.unless_chain.tolist())
    voted_on = np.array([i in asked for i in range(model.n_chains + 1)])
    every = np.arange(model.n_chains + 1)
    opens_step, watched = np.isin(every, chains_of_steps(model)), np.isin(every, model.watch.chain)
    place, read_by = np.argsort(order), moves_reading(model)
    reading = [sorted(place[read_by[c]].tolist()) if c in background else [] for c in every]
    first_reading = np.cumsum([0, *map(len, reading)])
    freeing = sorted(
        {c for moves in reading for move in moves for c in chains_of_move(model, int(order[move]))}
    )
    return Tables(
        chains=records(
            voter=np.append(c.voter, NONE), is_stance=np.append(owner_stance, False),
            states=np.append(c.states, 0),
            start=np.append(c.start, 0), start_at=np.append(c.start_at, NONE),
            by_world=np.append(c.by_world, False), never=np.append(c.never, NONE),
            redraw_at=np.append(c.redraw_at, NONE),
            moves=np.append(np.diff(c.first_move) > 0, False), states_at=states_at, steady=steady,
            frees=np.isin(every, freeing), first_reading=first_reading[:-1], last_reading=first_reading[1:],
            table=_tables_at(lay, len(model.recipes)), joint_states=[*lay.joint_states, 0],
            first_axis=first_axis[:-1], last_axis=first_axis[1:], peer_at=peer_at, peer_size=peer_size,
            same_peers=[*same_peers, 0], voted_on=voted_on, opens_step=opens_step, watched=watched,
            first_reader=first_reader[:-1], last_reader=first_reader[1:], tilted=np.isin(every, tilted),
            **_words(seed, [*names, "ladder"], start="start", nev="never", move="move", redraw="redraw"),
        ),
        moves=records(
            chain=model.chain_of_move[order], target=m.target[order], rate=m.rate[order],
            first_condition=conditions["first"][order], last_condition=conditions["last"][order],
            first_scale=m.first_scale[:-1][order], last_scale=m.first_scale[1:][order], least=least[order],
        ),
        conditions=records(chain=model.conditions.chain, allowed=model.conditions.allowed),
        scales=records(chain=model.scales.chain, at=model.scales.factor_at),
        factors=model.scales.factors,
        slots=c.slots,
        steps=records(
            kind=s.kind, **_ranges(s.first_condition), calendars=s.calendars, needs=s.needs, rule=s.rule,
            rule_a=s.rule_a, rule_b=s.rule_b, held=s.held, waived=s.waived, bypass=s.bypass, law=s.law,
            lag=s.lag, obstruction=s.obstruction, obstruction_law=s.obstruction_law, others=s.others,
            **_words(
                seed, steps, waive="waived", by="bypass", wait="wait", lagging="lag",
                obstruct="obstruction", length="obstruction-length",
            ),
        ),
        ballots=records(
            **_ranges(s.first_unless), obstructor=s.obstructor,
            **_words(seed, [f"{p}/{v}" for p in steps for v in model.voter_names], ratify="ratification"),
        ),
        unless=records(chain=s.unless_chain, states=s.unless_states),
        laws=records(
            kind=model.laws.kind, first=model.laws.first, second=model.laws.second, weight=model.laws.weight
        ),
        **_calendar(model),
        voters=records(
            stance=model.voters.stance, member=model.voters.member, ratification=model.voters.ratification
        ),
        watch=records(chain=model.watch.chain, state=model.watch.state),
        readers=_reader_records(read, lay),
        axes=records(**_three([axis for axes in lay.axes for axis in axes])),
        peer_strides=np.array([stride for strides in lay.peer_strides for stride in strides], dtype=np.int64),
        states=states,
        background=np.array(background, dtype=np.int64),
        freeing=np.array(freeing, dtype=np.int64),
        reading=np.array([move for moves in reading for move in moves], dtype=np.int64),
        peers=peers_of(model),
        peer_readers=np.array(peers, dtype=np.int64),
        movers=np.array(movers, dtype=np.int64),
        ticking=np.array([*movers, model.n_chains, model.n_chains + 1]),
        lively=np.array([i for i in range(model.n_chains) if i not in {*quiet, *constant}], dtype=np.int64),
        quiet=np.array(quiet, dtype=np.int64),
        **_draws_at_once(model, seed, movers, quiet),
        held=np.array(
            [[key(seed, f"held/{p}/{k}") for k in model.calendar_names] for p in steps], np.uint32
        ).reshape(len(steps), len(model.calendar_names), 2),
        limits=records(
            horizon=[model.horizon_years], top_stance=[model.top_stance], threshold=[model.threshold],
            last_decision=[model.last_decision], gaps=[lay.size],
        ),
        tilting=() if tilt is None else (1,), tilted=tilted,
    )  # fmt: skip


def _calendar(model: Model) -> dict[str, Any]:
    """The agenda in two: meetings, and everything else with a date."""
    agenda, steps = model.agenda, model.steps
    is_meeting = agenda.kind == MEETING
    dated = ~is_meeting
    is_redraw = agenda.kind[dated] == REDRAW
    never = {"time": np.inf, "kind": NONE, "what": NONE, "state": NONE, "lot": NONE}
    columns = {name: getattr(agenda, name)[dated] for name in ("time", "kind", "what", "state")}
    columns["lot"] = np.where(is_redraw, np.cumsum(is_redraw) - 1, NONE)
    time, what, day, year = (
        np.append(column[is_meeting], end)
        for column, end in ((agenda.time, np.inf), (agenda.what, 0), (agenda.day, 0), (agenda.year, 0))
    )
    next_meeting = np.full((model.n_steps, len(time)), len(time) - 1, dtype=np.int64)
    for step in range(model.n_steps):
        for i in range(len(time) - 2, -1, -1):
            decides = int(steps.calendars[step]) >> int(what[i]) & 1
            next_meeting[step, i] = i if decides else next_meeting[step, i + 1]
    return {
        "dates": records(**{name: np.append(column, never[name]) for name, column in columns.items()}),
        "meetings": records(time=time, calendar=what, day=day, year=year),
        "next_meeting": next_meeting,
    }  # fmt: skip


def _draws_at_once(model: Model, seed: int, movers: list[int], quiet: list[int]) -> dict[str, Any]:
    """Keys of draws that are made many at a time, and how many-th each is."""

    def keys(*meanings: tuple[str, Iterable[int]]) -> Keys:
        found = [
            key(seed, f"{what}/{model.chain_names[chain]}") for what, chains in meanings for chain in chains
        ]
        return np.ascontiguousarray(np.array(found, np.uint32).reshape(-1, 2).T)

    redraws = np.flatnonzero(model.agenda.kind == REDRAW)
    return {
        "sure_keys": keys(("redraw", model.agenda.what[redraws].tolist()), ("move", movers)),
        "sure_index": np.append(model.agenda.day[redraws], [0] * len(movers)).astype(np.uint32),
        "redraws": len(redraws),
        "quiet_keys": keys(("start", quiet), ("move", quiet)),
        "quiet_index": np.zeros(2 * len(quiet), np.uint32),
    }


def _tables_at(lay: Layout, numbers: int) -> Ints:
    at = [numbers + at if n else NO_TABLE for at, n in zip(lay.offsets, lay.joint_states, strict=True)]
    return np.array([*at, NO_TABLE], dtype=np.int64)


def _reader_records(read: list[set[int]], lay: Layout) -> Records:
    rows = []
    for chain, readers in enumerate(read):
        for reader in sorted(readers):
            strides = [stride for other, stride, _ in lay.axes[reader] if other == chain]
            rows.append((reader, strides[0] if strides and lay.joint_states[reader] else 0, 0))
    columns = _three(rows)
    return records(chain=columns["chain"], stride=columns["stride"])


def _three(rows: list[tuple[int, int, int]]) -> dict[str, Ints]:
    table = np.array(rows, dtype=np.int64).reshape(-1, 3)
    return {"chain": table[:, 0], "stride": table[:, 1], "size": table[:, 2]}


def _states(model: Model) -> tuple[Ints, Records, Ints]:
    """The order in which moves are packed, the states of all chains, and the first of each chain and the ladder."""
    order = by_source(model)
    counts = [len(names) for names in model.state_names]
    at = np.cumsum([0, *counts])[:-1]
    place = at[model.chain_of_move[order]] + model.moves.source[order]
    every = np.arange(sum(counts))
    first, last = np.searchsorted(place, every, "left"), np.searchsorted(place, every, "right")
    only = np.full(len(every), NONE)
    single = last - first == 1
    only[single] = model.moves.target[order][first[single]]
    return order, records(first=first, last=last, only_target=only), at
