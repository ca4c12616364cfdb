"""``read``: results from the folder that they were written into."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from sim.api.believe import BeliefResult, read_believed
from sim.api.bids import BidsResult, read_bids_result
from sim.api.compare import ComparisonResult, read_compared
from sim.api.given import BeforeResult, GivenResult, read_before, read_given
from sim.api.levers import LeversResult, read_pulled
from sim.api.run import RunResult, read_run
from sim.api.sensitivity import SensitivityResult, read_moved
from sim.base.errors import RunError

Stored = (
    RunResult
    | ComparisonResult
    | BidsResult
    | GivenResult
    | BeforeResult
    | LeversResult
    | BeliefResult
    | SensitivityResult
)
_READERS: Mapping[str, Callable[[Path], Stored]] = {
    "summary.json": read_run,
    "compare.json": read_compared,
    "bids.json": read_bids_result,
    "given.json": read_given,
    "before.json": read_before,
    "levers.json": read_pulled,
    "sensitivity.json": read_moved,
    "believe.json": read_believed,
}


def read(folder: str | Path) -> Stored:
    """The result that a verb has written into a folder.

    :raises RunError: the folder holds no result, or one that cannot be read.
    """
    at = Path(folder)
    for file, reader in _READERS.items():
        if (at / file).exists():
            return reader(at)
    raise RunError(f"{at}: neither {' nor '.join(_READERS)} there; is it a folder that a run has written?")
