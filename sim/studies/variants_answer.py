"""What ``variants.json`` holds: a scenario under each structural variant, and under several together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sim.base import records
from sim.estimates.paired import Curve, Curves, DatedShare
from sim.estimates.summary import StructureRange
from sim.results.manifest import Identity

SCHEMA = 1
FILE = "variants.json"
Chosen = tuple[str, ...]
"""Names of the variants that hold, in the order of the layers; none: the run itself."""


@dataclass(frozen=True)
class MovedShare(DatedShare):
    """A probability under a variant, and how far it is from that of the run."""

    difference: float
    difference_error: float
    """Its standard error, luck in common."""


@dataclass(frozen=True)
class AsItIs:
    """The scenario itself, over the same trajectories as the variants."""

    milestones: Curves
    substitutes: Curves = field(default_factory=dict)
    """By step: substitutes in its place, which its milestone does not count."""


@dataclass(frozen=True)
class Variant:
    """A structural variant that was run."""

    name: str
    group: str
    title: str
    question: str
    differs: str
    """What it changes, in words."""
    digest: str
    milestones: Mapping[str, Curve[MovedShare]]
    substitutes: Mapping[str, Curve[MovedShare]] = field(default_factory=dict)


@dataclass(frozen=True)
class NotRun:
    """A structural variant that is left out, and why."""

    name: str
    group: str
    title: str
    question: str
    differs: str
    reason: str


@dataclass(frozen=True)
class Combination:
    """Variants that hold together."""

    variants: Chosen
    probability: Mapping[str, tuple[float, ...]]
    """Step -> at each date."""


@dataclass(frozen=True)
class Combined:
    """What combinations of variants come to."""

    choices: Mapping[str, Chosen]
    """Choice -> its variants."""
    possible: int
    """Combinations that can be made, the run itself and single variants among them."""
    every: bool
    """Whether all of them were run."""
    trajectories: int
    """Of each combination; those at the ends of a range have as many as a variant."""
    ranges: tuple[StructureRange, ...]
    """Of the first and the last step, ten years ahead and by the horizon."""
    run: tuple[Combination, ...]


@dataclass(frozen=True)
class Variants:
    """The content of ``variants.json``."""

    schema: int
    scenario: Identity
    seed: int
    trajectories: int
    worlds: int
    run: AsItIs
    variants: tuple[Variant, ...]
    not_run: tuple[NotRun, ...]
    combined: Combined | None = None
    """Several at once; None if no two of them go together."""


def read_variants(folder: Path) -> Variants:
    """The variants that a folder of results holds.

    :raises RunError: there are none, or they cannot be read.
    """
    return records.read(folder / FILE, Variants)
