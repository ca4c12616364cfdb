"""What a model says of its chains, for whoever tells a future in words: which stand still, and what still matters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sim.engines.replay.parts import Parts
from sim.model.model import EVENT, NONE, Model
from sim.model.pieces import MovePiece, When


def still(model: Model, chain: int) -> bool:
    """Whether a chain stays for good where it starts: it has no move, no redraw, and no event sets it."""
    if chain >= model.n_chains:  # the ladder
        return False
    chains, agenda = model.chains, model.agenda
    moves = chains.first_move[chain + 1] - chains.first_move[chain]
    fixed = bool(((agenda.kind == EVENT) & (agenda.what == chain)).any())
    return not moves and chains.redraw_at[chain] == NONE and not fixed


def _open_if(model: Model, rises: list[MovePiece], chains: Mapping[str, str]) -> When:
    """What all rises of a stance ask for that are left to it, where some are closed for good in this future.

    Nothing if no rise is closed for good, or if none is left or those left have nothing in common.
    """

    def closed(rise: MovePiece) -> bool:
        for_good = ((chain, states) for chain, states in rise.when if still(model, chain))
        return any(
            not states >> model.state_names[chain].index(chains[model.chain_names[chain]]) & 1
            for chain, states in for_good
        )

    left = [
        {asked for asked in rise.when if not still(model, asked[0])} for rise in rises if not closed(rise)
    ]
    if not left or len(left) == len(rises):
        return ()
    return tuple(sorted(set.intersection(*left)))


def held_back(model: Model, chains: Mapping[str, str]) -> Iterator[tuple[str, tuple[tuple[str, str], ...]]]:
    """Voters whose stance cannot rise in this future unless something comes about, with what that is.

    :param chains: chain -> state at the start, as the log of a replay has them.
    :returns: code of the voter; chains, each with the states of which it must be in one, in words.
    """
    parts = Parts.of(model)
    for voter, code in enumerate(model.voter_names):
        stance = int(model.voters.stance[voter])
        if chains[model.chain_names[stance]] == model.state_names[stance][model.top_stance]:
            continue
        rises = [move for move in parts.moves[stance] if move.target > move.source]
        if needed := _open_if(model, rises, chains):
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
