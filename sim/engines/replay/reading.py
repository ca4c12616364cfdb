"""What a model says of its chains, for whoever tells a future in words: which stand still, and what still matters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sim.model.model import EVENT, NONE, Model

Condition = tuple[int, int]
"""A chain, and the bits of the states in which it must be."""


def still(model: Model, chain: int) -> bool:
    """Whether a chain stays for good where it starts: it has no move, no redraw, and no event sets it."""
    if chain >= model.n_chains:  # the ladder
        return False
    chains, agenda = model.chains, model.agenda
    moves = chains.first_move[chain + 1] - chains.first_move[chain]
    fixed = bool(((agenda.kind == EVENT) & (agenda.what == chain)).any())
    return not moves and chains.redraw_at[chain] == NONE and not fixed


def _conditions(model: Model, move: int) -> list[Condition]:
    first, last = model.moves.first_condition[move : move + 2].tolist()
    return [(int(model.conditions.chain[i]), int(model.conditions.allowed[i])) for i in range(first, last)]


def _open_if(model: Model, voter: int, chains: Mapping[str, str]) -> tuple[Condition, ...] | None:
    """What all rises of a voter's stance ask for that are left to it, where some are closed for good in this future.

    None if no rise is closed for good, or if none is left or those left have nothing in common.
    """
    chain = int(model.voters.stance[voter])
    left, closed = [], 0
    for move in range(*model.chains.first_move[chain : chain + 2].tolist()):
        if model.moves.target[move] <= model.moves.source[move]:
            continue
        changing: set[Condition] = set()
        for asked, states in _conditions(model, move):
            if not still(model, asked):
                changing.add((asked, states))
                continue
            state = model.state_names[asked].index(chains[model.chain_names[asked]])
            if not states >> state & 1:
                closed += 1
                break
        else:
            left.append(changing)
    common = set.intersection(*left) if left else set()
    return tuple(sorted(common)) if closed and common else None


def held_back(model: Model, chains: Mapping[str, str]) -> Iterator[tuple[str, tuple[tuple[str, str], ...]]]:
    """Voters whose stance cannot rise in this future unless something comes about, with what that is.

    :param chains: chain -> state at the start, as the log of a replay has them.
    :returns: code of the voter; chains, each with the states of which it must be in one, in words.
    """
    for voter, code in enumerate(model.voter_names):
        stance = int(model.voters.stance[voter])
        if chains[model.chain_names[stance]] == model.state_names[stance][model.top_stance]:
            continue
        if needed := _open_if(model, voter, chains):
            yield code, tuple((_name(model, chain), _states(model, chain, bits)) for chain, bits in needed)


def _name(model: Model, chain: int) -> str:
    return "ladder" if chain >= model.n_chains else model.chain_names[chain]


def _states(model: Model, chain: int, bits: int) -> str:
    names = [name for state, name in enumerate(model.state_names[chain]) if bits >> state & 1]
    return " or ".join(name.replace("_", " ") for name in names)


def objections(model: Model) -> dict[str, int]:
    """Chain -> the last step to which it is an objection, of chains that nothing else reads."""
    steps, voters = model.steps, model.n_voters
    last: dict[int, int] = {}
    for step in range(model.n_steps):
        first, end = steps.first_unless[step * voters], steps.first_unless[(step + 1) * voters]
        last |= dict.fromkeys(steps.unless_chain[first:end].tolist(), step)
    elsewhere = {*model.conditions.chain.tolist(), *model.scales.chain.tolist(), *steps.await_chain.tolist()}
    return {model.chain_names[chain]: step for chain, step in last.items() if chain not in elsewhere}
