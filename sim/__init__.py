"""accession: paths to NATO membership, simulated with every ally as a voter.

The verbs of the command line are functions here; each is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.engines.replay import replay
    from sim.study.compare import compare
    from sim.study.run import run
    from sim.study.sweep import sweep

__version__ = "0.1.0"
__all__ = ["compare", "replay", "run", "sweep"]

_HOMES = {
    "compare": "sim.study.compare",
    "replay": "sim.engines.replay",
    "run": "sim.study.run",
    "sweep": "sim.study.sweep",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'sim' has no attribute {name!r}")
