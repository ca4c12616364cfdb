"""The grammar of a scenario, as types.

A file on disk may be short, because it extends another. What is validated here is the *resolved*
scenario: parents merged, ``members`` written out as a list of codes, and ``voters`` holding one complete
entry for every voter (``everyone`` merged into each). See ``load.py`` for how it gets there.

Rates are per year, probabilities lie in [0, 1], laws are in days.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

Factor = FiniteFloat | str
"""A literal or the name of a parameter."""

Number = Factor | list[Factor]
"""A factor, or a list of factors that stands for their product."""

Distribution = dict[str, Number]
"""State -> probability; one state may say ``rest``."""

States = str | list[str]
Condition = dict[str, States]
"""Chain -> the state or states in which the condition holds; every chain named must agree."""

Basis = Literal["fitted", "literature", "judged"]


class Part(BaseModel):
    """Base of every part: frozen, and strict about unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


# --- laws and priors: a mapping with one key, the name of the law -----------------------------------


class Shapes(Part):
    """Shape and scale (days) of a Weibull law."""

    shape: Number
    scale: Number


class GammaDays(Part):
    """Shape of a gamma law, and its scale (days) or its rate (per day)."""

    shape: Number
    scale: Number | None = None
    rate: Number | None = None


class MedianSigma(Part):
    """Median (days) of a lognormal law, and the standard deviation of its logarithm."""

    median: Number
    sigma: Number


class Mean(Part):
    """Mean (days) of an exponential law."""

    mean: Number


class Law(Part):
    """A length of time in days; exactly one key."""

    weibull: Shapes | None = None
    exponential: Mean | None = None
    gamma: GammaDays | None = None
    lognormal: MedianSigma | None = None
    fixed: Number | None = None
    mixture: list[Component] | None = None


class Component(Law):
    """One part of a mixture: a law and its weight (a probability, or ``rest``)."""

    weight: Number


class ShapeRate(Part):
    """A gamma prior; its mean is shape / rate."""

    shape: FiniteFloat
    rate: FiniteFloat


class AB(Part):
    """A beta prior; its mean is a / (a + b)."""

    a: FiniteFloat
    b: FiniteFloat


class PriorMedianSigma(Part):
    """A lognormal prior: median, and the standard deviation of the logarithm."""

    median: FiniteFloat
    sigma: FiniteFloat


class MeanSd(Part):
    """A normal prior: mean and standard deviation."""

    mean: FiniteFloat
    sd: FiniteFloat


class LowHigh(Part):
    """A uniform prior between two bounds."""

    low: FiniteFloat
    high: FiniteFloat


class LowModeHigh(Part):
    """A triangular prior: bounds and the most likely value."""

    low: FiniteFloat
    mode: FiniteFloat
    high: FiniteFloat


class TableColumn(Part):
    """One row per world, the same row for every column of the file: keeps correlations."""

    file: str
    column: str


class Prior(Part):
    """What is not known about a parameter; exactly one key."""

    gamma: ShapeRate | None = None
    beta: AB | None = None
    lognormal: PriorMedianSigma | None = None
    normal: MeanSd | None = None
    uniform: LowHigh | None = None
    triangular: LowModeHigh | None = None
    table: TableColumn | None = None


class Parameter(Part):
    """A named number: either ``value`` or ``prior``, always with unit, basis and source."""

    value: FiniteFloat | None = None
    prior: Prior | None = None
    unit: str
    basis: Basis
    source: str
    note: str = ""


# --- chains -------------------------------------------------------------------------------------------


class Move(Part):
    """One possible change of a chain, at ``rate`` per year while ``when`` holds."""

    name: str | None = None
    from_: Annotated[str, Field(alias="from")]
    to: str
    rate: Number
    when: Condition = {}
    scaled_by: dict[str, dict[str, Number]] = {}
    """Chain (or ``peers``) -> state -> factor; 1 where no factor is given."""


class Redraw(Part):
    """A new state drawn on every date of a calendar."""

    on: str
    to: Distribution


class Chain(Part):
    """Anything that changes state by chance. ``states`` are in order, lowest first."""

    states: list[str]
    start: str | Distribution
    drawn_by: Literal["world", "trajectory"] = "world"
    never: Number | None = None
    moves: list[Move] = []
    redrawn: Redraw | None = None


class Ratification(Part):
    """How long a capital takes to ratify."""

    law: Law


class Voter(BaseModel):
    """A voter's chains (``stance`` always; ``objection``, ``government``, … where given)."""

    model_config = ConfigDict(frozen=True, extra="allow")
    __pydantic_extra__: dict[str, Chain]

    stance: Chain
    ratification: Ratification | None = None

    @property
    def chains(self) -> dict[str, Chain]:
        """Name -> chain: stance first, then the others in file order."""
        return {"stance": self.stance, **self.__pydantic_extra__}


# --- the ladder ---------------------------------------------------------------------------------------


class AllBut(Part):
    """So many voters may be against."""

    all_but: int


class Share(Part):
    """So large a part of the voters must be for."""

    share: str | FiniteFloat
    """A fraction such as ``2/3``."""


Rule = Literal["consensus"] | AllBut | Share


class Obstruction(Part):
    """At most once per ratification: the chance of it, then by whom, then how long it takes."""

    probability: Number
    by: dict[str, Number] = {"others": "rest"}
    law: Law


class Needs(Part):
    """The lowest stance that lets a step pass."""

    stance: str


class Decision(Part):
    """A step that the Council decides at a meeting."""

    step: str
    kind: Literal["decision"]
    meetings: list[str] = []
    """Calendars; none if the step can only be waived or bypassed."""
    when: Condition = {}
    needs: Needs | None = None
    unless: Condition = {}
    rule: Rule = "consensus"
    held: Number | None = None
    waived: Number | None = None
    bypass: Number | None = None


class Wait(Part):
    """A step that takes time and nothing else."""

    step: str
    kind: Literal["wait"]
    law: Law


class RatificationStep(Part):
    """A step that every capital ratifies."""

    step: str
    kind: Literal["ratification"]
    rule: Rule = "consensus"
    lag: Law | None = None
    obstruction: Obstruction | None = None


Step = Annotated[Decision | Wait | RatificationStep, Field(discriminator="kind")]


# --- calendar, events, watch ---------------------------------------------------------------------------


class Repeat(Part):
    """Further dates of a calendar, at equal distances."""

    every: str
    """``1 year``, ``6 months``, ``2 weeks``, ``10 days``."""
    from_: Annotated[date | None, Field(alias="from")] = None


class Calendar(Part):
    """Dates, given one by one or repeated."""

    dates: list[date] = []
    then: Repeat | None = None


class Event(BaseModel):
    """Fixed by the scenario on a date: a chain's state, a voter's chain, or a voter that joins.

    ``{on, chain, state}``, ``{on, voter, <chain>: <state>}`` or ``{on, voter, joins: true}``.
    """

    model_config = ConfigDict(frozen=True, extra="allow")
    __pydantic_extra__: dict[str, str]

    on: date
    chain: str | None = None
    state: str | None = None
    voter: str | None = None
    joins: Literal[True] | None = None


class Watch(BaseModel):
    """A first entry to be stored: ``{chain, state}`` or ``{voter, <chain>: <state>}``."""

    model_config = ConfigDict(frozen=True, extra="allow")
    __pydantic_extra__: dict[str, str]

    chain: str | None = None
    state: str | None = None
    voter: str | None = None


class Scenario(Part):
    """A resolved scenario."""

    schema_: Annotated[Literal[1], Field(alias="schema")]
    title: str
    question: str
    organisation: str
    candidate: str
    start: date
    horizon: date
    members: list[str]
    """Voters on the start date, in order; later ones come in by ``joins`` events."""
    parameters: dict[str, Parameter] = {}
    chains: dict[str, Chain] = {}
    voters: dict[str, Voter]
    """Members in order, then those who join, in the order of their events."""
    ladder: list[Step]
    calendar: dict[str, Calendar] = {}
    events: list[Event] = []
    watch: list[Watch] = []
