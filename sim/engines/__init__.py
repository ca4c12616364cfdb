"""Engines: one compiled model, three readers with one face.

The face of each engine's folder is ``blocks``: it takes a model, worlds, a seed and which of them, and yields blocks of
results in order. What is asked for makes a block shorter or longer, never different: any trajectory (or world) alone is
the same to the last bit as among others.

- ``montecarlo`` and ``replay`` know trajectories: ``which`` is a range of them, trajectory i lives in world i modulo
  the number of worlds, and a block is ``Paths`` (``TiltedPaths`` where rare moves are tilted). They agree to the bit.
- ``exact`` knows worlds and no trajectories: ``which`` is a range of worlds, and a block is one of them, solved:
  probabilities by date in place of paths.

An engine's own options follow by name: threads and the length of a block, or dates and a bound for the exact one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from sim.model.model import Model
    from sim.model.worlds import Worlds

Block = TypeVar("Block", covariant=True)


class Engine(Protocol[Block]):
    """What every engine's folder has, as a module; a block is ``Paths`` or an ``Exact`` world."""

    def blocks(self, model: Model, worlds: Worlds, seed: int, which: range, /) -> Iterator[Block]:
        """Blocks of results, in order.

        :param worlds: all worlds of the run, whichever of them are asked for.
        :param which: numbers of trajectories (of worlds, for the exact engine), without gaps.
        :raises ModelError: at the call, if the engine does not take the model or ``which``; on the way, if it does not
            take a number of a world.
        """
        ...
