"""A draw by the key that a record holds."""

from __future__ import annotations

from sim.base.compiled import inlined
from sim.engines.montecarlo.packed import Records
from sim.model.draws import block


@inlined
def drawn(key: Records, unit: int, index: int) -> tuple[float, float]:
    """The two uniforms of the stream with this key, of a trajectory or world: the ``index``-th."""
    return block(key.k0, key.k1, unit, index, 0)
