"""accession: paths to NATO membership, simulated with every ally as a voter.

The verbs of the command line are functions here; each is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.engines.replay.engine import replay
    from sim.studies.compare import compare
    from sim.studies.run import run
    from sim.studies.sweep import sweep

__version__ = "0.1.0"
__all__ = ["compare", "replay", "run", "sweep"]

_HOMES = {
    "compare": "sim.studies.compare",
    "replay": "sim.engines.replay.engine",
    "run": "sim.studies.run",
    "sweep": "sim.studies.sweep",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'sim' has no attribute {name!r}")
