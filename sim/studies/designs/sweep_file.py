"""A sweep as a YAML file.

Its types are the only statement of what it may hold; every mistake is told with file and line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from sim.base.errors import ScenarioError
from sim.base.tables import Unreadable as BadFile
from sim.base.tables import whole_file, within
from sim.scenario.editor import schema_of
from sim.scenario.explain import typed_as
from sim.scenario.fields import Choice, Day, Reading, Text, Value, at, fault, with_faults
from sim.scenario.nodes import Node, Problems, is_number, short
from sim.scenario.part import Part
from sim.scenario.read_yaml import MOST_BYTES, decode, read_text
from sim.scenario.setting import NUMBERS, Setting, Unreadable, read_setting
from sim.scenario.sources import SUFFIXES, builtin_scenarios
from sim.studies.designs.places import LinePlaces
from sim.studies.designs.sampled import DEFAULT_SEED
from sim.studies.designs.values import Given, read_values

MARK = re.compile(r"^(sweep|scenario|grid|sample|table)\s*:", re.MULTILINE)
"""What a sweep file has and a scenario has not."""


# --- single values ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Count(Value):
    """A whole number."""

    least: int

    def check(self, value: Any) -> Any:
        """See :class:`Value`."""
        if not is_number(value) or value != int(value) or value < self.least:
            raise fault(short(value), f"a whole number, {self.least} or more")
        return int(value)

    def json(self) -> dict[str, Any]:
        """See :class:`Value`."""
        return {"type": "integer", "minimum": self.least}


class DayOrYear(Day):
    """A date, or a year, which stands for its end."""

    def check(self, value: Any) -> Any:
        """See :class:`Value`."""
        if isinstance(value, int) and not isinstance(value, bool) and 1000 <= value <= 9999:
            return date(value, 12, 31)
        return super().check(value)

    def json(self) -> dict[str, Any]:
        """See :class:`Value`."""
        return {"anyOf": [super().json(), {"type": "integer", "minimum": 1000, "maximum": 9999}]}


def _refuse_words(value: Any) -> None:
    """What YAML has a word for, and is no value here, is told by that word and not by Python's."""
    if value is None or isinstance(value, bool):
        raise fault(f"{'null' if value is None else short(value)} is not a value", NUMBERS)


class AxisValues(Value):
    """The values of an axis, or the range of one: text as the command line has it, or a list."""

    def check(self, value: Any) -> Any:
        """See :class:`Value`."""
        for each in value if isinstance(value, list) else [value]:
            _refuse_words(each)
        try:
            return read_values(value)
        except Unreadable as error:
            raise fault(error.problem, error.allowed) from None

    def json(self) -> dict[str, Any]:
        """See :class:`Value`."""
        one = [{"type": "string", "minLength": 1}, {"type": "number", "minimum": 0}]
        return {
            "anyOf": [*one, {"type": "array", "items": {"anyOf": one}, "minItems": 1, "uniqueItems": True}]
        }


class SetTo(Value):
    """What a parameter is set to, as ``--set`` has it."""

    def check(self, value: Any) -> Any:
        """See :class:`Value`."""
        _refuse_words(value)
        try:
            return read_setting(value).said() if not is_number(value) else read_setting(value).numbers[0]
        except Unreadable as error:
            raise fault(error.problem, error.allowed) from None

    def json(self) -> dict[str, Any]:
        """See :class:`Value`."""
        return {"anyOf": [{"type": "string", "minLength": 1}, {"type": "number", "minimum": 0}]}


@dataclass(frozen=True)
class Each:
    """A mapping from names, at least one of them."""

    what: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(self._check, handler(source))

    def _check(self, value: Any, inner: Callable[[Any], Any]) -> Any:
        if not isinstance(value, dict) or not value:
            said = "nothing given" if value == {} else f"{short(value)} is not a mapping"
            raise fault(said, f"{self.what}, each with its values")
        empty = [key for key, child in value.items() if child is None]
        sound = {key: child for key, child in value.items() if key not in empty}
        return with_faults(inner, sound, [at(fault("nothing is given"), key) for key in empty])

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**handler(schema), "minProperties": 1}


Values = Annotated[Any, AxisValues()]
Axes = Annotated[dict[str, Values], Each("names of axes")]


# --- the file ---------------------------------------------------------------------------------------------


class SampleOfFile(Part):
    """Points drawn from ranges."""

    own: ClassVar[tuple[str, ...]] = ("method", "points", "over")
    hints: ClassVar[Mapping[str, str]] = {
        "method": "sobol, lhs or morris",
        "points": "how many points",
        "over": "axes with their ranges, such as settlement_rate: prior",
    }

    method: Annotated[Literal["sobol", "lhs", "morris"], Choice()]
    points: Annotated[int, Count(1)]
    seed: Annotated[int, Count(0)] = DEFAULT_SEED
    """Of the points; that of the futures is another one."""
    over: Axes


class SweepFile(Part):
    """A sweep: which points, of which scenario, and how many futures at each."""

    own: ClassVar[tuple[str, ...]] = ("sweep",)
    hints: ClassVar[Mapping[str, str]] = {"sweep": "sweep: 1, the version of this form"}

    sweep: Annotated[Literal[1], Choice()]
    scenario: Annotated[str, Text()] | None = None
    """A built-in name, or a file in the same folder or below; the command line may name another one."""
    set: Annotated[dict[str, Annotated[Any, SetTo()]], Each("names of parameters")] | None = None
    """Parameters set at all points, as ``--set`` has them."""
    grid: Axes | None = None
    """Values of which every combination is run."""
    sample: SampleOfFile | None = None
    """Points drawn from ranges, each with every point of the grid."""
    table: Annotated[str, Text()] | None = None
    """A CSV table of points in the same folder or below, in place of both."""
    trajectories: Annotated[int, Count(1)] | None = None
    """At each point; ``worlds`` likewise."""
    worlds: Annotated[int, Count(1)] | None = None
    seed: Annotated[int, Count(0)] | None = None
    by: Annotated[date, DayOrYear()] | None = None
    """The date (or year, for its end) that is drawn, and ``step`` the step."""
    step: Annotated[str, Text()] | None = None

    @classmethod
    def faults(cls, data: Mapping[str, object], complete: bool) -> Iterator[PydanticCustomError]:
        """See :class:`Part`."""
        given = [key for key in ("grid", "sample", "table") if key in data]
        strange = any(key not in cls.known_keys() for key in data)
        if not given and not strange:
            yield fault("no points", "grid, sample, both, or table", kind="no points", breaks=False)
        if "table" in given and len(given) > 1:
            yield fault(f"{given[0]} and table together", "grid, sample, both, or a table alone")


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a sweep file."""
    return schema_of(SweepFile, "accession sweep")


# --- reading ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ReadSweep:
    """A sweep file that was read."""

    label: str
    folder: Path
    content: SweepFile
    tree: Node

    @property
    def places(self) -> LinePlaces:
        """Where its mistakes are told."""
        return LinePlaces(self.tree)

    def scenario(self) -> str | None:
        """The scenario it names, as it can be loaded; None if it names none.

        :raises ScenarioError: nothing of that name.
        """
        name = self.content.scenario
        if name is None or name in builtin_scenarios():
            return name
        return str(self._beside("scenario", name, "a built-in name, or a path in the same folder or below"))

    def table(self) -> Path | None:
        """Its table of points.

        :raises ScenarioError: no such file.
        """
        name = self.content.table
        return None if name is None else self._beside("table", name, "a path in the same folder or below")

    def settings(self) -> dict[str, Setting]:
        """What it sets at all points."""
        return dict(self.content.set or {})

    def axes(self, which: str) -> dict[str, Given]:
        """The axes of its ``grid`` or of its sample (``over``)."""
        content = self.content
        found = content.grid if which == "grid" else content.sample.over if content.sample else None
        return dict(found or {})

    @property
    def by(self) -> date | None:
        """The date that it asks for."""
        return self.content.by

    def _beside(self, key: str, name: str, allowed: str) -> Path:
        path = within(self.folder, name)
        if path is None or not path.is_file():
            problems = Problems()
            why = "leads out of the folder" if path is None else "there is no such file"
            problems.add(self.tree.get(key) or self.tree, f"{short(name)}: {why}", allowed=allowed)
            problems.raise_if_any()
        return self.folder / name


def is_sweep_file(source: object) -> bool:
    """Whether something that could be a scenario is a sweep file."""
    try:
        path = Path(str(source))
        if path.suffix not in SUFFIXES or not path.is_file() or path.stat().st_size > MOST_BYTES:
            return False
        return MARK.search(path.read_bytes().decode("utf-8", "replace")) is not None
    except (OSError, ValueError):
        return False


def read_sweep_file(path: Path) -> ReadSweep:
    """:raises ScenarioError: naming every problem with its file and line."""
    label = str(path)
    try:
        text = decode(whole_file(path, "a YAML file", MOST_BYTES), label)
    except BadFile as error:
        raise ScenarioError([f"{label}: {error}"]) from None
    problems = Problems()
    problems.order(label)
    tree = read_text(text, label, problems, "a sweep", "sweep: 1")
    content = typed_as(SweepFile, tree, Reading({}), problems)
    problems.raise_if_any()
    assert content is not None, "a file without types has a problem that is noted"
    return ReadSweep(label, path.parent, content, tree)
