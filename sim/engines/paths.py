"""What an engine returns: the dated result of every trajectory, and counts at meetings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.base.errors import ModelError

_BY_ROW = ("trajectory", "world", "time", "how", "blockers", "last_to_move", "last_to_ratify", "watch")


@dataclass(frozen=True)
class Paths:
    """Results of n trajectories of a model with S steps, B possible blockers, Y calendar years, watching R entries.

    Times are years since the start; infinity means "not within the horizon" here in memory (files have a
    null). Rows are in the order of ``trajectory``.
    """

    trajectory: NDArray[np.int64]
    """[n] numbers of the trajectories."""
    world: NDArray[np.int64]
    """[n] trajectory modulo the number of worlds."""
    time: NDArray[np.float64]
    """[n, S] when the step was taken."""
    how: NDArray[np.int8]
    """[n, S] see model.HOW."""
    blockers: NDArray[np.uint64]
    """[n, S, words] bit for each of ``Model.blocker_names``, at the last meeting at which the step was due."""
    last_to_move: NDArray[np.int16]
    """[n] voter, -1 if none."""
    last_to_ratify: NDArray[np.int16]
    """[n] voter, -1 if none."""
    watch: NDArray[np.float64]
    """[n, R] first entry."""
    due: NDArray[np.int64]
    """[S, Y] meetings at which the step was due, over all trajectories."""
    blocked: NDArray[np.int64]
    """[S, Y, B] of these, meetings at which the voter blocked, or what the step waits for was not there."""

    def __len__(self) -> int:
        return len(self.trajectory)

    @property
    def by_row(self) -> tuple[str, ...]:
        """Fields with a row for each trajectory."""
        return _BY_ROW

    def rows(self, first: int) -> Paths:
        """The rows from ``first`` on; the counts at meetings go with them whole."""
        return replace(self, **{name: getattr(self, name)[first:] for name in self.by_row})


@dataclass(frozen=True)
class TiltedPaths(Paths):
    """The same of a run with tilted rates, where each trajectory counts with a weight."""

    weights: NDArray[np.float64]
    """[n, 1+S+R] likelihood ratio of the true law to the simulated one, up to the end (the last step taken, or
    the horizon), up to each step, and up to each watched entry; 0 where that did not happen."""

    @property
    def by_row(self) -> tuple[str, ...]:
        """Fields with a row for each trajectory."""
        return (*_BY_ROW, "weights")


def check_which(which: range) -> None:
    """:raises ModelError: trajectories below 0, or with gaps between them."""
    if which.start < 0 or which.step != 1:
        raise ModelError(f"trajectories {which}: allowed: 0 or more, without gaps")


def concatenated(parts: Sequence[Paths]) -> Paths:
    """Blocks of paths put together, in order."""
    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in parts[0].by_row}
    columns |= {name: np.sum([getattr(part, name) for part in parts], axis=0) for name in ("due", "blocked")}
    return type(parts[0])(**columns)
