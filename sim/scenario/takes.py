"""What a file takes of its parent if it does not take all of it: some chains, and what these name.

A bid in another organisation shares the chains of the world with the baseline, and nothing else: the ladder, the
other voters and their habits are its own. ``takes: [settlement, GRC.stance]`` says which; the parameters and calendars
that these chains (or the file itself) name come with them, and so do events and watches of these chains.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sim.scenario.layers import Layer
from sim.scenario.merge import merge_chain, merge_file
from sim.scenario.nodes import Node, Problems, closest, short

TAKES = "takes"
_EVERYONE = "everyone"
_NAMED = ("parameters", "calendar")
_DROPPED = ("ladder", "chains", "voters", "events", "watch", *_NAMED)


def laid(layers: Sequence[Layer], problems: Problems) -> Node:
    """A scenario's files laid over one another, the most distant parent first; each takes what it says."""
    first, *others = layers
    if first.takes is not None:
        problems.add(first.takes, "there is no parent to take it from", allowed="'extends' beside it")
    top = first.tree
    for layer in others:
        below = top if layer.takes is None else taken(top, layer.takes, layer.tree, problems)
        top = merge_file(below, layer.tree)
    return top


def taken(parent: Node, names: Node, child: Node, problems: Problems) -> Node:
    """What is left of a parent of which only these chains are taken.

    :param names: as in the file: ``settlement`` for a chain of the world, ``GRC.stance`` for a voter's.
    :param child: the file that takes them; what it names of the parent's parameters and calendars comes along.
    """
    world = dict(_section(parent, "chains").items())
    voters = dict(_section(parent, "voters").items())
    everyone = voters.get(_EVERYONE)
    known = [*world, *(f"{code}.{chain}" for code, voter in voters.items() for chain, _ in voter.items())]
    chains: dict[str, Node] = {}
    owned: dict[str, dict[str, Node]] = {}
    wanted = [(name, node) for node in names.parts() if (name := node.text()) is not None]
    while wanted:
        name, asked = wanted.pop(0)
        code, _, own = name.rpartition(".")
        if name in chains or own in owned.get(code, {}):
            continue
        found = world.get(name) if not code else _of_voter(voters.get(code), everyone, own)
        if found is None:
            near = closest(name, known)
            problems.add(asked, f"the parent has no chain {short(name)}", allowed=known, near=near)
        elif not code:
            chains[name] = found
        else:
            owned.setdefault(code, {})[own] = found
        for read in _read_by(found):
            beside = f"{code}.{read}"
            if code and _of_voter(voters.get(code), everyone, read) is not None:
                wanted.append((beside, asked))
            elif read in world:
                wanted.append((read, asked))
    parts = {
        "chains": _section(parent, "chains").with_value(chains),
        "voters": _section(parent, "voters").with_value({
            code: _section(parent, "voters").with_value(dict(own)) for code, own in owned.items()
        }),
        **{
            key: section.with_value([item for item in section.parts() if _is_of(item, chains, owned)])
            for key in ("events", "watch")
            if (section := parent.get(key)) is not None
        },
    }  # fmt: skip
    said = {text for part in (*parts.values(), child) for text in _texts(part)}
    for key in _NAMED:
        section = _section(parent, key)
        parts[key] = section.with_value({name: node for name, node in section.items() if name in said})
    if (levers := parent.get("levers")) is not None:
        kept = {
            name: lever for name, lever in levers.items()
            if _is_lever_of(lever, chains, owned, dict(parts["parameters"].items()))
        }  # fmt: skip
        parts["levers"] = levers.with_value(kept)
    rest = {key: node for key, node in parent.items() if key not in _DROPPED}
    return parent.with_value({**rest, **parts})


def _section(top: Node, key: str) -> Node:
    return top.get(key) or Node({}, top.file, top.line, (key,))


def _read_by(chain: Node | None) -> Iterator[str]:
    """Names of the chains that the moves of a chain read."""
    moves = chain.get("moves") if chain is not None else None
    for move in moves.parts() if moves is not None else ():
        for key in ("when", "scaled_by"):
            if (named := move.get(key)) is not None:
                yield from (name for name, _ in named.items())


def _of_voter(voter: Node | None, everyone: Node | None, chain: str) -> Node | None:
    """A voter's chain with that of everyone under it."""
    own = voter.get(chain) if voter is not None else None
    shared = everyone.get(chain) if everyone is not None else None
    if chain == "ratification" or own is None or shared is None:
        return None if chain == "ratification" else own or shared
    return merge_chain(shared, own)


def _is_of(item: Node, chains: dict[str, Node], owned: dict[str, dict[str, Node]]) -> bool:
    """Whether an event or a watch is of a chain that is taken."""
    voter = item.text("voter")
    if voter is None:
        return item.text("chain") in chains
    return any(key in owned.get(voter, {}) for key, _ in item.items())


def _is_lever_of(
    lever: Node, chains: dict[str, Node], owned: dict[str, dict[str, Node]], parameters: dict[str, Node]
) -> bool:
    """Whether all that a lever changes is taken."""
    events, values = lever.get("events"), lever.get("values")
    return all(_is_of(event, chains, owned) for event in (events.parts() if events else ())) and all(
        name in parameters for name, _ in (values.items() if values else ())
    )


def _texts(node: Node) -> Iterator[str]:
    if isinstance(node.value, str):
        yield node.value
    for _, part in node.items():
        yield from _texts(part)
    for part in node.parts():
        yield from _texts(part)
