"""From the model to the record arrays of ``packed.py``, one function for each group.

Nothing is decided here: what has to be done with each chain is in ``roles.py``, where the tables of rates are in
``layout.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from sim.engines.montecarlo import packed
from sim.engines.montecarlo.agenda import (
    first_of_parts,
    meetings_in_years,
    next_meetings,
    pack_dates,
    pack_meetings,
)
from sim.engines.montecarlo.layout import Layout, layout, peers_of, readers_of
from sim.engines.montecarlo.packed import KEY, NO_TABLE, Keys, Ladder, Records, Tables, filled
from sim.engines.montecarlo.roles import (
    Roles,
    asked_by_steps,
    by_source,
    chains_of_move,
    chains_of_steps,
    moves_reading,
    quiet_at_steps,
    roles,
)
from sim.model.draws import key
from sim.model.model import NONE, REDRAW, Floats, Ints, Model


def tables(model: Model, seed: int, tilt: Floats | None = None) -> Tables:
    """The model and the keys of its streams under ``seed``.

    :param tilt: the least rate of each move while it is open, shape (M,), if they are tilted.
    """
    lay = layout(model)
    least = np.zeros(len(model.moves.rate)) if tilt is None else tilt
    tilted = np.unique(model.chain_of_move[least > 0.0])
    read, peer_readers = readers_of(model)
    role = roles(model, read, peer_readers, tilted)
    order = by_source(model)
    watching = _watching(model, role, order)
    dates, meetings = pack_dates(model), pack_meetings(model)
    next_meeting = next_meetings(model, meetings)
    ballots, against = pack_ballots(model, seed, role)
    in_year, earlier_in_year = meetings_in_years(model, meetings, next_meeting)
    ladder = Ladder(model.n_chains, model.n_chains, model.n_chains + 1)
    ticking = [*role.movers, ladder.bypass, ladder.end]
    limits = {"horizon": model.horizon_years, "top_stance": model.top_stance, "threshold": model.threshold}
    limits |= {"last_decision": model.last_decision, "gaps": lay.size}
    return Tables(
        chains=pack_chains(model, seed, lay, read, role, watching, tilted),
        moves=pack_moves(model, order, least),
        conditions=filled(packed.CONDITIONS, **model.conditions._asdict()),
        scales=filled(packed.SCALES, chain=model.scales.chain, at=model.scales.factor_at),
        factors=model.scales.factors,
        slots=model.chains.slots,
        steps=pack_steps(model, seed, role),
        ballots=ballots,
        against=against,
        awaits=filled(
            packed.AWAITS,
            chain=model.steps.await_chain,
            states=model.steps.await_states,
            blocker=model.steps.await_as,
        ),
        laws=filled(packed.LAWS, **model.laws._asdict()),
        dates=dates,
        meetings=meetings,
        next_meeting=next_meeting,
        in_year=in_year,
        earlier_in_year=earlier_in_year,
        first_of_part=first_of_parts(model, meetings),
        voters=filled(packed.VOTERS, **model.voters._asdict()),
        watch=filled(packed.WATCH, **model.watch._asdict()),
        readers=pack_readers(read, lay),
        axes=pack_axes(lay),
        peer_strides=_flat(lay.peer_strides),
        states=pack_states(model, order),
        background=_ints(role.background),
        reading=_flat(watching.reading),
        freeing=_ints(watching.freeing),
        peers=peers_of(model),
        peer_readers=_ints(peer_readers),
        movers=_ints(role.movers),
        ticking=_ints(ticking + ticking[-1:] * (len(ticking) % 2)),
        ladder=ladder,
        lively=_ints(c for c in range(model.n_chains) if c not in {*role.quiet, *role.constant}),
        quiet=_ints(role.quiet),
        **draws_at_once(model, seed, role),
        held=pack_held(model, seed),
        limits=filled(packed.LIMITS, **{name: [number] for name, number in limits.items()}),
        tilting=() if tilt is None else (1,),
        tilted=tilted,
    )


# --- columns --------------------------------------------------------------------------------------------


def keys(seed: int, meanings: Sequence[str]) -> Records:
    """[N] keys of streams."""
    words = np.array([key(seed, meaning) for meaning in meanings], np.uint32).reshape(-1, 2)
    return filled(KEY, k0=words[:, 0], k1=words[:, 1])


def _ints(values: Iterable[int]) -> Ints:
    return np.array(list(values), dtype=np.int64)


def _flat(lists: Iterable[Iterable[int]]) -> Ints:
    return _ints(value for one in lists for value in one)


def _ranges(lengths: Iterable[int]) -> tuple[Ints, Ints]:
    """First and last of each part of a flat list, from the lengths of the parts."""
    ends = np.cumsum(_ints(lengths), dtype=np.int64)
    return np.append(0, ends)[:-1], ends


# --- chains and their moves -----------------------------------------------------------------------------


class Watching(NamedTuple):
    """When background chains can rest."""

    reading: list[list[int]]
    """For each background chain (and, empty, every other one and the ladder) the packed moves that read it."""
    freeing: list[int]
    """Chains that can make such a move impossible."""


def _watching(model: Model, role: Roles, order: Ints) -> Watching:
    place, read_by = np.argsort(order), moves_reading(model)
    reading = [
        sorted(place[read_by[c]].tolist()) if c in role.background else [] for c in range(model.n_chains + 1)
    ]
    freeing = {
        chain for moves in reading for move in moves for chain in chains_of_move(model, int(order[move]))
    }
    return Watching(reading, sorted(freeing))


def pack_chains(
    model: Model, seed: int, lay: Layout, read: list[set[int]], role: Roles, watching: Watching, tilted: Ints
) -> Records:
    """The chains and the ladder."""
    c, every = model.chains, np.arange(model.n_chains + 1)
    first_reading, last_reading = _ranges(map(len, watching.reading))
    first_reader, last_reader = _ranges(map(len, read))
    asking = asked_by_steps(model)
    voted_on = {*model.voters.stance.tolist(), *(c for c in range(model.n_chains) if asking[c])}
    names = [*model.chain_names, "ladder"]
    return filled(
        packed.CHAINS,
        voter=np.append(c.voter, NONE),
        states=np.append(c.states, 0),
        start=np.append(c.start, 0),
        start_at=np.append(c.start_at, NONE),
        never=np.append(c.never, NONE),
        redraw_at=np.append(c.redraw_at, NONE),
        states_at=_ranges(map(len, model.state_names))[0],
        first_reading=first_reading,
        last_reading=last_reading,
        first_reader=first_reader,
        last_reader=last_reader,
        **_tables_of_rates(lay),
        by_world=np.append(c.by_world, False),
        is_stance=np.isin(every, model.voters.stance),
        moves=np.append(np.diff(c.first_move) > 0, False),
        steady=role.steady,
        frees=np.isin(every, watching.freeing),
        voted_on=np.isin(every, list(voted_on)),
        opens_step=np.isin(every, chains_of_steps(model)),
        watched=np.isin(every, model.watch.chain),
        tilted=np.isin(every, tilted),
        start_key=keys(seed, [f"start/{name}" for name in names]),
        never_key=keys(seed, [f"never/{name}" for name in names]),
        move_key=keys(seed, [f"move/{name}" for name in names]),
    )


def _tables_of_rates(lay: Layout) -> dict[str, Ints]:
    """Where the table of each chain is, and how its joint states are numbered; the ladder has none."""
    at = [at if size else NO_TABLE for at, size in zip(lay.offsets, lay.sizes, strict=True)]
    first_axis, last_axis = _ranges([*map(len, lay.axes), 0])
    peer_at, _ = _ranges(map(len, lay.peer_strides))
    return {
        "table": _ints([*at, NO_TABLE]),
        "width": _ints([*lay.widths, 0]),
        "first_axis": first_axis,
        "last_axis": last_axis,
        "peer_at": _ints([*(a if s else NONE for a, s in zip(peer_at, lay.peer_strides, strict=True)), NONE]),
    }


def pack_moves(model: Model, order: Ints, least: Floats) -> Records:
    """All moves in this order, with the least rate of each under a tilt."""
    m = model.moves
    return filled(
        packed.MOVES,
        chain=model.chain_of_move[order],
        target=m.target[order],
        rate=m.rate[order],
        first_condition=m.first_condition[:-1][order],
        last_condition=m.first_condition[1:][order],
        first_scale=m.first_scale[:-1][order],
        last_scale=m.first_scale[1:][order],
        least=least[order],
    )


def pack_states(model: Model, order: Ints) -> Records:
    """The states of all chains and of the ladder: which of the ordered moves lead out of each."""
    counts = [len(names) for names in model.state_names]
    at, _ = _ranges(counts)
    place = at[model.chain_of_move[order]] + model.moves.source[order]
    every = np.arange(sum(counts))
    first, last = np.searchsorted(place, every, "left"), np.searchsorted(place, every, "right")
    only = np.full(len(every), NONE)
    single = last - first == 1
    only[single] = model.moves.target[order][first[single]]
    return filled(packed.STATES, first=first, last=last, only_target=only)


def pack_readers(read: list[set[int]], lay: Layout) -> Records:
    """For each chain and the ladder the chains whose rates read it, and how far a change moves their joint state."""
    rows = []
    for chain, readers in enumerate(read):
        for reader in sorted(readers):
            strides = [stride for other, stride, _ in lay.axes[reader] if other == chain]
            rows.append((reader, strides[0] if strides and lay.sizes[reader] else 0))
    return _rows(packed.READERS, rows)


def pack_axes(lay: Layout) -> Records:
    """What each table of rates depends on besides its own chain."""
    return _rows(packed.AXES, [axis for axes in lay.axes for axis in axes])


def _rows(dtype: np.dtype[Any], rows: list[Any]) -> Records:
    return np.array(rows, dtype).view(np.recarray)


# --- the ladder -----------------------------------------------------------------------------------------


def pack_steps(model: Model, seed: int, role: Roles) -> Records:
    """The steps, with the keys of everything that is drawn once for each."""

    def of(meaning: str) -> Records:
        return keys(seed, [f"{meaning}/{step}" for step in model.step_names])

    s, quiet = model.steps, np.array(quiet_at_steps(model, role.quiet), np.int64).reshape(-1, 2)
    alike = (
        "kind", "rule", "rule_a", "rule_b", "held", "waived", "bypass", "law", "lag", "obstruction",
        "obstruction_law", "others", "elapsed", "lag_elapsed",
    )  # fmt: skip
    return filled(
        packed.STEPS,
        first=s.first_condition[:-1],
        last=s.first_condition[1:],
        first_await=s.first_await[:-1],
        last_await=s.first_await[1:],
        first_quiet=quiet[:, 0],
        last_quiet=quiet[:, 1],
        **{name: getattr(s, name) for name in alike},
        waived_key=of("waived"),
        bypass_key=of("bypass"),
        wait_key=of("wait"),
        lag_key=of("lag"),
        obstruction_key=of("obstruction"),
        obstruction_length_key=of("obstruction-length"),
    )


def pack_held(model: Model, seed: int) -> Records:
    """[S, calendars] for each step and kind of meeting, the key of whether it is held."""
    pairs = [f"held/{step}/{calendar}" for step in model.step_names for calendar in model.calendar_names]
    return keys(seed, pairs).reshape(model.n_steps, len(model.calendar_names)).view(np.recarray)


def pack_ballots(model: Model, seed: int, role: Roles) -> tuple[Records, Records]:
    """Each voter on each step, and what makes them block: too low a stance, or what a step names besides."""
    s = model.steps
    pairs = [f"{step}/{voter}" for step in model.step_names for voter in model.voter_names]
    against = [_against(model, role, *divmod(ballot, model.n_voters)) for ballot in range(len(pairs))]
    first, last = _ranges(map(len, against))
    ballots = filled(
        packed.BALLOTS,
        first=first,
        last=last,
        obstructor=s.obstructor,
        ratified=s.ratified,
        ratification_key=keys(seed, [f"ratification/{pair}" for pair in pairs]),
    )
    return ballots, _rows(packed.AGAINST, [one for some in against for one in some])


def _against(model: Model, role: Roles, step: int, voter: int) -> list[tuple[int, int]]:
    """Chains and those of their states in which a voter blocks a step, but for what never comes about."""
    s, ballot = model.steps, step * model.n_voters + voter
    named = slice(*s.first_unless[[ballot, ballot + 1]])
    low = (int(model.voters.stance[voter]), (1 << int(s.needs[step])) - 1)
    every = [low, *zip(s.unless_chain[named].tolist(), s.unless_states[named].tolist(), strict=True)]
    return [
        (chain, states)
        for chain, states in every
        if states and (chain not in role.constant or states >> int(model.chains.start[chain]) & 1)
    ]


# --- draws ----------------------------------------------------------------------------------------------


def draws_at_once(model: Model, seed: int, role: Roles) -> dict[str, Any]:
    """Keys of draws that are made many at a time, and how many-th each is."""

    def words(draws: Iterable[tuple[str, int]]) -> Keys:
        found = [key(seed, f"{what}/{model.chain_names[chain]}") for what, chain in draws]
        return np.ascontiguousarray(np.array(found, np.uint32).reshape(-1, 2).T)

    redraws = np.flatnonzero(model.agenda.kind == REDRAW)
    sure = [("redraw", c) for c in model.agenda.what[redraws].tolist()] + [("move", c) for c in role.movers]
    return {
        "sure_keys": words(sure),
        "sure_index": np.append(model.agenda.day[redraws], [0] * len(role.movers)).astype(np.uint32),
        "redraws": len(redraws),
        "quiet_keys": np.stack([words((what, c) for c in role.quiet) for what in ("start", "move")]),
        "quiet_index": np.zeros(len(role.quiet), np.uint32),
    }
