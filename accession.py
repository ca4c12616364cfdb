"""Paths to NATO membership, simulated with every ally as a voter: the public face, as docs/api.md shows it.

Names are imported when they are first used, so that ``import accession`` is quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from sim import __version__ as __version__

if TYPE_CHECKING:
    pass

_HOMES = {
    "sim.api.believe": ("BeliefResult", "believe"),
    "sim.api.bids": ("BidsResult", "bids"),
    "sim.api.compare": ("ComparisonResult", "compare"),
    "sim.api.given": ("BeforeResult", "GivenResult", "before", "given"),
    "sim.api.hindcast": ("HindcastResult", "hindcast"),
    "sim.api.levers": ("LeversResult", "levers"),
    "sim.api.stored": ("read",),
    "sim.api.replay": ("ReplayResult", "replay"),
    "sim.api.run": ("RunResult", "run"),
    "sim.api.scenario": ("Scenario", "load", "scenarios"),
    "sim.api.sensitivity": ("SensitivityResult", "sensitivity"),
    "sim.api.sweep": ("SweepResult", "sweep"),
    "sim.api.verify": ("VerifyResult", "verify"),
    "sim.base.errors": (
        "AccessionError", "FactsError", "ModelError", "OptionError", "RunError", "ScenarioError",
    ),
}  # fmt: skip
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'accession' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
