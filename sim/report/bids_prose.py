"""What is said of bids in the same futures, on the screen and on the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sim.base.words import by, chance, chance_range, listed, step_name
from sim.estimates.paired import DatedShare
from sim.studies.bids_answer import NONE, TOGETHER, Bid, Bids, Different, Partly

MOST_NAMED = 8
"""Names that one sentence holds."""
TITLES = {"last": "The last step", "first": "The first step"}


def labels(made: Bids) -> dict[str, str]:
    """Name of a bid -> the organisation that it is for; the name itself where two bids are for one."""
    said = {bid.name: bid.organisation.removeprefix("the ") for bid in made.bids}
    return {n: o if list(said.values()).count(o) == 1 else n for n, o in said.items()}


def names_in_races(made: Bids) -> dict[str, str]:
    """The same with the two other ends of a race."""
    return {**labels(made), TOGETHER: "two on one day", NONE: "none by then"}


def probability(made: Bids, share: DatedShare) -> str:
    """``16 % (5 to 31 %)``"""
    ends = f" ({chance_range(*share.credible_90)})" if share.credible_90 else ""
    return f"{chance(share.probability, made.trajectories, share.mc_error)}{ends}"


def answer(made: Bids, at: Sequence[int]) -> Iterator[str]:
    """A sentence for each bid, and who comes first.

    :param at: places of the dates that are named.
    """
    label = labels(made)
    for bid in made.bids:
        steps = list(dict.fromkeys((bid.steps[-1], bid.steps[0])))
        said = []
        for step in steps:
            shares = [bid.milestones[step].by[i] for i in at]
            when = ", ".join(f"{by(share.date)} {probability(made, share)}" for share in shares)
            said.append(f"{step_name(step)} {when}")
        yield f"{label[bid.name]}: {'; '.join(said)}."
    race, names = made.races[0], names_in_races(made)
    ended = {name: curve.by[at[-1]] for name, curve in race.shares.items()}
    ends = ", ".join(f"{names[name]} {probability(made, share)}" for name, share in ended.items())
    yield f"Whose last step comes first, {by(ended[NONE].date)}: {ends}."


def pairs(made: Bids, at: int) -> Iterator[str]:
    """Which of two bids comes before the other, for each two of them."""
    label = labels(made)
    found = {(b.bid, b.other): b.by[at] for b in made.before}
    names = [bid.name for bid in made.bids]
    for i, one in enumerate(names):
        for other in names[i + 1 :]:
            here, there = found[one, other], found[other, one]
            yield (
                f"{label[one]} before {label[other]} {probability(made, here)}, "
                f"{label[other]} before {label[one]} {probability(made, there)}."
            )


def same(made: Bids) -> list[str]:
    """Which chains are the same in all bids."""
    sharing = made.sharing
    said = []
    if sharing.same:
        said.append(
            f"Equal to the bit in all bids, in every state and all {made.trajectories:,} futures: "
            f"{listed(sharing.same)}."
        )
    for chain, bids in sharing.same_in_some.items():
        said.append(f"Equal to the bit in {listed(bids)}, and not in the other: {chain}.")
    return said or ["No chain is the same in all bids."]


def differs(made: Bids) -> list[str]:
    """What differs, name by name."""
    return [*map(_different, made.sharing.different), *map(_partly, made.sharing.partly)]


def _different(chain: Different) -> str:
    inner = [name for name in chain.because if name != chain.chain]
    if not chain.because:
        why = "it is defined alike, so this should not be"
    elif chain.chain in chain.because and not inner:
        why = "it is defined in another way"
    else:
        why = f"{'it and ' if chain.chain in chain.because else ''}what it reads differ: {_some(inner)}"
    return f"{chain.chain} is not the same in {chain.first} and {chain.bid} ({chain.futures:,} futures differ): {why}."


def _partly(part: Partly) -> str:
    kinds = {
        "chains": "Chains",
        "voters": "Voters",
        "voter chains": "Chains of voters",
    }
    return f"{kinds[part.kind]} only in {listed(part.bids)}: {_some(part.names)}."


def _some(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    return listed([*names[:MOST_NAMED], f"{more} more"] if more > 0 else names)


def beside(made: Bids, bid: str, other: str) -> str:
    """``European Union, accession``: the last step of a bid."""
    found: Bid = next(b for b in made.bids if b.name == bid)
    return f"{labels(made)[bid]}, {step_name(found.steps[-1]).lower()}"
