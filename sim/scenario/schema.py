"""The grammar of a scenario: these types are the only statement of what a file may hold.

A file on disk may be short, because it extends another: :data:`File` is such a file. :class:`ScenarioContent` is what
comes of it: parents merged, ``members`` written out as a list of codes, and ``voters`` holding one complete
entry for every voter (``everyone`` merged into each). See ``load.py`` for how it gets there, ``fields.py`` for
the rules that the types are annotated with. Names that must exist, and dates that must make sense, are not
known here; ``check.py`` sees to those.

Rates are per year, probabilities lie in [0, 1], laws are in days.

The laws, priors and parameters are in ``laws.py``; events, watches and levers in ``entries.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    Tag,
    ValidationInfo,
    create_model,
)
from pydantic_core import PydanticCustomError

from sim.scenario.amounts import PartOfAll, Written, add_up
from sim.scenario.entries import RESERVED_KEYS as RESERVED_KEYS
from sim.scenario.entries import CalendarName, Code, Date, StateName, watch_key
from sim.scenario.entries import Event as Event
from sim.scenario.entries import Lever as Lever
from sim.scenario.entries import Watch as Watch
from sim.scenario.fields import (
    LIST,
    MAPPING,
    VALUE,
    Choice,
    Items,
    Name,
    Named,
    Pattern,
    by_form,
    fault,
    itself,
)
from sim.scenario.laws import Alone, Chance, PartOfOne, Rate, Scale, Word
from sim.scenario.laws import Law as Law
from sim.scenario.laws import Number as Number
from sim.scenario.laws import Parameter as Parameter
from sim.scenario.laws import Prior as Prior
from sim.scenario.laws import SimpleLaw as SimpleLaw
from sim.scenario.laws import WrittenParameter as WrittenParameter
from sim.scenario.part import UNSAID, Chosen, Part, Unsaid, UnsaidOne, any_of

EVERY = r"^[1-9][0-9]{0,5} (day|week|month|year)s?$"


# --- shares and conditions -----------------------------------------------------------------------------


def _shares_add_up(shares: dict[str, Number], info: ValidationInfo) -> dict[str, Number]:
    add_up(list(shares.values()), info.context)
    return shares


Distribution = Annotated[dict[str, PartOfOne], Named("states", least=1), AfterValidator(_shares_add_up)]
"""State -> probability; one state may say ``rest``."""

States = Annotated[
    Annotated[StateName, Tag(VALUE)]
    | Annotated[list[StateName], Items("states", least=1, key=itself), Tag(LIST)],
    by_form(VALUE, LIST),
]
Condition = Annotated[dict[str, States], Named("chains")]
"""Chain -> the state or states in which the condition holds; every chain named must agree."""


# --- chains ---------------------------------------------------------------------------------------------


class Move(Part):
    """One possible change of a chain, at ``rate`` per year while ``when`` holds."""

    name: Annotated[str, Name("a name")] | None = None
    from_: Annotated[StateName, Field(alias="from")]
    to: StateName
    rate: Rate
    when: Condition = Field({})
    scaled_by: Annotated[
        dict[str, Annotated[dict[str, Scale], Named("states")]], Named("chains")
    ] = Field({})  # fmt: skip
    """Chain (or ``peers``: once for each of ``peers_among``) -> state -> factor; 1 where no factor is given."""


def move_key(text: Callable[[str], str | None]) -> Hashable:
    """What makes a move the same move: its name, else from and to."""
    name, ends = text("name"), (text("from"), text("to"))
    return name or (ends if all(ends) else None)


def step_key(text: Callable[[str], str | None]) -> Hashable:
    """What makes a step the same step: its name."""
    return text("step")


def _keyed(key: Callable[[Callable[[str], str | None]], Hashable]) -> Callable[[Any], Hashable]:
    """The key of a mapping as it is in a file."""

    def of(item: Any) -> Hashable:
        if not isinstance(item, dict):
            return None
        return key(lambda name: value if isinstance(value := item.get(name), str) else None)

    return of


class Redraw(Part):
    """A new state drawn on every date of a calendar."""

    on: CalendarName
    to: Distribution


class Chain(Part):
    """Anything that changes state by chance. ``states`` are in order, lowest first."""

    states: Annotated[list[StateName], Items("states", least=1, key=itself)]
    start: Annotated[
        Annotated[StateName, Tag(VALUE)] | Annotated[Distribution, Tag(MAPPING)], by_form(VALUE, MAPPING)
    ]
    drawn_by: Annotated[Literal["world", "trajectory"], Choice()] = "world"
    title: Word | None = None
    """What it is called where people read of it."""
    never: Chance | None = None
    moves: Annotated[list[Move], Items("moves", key=_keyed(move_key))] = Field([])
    redrawn: Redraw | None = None


class Ratification(Part):
    """How long a capital takes to ratify."""

    law: Law


class Voter(Part):
    """A voter's chains (``stance`` always; ``objection``, ``government``, … where given)."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Chain]
    extra: ClassVar[str] = "other chains"
    hints: ClassVar[Mapping[str, str]] = {
        "stance": "its states and a start; one state, if nothing is to be decided"
    }

    stance: Chain
    ratification: Ratification | None = None

    @property
    def chains(self) -> dict[str, Chain]:
        """Name -> chain: stance first, then the others in file order."""
        return {"stance": self.stance, **self.__pydantic_extra__}


# --- the ladder -----------------------------------------------------------------------------------------


class AllBut(Part):
    """So many voters may be against."""

    all_but: Annotated[int, Written("factor", whole=True)]


class Share(Part):
    """So large a part of the voters must be for."""

    share: Annotated[str | float, PartOfAll()]
    """A fraction such as ``2/3``."""


_BUT, _SHARE = "<all_but>", "<share>"


def _which_rule(value: object) -> str:
    if isinstance(value, (AllBut, Share)):
        return _BUT if isinstance(value, AllBut) else _SHARE
    if not isinstance(value, dict):
        return VALUE
    return UNSAID if ("all_but" in value) == ("share" in value) else _BUT if "all_but" in value else _SHARE


_Consensus = Annotated[Literal["consensus"], Choice()]
_AnyRule = any_of("AnyRule", UnsaidOne, AllBut, Share)
Rule = Annotated[
    Literal["consensus"] | AllBut | Share,
    Chosen({VALUE: _Consensus, _BUT: AllBut, _SHARE: Share, UNSAID: _AnyRule}, _which_rule),
]


class Obstruction(Part):
    """At most once per ratification: the chance of it, then by whom, then how long it takes."""

    probability: Chance
    by: Distribution = Field({"others": "rest"})
    law: Law


class Needs(Part):
    """The lowest stance that lets a step pass."""

    stance: StateName


class StepPart(Part):
    """What all steps have."""

    own: ClassVar[tuple[str, ...]] = ("step",)

    step: Annotated[str, Name("a step")]
    kind: str

    @classmethod
    def stranger(cls, key: str) -> PydanticCustomError:
        """See :class:`Part`."""
        kind, others = _kind_of(cls), [name for name, other in KINDS.items() if key in other.known_keys()]
        if kind is None or not others:
            return super().stranger(key)
        said = f"{key!r} belongs to a {' or a '.join(others)}, and this is a {kind}"
        return fault(said, ", ".join(cls.known_keys()))


class Decision(StepPart):
    """A step that the Council decides at a meeting."""

    kind: Annotated[Literal["decision"], Choice()]
    meetings: Annotated[list[CalendarName], Items("calendars", key=itself)] = Field([])
    """Calendars; none if the step can only be waived or bypassed."""
    when: Condition = Field({})
    needs: Needs | None = None
    unless: Condition = Field({})
    awaits: Condition = Field({})
    """Chains of the world that every meeting waits for, whatever voters say; told among what blocks the step."""
    rule: Rule = "consensus"
    held: Chance | None = None
    waived: Chance | None = None
    bypass: Rate | None = None


class Wait(StepPart):
    """A step that takes time and nothing else."""

    kind: Annotated[Literal["wait"], Choice()]
    law: Law
    since: Date | None = None
    """It is under way at the start and has been since this day; what is left of it is drawn."""


class RatificationStep(StepPart):
    """A step that every capital ratifies."""

    kind: Annotated[Literal["ratification"], Choice()]
    rule: Rule = "consensus"
    lag: Law | None = None
    obstruction: Obstruction | None = None
    since: Date | None = None
    """It is under way at the start and has been since this day; or, with nobody outstanding, the lag has."""
    outstanding: Annotated[list[Code] | None, Items("codes", key=itself)] = None
    """Who has not ratified at the start, if it is under way then: nobody, if only the lag is left."""


KINDS: dict[str, type[StepPart]] = {"decision": Decision, "wait": Wait, "ratification": RatificationStep}


def _kind_of(cls: type[Part]) -> str | None:
    return next((name for name, kind in KINDS.items() if kind is cls), None)


def _which_step(value: object) -> str:
    kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
    return f"<{kind}>" if isinstance(kind, str) and kind in KINDS else UNSAID


_AnyStep = any_of(
    "AnyStep", Unsaid, *KINDS.values(),
    step=(Annotated[str, Name("a step")], ...),
    kind=(Annotated[Literal["decision", "wait", "ratification"], Choice()], ...),
)  # fmt: skip
Step = Annotated[
    Decision | Wait | RatificationStep,
    Chosen({**{f"<{name}>": kind for name, kind in KINDS.items()}, UNSAID: _AnyStep}, _which_step),
]


# --- calendar, events, watch ----------------------------------------------------------------------------


class Repeat(Part):
    """Further dates of a calendar, at equal distances."""

    every: Annotated[str, Pattern(EVERY, "1 year, 6 months, 2 weeks, 10 days and the like")]
    from_: Annotated[Date | None, Field(alias="from")] = None


class Calendar(Part):
    """Dates, given one by one or repeated."""

    dates: Annotated[list[Date], Items("dates", key=itself)] = Field([])
    then: Repeat | None = None


# --- the whole ------------------------------------------------------------------------------------------


class Members(Part):
    """Everybody who was a member of an organisation on a day."""

    own: ClassVar[tuple[str, ...]] = ("of", "on")

    of: Annotated[
        Literal["NATO", "European Union", "Council of Europe"],
        Choice("or a list of codes in place of the mapping"),
    ]
    on: Date


Codes = Annotated[list[Code], Items("codes", least=1, key=itself)]


class ScenarioContent(Part):
    """A resolved scenario."""

    own: ClassVar[tuple[str, ...]] = ("schema",)
    hints: ClassVar[Mapping[str, str]] = {"schema": "schema: 1"}

    schema_: Annotated[Literal[1], Choice(), Field(alias="schema")]
    title: Word
    question: Word
    organisation: Word
    candidate: Annotated[str, Name("a country's code")]
    start: Date
    horizon: Date
    members: Codes
    """Voters on the start date, in order; later ones come in by ``joins`` events."""
    parameters: Annotated[dict[str, Parameter], Named("parameters")] = Field({})
    chains: Annotated[dict[str, Chain], Named("chains")] = Field({})
    peers_among: Codes | None = Field(None)
    """Who counts where ``peers`` scales a rate; every voter if not given."""
    voters: Annotated[dict[str, Voter], Named("voters")]
    """Members in order, then those who join, in the order of their events."""
    ladder: Annotated[list[Step], Items("steps", least=1, key=_keyed(step_key))]
    calendar: Annotated[dict[str, Calendar], Named("calendars")] = Field({})
    events: Annotated[list[Event], Items("events")] = Field([])
    watch: Annotated[list[Watch], Items("watches", key=watch_key)] = Field([])
    levers: Annotated[dict[str, Lever], Named("levers")] = Field({})
    """What somebody could choose; no part of the model until it is pulled."""


_About = Annotated[
    Annotated[Literal["anyone"], Choice("or a list of codes"), Tag(VALUE)] | Annotated[Codes, Tag(LIST)],
    by_form(VALUE, LIST),
]
_Alliance = Annotated[
    Annotated[Members, Tag(MAPPING)] | Annotated[Codes, Tag(LIST)], by_form(MAPPING, LIST)
]  # fmt: skip
_Explained = Annotated[
    Annotated[Annotated[float, Alone()], Tag(VALUE)] | Annotated[WrittenParameter, Tag(MAPPING)],
    by_form(MAPPING, VALUE),
]
_File: dict[str, Any] = {
    "members": (_Alliance, ...),
    "parameters": (Annotated[dict[str, _Explained], Named("parameters")], Field({})),
    "about": (_About | None, None),
    "choice": (Word | None, None),
    "extends": (Word | None, None),
    "takes": (Annotated[list[Word], Items("chains", key=itself)] | None, None),
}
File: type[ScenarioContent] = create_model("File", __base__=ScenarioContent, **_File)
"""A file on disk: ``members`` may be those of an alliance, and a parameter that a parent explains a number alone.

``choice`` makes a built-in file a structural variant, and says what it decides.
``about`` says whom a file is about besides its candidate: other codes, or ``anyone`` (a template). Only such a file
can be extended with another candidate. ``takes`` names the chains of the parent that the file takes, if it is not all
of the parent (``takes.py``).
"""
