"""Names that a scenario's own names become: columns of the files of a run, and figures.

What writes them and what checks them read the same functions, so that a name that would be there twice is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

WORD = 64
"""Voters whose bits are in one column of blockers."""
SUBSTITUTE = "substitute for "
"""How tables name a substitute for a step, and forecasts ask for one."""
T = TypeVar("T")


def how_column(step: str) -> str:
    """How a step was taken."""
    return f"how_{step}"


def blocker_columns(step: str, words: int) -> list[str]:
    """One column for up to 64 voters, further ones numbered."""
    first = f"blockers_{step}"
    return [first] + [f"{first}_{word + 1}" for word in range(1, words)]


def watch_column(watched: str) -> str:
    """``watch_<chain>_<state>`` of ``chain=state``, with the voter before the chain where it is a voter's."""
    return "watch_" + watched.replace(".", "_").replace("=", "_")


def weight_columns(steps: Iterable[str], watched: Iterable[str]) -> list[str]:
    """``weight`` up to the end, ``weight_<step>`` up to a step, ``weight_watch_…`` up to a first entry."""
    return ["weight", *(f"weight_{name}" for name in (*steps, *map(watch_column, watched)))]


def probability_column(step: str) -> str:
    """The probability of a step by the horizon, in the file of worlds."""
    return f"probability_{step}"


def substitute_name(step: str) -> str:
    """``substitute for pfp``: that a substitute stands in place of a step, beside the names of steps."""
    return SUBSTITUTE + step


def parted(named: Mapping[str, T]) -> tuple[dict[str, T], dict[str, T]]:
    """What is said of steps by name, and of substitutes by the step in whose place they stand."""
    return (
        {name: found for name, found in named.items() if not name.startswith(SUBSTITUTE)},
        {
            name.removeprefix(SUBSTITUTE): found
            for name, found in named.items()
            if name.startswith(SUBSTITUTE)
        },
    )


def together(steps: Mapping[str, T], substitutes: Mapping[str, T]) -> dict[str, T]:
    """The same again in one, as tables have it."""
    return {**steps, **{substitute_name(step): found for step, found in substitutes.items()}}


def substitute_column(step: str) -> str:
    """The probability by the horizon that a substitute stands in place of a step, in the file of worlds."""
    return f"probability_substitute_{step}"


def blockers_figure(step: str) -> str:
    """The figure of who blocks a step."""
    return f"blockers-{step.replace('_', '-').replace(' ', '-')}"


OWN_COLUMNS = ("trajectory", "world", "last_to_move", "last_to_ratify")
PREFIXES = ("how_", "blockers_", "watch_", "weight_", "probability_", "substitute_", SUBSTITUTE)
"""What our own columns begin with, so that no step and no parameter may."""


def trajectory_columns(
    steps: Sequence[str], watched: Sequence[str], voters: int
) -> Iterator[tuple[str, str | None]]:
    """Each column of ``trajectories.parquet``, those of weights with it, and the step or watch that it is of."""
    yield from ((name, None) for name in OWN_COLUMNS)
    for step in steps:
        words = max(1, -(-voters // WORD))
        yield from ((name, step) for name in (step, how_column(step), *blocker_columns(step, words)))
    yield from ((watch_column(name), name) for name in watched)
    of = (None, *steps, *watched)
    yield from zip(weight_columns(steps, watched), of, strict=True)
