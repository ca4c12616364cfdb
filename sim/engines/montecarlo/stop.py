"""How a run that nobody wants any more ends, in the midst of a trajectory too.

Threads cannot be ended from outside, and a single trajectory may take minutes. So the tables that all threads of a
run share are told a horizon before the start: each thread reads it at every happening in any case, and finds itself
at the end. What a stopped run leaves in memory is of no use, and nobody sees it.
"""

from __future__ import annotations

import numpy as np

from sim.base.compiled import inlined
from sim.engines.montecarlo.packed import Tables


def stop(t: Tables) -> None:
    """Ends every trajectory that is computed from these tables, on whichever thread, and those yet to come."""
    t.limits["horizon"][0] = -np.inf


@inlined
def stopped(t: Tables) -> bool:
    """Whether the run is to end."""
    return bool(t.limits[0].horizon < 0.0)
