"""How a run is done, apart from what it is a run of: one record for the library and the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import index

from sim.base.defaults import DEFAULT_SEED, DEFAULT_TRAJECTORIES, MOST
from sim.base.errors import OptionError, choice
from sim.estimates.precision import check_precision
from sim.scenario.setting import Setting

ENGINES = ("montecarlo", "replay", "exact")
KEEP = ("paths", "summary")


def whole(name: str, value: object, least: int) -> int:
    """A whole number of whatever type, such as one of NumPy's.

    :raises OptionError: it is none, or out of bounds.
    """
    most = MOST.get(name, MOST["seed"])
    try:
        number = None if isinstance(value, bool) else index(value)  # type: ignore[arg-type]
    except TypeError:
        number = None
    if number is None:
        raise OptionError(f"<{name}> {value!r}: not a whole number; allowed: {least} to {most}")
    if not least <= number <= most:
        raise OptionError(f"<{name}> {number}: allowed: {least} to {most}")
    return number


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """The options that every study has."""

    trajectories: int | None = None
    """Default 200,000; of each scenario of a comparison, and at each point of a sweep. In a run with
    ``precision``, the most that are allowed. Not with the exact engine, which simulates none."""
    worlds: int | None = None
    """Default 1000; a scenario in which nothing is uncertain always has one."""
    seed: int = DEFAULT_SEED
    overrides: Mapping[str, Setting] = field(default_factory=dict)
    """Parameter -> a number, a factor (``"x2"``) or a range (``"0.01..0.1"``), in all scenarios."""
    threads: int | None = None
    """Default: every processor. Does not change a result."""

    def __post_init__(self) -> None:
        for name, least in (("trajectories", 1), ("worlds", 1), ("seed", 0), ("threads", 1), ("bound", 1)):
            if (value := getattr(self, name, None)) is not None:
                object.__setattr__(self, name, whole(name, value, least))

    @property
    def most(self) -> int:
        """Trajectories that are simulated at most."""
        return DEFAULT_TRAJECTORIES if self.trajectories is None else self.trajectories


@dataclass(frozen=True, kw_only=True)
class Options(Sampling):
    """The options of a run.

    :raises OptionError: a value that is not allowed, or options that do not go together.
    """

    engine: str = "montecarlo"
    keep: str = "paths"
    """``summary`` writes no file of trajectories; all else is the same, and memory does not grow with the number
    of trajectories in either case."""
    precision: float | None = None
    """A Monte Carlo error (as a probability) at which to stop; see ``sim.estimates.precision``."""
    bound: int | None = None
    """Joint states that the exact engine takes."""
    block: int | None = None
    """Trajectories that the Monte Carlo engine simulates at a time. Does not change a result."""
    variants: bool = False
    """Run the scenario under each structural variant, too; see ``sim.studies.variants``."""
    tilt: tuple[str, ...] = ()
    """``NAME=RATE``: moves that name this parameter are simulated at this rate a year or more, and each
    trajectory has a weight for it; see ``sim.estimates.weighed``."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.engine not in ENGINES:
            raise OptionError(f"<engine> {self.engine!r}: {choice(self.engine, ENGINES)}")
        if self.keep not in KEEP:
            raise OptionError(f"<keep> {self.keep!r}: {choice(self.keep, KEEP)}")
        self._check_montecarlo()
        self._check_exact()

    def _check_montecarlo(self) -> None:
        """What only the Monte Carlo engine has, and only where nothing is tilted."""
        if self.precision is not None:
            check_precision(self.precision)
        if self.tilt and self.engine == "exact":
            raise OptionError("<tilt>: not allowed with <engine> exact, which simulates nothing")
        for name, given in (("precision", self.precision is not None), ("variants", self.variants)):
            if given and self.tilt:
                raise OptionError(f"<tilt>: not allowed together with <{name}>")
            if given and self.engine != "montecarlo":
                raise OptionError(f"<{name}>: allowed: with <engine> montecarlo only, not {self.engine}")

    def _check_exact(self) -> None:
        if self.engine == "exact" and self.trajectories is not None:
            raise OptionError("<trajectories>: not allowed with <engine> exact, which simulates none")
        if self.bound is not None and self.engine != "exact":
            raise OptionError(f"<bound>: allowed: with <engine> exact only, not {self.engine}")
