"""What the exact engine carries together, and which voters it need only count.

Chains that do not influence one another between two dates fall into *components*; the joint law of all of
them is then a matrix exponential for each component, applied one after the other. Chains of voters that are
alike (same states, moves, numbers and readers, named nowhere alone) are kept sorted, so that only how many
are in which state counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sim.engines.exact.structure import LADDER, Structure
from sim.model.model import NONE, PEERS


@dataclass(frozen=True)
class Bundle:
    """Chains of one voter (or one chain of the world) that read one another; in file order."""

    voter: int
    chains: tuple[int, ...]
    never: tuple[int, ...]
    """Those of them that may never move."""
    below: bool
    """Whether it must be remembered if the voter started below the top stance."""


@dataclass(frozen=True)
class Cluster:
    """Bundles that are carried together, in groups of bundles that are alike."""

    ladder: bool
    groups: tuple[tuple[Bundle, ...], ...]

    @property
    def chains(self) -> list[int]:
        """All of its chains."""
        return [c for group in self.groups for bundle in group for c in bundle.chains]


class Bundler:
    """Finds the components of a model.

    :param lump: whether voters that are alike are counted.
    """

    def __init__(self, structure: Structure, lump: bool = True) -> None:
        self.structure, self.lump = structure, lump

    def _links(self) -> Iterator[tuple[int, int]]:
        """Pairs of varying chains (or the ladder) that must be carried together."""
        varying = {*self.structure.varying, LADDER}
        stance = self.structure.model.voters.stance
        for move in self.structure.moves:
            if move.chain not in varying:
                continue
            for read in self.structure.reads(move):
                if read.chain in varying:
                    yield move.chain, read.chain
            owner = int(self.structure.model.chains.voter[move.chain])
            if any(scale.chain == PEERS for scale in move.scales) and int(stance[owner]) in varying:
                yield move.chain, int(stance[owner])
        for step in self.structure.decisions:
            if self.structure.bypassed(step):
                yield from (
                    (LADDER, chain) for chain, _ in self.structure.steps[step].when if chain in varying
                )
        if not self.structure.consensus:
            for voter in range(self.structure.model.n_voters):
                own = self._own_blocking(voter)
                yield from ((own[0], chain) for chain in own[1:])

    def _own_blocking(self, voter: int) -> list[int]:
        chains = {
            chain for step in self.structure.decisions for chain, _ in self.structure.blocking(step, voter)
        }
        return sorted(chains & set(self.structure.varying))

    # --- bundles and components ---------------------------------------------------------------------

    def bundles(self) -> list[Bundle]:
        """All varying chains, bundled."""
        owner = self.structure.model.chains.voter
        own = [(a, b) for a, b in self._links() if LADDER not in (a, b)]
        own = [(a, b) for a, b in own if owner[a] == owner[b] != NONE]
        return [self._bundle(chains) for chains in _connected(self.structure.varying, own)]

    def _bundle(self, chains: tuple[int, ...]) -> Bundle:
        c = self.structure.model.chains
        voter = int(c.voter[chains[0]])
        never = tuple(
            x for x in chains if c.never[x] != NONE and not self.structure.always_zero(int(c.never[x]))
            and any(move.chain == x for move in self.structure.moves)
        )  # fmt: skip
        stance = voter != NONE and int(self.structure.model.voters.stance[voter]) in chains
        return Bundle(
            voter,
            chains,
            never,
            stance and self.structure.peers_count and self.structure.below(voter) is None,
        )

    def components(self) -> list[Cluster]:
        """What is carried together; the one with the ladder first, if there is a decision."""
        bundles = self.bundles()
        alike: dict[object, list[Bundle]] = {}
        for bundle in bundles:
            alike.setdefault(self._signature(bundle) if self.lump else bundle.chains, []).append(bundle)
        links = list(self._links())
        for group in [*alike.values(), *([b] for b in bundles)]:
            first = group[0].chains[0]
            links += [(first, chain) for bundle in group for chain in bundle.chains]
        found = []
        for nodes in _connected([LADDER, *self.structure.varying], links):
            groups = tuple(tuple(g) for g in alike.values() if g[0].chains[0] in nodes)
            found.append(Cluster(LADDER in nodes, groups))
        return sorted(found, key=lambda component: not component.ladder)

    def _signature(self, bundle: Bundle) -> object:
        """Equal for two bundles only if exchanging them changes nothing but where they start.

        Who starts where, and how likely somebody never moves, may differ: that is settled at the start.
        """
        c, voter = self.structure.model.chains, bundle.voter
        dated = any(self.structure.set_to[chain] for chain in bundle.chains)
        if voter == NONE or dated or voter in self.structure.joiners:
            return bundle.chains
        place = {chain: ("own", i) for i, chain in enumerate(bundle.chains)}
        stance = int(self.structure.model.voters.stance[voter])

        def said(chain: int) -> object:
            # a chain of the world, or one of the voter's own that stays as it is
            constant = chain not in (LADDER, PEERS) and self.structure.reach[chain].bit_count() == 1
            return place.get(chain, ("constant", self.structure.reach[chain]) if constant else chain)

        moves = tuple(
            (place[m.chain], m.source, m.target, m.rate,
             tuple((said(x), allowed) for x, allowed in m.when),
             tuple((said(s.chain), s.slots) for s in m.scales))
            for m in self.structure.moves if m.chain in place
        )  # fmt: skip
        votes = tuple(
            (self.structure.always_blocks(k, voter),
             tuple((place[x], mask) for x, mask in self.structure.blocking(k, voter) if x in place))
            for k in self.structure.decisions
        )  # fmt: skip
        read = any(s.chain == PEERS for m in self.structure.moves if m.chain in place for s in m.scales)
        peers = (
            self.structure.peers_count
            and (read or stance in place)
            and (self.structure.below(voter), said(stance))
        )
        return (
            tuple(int(c.states[x]) for x in bundle.chains), moves, votes, peers,
            bundle.below, tuple(bundle.chains.index(x) for x in bundle.never),
        )  # fmt: skip


def _connected(nodes: Iterable[int], links: Iterable[tuple[int, int]]) -> list[tuple[int, ...]]:
    """Connected structure of a graph, each in order."""
    part = {node: {node} for node in nodes}
    for a, b in links:
        if part[a] is not part[b]:
            part[a] |= part[b]
            for node in part[b]:
                part[node] = part[a]
    unique = {id(found): found for found in part.values()}
    return [tuple(sorted(found)) for found in unique.values()]
