"""All implementations side by side, and whether they answer the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from benchmarks import agree, mesa_model, numpy_vectorised, plain_simpy
from benchmarks.measured import SEED, Effort, Measured, timed
from benchmarks.shared import Baseline, Outcomes, baseline, joined, of_paths
from sim.engines import montecarlo, replay
from sim.studies.prepare import Prepared

PROJECT = "Monte Carlo engine"
REPLAY = "SimPy replay"
ALL, STEPS = ", all answers", ", steps only"
FEWEST = 100


class Rival(NamedTuple):
    """An implementation, and how many trajectories make a round of a few seconds."""

    name: str
    n: int
    run: Callable[[int, int], Outcomes]
    """Trajectories, seed."""


def rivals(prepared: Prepared, base: Baseline) -> list[Rival]:
    """All of them; the first is what the others are compared with."""
    model, worlds = prepared.model, prepared.worlds

    def ours(n: int, seed: int) -> Outcomes:
        return of_paths(montecarlo.simulate(model, worlds, SEED, n, threads=1))

    def replayed(n: int, seed: int) -> Outcomes:
        return of_paths(replay.simulate(model, worlds, SEED, n))

    made: list[Rival] = [Rival(PROJECT, 200_000, ours), Rival(REPLAY, 500, replayed)]
    others: list[tuple[str, int, Callable[..., Outcomes]]] = [
        ("Mesa", 2_000, mesa_model.simulate),
        ("plain SimPy", 2_000, plain_simpy.simulate),
        ("NumPy", 200_000, numpy_vectorised.simulate),
    ]
    for name, n, simulate in others:
        for suffix in (ALL, STEPS):
            made.append(Rival(name + suffix, n, _simulated(simulate, base, suffix == ALL)))
    return made


def _simulated(
    simulate: Callable[..., Outcomes], base: Baseline, everything: bool
) -> Callable[[int, int], Outcomes]:
    return lambda n, seed: simulate(base, n, seed, everything)


def side_by_side(effort: Effort) -> Iterator[Measured]:
    """All in turn, and again, round after round; then whether they agree."""
    prepared, base = baseline()
    found = rivals(prepared, base)
    seen: dict[str, list[Outcomes]] = {rival.name: [] for rival in found}
    for rival in found:
        rival.run(min(rival.n, 1000), SEED)  # compiled, tables made, warm
    for number in range(effort.rounds):
        for rival in found:
            n = max(rival.n // effort.shrink, FEWEST)
            outcomes, cpu, wall = timed(_round(rival, n, SEED + 1 + number))
            seen[rival.name].append(outcomes)
            yield Measured("side by side", rival.name, n, number, "cpu_s", cpu)
            yield Measured("side by side", rival.name, n, number, "wall_s", wall)
    yield from agreement(seen, base)


def _round(rival: Rival, n: int, seed: int) -> Callable[[], Outcomes]:
    return lambda: rival.run(n, seed)


def agreement(seen: dict[str, list[Outcomes]], base: Baseline) -> Iterator[Measured]:
    """The engine's trajectories against each rival's, pooled over its rounds; the replay must be equal."""
    ours = seen[PROJECT][0]
    for name, parts in seen.items():
        if name == PROJECT:
            continue
        if name == REPLAY:
            n = len(parts[0])
            same = all((a == b[:n]).all() for a, b in zip(_arrays(parts[0]), _arrays(ours), strict=True))
            yield Measured("agreement", name, n, "", "equal to the bit", "yes" if same else "no")
            continue
        theirs = joined(parts)
        rows = agree.compare(ours, theirs, base.voters)
        worst = agree.worst(rows)
        yield Measured("agreement", name, len(theirs), "", "comparisons", len(rows))
        yield Measured("agreement", name, len(theirs), "", "bound", agree.bound(len(rows)))
        yield Measured("agreement", name, len(theirs), "", "worst z", worst.z)
        yield Measured("agreement", name, len(theirs), "", "worst in", worst.what)


def _arrays(outcomes: Outcomes) -> tuple[Any, Any, Any]:
    return outcomes.time, outcomes.how, outcomes.blockers
